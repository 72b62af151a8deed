"""Fleets: trips and their cycle, split into driving, loading, unloading, gates and waiting.

A trip lasts from the first command that names its order to the end of the last stage of the
fleet's procedure. It drives from a grant until it has passed the last node granted; standing
anywhere without being served it waits. A loaded crossing is one way, counted when unloaded; a
round trip is a whole trip of a procedure that comes back: the two are never added.
"""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.procedures import Work
from kouan.report.fold import Fold
from kouan.report.histogram import Histogram
from kouan.runtime.checkers.carriers import ended_order

DRIVING = "driving"
LOADING = "loading"
UNLOADING = "unloading"
GATES = "gates"
WAITING = "waiting"
PARTS = (DRIVING, LOADING, UNLOADING, GATES, WAITING)
"""What a cycle consists of; the parts add up to it."""
PART_OF_WORK = {
    Work.LOAD: LOADING,
    Work.UNLOAD: UNLOADING,
    Work.SERVICE: GATES,
    Work.WAIT: WAITING,
}


@dataclass(slots=True)
class Trip:
    """An order under way, or waiting to be begun."""

    fleet: str
    mass_kg: int
    begun_ms: int = 0
    part: str = WAITING
    since_ms: int = 0
    request: int = -1
    served: bool = False
    parts_ms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    def turn(self, at_ms: int, part: str) -> None:
        """End what it was doing and begin something else."""
        self.parts_ms[self.part] += at_ms - self.since_ms
        self.part, self.since_ms = part, at_ms


@dataclass(slots=True)
class VehicleTrack:
    """What is known of a vehicle; steps as in its commands."""

    fleet: str
    charge_wh: int
    order: str = ""
    granted: int = 0
    passed: int = 0


@dataclass(slots=True)
class FleetTotals:
    """Everything counted of one fleet."""

    vehicles: int = 0
    orders: int = 0
    trips: int = 0
    turned_back: int = 0
    loaded_crossings: int = 0
    mass_kg: int = 0
    used_wh: int = 0
    trip_ms: int = 0
    cycle_ms: Histogram = field(default_factory=Histogram)
    parts_ms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))


class FleetFold(Fold):
    """Counts every fleet's trips; ``totals`` by fleet, in the order of the port file."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        self.port = port
        self.totals = {name: FleetTotals() for name in port.fleets}
        self.trips: dict[str, Trip] = {}
        self.vehicles: dict[str, VehicleTrack] = {}
        self.on_event = {
            e.TransportOrderPlaced: self._placed,
            e.VehicleJoined: self._joined,
            e.VehicleMoved: self._moved,
            e.ChargingEnded: self._charged,
            e.ServiceEnded: self._ended,
            e.VehicleTaken: self._taken,
            e.VehicleRemoved: self._taken,
        }
        self.on_command = {
            c.DriveTo: self._drive,
            c.StartService: self._start,
            c.TurnBack: self._turn_back,
            c.RaiseAlarm: self._alarm,
        }

    def _placed(self, at_ms: int, event: e.TransportOrderPlaced) -> None:
        del at_ms
        if event.fleet in self.totals and event.order not in self.trips:
            self.trips[event.order] = Trip(event.fleet, event.mass_kg)
            self.totals[event.fleet].orders += 1

    def _joined(self, at_ms: int, event: e.VehicleJoined) -> None:
        del at_ms
        if event.fleet in self.totals and event.vehicle not in self.vehicles:
            self.vehicles[event.vehicle] = VehicleTrack(event.fleet, event.charge_wh)
            self.totals[event.fleet].vehicles += 1

    # --- on the road -------------------------------------------------------------------------

    def _drive(self, at_ms: int, command: c.DriveTo) -> None:
        vehicle = self.vehicles.get(command.vehicle)
        if vehicle is None:
            return
        if vehicle.order != command.order:
            self._abandon(vehicle.order)
            vehicle.order = command.order
        vehicle.granted = max(vehicle.granted, command.step + len(command.base) - 1)
        trip = self._begin(at_ms, command.order)
        if trip is not None and vehicle.granted > vehicle.passed:
            trip.turn(at_ms, DRIVING)

    def _moved(self, at_ms: int, event: e.VehicleMoved) -> None:
        vehicle = self.vehicles.get(event.vehicle)
        if vehicle is None or event.step <= vehicle.passed:
            return
        used_wh = max(0, vehicle.charge_wh - event.charge_wh)
        self.totals[vehicle.fleet].used_wh += used_wh
        vehicle.charge_wh = event.charge_wh
        vehicle.passed = event.step
        trip = self.trips.get(vehicle.order)
        if trip is not None and vehicle.passed >= vehicle.granted:
            trip.turn(at_ms, WAITING)

    def _charged(self, at_ms: int, event: e.ChargingEnded) -> None:
        del at_ms
        vehicle = self.vehicles.get(event.vehicle)
        if vehicle is not None:
            vehicle.charge_wh = event.charge_wh

    # --- at a station ------------------------------------------------------------------------

    def _begin(self, at_ms: int, order: str) -> Trip | None:
        trip = self.trips.get(order)
        if trip is not None and not trip.begun_ms:
            trip.begun_ms = trip.since_ms = at_ms
        return trip

    def _work(self, trip: Trip, stage: str) -> Work:
        procedure = self.port.procedures[self.port.fleets[trip.fleet].procedure]
        return next((s.work for s in procedure.stages if s.id == stage), Work.SERVICE)

    def _start(self, at_ms: int, command: c.StartService) -> None:
        trip = self._begin(at_ms, command.visit)
        if trip is not None and command.request > trip.request:
            trip.request, trip.served = command.request, True
            trip.turn(at_ms, PART_OF_WORK[self._work(trip, command.stage)])

    def _ended(self, at_ms: int, event: e.ServiceEnded) -> None:
        trip = self.trips.get(event.visit)
        if trip is None or not trip.served or trip.request != event.request:
            return  # a report that comes late or twice
        trip.served = False
        trip.turn(at_ms, WAITING)
        totals = self.totals[trip.fleet]
        if self._work(trip, event.stage) is Work.UNLOAD:
            totals.loaded_crossings += 1
        procedure = self.port.procedures[self.port.fleets[trip.fleet].procedure]
        if procedure.stages[-1].id == event.stage:
            del self.trips[event.visit]
            self._count(at_ms, trip, totals)

    def _count(self, at_ms: int, trip: Trip, totals: FleetTotals) -> None:
        totals.trips += 1
        totals.mass_kg += trip.mass_kg
        totals.trip_ms += at_ms - trip.begun_ms
        totals.cycle_ms.add(at_ms - trip.begun_ms)
        for part, part_ms in trip.parts_ms.items():
            totals.parts_ms[part] += part_ms

    def _turn_back(self, at_ms: int, command: c.TurnBack) -> None:
        del at_ms
        self._abandon(command.visit)

    def _alarm(self, at_ms: int, command: c.RaiseAlarm) -> None:
        del at_ms
        order, state = ended_order(command)
        if state == "turned_back":
            self._abandon(order)
        else:
            self.trips.pop(order, None)

    def _taken(self, at_ms: int, event: e.VehicleTaken | e.VehicleRemoved) -> None:
        """An order that its vehicle had not begun goes to another."""
        del at_ms
        vehicle = self.vehicles.get(event.vehicle)
        if vehicle is not None:
            vehicle.order = ""

    def _abandon(self, order: str) -> None:
        trip = self.trips.pop(order, None)
        if trip is not None:
            self.totals[trip.fleet].turned_back += 1
