"""A whole site of virtual devices, people, vehicles and authorities behind one heap.

It fits both worlds: simulated, its heap is the clock; live, the same virtual devices hang on the
wall clock. It reads no clock and throws no dice: what comes is settled by port, seed and commands.
A command with a request number answered before is answered again, and done once.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

from kouan.dispatch.commands import (
    AskCorrection,
    Command,
    DriveTo,
    LeadOut,
    LeaveBy,
    OpenBarrier,
    ReportArrival,
    ResumeService,
    SendTo,
    SlowTo,
    StartService,
    SubmitDeclaration,
    SuspendService,
    TurnBack,
)
from kouan.dispatch.events import (
    EVENTS,
    Arrived,
    Event,
    LeftPort,
    TransportOrderPlaced,
    VehicleRecovered,
    VehicleStopped,
    VisitAnnounced,
    VisitLapsed,
)
from kouan.port.calendar import compile_calendars
from kouan.port.flow import equipped_places, looped_stations, station_places
from kouan.port.model import Demand, Port
from kouan.port.places import PlaceKind
from kouan.port.procedures import Work
from kouan.port.quantity import DAY_MS
from kouan.runtime.codec import encode_state, state_decoder
from kouan.sim.authorities import Customs
from kouan.sim.demand import NO_BOXES, DemandSource, Step
from kouan.sim.draws import draw, sampler
from kouan.sim.faults import Faults
from kouan.sim.memory import Car, Following, Guest, Memory, guest_from_outside, typed
from kouan.sim.motion import Drives
from kouan.sim.people import FIRST_PERSON, LANE_OUT_MS, WAY_IN_MS, WAY_OUT_MS, Stations
from kouan.sim.vehicles import TO_VEHICLES


class VirtualSite:
    """Everything around the dispatcher of one port, made up by rules, for a range of time."""

    def __init__(
        self,
        port: Port,
        seed: int,
        from_ms: int,
        to_ms: int,
        hours_to_ms: int | None = None,
        faults: Faults | None = None,
        *,
        vehicles: bool = True,
    ) -> None:
        """Demand comes from ``from_ms`` to ``to_ms``; hours are told so far or a day longer.

        Without ``vehicles`` those of the fleets are elsewhere: they join and answer by themselves.
        """
        self.port = port
        self.seed = seed
        self.memory = Memory(now_ms=from_ms)
        self.demand = DemandSource(port, seed, from_ms, to_ms)
        self.stations = Stations(port, seed)
        self.customs = Customs(port, seed)
        self.drives = Drives(port)
        self.faults = faults
        self.looped = looped_stations(port)
        self.place_of = station_places(port)
        self.equipped = equipped_places(port)
        self.actions = WITH_VEHICLES if vehicles else WITHOUT_VEHICLES
        self._start(from_ms, hours_to_ms or to_ms + DAY_MS)
        if vehicles:
            self._line_up(from_ms)
        self.demand.start(self.memory)
        if self.faults is not None:
            self.faults.start(self.memory)

    def _start(self, from_ms: int, known_ms: int) -> None:
        heap = self.memory.heap
        for calendar in compile_calendars(self.port, from_ms, known_ms):
            fields = (calendar.key, known_ms, calendar.opens, calendar.closes)
            heap.push(from_ms, "CalendarExtended", fields)

    def _line_up(self, from_ms: int) -> None:
        """Let every vehicle join at its parking place."""
        heap = self.memory.heap
        for name, fleet in self.port.fleets.items():
            node = self.port.places[fleet.parking].node
            for index in range(fleet.count):
                vehicle = f"{name}-{index + 1}"
                self.memory.cars[vehicle] = Car(name, node, fleet.battery_wh * 1_000)
                heap.push(from_ms, "VehicleJoined", (vehicle, name, fleet.battery_wh))

    def note(self, event: Event) -> None:
        """Know an order that somebody placed by hand, or a visit that somebody announced."""
        guests = self.memory.guests
        if isinstance(event, TransportOrderPlaced) and event.order not in guests:
            guest = self.demand.guest_of(event)
            if guest is not None:
                guests[event.order] = guest
        elif isinstance(event, VisitAnnounced) and event.visit not in guests:
            guests[event.visit] = guest_from_outside(event)
        elif note := NOTES.get(type(event).__name__):
            note(self, event)

    def serves(self, visit: str) -> bool:
        """Whether a visit's carrier, devices and people are of this site."""
        guest = self.memory.guests.get(visit)
        return guest is not None and not guest.outside

    def _is_elsewhere(self, visit: str, place: str, *, or_desk: bool) -> bool:
        """Whether a visit from outside is seen or served at a place by its devices or people."""
        guest = self.memory.guests.get(visit)
        if guest is None or not guest.outside:
            return False
        declared = self.port.places.get(place)
        is_desk = declared is not None and declared.kind is PlaceKind.DESK
        return place in self.equipped or (or_desk and is_desk)

    def next_at_ms(self) -> int | None:
        """Time of the next event or inner step."""
        return self.memory.heap.next_at_ms()

    def pop(self, at_ms: int) -> list[Event]:
        """Take the next event due by ``at_ms``; inner steps before it are done on the way."""
        memory = self.memory
        items = memory.heap.items
        while items and items[0][0] <= at_ms:
            due_ms, _, kind, fields = heappop(items)
            memory.now_ms = due_ms
            if kind == "@again":
                kind, fields = fields
            else:
                inner = INNER.get(kind)
                if inner is not None:
                    following = inner(self, fields, due_ms)
                    if following is None:
                        continue
                    if items and items[0][0] <= due_ms:
                        heappush(items, (due_ms, *following))
                        continue
                    _, kind, fields = following
                if self.faults is not None and self.faults.disturbs(memory, kind, fields, due_ms):
                    continue
            event: Event = EVENTS[kind](due_ms, *fields)
            note = NOTES.get(kind)
            if note is not None:
                note(self, event)
            return [event]
        return []

    def _note_arrival(self, event: Arrived) -> None:
        guest = self.memory.guests.get(event.visit)
        if guest is not None:
            guest.inside = True

    def _note_end(self, event: LeftPort | VisitLapsed) -> None:
        self.memory.guests.pop(event.visit, None)

    def _note_stand(self, event: VehicleStopped | VehicleRecovered) -> None:
        if event.vehicle in self.memory.cars:
            act = self.drives.stop if isinstance(event, VehicleStopped) else self.drives.recover
            act(self.memory, event.vehicle, event.at_ms)

    def carry_out(self, command: Command, at_ms: int) -> None:
        """Do what a command asks of a virtual device, person, vehicle or authority."""
        action = self.actions.get(type(command))
        if action is None:
            return
        memory = self.memory
        if at_ms > memory.now_ms:
            memory.now_ms = at_ms
        if self.faults is not None and self.faults.loses(memory, command, at_ms):
            return
        request = command[0]
        if request in memory.open:
            return
        known = memory.answer_to(request)
        if known is None:
            action(self, command, at_ms)
        elif known[0] <= at_ms:
            memory.heap.push(at_ms, known[1], known[2])

    def _answer(self, request: int, at_ms: int, kind: str, fields: Sequence[Any]) -> None:
        """Put the answer to a request on the heap and keep it for the case that it is lost."""
        self.memory.heap.push(at_ms, kind, fields)
        self.memory.keep_answer(request, (at_ms, kind, fields))

    def freeze(self) -> bytes:
        """The whole memory, for a snapshot or a copy that runs ahead."""
        return encode_state(self.memory)

    def thaw(self, memory: bytes) -> None:
        """Take the memory from a snapshot."""
        thawed = state_decoder(Memory)(memory)
        thawed.heap.items = [
            (at_ms, order, kind, typed(kind, fields))
            for at_ms, order, kind, fields in thawed.heap.items
        ]
        for answers in (thawed.answers, thawed.answers_before):
            for request, (at_ms, kind, fields) in answers.items():
                answers[request] = (at_ms, kind, typed(kind, fields))
        self.memory = thawed

    # what commands ask for

    def _send(self, command: SendTo, at_ms: int) -> None:
        if self._is_elsewhere(command.visit, command.place, or_desk=False):
            return
        places = self.port.places
        drive_ms = WAY_IN_MS
        if command.origin:
            origin, target = places[command.origin].node, places[command.place].node
            speed = self.port.roads.truck_speed_mm_s
            drive_ms = self.drives.roadmap.drive_ms(origin, target, speed)
        fields = (command.visit, command.place)
        self._answer(command.request, at_ms + drive_ms, "Arrived", fields)

    def _serve(self, command: StartService, at_ms: int) -> None:
        request, visit, stage, station, attempt, _ = command
        memory = self.memory
        guest = memory.guests.get(visit)
        if guest is None or self._is_elsewhere(visit, self.place_of.get(station, ""), or_desk=True):
            return
        service = self.stations.services[guest.procedure, stage]
        end_ms = at_ms + self.stations.duration_ms(service, guest, attempt)
        memory.open[request] = at_ms
        fields = (visit, stage, station, request, attempt)
        memory.services[visit] = (end_ms, fields)
        memory.heap.push(end_ms, "@served", fields)

    def _served(self, fields: tuple[Any, ...], at_ms: int) -> Following | None:
        """A service ends, unless it was suspended or begun anew meanwhile."""
        visit, stage, station, request, attempt = fields
        memory = self.memory
        due = memory.services.get(visit)
        guest = memory.guests.get(visit)
        if due is None or guest is None or due[0] != at_ms or guest.suspended_ms >= 0:
            return None
        del memory.services[visit]
        del memory.open[request]
        service = self.stations.services[guest.procedure, stage]
        evidence = self.stations.evidence(service, guest, attempt)
        if self.faults is not None:
            evidence = self.faults.misread(memory, evidence, at_ms)
        answer = (visit, stage, station, request, evidence)
        if service.stage.four_eyes:
            noted = (visit, stage, request, "pass", FIRST_PERSON)
            memory.heap.push(at_ms, "ReviewNoted", noted)
        number = memory.heap.next_number()
        memory.keep_answer(request, (at_ms, "ServiceEnded", answer))
        if service.later:
            for delay_ms, found in self.stations.later_results(service, guest, attempt):
                memory.heap.push(at_ms + delay_ms, "ResultArrived", (visit, stage, found))
        if service.moves_load:
            self._moved_load(guest, service.stage.work, service.stage.stack, at_ms)
        if guest.vehicle and service.is_last:
            del memory.guests[visit]
        return number, "ServiceEnded", answer

    def _moved_load(self, guest: Guest, work: Work, stack: str, at_ms: int) -> None:
        guest.aboard_kg = guest.mass_kg if work is Work.LOAD else 0
        dwell = self.port.places[stack].dwell if stack else None
        if work is Work.UNLOAD and dwell is not None:
            stay_ms = sampler(dwell).at(draw(self.seed, guest.key, Step.DWELL))
            self.memory.heap.push(at_ms + stay_ms, "SlotFreed", (stack, max(1, guest.containers)))

    def _suspend(self, command: SuspendService, at_ms: int) -> None:
        guest = self.memory.guests.get(command.visit)
        due = self.memory.services.get(command.visit)
        if guest is not None and due is not None and guest.suspended_ms < 0:
            guest.suspended_ms = max(0, due[0] - at_ms)

    def _resume(self, command: ResumeService, at_ms: int) -> None:
        guest = self.memory.guests.get(command.visit)
        due = self.memory.services.get(command.visit)
        if guest is not None and due is not None and guest.suspended_ms >= 0:
            end_ms = at_ms + guest.suspended_ms
            guest.suspended_ms = -1
            self.memory.services[command.visit] = (end_ms, due[1])
            self.memory.heap.push(end_ms, "@served", due[1])

    def _submit(self, command: SubmitDeclaration, at_ms: int) -> None:
        guest = self.memory.guests.get(command.visit)
        if guest is not None:
            delay_ms, kind, fields = self.customs.channel(guest, command.declaration)
            self._answer(command.request, at_ms + delay_ms, kind, fields)

    def _report_arrival(self, command: ReportArrival, at_ms: int) -> None:
        guest = self.memory.guests.get(command.visit)
        if guest is None:
            return
        *before, (delay_ms, kind, fields) = self.customs.arrival(
            guest, command.declaration, command.findings
        )
        for early_ms, early_kind, early_fields in before:
            self.memory.heap.push(at_ms + early_ms, early_kind, early_fields)
        self._answer(command.request, at_ms + delay_ms, kind, fields)

    def _correct(self, command: AskCorrection, at_ms: int) -> None:
        guest = self.memory.guests.get(command.visit)
        if guest is None or guest.outside:
            return
        time = sampler(self.port.demand.get(guest.stream, Demand()).correction)
        delay_ms = time.at(draw(self.seed, guest.key, Step.CORRECTION))
        load = (guest.plate, guest.mass_kg, guest.containers, guest.seal, NO_BOXES)
        fields = (command.manifest, command.visit, *load)
        self._answer(command.request, at_ms + delay_ms, "ManifestLodged", fields)

    def _leave_lane(self, command: OpenBarrier | LeadOut, at_ms: int) -> None:
        """Drive out of a lane with loops; elsewhere nobody asks."""
        if command.station in self.looped and self.serves(command.visit):
            past = int(isinstance(command, OpenBarrier))
            fields = (command.station, past, "")
            self._answer(command.request, at_ms + LANE_OUT_MS, "CarrierLeft", fields)

    def _leave(self, command: LeaveBy | TurnBack, at_ms: int) -> None:
        self._answer(command.request, at_ms + WAY_OUT_MS, "LeftPort", (command.visit,))

    def _drive(self, command: DriveTo, at_ms: int) -> None:
        self._carried_by(command, at_ms)
        self.drives.drive(self.memory, command, at_ms)

    def _carried_by(self, command: DriveTo, _at_ms: int) -> None:
        """Know which vehicle has an order: its plate is what cameras see."""
        guest = self.memory.guests.get(command.order)
        if guest is not None and not guest.vehicle:
            guest.vehicle = command.vehicle
            guest.plate = command.vehicle

    def _to_vehicle(self, command: Any, at_ms: int) -> None:
        TO_VEHICLES[type(command)](self.drives, self.memory, command, at_ms)

    def _slow(self, command: SlowTo, _at_ms: int) -> None:
        self.memory.slow[command.segment] = command.share_ppm


