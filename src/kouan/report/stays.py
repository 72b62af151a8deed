"""Visits counted: begun and ended, by class, direction, state and day, and how long they stayed.

A truck's visit begins when it first arrives and ends when it leaves; an order's begins with the
first command that names it and ends with the last stage of its fleet's procedure.
"""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.places import Direction
from kouan.report.fold import Fold
from kouan.report.histogram import Histogram
from kouan.report.opening import LocalTime
from kouan.runtime.checkers.carriers import ended_order

OTHER_WAY = {Direction.ENTRY: Direction.EXIT, Direction.EXIT: Direction.ENTRY}


@dataclass(slots=True)
class Stay:
    """One visit under way; times are 0 while unknown."""

    procedure: str
    visit_class: str
    fleet: str
    mass_kg: int
    begun_ms: int = 0
    turned_back: bool = False


@dataclass(slots=True)
class Count:
    """Visits of one class or day."""

    started: int = 0
    finished: int = 0
    turned_back: int = 0
    mass_kg: int = 0


@dataclass(slots=True)
class DayCount:
    """One local day: all visits, and completed orders by fleet as (round trips, kg)."""

    visits: Count = field(default_factory=Count)
    orders: dict[str, tuple[int, int]] = field(default_factory=dict)


class StayFold(Fold):
    """Counts visits. ``crossings`` counts each way apart: a round trip is one of both."""

    def __init__(self, port: Port, local: LocalTime) -> None:
        super().__init__()
        self.port = port
        self.local = local
        self.stays: dict[str, Stay] = {}
        self.vehicles: dict[str, str] = {}
        self.announced = 0
        self.states: dict[str, int] = {}
        self.total = Count()
        self.classes: dict[str, Count] = {}
        self.days: dict[str, DayCount] = {}
        self.crossings: dict[Direction, int] = dict.fromkeys(Direction, 0)
        self.stay_ms: dict[str, Histogram] = {}
        self.starts_by_hour = [0] * 24
        self.on_event = {
            e.VisitAnnounced: self._announced,
            e.TransportOrderPlaced: self._ordered,
            e.Arrived: self._arrived,
            e.ServiceEnded: self._served,
            e.LeftPort: self._left,
            e.VisitLapsed: self._lapsed,
            e.VehicleTaken: self._taken,
            e.VehicleRemoved: self._taken,
        }
        self.on_command = {
            c.StartService: self._named,
            c.ConfirmSlip: self._named,
            c.DriveTo: self._drive,
            c.TurnBack: self._turn_back,
            c.RaiseAlarm: self._alarm,
        }

    def in_port(self) -> int:
        """Visits begun and not ended."""
        return sum(1 for stay in self.stays.values() if stay.begun_ms)

    # --- a visit comes -----------------------------------------------------------------------

    def _announced(self, at_ms: int, event: e.VisitAnnounced) -> None:
        del at_ms
        stay = Stay(event.procedure, event.visit_class, "", event.mass_kg)
        self._add(event.visit, stay)

    def _ordered(self, at_ms: int, event: e.TransportOrderPlaced) -> None:
        del at_ms
        fleet = self.port.fleets.get(event.fleet)
        procedure = fleet.procedure if fleet else ""
        self._add(event.order, Stay(procedure, event.visit_class, event.fleet, event.mass_kg))

    def _add(self, visit: str, stay: Stay) -> None:
        if visit not in self.stays:
            self.stays[visit] = stay
            self.announced += 1

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        self._begin(at_ms, event.visit)

    def _named(self, at_ms: int, command: c.StartService | c.ConfirmSlip) -> None:
        self._begin(at_ms, command.visit)

    def _begin(self, at_ms: int, visit: str) -> None:
        stay = self.stays.get(visit)
        if stay is None or stay.begun_ms:
            return
        stay.begun_ms = at_ms
        self.starts_by_hour[self.local.hour(at_ms)] += 1
        for count in self._counts(at_ms, stay):
            count.started += 1

    def _counts(self, at_ms: int, stay: Stay) -> tuple[Count, Count, Count]:
        by_class = self.classes.setdefault(stay.visit_class, Count())
        return self.total, by_class, self._day(at_ms).visits

    def _day(self, at_ms: int) -> DayCount:
        return self.days.setdefault(self.local.day(at_ms), DayCount())

    # --- and ends ----------------------------------------------------------------------------

    def _drive(self, at_ms: int, command: c.DriveTo) -> None:
        """A vehicle that drives without the order it had was turned back with it."""
        before = self.vehicles.get(command.vehicle, "")
        self.vehicles[command.vehicle] = command.order
        if before != command.order and before in self.stays:
            self._end(at_ms, before, "turned_back")
        self._begin(at_ms, command.order)

    def _turn_back(self, at_ms: int, command: c.TurnBack) -> None:
        stay = self.stays.get(command.visit)
        if stay is not None:
            stay.turned_back = True
            if stay.fleet:
                self._end(at_ms, command.visit, "turned_back")

    def _alarm(self, at_ms: int, command: c.RaiseAlarm) -> None:
        """An order turned back where its vehicle stands may never be driven away from."""
        order, state = ended_order(command)
        if order in self.stays:
            self._end(at_ms, order, state)

    def _taken(self, at_ms: int, event: e.VehicleTaken | e.VehicleRemoved) -> None:
        """An order that its vehicle had not begun goes to another."""
        del at_ms
        self.vehicles.pop(event.vehicle, None)

    def _served(self, at_ms: int, event: e.ServiceEnded) -> None:
        stay = self.stays.get(event.visit)
        if stay is None or not stay.fleet:
            return
        if self.port.procedures[stay.procedure].stages[-1].id == event.stage:
            self._end(at_ms, event.visit, "finished")

    def _left(self, at_ms: int, event: e.LeftPort) -> None:
        stay = self.stays.get(event.visit)
        if stay is not None:
            self._end(at_ms, event.visit, "turned_back" if stay.turned_back else "left")

    def _lapsed(self, at_ms: int, event: e.VisitLapsed) -> None:
        if event.visit in self.stays:
            self._end(at_ms, event.visit, "no_show")

    def _end(self, at_ms: int, visit: str, state: str) -> None:
        stay = self.stays.pop(visit)
        self.states[state] = self.states.get(state, 0) + 1
        if not stay.begun_ms:
            return
        passed = state in ("finished", "left")
        for count in self._counts(at_ms, stay):
            count.finished += 1
            count.turned_back += not passed
            count.mass_kg += stay.mass_kg if passed else 0
        self.stay_ms.setdefault(stay.procedure, Histogram()).add(at_ms - stay.begun_ms)
        if passed:
            self._cross(at_ms, stay)

    def _cross(self, at_ms: int, stay: Stay) -> None:
        procedure = self.port.procedures.get(stay.procedure)
        if procedure is not None:
            self.crossings[procedure.direction] += 1
            if procedure.round_trip:
                self.crossings[OTHER_WAY[procedure.direction]] += 1
        if stay.fleet:
            orders = self._day(at_ms).orders
            trips, mass_kg = orders.get(stay.fleet, (0, 0))
            orders[stay.fleet] = (trips + 1, mass_kg + stay.mass_kg)
