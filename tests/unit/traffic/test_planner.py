"""Plans end in stops, bases grow only, and whatever happens everybody arrives."""

import pytest

from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic import dependency, repair, settle
from kouan.traffic.network import Road, Shape, compile_network
from kouan.traffic.planner import Planner, TrafficError
from kouan.traffic.reservations import (
    FAR_MS,
    FOREVER,
    ReservationError,
    TrafficState,
    Use,
    check,
    insert,
)
from tests.unit.traffic.planning import Drive, grid


def two() -> tuple[Planner, TrafficState]:
    planner, state = Planner(grid(3)), TrafficState()
    planner.add(state, "v0", "s0", 0)
    planner.add(state, "v1", "s2", 0)
    return planner, state


def test_uses_of_no_length_or_overlapping_are_refused() -> None:
    uses = [Use(10, 20, "a", 0, 0)]
    for wrong in (Use(30, 30, "b", 0, 0), Use(19, 25, "b", 0, 0), Use(5, 11, "b", 0, 0)):
        with pytest.raises(ReservationError):
            insert(uses, wrong)
    insert(uses, Use(20, FOREVER, "b", 0, 0))
    assert [use.vehicle for use in uses] == ["a", "b"]
    with pytest.raises(ReservationError):
        check(TrafficState(cells=[[Use(0, 5, "a", 0, 0), Use(4, 6, "b", 0, 0)]]))


def test_plan_leads_to_the_stop_at_the_driving_time() -> None:
    planner, state = two()
    assert planner.go(state, "v0", "s8", 0)
    steps = planner.plan(state, "v0")
    assert steps[-1].end == "s8"
    assert steps[-1].arrive_ms == 15_000 * 2 + 4 * 20_000
    assert [step.released for step in steps] == [True] * 5 + [False] * 2


def test_taken_stops_and_unknown_names_are_refused() -> None:
    planner, state = two()
    assert not planner.go(state, "v0", "s2", 0)
    assert planner.go(state, "v1", "s4", 0)
    assert planner.go(state, "v0", "s2", 0)
    for act in (
        lambda: planner.add(state, "v0", "s7", 0),
        lambda: planner.add(state, "v2", "s4", 0),
        lambda: planner.go(state, "v9", "s7", 0),
        lambda: planner.go(state, "v0", "s99", 0),
        lambda: repair.block(planner, state, "n0.0", "n2.2", 0),
    ):
        with pytest.raises(TrafficError):
            act()


def test_steps_not_released_say_nothing() -> None:
    planner, state = two()
    planner.go(state, "v0", "s8", 0)
    before = encode_state(state)
    assert planner.passed(state, "v0", planner.base(state, "v0"), 1) == []
    assert planner.passed(state, "v0", 0, 1) == []
    assert encode_state(state) == before


def test_whoever_waits_is_named_once_the_other_has_left() -> None:
    planner, state = two()
    assert planner.go(state, "v1", "s4", 0)
    assert planner.go(state, "v0", "s2", 0)
    waiting = state.courses["v0"]
    named: list[str] = []
    for _ in range(20):
        for vehicle in ("v0", "v1"):
            course = state.courses[vehicle]
            if course.done < course.base and vehicle == "v0":
                planner.passed(state, vehicle, course.done, 1_000)
    assert waiting.done < waiting.end()
    while state.courses["v1"].done < state.courses["v1"].end():
        named += planner.passed(state, "v1", state.courses["v1"].done, 2_000)
    assert "v0" in named


def test_what_is_overdue_takes_quarters_of_its_time_more() -> None:
    planner, state = Planner(grid(3), look_ahead=1), TrafficState()
    planner.add(state, "v0", "s0", 0)
    assert planner.go(state, "v0", "s1", 0)
    planner.passed(state, "v0", 1, 15_000)
    forecasts = []
    for now_ms in (35_000, 35_001, 40_001, 40_002, 52_000):
        planner.refresh(state, now_ms)
        forecasts.append(planner.plan(state, "v0")[-2].arrive_ms)
        assert planner.plan(state, "v0")[-1].start_ms == forecasts[-1]
    assert forecasts == [35_000, 40_001, 40_001, 45_002, 55_004]


