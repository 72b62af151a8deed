"""All devices of a port, in a thread of their own.

``start`` connects and returns at once; signals come to whoever was named. Nothing here decides what
a vehicle may do: it is asked to open a barrier, with a reason that it asks about once more at the
moment of writing.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from kouan.live.broker import BrokerAddress
from kouan.live.devices.counts import DeviceCounts
from kouan.live.devices.hub import Hub
from kouan.live.devices.intake import CameraIntake
from kouan.live.devices.modbus import ModbusUnit
from kouan.live.devices.readers import Readers
from kouan.live.devices.scales import Scale
from kouan.live.devices.sequences import Sequences
from kouan.live.devices.signals import (
    BarrierRefused,
    CheckImage,
    CheckToken,
    DeviceHealth,
    LoopChanged,
    OnSignal,
    State,
    StillTrue,
)
from kouan.live.devices.wired import Wired, WiredBarrier, WiredLight, WiredLoop, WiredPortal
from kouan.live.errors import LiveError
from kouan.live.mqtt import Link, LinkPlan
from kouan.port.devices import Address, Device, DeviceKind, DeviceRole, parse_address
from kouan.port.model import Port

log = logging.getLogger(__name__)

TICK_S = 0.25
FAULT_PAUSE_S = 5.0
"""Pause before a driver that ended by a fault of its own runs again."""
CANCEL_AGAIN_S = 0.2
STOP_S = 15.0
MQTT_NAME = "kouan-devices"


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What devices need of the port."""

    check_token: CheckToken
    """Asked for every message of a reader, in a thread beside."""
    check_image: CheckImage
    broker: BrokerAddress | None = None
    """Where readers are heard over MQTT."""
    folder: Path | None = None
    """Where the numbers of messages are kept over restarts; None keeps nothing."""


