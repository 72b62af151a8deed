"""The map compiled for planning: integer nodes and arcs, and the cells that each arc takes.

A *cell* is room for one vehicle at a time. Every node, every piece of road (both directions
together), every zone and every pair of elements that come too near one another is a cell, so that
all conflicts become one kind of thing. Driving an arc takes its cells and those of its end node.

A stop stands beside the road behind its node: it is a node of its own, joined to the road by an arc
in and one out, takes part in no geometric conflict, and has room for one vehicle.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kouan.port.places import Roads
from kouan.traffic.geometry import (
    Line,
    Point,
    extended,
    forks_narrowly,
    length_mm,
    lines_near,
    point_near,
)
from kouan.traffic.motion import braking_mm
from kouan.traffic.roadmap import compile_roads

BOUND = 1 << 30
"""Largest coordinate, length (mm) and driving time (ms) of one arc; keeps sums within 64 bits."""


class NetworkError(ValueError):
    """A map that cannot be planned on; says which part and what was expected."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The vehicle that the map is compiled for: lengths in mm, speeds in mm/s, braking in mm/s2.

    ``creep_mm_s`` is the speed into and out of stops.
    """

    length_mm: int
    width_mm: int
    speed_mm_s: int = 2_000
    braking_mm_s2: int = 500
    creep_mm_s: int = 1_000

    def block_mm(self) -> int:
        """Length of road that one vehicle takes while driving: itself and its braking distance."""
        return self.length_mm + braking_mm(self.speed_mm_s, 0, self.braking_mm_s2)


class Road(NamedTuple):
    """A straight piece of road; ``length_mm`` 0 is measured; roads of one ``zone`` exclude others.

    Roads longer than two blocks are cut when ``cut`` is set.
    """

    start: str
    end: str
    speed_mm_s: int = BOUND
    one_way: bool = False
    zone: str = ""
    length_mm: int = 0
    cut: bool = True


@dataclass(slots=True)
class Network:
    """The compiled map; never changed, so it is kept apart from the state.

    Arcs are numbered; ``starts``, ``ends``, ``lengths_mm``, ``drive_ms`` and ``cells`` are by arc,
    ``following`` by node. ``stops`` gives the node of a stop, ``entries`` the arc into it.
    """

    shape: Shape
    names: list[str] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lengths_mm: list[int] = field(default_factory=list)
    drive_ms: list[int] = field(default_factory=list)
    cells: list[tuple[int, ...]] = field(default_factory=list)
    following: list[list[int]] = field(default_factory=list)
    preceding: list[list[int]] = field(default_factory=list)
    is_stop: list[bool] = field(default_factory=list)
    cell_count: int = 0

    def arc(self, start: str, end: str) -> int:
        """Number of the arc from node to node; KeyError when there is none."""
        for arc in self.following[self.index[start]]:
            if self.names[self.ends[arc]] == end:
                return arc
        raise KeyError((start, end))


def network_of_roads(roads: Roads, shape: Shape, stops: Mapping[str, str]) -> Network:
    """Compile a port's roads; ``stops`` gives the node behind which each stop stands."""
    roadmap = compile_roads(roads)
    pieces: list[Road] = []
    for (start, end), arc in roadmap.arcs.items():
        back = (end, start) in roadmap.arcs
        if not back or start < end:
            pieces.append(
                Road(start, end, arc.speed_mm_s, not back, arc.section, arc.length_mm, False)
            )
    nodes = {name: (node.x_mm, node.y_mm) for name, node in roadmap.nodes.items()}
    return compile_network(nodes, pieces, shape, stops)


def compile_network(
    nodes: Mapping[str, Point], roads: Sequence[Road], shape: Shape, stops: Mapping[str, str]
) -> Network:
    """Compile nodes, roads and stops (stop: node) for one shape of vehicle.

    Raises NetworkError, all problems in one message, for unknown nodes and numbers out of bounds.
    """
    _check(nodes, roads, shape, stops)
    network = Network(shape)
    for name in nodes:
        _add_node(network, name, nodes[name], False)
    segments: list[tuple[int, int]] = []
    zones: dict[str, int] = {}
    zone_of: list[int] = []
    arcs_of: list[list[int]] = []
    for road in roads:
        zone = zones.setdefault(road.zone, len(zones)) if road.zone else -1
        for start, end, length in _pieces(network, road):
            segments.append((start, end))
            zone_of.append(zone)
            speed = min(road.speed_mm_s, shape.speed_mm_s)
            arcs = [_add_arc(network, start, end, length, speed)]
            if not road.one_way:
                arcs.append(_add_arc(network, end, start, length, speed))
            arcs_of.append(arcs)
    for stop, node in stops.items():
        at = _add_node(network, stop, network.points[network.index[node]], True)
        network.stops[stop] = at
        into = _add_arc(network, network.index[node], at, shape.length_mm, shape.creep_mm_s)
        out = _add_arc(network, at, network.index[node], shape.length_mm, shape.creep_mm_s)
        network.entries[stop] = into
        segments.append((network.index[node], at))
        zone_of.append(-1)
        arcs_of.append([into, out])
    _give_cells(network, segments, zone_of, arcs_of, len(zones))
    return network


