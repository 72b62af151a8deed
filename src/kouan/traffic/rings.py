"""Proof that a fleet can't block itself: every ring of blocks is longer than the fleet.

Vehicles under ``traffic/control`` wait only for a block that another vehicle holds. A ring of such
waits needs a vehicle on each block of a ring in the graph "this block is followed by that one on
some way". Ways begin and end at stops; a stop with room for every vehicle cuts the ring.
"""

import itertools
from collections.abc import Iterable

from kouan.traffic.roadmap import ArcKey


def shortest_ring(ways: Iterable[tuple[str, ...]], cuts: Iterable[str]) -> tuple[ArcKey, ...]:
    """Return the blocks of the shortest ring that the ways can form, or nothing.

    ``ways`` are all ways between stops that follow one another; a way that ends where another
    begins is joined to it unless that stop is one of ``cuts``.
    """
    after = _followers(list(ways), list(cuts))
    best: tuple[ArcKey, ...] = ()
    for start in sorted(after):
        ring = _ring_from(start, after, len(best))
        if ring:
            best = ring
    return best


def _followers(ways: list[tuple[str, ...]], cuts: list[str]) -> dict[ArcKey, list[ArcKey]]:
    after: dict[ArcKey, list[ArcKey]] = {}
    firsts: dict[str, list[ArcKey]] = {}
    for way in ways:
        arcs = list(itertools.pairwise(way))
        if arcs:
            firsts.setdefault(way[0], []).append(arcs[0])
        for arc, following in itertools.pairwise(arcs):
            after.setdefault(arc, []).append(following)
    for way in ways:
        if len(way) > 1 and way[-1] not in cuts:
            after.setdefault((way[-2], way[-1]), []).extend(firsts.get(way[-1], []))
    return {arc: sorted(dict.fromkeys(ends)) for arc, ends in after.items()}


def _ring_from(start: ArcKey, after: dict[ArcKey, list[ArcKey]], below: int) -> tuple[ArcKey, ...]:
    """Shortest ring through ``start`` by breadth-first search, if shorter than ``below``."""
    came: dict[ArcKey, ArcKey] = {}
    level = [start]
    for depth in range(1, below if below else len(after) + 1):
        following: list[ArcKey] = []
        for arc in level:
            for end in after.get(arc, ()):
                if end == start:
                    return _trace(came, start, arc)
                if end not in came:
                    came[end] = arc
                    following.append(end)
        level = following
        if not level or depth > len(after):
            break
    return ()


def _trace(came: dict[ArcKey, ArcKey], start: ArcKey, last: ArcKey) -> tuple[ArcKey, ...]:
    ring = [last]
    while ring[-1] != start:
        ring.append(came[ring[-1]])
    return tuple(reversed(ring))
