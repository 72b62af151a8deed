"""Scales over real TCP: what is no frame is counted, and the stream is found again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import State, WeightStable
from kouan.port.devices import Device
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


def scale_only(address: str) -> dict[str, Device]:
    return {"scale": lane_devices(1, address)["scale"]}


@pytest.fixture(params=["tcp", "listen"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with running(scale_only(f"{request.param}://127.0.0.1:{free_port()}")) as running_site:
        running_site.all_ok()
        yield running_site


def test_a_load_is_weighed_over_either_direction(site: Site) -> None:
    site.control.say("arrive", station=LANE, mass_kg=45_670, stay=True)
    assert abs(site.heard.wait(WeightStable).mass_kg - 45_670) <= 20


@pytest.fixture
def tcp_site() -> Iterator[Site]:
    with running(scale_only(f"tcp://127.0.0.1:{free_port()}")) as running_site:
        running_site.all_ok()
        yield running_site


@pytest.mark.parametrize(
    ("fault", "counted", "state"),
    [
        ("garbage", "no_frame", State.REFUSED),
        ("not_ascii", "not_ascii", State.REFUSED),
        ("too_long", "flood", State.REFUSED),
        ("half", "line_too_long", State.SILENT),
        ("silent", "silent", State.SILENT),
        ("flood", "flood", State.REFUSED),
        ("overload", "taken", State.FAILED),
        ("net", "taken", State.FAILED),
        ("drift", "taken", State.FAILED),
    ],
)
def test_a_fault_is_told_and_counted_and_ends(
    tcp_site: Site, fault: str, counted: str, state: State
) -> None:
    site = tcp_site
    site.control.say("fault", device="scale", fault=fault)
    wait_for(lambda: site.count("scale", counted) > 0)
    assert site.wait_health("scale", state).reason
    assert not site.heard.of(WeightStable)
    site.control.say("fault", device="scale", fault="")
    site.all_ok()
    site.control.say("arrive", station=LANE, mass_kg=30_000, stay=True)
    site.heard.wait(WeightStable, lambda one: abs(one.mass_kg - 30_000) <= 20)


def test_a_flooding_scale_delays_nobody_else() -> None:
    devices = scale_only(f"tcp://127.0.0.1:{free_port()}")
    calm = lane_devices(1, f"tcp://127.0.0.1:{free_port()}")["scale"]
    with running(devices | {"other": replace(calm, at="gate_in_2")}) as site:
        site.all_ok()
        site.control.say("fault", device="scale", fault="flood")
        wait_for(lambda: site.count("scale", "flood") > 0)
        site.control.say("arrive", station="gate_in_2", mass_kg=30_000, stay=True)
        site.heard.wait(WeightStable, lambda one: one.device == "other")
        assert site.service.health()["other"].state is State.OK


def test_a_stuck_scale_is_found_when_the_vehicle_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kouan.live.devices.weighing.BACK_TO_ZERO_MS", 500)
    with running(lane_devices(free_port(), f"tcp://127.0.0.1:{free_port()}")) as site:
        site.all_ok()
        site.control.say("arrive", station=LANE, mass_kg=45_670)
        site.heard.wait(WeightStable)
        site.control.say("fault", device="scale", fault="stuck")
        site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
        reason = site.wait_health("scale", State.FAILED).reason
        assert reason.startswith("stuck: not empty since a vehicle of 456")
        site.control.say("fault", device="scale", fault="")
        site.all_ok()
        site.control.say("arrive", station=LANE, mass_kg=30_000, stay=True)
        site.heard.wait(WeightStable, lambda one: abs(one.mass_kg - 30_000) <= 20)


# --- by hand -----------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[tuple[DeviceService, Heard, int]]:
    port, heard = free_port(), Heard()
    devices = scale_only(f"listen://127.0.0.1:{port}")
    service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
    service.start(heard.take)
    try:
        yield service, heard, port
    finally:
        service.close()


def connected(port: int) -> socket.socket:
    def attempt() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            return None

    return wait_for(attempt)


def test_a_second_connection_is_refused_while_the_first_is_heard() -> None:
    with listening() as (service, _, port), connected(port) as first:
        first.sendall(b"ST,GS,+ 000000kg\r\n")
        wait_for(lambda: service.counts.of("scale", "taken") == 1)
        with connected(port) as second:
            assert second.recv(10) == b""
        assert service.counts.of("scale", "second_connection") == 1
        first.sendall(b"ST,GS,+ 000000kg\r\n")
        wait_for(lambda: service.counts.of("scale", "taken") == 2)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        devices = scale_only(f"listen://127.0.0.1:{port}")
        service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
        service.start(lambda _: None)
        try:
            wait_for(lambda: "can't listen on 127.0.0.1" in service.trouble)
        finally:
            service.close()


def test_what_a_taker_raises_stops_nothing() -> None:
    def fail(_: object) -> None:
        raise RuntimeError("not taken")

    port = free_port()
    devices = scale_only(f"listen://127.0.0.1:{port}")
    service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
    service.start(fail)
    try:
        with connected(port) as scale:
            scale.sendall(b"ST,GS,+ 000000kg\r\n" * 3)
            wait_for(lambda: service.counts.of("scale", "taken") == 3)
            assert service.counts.of("scale", "not_handed_over") > 0
    finally:
        service.close()
