"""Events of the vehicles that the dispatcher commands; see ``events`` for what an event is."""

from typing import NamedTuple


class VehicleJoined(NamedTuple):
    """A vehicle reported for work, standing at its parking place."""

    at_ms: int
    vehicle: str
    fleet: str
    charge_wh: int


class VehicleMoved(NamedTuple):
    """A vehicle passed or reached a node; ``charge_wh`` is what its battery then held."""

    at_ms: int
    vehicle: str
    node: str
    step: int
    charge_wh: int


class VehicleStopped(NamedTuple):
    """A vehicle can't go on by itself: fault, lost position, empty battery."""

    at_ms: int
    vehicle: str
    reason: str


class VehicleRecovered(NamedTuple):
    """A stopped vehicle goes on."""

    at_ms: int
    vehicle: str


class VehiclesHalted(NamedTuple):
    """Somebody halted one vehicle, or all of a fleet ("" is every fleet).

    ``how`` is "hold" (they drive what they were granted and get no more), "pause" (they stand at
    once) or "stop" (as pause, in an emergency: nobody goes on until all are freed together).
    """

    at_ms: int
    fleet: str
    vehicle: str
    how: str
    by: str
    reason: str


class VehiclesFreed(NamedTuple):
    """Somebody lets halted vehicles go on: one, all of a fleet, or all ("" and "")."""

    at_ms: int
    fleet: str
    vehicle: str
    by: str


class VehicleSilent(NamedTuple):
    """Nothing is heard of a vehicle any more; it may still drive what it was granted."""

    at_ms: int
    vehicle: str
    reason: str


class VehicleHeard(NamedTuple):
    """A vehicle that was silent is heard again."""

    at_ms: int
    vehicle: str


class VehicleTaken(NamedTuple):
    """A person drives or tows a vehicle; what it holds stays its own until it is returned."""

    at_ms: int
    vehicle: str
    by: str
    reason: str


class VehicleReturned(NamedTuple):
    """A person brought a vehicle back to its parking place, empty and ready for work."""

    at_ms: int
    vehicle: str
    charge_wh: int
    by: str


class VehicleRemoved(NamedTuple):
    """A vehicle was taken out of its fleet and off the port's roads."""

    at_ms: int
    vehicle: str
    by: str
    reason: str


class ChargingEnded(NamedTuple):
    """A vehicle at a charger is full or was told to leave."""

    at_ms: int
    vehicle: str
    charge_wh: int
