"""Which nodes and pieces of road come too near one another for two vehicles."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from kouan.traffic.geometry import (
    Line,
    Point,
    extended,
    forks_narrowly,
    lines_near,
    point_near,
)


@dataclass(slots=True)
class Pieces:
    """Pieces by number: end nodes, zone (-1: none), the road they are of, whose lanes, arcs.

    A way into a bay is a piece that is not ``on_road``.
    """

    ends: list[tuple[int, int]] = field(default_factory=list)
    zones: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    arcs: list[list[int]] = field(default_factory=list)
    on_road: list[bool] = field(default_factory=list)

    def add(
        self, ends: tuple[int, int], zone: int, name: str, lanes: bool, arcs: list[int]
    ) -> None:
        """Add a piece of road with the arcs that lead over it."""
        self.on_road.append(True)
        self.names.append(name)
        self.ends.append(ends)
        self.zones.append(zone)
        self.lanes.append(name if lanes else "")
        self.arcs.append(arcs)

    def add_bay(self, ends: tuple[int, int], arcs: list[int]) -> None:
        """Add the way into a bay, and out again."""
        self.add(ends, -1, "", False, arcs)
        self.on_road[-1] = False


Element = tuple[int, int]
"""(0, node) or (1, segment)."""


def near_pairs(
    points: Sequence[Point], nodes: Sequence[int], made: Pieces, length: int, width: int
) -> list[tuple[Element, Element]]:
    """Pairs of ``nodes`` and pieces that come too near; lanes of one road lie side by side."""
    half = -(-length // 2)
    on_road = [number for number, is_road in enumerate(made.on_road) if is_road]
    lines: dict[int, Line] = {
        number: (points[made.ends[number][0]], points[made.ends[number][1]]) for number in on_road
    }
    longer = {number: extended(line, half) for number, line in lines.items()}
    inside = _inside_lanes(made)
    found: list[tuple[Element, Element]] = []
    for a, b in itertools.combinations(nodes, 2):
        beside = a in inside and inside[a] == inside.get(b)
        if not beside and point_near(points[a], (points[b], points[b]), length):
            found.append(((0, a), (0, b)))
    reach = half + -(-width // 2)
    for node in nodes:
        found += [
            ((0, node), (1, number))
            for number in on_road
            if node not in made.ends[number]
            and not (node in inside and inside[node] == made.lanes[number])
            and point_near(points[node], lines[number], reach)
        ]
    for a, b in itertools.combinations(on_road, 2):
        if made.lanes[a] and made.lanes[a] == made.lanes[b]:
            continue
        shared = [node for node in made.ends[a] if node in made.ends[b]]
        if not shared:
            near = lines_near(longer[a], longer[b], width)
        else:
            near = len(shared) == 2 or _forks(
                points, made.ends[a], made.ends[b], shared[0], length, width
            )
        if near:
            found.append(((1, a), (1, b)))
    return found


def _inside_lanes(made: Pieces) -> dict[int, str]:
    """By node inside one road of two lanes, that road."""
    roads: dict[int, list[str]] = {}
    for ends, lanes in zip(made.ends, made.lanes, strict=True):
        for node in ends:
            known = roads.setdefault(node, [])
            if lanes not in known:
                known.append(lanes)
    return {node: known[0] for node, known in roads.items() if len(known) == 1 and known[0]}


def _forks(
    points: Sequence[Point],
    a: tuple[int, int],
    b: tuple[int, int],
    shared: int,
    length: int,
    width: int,
) -> bool:
    far_a, far_b = (ends[1] if ends[0] == shared else ends[0] for ends in (a, b))
    return forks_narrowly(points[shared], points[far_a], points[far_b], length, width)
