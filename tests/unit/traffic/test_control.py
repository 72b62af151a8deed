"""Grants of blocks: exclusive, in order, single lanes whole, waiting vehicles woken."""

from kouan.traffic.control import (
    LOOK_AHEAD,
    Traffic,
    grant,
    lacks_stop_only,
    pass_node,
    set_out,
    unit_end,
)
from kouan.traffic.roadmap import RoadMap
from tests.unit.traffic.maps import roadmap

LINE = "a-b 500 100"


def out(traffic: Traffic, roads: RoadMap, vehicle: str, origin: str, target: str) -> None:
    set_out(traffic, vehicle, roads.path(origin, target))


def go(
    traffic: Traffic, roads: RoadMap, vehicle: str, stop: bool = True, at: int = 0
) -> tuple[int, int]:
    return grant(traffic, roads, vehicle, stop, at)


def test_blocks_are_granted_a_few_ahead_and_the_last_only_with_the_stop() -> None:
    traffic, roads = Traffic(), roadmap(LINE)
    out(traffic, roads, "v", "a", "b")
    assert go(traffic, roads, "v", stop=False) == (LOOK_AHEAD, 0)
    pass_node(traffic, roads, "v", 1, 0)
    assert go(traffic, roads, "v", stop=False) == (1, 0)
    pass_node(traffic, roads, "v", 4, 0)
    assert go(traffic, roads, "v", stop=False) == (0, 0)
    assert lacks_stop_only(roads, traffic.ways["v"])
    assert go(traffic, roads, "v", stop=True) == (1, 0)
    assert not lacks_stop_only(roads, traffic.ways["v"])


def test_a_block_is_one_vehicles_until_it_has_passed_the_next() -> None:
    traffic, roads = Traffic(), roadmap(LINE)
    for vehicle in "vw":
        out(traffic, roads, vehicle, "a", "b")
    assert go(traffic, roads, "v", stop=False)[0] == 3
    assert go(traffic, roads, "w", stop=False)[0] == 0
    assert pass_node(traffic, roads, "v", 1, 0) == []
    assert go(traffic, roads, "w", stop=False)[0] == 0
    assert pass_node(traffic, roads, "v", 2, 0) == ["w"]
    assert go(traffic, roads, "w", stop=False)[0] == 1
    assert traffic.holders["a>s1.1"] == "w"


def test_in_its_stop_a_vehicle_holds_nothing() -> None:
    traffic, roads = Traffic(), roadmap(LINE)
    out(traffic, roads, "v", "a", "b")
    for step in range(1, 6):
        go(traffic, roads, "v")
        pass_node(traffic, roads, "v", step, 0)
    assert traffic.ways["v"].done()
    assert traffic.holders == {}
    assert traffic.waiting == {}


def test_both_directions_of_an_ordinary_road_are_apart() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100")
    out(traffic, roads, "v", "a", "b")
    out(traffic, roads, "w", "b", "a")
    assert go(traffic, roads, "v") == go(traffic, roads, "w") == (1, 0)


def test_steps_late_doubled_or_not_granted_change_nothing() -> None:
    traffic, roads = Traffic(), roadmap(LINE, "b-c 100")
    out(traffic, roads, "v", "a", "b")
    go(traffic, roads, "v")
    assert pass_node(traffic, roads, "v", 4, 0) == []
    assert traffic.ways["v"].passed == 0
    pass_node(traffic, roads, "v", 2, 0)
    held = dict(traffic.holders)
    for late in (2, 1, 0, -3):
        assert pass_node(traffic, roads, "v", late, 0) == []
    assert (traffic.ways["v"].passed, traffic.holders) == (2, held)
    go(traffic, roads, "v")
    pass_node(traffic, roads, "v", 5, 0)
    out(traffic, roads, "v", "b", "c")
    go(traffic, roads, "v")
    assert pass_node(traffic, roads, "v", 5, 0) == []
    assert traffic.ways["v"].passed == 0
    pass_node(traffic, roads, "v", 6, 0)
    assert traffic.ways["v"].done()


