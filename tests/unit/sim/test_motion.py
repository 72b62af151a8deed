"""Virtual vehicles: they drive what they are granted, stop and recover, and use their battery."""

import itertools
from typing import Any

import pytest

from kouan.dispatch.commands import DriveTo, LoadVehicle, SlowTo, StartCharging, StopCharging
from kouan.dispatch.events import VehicleMoved
from kouan.sim.memory import Car
from kouan.sim.site import VirtualSite
from tests.unit.sim.support import DAY, MINUTE, START_MS, mandula, quiet_site

FLEET = mandula().fleets["agv"]
CAR = "agv-1"
AT_PARKING = mandula().places[FLEET.parking].node
TO_LOAD = ("load",)
SOUTH = ("gate_mn_south", *(f"south.{number}" for number in range(1, 10)), "gate_cn_south")
"""The blocks of the way south: 200 m each, at most 25 km/h."""


class Road:
    """A quiet site, and one vehicle that is told where to drive."""

    def __init__(self) -> None:
        self.site: VirtualSite = quiet_site()
        self.requests = 0
        self.now_ms = START_MS

    @property
    def car(self) -> Car:
        """The vehicle."""
        return self.site.memory.cars[CAR]

    def grant(self, step: int, *base: str, at_ms: int | None = None) -> None:
        """Grant nodes from a step on, now or at a time."""
        self.requests += 1
        self.site.carry_out(
            DriveTo(self.requests, CAR, "", step, base, (), ""), at_ms or self.now_ms
        )

    def run(self, until_ms: int = START_MS + DAY) -> list[Any]:
        """Everything that happens up to a time."""
        found = []
        while events := self.site.pop(until_ms):
            found += events
            self.now_ms = events[0].at_ms
        return found


@pytest.fixture
def road() -> Road:
    return Road()


def gaps(moved: list[Any]) -> list[int]:
    """Times between events, in ms."""
    return [later.at_ms - one.at_ms for one, later in itertools.pairwise(moved)]


def drive_ms(length_mm: int, limit: int, up: int, down: int) -> float:
    """Time from standing to standing, by the formula of a trapezoid."""
    return 1_000 * (length_mm / limit + limit / (2 * up) + limit / (2 * down))


def test_it_drives_from_standing_to_standing_as_physics_says(road: Road) -> None:
    road.grant(1, *TO_LOAD)
    (moved,) = road.run()
    assert (moved.vehicle, moved.node, moved.step) == (CAR, "load", 1)
    arc = road.site.drives.roadmap.arcs[AT_PARKING, "load"]
    limit = min(arc.speed_mm_s, FLEET.speed_empty_mm_s)
    expected = drive_ms(arc.length_mm, limit, FLEET.acceleration_mm_s2, FLEET.braking_mm_s2)
    assert moved.at_ms - START_MS == pytest.approx(expected, rel=0.002)


def test_it_keeps_its_speed_over_what_is_granted_at_once(road: Road) -> None:
    road.grant(1, *TO_LOAD)
    road.run()
    begun_ms = road.now_ms
    road.grant(2, *SOUTH)
    moved = road.run()
    assert [event.node for event in moved] == list(SOUTH)
    blocks = gaps(moved[1:-1])
    cruise_ms = 200_000 * 1_000 / FLEET.speed_empty_mm_s
    assert blocks == pytest.approx([cruise_ms] * len(blocks), abs=2)
    length = sum(
        road.site.drives.roadmap.arcs[arc].length_mm
        for arc in zip(("load", *SOUTH[:-1]), SOUTH, strict=True)
    )
    expected = drive_ms(
        length, FLEET.speed_empty_mm_s, FLEET.acceleration_mm_s2, FLEET.braking_mm_s2
    )
    assert moved[-1].at_ms - begun_ms == pytest.approx(expected, rel=0.002)


def test_a_grant_that_comes_in_time_costs_no_braking(road: Road) -> None:
    """Granted block by block while it drives, as the dispatcher does, it comes as early."""
    road.grant(1, *TO_LOAD)
    road.run()
    begun_ms = road.now_ms
    road.grant(2, *SOUTH[:3])
    arrived_ms = 0
    for number in range(len(SOUTH)):
        (moved,) = road.site.pop(START_MS + DAY)
        assert isinstance(moved, VehicleMoved)
        assert moved.node == SOUTH[number]
        arrived_ms = road.now_ms = moved.at_ms
        if number + 3 < len(SOUTH):
            road.grant(3 + number, *SOUTH[number + 1 : number + 4])
    at_once = Road()
    at_once.grant(1, *TO_LOAD)
    at_once.run()
    at_once.grant(2, *SOUTH)
    assert arrived_ms - begun_ms == pytest.approx(at_once.run()[-1].at_ms - begun_ms, abs=20)


def test_it_stops_at_the_end_of_what_is_granted(road: Road) -> None:
    road.grant(1, *TO_LOAD)
    road.run()
    road.grant(2, *SOUTH[:2])
    assert [event.node for event in road.run()] == list(SOUTH[:2])
    assert road.car.speed == 0
    assert road.car.nodes == []


