"""Blocks, single lanes, standing vehicles and battery reserve: each broken on purpose."""

from dataclasses import replace

import pytest

from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.places import Node, Roads, Segment
from kouan.runtime.checkers import Checker, Checkers
from kouan.runtime.checkers.roads import ChargeChecker, RoadChecker, StandingChecker
from tests.unit.runtime.example_port import PORT, Script, at, drive, join, moved


def found(
    script: Script, kind: type[Checker] = RoadChecker, port: Port = PORT
) -> list[tuple[str, str]]:
    checkers = Checkers(port, kinds=(kind,))
    script.play(checkers)
    return [(violation.rule, violation.subject) for violation in checkers.violations]


def two_vehicles() -> Script:
    script = Script()
    join(script, "a1")
    join(script, "a2")
    return script


def grant(script: Script, vehicle: str, step: int, *base: str) -> None:
    script.add(e.Woke(at(1), ""), drive(script, vehicle, "", step, base))


def pass_node(script: Script, vehicle: str, step: int, node: str) -> None:
    script.add(e.VehicleMoved(at(2), vehicle, node, step, 80_000))


def test_a_block_granted_to_two_is_caught() -> None:
    script = two_vehicles()
    grant(script, "a1", 1, "north.1", "north.2")
    pass_node(script, "a1", 1, "north.1")
    grant(script, "a2", 1, "north.1")
    assert found(script) == []
    grant(script, "a2", 2, "north.2")
    assert found(script) == [("exclusive_block", "a2")]


def test_a_crossing_granted_to_two_is_caught() -> None:
    nodes = {name: Node(index * 100_000, 0) for index, name in enumerate(("p", "m", "n", "k", "l"))}
    ways = ("pm", "pn", "mk", "nk", "kl")
    segments = {way: Segment(way[0], way[1], 100_000, 5_000, one_way=True) for way in ways}
    port = replace(PORT, roads=Roads({**PORT.roads.nodes, **nodes}, segments))
    script = two_vehicles()
    grant(script, "a1", 1, "m", "k", "l")
    grant(script, "a2", 1, "n")
    pass_node(script, "a1", 3, "l")
    grant(script, "a2", 2, "k")
    assert found(script, port=port) == []
    script = two_vehicles()
    grant(script, "a1", 1, "m", "k", "l")
    pass_node(script, "a1", 2, "k")
    grant(script, "a2", 1, "n", "k")
    assert found(script, port=port) == [("crossing", "a2")]


def test_both_directions_of_a_two_lane_road_are_fine() -> None:
    script = two_vehicles()
    grant(script, "a1", 1, "north.1", "north.2", "l")
    for step, node in enumerate(("north.1", "north.2", "l"), start=1):
        pass_node(script, "a1", step, node)
    grant(script, "a1", 4, "north.2", "north.1", "p")
    grant(script, "a2", 1, "north.1", "north.2", "l")
    assert found(script) == []


def test_a_grant_sent_again_with_more_nodes_is_fine_and_a_changed_one_is_caught() -> None:
    script = two_vehicles()
    grant(script, "a1", 1, "north.1", "north.2")
    pass_node(script, "a1", 1, "north.1")
    grant(script, "a1", 2, "north.2", "l")
    grant(script, "a1", 1, "north.1", "north.2")
    assert found(script) == []
    grant(script, "a1", 2, "north.1")
    assert found(script) == [("grant", "a1")]


def test_an_old_grant_sent_again_changes_nothing() -> None:
    script = two_vehicles()
    first = drive(script, "a1", "", 1, ("north.1", "north.2"))
    script.add(e.Woke(at(1), ""), first)
    moved(script, first, 2)
    script.add(e.Woke(at(4), ""), first)
    grant(script, "a2", 1, "north.1")
    grant(script, "a1", 3, "l")
    assert found(script) == []


def test_a_grant_that_leaves_steps_out_is_caught() -> None:
    script = two_vehicles()
    grant(script, "a1", 2, "north.1")
    assert found(script) == [("grant", "a1")]


@pytest.mark.parametrize("base", [("l",), ("north.2",), ("north.1", "p", "c")])
def test_a_grant_over_no_block_is_caught(base: tuple[str, ...]) -> None:
    script = two_vehicles()
    grant(script, "a1", 1, *base)
    assert found(script) == [("grant", "a1")]


def test_a_vehicle_beyond_its_grant_is_caught() -> None:
    script = two_vehicles()
    grant(script, "a1", 1, "north.1")
    pass_node(script, "a1", 1, "north.1")
    pass_node(script, "a1", 1, "north.1")
    assert found(script) == []
    pass_node(script, "a1", 2, "north.2")
    assert found(script) == [("grant", "a1")]


def test_an_opposing_pair_on_a_single_lane_is_caught() -> None:
    script = two_vehicles()
    for vehicle in ("a1", "a2"):
        grant(script, vehicle, 1, "north.1", "north.2", "l", "bridge.1")
        for step, node in enumerate(("north.1", "north.2", "l"), start=1):
            pass_node(script, vehicle, step, node)
        if vehicle == "a1":
            # The first one is over the bridge before the second one enters it.
            grant(script, "a1", 5, "c")
            pass_node(script, "a1", 4, "bridge.1")
            pass_node(script, "a1", 5, "c")
    assert found(script) == []
    grant(script, "a1", 6, "bridge.1")
    assert found(script) == [("single_lane", "a1")]


def test_a_vehicle_that_reaches_a_standing_one_is_caught() -> None:
    script = two_vehicles()
    grant(script, "a1", 1, "north.1", "north.2")
    moved(script, drive(script, "a1", "", 0, ("p", "north.1", "north.2")), 2)
    moved(script, drive(script, "a2", "", 0, ("p", "north.1")), 3)
    assert found(script, StandingChecker) == []
    pass_node(script, "a2", 2, "north.2")
    assert found(script, StandingChecker) == [("standing", "a2")]


def test_vehicles_may_stand_together_where_a_place_is() -> None:
    script = two_vehicles()
    for vehicle in ("a1", "a2"):
        way = drive(script, vehicle, "", 0, ("p", "north.1", "north.2", "l"))
        moved(script, way, 2)
    assert found(script, StandingChecker) == []


@pytest.mark.parametrize(("charge_wh", "rules"), [(20_000, []), (19_999, ["reserve"])])
def test_a_vehicle_below_its_reserve_is_caught(charge_wh: int, rules: list[str]) -> None:
    script = two_vehicles()
    script.add(e.VehicleMoved(at(2), "a1", "north.1", 1, charge_wh))
    assert [rule for rule, _ in found(script, ChargeChecker)] == rules
