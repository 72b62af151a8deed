"""The map compiled for planning: integer nodes and arcs, and the cells that each arc takes.

A *cell* is room for one vehicle at a time. Every node, every piece of road (both directions
together), every zone and every pair of elements that come too near one another is a cell, so that
all conflicts become one kind of thing. Driving an arc takes its cells and those of its end node.

A stop stands beside the road at a node: it is a node of its own and takes part in no geometric
conflict. A *bay* has room for one vehicle, and an arc in and one out behind its node. A *shared*
stop lies along the road, as the lanes of a gate do: it is entered from the road before its node and
left onto the road behind it, and who stands there holds nothing. Whoever sends vehicles there sees
that there is room for them.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kouan.port.places import Roads
from kouan.traffic.conflicts import Pieces, near_pairs
from kouan.traffic.geometry import Point, length_mm
from kouan.traffic.motion import braking_mm
from kouan.traffic.roadmap import compile_roads

BOUND = 1 << 30
"""Largest coordinate, length (mm) and driving time (ms) of one arc; keeps sums within 64 bits."""


class NetworkError(ValueError):
    """A map that cannot be planned on; says which part and what was expected."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The vehicle that the map is compiled for: lengths in mm, speeds in mm/s, braking in mm/s2.

    ``creep_mm_s`` is the speed into and out of bays; ``start_ms`` and ``stop_ms`` are the time that
    setting out from a shared stop and halting in one cost.
    """

    length_mm: int
    width_mm: int
    speed_mm_s: int = 2_000
    braking_mm_s2: int = 500
    creep_mm_s: int = 1_000
    start_ms: int = 0
    stop_ms: int = 0

    def block_mm(self) -> int:
        """Length of road that one vehicle takes while driving: itself and its braking distance."""
        return self.length_mm + braking_mm(self.speed_mm_s, 0, self.braking_mm_s2)


class Road(NamedTuple):
    """A straight piece of road; ``length_mm`` 0 is measured; roads of one ``zone`` exclude others.

    Roads longer than two blocks are cut when ``cut`` is set. Roads that are parts of one ``name``
    can be closed together; with ``lanes`` those of one name lie side by side, never too near.
    ``headways_ms`` are the least times between two vehicles that set out on it, there and back.
    """

    start: str
    end: str
    speed_mm_s: int = BOUND
    one_way: bool = False
    zone: str = ""
    length_mm: int = 0
    cut: bool = True
    name: str = ""
    lanes: bool = False
    headways_ms: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Network:
    """The compiled map; never changed, so it is kept apart from the state.

    Arcs are numbered; ``starts``, ``ends``, ``lengths_mm``, ``drive_ms``, ``headways_ms`` and
    ``cells`` are by arc, ``following`` by node. ``stops`` gives the node of a stop, ``entries`` the
    arc by which a vehicle stands in it; ``roads`` the arcs by the name of their road. ``labels``
    are the names of nodes as declared, which the two lanes of a road share; that of a stop is the
    node at which it stands. ``road_arcs`` is the arc itself, or the one between road nodes that an
    arc out of or into a shared stop drives; ``beside`` gives the road node of a shared stop. At
    nodes with ``no_turn`` nobody turns round. ``own_cells`` are those of a node. ``near`` names the
    roads and nodes that come too near one another for two vehicles.
    """

    shape: Shape
    names: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lengths_mm: list[int] = field(default_factory=list)
    drive_ms: list[int] = field(default_factory=list)
    headways_ms: list[int] = field(default_factory=list)
    roads: dict[str, list[int]] = field(default_factory=dict)
    cells: list[tuple[int, ...]] = field(default_factory=list)
    following: list[list[int]] = field(default_factory=list)
    preceding: list[list[int]] = field(default_factory=list)
    is_stop: list[bool] = field(default_factory=list)
    is_shared: list[bool] = field(default_factory=list)
    no_turn: list[bool] = field(default_factory=list)
    road_arcs: list[int] = field(default_factory=list)
    own_cells: list[list[int]] = field(default_factory=list)
    cell_count: int = 0
    beside: dict[int, int] = field(default_factory=dict)
    near: list[tuple[str, str]] = field(default_factory=list)

    def arc(self, start: str, end: str) -> int:
        """Number of the arc from node to node; KeyError when there is none."""
        for arc in self.following[self.index[start]]:
            if self.names[self.ends[arc]] == end:
                return arc
        raise KeyError((start, end))


def network_of_roads(
    roads: Roads, shape: Shape, stops: Mapping[str, str], shared: Sequence[str] = ()
) -> Network:
    """Compile a port's roads; ``stops`` gives the node behind which each stop stands.

    A two-way road has a lane each way, with inner nodes of their own, unless it is single-lane.
    On a single lane vehicles of one direction follow one another block by block.
    """
    roadmap = compile_roads(roads)
    nodes = {name: (node.x_mm, node.y_mm) for name, node in roadmap.nodes.items()}
    labels: dict[str, str] = {}
    pieces: dict[tuple[str, str], Road] = {}
    for (start, end), arc in roadmap.arcs.items():
        back = roadmap.arcs.get((end, start))
        lanes = back is not None and not arc.section
        if (end, start) in pieces and not lanes:
            continue
        headways_ms = (arc.headway_ms, back.headway_ms if back else 0)
        first, last = start, end
        if (end, start) in pieces:
            first, last = (_other_lane(name, roads, nodes, labels) for name in (start, end))
        pieces[start, end] = Road(
            first,
            last,
            arc.speed_mm_s,
            one_way=back is None or lanes,
            length_mm=arc.length_mm,
            cut=False,
            name=arc.segment,
            lanes=lanes,
            headways_ms=headways_ms,
        )
    network = compile_network(nodes, list(pieces.values()), shape, stops, shared)
    for name, label in labels.items():
        network.labels[network.index[name]] = label
    for name in nodes:
        network.no_turn[network.index[name]] = True
    return network


def _other_lane(name: str, roads: Roads, nodes: dict[str, Point], labels: dict[str, str]) -> str:
    """Name of a node on the lane back: declared nodes are shared, inner ones are not."""
    if name in roads.nodes:
        return name
    other = f"{name} back"
    nodes[other], labels[other] = nodes[name], name
    return other


def compile_network(
    nodes: Mapping[str, Point],
    roads: Sequence[Road],
    shape: Shape,
    stops: Mapping[str, str],
    shared: Sequence[str] = (),
) -> Network:
    """Compile nodes, roads and stops (stop: node) for one shape of vehicle; name shared stops.

    Raises NetworkError, all problems in one message, for unknown nodes and numbers out of bounds.
    """
    _check(nodes, roads, shape, stops)
    network = Network(shape)
    for name in nodes:
        _add_node(network, name, nodes[name], name)
    made = Pieces()
    zones: dict[str, int] = {}
    for road in roads:
        zone = zones.setdefault(road.zone, len(zones)) if road.zone else -1
        speed = min(road.speed_mm_s, shape.speed_mm_s)
        pieces = _pieces(network, road)
        for place, (start, end, length) in enumerate(pieces):
            arcs = [_add_arc(network, start, end, length, speed)]
            if not road.one_way:
                arcs.append(_add_arc(network, end, start, length, speed))
            made.add((start, end), zone, road.name, road.lanes, arcs)
            _keep_headways(network, road, arcs, place == 0, place == len(pieces) - 1)
            network.roads.setdefault(road.name, []).extend(arcs)
    for stop, node in stops.items():
        if stop not in shared:
            _add_bay(network, made, stop, node)
    _give_cells(network, made, len(zones))
    _add_shared_stops(network, {stop: stops[stop] for stop in stops if stop in shared})
    return network


def _keep_headways(network: Network, road: Road, arcs: list[int], first: bool, last: bool) -> None:
    """Set the headways of a piece's arcs: each counts where its direction begins."""
    there, back = road.headways_ms
    network.headways_ms += [there if first else 0, back if last else 0][: len(arcs)]


