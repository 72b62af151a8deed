"""A square grid of roads with a stop at every crossing, and a driver that obeys the planner."""

from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256

from kouan.traffic import dependency, repair
from kouan.traffic.neighbourhood import improve
from kouan.traffic.network import Network, Road, Shape, compile_network
from kouan.traffic.planner import Planner
from kouan.traffic.reservations import TrafficState, check
from kouan.traffic.settle import settle

STEP_MM = 40_000


def grid(side: int, zone: str = "", shared: bool = False) -> Network:
    """Compile a grid; the roads of its first column are one zone when ``zone`` is given.

    With ``shared`` its stops lie along the roads.
    """
    nodes = {f"n{x}.{y}": (x * STEP_MM, y * STEP_MM) for x in range(side) for y in range(side)}
    roads = [
        Road(f"n{x}.{y}", f"n{x + 1}.{y}", cut=False) for x in range(side - 1) for y in range(side)
    ]
    roads += [
        Road(f"n{x}.{y}", f"n{x}.{y + 1}", cut=False, zone=zone if x == 0 else "")
        for x in range(side)
        for y in range(side - 1)
    ]
    stops = {f"s{place}": node for place, node in enumerate(nodes)}
    shape = Shape(15_000, 3_000, start_ms=4_000, stop_ms=3_000)
    return compile_network(nodes, roads, shape, stops, list(stops) if shared else ())


def drawn(*key: object) -> int:
    """A number drawn by key, the same in every run."""
    return int.from_bytes(sha256(repr(key).encode()).digest()[:6], "big")


@dataclass
class Drive:
    """Vehicles that go from stop to stop, late as drawn, with breakdowns and closed roads."""

    network: Network
    seed: int
    vehicles: int
    trips: int
    planner: Planner = field(init=False)
    state: TrafficState = field(default_factory=TrafficState)
    now_ms: int = 0
    made: int = 0

    def __post_init__(self) -> None:
        self.planner = Planner(self.network)
        for number in range(self.vehicles):
            self.planner.add(self.state, f"v{number}", f"s{number}", 0)
        self.free = list(self.network.stops)[self.vehicles :]
        self.closed: list[tuple[str, str]] = []
        self.bases: dict[str, int] = {}

    def run(self, seconds: int, troubles: bool = True) -> bool:
        """Drive on; whether all trips were made and everybody stands in a stop."""
        for second in range(seconds):
            self.now_ms += 1_000
            if troubles and second < seconds // 2:
                self._trouble()
            else:
                self._end_trouble()
            self.check()
            self.check_forecast()
            for vehicle in list(self.state.courses):
                self._drive(vehicle)
                self.check()
            if self.made == self.trips and self.all_stand():
                return True
        return False

    def check(self) -> None:
        """Uses are disjoint, nobody waits in a ring, no two vehicles have a cell at once.

        Nothing was released over a closed road since the last check.
        """
        check(self.state)
        dependency.order(self.network, self.state)
        owner: dict[int, str] = {}
        for vehicle, course in self.state.courses.items():
            for arc in course.arcs[: course.base - course.offset]:
                for cell in self.network.cells[arc]:
                    assert owner.setdefault(cell, vehicle) == vehicle
            for step in range(self.bases.get(vehicle, course.base), course.base):
                assert course.arcs[step - course.offset] not in self.state.blocked
            self.bases[vehicle] = course.base

    def check_forecast(self) -> None:
        """Where doubts are settled all times are those of a forecast made anew."""
        if not self.state.late:
            settled, anew = deepcopy(self.state), deepcopy(self.state)
            settle(self.network, settled, self.now_ms)
            dependency.retime(self.network, anew, self.now_ms)
            assert settled.courses == anew.courses
            for uses, others in zip(settled.cells, anew.cells, strict=True):
                # a use that is half driven keeps the start of its first step
                assert [use[1:] for use in uses] == [use[1:] for use in others]

    def all_stand(self) -> bool:
        return all(course.done == course.end() for course in self.state.courses.values())

    def _drive(self, vehicle: str) -> None:
        course = self.state.courses[vehicle]
        chance = drawn(self.seed, vehicle, self.now_ms)
        if course.done == course.end():
            place = chance % len(self.free)
            before = course.target
            if self.made < self.trips and self.planner.go(
                self.state, vehicle, self.free[place], self.now_ms
            ):
                self.free[place] = before
                self.made += 1
        elif course.done < course.base and not course.stopped and chance % 10 < 3:
            self.planner.passed(self.state, vehicle, course.done, self.now_ms)

    def _trouble(self) -> None:
        chance = drawn(self.seed, self.now_ms)
        vehicle = f"v{chance // 7 % self.vehicles}"
        if chance % 7 == 0:
            repair.stopped(self.planner, self.state, vehicle, self.now_ms)
        if chance % 7 == 1:
            repair.recovered(self.planner, self.state, vehicle, self.now_ms)
        if chance % 7 == 2:
            arc = chance // 7 % sum(len(arcs) for arcs in self.network.following)
            names = self.network.names
            ends = names[self.network.starts[arc]], names[self.network.ends[arc]]
            repair.block_all(self.planner, self.state, (ends, ends[::-1]), self.now_ms)
            self.closed.append(ends)
        if chance % 7 == 3 and self.closed:
            ends = self.closed.pop(0)
            repair.unblock_all(self.planner, self.state, (ends, ends[::-1]), self.now_ms)
        if chance % 7 == 5:
            repair.reorder(self.planner, self.state, self.now_ms)
        if chance % 7 == 4:
            improve(self.planner, self.state, 3, self.now_ms)
            self.planner.grow_all(self.state, self.now_ms)

    def _end_trouble(self) -> None:
        while self.closed:
            ends = self.closed.pop()
            repair.unblock_all(self.planner, self.state, (ends, ends[::-1]), self.now_ms)
        for vehicle, course in self.state.courses.items():
            if course.stopped:
                repair.recovered(self.planner, self.state, vehicle, self.now_ms)
