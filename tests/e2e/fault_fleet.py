"""A port's vehicles within the test's process: what they truly do is seen, not what they say.

A port that lost track of a vehicle would still believe its own journal. So the nodes at which the
vehicles arrive and the roads that their orders let them drive are noted here as they happen.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import perf_counter

from kouan.live.broker import BrokerAddress
from kouan.live.fleetlink import FleetPlan, virtual_vehicles
from kouan.live.virtual.process import Crew, wire
from kouan.live.virtual.wired import WiredVehicle
from kouan.port.model import Port
from kouan.traffic.roadmap import ArcKey, compile_roads
from tests.unit.live.virtual_host import InThread

PATIENCE_S = 20.0


@dataclass(slots=True)
class Driven:
    """What one vehicle did and may do."""

    at: str
    passed: list[str] = field(default_factory=list)
    """Nodes at which it arrived, in order."""
    free: tuple[ArcKey, ...] = ()
    """Blocks that it may still drive, or stands on."""
    stranded: tuple[ArcKey, ...] = ()
    """The block on which it lost its order."""


class Truth:
    """Notes what vehicles do; ``problems`` is what no vehicle may ever do."""

    def __init__(self, port: Port, vehicles: Sequence[WiredVehicle]) -> None:
        self.problems: list[str] = []
        self.driven: dict[str, Driven] = {}
        self._roadmap = compile_roads(port.roads)
        self._segments = port.roads.segments
        self._vehicles = {one.vehicle.spec.serial: one for one in vehicles}
        for name, wired in self._vehicles.items():
            self.driven[name] = Driven(wired.vehicle.memory.last_node)
            self._watch(name, wired)

    def _watch(self, name: str, wired: WiredVehicle) -> None:
        """Put notes around what a vehicle does."""
        arrive, forget, wake = wired.vehicle._arrive, wired.vehicle.forget_order, wired._wake

        def arrives(at_ms: int) -> None:
            arrive(at_ms)
            self._arrived(name, wired.vehicle.memory.last_node)

        def forgets(now_ms: int) -> None:
            memory = wired.vehicle.memory
            if memory.left_node and memory.edges:
                self.driven[name].stranded = ((memory.edges[0].start, memory.edges[0].end),)
            forget(now_ms)

        def wakes() -> None:
            wake()
            self._look(name, wired)

        wired.vehicle._arrive = arrives  # type: ignore[method-assign]
        wired.vehicle.forget_order = forgets  # type: ignore[method-assign]
        wired._wake = wakes  # type: ignore[method-assign]

    def _arrived(self, name: str, node: str) -> None:
        driven = self.driven[name]
        if (driven.at, node) not in self._roadmap.arcs:
            self.problems.append(f"{name} came to {node} from {driven.at}: there is no road")
        driven.at = node
        driven.passed.append(node)
        driven.stranded = ()

    def _look(self, name: str, wired: WiredVehicle) -> None:
        """No two vehicles may drive the same block, nor come towards each other on one lane."""
        ahead = ((one.start, one.end) for one in wired.vehicle.memory.edges if one.released)
        mine = (*self.driven[name].stranded, *ahead)
        self.driven[name].free = mine
        for other, driven in self.driven.items():
            if other == name:
                continue
            for arc in mine:
                if any(self._meet(arc, theirs) for theirs in driven.free):
                    self.problems.append(f"{name} may drive {arc}, on which {other} may be")

    def _meet(self, one: ArcKey, other: ArcKey) -> bool:
        """Whether two blocks are the same, or of a single lane and in opposite directions."""
        if one == other:
            return True
        section = self._roadmap.arcs[one].section
        together = bool(section) and self._roadmap.arcs[other].section == section
        return together and self._forward(one) != self._forward(other)

    def _forward(self, arc: ArcKey) -> bool:
        segment = self._segments[self._roadmap.arcs[arc].section]
        ends = {segment.start: 0, segment.end: len(self._roadmap.nodes)}
        first, second = (ends.get(node, _number(node)) for node in arc)
        return first < second


def _number(node: str) -> int:
    """A cut's place on its segment: "south.2" is the second."""
    last = node.rpartition(".")[2]
    return int(last) if last.isdecimal() else 0


class Fleet(InThread):
    """The vehicles of a port in the test's process; some may have a way of their own."""

    def __init__(
        self,
        port: Port,
        broker: BrokerAddress,
        time_scale: int,
        elsewhere: dict[str, BrokerAddress] | None = None,
    ) -> None:
        super().__init__()
        self.time_scale = time_scale
        ways = elsewhere or {}
        wired: list[WiredVehicle] = []
        for spec in virtual_vehicles(port, FleetPlan()):
            wired += wire(Crew(ways.get(spec.serial, broker), [spec], time_scale))
        self.vehicles = {one.vehicle.spec.serial: one for one in wired}
        self.truth = Truth(port, wired)

    def free(self, name: str) -> tuple[ArcKey, ...]:
        """Blocks that a vehicle may still drive."""
        return self.truth.driven[name].free

    def base(self, name: str) -> tuple[list[str], int]:
        """Nodes ahead that a vehicle may drive to, and how many it has passed: at one moment."""
        found: Future[tuple[list[str], int]] = Future()

        def look() -> None:
            driven = self.truth.driven[name]
            found.set_result(([end for _, end in driven.free], len(driven.passed)))

        self._loop.call_soon_threadsafe(look)
        return found.result(PATIENCE_S)

    def passed(self) -> dict[str, list[str]]:
        """The nodes at which each vehicle arrived."""
        return {name: list(one.passed) for name, one in sorted(self.truth.driven.items())}

    def under_way(self, least: int, names: Sequence[str] = ()) -> str:
        """Wait until one of these vehicles (or any) has so many blocks ahead; return its name."""
        found: list[str] = []

        def look() -> bool:
            asked = names or list(self.vehicles)
            found[:] = [name for name in asked if len(self.free(name)) >= least]
            return bool(found)

        wait_until(look, f"no vehicle has {least} blocks ahead")
        return found[0]


def wait_until(told: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds; fail saying what never did."""
    end_s, pause = perf_counter() + patience_s, threading.Event()
    while perf_counter() < end_s:
        if told():
            return
        pause.wait(0.05)
    raise AssertionError(what)
