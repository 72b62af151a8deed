"""Random road maps by seed: rings, combs, dead-end bays, single-lane gates and crossing roads.

Coordinates in mm agree with the lengths: every segment is as long as its chord. A well-formed map
has at least one stop more than vehicles, and any two stops are joined past all others. The maps
of ``malformed`` break one of the two, and say which stop is to be named.
"""

import itertools
import random
from dataclasses import dataclass, field, replace
from math import hypot

from kouan.port.places import Node, Roads, Segment
from kouan.traffic.roadmap import Arc, RoadMap


@dataclass(frozen=True, slots=True)
class Shape:
    """How long, wide and fast a vehicle is; lengths in mm, speeds in mm/s, rates in mm/s2."""

    length_mm: int = 12_000
    width_mm: int = 3_000
    speed_mm_s: int = 4_000
    creep_mm_s: int = 1_000
    """Speed into and out of stops."""
    acceleration: int = 600
    braking_empty: int = 1_200
    braking_loaded: int = 700


@dataclass(frozen=True, slots=True)
class TrafficMap:
    """A map, the node of each stop on it, and the stop in which each vehicle begins.

    A stop is in line with the road that ends in its node, one vehicle's length behind it.
    """

    seed: int
    roads: Roads
    stops: dict[str, str]
    vehicles: dict[str, str]
    shape: Shape = field(default_factory=Shape)


@dataclass(slots=True)
class _Drawing:
    """A map that is being drawn."""

    dice: random.Random
    pitch_mm: int
    """Distance of neighbouring junctions."""
    stub_mm: int
    """Length of the road into a bay."""
    nodes: dict[str, Node] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    stops: dict[str, str] = field(default_factory=dict)

    def node(self, name: str, x_mm: int, y_mm: int) -> str:
        self.nodes[name] = Node(x_mm, y_mm)
        return name

    def road(
        self, start: str, end: str, *, one_way: bool = False, single: bool = False, block: int = 0
    ) -> None:
        """Join two nodes by a straight road, as long as its chord."""
        one, other = self.nodes[start], self.nodes[end]
        length = round(hypot(one.x_mm - other.x_mm, one.y_mm - other.y_mm))
        speed = self.dice.choice((2_000, 3_000, 5_000))
        self.segments[f"{start}-{end}"] = Segment(
            start, end, length, speed, one_way, single, block_mm=block or None
        )

    def bay(self, at: str, x_step: int, y_step: int) -> None:
        """Hang a dead-end bay on a node."""
        junction = self.nodes[at]
        name = f"{at}_{len(self.stops)}"
        end = self.node(f"end_{name}", junction.x_mm + x_step, junction.y_mm + y_step)
        self.road(at, end, single=True)
        self.stops[f"bay_{name}"] = end


