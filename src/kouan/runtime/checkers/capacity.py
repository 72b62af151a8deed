"""Rules of capacity: stations, opening, lanes, queue room, storage slots and daily quotas."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.calendar import calendar_keys
from kouan.port.places import Lane, PlaceKind
from kouan.port.procedures import Stage, Work
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.carriers import turned_back_order
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.opening import OpenTimes
from kouan.runtime.checkers.visits import VisitFacts

ALWAYS_OPEN = (PlaceKind.PARKING, PlaceKind.CHARGER)
"""Places where vehicles only stand keep no hours."""


class StationChecker(Checker):
    """A station serves one visit at a time, where it is declared, working and open.

    Where a visit can be seen to leave, the station stays taken until then, so that one that has
    finished and can't go on blocks it; elsewhere it is free once the service has ended.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.times = OpenTimes()
        self.calendars = frozenset(calendar_keys(facts.port))
        self.failed: dict[str, bool] = {}
        self.taken: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self.orders: dict[str, str] = {}
        self.suspects: list[tuple[str, str, str]] = []
        self.removed = ""
        self.on_event = {
            e.ServiceEnded: self._served,
            e.CalendarExtended: self.times.extend,
            e.StationFailed: self._failed,
            e.StationRepaired: self._repaired,
            e.LeftPort: self._gone,
            e.VisitLapsed: self._gone,
            e.VehicleTaken: self._taken,
            e.VehicleRemoved: self._removed,
        }
        self.on_command = {
            c.StartService: self._start,
            c.PlaceVehicle: self._off_the_road,
            c.RaiseAlarm: self._alarm,
            c.SendTo: self._gone,
            c.LeaveBy: self._gone,
            c.TurnBack: self._gone,
            c.ConfirmSlip: self._gone,
            c.DriveTo: self._drive,
        }

    def _failed(self, event: e.StationFailed) -> None:
        self.failed[event.station] = True

    def _repaired(self, event: e.StationRepaired) -> None:
        self.failed.pop(event.station, None)

    def _served(self, event: e.ServiceEnded) -> None:
        if self.facts.served(event) is None:
            return
        place = self.facts.layout.place_of.get(event.station, "")
        if not self.facts.layout.seen_to_leave.get(place, False):
            self._free(event.visit)

    def _gone(self, word: e.LeftPort | c.ConfirmSlip) -> None:
        self._free(word.visit)

    def _drive(self, command: c.DriveTo) -> None:
        """A vehicle that drives on has left the station where its order stood."""
        before = self.orders.get(command.vehicle, "")
        self._free(before)
        self._free(command.order)
        self.orders[command.vehicle] = command.order

    def _taken(self, event: e.VehicleTaken) -> None:
        """An order that never stood in a station is the vehicle's no more."""
        order = self.orders.get(event.vehicle, "")
        if order not in self.held:
            self.orders.pop(event.vehicle, None)

    def _removed(self, event: e.VehicleRemoved) -> None:
        self.removed = event.vehicle
        self._off_the_road(event)

    def _off_the_road(self, word: e.VehicleRemoved | c.PlaceVehicle) -> None:
        """A vehicle was brought back or taken away: it stands in no station any more."""
        self._free(self.orders.pop(word.vehicle, ""))

    def _alarm(self, command: c.RaiseAlarm) -> None:
        """An order turned back tells its vehicle, which may never have driven with it."""
        order = turned_back_order(command)
        if order in self.held:
            self.orders[command.subject] = order
            if command.subject == self.removed:
                self._free(order)

    def _free(self, visit: str) -> None:
        station = self.held.pop(visit, None)
        if station is not None and self.taken.get(station) == visit:
            del self.taken[station]

    def _start(self, command: c.StartService) -> None:
        visit, station = command.visit, command.station
        if self.held.get(visit) == station:
            return
        place = self.facts.layout.place_of.get(station)
        if place is None:
            self.broken("station", station, f"serves {visit}, but no such station is declared")
            return
        self._check_stage(command, place)
        if station in self.failed:
            self.broken("station", station, f"serves {visit} though it has failed")
        problem = self._closed(station, place)
        if problem:
            self.broken("open", station, f"serves {visit} though {problem}")
        self._free(visit)
        before = self.taken.get(station)
        if before is not None:
            self.suspects.append((station, before, visit))
        self.taken[station] = visit
        self.held[visit] = station

    def settle(self) -> None:
        """A station handed over within one entry is fine, in whatever order it was written."""
        for station, before, visit in self.suspects:
            if self.held.get(before) == station:
                self.broken("capacity", station, f"serves {visit} while {before} is in it")
        self.suspects.clear()
        self.removed = ""

    def _check_stage(self, command: c.StartService, place: str) -> None:
        visit = self.facts.visits.get(command.visit)
        stage = self.facts.stage(visit, command.stage) if visit is not None else None
        if visit is None or stage is None:
            text = f"serves stage {command.stage} of {command.visit}, which is unknown"
            self.broken("station", command.station, text)
            return
        if stage.at != place:
            text = f"serves stage {stage.id} of {command.visit}, which belongs to {stage.at}"
            self.broken("station", command.station, text)
        lane = self.facts.port.lanes.get(command.station)
        if lane is not None:
            self._check_lane(command.station, lane, visit, stage)

    def _check_lane(self, name: str, lane: Lane, visit: VisitFacts, stage: Stage) -> None:
        direction, classes = lane.direction, lane.classes
        for index, conversion in enumerate(lane.conversions):
            if self.times.is_open(f"conversion:{name}:{index}", self.facts.at_ms):
                direction, classes = conversion.direction, conversion.classes
                break
        wanted = stage.direction or self.facts.port.procedures[visit.procedure].direction
        if direction is not wanted:
            self.broken("lane", name, f"takes {visit.visit} against its direction {direction}")
        if classes and visit.visit_class not in classes:
            text = f"takes {visit.visit} of class {visit.visit_class}, serves {', '.join(classes)}"
            self.broken("lane", name, text)

    def _closed(self, station: str, place: str) -> str:
        keys = [f"lane:{station}"]
        if self.facts.port.places[place].kind not in ALWAYS_OPEN:
            keys.insert(0, f"place:{place}")
        for key in keys:
            if key in self.calendars and not self.times.is_open(key, self.facts.at_ms):
                return f"{key} is closed"
        return ""