def _check(
    nodes: Mapping[str, Point], roads: Sequence[Road], shape: Shape, stops: Mapping[str, str]
) -> None:
    wrong = [
        f"node {name}: expected coordinates within {BOUND} mm"
        for name, point in nodes.items()
        if max(map(abs, point)) > BOUND
    ]
    for road in roads:
        wrong += [
            f"road {road.start}-{road.end}: no node {end!r}"
            for end in (road.start, road.end)
            if end not in nodes
        ]
        if not (0 <= road.length_mm <= BOUND and 0 < road.speed_mm_s <= BOUND):
            wrong.append(f"road {road.start}-{road.end}: length or speed out of bounds")
        if road.start == road.end:
            wrong.append(f"road {road.start}-{road.end}: expected two different nodes")
    wrong += [f"stop {stop}: no node {node!r}" for stop, node in stops.items() if node not in nodes]
    wrong += [f"stop {stop}: a node has the same name" for stop in stops if stop in nodes]
    figures = (shape.length_mm, shape.width_mm, shape.speed_mm_s, shape.braking_mm_s2)
    if min(*figures, shape.creep_mm_s) < 1 or max(figures) > BOUND:
        wrong.append("shape: expected figures above 0 and within bounds")
    if wrong:
        raise NetworkError("; ".join(wrong))


def _add_node(network: Network, name: str, point: Point, is_stop: bool) -> int:
    network.index[name] = len(network.names)
    network.names.append(name)
    network.points.append(point)
    network.is_stop.append(is_stop)
    network.following.append([])
    network.preceding.append([])
    return len(network.names) - 1


def _add_arc(network: Network, start: int, end: int, length: int, speed: int) -> int:
    arc = len(network.starts)
    drive_ms = -(-length * 1_000 // speed)
    if drive_ms > BOUND:
        raise NetworkError(f"{network.names[start]}-{network.names[end]}: takes {drive_ms} ms")
    network.starts.append(start)
    network.ends.append(end)
    network.lengths_mm.append(length)
    network.drive_ms.append(max(1, drive_ms))
    network.following[start].append(arc)
    network.preceding[end].append(arc)
    return arc


def _pieces(network: Network, road: Road) -> list[tuple[int, int, int]]:
    """Cut a road into (start, end, length) blocks, none shorter than a block."""
    first, last = network.index[road.start], network.index[road.end]
    (x1, y1), (x2, y2) = network.points[first], network.points[last]
    total = road.length_mm or length_mm(((x1, y1), (x2, y2)))
    count = max(1, total // network.shape.block_mm()) if road.cut else 1
    ends = [first]
    for part in range(1, count):
        point = (x1 + (x2 - x1) * part // count, y1 + (y2 - y1) * part // count)
        name = f"{road.start}~{road.end}.{part}"
        if name in network.index:
            raise NetworkError(f"road {road.start}-{road.end}: declared twice")
        ends.append(_add_node(network, name, point, False))
    ends.append(last)
    sizes = [max(1, total * (i + 1) // count - total * i // count) for i in range(count)]
    return [(a, b, size) for (a, b), size in zip(itertools.pairwise(ends), sizes, strict=True)]


def _give_cells(
    network: Network,
    segments: list[tuple[int, int]],
    zone_of: list[int],
    arcs_of: list[list[int]],
    zones: int,
) -> None:
    """Number the cells: nodes, then segments, then zones, then pairs that are too near."""
    nodes = len(network.names)
    of_node = [[node] for node in range(nodes)]
    of_segment = [[nodes + number] for number in range(len(segments))]
    count = nodes + len(segments) + zones
    for number, zone in enumerate(zone_of):
        if zone >= 0:
            of_segment[number].append(nodes + len(segments) + zone)
    on_road = [n for n, ends in enumerate(segments) if not network.is_stop[ends[1]]]
    road_nodes = [node for node in range(nodes) if not network.is_stop[node]]
    pairs = _near_pairs(network, segments, on_road, road_nodes)
    for first, second in pairs:
        for kind, number in (first, second):
            (of_node if kind == 0 else of_segment)[number].append(count)
        count += 1
    for number, arcs in enumerate(arcs_of):
        if network.is_stop[segments[number][1]]:
            of_segment[number] = []  # whoever enters or leaves has the stop itself
        for arc in arcs:
            own = of_segment[number] + of_node[network.ends[arc]]
            network.cells.append(())
            network.cells[arc] = tuple(sorted(own))
    network.cell_count = count


Element = tuple[int, int]
"""(0, node) or (1, segment)."""


def _near_pairs(
    network: Network, segments: list[tuple[int, int]], on_road: list[int], nodes: list[int]
) -> list[tuple[Element, Element]]:
    length, width = network.shape.length_mm, network.shape.width_mm
    half = -(-length // 2)
    points = network.points
    lines: dict[int, Line] = {
        number: (points[segments[number][0]], points[segments[number][1]]) for number in on_road
    }
    longer = {number: extended(line, half) for number, line in lines.items()}
    found: list[tuple[Element, Element]] = []
    for a, b in itertools.combinations(nodes, 2):
        if point_near(points[a], (points[b], points[b]), length):
            found.append(((0, a), (0, b)))
    reach = half + -(-width // 2)
    for node in nodes:
        found += [
            ((0, node), (1, number))
            for number in on_road
            if node not in segments[number] and point_near(points[node], lines[number], reach)
        ]
    for a, b in itertools.combinations(on_road, 2):
        shared = [node for node in segments[a] if node in segments[b]]
        if not shared:
            near = lines_near(longer[a], longer[b], width)
        else:
            near = len(shared) == 2 or _forks(
                points, segments[a], segments[b], shared[0], length, width
            )
        if near:
            found.append(((1, a), (1, b)))
    return found


def _forks(
    points: list[Point],
    a: tuple[int, int],
    b: tuple[int, int],
    shared: int,
    length: int,
    width: int,
) -> bool:
    far_a, far_b = (ends[1] if ends[0] == shared else ends[0] for ends in (a, b))
    return forks_narrowly(points[shared], points[far_a], points[far_b], length, width)
