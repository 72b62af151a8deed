"""Who could wait for whom in a ring: the ring of waits that the fewest vehicles can close.

Everything at which a carrier can stand still is a *spot*: a block of road, a stop. An edge from one
spot to another says that a carrier at the first may wait for the second to be free, and how many
vehicles of the fleets it takes, at the first, for that wait to last. Vehicles that all wait for
ever stand on a ring of such edges, so a fleet with fewer vehicles than the cheapest ring takes
can't block itself. Carriers that are of no fleet may wait too, in any number: their edges take no
vehicle, and a ring of them alone is not the fleets'. ``dispatch/proof`` builds a port's graph.
"""

from heapq import heappop, heappush

Waits = dict[str, dict[str, int]]
"""For each spot the spots waited for there, each with the vehicles it takes."""


def add_wait(waits: Waits, spot: str, wanted: str, vehicles: int) -> None:
    """Note that a carrier at a spot may wait for another; of two, the one of fewer vehicles."""
    edges = waits.setdefault(spot, {})
    edges[wanted] = min(vehicles, edges.get(wanted, vehicles))


def cheapest_ring(waits: Waits, others: Waits) -> tuple[int, tuple[str, ...]]:
    """Return the ring that takes the fewest vehicles, and how many; (0, ()) when there is none.

    At least one wait of the ring is of ``waits``; those of ``others`` take no vehicle. Of equal
    rings the first found in the order of names counts; it begins with its least spot.
    """
    best = 0
    ring: tuple[str, ...] = ()
    cheapest = _put_together(waits, others)
    for spot in sorted(waits):
        for wanted, vehicles in sorted(waits[spot].items()):
            if best and vehicles >= best:
                continue
            rest, way = _cheapest_way(cheapest, wanted, spot, best - vehicles if best else 0)
            if way:
                best, ring = vehicles + rest, way
    first = ring.index(min(ring)) if ring else 0
    return best, ring[first:] + ring[:first]


def _put_together(waits: Waits, others: Waits) -> Waits:
    cheapest = {spot: dict(edges) for spot, edges in waits.items()}
    for spot, edges in others.items():
        cheapest.setdefault(spot, {}).update(dict.fromkeys(edges, 0))
    return cheapest


def _cheapest_way(
    waits: Waits, origin: str, target: str, below: int
) -> tuple[int, tuple[str, ...]]:
    """Cheapest way from spot to spot, both included, if it takes less than ``below`` (0: any)."""
    came: dict[str, str] = {}
    heap = [(0, origin, "")]
    while heap:
        cost, spot, before = heappop(heap)
        if spot in came:
            continue
        came[spot] = before
        if spot == target:
            return cost, _trace(came, target)
        for wanted, vehicles in waits.get(spot, {}).items():
            if wanted not in came and (not below or cost + vehicles < below):
                heappush(heap, (cost + vehicles, wanted, spot))
    return 0, ()


def _trace(came: dict[str, str], target: str) -> tuple[str, ...]:
    way = [target]
    while came[way[-1]]:
        way.append(came[way[-1]])
    return tuple(reversed(way))
