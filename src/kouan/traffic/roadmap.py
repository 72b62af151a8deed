"""The road graph compiled for planning: nodes and directed arcs, cut into exclusive blocks.

A segment ``s`` from ``a`` to ``b`` that is cut into n blocks gets the inner nodes ``s.1`` to
``s.n-1``; one that joins two nodes which another joins already is cut at least once, so that the
two stay apart. Each block is one arc in each direction it may be driven; arcs of a single-lane
segment carry its id as their ``section``, which both directions share. A segment's headway is kept
where it is entered, so only by its first block in each direction.
"""

import itertools
from dataclasses import dataclass, field
from heapq import heappop, heappush

from kouan.port.places import Node, Roads, Segment


@dataclass(frozen=True, slots=True)
class Arc:
    """One block of road in one direction, exclusive to one vehicle at a time."""

    start: str
    end: str
    length_mm: int
    speed_mm_s: int
    segment: str
    section: str
    headway_ms: int

    def fastest_ms(self) -> int:
        """Time to drive it at its speed limit, rounded up."""
        return -(-self.length_mm * 1_000 // self.speed_mm_s)


ArcKey = tuple[str, str]


@dataclass(frozen=True)
class RoadMap:
    """The compiled graph; ``arcs`` by (start, end), ``following`` lists the ends in fixed order."""

    nodes: dict[str, Node]
    arcs: dict[ArcKey, Arc]
    following: dict[str, tuple[str, ...]]
    paths: dict[ArcKey, tuple[str, ...]] = field(default_factory=dict)

    def path(self, origin: str, target: str) -> tuple[str, ...]:
        """Nodes of the fastest way, both ends included; empty when there is none.

        Equal ways are decided by the order of node names, so the answer never varies.
        """
        known = self.paths.get((origin, target))
        if known is None:
            known = self.paths[origin, target] = self._search(origin, target)
        return known

    def _search(self, origin: str, target: str) -> tuple[str, ...]:
        before: dict[str, str] = {}
        best: dict[str, int] = {origin: 0}
        heap: list[tuple[int, str, str]] = [(0, origin, "")]
        while heap:
            cost, node, previous = heappop(heap)
            if node in before:
                continue
            before[node] = previous
            if node == target:
                return _walk_back(before, target)
            for end in self.following.get(node, ()):
                reached = cost + self.arcs[node, end].fastest_ms()
                if end not in before and reached <= best.get(end, reached):
                    best[end] = reached
                    heappush(heap, (reached, end, node))
        return ()

    def length_mm(self, path: tuple[str, ...]) -> int:
        """Driving length of a way."""
        return sum(self.arcs[arc].length_mm for arc in itertools.pairwise(path))

    def drive_ms(self, origin: str, target: str, speed_mm_s: int) -> int:
        """Time to drive from node to node at most at ``speed_mm_s``, without stops."""
        path = self.path(origin, target)
        total = 0
        for key in itertools.pairwise(path):
            arc = self.arcs[key]
            total += -(-arc.length_mm * 1_000 // min(arc.speed_mm_s, speed_mm_s))
        return total


def _walk_back(before: dict[str, str], target: str) -> tuple[str, ...]:
    path = [target]
    while before[path[-1]]:
        path.append(before[path[-1]])
    return tuple(reversed(path))


def compile_roads(roads: Roads) -> RoadMap:
    """Cut the declared segments into blocks and return the graph."""
    nodes = dict(roads.nodes)
    arcs: dict[ArcKey, Arc] = {}
    for name, segment in roads.segments.items():
        ends = _cut(name, segment, nodes, _count(segment, arcs))
        lengths = _split(segment.length_mm, len(ends) - 1)
        _add(arcs, name, segment, ends, lengths)
        if not segment.one_way:
            _add(arcs, name, segment, ends[::-1], lengths[::-1])
    following: dict[str, list[str]] = {}
    for start, end in sorted(arcs):
        following.setdefault(start, []).append(end)
    return RoadMap(nodes, arcs, {node: tuple(ends) for node, ends in following.items()})


def _count(segment: Segment, arcs: dict[ArcKey, Arc]) -> int:
    """Number of blocks: none shorter than declared, and at least two beside another segment."""
    there = (segment.start, segment.end) in arcs
    back = not segment.one_way and (segment.end, segment.start) in arcs
    least = 2 if there or back or segment.start == segment.end else 1
    return max(least, segment.length_mm // (segment.block_mm or segment.length_mm or 1))


def _cut(name: str, segment: Segment, nodes: dict[str, Node], count: int) -> list[str]:
    first, last = nodes[segment.start], nodes[segment.end]
    inner = [f"{name}.{index}" for index in range(1, count)]
    for index, node in enumerate(inner, start=1):
        nodes[node] = Node(
            first.x_mm + (last.x_mm - first.x_mm) * index // count,
            first.y_mm + (last.y_mm - first.y_mm) * index // count,
        )
    return [segment.start, *inner, segment.end]


def _split(total: int, parts: int) -> list[int]:
    return [total * (index + 1) // parts - total * index // parts for index in range(parts)]


def _add(
    arcs: dict[ArcKey, Arc], name: str, segment: Segment, ends: list[str], lengths: list[int]
) -> None:
    section = name if segment.single_lane and not segment.one_way else ""
    headway_ms = segment.headway_ms
    for (start, end), length in zip(itertools.pairwise(ends), lengths, strict=True):
        arcs[start, end] = Arc(start, end, length, segment.speed_mm_s, name, section, headway_ms)
        headway_ms = 0
