"""Streams: how many come, when, with which papers, and that none disturbs another."""

from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest

from kouan.port.calendar import demand_windows
from kouan.port.model import Arrivals, Demand, Payload
from kouan.port.service import Distribution
from kouan.sim.demand import DemandSource
from kouan.sim.memory import Memory
from tests.unit.sim.support import (
    DAY,
    HOUR,
    MINUTE,
    START_MS,
    announced,
    mandula,
    port_with,
    times_of,
)

TRUCK = Demand(
    "coal_truck",
    per_day=400,
    hours="08:00-18:00",
    payload=(Payload(1_000_000, 117_000, "coal"),),
    tare_kg=35_000,
)


def test_a_days_volume_comes_within_its_hours() -> None:
    times = times_of(announced(TRUCK, days=3), "Arrived")
    assert len(times) == 1_200
    assert all(8 * HOUR <= at_ms % DAY < 18 * HOUR for at_ms in times)


def test_even_arrivals_are_evenly_spaced() -> None:
    times = times_of(announced(replace(TRUCK, per_day=5, arrivals=Arrivals.EVEN)), "Arrived")
    assert times == [(9 + 2 * number) * HOUR for number in range(5)]


def test_even_arrivals_skip_a_pause() -> None:
    paused = replace(TRUCK, per_day=4, arrivals=Arrivals.EVEN, hours="08:00-10:00, 14:00-16:00")
    times = times_of(announced(paused), "Arrived")
    assert times == [8 * HOUR + HOUR // 2, 9 * HOUR + HOUR // 2, 14.5 * HOUR, 15.5 * HOUR]


def test_random_arrivals_are_spread_over_the_hours() -> None:
    times = times_of(announced(replace(TRUCK, per_day=4_000)), "Arrived")
    assert fmean(times) == pytest.approx(13 * HOUR, rel=0.01)
    by_hour = [sum(at_ms // HOUR == hour for at_ms in times) for hour in range(8, 18)]
    assert by_hour == pytest.approx([400] * 10, abs=80)


def test_a_profile_weighs_the_hours_of_the_day() -> None:
    profile = tuple(3 if hour == 9 else 1 if hour == 20 else 0 for hour in range(24))
    times = times_of(announced(replace(TRUCK, profile=profile)), "Arrived")
    counts = {hour: sum(at_ms // HOUR == hour for at_ms in times) for hour in (9, 20)}
    assert counts[9] + counts[20] == len(times) == 400
    assert counts[9] == pytest.approx(300, abs=40)


def test_an_interval_runs_around_the_clock() -> None:
    steady = replace(TRUCK, per_day=None, interval=Distribution(exponential_ms=10 * MINUTE))
    times = times_of(announced(steady, days=10), "Arrived")
    assert len(times) == pytest.approx(1_440, abs=120)
    assert any(at_ms % DAY < 6 * HOUR for at_ms in times)
    fixed = replace(steady, interval=Distribution(fixed_ms=HOUR))
    assert times_of(announced(fixed), "Arrived") == [hour * HOUR for hour in range(1, 24)]


def test_nobody_comes_on_a_closed_day() -> None:
    closed = replace(mandula().sides.home, closed_days=("2026-10-13",))
    port = port_with(some=TRUCK)
    port = replace(port, sides=replace(port.sides, home=closed))
    days = demand_windows(port, "some", START_MS, START_MS + 3 * DAY)
    assert [day.day_start_ms for day in days] == [START_MS, START_MS + 2 * DAY]


# --- papers -----------------------------------------------------------------------------------


def lead_of(found: list[Any]) -> list[int]:
    """How long before its arrival each visit's manifest was lodged, in ms."""
    arrived = {fields[0]: at_ms for at_ms, kind, fields in found if kind == "Arrived"}
    return [arrived[fields[1]] - at_ms for at_ms, kind, fields in found if kind == "ManifestLodged"]


def test_papers_are_lodged_ahead_or_late_as_declared() -> None:
    late = Distribution(uniform_ms=(5 * MINUTE, 40 * MINUTE))
    demand = replace(
        TRUCK, pre_arrival_ppm=750_000, pre_arrival_lead_ms=2 * HOUR, late_lodging=late
    )
    leads = lead_of(announced(demand))
    ahead = [lead for lead in leads if lead > 0]
    assert len(ahead) == pytest.approx(300, abs=35)
    assert dict.fromkeys(ahead) == {2 * HOUR: None}
    assert all(-40 * MINUTE <= lead <= -5 * MINUTE for lead in leads if lead <= 0)


def test_a_visit_is_announced_before_anything_else_is_said_of_it() -> None:
    demand = replace(TRUCK, pre_arrival_ppm=500_000, booked_ppm=500_000)
    seen: dict[str, str] = {}
    for _, kind, fields in announced(demand):
        visit = fields[1] if kind == "ManifestLodged" else fields[0]
        if kind not in ("DeclarationLodged", "VisitAnnounced"):
            assert seen[visit] == "VisitAnnounced"
        elif kind == "VisitAnnounced":
            assert visit not in seen
            seen[visit] = kind
    assert len(seen) == 400


def test_wrong_manifests_are_as_frequent_as_declared() -> None:
    found = announced(replace(TRUCK, per_day=4_000, document_error_ppm=50_000))
    masses = [fields[3] for _, kind, fields in found if kind == "ManifestLodged"]
    assert masses.count(127_000) == pytest.approx(200, abs=50)
    assert masses.count(117_000) + masses.count(127_000) == 4_000


def test_bookings_and_no_shows() -> None:
    found = announced(replace(TRUCK, per_day=2_000, booked_ppm=600_000, no_show_ppm=100_000))
    wanted = {fields[0]: fields[1] for _, kind, fields in found if kind == "BookingRequested"}
    assert len(wanted) == pytest.approx(1_200, abs=90)
    lapsed = {fields[0]: at_ms for at_ms, kind, fields in found if kind == "VisitLapsed"}
    assert len(lapsed) == pytest.approx(120, abs=40)
    arrived = {fields[0]: at_ms for at_ms, kind, fields in found if kind == "Arrived"}
    assert len(arrived) == 2_000 - len(lapsed)
    for visit, at_ms in lapsed.items():
        assert visit not in arrived
        assert wanted[visit] == at_ms
    for visit, want_ms in wanted.items():
        assert arrived.get(visit, want_ms) == want_ms


def test_those_who_need_no_papers_bring_none() -> None:
    demand = Demand("truck_exit", per_day=20)
    assert sorted({kind for _, kind, _ in announced(demand)}) == ["Arrived", "VisitAnnounced"]


def test_payloads_come_in_their_shares() -> None:
    mix = (Payload(700_000, 60_000, "coal"), Payload(300_000, 20_000, "ore", 2))
    found = announced(replace(TRUCK, per_day=2_000, payload=mix))
    goods = [fields[7] for _, kind, fields in found if kind == "VisitAnnounced"]
    assert goods.count("ore") == pytest.approx(600, abs=70)
    assert goods.count("ore") + goods.count("coal") == 2_000


def test_orders_bring_their_papers() -> None:
    demand = Demand(
        fleet="agv", per_day=10, arrivals=Arrivals.EVEN, payload=TRUCK.payload, hours="08:00-18:00"
    )
    found = announced(demand)
    kinds = [kind for _, kind, _ in found]
    assert kinds == ["TransportOrderPlaced", "ManifestLodged", "DeclarationLodged"] * 10
    assert found[0][2][1:4] == ["agv", "some", 117_000]
    assert found[1][2][2] == ""


# --- independence -----------------------------------------------------------------------------


def test_another_stream_changes_nothing_for_this_one() -> None:
    alone, beside = Memory(), Memory()
    for memory, port in (
        (alone, port_with(some=TRUCK)),
        (beside, port_with(other=replace(TRUCK, per_day=77), some=TRUCK)),
    ):
        source = DemandSource(port, 1, START_MS, START_MS + DAY)
        source.start(memory)
        for at_ms, _, kind, fields in sorted(memory.heap.items):
            assert kind == "@day", at_ms
            source.day(memory, *fields)
    for name, guest in alone.guests.items():
        assert beside.guests[name] == guest
    assert [name for name in beside.guests if name.startswith("some-")] == list(alone.guests)


def test_more_visits_a_day_leave_the_first_ones_as_they_were() -> None:
    few = {
        fields[0]: at_ms
        for at_ms, kind, fields in announced(replace(TRUCK, per_day=50))
        if kind == "Arrived"
    }
    more = {fields[0]: at_ms for at_ms, kind, fields in announced(TRUCK) if kind == "Arrived"}
    assert all(more[visit] == at_ms for visit, at_ms in few.items())


def test_a_seed_settles_a_stream() -> None:
    assert announced(TRUCK, seed=4) == announced(TRUCK, seed=4)
    assert announced(TRUCK, seed=4) != announced(TRUCK, seed=5)
