"""What pages show, folded from the journal: visits, vehicles, places, counts of the day.

The fold sees decisions only, never the dispatcher. Its memory is plain data and lies in the world's
snapshot, so a restart shows what it showed before.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.gates.fold import GateFold
from kouan.live.notes import (
    ALARMS_KEPT,
    AlarmNote,
    Counts,
    LedgerMemory,
    OpenNote,
    PlaceNote,
    Stand,
    VehicleNote,
    VisitNote,
)
from kouan.live.vehicles import VehicleFold
from kouan.port.calendar import DAY_KEY
from kouan.port.flow import station_places
from kouan.port.model import Port
from kouan.port.procedures import Need, Stage
from kouan.port.quantity import DAY_MS
from kouan.runtime.checkers.carriers import ended_order
from kouan.runtime.codec import encode_state, state_decoder


class PageLedger:
    """Folds decisions into what pages show; ``memory`` is all it knows."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.memory = LedgerMemory(places={name: PlaceNote() for name in port.places})
        self._vehicles = VehicleFold(port)
        self._gates = GateFold(port)
        self._served_now = ""
        self._place_of = station_places(port)
        self._stages: dict[tuple[str, str], int] = {
            (name, stage.id): index
            for name, procedure in port.procedures.items()
            for index, stage in enumerate(procedure.stages)
        }

    def freeze(self) -> bytes:
        """The memory."""
        return encode_state(self.memory)

    def thaw(self, memory: bytes) -> None:
        """Take the memory that ``freeze`` returned."""
        self.memory = state_decoder(LedgerMemory)(memory)

    def fold(self, event: e.Event, commands: Sequence[c.Command]) -> None:
        """Take in a decision."""
        memory = self.memory
        memory.at_ms = event.at_ms
        self._served_now = ""
        if event.at_ms >= memory.day_end_ms:
            self._begin_day()
        memory.halts.take(event)
        self._gates.fold(memory.gates, event, commands)
        on_event = ON_EVENT.get(type(event))
        if on_event is not None:
            on_event(self, event)
        for command in commands:
            on_command = ON_COMMAND.get(type(command))
            if on_command is not None:
                on_command(self, command)
        if isinstance(event, e.ModeSwitched) and not _refused(commands):
            memory.mode = event.mode

    def _begin_day(self) -> None:
        """Start counting anew with the home side's day."""
        memory = self.memory
        days = memory.calendars.get(DAY_KEY)
        if days is not None:
            days.drop_past(memory.at_ms)
        if memory.day_end_ms:
            memory.today = Counts()
        known = days is not None and days.closes
        memory.day_end_ms = days.closes[0] if days and known else _utc_day_end(memory.at_ms)

    def _extend_calendar(self, event: e.CalendarExtended) -> None:
        note = self.memory.calendars.setdefault(event.key, OpenNote())
        note.drop_past(event.at_ms)
        note.extend(event.to_ms, event.opens, event.closes)
        if event.key == DAY_KEY and note.closes:
            self.memory.day_end_ms = note.closes[0]

    # --- a visit comes -----------------------------------------------------------------------

    def _announced(self, event: e.VisitAnnounced) -> None:
        note = VisitNote(event.procedure, event.visit_class, event.mass_kg)
        self.memory.visits.setdefault(event.visit, note)

    def _ordered(self, event: e.TransportOrderPlaced) -> None:
        fleet = self.port.fleets.get(event.fleet)
        procedure = fleet.procedure if fleet else ""
        note = VisitNote(procedure, event.visit_class, event.mass_kg, event.fleet)
        self.memory.visits.setdefault(event.order, note)

    def _arrived(self, event: e.Arrived) -> None:
        visit = self.memory.visits.get(event.visit)
        if visit is not None and visit.stand in (Stand.ANNOUNCED, Stand.MOVING):
            self._move(visit, Stand.WAITING, event.place)

    # --- and walks its stages ----------------------------------------------------------------

    def _move(self, visit: VisitNote, stand: Stand, place: str) -> None:
        """Put a visit elsewhere; a station it held is free."""
        places = self.memory.places
        if visit.place in places:
            before = places[visit.place]
            before.count(visit.stand, -1)
            before.busy.pop(visit.station, None)
        visit.stand, visit.place, visit.station = stand, place, ""
        if place in places:
            places[place].count(stand, 1)

    def _send(self, command: c.SendTo) -> None:
        visit = self.memory.visits.get(command.visit)
        if visit is not None:
            self._move(visit, Stand.MOVING, command.place)

    def _outside(self, command: c.WaitOutside) -> None:
        """A visit waits outside: it stands at no place."""
        visit = self.memory.visits.get(command.visit)
        if visit is not None:
            self._move(visit, Stand.WAITING, "")

    def _revoke(self, command: c.RevokeCall) -> None:
        """A visit did not come when called and waits anew, where it first came."""
        visit = self.memory.visits.get(command.visit)
        if visit is not None:
            self._move(visit, Stand.WAITING, self._stages_of(visit)[0].at)

    def _serve(self, command: c.StartService) -> None:
        visit = self.memory.visits.get(command.visit)
        place = self._place_of.get(command.station, "")
        if visit is not None and visit.request != command.request:
            self._move(visit, Stand.SERVED, place)
            visit.station, visit.request = command.station, command.request
            if place:
                self.memory.places[place].busy[command.station] = command.visit

    def _served(self, event: e.ServiceEnded) -> None:
        visit = self.memory.visits.get(event.visit)
        if visit is None or visit.stand is not Stand.SERVED or visit.request != event.request:
            return
        stages = self._stages_of(visit)
        index = self._stages.get((visit.procedure, event.stage), len(stages) - 1)
        if visit.fleet and index == len(stages) - 1:
            self._end(event.visit, passed=True)
            return
        self._served_now = event.visit
        visit.stage = index
        self._move(visit, Stand.WAITING, self._waits_at(visit, stages[index]))

    def _slip(self, command: c.ConfirmSlip) -> None:
        """A slip ended a stage, wherever its visit was thought to be."""
        visit = self.memory.visits.get(command.visit)
        if visit is not None and not visit.fleet:
            stages = self._stages_of(visit)
            visit.stage = self._stages.get((visit.procedure, command.stage), len(stages) - 1)
            visit.request = -1
            self._move(visit, Stand.WAITING, self._waits_at(visit, stages[visit.stage]))

    def _stages_of(self, visit: VisitNote) -> tuple[Stage, ...]:
        procedure = self.port.procedures.get(visit.procedure)
        return procedure.stages if procedure else ()

    def _waits_at(self, visit: VisitNote, ended: Stage) -> str:
        """Where a visit stands after a stage: in the next place's queue, if that is right there."""
        stages = self._stages_of(visit)
        held = bool(ended.until) or visit.stage + 1 >= len(stages)
        after = ended.at if held else stages[visit.stage + 1].at
        here, there = self.port.places[ended.at].node, self.port.places[after].node
        needs_release = not held and Need.RELEASE in stages[visit.stage + 1].needs
        apart = bool(here and there) and here != there
        return ended.at if apart or needs_release else after

    def _leave(self, command: c.LeaveBy | c.TurnBack) -> None:
        visit = self.memory.visits.get(command.visit)
        if visit is not None:
            visit.turned_back = isinstance(command, c.TurnBack)
            self._move(visit, Stand.LEAVING, "")

    # --- vehicles ------------------------------------------------------------------------------

    def _drive(self, command: c.DriveTo) -> None:
        """A vehicle drives for an order; one that it had before and did not end is over."""
        vehicle = self.memory.vehicles.get(command.vehicle)
        if vehicle is None:
            return
        if vehicle.visit != command.order and vehicle.visit in self.memory.visits:
            self._end(vehicle.visit, passed=False)
        self._vehicles.drive(self.memory, vehicle, command)
        visit = self.memory.visits.get(command.order)
        if visit is not None and visit.stand is not Stand.MOVING:
            visit.vehicle = command.vehicle
            self._move(visit, Stand.MOVING, self._next_place(visit))

    def _next_place(self, visit: VisitNote) -> str:
        stages = self._stages_of(visit)
        return stages[min(visit.stage + 1, len(stages) - 1)].at if stages else ""

    def _moved(self, event: e.VehicleMoved) -> None:
        vehicle = self.memory.vehicles.get(event.vehicle)
        if vehicle is None:
            return
        self._vehicles.pass_node(self.memory, vehicle, event)
        visit = self.memory.visits.get(vehicle.visit)
        if visit is None or vehicle.next or visit.stand is not Stand.MOVING:
            return
        place = self._next_place(visit)
        if place and self.port.places[place].node == vehicle.node:
            self._move(visit, Stand.WAITING, place)

    # --- and ends ------------------------------------------------------------------------------

    def _left(self, event: e.LeftPort) -> None:
        visit = self.memory.visits.get(event.visit)
        if visit is not None and visit.stand is Stand.LEAVING:
            self._end(event.visit, passed=not visit.turned_back)

    def _lapsed(self, event: e.VisitLapsed) -> None:
        visit = self.memory.visits.get(event.visit)
        if visit is not None and visit.stand is Stand.ANNOUNCED:
            del self.memory.visits[event.visit]

    def _end(self, name: str, *, passed: bool) -> None:
        visit = self.memory.visits.pop(name)
        self._move(visit, Stand.LEAVING, "")
        vehicle = self.memory.vehicles.get(visit.vehicle)
        if vehicle is not None and vehicle.visit == name:
            vehicle.visit, vehicle.errand = "", "idle"
        procedure = self.port.procedures.get(visit.procedure)
        for counts in (self.memory.today, self.memory.total):
            counts.finished += 1
            if not passed:
                counts.turned_back += 1
                continue
            counts.mass_kg += visit.mass_kg
            counts.crossings += 2 if procedure and procedure.round_trip else 1
            counts.trips += bool(visit.fleet)

    # --- the rest --------------------------------------------------------------------------------

    def _fail(self, event: e.StationFailed) -> None:
        place = self.memory.places.get(self._place_of.get(event.station, ""))
        if place is not None and event.station not in place.failed:
            place.failed.append(event.station)

    def _repair(self, event: e.StationRepaired) -> None:
        place = self.memory.places.get(self._place_of.get(event.station, ""))
        if place is not None and event.station in place.failed:
            place.failed.remove(event.station)

    def _alarm(self, command: c.RaiseAlarm) -> None:
        alarms = self.memory.alarms
        alarms.append(AlarmNote(self.memory.at_ms, command.subject, command.text))
        del alarms[:-ALARMS_KEPT]
        order, state = ended_order(command)
        if order in self.memory.visits and state == "turned_back":
            self._end(order, passed=False)
        elif order in self.memory.visits:
            del self.memory.visits[order]

    def _charge(self, command: c.StartCharging) -> None:
        vehicle = self.memory.vehicles.get(command.vehicle)
        place = self._place_of.get(command.station, "")
        if vehicle is not None:
            vehicle.errand, vehicle.station = "charging", command.station
            if place:
                self.memory.places[place].busy[command.station] = command.vehicle

    def _charged(self, event: e.ChargingEnded) -> None:
        vehicle = self.memory.vehicles.get(event.vehicle)
        if vehicle is not None:
            self._leave_charger(vehicle)
            vehicle.charge_wh = event.charge_wh

    def _leave_charger(self, vehicle: VehicleNote) -> None:
        place = self.memory.places.get(self._place_of.get(vehicle.station, ""))
        if place is not None:
            place.busy.pop(vehicle.station, None)
        vehicle.station = ""
        if vehicle.errand == "charging":
            vehicle.errand = "idle"

    def _load(self, command: c.LoadVehicle) -> None:
        """Take the load; one that was loaded where it stood is known only now to be on an order."""
        vehicle = self.memory.vehicles.get(command.vehicle)
        if vehicle is None:
            return
        vehicle.load_kg = command.mass_kg
        visit = self.memory.visits.get(self._served_now)
        if visit is not None and visit.fleet and not vehicle.visit:
            visit.vehicle = command.vehicle
            vehicle.visit, vehicle.errand = self._served_now, "order"

    def _place(self, command: c.PlaceVehicle) -> None:
        vehicle = self.memory.vehicles.get(command.vehicle)
        if vehicle is not None:
            self._vehicles.place(vehicle, command)

    def _slow(self, command: c.SlowTo) -> None:
        self.memory.slowed[command.segment] = command.share_ppm

    def _joined(self, event: e.VehicleJoined) -> None:
        self._vehicles.join(self.memory, event)

    def _stopped(self, event: e.VehicleStopped) -> None:
        self._vehicles.stop(self.memory, event)

    def _recovered(self, event: e.VehicleRecovered) -> None:
        self._vehicles.recover(self.memory, event)

    def _taken(self, event: e.VehicleTaken | e.VehicleRemoved) -> None:
        """A person has a vehicle; an order that it had not begun waits again."""
        vehicle = self.memory.vehicles.get(event.vehicle)
        if vehicle is None:
            return
        visit = self.memory.visits.get(vehicle.visit)
        if visit is not None and visit.stage < 0 and visit.stand is not Stand.SERVED:
            visit.vehicle = ""
            self._move(visit, Stand.ANNOUNCED, "")
        self._leave_charger(vehicle)
        if isinstance(event, e.VehicleRemoved):
            del self.memory.vehicles[event.vehicle]
        else:
            vehicle.visit, vehicle.errand = "", "taken"