class RoomChecker(Checker):
    """No more visits stand at a place than its stations and the room in front of them take.

    Left out are places at which visits first arrive, as nobody can keep those from coming, and
    places that visits can't be seen to leave. A word of an arrival counts where the visit was sent;
    one that comes late or again says nothing new.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        stations: dict[str, int] = {}
        for place in facts.layout.place_of.values():
            stations[place] = stations.get(place, 0) + 1
        first = facts.layout.first_places.values()
        self.limits = {
            name: place.room + stations.get(name, 0)
            for name, place in facts.port.places.items()
            if place.room is not None and name not in first and facts.layout.seen_to_leave[name]
        }
        self.counts = dict.fromkeys(self.limits, 0)
        self.at: dict[str, str] = {}
        self.sent: dict[str, str] = {}
        self.on_event = {e.Arrived: self._arrived, e.LeftPort: self._gone}
        self.on_command = {
            c.SendTo: self._send,
            c.LeaveBy: self._gone,
            c.TurnBack: self._gone,
            c.ConfirmSlip: self._gone,
        }

    def _send(self, command: c.SendTo) -> None:
        if self.at.get(command.visit) != command.place:
            self._gone(command)
            if command.place in self.limits:
                self.sent[command.visit] = command.place

    def _arrived(self, event: e.Arrived) -> None:
        if self.sent.get(event.visit) != event.place:
            return
        del self.sent[event.visit]
        limit = self.limits[event.place]
        self.at[event.visit] = event.place
        self.counts[event.place] += 1
        if self.counts[event.place] > limit:
            text = f"stands at {event.place} as number {self.counts[event.place]}, room for {limit}"
            self.broken("room", event.visit, text)

    def _gone(self, word: c.SendTo | c.ConfirmSlip | e.LeftPort) -> None:
        self.sent.pop(word.visit, None)
        place = self.at.pop(word.visit, None)
        if place is not None:
            self.counts[place] -= 1


class SlotChecker(Checker):
    """A yard or shed holds between nothing and its declared slots.

    A load takes as many slots as it has containers, at least one.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.declared = {
            name: place.slots for name, place in facts.port.places.items() if place.slots
        }
        self.used = dict.fromkeys(self.declared, 0)
        self.on_event = {e.ServiceEnded: self._served, e.SlotFreed: self._freed}
        self.on_command = {c.ConfirmSlip: self._confirmed}

    def _served(self, event: e.ServiceEnded) -> None:
        served = self.facts.served(event)
        if served is None:
            return
        self._move(*served)

    def _confirmed(self, command: c.ConfirmSlip) -> None:
        visit = self.facts.visits.get(command.visit)
        stage = self.facts.stage(visit, command.stage) if visit is not None else None
        if visit is not None and stage is not None:
            self._move(visit, stage)

    def _move(self, visit: VisitFacts, stage: Stage) -> None:
        if stage.stack in self.used and stage.work in (Work.LOAD, Work.UNLOAD):
            slots = max(1, visit.declared.containers)
            self._add(stage.stack, slots if stage.work is Work.UNLOAD else -slots, visit.visit)

    def _freed(self, event: e.SlotFreed) -> None:
        if event.place in self.used:
            self._add(event.place, -event.slots, "freed")

    def _add(self, place: str, slots: int, by: str) -> None:
        used = self.used[place] = self.used[place] + slots
        if not 0 <= used <= self.declared[place]:
            self.broken("slots", place, f"{used} of {self.declared[place]} slots used ({by})")