def test_a_single_lane_is_taken_with_the_block_behind_it_or_not_at_all() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100", "b-c 200 100 single", "c-d 100", "d-e 100")
    out(traffic, roads, "v", "a", "e")
    out(traffic, roads, "w", "c", "e")
    assert go(traffic, roads, "w", stop=False)[0] == 1
    assert unit_end(roads, traffic.ways["v"].nodes, 1) == 4
    assert go(traffic, roads, "v", stop=False)[0] == 1
    assert traffic.sections == {}
    assert traffic.waiting == {"c>d": ["v"]}
    go(traffic, roads, "w")
    assert pass_node(traffic, roads, "w", 2, 0) == ["v"]
    assert go(traffic, roads, "v", stop=False)[0] == 3
    assert traffic.sections == {"s2": "v"}


def test_a_single_lane_is_given_back_once_the_block_behind_it_is_passed() -> None:
    traffic, roads = Traffic(), roadmap("b-c 200 100 single", "c-d 100", "d-e 100")
    out(traffic, roads, "v", "b", "e")
    out(traffic, roads, "w", "c", "b")
    assert go(traffic, roads, "v", stop=False)[0] == 3
    assert go(traffic, roads, "w")[0] == 0
    assert pass_node(traffic, roads, "v", 2, 0) == []
    assert traffic.sections == {"s1": "v"}
    assert pass_node(traffic, roads, "v", 3, 0) == ["w"]
    assert go(traffic, roads, "w")[0] == 2
    assert traffic.sections == {"s1": "w"}


def test_a_single_lane_up_to_the_stop_needs_the_stop() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100", "b-c 200 100 single")
    out(traffic, roads, "v", "a", "c")
    assert go(traffic, roads, "v", stop=False)[0] == 1
    assert lacks_stop_only(roads, traffic.ways["v"])
    assert go(traffic, roads, "v", stop=True)[0] == 2
    pass_node(traffic, roads, "v", 3, 0)
    assert (traffic.sections, traffic.holders) == ({}, {})


def test_a_block_behind_a_single_lane_may_be_the_one_into_the_stop() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100", "b-c 100 single", "c-d 100")
    out(traffic, roads, "v", "a", "d")
    assert go(traffic, roads, "v", stop=False)[0] == 1
    assert lacks_stop_only(roads, traffic.ways["v"])
    assert go(traffic, roads, "v", stop=True)[0] == 2


def test_single_lanes_that_touch_are_taken_together() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100 single", "b-c 100 single", "c-d 100", "d-e 9")
    out(traffic, roads, "v", "a", "e")
    assert go(traffic, roads, "v", stop=False)[0] == 3
    assert traffic.sections == {"s1": "v", "s2": "v"}
    pass_node(traffic, roads, "v", 2, 0)
    assert traffic.sections == {"s2": "v"}


def test_headway_is_kept_from_one_entry_to_the_next() -> None:
    traffic, roads = Traffic(), roadmap("a-b 20 10 headway=30000", "b-c 10", "c-d 9")
    out(traffic, roads, "v", "a", "d")
    assert go(traffic, roads, "v", at=100_000) == (3, 0)
    pass_node(traffic, roads, "v", 2, 105_000)
    out(traffic, roads, "w", "a", "d")
    assert go(traffic, roads, "w", at=106_000) == (0, 130_000)
    assert go(traffic, roads, "w", at=130_000)[0] == 1


def test_headway_counts_from_the_entry_not_from_the_grant() -> None:
    traffic, roads = Traffic(), roadmap("x-a 10", "a-b 20 10 headway=30000", "b-c 10", "c-d 9")
    out(traffic, roads, "v", "x", "d")
    go(traffic, roads, "v", at=100_000)
    assert traffic.entered_ms == {}
    pass_node(traffic, roads, "v", 1, 250_000)
    assert traffic.entered_ms == {"a>s2.1": 250_000}


def test_those_who_wait_are_woken_in_the_order_they_came() -> None:
    traffic, roads = Traffic(), roadmap("a-b 100", "b-c 100", "c-d 100")
    for vehicle in "vwxy":
        out(traffic, roads, vehicle, "a", "d")
        go(traffic, roads, vehicle, stop=False)
        go(traffic, roads, vehicle, stop=False)
    assert traffic.waiting == {"a>b": ["w", "x", "y"]}
    assert pass_node(traffic, roads, "v", 2, 0) == ["w", "x", "y"]


def test_nothing_is_granted_on_a_closed_segment() -> None:
    traffic, roads = Traffic(closed=["s2"]), roadmap("a-b 100", "b-c 100", "c-d 100")
    out(traffic, roads, "v", "a", "d")
    assert go(traffic, roads, "v") == (1, 0)
    traffic.closed = []
    assert go(traffic, roads, "v") == (2, 0)
