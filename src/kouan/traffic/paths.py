"""Safe-interval path search in continuous time.

A label says: this arc is driven from ``depart`` to ``arrive``, its cells, those of its end node
among them, are free until ``limit``. All of them are taken from departure on and given back once
the vehicle has fully left, so each further arc must be reached before the limits of those behind.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from kouan.traffic.network import Network
from kouan.traffic.reservations import FOREVER, TrafficState

LABELS = 20_000
"""Labels made before a search gives up."""


class Label(NamedTuple):
    """One arc driven; ``before`` is the number of the label before, -1 for none."""

    arc: int
    depart: int
    arrive: int
    limit: int
    before: int


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
    network: Network, state: TrafficState, vehicle: str, arc: int, from_ms: int
) -> tuple[int, int]:
    """Earliest time from which the arc's cells are all free, and until when.

    A vehicle's own uses are no hindrance. (FOREVER, FOREVER) when they never are.
    """
    drive_ms = network.drive_ms[arc]
    again = True
    limit = FOREVER
    while again:
        again, limit = False, FOREVER
        for cell in network.cells[arc]:
            for use in state.cells[cell]:
                if use.end_ms <= from_ms or use.vehicle == vehicle:
                    continue
                if use.start_ms < from_ms + drive_ms:
                    from_ms, again = use.end_ms, True
                    continue
                limit = min(limit, use.start_ms)
                break
            if from_ms >= FOREVER:
                return FOREVER, FOREVER
    return from_ms, limit


def search(
    network: Network,
    state: TrafficState,
    vehicle: str,
    held: Sequence[Label],
    target: int,
    least: Sequence[int],
) -> list[Label] | None:
    """Return the labels of the arcs to ``target``, in order, or None when no way was found.

    ``held`` are the steps that the vehicle still holds, oldest first; the last ends where the way
    begins. The last label's limit is FOREVER: the vehicle may stay.
    """
    labels = [label._replace(before=place - 1) for place, label in enumerate(held)]
    first = len(labels)
    node = network.ends[labels[-1].arc]
    heap = [(labels[-1].arrive + least[node], 0, first - 1)]
    seen: dict[tuple[int, int, int], int] = {}
    while heap and len(labels) < LABELS:
        _, _, number = heappop(heap)
        label = labels[number]
        node = network.ends[label.arc]
        if node == target and number >= first:
            return _trace(labels, number, first)
        key = (label.arc, label.limit, tail_limit(network, labels, number))
        if number >= first and seen[key] < label.arrive:
            continue  # the same was reached earlier meanwhile
        if network.is_stop[node] and number >= first:
            continue
        for arc in network.following[node]:
            end = network.ends[arc]
            if least[end] >= FOREVER or arc in state.blocked:
                continue
            if network.is_stop[end] and end != target:
                continue
            stays = end == target and not network.is_shared[end]
            _extend(network, state, vehicle, labels, number, arc, stays, least, heap, seen)
    return None


def _extend(
    network: Network,
    state: TrafficState,
    vehicle: str,
    labels: list[Label],
    number: int,
    arc: int,
    last: bool,
    least: Sequence[int],
    heap: list[tuple[int, int, int]],
    seen: dict[tuple[int, int, int], int],
) -> None:
    """Add a label for each free interval in which the arc can be driven next."""
    drive_ms = network.drive_ms[arc]
    latest = tail_limit(network, labels, number)
    from_ms = labels[number].arrive
    while from_ms + drive_ms <= latest:
        from_ms, limit = fit(network, state, vehicle, arc, from_ms)
        arrive = from_ms + drive_ms
        if from_ms >= FOREVER or arrive > latest:
            return
        if not last or limit == FOREVER:
            labels.append(Label(arc, from_ms, arrive, limit, number))
            key = (arc, limit, tail_limit(network, labels, len(labels) - 1))
            if seen.get(key, FOREVER) <= arrive:
                labels.pop()
            else:
                seen[key] = arrive
                heappush(heap, (arrive + least[network.ends[arc]], -arrive, len(labels) - 1))
        if limit == FOREVER:
            return
        from_ms = limit


def tail_limit(network: Network, labels: Sequence[Label], number: int) -> int:
    """Until when the vehicle may stand at a label's end: the least limit of what it still holds."""
    driven = 0
    limit = FOREVER
    while number >= 0 and driven < network.shape.length_mm:
        label = labels[number]
        limit = min(limit, label.limit)
        driven += network.lengths_mm[label.arc]
        number = label.before
    return limit


def _trace(labels: Sequence[Label], number: int, first: int) -> list[Label]:
    way: list[Label] = []
    while number >= first:
        way.append(labels[number])
        number = labels[number].before
    return way[::-1]