def _ring(draw: _Drawing, name: str, x_mm: int, bays: int, chords: bool) -> None:
    """Draw a one-way loop with bays outside, and with chords that cross each other inside."""
    across, up = 4, max(4, -(-(bays - 4) // 2) + 2)
    corner = ([(column, 0) for column in range(across)] + [(across, row) for row in range(up)]) + (
        [(column, up) for column in range(across, 0, -1)] + [(0, row) for row in range(up, 0, -1)]
    )
    names = {
        (column, row): draw.node(
            f"{name}_{column}_{row}", x_mm + column * draw.pitch_mm, row * draw.pitch_mm
        )
        for column, row in corner
    }
    for start, end in zip(corner, corner[1:] + corner[:1], strict=True):
        draw.road(names[start], names[end], one_way=True)
    free = [spot for spot in corner if 0 < spot[1] < up and spot[1] % 4 != 2]
    free += [spot for spot in corner if 0 < spot[0] < across]
    for column, row in draw.dice.sample(free, min(bays, len(free))):
        sideways = -1 if column == 0 else int(column == across)
        upwards = 0 if sideways else (-1 if row == 0 else 1)
        draw.bay(names[column, row], sideways * draw.stub_mm, upwards * draw.stub_mm)
    if chords:
        draw.road(names[across, 2], names[0, 2], one_way=True, block=draw.pitch_mm)
        draw.road(
            names[draw.dice.choice((1, 3)), up], names[1, 0], one_way=True, block=2 * draw.pitch_mm
        )


def _two_sides(draw: _Drawing, vehicles: int) -> None:
    """Draw two rings that one to three single-lane gates join."""
    each = vehicles // 2 + 2 + draw.dice.randrange(3)
    right_mm = 11 * draw.pitch_mm
    chords = draw.dice.random() < 0.5
    _ring(draw, "west", 0, each, chords)
    _ring(draw, "east", right_mm, each, draw.dice.random() < 0.5)
    up = max(spot.y_mm for name, spot in draw.nodes.items() if name.startswith("west_"))
    rows = range(2, up // draw.pitch_mm, 4)
    for row in draw.dice.sample(rows, min(len(rows), draw.dice.randint(1, 3))):
        draw.road(f"west_4_{row}", f"east_0_{row}", single=True, block=2 * draw.pitch_mm)


def _one_ring(draw: _Drawing, vehicles: int) -> None:
    """Draw one loop with chords."""
    _ring(draw, "ring", 0, vehicles + 1 + draw.dice.randrange(3), draw.dice.random() < 0.7)


def _comb(draw: _Drawing, vehicles: int) -> None:
    """Draw one single-lane road that all share both ways, with bays on either hand."""
    teeth = vehicles + 1 + draw.dice.randrange(3)
    spine = [
        draw.node(f"spine_{index}", index * draw.pitch_mm, 0) for index in range((teeth + 1) // 2)
    ]
    for start, end in itertools.pairwise(spine):
        draw.road(start, end, single=True)
    for number in range(teeth):
        draw.bay(spine[number // 2], 0, draw.stub_mm if number % 2 else -draw.stub_mm)


def well_formed(seed: int, most: int = 20) -> TrafficMap:
    """Draw the map of a seed with 5 to ``most`` vehicles."""
    dice = random.Random(f"traffic map {seed}")
    length = dice.choice((6_000, 12_000, 16_000))
    shape = Shape(length, dice.choice((2_500, 3_000)), dice.choice((2_000, 4_000, 6_000)))
    draw = _Drawing(dice, length * dice.choice((2, 3, 4)), length * dice.choice((1, 2, 3)))
    vehicles = draw.dice.randint(5, most)
    kind = draw.dice.choice((_one_ring, _two_sides, _two_sides, _comb))
    kind(draw, vehicles)
    vehicles = min(vehicles, len(draw.stops) - 1)
    begin = draw.dice.sample(list(draw.stops), vehicles)
    fleet = {f"v{number:02}": stop for number, stop in enumerate(begin)}
    return TrafficMap(seed, Roads(draw.nodes, draw.segments), draw.stops, fleet, shape)


def trap(seed: int, *, way_in: bool) -> tuple[TrafficMap, str]:
    """Make the road of one bay one-way, in or out; name the bay."""
    made = well_formed(seed)
    stop = random.Random(f"trap {seed}").choice(list(made.stops))
    segments = dict(made.roads.segments)
    name = next(each for each, road in segments.items() if road.end == made.stops[stop])
    road = segments[name]
    ends = (road.start, road.end) if way_in else (road.end, road.start)
    segments[name] = replace(road, start=ends[0], end=ends[1], one_way=True, single_lane=False)
    return replace(made, roads=Roads(made.roads.nodes, segments)), stop


def too_few_bays(seed: int) -> TrafficMap:
    """Give every stop a vehicle, so that none is spare."""
    made = well_formed(seed)
    return replace(made, vehicles={f"v{at:02}": stop for at, stop in enumerate(made.stops)})


def with_stops(made: TrafficMap, roadmap: RoadMap) -> RoadMap:
    """Add the stops to a compiled map, each joined to its node both ways."""
    nodes, arcs, following = dict(roadmap.nodes), dict(roadmap.arcs), dict(roadmap.following)
    for stop, end in made.stops.items():
        road = next(each for each in made.roads.segments.values() if each.end == end)
        start, length = made.roads.nodes[road.start], made.shape.length_mm
        x, y = nodes[end].x_mm - start.x_mm, nodes[end].y_mm - start.y_mm
        way = hypot(x, y)
        nodes[stop] = Node(
            nodes[end].x_mm + round(x * length / way), nodes[end].y_mm + round(y * length / way)
        )
        for ends in ((end, stop), (stop, end)):
            arcs[ends] = Arc(*ends, length, made.shape.creep_mm_s, stop, "", 0)
        following[end], following[stop] = (*following.get(end, ()), stop), (end,)
    return RoadMap(nodes, arcs, following)
