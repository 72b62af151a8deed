"""One station's twins together: a truck that drives up, is read, and drives on under the arm."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from kouan.live.devices.twins.arm import Arm
from kouan.live.devices.twins.spec import Arrive, TwinError
from kouan.live.devices.twins.weight import Weight
from kouan.port.devices import DeviceRole

TICK_S = 0.02
MOST_TRUCKS = 4

Show = Callable[[Arrive], Awaitable[list[dict[str, object]]]]
"""Lets the station's cameras and readers tell of a truck; returns the answers."""


def now_ms() -> int:
    """Time for how long things take."""
    return time.monotonic_ns() // 1_000_000


@dataclass(slots=True)
class Truck:
    """A truck in the lane."""

    arrive: Arrive
    zones: dict[DeviceRole, bool] = field(default_factory=dict)
    """Loops that it stands on."""
    on_scale: bool = False
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    backs: bool = False
    presented: bool = False


class LaneTwin:
    """A station."""

    def __init__(self, station: str, arm_ms: int, step_ms: int, show: Show) -> None:
        self.arm = Arm(arm_ms)
        self.has_arm = False
        self.weight: Weight | None = None
        self.loop_faults: dict[str, str] = {}
        self.trucks: list[Truck] = []
        self.passed = 0
        """Trucks that drove on under the arm."""
        self._station, self._step_s, self._show = station, step_ms / 1_000, show
        self._tasks: list[asyncio.Task[None]] = []

    # --- what the wires ask --------------------------------------------------------------------

    def occupied(self, name: str, role: DeviceRole) -> bool:
        """Whether a loop says that something stands on it."""
        fault = self.loop_faults.get(name, "")
        if fault in ("stays_occupied", "stays_free"):
            return fault == "stays_occupied"
        return self._stands_on(role)

    def alarms(self) -> bool:
        """Whether the radiation portal alarms."""
        return any(truck.arrive.alarm for truck in self.trucks)

    def state(self) -> dict[str, object]:
        """How it stands, for whoever asks."""
        return {
            "trucks": len(self.trucks),
            "passed": self.passed,
            "arm": "up" if self.arm.up else "down" if self.arm.down else "moving",
            "loops": {role.value: self._stands_on(role) for role in DeviceRole if role in LOOPS},
        }

    def _stands_on(self, role: DeviceRole) -> bool:
        return any(truck.zones.get(role) for truck in self.trucks)

    # --- what happens --------------------------------------------------------------------------

    async def run(self) -> None:
        """Let the arm move until cancelled."""
        try:
            while True:
                self.arm.move(now_ms(), self._stands_on(DeviceRole.SAFETY))
                await asyncio.sleep(TICK_S)
        finally:
            for task in self._tasks:
                task.cancel()

    async def arrive(self, word: Arrive) -> list[dict[str, object]]:
        """Drive up and be read; return what the port answered to that. Raises TwinError."""
        waiting = [truck for truck in self.trucks if truck.zones.get(DeviceRole.ENTRY)]
        if (waiting and not word.close) or len(self.trucks) >= MOST_TRUCKS:
            raise TwinError(f"{self._station} is occupied: expected a free lane, or close = true")
        truck = Truck(word, {DeviceRole.ENTRY: True})
        if not word.stay:
            truck.may_go.set()
        self.trucks.append(truck)
        self._stand_on_scale(truck, True)
        await asyncio.sleep(self._step_s)
        answers = [] if word.close else await self._show(word)
        truck.presented = True
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(self._leave(truck)))
        return answers

    def go(self) -> None:
        """The first truck that stays drives on when it may."""
        for truck in self.trucks:
            if not truck.may_go.is_set():
                truck.may_go.set()
                return
        raise TwinError(f"{self._station}: no truck stays there")

    def back(self) -> None:
        """The first truck before the arm leaves backwards."""
        for truck in self.trucks:
            if truck.presented and truck.zones.get(DeviceRole.ENTRY):
                truck.backs = True
                truck.may_go.set()
                return
        raise TwinError(f"{self._station}: no truck stands before the arm")

    async def _leave(self, truck: Truck) -> None:
        """Wait for the arm and drive under it, or back out."""
        await truck.may_go.wait()
        while not (truck.backs or self._way_is_free(truck)):
            await asyncio.sleep(TICK_S)
        if not truck.backs:
            await self._drive_through(truck)
            self.passed += 1
        self._stand_on_scale(truck, False)
        self.trucks.remove(truck)

    def _way_is_free(self, truck: Truck) -> bool:
        """One that follows closely goes as long as the arm is not down."""
        place = self.trucks.index(truck)
        if place and (not truck.arrive.close or self.trucks[place - 1].zones[DeviceRole.ENTRY]):
            return False
        if truck.arrive.close:
            return not (self.has_arm and self.arm.down)
        return self.arm.up or not self.has_arm

    async def _drive_through(self, truck: Truck) -> None:
        """Pass the loops one after the other, standing on two of them in between."""
        for role, on in (
            (DeviceRole.SAFETY, True),
            (DeviceRole.ENTRY, False),
            (DeviceRole.EXIT, True),
            (DeviceRole.SAFETY, False),
            (DeviceRole.EXIT, False),
        ):
            truck.zones[role] = on
            if role is DeviceRole.EXIT:
                self._stand_on_scale(truck, False)
            await asyncio.sleep(self._step_s)

    def _stand_on_scale(self, truck: Truck, on: bool) -> None:
        if self.weight is not None and truck.on_scale is not on:
            truck.on_scale = on
            load = sum(one.arrive.mass_kg for one in self.trucks if one.on_scale)
            self.weight.load(load, now_ms())


LOOPS = (DeviceRole.ENTRY, DeviceRole.SAFETY, DeviceRole.EXIT)