def _add_bay(network: Network, made: Pieces, stop: str, node: str) -> None:
    behind, shape = network.index[node], network.shape
    at = _add_node(network, stop, network.points[behind], node, is_stop=True)
    network.stops[stop] = at
    into = _add_arc(network, behind, at, shape.length_mm, shape.creep_mm_s)
    out = _add_arc(network, at, behind, shape.length_mm, shape.creep_mm_s)
    network.entries[stop] = into
    network.headways_ms += [0, 0]
    made.add_bay((behind, at), [into, out])


def _add_shared_stops(network: Network, stops: Mapping[str, str]) -> None:
    """Add stops along the road, and beside each arc from or to their nodes one from or to them.

    Such an arc takes the cells of its piece of road, and those of its end node if that is no stop.
    """
    stop_at: dict[int, int] = {}
    for stop, node in stops.items():
        behind = network.index[node]
        at = _add_node(network, stop, network.points[behind], node, is_stop=True, is_shared=True)
        network.stops[stop] = stop_at[behind] = at
        network.beside[at] = behind
        network.own_cells.append([])
    for arc in range(len(network.starts)):
        start, end = network.starts[arc], network.ends[arc]
        if network.is_stop[start] or network.is_stop[end]:
            continue
        ends = [end, stop_at[end]] if end in stop_at else [end]
        starts = [start, stop_at[start]] if start in stop_at else [start]
        for first, last in itertools.product(starts, ends):
            if (first, last) != (start, end):
                _add_variant(network, arc, first, last)
    for stop in stops:
        at = network.stops[stop]
        network.entries[stop] = _add_arc(network, at, at, network.shape.length_mm, BOUND)
        network.following[at].remove(network.entries[stop])
        network.preceding[at].remove(network.entries[stop])
        network.headways_ms.append(0)
        network.cells.append(())


