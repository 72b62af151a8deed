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
    starts, drives, preceding = network.starts, network.drive_ms, network.preceding
    is_stop = network.is_stop
    while heap:
        cost, node = heappop(heap)
        if cost > best[node]:
            continue
        for arc in preceding[node]:
            start = starts[arc]
            reached = cost + drives[arc]
            if reached < best[start]:
                best[start] = reached
                if not is_stop[start]:
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
    """All labels of a search, a list for each part, and those to go on from in a heap.

    ``tails`` says until when the vehicle may stand at a label's end: the least limit of what it
    still holds then. ``seen`` has the earliest arrival by key: by node where the vehicle has left
    all but the arc and may go on to anywhere, because what follows then depends on nothing else; by
    arc elsewhere.
    ``free`` has, by node, the earliest arrival of those who may stay there for ever.
    """

    __slots__ = (
        "arcs",
        "arrives",
        "befores",
        "departs",
        "free",
        "heap",
        "keys",
        "limits",
        "network",
        "seen",
        "tails",
        "taken",
        "vehicle",
    )

    def __init__(
        self, network: Network, state: TrafficState, vehicle: str, held: Sequence[Label]
    ) -> None:
        self.network, self.taken, self.vehicle = network, state.cells, vehicle
        self.arcs = [label.arc for label in held]
        self.departs = [label.depart for label in held]
        self.arrives = [label.arrive for label in held]
        self.limits = [label.limit for label in held]
        self.befores = list(range(-1, len(held) - 1))
        lengths = network.lengths_mm
        self.tails = [
            self.tail_limit(label.limit, lengths[label.arc], place - 1)
            for place, label in enumerate(held)
        ]
        self.keys = [(0, 0, 0)] * len(held)
        self.free = [FOREVER] * len(network.names)
        self.seen: dict[tuple[int, int, int], int] = {}
        self.heap = [(0, 0, len(held) - 1)]

    def tail_limit(self, limit: int, driven: int, number: int) -> int:
        """Until when the vehicle may stand, having driven so far from the end of a label."""
        while number >= 0 and driven < self.network.shape.length_mm:
            limit = min(limit, self.limits[number])
            driven += self.network.lengths_mm[self.arcs[number]]
            number = self.befores[number]
        return limit

    def extend(self, number: int, move: Move, cost: int, last: bool) -> None:
        """Add a label for each free interval in which an arc can be driven next."""
        _, end, drive_ms, _, cells = move
        latest, from_ms = self.tails[number], self.arrives[number]
        if self.free[end] <= from_ms + drive_ms:
            return
        while from_ms + drive_ms <= latest:
            from_ms, limit = fit(self.taken, cells, self.vehicle, drive_ms, from_ms)
            if from_ms >= FOREVER or from_ms + drive_ms > latest:
                return
            if limit == FOREVER or not last:
                self._add(number, move, from_ms, limit, cost)
            if limit == FOREVER:
                return
            from_ms = limit

    def _add(self, number: int, move: Move, from_ms: int, limit: int, cost: int) -> None:
        """Add a label unless what it reaches was reached as early and for as long."""
        arc, end, drive_ms, length_mm, _ = move
        arrive = from_ms + drive_ms
        if length_mm >= self.network.shape.length_mm and not self.network.no_turn[end]:
            tail, key = limit, (end, limit, limit)
        else:
            tail = self.tail_limit(limit, length_mm, number)
            key = (~arc, limit, tail)
        if self.free[end] <= arrive or self.seen.get(key, FOREVER) <= arrive:
            return
        self.seen[key] = arrive
        if key[0] == end and limit == FOREVER:
            self.free[end] = arrive
        heappush(self.heap, (arrive + cost, -arrive, len(self.arcs)))
        self.arcs.append(arc)
        self.departs.append(from_ms)
        self.arrives.append(arrive)
        self.limits.append(limit)
        self.befores.append(number)
        self.tails.append(tail)
        self.keys.append(key)

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
    begins, and does not come by again if that is a shared stop: it can wait there as well. The last
    label's limit is FOREVER, as the vehicle may stay, unless the target is shared.
    """
    ends, starts, first = ways.network.ends, ways.network.starts, len(held)
    no_turn, goal = ways.network.no_turn, ways.network.beside.get(target, -1)
    least, doors = ways.least_to(target), ways.entries.get(target, {})
    closed = dict.fromkeys(state.blocked)
    own = ways.network.beside.get(ends[held[-1].arc], -1)
    labels = _Labels(ways.network, state, vehicle, held)
    while labels.heap and len(labels.arcs) < LABELS:
        number = heappop(labels.heap)[2]
        node = ends[labels.arcs[number]]
        if number >= first:
            if node == target:
                return labels.trace(number, first)
            if labels.seen[labels.keys[number]] < labels.arrives[number]:
                continue  # the same was reached earlier meanwhile
        came = starts[labels.arcs[number]] if no_turn[node] else own
        for move in ways.roads[node]:
            if least[move[1]] < FOREVER and move[0] not in closed and move[1] not in (own, came):
                labels.extend(number, move, least[move[1]], last=False)
        for move in doors.get(node, ()) if came < 0 or came != goal else ():
            if move[0] not in closed:
                labels.extend(number, move, 0, last=not ways.network.is_shared[target])
    return None
