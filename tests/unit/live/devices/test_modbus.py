"""Modbus as it goes wrong: wrong units and numbers, exceptions, silence, and what is no Modbus."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kouan.live.devices.modbus import runs_of
from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import (
    BarrierMoved,
    BarrierRefused,
    LoopChanged,
    Position,
    State,
    TagRead,
)
from kouan.live.devices.wired import Wired
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.procedures import CheckKind
from tests.unit.live.devices.support import (
    Heard,
    Site,
    check_image,
    check_token,
    free_port,
    lane_devices,
    port_with,
    running,
    wait_for,
)

LANE = "gate_in_1"


def modbus_only(port: int) -> dict[str, Device]:
    return {
        name: one for name, one in lane_devices(port, "tcp://127.0.0.1:1").items() if one.is_modbus
    }


@pytest.fixture
def site() -> Iterator[Site]:
    with running(modbus_only(free_port())) as running_site:
        running_site.all_ok()
        yield running_site


def test_a_wrong_unit_is_told_and_hides_nobody() -> None:
    """The twin answers as a gateway does: there is no such unit."""
    port = free_port()
    devices = modbus_only(port)
    right, wrong = devices["entry"], f"modbus://127.0.0.1:{port}/9"
    devices["entry"] = replace(right, address=wrong)
    heard = Heard()
    with running(modbus_only(port)) as site:
        service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
        service.start(heard.take)
        try:
            told = wait_for(lambda: _in_state(service, "entry", State.FAILED))
            assert "input 2: exception 11 (gateway target does not answer)" in told
            for name in ("safety", "exit", "arm", "light"):
                wait_for(lambda name=name: service.health()[name].state is State.OK)  # type: ignore[misc]
            assert service.counts.of("entry", "exception") > 0
            assert service.counts.of("safety", "exception") == 0
            assert not [one for one in heard.of(LoopChanged) if one.device == "entry"]
        finally:
            service.close()
        site.all_ok()


def _in_state(service: DeviceService, name: str, state: State) -> str:
    found = service.health()[name]
    return found.reason if found.state is state else ""


def test_a_unit_that_falls_silent_and_comes_back(site: Site) -> None:
    """Nothing is taken for free or closed while it is silent, and a request is refused."""
    site.control.say("fault", device="arm", fault="silent")
    reason = site.wait_health("arm", State.SILENT).reason
    assert reason == "unit 1 does not answer within 0.5 s: the barrier stays as it is"
    site.heard.wait(LoopChanged, lambda one: one.device == "safety" and one.occupied is None)
    assert site.count("arm", "no_answer") > 0
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    assert "no connection" in site.heard.wait(BarrierRefused).reason
    site.control.say("fault", device="arm", fault="")
    site.all_ok()
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    site.heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN and one.request == 1)


def test_a_barrier_that_refuses_to_be_written(site: Site) -> None:
    site.control.say("fault", device="arm", fault="refuses")
    wait_for(lambda: site.count("arm", "exception") > 0)
    assert "exception 4 (device failure)" in site.wait_health("arm", State.FAILED).reason
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    site.heard.wait(BarrierRefused)
    site.control.say("fault", device="arm", fault="")
    site.all_ok()


def test_a_barrier_that_stays_down_or_up_or_is_lifted(site: Site) -> None:
    site.control.say("fault", device="arm", fault="stays_down")
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    refused = site.heard.wait(BarrierRefused)
    assert (refused.request, refused.reason) == (1, "it did not open within 1 s")
    assert site.wait_health("arm", State.FAILED).reason == "it did not open within 1 s"
    site.control.say("fault", device="arm", fault="")
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    site.heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN)
    site.wait_health("arm", State.OK)
    site.control.say("fault", device="arm", fault="stays_up")
    assert site.wait_health("arm", State.FAILED).reason == "it did not close within 1 s"
    site.control.say("fault", device="arm", fault="")
    site.wait_health("arm", State.OK)
    site.control.say("fault", device="arm", fault="lifted")
    assert site.wait_health("arm", State.FAILED).reason == "it stands open without a command"
    site.heard.wait(BarrierMoved, lambda one: one.reason == "without a command")


def test_it_closes_by_itself_and_never_on_the_safety_loop(site: Site) -> None:
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    site.heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN)
    site.control.say("fault", device="safety", fault="stays_occupied")
    site.wait_health("arm", State.FAILED)
    assert site.service.health()["arm"].reason == "held open: its safety loop is not free"
    assert site.control.say("state")["stations"][LANE]["arm"] == "up"
    site.control.say("fault", device="safety", fault="")
    closed = site.heard.wait(BarrierMoved, lambda one: one.reason.startswith("nobody drove"))
    assert closed.reason == "nobody drove through within 5 s"
    site.all_ok()
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    again = site.heard.wait(BarrierMoved, lambda one: one.reason.startswith("done already"))
    assert (again.request, again.position) == (1, Position.CLOSED)
    assert site.control.say("state")["stations"][LANE]["arm"] == "down"


def test_an_open_barrier_is_found_after_a_restart_and_closed() -> None:
    devices = modbus_only(free_port())
    with running(devices) as site:
        site.all_ok()
        site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
        site.heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN)
        site.service.close()
        service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
        heard = Heard()
        service.start(heard.take)
        try:
            found = heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN)
            assert (found.reason, found.request) == ("found open", 0)
            heard.wait(BarrierMoved, lambda one: one.position is Position.CLOSED)
        finally:
            service.close()


def test_a_portal_tells_alarm_and_clear() -> None:
    devices = modbus_only(free_port())
    portal = replace(devices["exit"], kind=DeviceKind.READER, role=None, input=5)
    devices["portal"] = replace(portal, checks=(CheckKind.RADIATION,))
    with running(devices) as site:
        assert site.heard.wait(TagRead).text == "clear"
        site.control.say("arrive", station=LANE, alarm=True, stay=True)
        site.heard.wait(TagRead, lambda one: one.text == "alarm")
        site.control.say("back", station=LANE)
        wait_for(
            lambda: [one.text for one in site.heard.of(TagRead)] == ["clear", "alarm", "clear"]
        )


def test_a_light_is_red_until_it_is_told_green(site: Site) -> None:
    assert site.service.set_light(LANE, True)
    wait_for(lambda: site.count("light", "written") == 1)
    site.service.set_light(LANE, False)
    wait_for(lambda: site.count("light", "written") == 2)
    assert not site.service.set_light("gate_in_2", True)


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A server on loopback that answers every request with what it likes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while asked := self.request.recv(4_096):
                self.request.sendall(answer(asked))

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def _other_unit(asked: bytes) -> bytes:
    return asked[:6] + b"\x09\x02\x01\x00" if asked[7] == 2 else asked


def _without_input_5(asked: bytes) -> bytes:
    """A unit that has every input but number 5."""
    first, count = (int.from_bytes(asked[i : i + 2], "big") for i in (8, 10))
    head, function = asked[:4], asked[7]
    if function == 2 and first <= 5 < first + count:
        return head + b"\x00\x03" + asked[6:7] + bytes([0x80 + function, 2])
    return head + b"\x00\x04" + asked[6:7] + bytes([function, 1, 0])


def test_a_wrong_number_is_told_and_its_neighbours_are_read() -> None:
    heard = Heard()
    with answering(_without_input_5) as port:
        devices = modbus_only(port)
        portal = replace(devices["exit"], kind=DeviceKind.READER, role=None, input=5)
        devices |= {"portal": portal}
        service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
        service.start(heard.take)
        try:
            told = wait_for(lambda: _in_state(service, "portal", State.FAILED))
            assert told == "input 5: exception 2 (illegal address)"
            for name in ("entry", "safety", "exit", "light"):
                wait_for(lambda name=name: service.health()[name].state is State.OK)  # type: ignore[misc]
            assert service.counts.of("safety", "exception") == 0
            assert heard.wait(LoopChanged, lambda one: one.device == "safety").occupied is False
        finally:
            service.close()


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda _: b"\x00" * 7,
        lambda _: bytes(range(256)) * 8,
        lambda asked: asked[:5],
        _other_unit,
        lambda _: b"",
    ],
    ids=["http", "zeros", "noise", "half a frame", "another unit", "nothing"],
)
def test_what_is_no_answer_is_told_and_tried_again(answer: Callable[[bytes], bytes]) -> None:
    heard = Heard()
    with answering(answer) as port:
        loop = Device(
            DeviceKind.LOOP,
            LANE,
            f"modbus://127.0.0.1:{port}/1",
            DeviceRole.ENTRY,
            input=0,
            answer_within_ms=200,
        )
        service = DeviceService(port_with({"entry": loop}), DevicePlan(check_token, check_image))
        service.start(heard.take)
        try:
            wait_for(lambda: service.counts.of("entry", "no_answer") >= 2)
            assert "does not answer within 0.2 s" in _in_state(service, "entry", State.SILENT)
            assert not heard.of(LoopChanged)
        finally:
            service.close()


def test_nobody_there() -> None:
    heard = Heard()
    loop = Device(
        DeviceKind.LOOP, LANE, f"modbus://127.0.0.1:{free_port()}/1", DeviceRole.ENTRY, input=0
    )
    service = DeviceService(port_with({"entry": loop}), DevicePlan(check_token, check_image))
    service.start(heard.take)
    try:
        wait_for(lambda: service.counts.of("entry", "unreachable") >= 2)
        assert "can't be reached" in service.trouble
    finally:
        service.close()


def test_inputs_that_follow_each_other_are_read_at_once() -> None:
    devices = lane_devices(1, "tcp://127.0.0.1:1")
    service = DeviceService(port_with({}), DevicePlan(check_token, check_image))
    wired = [Wired(name, one, service._hub) for name, one in devices.items() if one.is_modbus]
    far = Wired("far", replace(devices["exit"], input=40), service._hub)
    runs = [(run.first, run.count, len(run.members)) for run in runs_of([far, *wired])]
    assert runs == [(0, 5, 4), (40, 1, 1)]