def test_a_grant_sent_twice_is_driven_once(road: Road) -> None:
    road.grant(1, *TO_LOAD)
    road.grant(1, *TO_LOAD, at_ms=START_MS + 1_000)
    assert [event.node for event in road.run()] == ["load"]
    road.grant(1, *TO_LOAD)
    (repeated,) = road.run()
    assert (repeated.node, repeated.step) == ("load", 1)


def test_a_grant_with_a_gap_before_it_is_left_out(road: Road) -> None:
    road.grant(3, *SOUTH[1:3])
    assert road.run() == []
    road.grant(1, "load", *SOUTH[:3])
    assert [event.step for event in road.run()] == [1, 2, 3, 4]


def test_a_stopped_vehicle_stands_until_it_recovers(road: Road) -> None:
    undisturbed = Road()
    undisturbed.grant(1, "load", *SOUTH)
    end_ms = undisturbed.run()[-1].at_ms
    road.grant(1, "load", *SOUTH)
    stop_ms, back_ms = START_MS + 2 * MINUTE, START_MS + 9 * MINUTE
    road.site.memory.heap.push(stop_ms, "VehicleStopped", [CAR, "fault"])
    road.site.memory.heap.push(back_ms, "VehicleRecovered", [CAR])
    moved = [event for event in road.run() if hasattr(event, "node")]
    assert not [event for event in moved if stop_ms < event.at_ms < back_ms]
    assert moved[-1].node == SOUTH[-1]
    lost_ms = moved[-1].at_ms - end_ms
    # It brakes at once, and speeds up again: a few seconds on top of the time it stood.
    assert 7 * MINUTE < lost_ms < 7 * MINUTE + 20_000
    assert road.car.charge_mwh == undisturbed.car.charge_mwh


def test_a_grant_while_it_is_stopped_is_driven_afterwards(road: Road) -> None:
    road.site.memory.heap.push(START_MS, "VehicleStopped", [CAR, "fault"])
    road.run(START_MS)
    road.grant(1, *TO_LOAD)
    assert road.run(START_MS + 5 * MINUTE) == []
    road.site.memory.heap.push(START_MS + 5 * MINUTE, "VehicleRecovered", [CAR])
    assert [getattr(event, "node", "") for event in road.run()] == ["", "load"]


def test_a_lower_limit_slows_it_down(road: Road) -> None:
    road.site.carry_out(SlowTo(90, "south", 500_000), START_MS)
    road.grant(1, "load", *SOUTH)
    moved = road.run()
    blocks = gaps(moved[3:-1])
    half = 200_000 * 1_000 / (FLEET.speed_empty_mm_s // 2)
    assert blocks == pytest.approx([half] * len(blocks), rel=0.001)


@pytest.mark.parametrize("load_kg", [0, 65_000])
def test_its_battery_pays_for_every_metre(road: Road, load_kg: int) -> None:
    road.site.carry_out(LoadVehicle(91, CAR, load_kg), START_MS)
    before = road.car.charge_mwh
    road.grant(1, "load", *SOUTH)
    moved = road.run()
    path = (AT_PARKING, "load", *SOUTH)
    length_mm = road.site.drives.roadmap.length_mm(path)
    use = FLEET.consumption_loaded_wh_km if load_kg else FLEET.consumption_empty_wh_km
    assert before - road.car.charge_mwh == pytest.approx(length_mm * use / 1_000, abs=len(path))
    assert moved[-1].charge_wh == road.car.charge_mwh // 1_000


def test_a_battery_never_holds_less_than_nothing(road: Road) -> None:
    road.car.charge_mwh = 1_000
    road.grant(1, "load", *SOUTH)
    assert road.run()[-1].charge_wh == 0


def test_charging_takes_what_is_missing_by_the_chargers_power(road: Road) -> None:
    road.car.charge_mwh -= 60_000_000
    road.site.carry_out(StartCharging(1, CAR, "agv_chargers.1"), START_MS)
    road.site.carry_out(StartCharging(1, CAR, "agv_chargers.1"), START_MS + 1_000)
    (ended,) = road.run()
    assert ended.at_ms - START_MS == pytest.approx(60_000 / FLEET.charging_w * 3_600_000, abs=1)
    assert ended.charge_wh == FLEET.battery_wh


def test_a_vehicle_called_away_has_what_it_got_so_far(road: Road) -> None:
    road.car.charge_mwh -= 60_000_000
    road.site.carry_out(StartCharging(1, CAR, "agv_chargers.1"), START_MS)
    road.site.carry_out(StopCharging(2, CAR), START_MS + 6 * MINUTE)
    (ended,) = road.run()
    assert ended.at_ms == START_MS + 6 * MINUTE
    assert ended.charge_wh == FLEET.battery_wh - 60_000 + FLEET.charging_w // 10
    assert road.run() == []