def _add_variant(network: Network, arc: int, start: int, end: int) -> None:
    """Add an arc over the same road as another, out of or into a shared stop."""
    made = _add_arc(network, start, end, network.lengths_mm[arc], BOUND)
    more_ms = network.shape.start_ms if network.is_stop[start] else 0
    more_ms += network.shape.stop_ms if network.is_stop[end] else 0
    network.drive_ms[made] = min(BOUND, network.drive_ms[arc] + more_ms)
    network.headways_ms.append(network.headways_ms[arc])
    network.road_arcs[made] = arc
    cells = network.cells[arc]
    if network.is_stop[end]:
        node = network.own_cells[network.ends[arc]]
        cells = tuple(cell for cell in cells if cell not in node)
    network.cells.append(cells)
    for arcs in network.roads.values():
        if arc in arcs:
            arcs.append(made)


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
            wrong.append(
                f"road {road.start}-{road.end}: expected length and speed of at most {BOUND} mm"
            )
        if road.start == road.end:
            wrong.append(f"road {road.start}-{road.end}: expected two different nodes")
    wrong += [f"stop {stop}: no node {node!r}" for stop, node in stops.items() if node not in nodes]
    wrong += [f"stop {stop}: a node has the same name" for stop in stops if stop in nodes]
    figures = {
        "length": shape.length_mm,
        "width": shape.width_mm,
        "speed": shape.speed_mm_s,
        "braking": shape.braking_mm_s2,
        "creep": shape.creep_mm_s,
    }
    wrong += [
        f"vehicle's {name} {figure}: expected 1 to {BOUND} in mm and s"
        for name, figure in figures.items()
        if not 1 <= figure <= BOUND
    ]
    if wrong:
        raise NetworkError("; ".join(wrong))


def _add_node(
    network: Network,
    name: str,
    point: Point,
    label: str,
    *,
    is_stop: bool = False,
    is_shared: bool = False,
) -> int:
    network.index[name] = len(network.names)
    network.names.append(name)
    network.labels.append(label)
    network.points.append(point)
    network.is_stop.append(is_stop)
    network.is_shared.append(is_shared)
    network.no_turn.append(False)
    network.following.append([])
    network.preceding.append([])
    return len(network.names) - 1


def _add_arc(network: Network, start: int, end: int, length: int, speed: int) -> int:
    arc = len(network.starts)
    drive_ms = -(-length * 1_000 // speed)
    if drive_ms > BOUND:
        road = f"{network.names[start]}-{network.names[end]}"
        raise NetworkError(f"road {road} takes {drive_ms} ms: expected at most {BOUND}")
    network.starts.append(start)
    network.ends.append(end)
    network.lengths_mm.append(length)
    network.drive_ms.append(max(1, drive_ms))
    network.road_arcs.append(arc)
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
        ends.append(_add_node(network, name, point, name))
        network.no_turn[ends[-1]] = True
    ends.append(last)
    sizes = [max(1, total * (i + 1) // count - total * i // count) for i in range(count)]
    return [(a, b, size) for (a, b), size in zip(itertools.pairwise(ends), sizes, strict=True)]


def _give_cells(network: Network, made: Pieces, zones: int) -> None:
    """Number the cells: nodes, then pieces of road, then zones, then pairs that are too near."""
    nodes, pieces = len(network.names), len(made.ends)
    of_node = [[node] for node in range(nodes)]
    of_piece = [[nodes + number] for number in range(pieces)]
    count = nodes + pieces + zones
    for number, zone in enumerate(made.zones):
        if zone >= 0:
            of_piece[number].append(nodes + pieces + zone)
    on_road = [node for node in range(nodes) if not network.is_stop[node]]
    size = network.shape.length_mm, network.shape.width_mm
    for first, second in near_pairs(network.points, on_road, made, *size):
        for kind, number in (first, second):
            (of_node if kind == 0 else of_piece)[number].append(count)
        count += 1
        names = [
            network.labels[number] if kind == 0 else made.names[number]
            for kind, number in (first, second)
        ]
        network.near.append((names[0], names[1]))
    network.own_cells = of_node
    network.cells = [()] * len(network.starts)
    for number, arcs in enumerate(made.arcs):
        # whoever enters or leaves a bay has the bay itself
        own = of_piece[number] if made.on_road[number] else []
        for arc in arcs:
            network.cells[arc] = tuple(sorted(own + of_node[network.ends[arc]]))
    network.cell_count = count
