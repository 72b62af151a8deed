"""Stops along the road that hold any number, two-lane roads, and headways, as ports use them."""

import itertools

from kouan.traffic import repair
from kouan.traffic.network import Network, Road, Shape, compile_network, network_of_roads
from kouan.traffic.planner import Planner
from kouan.traffic.reservations import TrafficState, check
from tests.unit.traffic.maps import roads

SHAPE = Shape(15_000, 3_000, start_ms=5_000, stop_ms=3_000)


def compiled(*lines: str, stops: str = "ac") -> Network:
    """Roads with a shared stop at each of these nodes, named as the node in capitals."""
    names = {node.upper(): node for node in stops}
    return network_of_roads(roads(*lines), SHAPE, names, list(names))


def driving(network: Network, *vehicles: str, look_ahead: int = 3) -> tuple[Planner, TrafficState]:
    """Vehicles in the first stop."""
    planner, state = Planner(network, look_ahead), TrafficState()
    for vehicle in vehicles:
        planner.add(state, vehicle, next(iter(network.stops)), 0)
    return planner, state


def steps(planner: Planner, state: TrafficState, vehicle: str) -> list[str]:
    """Labels of the nodes released and not yet passed."""
    course, network = state.courses[vehicle], planner.network
    return [network.labels[network.ends[course.arc(n)]] for n in range(course.done, course.base)]


def test_a_stop_holds_any_number_and_who_stands_there_holds_nothing() -> None:
    planner, state = driving(compiled("a-b 100", "b-c 100"), "v", "w", "x")
    assert not any(state.cells)
    for vehicle in "vwx":
        assert planner.go(state, vehicle, "C", 0)
    for now_ms in range(10_000, 200_000, 10_000):
        for vehicle in "vwx":
            planner.passed(state, vehicle, state.courses[vehicle].done, now_ms)
    assert [state.courses[vehicle].target for vehicle in "vwx"] == ["C", "C", "C"]
    assert all(course.done == course.end() for course in state.courses.values())
    assert not any(state.cells)


def test_setting_out_and_halting_cost_what_is_declared_and_steps_run_on() -> None:
    planner, state = driving(compiled("a-b 100", "b-c 100"), "v")
    planner.go(state, "v", "C", 0)
    course = state.courses["v"]
    assert course.arrive_ms[1:] == [100_000 + 5_000, 200_000 + 5_000 + 3_000]
    assert steps(planner, state, "v") == ["b", "c"]
    planner.passed(state, "v", 2, 208_000)
    planner.go(state, "v", "A", 208_000)
    assert (state.courses["v"].done, steps(planner, state, "v")) == (3, ["b", "a"])


def test_both_lanes_of_a_road_are_driven_at_once_and_a_single_lane_is_not() -> None:
    def at_once(line: str) -> bool:
        planner, state = driving(compiled(line, "b-c 100", stops="ac"), "v")
        planner.add(state, "w", "C", 0)
        planner.go(state, "v", "C", 0)
        planner.go(state, "w", "A", 0)
        while len(steps(planner, state, "w")) < 3 and state.courses["w"].done < 3:
            planner.passed(state, "w", state.courses["w"].done, 1)
            if not steps(planner, state, "w"):
                return False
        return "s1.2" in steps(planner, state, "v")

    assert at_once("a-b 400 100")
    assert not at_once("a-b 400 100 single")


def test_nodes_of_both_lanes_are_told_by_the_name_that_is_declared() -> None:
    network = compiled("a-b 300 100", "b-c 100")
    assert [network.labels[network.index[f"s1.{n} back"]] for n in (1, 2)] == ["s1.1", "s1.2"]
    planner, state = driving(network, "v", look_ahead=9)
    planner.go(state, "v", "C", 0)
    assert steps(planner, state, "v") == ["s1.1", "s1.2", "b", "c"]
    planner.passed(state, "v", 4, 400_000)
    planner.go(state, "v", "A", 400_000)
    assert steps(planner, state, "v") == ["b", "s1.2", "s1.1", "a"]


def test_all_of_a_road_can_be_closed_also_out_of_a_stop() -> None:
    network = compiled("a-b 300 100", "b-c 100", "a-c 900 100")
    planner, state = driving(network, "v")
    state.blocked = list(network.roads["s1"])
    planner.go(state, "v", "C", 0)
    assert steps(planner, state, "v") == ["s3.1", "s3.2", "s3.3"]
    state.blocked = [*network.roads["s1"], *network.roads["s3"]]
    repair.reroute_late(planner, state, 0)
    assert steps(planner, state, "v") == ["s3.1", "s3.2", "s3.3"]
    planner.passed(state, "v", 3, 300_000)
    assert steps(planner, state, "v") == []


def test_a_use_that_skips_a_step_at_a_sharp_bend_follows_the_vehicle() -> None:
    """From b over c the road leads back beside itself: one cell for the steps before and after."""
    nodes = {"z": (-12_000, 0), "a": (0, 0), "b": (26_000, 0), "c": (26_000, 2_500)}
    nodes |= {"d": (1_000, 2_500), "e": (1_000, 62_500), "g": (1_000, 122_500)}
    ways = [*itertools.pairwise(nodes), ("g", "z")]
    pieces = [Road(one, other, one_way=True, cut=False) for one, other in ways]
    stops = {"Z": "z", "G": "g"}
    planner, state = driving(compile_network(nodes, pieces, SHAPE, stops, list(stops)), "v", "w")
    assert planner.go(state, "v", "G", 0)
    for now_ms in range(5_000, 60_000, 5_000):
        course = state.courses["v"]
        if course.done == course.base:
            break
        planner.passed(state, "v", course.done, now_ms)
        planner.retime(state, now_ms)
        check(state)
        for uses in state.cells:
            assert all(use.first >= state.courses[use.vehicle].offset for use in uses)
    assert planner.go(state, "w", "G", 60_000)


def test_a_headway_is_kept_from_one_entry_to_the_next() -> None:
    planner, state = driving(compiled("a-b 200 100 headway=300000", "b-c 100"), "v", "w")
    planner.go(state, "v", "C", 0)
    planner.go(state, "w", "C", 0)
    planner.passed(state, "v", 1, 100_000)
    planner.passed(state, "v", 2, 200_000)
    assert steps(planner, state, "w") == []
    assert planner.headway_over_ms(state, 200_000) == 300_000
    assert planner.grow_all(state, 299_999) == []
    assert planner.grow_all(state, 300_000) == ["w"]
    assert planner.headway_over_ms(state, 300_000) == 0