class QuotaChecker(Checker):
    """No place begins more visits on a local day than its quota, nor more of a class than its."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.quotas: dict[str, dict[str, int]] = {}
        """By place and class; the class "" is for all."""
        for name, place in facts.port.places.items():
            quotas = dict(place.quota_per_class)
            if place.quota_per_day is not None:
                quotas[""] = place.quota_per_day
            if quotas:
                self.quotas[name] = quotas
        self.zone = ZoneInfo(facts.port.sides.home.time_zone)
        self.day_ends_ms = 0
        self.begun: dict[tuple[str, str], dict[str, bool]] = {}
        if self.quotas:
            self.on_command = {c.StartService: self._start}

    def _start(self, command: c.StartService) -> None:
        place = self.facts.layout.place_of.get(command.station, "")
        if place not in self.quotas:
            return
        if self.facts.at_ms >= self.day_ends_ms:
            self.begun = {}
            self.day_ends_ms = next_midnight_ms(self.facts.at_ms, self.zone)
        visit = self.facts.visits.get(command.visit)
        for visit_class in ("", visit.visit_class if visit is not None else ""):
            quota = self.quotas[place].get(visit_class)
            begun = self.begun.setdefault((place, visit_class), {})
            is_new = command.visit not in begun
            begun[command.visit] = True
            if quota is not None and is_new and len(begun) == quota + 1:
                of_class = f" of class {visit_class}" if visit_class else ""
                text = f"begins {command.visit} beyond {quota}{of_class} a day"
                self.broken("quota", place, text)


def next_midnight_ms(at_ms: int, zone: ZoneInfo) -> int:
    """Return the end of the local day in which a time lies."""
    day = datetime.fromtimestamp(at_ms / 1_000, zone).date() + timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000