ACTIONS: dict[type, Callable[[VirtualSite, Any, int], None]] = {
    SendTo: VirtualSite._send,
    StartService: VirtualSite._serve,
    SuspendService: VirtualSite._suspend,
    ResumeService: VirtualSite._resume,
    SubmitDeclaration: VirtualSite._submit,
    ReportArrival: VirtualSite._report_arrival,
    AskCorrection: VirtualSite._correct,
    LeaveBy: VirtualSite._leave,
    TurnBack: VirtualSite._leave,
    OpenBarrier: VirtualSite._leave_lane,
    LeadOut: VirtualSite._leave_lane,
    SlowTo: VirtualSite._slow,
}
"""What the site does for each kind of command; others (alarms, slots, barriers) need nothing."""

WITH_VEHICLES: dict[type, Callable[[VirtualSite, Any, int], None]] = {
    **ACTIONS,
    **dict.fromkeys(TO_VEHICLES, VirtualSite._to_vehicle),
    DriveTo: VirtualSite._drive,
}
WITHOUT_VEHICLES: dict[type, Callable[[VirtualSite, Any, int], None]] = {
    **ACTIONS,
    DriveTo: VirtualSite._carried_by,
}
"""The same where the vehicles are elsewhere."""

NOTES: dict[str, Callable[[VirtualSite, Any], None]] = {
    "Arrived": VirtualSite._note_arrival,
    "LeftPort": VirtualSite._note_end,
    "VisitLapsed": VirtualSite._note_end,
    "VehicleStopped": VirtualSite._note_stand,
    "VehicleRecovered": VirtualSite._note_stand,
}
"""What an event means for the site itself, once it has happened."""

INNER: dict[str, Callable[[VirtualSite, tuple[Any, ...], int], Following | None]] = {
    "@day": lambda site, fields, _: site.demand.day(site.memory, *fields),
    "@next": lambda site, fields, at_ms: site.demand.next(site.memory, fields[0], fields[1], at_ms),
    "@pass": lambda site, fields, at_ms: site.drives.pass_node(
        site.memory, fields[0], fields[1], at_ms
    ),
    "@served": VirtualSite._served,
    "@charged": lambda site, fields, at_ms: site.drives.end_charging(
        site.memory, fields[0], fields[1], at_ms
    ),
}
"""Steps of the site itself, which no event reports; one may be followed by an event at once."""
