"""The proof that a fleet can't block itself, on ports where the answer is known."""

import random

import pytest

from kouan.dispatch.proof import prove_fleet
from kouan.port.model import Port
from kouan.port.places import Direction, Lane
from kouan.port.procedures import Work
from kouan.port.read import load_port
from tests.property.test_no_deadlock import play_on
from tests.sim.scenarios import PORTS, ROOT
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import agv_port, fleet, place, port, procedure, ring_port, stage
from tests.unit.traffic.maps import roads


def blocks_itself(made: Port, tries: int = 40) -> bool:
    """Whether some order of events leaves vehicles waiting for one another for ever."""
    for seed in range(tries):
        play = Play(made, frozen=False)
        for name, declared in made.fleets.items():
            play.join(declared.count, name)
            for number in range(2 * declared.count):
                play.order(f"{name}-o{number}", name, papers=False)
        if not play_on(play, random.Random(seed)):
            return True
    return False


def test_there_and_back_on_lanes_of_their_own_never_blocks() -> None:
    assert prove_fleet(agv_port(50)) == ()


@pytest.mark.parametrize("name", PORTS)
def test_the_shipped_ports_are_proven(name: str) -> None:
    assert prove_fleet(load_port(ROOT / "ports" / f"{name}.toml")[0]) == ()


def test_a_ring_of_roads_blocks_once_the_fleet_fills_it() -> None:
    least = next(count for count in range(1, 30) if prove_fleet(ring_port(count)))
    assert least > 4
    assert not blocks_itself(ring_port(least - 1))
    assert blocks_itself(ring_port(least + 1))
    text = prove_fleet(ring_port(least))[0]
    assert text.startswith(f"fleet agv: {least} vehicles can block each other, as {least} are")
    assert "a>s1.1 -> at_b -> b>s2.1" in text


def gate_both_ways(count: int, lanes: bool) -> Port:
    """One gate is passed on the way in and on the way back from the shed."""
    return port(
        {
            "park": place("parking", node="p"),
            "gate": place(node="g"),
            "shed": place("shed", node="s"),
        },
        {
            "haul": procedure(
                stage("in", "gate"),
                stage("unload", "shed"),
                stage("back", "gate", direction=Direction.EXIT),
                carrier="agv",
            )
        },
        roads("p-g 100", "g-s 100"),
        lanes={way.value: Lane("gate", way) for way in Direction} if lanes else {},
        fleets={"agv": fleet(count)},
    )


def test_one_station_both_ways_blocks_two_vehicles_and_a_lane_each_way_does_not() -> None:
    assert prove_fleet(gate_both_ways(1, lanes=False)) == ()
    assert "gate -> shed" in prove_fleet(gate_both_ways(2, lanes=False))[0]
    assert blocks_itself(gate_both_ways(2, lanes=False))
    assert prove_fleet(gate_both_ways(9, lanes=True)) == ()
    assert not blocks_itself(gate_both_ways(9, lanes=True))


def test_fleets_that_meet_count_together_and_those_that_do_not_count_apart() -> None:
    def made(other_way: bool) -> Port:
        gate = "gate_2" if other_way else "gate"
        first = gate_both_ways(1, lanes=False)
        places = {
            **first.places,
            "park_2": place("parking", node="q"),
            "gate_2": place(node="h"),
            "shed_2": place(node="t"),
        }
        walk = procedure(
            stage("in", gate), stage("unload", "shed_2"), stage("back", gate), carrier="agv"
        )
        return port(
            places,
            {**first.procedures, "carry": walk},
            roads("p-g 100", "g-s 100", "q-h 100", "h-t 100", "g-t 100", "q-g 100"),
            fleets={"agv": fleet(1), "other": fleet(1, procedure="carry", parking="park_2")},
        )

    assert prove_fleet(made(other_way=True)) == ()
    assert prove_fleet(made(other_way=False))[0].startswith("fleet agv and other: 2 vehicles")


def test_room_that_the_way_back_needs_blocks() -> None:
    made = port(
        {
            "park": place("parking", node="p"),
            "yard": place("yard", node="y", room=0),
            "shed": place("shed", node="s", room=0),
        },
        {
            "haul": procedure(
                stage("load", "yard"), stage("drop", "shed"), stage("weigh", "yard"), carrier="agv"
            )
        },
        roads("p-y 100", "y-s 100"),
        fleets={"agv": fleet(2)},
    )
    assert "shed -> yard" in prove_fleet(made)[0]
    assert blocks_itself(made)


def test_people_who_fill_a_stop_and_wait_for_room_take_no_vehicle() -> None:
    """Trucks hold the crane until the yard has room, which a vehicle has that needs the crane."""
    made = port(
        {
            "park": place("parking", node="p"),
            "crane": place("crane", node="c"),
            "yard": place("yard", node="y", room=0),
        },
        {
            "truck": procedure(stage("lift", "crane"), stage("store", "yard")),
            "haul": procedure(
                stage("take", "yard", work=Work.SERVICE), stage("lift", "crane"), carrier="agv"
            ),
        },
        roads("p-y 100", "y-c 100"),
        fleets={"agv": fleet(1)},
    )
    assert "crane -> yard" in prove_fleet(made)[0]


def test_a_port_without_fleets_has_nothing_to_prove() -> None:
    assert prove_fleet(port({"gate": place()}, {"p": procedure(stage("pass", "gate"))})) == ()
