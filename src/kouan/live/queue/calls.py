"""Calls told to another system: a signed POST for each change of a slot, a call or a forecast.

Messages wait in a bounded outbox and are sent one after another; what is not taken is tried again
with growing pauses. What waits is in memory only: after a kill the receiver asks the port.
"""

import hmac
import json
import logging
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from typing import Any, NamedTuple

from kouan.dispatch import commands as c
from kouan.live.missions.calls import plain_opener
from kouan.live.queue.forecasts import Forecast
from kouan.port.quantity import MINUTE_MS

log = logging.getLogger(__name__)

SIGNATURE = "x-kouan-signature"
IDEMPOTENCY = "idempotency-key"
MOST_WAITING = 2_000
"""Messages that wait; more are lost, and counted."""
PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses before each further try; after the last one a message is given up, and counted."""
ANSWER_S = 5.0
WAIT_S = 0.2
STOP_S = 10.0
MOVED_MS = 5 * MINUTE_MS
"""A forecast is told when its middle has moved by so much since it was told last (assumption)."""
TRY_AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class HookPlan:
    """Where calls are told, and the secret that signs them."""

    url: str
    secret: str


class Message(NamedTuple):
    """What is sent: its idempotency key, and its body."""

    key: str
    body: bytes


@dataclass(slots=True)
class HookCounts:
    """What came of the messages."""

    sent: int = 0
    given_up: int = 0
    lost: int = 0


KINDS: dict[type[c.Command], str] = {
    c.IssueSlot: "slot",
    c.RefuseBooking: "slot_refused",
    c.WithdrawSlot: "slot_withdrawn",
    c.WaitOutside: "wait_outside",
    c.SendTo: "call",
    c.RevokeCall: "call_revoked",
    c.TurnBack: "turned_back",
}
"""Commands that are told, and what each is called there."""


def sign(secret: str, at_s: int, body: bytes) -> str:
    """The signature of a body sent at a time (Unix seconds): HMAC-SHA-256 of both."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, sha256).hexdigest()
    return f"t={at_s},v1={digest}"


class CallHook:
    """Tells one receiver; an executor of the loop's commands."""

    def __init__(
        self,
        plan: HookPlan,
        port: str,
        now_ms: Callable[[], int],
        *,
        pauses_s: tuple[float, ...] = PAUSES_S,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Prepare to tell of a port."""
        self.counts = HookCounts()
        self._plan = plan
        self._port = port
        self._now_ms = now_ms
        self._pauses_s = pauses_s
        self._waiting: queue.Queue[Message] = queue.Queue(most_waiting)
        self._told: dict[str, int] = {}
        self._ended = threading.Event()
        self._opener = plain_opener()
        self._thread = threading.Thread(target=self._run, name="call-hook", daemon=True)

    def __call__(self, command: c.Command) -> None:
        """Tell of a command, if it is one that is told."""
        kind = KINDS.get(type(command))
        if kind is None:
            return
        fields: dict[str, Any] = command._asdict()
        self._put(str(fields["request"]), {"kind": kind, "at_ms": self._now_ms(), **fields})

    def told(self, forecast: Forecast) -> None:
        """Tell of every visit whose expected call has moved, or is expected at all now."""
        for name, one in forecast.visits.items():
            if one.p50_ms and abs(one.p50_ms - self._told.get(name, 0)) >= MOVED_MS:
                self._told[name] = one.p50_ms
                fields = {"label": "predicted", **one._asdict()}
                body = {"kind": "forecast", "at_ms": forecast.made_ms, **fields}
                self._put(f"forecast-{name}-{forecast.made_ms}", body)
        self._told = {name: at_ms for name, at_ms in self._told.items() if name in forecast.visits}

    def _put(self, key: str, body: dict[str, Any]) -> None:
        message = Message(
            key, json.dumps({"port": self._port, **body}, ensure_ascii=False).encode()
        )
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.counts.lost += 1
            if self.counts.lost == 1:
                log.warning("calls: %d wait for %s; more are lost", MOST_WAITING, self._plan.url)

    def start(self) -> None:
        """Send from now on."""
        self._thread.start()

    def close(self) -> None:
        """End after the message under way; what waits is not sent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                message = self._waiting.get(timeout=WAIT_S)
            except queue.Empty:
                continue
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        """Send a message until it is taken, refused for good, or tried often enough."""
        why = ""
        for pause_s in (0.0, *self._pauses_s):
            if self._ended.wait(pause_s):
                return
            status, why = self._send(message)
            if 200 <= status < 300:
                self.counts.sent += 1
                return
            if 300 <= status < 500 and status not in TRY_AGAIN:
                break
        self.counts.given_up += 1
        log.warning("calls: message %s given up: %s: %s", message.key, self._plan.url, why)

    def _send(self, message: Message) -> tuple[int, str]:
        """The status of an answer, or 0; and what was said."""
        at_s = int(time.time())
        headers = {
            "content-type": "application/json",
            IDEMPOTENCY: message.key,
            SIGNATURE: sign(self._plan.secret, at_s, message.body),
        }
        request = urllib.request.Request(self._plan.url, message.body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=ANSWER_S) as answer:
                return answer.status, f"answered with {answer.status}"
        except urllib.error.HTTPError as error:
            with error:
                return error.code, f"answered with {error.code}"
        except (OSError, HTTPException) as error:
            return 0, str(error)
