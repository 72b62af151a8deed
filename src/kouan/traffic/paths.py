"""Safe-interval path search in continuous time.

A label says: this arc is driven from ``depart`` to ``arrive``, its cells, those of its end node
among them, are free until ``limit``. All of them are taken from departure on and given back once
the vehicle has fully left, so each further arc must be reached before the limits of those behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from kouan.traffic.network import Network
from kouan.traffic.reservations import FOREVER, TrafficState, Use

LABELS = 20_000
"""Labels made before a search gives up."""


class Label(NamedTuple):
    """One arc driven; ``before`` is the number of the label before, -1 for none."""

    arc: int
    depart: int
    arrive: int
    limit: int
    before: int


Move = tuple[int, int, int, int, tuple[int, ...]]
"""An arc as a search takes it: number, node at its end, driving time, length, cells."""


@dataclass(slots=True)
class Ways:
    """What a search needs of the network, sorted; all of it follows from the network.

    ``roads`` gives the moves from each node to others on the road; ``entries`` those into each
    stop, by the node they lead from. ``least`` keeps ``least_ms`` by target.
    """

    network: Network
    roads: list[list[Move]]
    entries: dict[int, dict[int, list[Move]]]
    least: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network) -> "Ways":
        """Sort the arcs of a network."""
        roads: list[list[Move]] = [[] for _ in network.names]
        entries: dict[int, dict[int, list[Move]]] = {}
        for start, arcs in enumerate(network.following):
            for arc in arcs:
                end, length_mm = network.ends[arc], network.lengths_mm[arc]
                move = (arc, end, network.drive_ms[arc], length_mm, network.cells[arc])
                if network.is_stop[end]:
                    entries.setdefault(end, {}).setdefault(start, []).append(move)
                else:
                    roads[start].append(move)
        return cls(network, roads, entries)

    def least_to(self, target: int) -> list[int]:
        """``least_ms`` of a target, computed once."""
        if target not in self.least:
            self.least[target] = least_ms(self.network, target)
        return self.least[target]


def least_ms(network: Network, target: int) -> list[int]:
    """By node, the driving time to ``target`` on empty roads; FOREVER where there is no way."""
    best = [FOREVER] * len(network.names)
    best[target] = 0
    heap = [(0, target)]
    while heap:
        cost, node = heappop(heap)
        if cost > best[node] or (network.is_stop[node] and node != target):
            continue
        for arc in network.preceding[node]:
            start = network.starts[arc]
            reached = cost + network.drive_ms[arc]
            if reached < best[start]:
                best[start] = reached
                heappush(heap, (reached, start))
    return best


def fit(
    taken: Sequence[list[Use]], cells: Sequence[int], vehicle: str, drive_ms: int, from_ms: int
) -> tuple[int, int]:
    """Earliest time from which all cells are free for a driving time, and until when.

    A vehicle's own uses are no hindrance. (FOREVER, FOREVER) when they never are.
    """
    again = True
    limit = FOREVER
    while again:
        again, limit = False, FOREVER
        until_ms = from_ms + drive_ms
        for cell in cells:
            for start_ms, end_ms, user, _, _ in taken[cell]:
                if end_ms <= from_ms or user == vehicle:
                    continue
                if start_ms >= until_ms:
                    if start_ms < limit:
                        limit = start_ms
                    break
                if end_ms >= FOREVER:
                    return FOREVER, FOREVER
                from_ms, until_ms, again = end_ms, end_ms + drive_ms, True
    return from_ms, limit


class _Labels:
    """All labels of a search: a list for each part, with ``tail_limit`` as one more."""

    __slots__ = ("arcs", "arrives", "befores", "departs", "limits", "tails")

    def __init__(self, network: Network, held: Sequence[Label]) -> None:
        self.arcs = [label.arc for label in held]
        self.departs = [label.depart for label in held]
        self.arrives = [label.arrive for label in held]
        self.limits = [label.limit for label in held]
        self.befores = list(range(-1, len(held) - 1))
        lengths = network.lengths_mm
        self.tails = [
            self.tail_limit(network, label.limit, lengths[label.arc], place - 1)
            for place, label in enumerate(held)
        ]

    def tail_limit(self, network: Network, limit: int, driven: int, number: int) -> int:
        """Until when the vehicle may stand, having driven so far from the end of a label."""
        while number >= 0 and driven < network.shape.length_mm:
            limit = min(limit, self.limits[number])
            driven += network.lengths_mm[self.arcs[number]]
            number = self.befores[number]
        return limit

    def trace(self, number: int, first: int) -> list[Label]:
        """The labels that lead to one, from the first that is not held."""
        way: list[Label] = []
        while number >= first:
            before = self.befores[number]
            arc, limit = self.arcs[number], self.limits[number]
            way.append(Label(arc, self.departs[number], self.arrives[number], limit, before))
            number = before
        return way[::-1]


def search(
    ways: Ways, state: TrafficState, vehicle: str, held: Sequence[Label], target: int
) -> list[Label] | None:
    """Return the labels of the arcs to ``target``, in order, or None when no way was found.

    ``held`` are the steps that the vehicle still holds, oldest first; the last ends where the way
    begins. The last label's limit is FOREVER: the vehicle may stay.
    """
    network, first = ways.network, len(held)
    least, doors, closed = ways.least_to(target), ways.entries[target], dict.fromkeys(state.blocked)
    labels = _Labels(network, held)
    arcs, arrives, limits, tails = labels.arcs, labels.arrives, labels.limits, labels.tails
    taken, length_mm = state.cells, network.shape.length_mm
    heap = [(arrives[-1] + least[network.ends[arcs[-1]]], 0, first - 1)]
    seen: dict[tuple[int, int, int], int] = {}
    keys = [(0, 0, 0)] * first
    while heap and len(arcs) < LABELS:
        number = heappop(heap)[2]
        node = network.ends[arcs[number]]
        came, latest = arrives[number], tails[number]
        moves = ways.roads[node]
        if number >= first:
            if node == target:
                return labels.trace(number, first)
            if seen[keys[number]] < came:
                continue  # the same was reached earlier meanwhile
        if node in doors:
            moves = moves + doors[node]
        for arc, end, drive_ms, driven, cells in moves:
            from_ms, cost = came, least[end]
            if cost >= FOREVER or arc in closed:
                continue
            while from_ms + drive_ms <= latest:
                from_ms, limit = fit(taken, cells, vehicle, drive_ms, from_ms)
                arrive = from_ms + drive_ms
                if from_ms >= FOREVER or arrive > latest:
                    break
                if limit == FOREVER or end != target:
                    if driven >= length_mm:
                        tail, key = limit, (end, limit, limit)
                    else:
                        tail = labels.tail_limit(network, limit, driven, number)
                        key = (~arc, limit, tail)
                    if seen.get(key, FOREVER) > arrive < seen.get((end, FOREVER, FOREVER), FOREVER):
                        seen[key] = arrive
                        keys.append(key)
                        heappush(heap, (arrive + cost, -arrive, len(arcs)))
                        arcs.append(arc)
                        arrives.append(arrive)
                        limits.append(limit)
                        tails.append(tail)
                        labels.departs.append(from_ms)
                        labels.befores.append(number)
                if limit == FOREVER:
                    break
                from_ms = limit
    return None
