"""A mission driver beside a virtual fleet manager, with a clock set by hand."""

import itertools

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.missions.driver import MissionDriver
from kouan.live.missions.memory import MissionMemory, MissionSpec
from kouan.live.missions.messages import (
    VERSION,
    Ask,
    Body,
    Mission,
    State,
    Status,
    Topic,
    VehicleReport,
    Vehicles,
    decode,
    encode,
    moment,
    read_topic,
)
from kouan.live.missions.twin import Trouble, VirtualManager
from kouan.live.vda5050.driver import Driven
from kouan.live.virtual.spec import VehicleSpec
from kouan.port.places import Node
from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic.roadmap import Arc, RoadMap

COUNT = 12
LENGTH_MM = 20_000
NODES = tuple(f"n{index}" for index in range(COUNT))
SPEC = MissionSpec("agv-1", "agv", "n0", 40_000, 2_000, 1_500)
VEHICLE = VehicleSpec("agv-1", node="n0")


def road() -> RoadMap:
    """A straight road of nodes 20 m apart."""
    nodes = {name: Node(index * LENGTH_MM, 0) for index, name in enumerate(NODES)}
    arcs = {
        (start, end): Arc(start, end, LENGTH_MM, 3_000, f"s-{start}", "", 0)
        for start, end in itertools.pairwise(NODES)
    }
    return RoadMap(nodes, arcs, {start: (end,) for start, end in arcs})


def way(request: int, first: int, last: int, ahead: int = 0, action: str = "") -> c.DriveTo:
    """A grant from node to node, and so many shown beyond it."""
    base, horizon = NODES[first : last + 1], NODES[last + 1 : last + 1 + ahead]
    return c.DriveTo(request, "agv-1", "o1", first, base, horizon, action)


class Desk:
    """A driver alone: what it sends is read, and what a manager might say is put in."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.driver = MissionDriver(SPEC, road())
        self.sent: list[Body] = []
        self.events: list[e.Event] = []
        self.faults: list[str] = []

    def _took(self, driven: Driven) -> None:
        for one in driven.publish:
            found = read_topic(one.topic)
            assert found is not None
            assert found[0] == "agv"
            self.sent.append(decode(found[1], one.payload))
        self.events += driven.events
        self.faults += [driven.fault] if driven.fault else []

    def do(self, command: c.Command) -> None:
        self._took(self.driver.carry_out(command, self.now_ms))

    def hear(self, kind: Topic, body: Body) -> None:
        self._took(self.driver.receive(kind, encode(body), self.now_ms))

    def report(self, state: str = "ready", charge_ppm: int = 500_000) -> None:
        one = VehicleReport(vehicle="agv-1", state=state, charge_ppm=charge_ppm)  # type: ignore[arg-type]
        body = Vehicles(version=VERSION, sent=moment(self.now_ms), vehicles=(one,))
        self.hear(Topic.VEHICLES, body)

    def status(self, state: State, passed: int = -1, **rest: object) -> None:
        """A status of the newest mission sent."""
        message = self.mission
        told = {"id": message.id, "revision": message.revision, "vehicle": "agv-1"} | rest
        body = Status(
            version=VERSION,
            sent=moment(self.now_ms),
            state=state,
            passed=passed,
            **told,  # type: ignore[arg-type]
        )
        self.hear(Topic.STATUS, body)

    def wait(self, for_ms: int) -> None:
        """Call ``tick`` whenever it is due."""
        end_ms = self.now_ms + for_ms
        while (due := self.driver.next_at_ms()) is not None and due <= end_ms:
            self.now_ms = max(self.now_ms, due)
            self._took(self.driver.tick(self.now_ms))
        self.now_ms = end_ms

    @property
    def missions(self) -> list[Mission]:
        return [one for one in self.sent if isinstance(one, Mission)]

    @property
    def mission(self) -> Mission:
        return self.missions[-1]

    @property
    def asks(self) -> int:
        return sum(isinstance(one, Ask) for one in self.sent)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


class Pair:
    """A driver and a manager, and a network between them that loses as it is told."""

    def __init__(self, trouble: Trouble | None = None) -> None:
        self.now_ms = 1_000_000
        self.driver = MissionDriver(SPEC, road())
        self.manager = VirtualManager("agv", [VEHICLE], trouble)
        self.events: list[e.Event] = []
        self.loses = 0
        """So many of the next bodies to the manager are lost."""

    def took(self, driven: Driven) -> None:
        assert not driven.fault, driven.fault
        self.events += driven.events
        for one in driven.publish:
            found = read_topic(one.topic)
            assert found is not None
            if self.loses:
                self.loses -= 1
                continue
            self.say(self.manager.receive(found[1], one.payload, self.now_ms))

    def say(self, bodies: list[tuple[Topic, bytes]]) -> None:
        for kind, payload in bodies:
            self.took(self.driver.receive(kind, payload, self.now_ms))

    def do(self, command: c.Command) -> None:
        self.took(self.driver.carry_out(command, self.now_ms))

    def wait(self, for_ms: int) -> None:
        end_ms = self.now_ms + for_ms
        while True:
            due = [self.manager.next_at_ms()]
            own = self.driver.next_at_ms()
            due += [own] if own is not None else []
            if min(due) > end_ms:
                break
            self.now_ms = max(self.now_ms, min(due))
            self.say(self.manager.tick(self.now_ms))
            self.took(self.driver.tick(self.now_ms))
        self.now_ms = end_ms

    def restart(self) -> None:
        """The driver goes on from a snapshot."""
        memory = state_decoder(MissionMemory)(encode_state(self.driver.memory))
        assert memory == self.driver.memory
        self.driver = MissionDriver(SPEC, road(), memory)

    def passed(self) -> list[int]:
        return [event.step for event in self.events if isinstance(event, e.VehicleMoved)]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]
