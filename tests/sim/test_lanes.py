"""The compared lanes: what differs between them, who comes, and a shortened comparison.

`docs/express-lane.md` has the whole one, of ten seeds (`python -m bench one_stop` and others).
"""

from dataclasses import replace
from functools import cache

import pytest

from bench import desks, green_lane, one_stop
from bench.passages import Day, day_of, throughput
from kouan.dispatch.events import Arrived, ServiceEnded
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.procedures import Check, CheckKind, Stage
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate
from kouan.sim.study import paired

BUSY = "90 an hour"
SEEDS = (1, 2, 3)
AFTER_THE_LANE = ("scan", "inspection", "hold", "leave")


def plain(port: Port) -> Port:
    """A port without the bases of its figures: a setting has another basis than the file."""
    return replace(port, basis={})


def stages(port: Port, procedure: str) -> dict[str, Stage]:
    return {stage.id: stage for stage in port.procedures[procedure].stages}


def checks(port: Port, procedure: str, *places: str) -> list[Check]:
    """The checks made at these places, by kind."""
    found = [
        check
        for stage in port.procedures[procedure].stages
        if stage.at in places
        for check in stage.checks
    ]
    return sorted(found, key=lambda check: check.check.value)


# --- serial stations and the one-stop lane ------------------------------------------------------

SERIAL = ("serial_gate", *one_stop.BETWEEN)


def test_only_the_procedure_of_the_stream_differs() -> None:
    serial, single = (one_stop.port_of(arm, BUSY) for arm in ("serial", "one stop"))
    streams = {
        **single.demand,
        "express": replace(single.demand["express"], procedure="serial"),
    }
    assert plain(serial) == plain(replace(single, demand=streams))
    tight = one_stop.port_of("serial, no room between", BUSY)
    places = {
        name: replace(place, room=0) if name in one_stop.BETWEEN else place
        for name, place in serial.places.items()
    }
    assert plain(tight) == plain(replace(serial, places=places))
    looped = one_stop.port_of("one stop, driving off counted", BUSY)
    assert looped.devices
    assert plain(single) == plain(replace(looped, devices={}))


def test_both_layouts_make_the_same_checks_in_the_same_time() -> None:
    port = one_stop.port_of("serial", BUSY)
    assert checks(port, "express", "express_gate") == checks(port, "serial", *SERIAL)
    stops = [s for s in port.procedures["express"].stages if s.at == "express_gate"]
    assert len(stops) == 1
    assert CheckKind.DISINFECTION in [check.check for check in stops[0].checks]
    serial, express = stages(port, "serial"), stages(port, "express")
    assert [serial[name] for name in AFTER_THE_LANE] == [express[name] for name in AFTER_THE_LANE]
    assert serial["waiting"] == express["waiting"]
    bays = [stage for stage in serial.values() if stage.at == "express_bay"]
    same = ("time", "checks", "four_eyes", "attempts", "barrier")
    assert len(bays) == len(SERIAL)
    for name in same:
        assert [getattr(bay, name) for bay in bays] == [getattr(express["bay"], name)] * len(bays)


@cache
def lane_day(arm: str, demand: str, seed: int) -> Day:
    return day_of(one_stop.port_of(arm, demand), one_stop.AREA, seed)


def test_the_same_trucks_come_at_the_same_times() -> None:
    serial, single = (lane_day(arm, "30 an hour", 1).arrivals for arm in ("serial", "one stop"))
    assert serial == single
    assert len(serial) == 30 * one_stop.HOURS
    assert lane_day("one stop", "30 an hour", 2).arrivals != single


def test_one_stop_is_quicker_on_every_seed_and_takes_no_more_an_hour() -> None:
    found = {
        arm: [one_stop.figures_of(arm, "30 an hour", seed) for seed in SEEDS]
        for arm in ("serial", "one stop")
    }
    difference = paired(found["serial"], found["one stop"])["time_mean_min"]
    assert difference.high < -1.5
    rates = {}
    for arm in one_stop.ARMS:
        day = lane_day(arm, one_stop.SATURATED, 1)
        rates[arm] = throughput(day, day.passages)
    assert rates["serial, no room between"] < rates["one stop"] < rates["serial"]
    # A truck takes 10 s to drive off, in which a lane with loops serves nobody.
    driving_off = rates["one stop, driving off counted"]
    assert 0.97 * 3_600 / 34.2 < driving_off < 1.01 * 3_600 / 34.2
    # The longest of the checks takes 24.2 s on average, so that no lane could take more.
    assert 0.97 * 3_600 / 24.2 < rates["one stop"] < 1.01 * 3_600 / 24.2


def test_who_has_to_leave_the_lane_does_not_block_it() -> None:
    """While trucks queue the next one begins within the moment in which one is led to the bay."""
    port = one_stop.port_of("one stop", one_stop.SATURATED)
    scenario = days_of(port, 1, start_of_day_ms(port, "2026-10-12"), 1)
    journal = MemoryJournal(scenario.header(), keep=True)
    simulate(scenario, journal)
    ended: list[int] = []
    begun: list[int] = []
    led = 0
    for entry in journal.entries():
        event = entry.decoded_event()
        if isinstance(event, ServiceEnded) and event.station == "express_1":
            ended.append(event.at_ms)
        if isinstance(event, Arrived) and event.place == "express_bay":
            led += 1
        starts = [one for one in entry.decoded_commands() if one[2:4] == ("stop", "express_1")]
        begun += [event.at_ms] * len(starts)
    assert led > 50
    busy = range(300, 900)
    assert [begun[number + 1] for number in busy] == [ended[number] for number in busy]


# --- ordinary and green lane --------------------------------------------------------------------


def test_only_procedure_lane_and_priority_differ() -> None:
    ordinary, green = (green_lane.port_of(arm, "an ordinary day") for arm in ARMS_GREEN)
    demand = {**green.demand, "produce": replace(green.demand["produce"], procedure="ordinary")}
    lanes = {**green.lanes, "green_1": replace(green.lanes["green_1"], classes=())}
    places = {name: replace(place, pattern={}) for name, place in green.places.items()}
    changed = replace(green, demand=demand, lanes=lanes, places=places)
    assert plain(ordinary) == plain(changed)


ARMS_GREEN = ("ordinary", "green lane")


def test_produce_is_looked_at_before_or_in_the_yard() -> None:
    port = green_lane.port_of("ordinary", "an ordinary day")
    ordinary, green = stages(port, "ordinary"), stages(port, "green")
    assert list(ordinary) == [*list(green)[:3], "quarantine", *list(green)[3:]]
    same = [name for name in green if name != "gate"]
    assert [ordinary[name] for name in same] == [green[name] for name in same]
    (*border, papers) = green["gate"].checks
    assert tuple(border) == ordinary["gate"].checks
    assert papers.check is CheckKind.QUARANTINE
    assert papers.time is not None
    assert papers.time.mean_ms() < 60_000


def test_the_green_lane_keeps_what_was_published_and_the_ordinary_way_does_not() -> None:
    found = {arm: green_lane.figures_of(arm, "an ordinary day", 1) for arm in ARMS_GREEN}
    assert found["green lane"]["release_p95_min"] < 10 < found["ordinary"]["release_mean_min"]
    assert found["green lane"]["check_max_s"] <= 60


# --- desks --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_desks_see_five_percent_of_the_record_day() -> None:
    found = desks.Task("as declared", 1)(1)
    assert found["trucks"] == 3_109
    assert found["reviews"] == pytest.approx(0.05 * 3_109, rel=0.15)
    assert found["wait_p95_min"] < desks.TARGET_MIN
