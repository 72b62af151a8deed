"""Where no ring of full places is found, no fleet blocks itself, whatever roads and delays."""

import itertools
import random

from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st

from kouan.port.model import Port
from kouan.port.places import Direction, Lane, Place
from kouan.port.procedures import Procedure
from kouan.traffic.roadmap import compile_roads
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import fleet, place, port, procedure, rings, stage
from tests.unit.traffic.maps import roads

NODES = "abcde"


@st.composite
def segments(draw: st.DrawFn, nodes: str) -> str:
    start, end = draw(st.lists(st.sampled_from(nodes), min_size=2, max_size=2, unique=True))
    blocks = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["", "", "single", "one_way"]))
    return f"{start}-{end} {blocks * 100} 100 {kind}".strip()


@st.composite
def ports(draw: st.DrawFn) -> Port:
    """A port of one or two fleets on random roads on which every place can be reached."""
    nodes = NODES[: draw(st.integers(3, len(NODES)))]
    lines = [f"{one}-{other} 100" for one, other in itertools.pairwise(nodes)]
    lines = [draw(st.sampled_from([line, f"{line} single", ""])) for line in lines]
    lines += draw(st.lists(segments(nodes), max_size=5))
    made = roads(*(line for line in lines if line))
    compiled = compile_roads(made)
    assume(all(node in made.nodes for node in nodes))
    assume(all(compiled.path(one, other) for one, other in itertools.permutations(nodes, 2)))
    places: dict[str, Place] = {"park": place("parking", node=draw(st.sampled_from(nodes)))}
    lanes: dict[str, Lane] = {}
    for number in range(draw(st.integers(1, 4))):
        name = f"stop_{number}"
        room = draw(st.sampled_from([None, None, 0, 1]))
        stations = draw(st.integers(1, 2))
        places[name] = place(node=draw(st.sampled_from(nodes)), stations=stations, room=room)
        if draw(st.booleans()):
            lanes |= {f"{name}_{way}": Lane(name, way) for way in Direction}
    procedures = {"haul": draw(walks(list(places)[1:])), "carry": draw(walks(list(places)[1:]))}
    fleets = {"agv": fleet(draw(st.integers(1, 6)))}
    if draw(st.booleans()):
        fleets["other"] = fleet(draw(st.integers(1, 3)), procedure="carry")
    return port(places, procedures, made, lanes=lanes, fleets=fleets)


@st.composite
def walks(draw: st.DrawFn, stops: list[str]) -> Procedure:
    """A procedure of one to five stages at any stops, in any direction."""
    chosen = draw(st.lists(st.sampled_from(stops), min_size=1, max_size=5))
    stages = [
        stage(f"s{number}", at, direction=draw(st.sampled_from([None, *Direction])))
        for number, at in enumerate(chosen)
    ]
    return procedure(*stages, carrier="agv")


def play_on(play: Play, chance: random.Random, most: int = 20_000) -> bool:
    """Let things happen in any order until all is done (True) or nothing more can happen."""
    for _ in range(most):
        moving = [name for name, car in play.cars.items() if car.ahead]
        busy = list(play.open.values())
        if not moving and not busy:
            return not play.state.visits and not play.state.orders
        if moving and (not busy or chance.random() < 0.7):
            play.drive(chance.choice(moving))
        else:
            play.answer(chance.choice(busy))
    raise AssertionError(f"still busy after {most} steps")


@settings(max_examples=150)
@given(ports(), st.integers(0, 2**32))
def test_fleets_that_are_proven_free_of_rings_never_block(made: Port, seed: int) -> None:
    note(told(made))
    problems = rings(made)
    event("rings found" if problems else "proven")
    play = Play(made, frozen=False)
    for name, declared in made.fleets.items():
        play.join(declared.count, name)
        for number in range(2 * declared.count):
            play.order(f"{name}-o{number}", name, papers=False)
    ended = play_on(play, random.Random(seed))
    event(f"{'proven' if not problems else 'rings'}: {'ended' if ended else 'blocked'}")
    assert ended or problems
    if ended:
        assert all(play.cars[name].node == park_of(made, name) for name in play.cars)
        assert not any(play.state.traffic.cells)
    road_rules = [each for each in play.checkers.violations if each.rule in ROAD_RULES]
    assert road_rules == []


def told(made: Port) -> str:
    """What matters of a port in a few lines, for a failure."""
    lines = [
        f"{s.start}-{s.end} {s.length_mm // 1_000} m{' single' * s.single_lane}"
        f"{' one way' * s.one_way}"
        for s in made.roads.segments.values()
    ]
    for name, each in made.places.items():
        lanes = [lane.direction.value for lane in made.lanes.values() if lane.at == name]
        lines.append(f"{name} at {each.node}: {lanes or each.stations} stations, room {each.room}")
    for fleet_name, declared in made.fleets.items():
        walk = [
            f"{s.at}{f' ({s.direction})' if s.direction else ''}"
            for s in made.procedures[declared.procedure].stages
        ]
        lines.append(f"{declared.count} {fleet_name}: {' -> '.join(walk)}")
    return "\n".join(lines)


ROAD_RULES = ("grant", "exclusive_block", "single_lane", "standing", "reserve")


def park_of(made: Port, vehicle: str) -> str:
    """Node of the parking place of a vehicle's fleet."""
    return made.places[made.fleets[vehicle.partition("-")[0]].parking].node
