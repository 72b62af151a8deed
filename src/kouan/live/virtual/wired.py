"""A virtual vehicle on the wire: messages in, states out, at the times they are due.

Runs within an asyncio loop, many beside each other. The vehicle's time is real time multiplied by a
scale; how often it sends states is real time.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kouan.live.broker import BrokerAddress
from kouan.live.clock import PortClock
from kouan.live.mqtt import Link, LinkPlan, Outgoing
from kouan.live.vda5050.messages import Link as LinkState
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.values import CodecError
from kouan.live.virtual import keeping
from kouan.live.virtual.faults import OUTSIDE, Fault
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle
from kouan.live.virtual.words import Words

log = logging.getLogger(__name__)

NOTHING_S = 3_600.0
"""How long it sleeps when nothing is due."""


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How vehicles run; the same for all of a process."""

    address: BrokerAddress
    clock: PortClock
    keep: Path | None = None
    """Folder in which each vehicle's memory is kept; None keeps nothing."""
    faults: Sequence[tuple[int, Fault]] = ()
    """Faults by milliseconds of the vehicle's time after its start."""


@dataclass(slots=True)
class _Timers:
    """When something is to be sent next, in the loop's seconds."""

    state_s: float = 0.0
    visualization_s: float = 0.0
    handle: asyncio.TimerHandle | None = None
    faults: list[asyncio.TimerHandle] = field(default_factory=list)


class WiredVehicle:
    """One vehicle and its connection."""

    def __init__(self, spec: VehicleSpec, options: WireOptions) -> None:
        """A vehicle that goes on from its memory if one is kept. Raises LiveError."""
        self._options = options
        self._words = Words(spec)
        kept = keeping.read(options.keep, spec)
        self.vehicle = Vehicle(spec, kept)
        if kept is not None:
            self.vehicle.thaw(options.clock.now_ms())
        words = self._words
        self.link = Link(
            options.address,
            LinkPlan(
                name=f"{spec.manufacturer}-{spec.serial}",
                subscriptions=tuple((topic, 0) for topic in words.subscriptions),
                on_message=self._on_message,
                on_change=self._on_change,
                will=lambda: Outgoing(
                    words.topic(Topic.CONNECTION),
                    words.connection(LinkState.CONNECTION_BROKEN),
                    qos=1,
                    retain=True,
                ),
                most_outgoing=1_000,
            ),
        )
        self._timers = _Timers()

    async def run(self) -> None:
        """Run until ``close``."""
        loop = asyncio.get_running_loop()
        for at_ms, fault in self._options.faults:
            delay_s = at_ms / 1e3 / self._options.clock.time_scale
            self._timers.faults.append(loop.call_later(delay_s, self.inject, fault))
        self._wake()
        try:
            await self.link.run()
        finally:
            for handle in (*self._timers.faults, self._timers.handle):
                if handle is not None:
                    handle.cancel()
            self._keep()

    def close(self) -> None:
        """Say that it goes offline, and end."""
        words = self._words
        self.link.publish(
            words.topic(Topic.CONNECTION), words.connection(LinkState.OFFLINE), qos=1, retain=True
        )
        self.link.close()

    def inject(self, fault: Fault) -> None:
        """Let something go wrong, in the vehicle or around it."""
        now_ms = self._options.clock.now_ms()
        log.warning("%s: %s for %d ms", self.vehicle.spec.serial, fault.kind, fault.for_ms)
        if fault.kind not in OUTSIDE:
            self.vehicle.inject(fault, now_ms)
        else:
            away_s = fault.for_ms / 1e3 / self._options.clock.time_scale
            if fault.kind == "reboot":
                self.vehicle.forget_order(now_ms)
                self._words.restart()
            self.link.cut(away_s)
        self._wake()

    # --- from the connection -------------------------------------------------------------------

    def _on_message(self, topic: str, payload: bytes) -> None:
        now_ms = self._options.clock.now_ms()
        try:
            if topic == self._words.topic(Topic.ORDER):
                order, digest = self._words.read_order(payload)
                self.vehicle.receive_order(order, digest, now_ms)
            elif topic == self._words.topic(Topic.INSTANT_ACTIONS):
                for action in self._words.read_instant(payload):
                    self.vehicle.receive_instant(action, now_ms)
        except CodecError as wrong:
            self.vehicle.refuse(str(wrong), ("topic", topic.rpartition("/")[2]))
        self._wake()

    def _on_change(self, connected: bool) -> None:
        if not connected:
            return
        words = self._words
        self.link.publish(
            words.topic(Topic.CONNECTION), words.connection(LinkState.ONLINE), qos=1, retain=True
        )
        self.vehicle.changed = True
        self._wake()

    # --- time ----------------------------------------------------------------------------------

    def _wake(self) -> None:
        """Let happen what is due, send what is to be sent, and sleep until the next of both."""
        loop = asyncio.get_running_loop()
        clock, vehicle = self._options.clock, self.vehicle
        now_ms = clock.now_ms()
        vehicle.advance(now_ms)
        if self.link.connected:
            self._send(now_ms, loop.time())
        elif vehicle.changed:
            self._keep()
        next_s = self._next_send_s()
        at_ms = vehicle.next_at_ms()
        if at_ms is not None:
            next_s = min(next_s, loop.time() + clock.seconds_until(at_ms))
        if self._timers.handle is not None:
            self._timers.handle.cancel()
        # The clock counts whole milliseconds: a little later, so as not to wake up in vain.
        self._timers.handle = loop.call_at(next_s + 0.001, self._wake)

    def _next_send_s(self) -> float:
        if not self.link.connected:
            return asyncio.get_running_loop().time() + NOTHING_S
        if not self.vehicle.spec.visualization_every_ms:
            return self._timers.state_s
        return min(self._timers.state_s, self._timers.visualization_s)

    def _send(self, now_ms: int, now_s: float) -> None:
        vehicle, timers, words = self.vehicle, self._timers, self._words
        spec = vehicle.spec
        if vehicle.factsheet_asked:
            vehicle.factsheet_asked = False
            self.link.publish(words.topic(Topic.FACTSHEET), words.factsheet())
        if vehicle.changed or now_s >= timers.state_s:
            vehicle.changed = not self.link.publish(
                words.topic(Topic.STATE), words.state(vehicle, now_ms)
            )
            timers.state_s = now_s + spec.state_every_ms / 1e3
            self._keep()
        if spec.visualization_every_ms and now_s >= timers.visualization_s:
            self.link.publish(
                words.topic(Topic.VISUALIZATION), words.visualization(vehicle, now_ms)
            )
            timers.visualization_s = now_s + spec.visualization_every_ms / 1e3

    def _keep(self) -> None:
        keeping.write(self._options.keep, self.vehicle, self._options.clock.now_ms())


async def run_all(vehicles: Sequence[WiredVehicle], ended: asyncio.Future[None]) -> None:
    """Run vehicles until ``ended`` is resolved; each says that it goes offline."""
    tasks = [asyncio.create_task(one.run()) for one in vehicles]
    await asyncio.wait([*tasks, ended], return_when=asyncio.FIRST_COMPLETED)
    for one in vehicles:
        one.close()
    await asyncio.gather(*tasks)
