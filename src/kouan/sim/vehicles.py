"""What commands ask of virtual vehicles, but for driving on."""

from collections.abc import Callable
from typing import Any

from kouan.dispatch.commands import (
    LoadVehicle,
    PauseVehicle,
    PlaceVehicle,
    ReleaseVehicle,
    ResumeVehicle,
    StartCharging,
    StopCharging,
)
from kouan.sim.memory import Memory
from kouan.sim.motion import Drives


def _load(_drives: Drives, memory: Memory, command: LoadVehicle, _at_ms: int) -> None:
    car = memory.cars.get(command.vehicle)
    if car is not None:
        car.load_kg = command.mass_kg


def _charge(drives: Drives, memory: Memory, command: StartCharging, at_ms: int) -> None:
    car = memory.cars[command.vehicle]
    if car.charging_since_ms < 0:
        car.request = command.request
        drives.charge(memory, command.vehicle, at_ms)


def _stop_charging(drives: Drives, memory: Memory, command: StopCharging, at_ms: int) -> None:
    since_ms = memory.cars[command.vehicle].charging_since_ms
    if since_ms >= 0:
        drives.end_charging(memory, command.vehicle, since_ms, at_ms)


def _pause(drives: Drives, memory: Memory, command: PauseVehicle, at_ms: int) -> None:
    drives.pause(memory, command.vehicle, at_ms)


def _resume(drives: Drives, memory: Memory, command: ResumeVehicle, at_ms: int) -> None:
    drives.resume(memory, command.vehicle, at_ms)


def _release(drives: Drives, memory: Memory, command: ReleaseVehicle, at_ms: int) -> None:
    drives.release(memory, command.vehicle, at_ms)


def _place(drives: Drives, memory: Memory, command: PlaceVehicle, _at_ms: int) -> None:
    drives.place(memory, command)


TO_VEHICLES: dict[type, Callable[[Drives, Memory, Any, int], None]] = {
    LoadVehicle: _load,
    StartCharging: _charge,
    StopCharging: _stop_charging,
    PauseVehicle: _pause,
    ResumeVehicle: _resume,
    ReleaseVehicle: _release,
    PlaceVehicle: _place,
}
"""What is done for each kind of command."""