def test_more_doubts_than_are_kept_mean_that_all_is_forecast_anew() -> None:
    planner, state = two()
    assert planner.go(state, "v0", "s8", 0)
    for _ in range(settle.MOST_DOUBTS + 5):
        settle.doubt(state, "v0", 1)
    assert len(state.doubts) == settle.MOST_DOUBTS
    assert state.late
    planner.refresh(state, 1_000)
    assert (state.late, state.doubts) == (False, [])


def test_a_cycle_is_found() -> None:
    planner, state = two()
    planner.look_ahead = 1
    assert planner.go(state, "v1", "s6", 0)
    assert planner.go(state, "v0", "s8", 0)
    dependency.order(planner.network, state)
    found = 0
    for uses in (uses for uses in state.cells if len(uses) == 2):
        uses.reverse()
        try:
            dependency.order(planner.network, state)
        except dependency.CycleError:
            found += 1
        uses.reverse()
    assert found == 3
    dependency.order(planner.network, state)


def test_nothing_released_is_taken_back_by_a_new_target() -> None:
    planner, state = two()
    planner.go(state, "v0", "s8", 0)
    released = [step.end for step in planner.plan(state, "v0") if step.released]
    assert planner.go(state, "v0", "s6", 1_000)
    steps = planner.plan(state, "v0")
    assert [step.end for step in steps][: len(released)] == released
    assert steps[-1].end == "s6"


def test_a_breakdown_is_driven_round_and_its_turns_kept() -> None:
    planner, state = two()
    planner.look_ahead = 1
    planner.go(state, "v1", "s8", 0)
    for step in (1, 2):
        planner.passed(state, "v1", step, step * 10_000)
    repair.stopped(planner, state, "v1", 20_000)
    assert not planner.go(state, "v1", "s5", 20_000)
    assert planner.go(state, "v0", "s7", 20_000)
    assert planner.plan(state, "v0")[-1].arrive_ms < FAR_MS // 2
    repair.recovered(planner, state, "v1", 30_000)
    assert planner.plan(state, "v1")[-1].arrive_ms < FAR_MS // 2
    assert planner.plan(state, "v1")[-1].end == "s8"


def test_a_closed_road_is_avoided() -> None:
    planner, state = two()
    repair.block(planner, state, "n0.0", "n0.1", 0)
    planner.go(state, "v0", "s1", 0)
    assert len(planner.plan(state, "v0")) == 6
    repair.unblock(planner, state, "n0.0", "n0.1", 0)
    assert state.blocked == []


def test_both_directions_of_a_road_are_closed_at_one_moment() -> None:
    """First is led round by c and d; second must not be released over a-b in between."""
    nodes = {"a": (0, 0), "b": (40_000, 0), "c": (40_000, 40_000), "d": (0, 60_000)}
    roads = [Road(ends[0], ends[1], cut=False) for ends in ("ab", "bc", "cd", "da")]
    stops = {"at a": "a", "beside a": "a", "at b": "b", "at c": "c"}
    planner = Planner(compile_network(nodes, roads, Shape(15_000, 3_000), stops), look_ahead=1)
    state = TrafficState()
    planner.add(state, "first", "at c", 0)
    planner.add(state, "second", "at a", 0)
    assert planner.go(state, "first", "beside a", 0)
    assert planner.go(state, "second", "at b", 0)
    assert [step.end for step in planner.plan(state, "first")][1:] == ["c", "b", "a", "beside a"]
    planner.look_ahead = 2
    assert repair.block_all(planner, state, [("b", "a"), ("a", "b")], 1_000) == ["first"]
    assert [step.end for step in planner.plan(state, "first")][1:] == ["c", "d", "a", "beside a"]
    ends = [step.end for step in planner.plan(state, "second")]
    assert ends[1:] == ["a", "d", "c", "b", "at b"]
    assert planner.base(state, "second") == 1
    assert repair.unblock_all(planner, state, [("b", "a"), ("a", "b")], 2_000) == []
    assert state.blocked == []


def test_two_roads_between_the_same_nodes_are_closed_together() -> None:
    roads = [Road("a", "b", cut=False), Road("a", "b", length_mm=90_000, cut=False)]
    stops = {"at a": "a", "at b": "b"}
    nodes = {"a": (0, 0), "b": (40_000, 0)}
    planner = Planner(compile_network(nodes, roads, Shape(15_000, 3_000), stops))
    state = TrafficState()
    planner.add(state, "v0", "at a", 0)
    repair.block(planner, state, "a", "b", 0)
    assert not planner.go(state, "v0", "at b", 0)
    repair.unblock(planner, state, "a", "b", 0)
    assert planner.go(state, "v0", "at b", 0)


