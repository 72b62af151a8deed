"""Calls told to another system: signed, once by their key, tried again, never elsewhere."""

import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.live.clock import wall_now_ms
from kouan.live.queue.calls import CallHook, HookPlan, sign
from kouan.live.queue.forecasts import Forecast
from kouan.runtime.worlds import Prediction
from tests.unit.live.broker_support import wait_for

SECRET = "a-secret-of-enough-letters"
MINUTE = 60_000


class Receiver(HTTPServer):
    """Keeps what was posted; answers with what it is told to, then with 204."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses = list(statuses)
        self.posted: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/calls"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.posted]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posted.append((self.path, headers, body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("location", f"{self.server.url}/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    server = Receiver(*statuses)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def hooked(url: str, **fields: Any) -> Iterator[CallHook]:
    fields = {"pauses_s": (0.01, 0.01, 0.01), **fields}
    hook = CallHook(HookPlan(url, SECRET), "Port", lambda: 42, **fields)
    hook.start()
    try:
        yield hook
    finally:
        hook.close()


CALL = c.SendTo(7, "v", "area", "gate", 99)


def test_a_call_is_posted_signed_and_with_its_request_number_as_key() -> None:
    with receiving() as receiver, hooked(receiver.url) as hook:
        hook(CALL)
        hook(c.OpenBarrier(8, "in_1", "v", "gate: match"))
        hook(c.IssueSlot(9, "w", 1, 2))
        wait_for(lambda: hook.counts.sent == 2)
    assert receiver.bodies() == [
        {
            **{"port": "Port", "kind": "call", "at_ms": 42, "request": 7, "visit": "v"},
            **{"origin": "area", "place": "gate", "by_ms": 99},
        },
        {
            **{"port": "Port", "kind": "slot", "at_ms": 42, "request": 9, "visit": "w"},
            **{"from_ms": 1, "to_ms": 2},
        },
    ]
    path, headers, body = receiver.posted[0]
    assert (path, headers["idempotency-key"]) == ("/calls", "7")
    at, signature = headers["x-kouan-signature"].split(",")
    assert abs(int(at[2:]) * 1_000 - wall_now_ms()) < 30_000
    signed = f"{at[2:]}.".encode() + body
    expected = hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    assert signature == f"v1={expected}"


def test_another_secret_time_or_body_gives_another_signature() -> None:
    signatures = [sign("a", 1, b"x"), sign("b", 1, b"x"), sign("a", 2, b"x"), sign("a", 1, b"y")]
    assert len(dict.fromkeys(each.partition("v1=")[2] for each in signatures)) == 4


def test_what_is_not_taken_is_tried_again_under_the_same_key() -> None:
    with receiving(503, 429) as receiver, hooked(receiver.url) as hook:
        hook(CALL)
        wait_for(lambda: hook.counts.sent == 1)
    keys = [headers["idempotency-key"] for _, headers, _ in receiver.posted]
    assert keys == ["7", "7", "7"]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404])
def test_no_redirection_is_followed_and_a_refusal_is_final(status: int) -> None:
    with receiving(status) as receiver, hooked(receiver.url) as hook:
        hook(CALL)
        hook(CALL._replace(request=8))
        wait_for(lambda: hook.counts.sent == 1)
        assert hook.counts.given_up == 1
    assert [path for path, _, _ in receiver.posted] == ["/calls", "/calls"]


def test_nobody_there_is_given_up_after_the_last_pause() -> None:
    with receiving() as gone:
        url = gone.url
    with hooked(url) as hook:
        hook(CALL)
        wait_for(lambda: hook.counts.given_up == 1)


def test_the_outbox_has_a_bound_and_what_is_lost_is_counted() -> None:
    hook = CallHook(HookPlan("http://127.0.0.1:1/", SECRET), "Port", lambda: 42, most_waiting=3)
    for number in range(5):
        hook(CALL._replace(request=number))
    assert hook.counts.lost == 2


def test_closing_does_not_wait_for_pauses() -> None:
    with receiving(503, 503, 503, 503) as receiver:
        hook = CallHook(HookPlan(receiver.url, SECRET), "Port", lambda: 42, pauses_s=(60.0,))
        hook.start()
        hook(CALL)
        wait_for(lambda: bool(receiver.posted))
        began = time.perf_counter()
        hook.close()
    assert time.perf_counter() - began < 5


def test_a_forecast_is_told_when_it_has_moved() -> None:
    def forecast(made_ms: int, **middles: int) -> Forecast:
        visits = {name: Prediction(name, 1, at_ms, 3) for name, at_ms in middles.items()}
        return Forecast(made_ms, 0, visits)

    far = 100 * MINUTE
    with receiving() as receiver, hooked(receiver.url) as hook:
        hook.told(forecast(10, v=far, w=0))
        hook.told(forecast(20, v=far + 4 * MINUTE))
        hook.told(forecast(30, v=far + 5 * MINUTE))
        hook.told(forecast(40))
        hook.told(forecast(50, v=far + 5 * MINUTE))
        wait_for(lambda: hook.counts.sent == 3)
    keys = [headers["idempotency-key"] for _, headers, _ in receiver.posted]
    assert keys == ["forecast-v-10", "forecast-v-30", "forecast-v-50"]
    assert receiver.bodies()[0]["label"] == "predicted"
