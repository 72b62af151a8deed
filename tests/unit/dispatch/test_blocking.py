"""Fleets that could block themselves are told of, on ports where the answer is known."""

import random
from dataclasses import replace

from kouan.port.model import Port
from kouan.port.places import Direction, Lane
from kouan.port.procedures import Work
from tests.property.test_no_deadlock import play_on
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import (
    agv_port,
    fleet,
    place,
    port,
    procedure,
    ring_port,
    rings,
    stage,
)
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
    assert rings(agv_port(50)) == []


def test_a_ring_of_roads_never_blocks_however_many_drive_on_it() -> None:
    assert rings(ring_port(20)) == []
    assert not blocks_itself(ring_port(20), tries=5)


def test_a_ring_of_places_with_little_room_blocks_once_the_fleet_fills_it() -> None:
    def made(count: int) -> Port:
        port = ring_port(count)
        small = {name: replace(place, room=1) for name, place in port.places.items()}
        return replace(port, places={**small, "park": port.places["park"]})

    least = next(count for count in range(1, 30) if rings(made(count)))
    assert least == 8
    assert not blocks_itself(made(least - 1))
    assert blocks_itself(made(least + 1))
    assert "at_a -> at_b -> at_c -> at_d -> at_a" in rings(made(least))[0]


def gate_both_ways(count: int, lanes: bool, room: int | None = 0) -> Port:
    """One gate is passed on the way in and on the way back from the shed."""
    return port(
        {
            "park": place("parking", node="p"),
            "gate": place(node="g", room=room),
            "shed": place("shed", node="s", room=room),
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


def test_one_station_both_ways_blocks_two_vehicles_and_room_without_limit_does_not() -> None:
    assert rings(gate_both_ways(1, lanes=False)) == []
    assert "gate -> shed" in rings(gate_both_ways(2, lanes=False))[0]
    assert blocks_itself(gate_both_ways(2, lanes=False))
    assert rings(gate_both_ways(9, lanes=False, room=None)) == []
    assert not blocks_itself(gate_both_ways(9, lanes=False, room=None))


def test_fleets_that_meet_count_together_and_those_that_do_not_count_apart() -> None:
    def made(other_way: bool) -> Port:
        gate = "gate_2" if other_way else "gate"
        first = gate_both_ways(1, lanes=False)
        places = {
            **first.places,
            "park_2": place("parking", node="q"),
            "gate_2": place(node="h", room=0),
            "shed_2": place(node="t", room=0),
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

    assert rings(made(other_way=True)) == []
    assert "gate -> shed -> gate" in rings(made(other_way=False))[0]


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
    assert "shed -> yard" in rings(made)[0]
    assert blocks_itself(made)


def test_people_who_fill_a_stop_and_wait_for_room_take_no_vehicle() -> None:
    """Trucks hold the crane until the yard has room, which a vehicle has that needs the crane."""
    made = port(
        {
            "park": place("parking", node="p"),
            "crane": place("crane", node="c", room=0),
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
    assert "crane -> yard" in rings(made)[0]


def test_a_port_without_fleets_has_nothing_to_prove() -> None:
    assert rings(port({"gate": place()}, {"p": procedure(stage("pass", "gate"))})) == []
