"""Ways on the road graph: every place can be reached, and a battery lasts for a trip."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import pairwise

from kouan.port.flow import successors
from kouan.port.model import Fleet, Port
from kouan.port.places import Roads
from kouan.port.problems import Finding, error
from kouan.port.procedures import Carrier
from kouan.port.quantity import WHOLE_PPM

MM_PER_KM = 1_000_000

Distances = dict[str, int]


def check_reach(port: Port) -> Iterator[Finding]:
    """Find places that a visit can't reach on its way; every name that is used must exist."""
    ways = _Ways(port.roads)
    for name, procedure in port.procedures.items():
        if procedure.carrier is not Carrier.AGV:
            yield from _legs(port, ways, name)
    for name, fleet in port.fleets.items():
        unreached = list(_round_trips(port, ways, fleet))
        yield from unreached
        if not unreached:
            yield from _battery(port, ways, name, fleet)


class _Ways:
    """Shortest driving lengths, searched once for each node that is asked for."""

    def __init__(self, roads: Roads) -> None:
        self.following: dict[str, list[tuple[str, int]]] = {}
        for segment in roads.segments.values():
            following = self.following.setdefault(segment.start, [])
            following.append((segment.end, segment.length_mm))
            if not segment.one_way:
                back = self.following.setdefault(segment.end, [])
                back.append((segment.start, segment.length_mm))
        self.known: dict[str, Distances] = {}

    def length_mm(self, origin: str, target: str) -> int | None:
        """Return the length of the shortest way; None when there is none."""
        if origin not in self.known:
            self.known[origin] = self._search(origin)
        return self.known[origin].get(target)

    def _search(self, origin: str) -> Distances:
        found: Distances = {}
        heap = [(0, origin)]
        while heap:
            length, node = heappop(heap)
            if node in found:
                continue
            found[node] = length
            for after, step in self.following.get(node, ()):
                if after not in found:
                    heappush(heap, (length + step, after))
        return found


def _legs(port: Port, ways: _Ways, name: str) -> Iterator[Finding]:
    """People drive from each stage to those that may follow it, where both lie on the map."""
    procedure = port.procedures[name]
    told: list[str] = []
    for index, stage in enumerate(procedure.stages):
        origin = port.places[stage.at].node
        for after in successors(procedure, index):
            place = procedure.stages[after].at
            target = port.places[place].node
            reached = not origin or not target or ways.length_mm(origin, target) is not None
            if not reached and place not in told:
                told.append(place)
                expected = f'a node that can be reached from {stage.at} (node "{origin}")'
                yield error(f"places.{place}.node", target, expected)


def _round_trips(port: Port, ways: _Ways, fleet: Fleet) -> Iterator[Finding]:
    """Vehicles come from their parking place and go back to it."""
    home = port.places[fleet.parking].node
    stages = port.procedures[fleet.procedure].stages
    stops = dict.fromkeys([*(stage.at for stage in stages), fleet.charger or fleet.parking])
    for place in stops:
        node = port.places[place].node
        there, back = ways.length_mm(home, node), ways.length_mm(node, home)
        if there is None or back is None:
            missing = "reached from" if there is None else "left for"
            expected = f'a node that can be {missing} {fleet.parking} (node "{home}")'
            yield error(f"places.{place}.node", node, expected)


def _trip_mm(port: Port, ways: _Ways, fleet: Fleet) -> int:
    stages = port.procedures[fleet.procedure].stages
    stops = [fleet.parking, *(stage.at for stage in stages), fleet.parking]
    nodes = [port.places[place].node for place in stops]
    return sum(ways.length_mm(origin, target) or 0 for origin, target in pairwise(nodes))


def _battery(port: Port, ways: _Ways, name: str, fleet: Fleet) -> Iterator[Finding]:
    """A trip, counted loaded all the way, must leave the reserve in the battery."""
    trip = _trip_mm(port, ways, fleet)
    needed = -(-trip * fleet.consumption_loaded_wh_km // MM_PER_KM)
    reserve = fleet.battery_wh * fleet.reserve_ppm // WHOLE_PPM
    if fleet.battery_wh and needed > fleet.battery_wh - reserve:
        kilometres = f"{trip / MM_PER_KM:.1f} km"
        expected = f"at least {needed + reserve} Wh: a trip of {kilometres}, and the reserve"
        yield error(f"fleets.{name}.battery", fleet.battery_wh, expected)
