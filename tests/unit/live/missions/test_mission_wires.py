"""Both bindings for real: a broker and HTTP on loopback, the virtual manager at the other end."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.broker import EmbeddedBroker
from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.live.missions.calls import Call, Caller, check_url
from kouan.live.missions.driver import MissionDriver
from kouan.live.missions.messages import Topic
from kouan.live.missions.process import main
from kouan.live.missions.serving import Host, HttpManager, MqttManager
from kouan.live.missions.twin import Trouble, VirtualManager
from kouan.live.missions.wires import HttpWire, MqttWire, Wire
from kouan.live.vda5050.driver import Driven
from tests.unit.live.missions.support import SPEC, VEHICLE, road, way

PATIENCE_S = 30.0
SCALE = 30
TOKEN, HOOK_TOKEN = "manager-token-for-tests", "webhook-token-for-tests"


class Master:
    """A driver on a wire, with real time."""

    def __init__(self) -> None:
        self.driver = MissionDriver(SPEC, road())
        self.clock = PortClock(1_000_000)
        self.events: list[e.Event] = []
        self.faults: list[str] = []
        self.changed = threading.Condition(threading.RLock())
        self.wire: Wire
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, wire: Wire) -> None:
        self.wire = wire
        wire.start()
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(PATIENCE_S)
        self.wire.close()

    def hear(self, kind: Topic, payload: bytes) -> None:
        with self.changed:
            self._took(self.driver.receive(kind, payload, self.clock.now_ms()))

    def do(self, command: c.Command) -> None:
        with self.changed:
            self._took(self.driver.carry_out(command, self.clock.now_ms()))

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            with self.changed:
                self._took(self.driver.tick(self.clock.now_ms()))

    def _took(self, driven: Driven) -> None:
        self.events += driven.events
        self.faults += [driven.fault] if driven.fault else []
        for one in driven.publish:
            self.wire.publish(one)
        self.changed.notify_all()

    def wait_for(self, wanted: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(wanted, PATIENCE_S), (self.events, self.faults)

    def passed(self) -> list[int]:
        return [event.step for event in self.events if isinstance(event, e.VehicleMoved)]

    def joined(self) -> bool:
        return any(isinstance(event, e.VehicleJoined) for event in self.events)


def host(trouble: Trouble | None = None) -> Host:
    return Host(VirtualManager("agv", [VEHICLE], trouble), PortClock(1_000_000, SCALE))


@pytest.fixture
def master() -> Iterator[Master]:
    made = Master()
    yield made
    made.close()


def drive(master: Master) -> None:
    """Two grants and a charge, each answered."""
    master.wait_for(master.joined)
    master.do(way(1, 1, 2, ahead=2))
    master.wait_for(lambda: master.passed() == [1, 2])
    master.do(way(2, 3, 4, action="order"))
    master.wait_for(lambda: master.passed() == [1, 2, 3, 4])
    master.do(c.StartCharging(3, "agv-1", "charger#1"))
    master.do(c.StopCharging(4, "agv-1"))
    master.wait_for(lambda: any(isinstance(one, e.ChargingEnded) for one in master.events))
    assert not master.faults


def test_a_way_is_driven_over_mqtt(master: Master) -> None:
    with EmbeddedBroker() as broker:
        manager = MqttManager(host(), broker.address)
        manager.start()
        master.start(MqttWire(broker.address, "agv", master.hear))
        drive(master)
        manager.close()
        master.wait_for(lambda: isinstance(master.events[-1], e.VehicleSilent))


@pytest.mark.parametrize("hooked", [True, False], ids=["webhook", "polled"])
def test_a_way_is_driven_over_http(master: Master, hooked: bool) -> None:
    # The manager listens first when it is polled, the webhook when the manager posts to it.
    hook: dict[str, str] = {}
    if hooked:
        first = HttpManager(host(), TOKEN)
        address = first.url
        first.close()
        port = int(address.rpartition(":")[2])
        wire = HttpWire(address, TOKEN, master.hear, hook_port=0, hook_token=HOOK_TOKEN, poll_s=600)
        hook = {"hook_url": wire.hook_url, "hook_token": HOOK_TOKEN}
        manager = HttpManager(host(), TOKEN, port=port, **hook)
    else:
        manager = HttpManager(host(), TOKEN)
        wire = HttpWire(manager.url, TOKEN, master.hear, poll_s=0.1)
    manager.start()
    master.start(wire)
    drive(master)
    manager.close()


def test_what_an_unsafe_network_loses_is_made_good(master: Master) -> None:
    trouble = Trouble(lost_ppm=300_000, doubled_ppm=300_000, late_ms=3_000)
    with EmbeddedBroker() as broker:
        manager = MqttManager(host(trouble), broker.address)
        manager.start()
        master.start(MqttWire(broker.address, "agv", master.hear))
        master.wait_for(master.joined)
        master.do(way(1, 1, 2, action="order"))
        master.wait_for(lambda: master.passed() == [1, 2])
        manager.close()


def ask(url: str, method: str, body: bytes | None, token: str) -> tuple[int, bytes]:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def manager() -> Iterator[HttpManager]:
    made = HttpManager(host(), TOKEN)
    made.start()
    yield made
    made.close()


MISSION = {
    "version": "1.0",
    "sent": "2026-01-01T00:00:00.000Z",
    "id": "m1",
    "revision": 1,
    "fleet": "agv",
    "vehicle": "any",
    "node": "n0",
    "passed": 0,
    "stops": [{"step": 1, "node": "n1", "x_mm": 20_000, "y_mm": 0}],
    "gates": [1],
}


def test_a_mission_twice_is_one_and_any_vehicle_may_take_it(manager: HttpManager) -> None:
    body = json.dumps(MISSION).encode()
    answers = [ask(f"{manager.url}/missions", "POST", body, TOKEN) for _ in range(2)]
    assert [code for code, _ in answers] == [200, 200]
    told = json.loads(answers[1][1])
    assert (told["state"], told["vehicle"], told["revision"]) == ("waiting", "agv-1", 1)
    other = json.dumps(MISSION | {"id": "m2"}).encode()
    _, refused = ask(f"{manager.url}/missions", "POST", other, TOKEN)
    assert json.loads(refused)["state"] == "rejected"


@pytest.mark.parametrize(
    ("method", "path", "change", "token", "code"),
    [
        ("POST", "/missions", {}, "wrong-token-for-tests", 401),
        ("GET", "/vehicles", None, "wrong-token-for-tests", 401),
        ("GET", "/missions/none", None, TOKEN, 404),
        ("POST", "/missions", {"version": "2.0"}, TOKEN, 422),
        ("POST", "/missions", {"stops": [MISSION["stops"]] * 501}, TOKEN, 422),
        ("POST", "/missions", {"more": "x" * 300_000}, TOKEN, 413),
        ("PATCH", "/missions/other", {}, TOKEN, 422),
    ],
)
def test_what_is_not_the_contract_is_refused(
    manager: HttpManager,
    method: str,
    path: str,
    change: dict[str, object] | None,
    token: str,
    code: int,
) -> None:
    body = None if change is None else json.dumps(MISSION | change).encode()
    assert ask(manager.url + path, method, body, token)[0] == code


def test_the_webhook_takes_nothing_without_its_token() -> None:
    taken: list[Topic] = []
    wire = HttpWire(
        "http://127.0.0.1:9",
        TOKEN,
        lambda kind, _: taken.append(kind),
        hook_port=0,
        hook_token=HOOK_TOKEN,
        poll_s=600,
    )
    wire.start()
    codes = [
        ask(f"{wire.hook_url}/{kind}", "POST", b"{}", token)[0]
        for kind, token in (("status", TOKEN), ("mission", HOOK_TOKEN), ("status", HOOK_TOKEN))
    ]
    wire.close()
    assert codes == [401, 404, 204]
    assert taken == [Topic.STATUS]


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever calls to /stolen."""

    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(302)
        self.send_header("location", "/stolen")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def test_a_redirection_is_not_followed() -> None:
    _Elsewhere.paths.clear()
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        caller = Caller(f"http://127.0.0.1:{server.server_port}", TOKEN, lambda *_: None)
        caller.start()
        caller.put(Call("GET", "/vehicles"))
        pause = threading.Event()
        for _ in range(1_000):
            if caller.counts.failed or caller.counts.answered:
                break
            pause.wait(0.01)
        caller.close()
        server.shutdown()
        thread.join()
    assert _Elsewhere.paths == ["/vehicles"]
    assert (caller.counts.failed, caller.counts.answered) == (1, 0)


@pytest.mark.parametrize(
    "url",
    ["ftp://a", "http://example.org", "https://u:secret@a", "https://a?x=1", "https://", "a"],
)
def test_a_url_that_a_token_must_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(LiveError, match="expected") as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "no wire"),
        (["--http", "0"], "expected a token"),
        (["--fleet", "a/b"], "fleet 'a/b'"),
        (["--vehicle", "a,a"], "each once"),
        (["--at", "x"], "two numbers"),
        (["--lose", "200"], "--lose 200.0"),
        (["--fail", "b@1+1"], "--fail b@1+1"),
        (["--broker", "x"], "broker"),
    ],
)
def test_a_mistake_is_named(
    arguments: list[str],
    problem: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("KOUAN_BROKER", "KOUAN_MANAGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert main(arguments) == 2
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    assert problem in capsys.readouterr().err


def test_it_runs_as_a_process_of_its_own() -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kouan.live.missions", "--http", "0"],
        env=os.environ | {"KOUAN_MANAGER_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().rpartition(" ")[2]
        code, body = ask(f"{url}/vehicles", "GET", None, TOKEN)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert (code, json.loads(body)["vehicles"][0]["vehicle"]) == (200, "agv-1")
