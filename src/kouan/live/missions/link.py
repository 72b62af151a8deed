"""The port's fleets over their managers: a driver for each vehicle, a wire for each fleet.

It stands where the link to VDA 5050 vehicles stands and does for missions what that does for
orders: one lock for commands, bodies and time; memories written before what follows from them is
sent; events that the inbox has no room for kept in their order.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kouan.dispatch import events as e
from kouan.dispatch.commands import Command, SlowTo
from kouan.live.clock import PortClock, real_clock
from kouan.live.errors import InboxClosed, InboxFull, LiveError
from kouan.live.fleetlink import LinkCounts
from kouan.live.missions.driver import MissionDriver
from kouan.live.missions.memory import MissionMemory, spec_of
from kouan.live.missions.messages import Topic
from kouan.live.missions.wires import OnBody, Wire
from kouan.live.vda5050.driver import Driven
from kouan.port.model import Port
from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic.roadmap import compile_roads

log = logging.getLogger(__name__)

MEMORY_FOLDER = "missions"
TICK_S = 0.05
STOP_S = 30.0
MOST_SCALE = 60
"""Most that time may be scaled: managers act as real ones, by messages."""

WireOf = Callable[[str, OnBody], Wire]
"""Makes the wire to a fleet's manager."""


class MissionLink:
    """Executor of commands to vehicles; what their managers say is posted as events."""

    def __init__(self, port: Port, folder: Path, clock: PortClock, wire_of: WireOf) -> None:
        """Make drivers, each with what it remembered; raises LiveError for what can't be."""
        if clock.time_scale > MOST_SCALE:
            raise LiveError(
                f"time scale {clock.time_scale}: expected at most {MOST_SCALE} with fleet managers"
            )
        self.clock = clock
        self.counts = LinkCounts()
        self._folder = folder / MEMORY_FOLDER
        self._lock = threading.RLock()
        self._post: Callable[[Sequence[e.Event]], None] = _nowhere
        self._unposted: list[e.Event] = []
        self._written: dict[str, bytes] = {}
        self._fleets = {name: self._make_drivers(port, name) for name in port.fleets}
        self._drivers = {
            one.spec.vehicle: one for fleet in self._fleets.values() for one in fleet.values()
        }
        self._wire_of = wire_of
        self._wires: dict[str, Wire] = {}
        known = (one.memory.heard_ms for one in self._drivers.values())
        self._real = real_clock(max(known, default=0))
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="missions", daemon=True)

    def _make_drivers(self, port: Port, fleet_id: str) -> dict[str, MissionDriver]:
        roadmap, fleet = compile_roads(port.roads), port.fleets[fleet_id]
        home = port.places[fleet.parking].node
        names = [f"{fleet_id}-{index}" for index in range(1, fleet.count + 1)]
        return {
            name: MissionDriver(
                spec_of(name, fleet_id, fleet, home), roadmap, self._remembered(name)
            )
            for name in names
        }

    def _remembered(self, name: str) -> MissionMemory | None:
        path = self._folder / f"{name}.state"
        if not path.is_file():
            return None
        try:
            memory: MissionMemory = state_decoder(MissionMemory)(path.read_bytes())
        except (OSError, ValueError) as error:
            raise LiveError(
                f"{path}: what was remembered of {name} can't be read: {error}"
            ) from error
        return memory

    def _now_ms(self) -> int:
        """Real time, whatever port time does; never before what drivers remember."""
        return self._real.now_ms()

    def start(self, post: Callable[[Sequence[e.Event]], None]) -> None:
        """Connect, say again what is known of the vehicles, and post from now on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._post = post
        for name in self._fleets:
            self._wires[name] = self._wire_of(name, self._receiver(name))
            self._wires[name].start()
        with self._lock:
            for driver in self._drivers.values():
                self._send_events(driver.said_again(self._now_ms()))
        self._ticker.start()

    def close(self) -> None:
        """End time and wires, in this order."""
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join(STOP_S)
        for wire in self._wires.values():
            wire.close()

    def __call__(self, command: Command) -> None:
        """Carry out a command, if it is for one of the vehicles, or for all on a road."""
        driver = self._drivers.get(getattr(command, "vehicle", ""))
        every = self._drivers.values() if isinstance(command, SlowTo) else ()
        for one in every if driver is None else (driver,):
            with self._lock:
                self._pass_on(one, one.carry_out(command, self._now_ms()))
                self._remember(one)

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

    def _tick(self) -> None:
        while not self._ended.wait(TICK_S):
            with self._lock:
                now_ms = self._now_ms()
                for driver in self._drivers.values():
                    due_ms = driver.next_at_ms()
                    if due_ms is not None and due_ms <= now_ms:
                        self._pass_on(driver, driver.tick(now_ms))
                self._send_events(())

    def _pass_on(self, driver: MissionDriver, driven: Driven) -> None:
        if driven.fault:
            self.counts.lost += 1
            log.warning("%s: %s", driver.spec.vehicle, driven.fault)
        if driven.publish or driven.events:
            self._remember(driver)
        wire = self._wires.get(driver.spec.fleet)
        if wire is not None:
            for one in driven.publish:
                taken = wire.publish(one)
                self.counts.published += taken
                self.counts.lost += not taken
        self._send_events(driven.events)

    def _remember(self, driver: MissionDriver) -> None:
        """Write down what a driver knows; a kill leaves the old file or the new one."""
        name, memory = driver.spec.vehicle, encode_state(driver.memory)
        if self._written.get(name) == memory:
            return
        path = self._folder / f"{name}.state"
        partial = path.with_suffix(".partial")
        partial.write_bytes(memory)
        os.replace(partial, path)
        self._written[name] = memory

    def _send_events(self, events: Sequence[e.Event]) -> None:
        """Post events in their order; those that the inbox has no room for wait here."""
        self._unposted.extend(events)
        if not self._unposted:
            return
        try:
            self._post(self._unposted)
        except InboxFull as error:
            log.warning("missions: %s", error)
            return
        except InboxClosed:
            # The port stops; at its next start every driver says again what it knows.
            pass
        self._unposted = []


def _nowhere(events: Sequence[e.Event]) -> None:
    """Before the start nobody listens."""
    raise InboxFull(f"{len(events)} events wait for the start")
