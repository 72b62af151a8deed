"""Controllers that the executor and the checker are tried on: one that is safe, some that aren't.

``OneAtATime`` lets a single vehicle drive, so it can't fail unless the test itself is wrong;
``Reckless`` releases whole ways without regard to anybody.
"""

from collections import deque
from dataclasses import dataclass, field

from kouan.traffic.roadmap import RoadMap, compile_roads
from tests.property.traffic.drive import Release
from tests.property.traffic.maps import TrafficMap, with_stops


@dataclass(slots=True)
class OneAtATime:
    """One vehicle drives at a time, on a way on which nobody stands."""

    made: TrafficMap
    where: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Node at the end of each vehicle's base, and its step."""
    orders: list[tuple[str, str]] = field(default_factory=list)
    driving: str = ""
    closed: list[str] = field(default_factory=list)
    roadmap: RoadMap = field(init=False)

    def __post_init__(self) -> None:
        self.roadmap = with_stops(self.made, compile_roads(self.made.roads))

    def add(self, vehicle: str, stop: str, _now_ms: int) -> bool:
        self.where[vehicle] = (stop, 0)
        return True

    def remove(self, vehicle: str, _now_ms: int) -> None:
        del self.where[vehicle]
        self.orders = [order for order in self.orders if order[0] != vehicle]
        if self.driving == vehicle:
            self.driving = ""

    def send(self, vehicle: str, stop: str, _now_ms: int) -> None:
        self.orders = [order for order in self.orders if order[0] != vehicle]
        self.orders.append((vehicle, stop))

    def passed(self, vehicle: str, step: int, _now_ms: int) -> None:
        if vehicle == self.driving and step == self.where[vehicle][1]:
            self.driving = ""

    def broken(self, vehicle: str, broken: bool, now_ms: int) -> None:
        """Wait for it as for a slow one."""

    def close(self, segment: str, closed: bool, _now_ms: int) -> None:
        if closed:
            self.closed.append(segment)
        else:
            self.closed.remove(segment)

    def advance(self, _now_ms: int) -> list[Release]:
        for number, (vehicle, stop) in enumerate(self.orders):
            if self.driving:
                break
            path = self.path(vehicle, stop)
            if path:
                del self.orders[number]
                return [self.release(vehicle, path)]
        return []

    def release(self, vehicle: str, path: tuple[str, ...]) -> Release:
        """Release a whole way."""
        step = self.where[vehicle][1]
        self.driving = vehicle
        self.where[vehicle] = (path[-1], step + len(path))
        return Release(vehicle, step + 1, path)

    def blocked(self, _vehicle: str) -> list[str]:
        """Nodes where anybody stands."""
        return [node for node, _ in self.where.values()]

    def path(self, vehicle: str, stop: str) -> tuple[str, ...]:
        """Way with the fewest nodes, without the node it stands on; empty when there is none."""
        origin = self.where[vehicle][0]
        before, queue, blocked = {origin: ""}, deque([origin]), self.blocked(vehicle)
        while queue and stop not in before:
            node = queue.popleft()
            for end in self.roadmap.following.get(node, ()):
                shut = self.roadmap.arcs[node, end].segment in self.closed
                if end not in before and end not in blocked and not shut:
                    before[end] = node
                    queue.append(end)
        path = []
        while stop != origin and stop in before:
            path.append(stop)
            stop = before[stop]
        return tuple(reversed(path))


@dataclass(slots=True)
class Reckless(OneAtATime):
    """Everybody drives at once and as if alone."""

    def blocked(self, _vehicle: str) -> list[str]:
        return []

    def advance(self, _now_ms: int) -> list[Release]:
        orders = [(who, self.path(who, stop)) for who, stop in self.orders]
        self.orders = [
            order for order, (_, path) in zip(self.orders, orders, strict=True) if not path
        ]
        return [self.release(who, path) for who, path in orders if path]


@dataclass(slots=True)
class Stuck(OneAtATime):
    """It never releases anything after its first five orders."""

    begun: int = 0

    def advance(self, now_ms: int) -> list[Release]:
        if self.begun >= 5:
            return []
        releases = OneAtATime.advance(self, now_ms)
        self.begun += len(releases)
        return releases