def _refused(commands: Sequence[c.Command]) -> bool:
    return any(isinstance(one, c.RaiseAlarm) and one.subject == "mode" for one in commands)


def _utc_day_end(at_ms: int) -> int:
    return at_ms - at_ms % DAY_MS + DAY_MS


ON_EVENT: dict[type, Callable[[PageLedger, Any], None]] = {
    e.CalendarExtended: PageLedger._extend_calendar,
    e.VisitAnnounced: PageLedger._announced,
    e.TransportOrderPlaced: PageLedger._ordered,
    e.Arrived: PageLedger._arrived,
    e.ServiceEnded: PageLedger._served,
    e.LeftPort: PageLedger._left,
    e.VisitLapsed: PageLedger._lapsed,
    e.StationFailed: PageLedger._fail,
    e.StationRepaired: PageLedger._repair,
    e.VehicleJoined: PageLedger._joined,
    e.VehicleMoved: PageLedger._moved,
    e.VehicleStopped: PageLedger._stopped,
    e.VehicleRecovered: PageLedger._recovered,
    e.VehicleTaken: PageLedger._taken,
    e.VehicleRemoved: PageLedger._taken,
    e.ChargingEnded: PageLedger._charged,
}
ON_COMMAND: dict[type, Callable[[PageLedger, Any], None]] = {
    c.SendTo: PageLedger._send,
    c.WaitOutside: PageLedger._outside,
    c.RevokeCall: PageLedger._revoke,
    c.StartService: PageLedger._serve,
    c.LeaveBy: PageLedger._leave,
    c.TurnBack: PageLedger._leave,
    c.DriveTo: PageLedger._drive,
    c.StartCharging: PageLedger._charge,
    c.LoadVehicle: PageLedger._load,
    c.PlaceVehicle: PageLedger._place,
    c.SlowTo: PageLedger._slow,
    c.RaiseAlarm: PageLedger._alarm,
    c.ConfirmSlip: PageLedger._slip,
}