class DeviceService:
    """The devices of a port."""

    def __init__(self, port: Port, plan: DevicePlan) -> None:
        """Prepare all devices that the port declares; raises LiveError naming what is missing."""
        self.counts = DeviceCounts()
        self._hub = Hub(port.devices, self.counts)
        sequences = Sequences(plan.folder)
        self._intake = CameraIntake(self._hub, plan.check_image, sequences)
        self._addresses = {
            name: parse_address(one.kind, one.address) for name, one in port.devices.items()
        }
        self._members: dict[str, Wired] = {}
        self._barriers: dict[str, WiredBarrier] = {}
        self._lights: dict[str, WiredLight] = {}
        self._scales: list[Scale] = []
        self._drivers: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._link: Link | None = None
        self._wire(port.devices)
        self._weigh(port.devices)
        self._read_tags(port.devices, plan, sequences)
        self._hub.loop_listeners.append(self._route_loop)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)

    # --- made ----------------------------------------------------------------------------------

    def _wire(self, devices: dict[str, Device]) -> None:
        """Put everything over Modbus to its unit."""
        units: dict[Address, list[Wired]] = {}
        for name, device in devices.items():
            if device.is_modbus:
                wired = self._members[name] = self._wired(name, device, devices)
                units.setdefault(self._addresses[name], []).append(wired)
        for address, members in units.items():
            within_ms = max(one.device.answer_within_ms for one in members)
            unit = ModbusUnit(address, within_ms, members, self._hub)
            self._drivers.append((f"{address.host}:{address.port}/{address.unit}", unit.run))

    def _wired(self, name: str, device: Device, devices: dict[str, Device]) -> Wired:
        match device.kind:
            case DeviceKind.BARRIER:
                loops: dict[str, DeviceRole] = {
                    other: one.role
                    for other, one in devices.items()
                    if one.kind is DeviceKind.LOOP and one.at == device.at and one.role is not None
                }
                barrier = self._barriers[device.at] = WiredBarrier(name, device, self._hub, loops)
                return barrier
            case DeviceKind.LIGHT:
                light = self._lights[device.at] = WiredLight(name, device, self._hub)
                return light
            case DeviceKind.LOOP:
                return WiredLoop(name, device, self._hub)
            case _:
                return WiredPortal(name, device, self._hub)

    def _weigh(self, devices: dict[str, Device]) -> None:
        for name, device in devices.items():
            if device.kind is DeviceKind.SCALE:
                scale = Scale(name, device, self._addresses[name], self._hub)
                self._scales.append(scale)
                self._drivers.append((name, scale.run))

    def _read_tags(
        self, devices: dict[str, Device], plan: DevicePlan, sequences: Sequences
    ) -> None:
        topics = {
            self._addresses[name].topic: name
            for name in devices
            if self._addresses[name].scheme == "mqtt"
        }
        if not topics:
            return
        if plan.broker is None:
            names = ", ".join(topics.values())
            raise LiveError(f"devices {names}: no broker: expected one for readers over MQTT")
        readers = Readers(topics, self._hub, plan.check_token, sequences)
        subscriptions = tuple((topic, 1) for topic in topics)
        self._link = Link(plan.broker, LinkPlan(MQTT_NAME, subscriptions, readers.take))
        self._drivers += [("mqtt", self._link.run), ("readers", readers.run)]

    def _route_loop(self, signal: LoopChanged) -> None:
        """A loop is its station's barrier's and scale's concern too."""
        barrier = self._barriers.get(signal.station)
        if barrier is not None:
            barrier.hear_loop(signal)
        for scale in self._scales:
            if scale.station == signal.station:
                scale.hear_loop(signal)

    # --- from any thread -----------------------------------------------------------------------

    def start(self, on_signal: OnSignal) -> None:
        """Connect to everything, and go on trying; ``on_signal`` is called in other threads."""
        self._hub.on_signal = on_signal
        self._hub.start_listening()
        self._thread.start()
        self._ready.wait(STOP_S)

    def add_to(self, app: FastAPI) -> None:
        """Answer cameras below /api/devices/."""
        self._intake.add_to(app)

    def open_barrier(self, station: str, request: int, reason: str, still_true: StillTrue) -> None:
        """Ask to open a station's barrier; BarrierMoved or BarrierRefused answers the request.

        ``still_true`` is asked in the devices' thread right before the coil is written.
        """
        barrier = self._barriers.get(station)
        if barrier is None or self._loop is None:
            problem = "no barrier there" if barrier is None else "the devices are not started"
            self._hub.say(BarrierRefused(f"{station}.barrier", station, request, problem))
            return
        self._in_loop(lambda: barrier.ask(request, reason, still_true))

    def set_light(self, station: str, green: bool) -> bool:
        """Show green or red at a station; False when it has no light."""
        light = self._lights.get(station)
        if light is not None:
            light.set_green(green)
        return light is not None

    def health(self) -> dict[str, DeviceHealth]:
        """How it stands with every device, by name."""
        return self._hub.health()

    def shows(self) -> dict[str, str]:
        """How barriers, lights, loops and portals stand, by name; "" while that is not known."""
        return {name: one.shows for name, one in self._members.items()}

    @property
    def trouble(self) -> str:
        """What is wrong with devices, in one line; "" for nothing."""
        wrong = [one for one in self.health().values() if one.state is not State.OK]
        return "; ".join(f"device {one.device} {one.state}: {one.reason}" for one in wrong)

    def close(self) -> None:
        """Let go of everything; barriers stay as they are. Raises LiveError if it does not end."""
        self._in_loop(self._cancel)
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        if self._thread.is_alive():
            raise LiveError(f"the devices' thread did not end within {STOP_S:.0f} s")

    def _in_loop(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call)

    # --- in their thread -----------------------------------------------------------------------

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_tell)
        self._ready.set()
        async with asyncio.TaskGroup() as group:
            self._tasks = [
                group.create_task(self._keep_up(name, run)) for name, run in self._drivers
            ]
            self._tasks.append(group.create_task(self._tick()))

    def _cancel(self) -> None:
        """End every driver; asked again, since ``wait_for`` of Python 3.11 may swallow it."""
        for task in self._tasks:
            task.cancel()
        if self._loop is not None:
            self._loop.call_later(CANCEL_AGAIN_S, self._cancel)

    async def _keep_up(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A fault in one driver ends no other, and not itself for long."""
        while True:
            try:
                await run()
            except Exception:
                log.exception("the driver of %s failed and is started again", name)
                self.counts.count(name, "driver_failed")
            await asyncio.sleep(FAULT_PAUSE_S)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._hub.find_silent()
            for scale in self._scales:
                scale.tick()


def _tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a connection's own code could not handle: the connection ends, and is made again."""
    log.warning("devices: %s: %s", context.get("message"), context.get("exception"))