def crossing() -> tuple[Planner, TrafficState]:
    """A road from far over west and x to east, crossed at x by one from south to north."""
    nodes = {"far": (-80_000, 0), "west": (-40_000, 0), "x": (0, 0), "east": (40_000, 0)}
    nodes |= {"south": (0, -40_000), "north": (0, 40_000)}
    ends = (("far", "west"), ("west", "x"), ("x", "east"), ("south", "x"), ("x", "north"))
    roads = [Road(one, other, cut=False) for one, other in ends]
    stops = {f"at {node}": node for node in ("far", "east", "south", "north")}
    stops["beside east"] = "east"
    network = compile_network(nodes, roads, Shape(15_000, 3_000), stops)
    return Planner(network, look_ahead=1), TrafficState()


def arrivals(planner: Planner, state: TrafficState, *vehicles: str) -> list[int]:
    return [planner.plan(state, vehicle)[-1].arrive_ms for vehicle in vehicles]


def on_the_crossing(**ways: tuple[str, str]) -> tuple[Planner, TrafficState]:
    """Vehicles with a way each, planned one after another."""
    planner, state = crossing()
    for vehicle, (origin, _) in ways.items():
        planner.add(state, vehicle, origin, 0)
    for vehicle, (_, target) in ways.items():
        assert planner.go(state, vehicle, target, 0)
    return planner, state


def test_who_waits_for_somebody_late_goes_first() -> None:
    """First should have left its stop at 15 s; second crosses at 30 s and saves 60 s for 20 s."""
    ways = {"first": ("at far", "at east"), "second": ("at south", "at north")}
    planner, state = on_the_crossing(**ways)
    planner.passed(state, "second", 1, 15_000)
    planner.refresh(state, 15_000)
    assert arrivals(planner, state, "first", "second") == [90_000, 130_000]
    planner.refresh(state, 30_000)
    late_ms = 15_000 + 4 * 3_751
    assert arrivals(planner, state, "first", "second") == [late_ms + 75_000, late_ms + 115_000]
    assert repair.reorder(planner, state, 30_000) == ["second"]
    assert arrivals(planner, state, "first", "second") == [70_000 + 55_000, 30_000 + 55_000]
    check(state)


def test_turns_that_would_make_a_ring_are_left() -> None:
    """First is released to x already, which second could not pass; both want the way to east."""
    ways = {"first": ("at far", "beside east"), "second": ("at east", "at far")}
    planner, state = on_the_crossing(**ways)
    for step in (1, 2):
        planner.passed(state, "first", step, step * 20_000)
    assert planner.base(state, "first") == 4
    planner.refresh(state, 40_000)
    before = encode_state(state)
    tried: list[tuple[str, str]] = []
    swap = repair._swap_if_better

    def noted(planner: Planner, state: TrafficState, late: str, waiting: str, at_ms: int) -> None:
        tried.append((late, waiting))
        swap(planner, state, late, waiting, at_ms)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair, "_swap_if_better", noted)
        assert repair.reorder(planner, state, 40_000) == []
    assert tried == [("first", "second")]
    assert encode_state(state) == before


def test_a_removed_vehicle_leaves_nothing_behind() -> None:
    planner, state = two()
    planner.go(state, "v0", "s8", 0)
    planner.remove(state, "v0", 5_000)
    assert not any(use.vehicle == "v0" for uses in state.cells for use in uses)
    assert planner.go(state, "v1", "s0", 5_000)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_everybody_arrives_whatever_happens(seed: int, shared: bool) -> None:
    drive = Drive(grid(4, shared=shared), seed, vehicles=9, trips=25)
    assert drive.run(2_000)


@pytest.mark.parametrize("seed", range(2))
def test_full_to_the_last_stop_everybody_arrives(seed: int) -> None:
    drive = Drive(grid(3, "z"), seed, vehicles=8, trips=20)
    assert drive.run(3_000, troubles=False)


def test_state_goes_on_from_a_snapshot_as_if_nothing_happened() -> None:
    drive, other = (Drive(grid(4), 7, vehicles=9, trips=25) for _ in range(2))
    drive.run(100)
    other.run(100)
    other.state = state_decoder(TrafficState)(encode_state(other.state))
    assert other.state == drive.state
    drive.run(100)
    other.run(100)
    assert encode_state(other.state) == encode_state(drive.state)
