"""A driver beside a virtual vehicle of the tiny port, and the time between them."""

from pathlib import Path

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.driver import Driven, Driver, DriverMemory, spec_of
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.topics import Topic, read_topic
from kouan.live.vda5050.versions import Version
from kouan.live.virtual.spec import of_fleet
from kouan.live.virtual.vehicle import Vehicle
from kouan.live.virtual.words import Words
from kouan.port.read import read_port
from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic.roadmap import compile_roads

PORT = read_port(Path(__file__).parents[3] / "ports" / "tiny.toml")
ROADS = compile_roads(PORT.roads)
AGV = "agv_1"
START_MS = 1_772_352_000_000
WAY = ("north.1", "north.2", "line", "south.1", "south.2", "shed")
thaw = state_decoder(DriverMemory)


class Yard:
    """A driver and a virtual vehicle; payloads take no time, and the clock jumps."""

    def __init__(self, version: Version) -> None:
        self.now_ms = START_MS
        fleet = PORT.fleets["agv"]
        place = ROADS.nodes["yard"]
        spec = of_fleet(
            fleet, AGV, version=version.number, node="yard", x_mm=place.x_mm, y_mm=place.y_mm
        )
        self.vehicle, self.words = Vehicle(spec), Words(spec)
        master = MasterSpec(AGV, spec.manufacturer, spec.serial, version, tells_loads=True)
        self.spec = spec_of(master, "agv", fleet, "yard")
        self.driver = Driver(self.spec, ROADS)
        self.events: list[e.Event] = []
        self.facts: list[i.Fact] = []
        self.lost = False
        self.receive(Topic.CONNECTION, self.words.connection(m.Link.ONLINE))
        self.settle()

    def receive(self, kind: Topic, payload: bytes) -> None:
        """Hand the driver a payload of the vehicle."""
        self.take(self.driver.receive(kind, payload, self.now_ms))

    def take(self, driven: Driven) -> None:
        """Note events, and hand payloads to the vehicle."""
        assert driven.fault == ""
        self.events += driven.events
        self.facts += driven.facts
        for one in driven.publish:
            found = read_topic(one.topic)
            assert found is not None
            if self.lost:
                continue
            if found[2] is Topic.ORDER:
                self.vehicle.receive_order(*self.words.read_order(one.payload), self.now_ms)
            else:
                for action in self.words.read_instant(one.payload):
                    self.vehicle.receive_instant(action, self.now_ms)

    def tell(self, command: c.Command) -> None:
        """Let the dispatcher tell the driver something."""
        self.take(self.driver.carry_out(command, self.now_ms))
        self.settle()

    def settle(self) -> None:
        """Let the vehicle say what has changed, until nothing has."""
        for _ in range(20):
            if self.vehicle.factsheet_asked:
                self.vehicle.factsheet_asked = False
                self.receive(Topic.FACTSHEET, self.words.factsheet())
            if not self.vehicle.changed:
                return
            self.vehicle.changed = False
            self.receive(Topic.STATE, self.words.state(self.vehicle, self.now_ms))
        raise AssertionError("driver and vehicle don't come to rest")

    def run(self, for_ms: int = 600_000) -> None:
        """Let time pass; the vehicle reports every 20 s at least."""
        end_ms = self.now_ms + for_ms
        while self.now_ms < end_ms:
            due = [
                self.vehicle.next_at_ms(),
                self.driver.next_at_ms(),
                self.now_ms + 20_000,
                end_ms,
            ]
            self.now_ms = max(self.now_ms + 1, min(one for one in due if one is not None))
            self.vehicle.advance(self.now_ms)
            self.vehicle.changed = True
            self.settle()
            self.take(self.driver.tick(self.now_ms))
            self.settle()

    def restart(self) -> None:
        """Let another process go on with the driver's snapshot."""
        memory = thaw(encode_state(self.driver.memory))
        self.driver = Driver(self.spec, ROADS, memory)

    def moved(self) -> list[tuple[str, int]]:
        """The nodes and steps told to the dispatcher."""
        return [(one.node, one.step) for one in self.events if isinstance(one, e.VehicleMoved)]

    def count(self, kind: type[e.Event]) -> int:
        """How often a kind of event was told."""
        return sum(isinstance(one, kind) for one in self.events)


def grant(request: int, step: int, count: int, action: str = "") -> c.DriveTo:
    """A grant of some nodes of the way from a step on; the next two are shown."""
    base, ahead = WAY[step - 1 : step - 1 + count], WAY[step - 1 + count : step + 1 + count]
    return c.DriveTo(request, AGV, "job", step, base, () if action else ahead, action)
