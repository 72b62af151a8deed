"""docs/predictions.md says what comes out: the bound derived again, and the ten seeds run again."""

from collections.abc import Mapping
from math import floor, sqrt
from pathlib import Path

import pytest

from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.procedures import Stage
from kouan.port.read import load_port
from kouan.report.summary import Summary
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate
from kouan.sim.study import Interval, intervals

ROOT = Path(__file__).parents[3]
DAY = "2026-10-12"
VEHICLES = 6
OPEN_S = 12 * 3_600
ORDERS_S = 650 * 60
"""From 08:00 to 18:50, in which a day's orders come evenly."""
SETTINGS = (
    f"fleets.agv.count={VEHICLES}",
    "demand.coal_truck.per_day=0",
    "demand.truck_exit.per_day=0",
)


@pytest.fixture(scope="module")
def port() -> Port:
    """Ganqimaodu with six vehicles and no trucks."""
    found, _ = load_port(ROOT / "ports" / "ganqimaodu.toml", SETTINGS)
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "predictions.md").read_text(encoding="utf-8")


def _stop_to_stop_s(port: Port, segment: str) -> float:
    """Driving a segment from rest to rest: its length at its speed, v/(2a) and v/(2b) more."""
    road, fleet = port.roads.segments[segment], port.fleets["agv"]
    speed = road.speed_mm_s
    lost = speed / (2 * fleet.acceleration_mm_s2) + speed / (2 * fleet.braking_mm_s2)
    return road.length_mm / speed + lost


def _way_to_parking_s(port: Port) -> float:
    """From the last gate: up to a peak, down to the speed of the parking area, along it, and rest.

    Whether there is room to reach the road's limit is worked out, not assumed.
    """
    fleet = port.fleets["agv"]
    up, down = fleet.acceleration_mm_s2, fleet.braking_mm_s2
    first, last = port.roads.segments["reach_junction"], port.roads.segments["reach_parking"]
    slow = last.speed_mm_s
    square = (first.length_mm + slow**2 / (2 * down)) / (1 / (2 * up) + 1 / (2 * down))
    peak = min(first.speed_mm_s, sqrt(square))
    cruise = first.length_mm - peak**2 / (2 * up) - (peak**2 - slow**2) / (2 * down)
    reach = peak / up + cruise / peak + (peak - slow) / down
    return reach + last.length_mm / slow + slow / (2 * down)


def _stage_s(stage: Stage) -> float:
    own = stage.time.mean_ms() if stage.time else 0
    checks = [check.time.mean_ms() for check in stage.checks if check.time]
    return max([own, *checks]) / 1_000


def round_s(port: Port) -> float:
    """Seconds of a round by hand, nothing counted for waiting."""
    customs = port.authorities["customs"]
    roads = ("leave_loading", "south", "reach_unloading", "leave_unloading", "north")
    driving = sum(_stop_to_stop_s(port, name) for name in ("leave_parking", *roads))
    stations = sum(map(_stage_s, port.procedures["agv_coal"].stages))
    release = customs.release_after.mean_ms() / 1_000
    holds = customs.hold_share_ppm / 1e6 * customs.hold_for.mean_ms() / 1_000
    return driving + _way_to_parking_s(port) + stations + release + holds


def bound(port: Port, *, first_day: bool) -> int:
    """Most round trips that the fleet could make on a day.

    On a first day vehicle i can't begin before order i is placed; on later days orders are left.
    """
    window_s = OPEN_S - port.fleets["agv"].last_start_ms / 1_000
    apart_s = ORDERS_S / (port.demand["agv_coal"].per_day or 1)
    begins_s = [(index + 0.5) * apart_s if first_day else 0.0 for index in range(VEHICLES)]
    return sum(floor((window_s - begin_s) / round_s(port)) + 1 for begin_s in begins_s)


def _first_day(port: Port, seed: int) -> dict[str, float]:
    scenario = days_of(port, seed, start_of_day_ms(port, DAY), 1)
    summary = Summary(port)
    summary.days = 1
    simulate(scenario, MemoryJournal(scenario.header()), [summary])
    fleet = summary.as_json()["agv"]
    return {"trips": fleet["round_trips_per_day"], "tonnes": fleet["tonnes_per_day"]}


@pytest.fixture(scope="module")
def ten_seeds(port: Port) -> Mapping[str, Interval]:
    return intervals([_first_day(port, seed) for seed in range(1, 11)])


def test_page_has_the_derivation(port: Port, page: str) -> None:
    first, later = bound(port, first_day=True), bound(port, first_day=False)
    assert f"| **round** | | **{round_s(port):.1f}** |" in page
    assert f"The round is {round_s(port) / 60:.1f} min." in page
    assert f"the day before   six vehicles: {later} round trips" in page
    assert f"a first day   six vehicles: {first} round trips" in page
    assert f"({first} + 6 x {later}) / 7 = {(first + 6 * later) / 7:.1f} a day" in page


def test_simulation_is_within_three_percent_of_the_bound(
    port: Port, ten_seeds: Mapping[str, Interval]
) -> None:
    by_hand = bound(port, first_day=True)
    assert 0.97 * by_hand <= ten_seeds["trips"].mean <= by_hand


def test_page_has_what_ten_seeds_give(
    port: Port, ten_seeds: Mapping[str, Interval], page: str
) -> None:
    trips, tonnes = ten_seeds["trips"], ten_seeds["tonnes"]
    by_hand = bound(port, first_day=True)
    span = f"{trips.low:.1f} to {trips.high:.1f}"
    assert f"| round trips, first day | {by_hand} | {trips.mean:.1f} | {span} |" in page
    carried = f"{by_hand * 65:,} | {tonnes.mean:,.0f} | {tonnes.low:,.0f} to {tonnes.high:,.0f}"
    assert f"| tonnes, first day | {carried} |" in page
