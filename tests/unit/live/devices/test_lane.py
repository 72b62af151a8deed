"""A lane of devices and twins on real wires: a truck comes, is read, and drives on."""

import threading
from collections.abc import Iterator, Mapping

import pytest

from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import (
    BarrierMoved,
    BarrierRefused,
    ImageTaken,
    LoopChanged,
    Position,
    State,
    VendorReading,
    WeightStable,
)
from kouan.live.devices.twins.control import picture
from tests.unit.live.devices.support import (
    Site,
    check_image,
    check_token,
    free_port,
    jpeg,
    lane_devices,
    port_with,
    running,
    wait_for,
)

LANE = "gate_in_1"


@pytest.fixture
def site() -> Iterator[Site]:
    with running(lane_devices(free_port(), f"tcp://127.0.0.1:{free_port()}")) as running_site:
        yield running_site


def passed(site: Site) -> int:
    return int(site.control.say("state")["stations"][LANE]["passed"])


def test_a_truck_is_read_and_let_through(site: Site) -> None:
    site.all_ok()
    readings: list[Mapping[str, str | float]] = [
        {"check": "plate", "text": "蒙A12345", "confidence": 0.97}
    ]
    answers = site.control.say(
        "arrive",
        station=LANE,
        mass_kg=45_670,
        pictures=[picture("front", jpeg(), readings), picture("document", jpeg(90))],
    )["answers"]
    assert [answer["statuses"] for answer in answers] == [[202], [202]]
    heard = site.heard
    assert heard.wait(WeightStable).mass_kg == pytest.approx(45_670, abs=20)
    image = heard.wait(ImageTaken, lambda one: one.device == "front")
    assert image.image == jpeg()
    assert image.readings == (VendorReading("plate", "蒙A12345", 970_000),)
    assert heard.wait(LoopChanged, lambda one: one.device == "entry" and one.occupied is True)
    assert passed(site) == 0

    site.service.set_light(LANE, True)
    site.service.open_barrier(LANE, 7, "gate: match", lambda: True)
    opened = heard.wait(BarrierMoved, lambda one: one.position is Position.OPEN)
    assert (opened.device, opened.request, opened.reason) == ("arm", 7, "gate: match")
    closed = heard.wait(BarrierMoved, lambda one: one.reason == "the vehicle has passed")
    assert closed.position is Position.CLOSED or closed.position is Position.MOVING
    wait_for(lambda: passed(site) == 1)
    exits = [one.occupied for one in heard.of(LoopChanged) if one.device == "exit"]
    assert exits == [False, True, False]
    assert not heard.of(BarrierRefused)
    site.all_ok()


def test_without_a_live_reason_it_stays_shut(site: Site) -> None:
    site.all_ok()
    site.control.say("arrive", station=LANE, mass_kg=20_000)
    site.service.open_barrier(LANE, 1, "gate: match", lambda: False)
    assert "does not hold" in site.heard.wait(BarrierRefused).reason
    site.service.open_barrier(LANE, 2, " ", lambda: True)
    assert "no reason" in site.heard.wait(BarrierRefused, lambda one: one.request == 2).reason
    site.service.open_barrier("gate_in_2", 3, "match", lambda: True)
    assert "no barrier" in site.heard.wait(BarrierRefused, lambda one: one.request == 3).reason
    assert not [one for one in site.heard.of(BarrierMoved) if one.position is Position.OPEN]
    assert passed(site) == 0


def test_the_twins_end_and_the_barrier_is_told_of(site: Site) -> None:
    """Power is gone at the lane: a person is told, nothing is taken for closed."""
    site.all_ok()
    site.twins.kill()
    health = site.wait_health("arm", State.SILENT)
    assert "stays as it is" in health.reason
    site.heard.wait(BarrierMoved, lambda one: one.position is Position.UNKNOWN)
    site.heard.wait(LoopChanged, lambda one: one.device == "safety" and one.occupied is None)
    site.service.open_barrier(LANE, 9, "gate: match", lambda: True)
    assert "no connection" in site.heard.wait(BarrierRefused).reason
    site.wait_health("scale", State.SILENT)


def test_devices_end_at_any_moment() -> None:
    """A driver in the midst of an answer ends as well as one that waits."""
    devices = lane_devices(free_port(), f"tcp://127.0.0.1:{free_port()}")
    plan = DevicePlan(check_token, check_image)
    with running(devices):
        for tenths in range(12):
            service = DeviceService(port_with(devices), plan)
            service.start(lambda _: None)
            threading.Event().wait(0.05 + tenths / 47)
            service.close()
            assert not service._thread.is_alive()
