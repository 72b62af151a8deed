"""The port's fleets over their managers: a driver for each vehicle, a wire for each fleet.

It stands where the link to VDA 5050 vehicles stands and does for missions what that does for
orders.
"""

from collections.abc import Callable
from pathlib import Path

from kouan.live.clock import PortClock
from kouan.live.drivers import DriverLink, Memories, Post
from kouan.live.errors import LiveError
from kouan.live.fleetlink import LinkCounts
from kouan.live.missions.driver import MissionDriver
from kouan.live.missions.memory import MissionMemory, spec_of
from kouan.live.missions.messages import Topic
from kouan.live.missions.wires import OnBody, Wire
from kouan.live.vda5050.driver import Driven
from kouan.port.model import Port
from kouan.traffic.roadmap import compile_roads

MEMORY_FOLDER = "missions"
MOST_SCALE = 60
"""Most that time may be scaled: managers act as real ones, by messages."""

WireOf = Callable[[str, OnBody], Wire]
"""Makes the wire to a fleet's manager."""


class MissionLink(DriverLink[MissionDriver]):
    """Executor of commands to vehicles; what their managers say is posted as events."""

    def __init__(self, port: Port, folder: Path, clock: PortClock, wire_of: WireOf) -> None:
        """Make drivers, each with what it remembered; raises LiveError for what can't be."""
        if clock.time_scale > MOST_SCALE:
            raise LiveError(
                f"time scale {clock.time_scale}: expected at most {MOST_SCALE} with fleet managers"
            )
        self.counts = LinkCounts()
        memories = Memories(folder / MEMORY_FOLDER, MissionMemory)
        self._fleets = {name: _make_drivers(port, name, memories) for name in port.fleets}
        drivers = {one.vehicle: one for fleet in self._fleets.values() for one in fleet.values()}
        super().__init__(
            clock, drivers, memories, (one.memory.heard_ms for one in drivers.values())
        )
        self._wire_of = wire_of
        self._wires: dict[str, Wire] = {}

    def start(self, post: Post) -> None:
        """Connect, say again what is known of the vehicles, and post from now on."""
        self._begin(post)
        for name in self._fleets:
            self._wires[name] = self._wire_of(name, self._receiver(name))
            self._wires[name].start()
        with self._lock:
            for driver in self._drivers.values():
                self._send_events(driver.said_again(self._now_ms()))
        self._ticker.start()

    def close(self) -> None:
        """End time and wires, in this order."""
        self._end_time()
        for wire in self._wires.values():
            wire.close()

    def _receiver(self, fleet: str) -> OnBody:
        def receive(kind: Topic, payload: bytes) -> None:
            with self._lock:
                self.counts.received += 1
                for driver in self._fleets[fleet].values():
                    driven = driver.receive(kind, payload, self._now_ms())
                    self._pass_on(driver, driven)
                    if driven.fault and not driven.events:
                        # What one can't read nobody can.
                        break

        return receive

    def _send(self, driver: MissionDriver, driven: Driven) -> None:
        self.counts.lost += bool(driven.fault)
        wire = self._wires.get(driver.spec.fleet)
        if wire is not None:
            for one in driven.publish:
                taken = wire.publish(one)
                self.counts.published += taken
                self.counts.lost += not taken


def _make_drivers(
    port: Port, fleet_id: str, memories: Memories[MissionMemory]
) -> dict[str, MissionDriver]:
    roadmap, fleet = compile_roads(port.roads), port.fleets[fleet_id]
    home = port.places[fleet.parking].node
    names = [f"{fleet_id}-{index}" for index in range(1, fleet.count + 1)]
    return {
        name: MissionDriver(spec_of(name, fleet_id, fleet, home), roadmap, memories.of(name))
        for name in names
    }
