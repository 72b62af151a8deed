"""A road of one lane for both directions carries what convoys can, with and without faults."""

from dataclasses import replace
from pathlib import Path

from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS
from kouan.port.read import read_port
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import Scenario, simulate

PORT_FILE = Path(__file__).parents[1] / "ports" / "one_lane.toml"
ACROSS_MS = 100_000
HEADWAY_MS = 10_000
HOURS = 4


def trips_of(port: Port) -> int:
    """Round trips between 08:00 and 12:00; nothing is broken."""
    start_ms = start_of_day_ms(port, "2026-10-12")
    end_ms = start_ms + (8 + HOURS) * HOUR_MS
    scenario = Scenario(port, 1, start_ms, end_ms, end_ms, None)
    checkers, fold = Checkers(port), Summary(port)
    fold.days, fold.until_ms = 1, end_ms
    simulate(scenario, MemoryJournal(scenario.header()), [fold, checkers])
    assert checkers.violations == []
    trips: int = fold.as_json()["agv"]["round_trips"]
    return trips


def bound(convoy: int) -> int:
    """Round trips in the time if convoys of so many cross in turns without a pause."""
    turn_ms = ACROSS_MS + (convoy - 1) * HEADWAY_MS
    return HOURS * HOUR_MS * convoy // (2 * turn_ms)


def test_forty_vehicles_cross_in_convoys() -> None:
    port = read_port(PORT_FILE)
    trips = trips_of(port)
    assert bound(8) < trips <= bound(20)
    assert trips > 0.9 * bound(20)


def test_two_vehicles_do_not_wait_for_a_convoy() -> None:
    port = read_port(PORT_FILE)
    few = replace(port, fleets={"agv": replace(port.fleets["agv"], count=2)})
    # there and back, loading and unloading, speeding up and braking
    assert trips_of(few) >= 2 * HOURS * 3_600 // (2 * 140 + 2 * 60 + 60)
