"""The planner of ``kouan.traffic.planner`` as a controller of the executor.

Only its facade is used. An order for which there is no way now is asked for again later, as its
users do.
"""

from dataclasses import dataclass, field

from kouan.port.places import Node
from kouan.traffic import neighbourhood, network, repair
from kouan.traffic.planner import Planner, TrafficError
from kouan.traffic.reservations import TrafficState
from kouan.traffic.roadmap import Arc, RoadMap
from tests.property.traffic.drive import Release
from tests.property.traffic.maps import Shape, TrafficMap, with_stops
from tests.property.traffic.swept import apart

ASK_AGAIN_MS = 2_000
IMPROVE_MS = 15_000
"""How often plans that are not released yet are planned anew, on maps with an odd seed; and turns
changed, on two maps in four."""
ON_ROAD_MM = 3.0
"""Nodes in between lie on whole mm, so a little beside their road."""


def shape_of(shape: Shape) -> network.Shape:
    """The vehicle as the planner takes it: with the weaker of its two brakings."""
    return network.Shape(
        shape.length_mm,
        shape.width_mm,
        shape.speed_mm_s,
        min(shape.braking_empty, shape.braking_loaded),
        shape.creep_mm_s,
    )


def compile_map(made: TrafficMap) -> network.Network:
    """Compile a map for the planner."""
    return network.network_of_roads(made.roads, shape_of(made.shape), made.stops)


def roadmap_of(made: TrafficMap, compiled: network.Network) -> RoadMap:
    """The planner's nodes and arcs as a map to drive on, with the stops where they really are."""
    names = compiled.names
    nodes = {
        name: Node(*point)
        for name, point in zip(names, compiled.points, strict=True)
        if name not in made.stops
    }
    arcs = {}
    for start, end, length, drive_ms in zip(
        compiled.starts, compiled.ends, compiled.lengths_mm, compiled.drive_ms, strict=True
    ):
        one, other = names[start], names[end]
        if one not in made.stops and other not in made.stops:
            arcs[one, other] = Arc(one, other, length, length * 1_000 // drive_ms, "", "", 0)
    return with_stops(made, RoadMap(nodes, arcs, {}))


@dataclass(slots=True)
class Planned:
    """The planner, its state, and what has been released already."""

    made: TrafficMap
    planner: Planner = field(init=False)
    state: TrafficState = field(default_factory=TrafficState)
    roadmap: RoadMap = field(init=False)
    sent: dict[str, int] = field(default_factory=dict)
    """Steps released to each vehicle; the first is to stand where it was added."""
    asking: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Stops without a way yet, and when to ask next."""
    closed: list[tuple[str, str]] = field(default_factory=list)
    improved_ms: int = 0

    def __post_init__(self) -> None:
        self.planner = Planner(compile_map(self.made))
        self.roadmap = roadmap_of(self.made, self.planner.network)

    def add(self, vehicle: str, stop: str, now_ms: int) -> bool:
        try:
            self.planner.add(self.state, vehicle, stop, now_ms)
        except TrafficError:
            return False
        self.sent[vehicle] = self.planner.base(self.state, vehicle)
        return True

    def remove(self, vehicle: str, now_ms: int) -> None:
        self.planner.remove(self.state, vehicle, now_ms)
        del self.sent[vehicle]
        self.asking.pop(vehicle, None)

    def send(self, vehicle: str, stop: str, now_ms: int) -> None:
        self.asking[vehicle] = (stop, now_ms)

    def passed(self, vehicle: str, step: int, now_ms: int) -> None:
        self.planner.passed(self.state, vehicle, step, now_ms)

    def broken(self, vehicle: str, broken: bool, now_ms: int) -> None:
        tell = repair.stopped if broken else repair.recovered
        tell(self.planner, self.state, vehicle, now_ms)

    def close(self, segment: str, closed: bool, now_ms: int) -> None:
        """Close or open all arcs of a segment at once; open is what nobody has closed."""
        arcs = self.arcs_of(segment)
        if closed:
            self.closed += arcs
            repair.block_all(self.planner, self.state, arcs, now_ms)
            return
        for arc in arcs:
            self.closed.remove(arc)
        opened = [arc for arc in arcs if arc not in self.closed]
        repair.unblock_all(self.planner, self.state, opened, now_ms)

    def arcs_of(self, segment: str) -> list[tuple[str, str]]:
        """Arcs whose both ends lie on a declared segment."""
        nodes = self.made.roads.nodes
        road = self.made.roads.segments[segment]
        ends = [(float(nodes[end].x_mm), float(nodes[end].y_mm)) for end in (road.start, road.end)]
        on_it = [
            name
            for name, node in self.roadmap.nodes.items()
            if name not in self.made.stops
            and apart(ends, [(node.x_mm, node.y_mm), (node.x_mm, node.y_mm)]) < ON_ROAD_MM
        ]
        return [ends for ends in self.roadmap.arcs if ends[0] in on_it and ends[1] in on_it]

    def ask(self, vehicle: str, stop: str, now_ms: int) -> None:
        """Ask for a way; ask again later when there is none or the stop isn't known to be free."""
        try:
            found = self.planner.go(self.state, vehicle, stop, now_ms)
        except TrafficError:
            found = False
        if found:
            del self.asking[vehicle]
        else:
            self.asking[vehicle] = (stop, now_ms + ASK_AGAIN_MS)

    def advance(self, now_ms: int) -> list[Release]:
        self.planner.refresh(self.state, now_ms)
        for vehicle, (stop, from_ms) in list(self.asking.items()):
            if from_ms <= now_ms:
                self.ask(vehicle, stop, now_ms)
        if now_ms - self.improved_ms >= IMPROVE_MS:
            self.improved_ms = now_ms
            if self.made.seed // 2 % 2:
                repair.reorder(self.planner, self.state, now_ms)
            if self.made.seed % 2:
                repair.reroute_late(self.planner, self.state, now_ms)
                neighbourhood.improve(self.planner, self.state, 2, now_ms)
        self.planner.grow_all(self.state, now_ms)
        return [self.release(name) for name in self.sent if self.grown(name)]

    def grown(self, vehicle: str) -> bool:
        return self.planner.base(self.state, vehicle) > self.sent[vehicle]

    def release(self, vehicle: str) -> Release:
        """What its base grew by."""
        first, base = self.sent[vehicle], self.planner.base(self.state, vehicle)
        self.sent[vehicle] = base
        plan = self.planner.plan(self.state, vehicle)
        steps = [step for step in plan if first <= step.step < base]
        shut = [step for step in steps if (step.start, step.end) in self.closed]
        if shut:
            raise RuntimeError(f"{vehicle} was released over a closed road: {shut}")
        return Release(vehicle, first, tuple(step.end for step in steps))


@dataclass(slots=True)
class Hasty(Planned):
    """It releases whole plans at once, as if the others kept their forecast times."""

    def grown(self, vehicle: str) -> bool:
        return self.planned(vehicle) > self.sent[vehicle]

    def planned(self, vehicle: str) -> int:
        """Number of steps planned, released or not."""
        plan = self.planner.plan(self.state, vehicle)
        return plan[-1].step + 1 if plan else self.sent[vehicle]

    def release(self, vehicle: str) -> Release:
        first, planned = self.sent[vehicle], self.planned(vehicle)
        self.sent[vehicle] = planned
        plan = self.planner.plan(self.state, vehicle)
        return Release(vehicle, first, tuple(step.end for step in plan if step.step >= first))
