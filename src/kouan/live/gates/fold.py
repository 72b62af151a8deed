"""Lanes and reviews folded from decisions; the same after a restart as before it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.gates.notes import (
    TAKEN_KEPT,
    ActNote,
    DeclaredNote,
    GateMemory,
    LaneNote,
    LeavingNote,
    ReviewNote,
    ServiceNote,
    TakenNote,
)
from kouan.port.flow import station_places
from kouan.port.model import Port
from kouan.port.places import PlaceKind

ACTS_KEPT = 32


class GateFold:
    """Folds decisions into a gate's memory, which its owner keeps."""

    def __init__(self, port: Port) -> None:
        self.lanes = tuple(dict.fromkeys(device.at for device in port.devices.values()))
        self._desks = tuple(
            station
            for station, place in station_places(port).items()
            if port.places[place].kind is PlaceKind.DESK
        )

    def fold(self, memory: GateMemory, event: e.Event, commands: Sequence[c.Command]) -> None:
        """Take in a decision."""
        on_event = ON_EVENT.get(type(event))
        if on_event is not None:
            on_event(self, memory, event)
        for command in commands:
            on_command = ON_COMMAND.get(type(command))
            if on_command is not None:
                on_command(self, memory, command, event.at_ms)

    def _lane(self, memory: GateMemory, station: str) -> LaneNote | None:
        if station not in self.lanes:
            return None
        return memory.lanes.setdefault(station, LaneNote())

    def _announced(self, memory: GateMemory, event: e.VisitAnnounced) -> None:
        note = DeclaredNote(
            event.procedure,
            event.visit_class,
            event.plate,
            event.driver,
            event.tare_kg,
            event.mass_kg,
            event.goods,
            event.containers,
            event.seal,
            event.boxes,
            event.permit_until_ms,
        )
        memory.declared.setdefault(event.visit, note)

    def _lodged(self, memory: GateMemory, event: e.ManifestLodged) -> None:
        note = memory.declared.get(event.visit)
        if note is not None and event.boxes and not note.boxes:
            memory.declared[event.visit] = replace(note, boxes=event.boxes)

    def _seen(self, memory: GateMemory, event: e.CarrierSeen) -> None:
        lane = self._lane(memory, event.station)
        if lane is not None:
            since_ms = lane.seen_ms or event.at_ms
            seen = replace(lane, seen_ms=since_ms, plate=event.plate, reason=event.reason)
            memory.lanes[event.station] = seen

    def _took(self, memory: GateMemory, event: e.EvidenceTaken) -> None:
        lane = self._lane(memory, event.station)
        if lane is not None:
            item = event.evidence
            note = TakenNote(event.at_ms, event.device, *item, event.image)
            taken = (*lane.taken, note)[-TAKEN_KEPT:]
            memory.lanes[event.station] = replace(lane, taken=taken)

    def _left(self, memory: GateMemory, event: e.CarrierLeft) -> None:
        lane = self._lane(memory, event.station)
        if lane is not None:
            service = lane.service if lane.leaving is None else None
            memory.lanes[event.station] = LaneNote(service=service)

    def _served(self, memory: GateMemory, event: e.ServiceEnded) -> None:
        memory.reviews.pop(event.request, None)
        lane = memory.lanes.get(event.station)
        service = lane.service if lane is not None else None
        if lane is not None and service is not None and service.request == event.request:
            memory.lanes[event.station] = replace(lane, service=None)
            self._keep(memory, event.visit, lane.taken)

    def _keep(self, memory: GateMemory, visit: str, taken: tuple[TakenNote, ...]) -> None:
        """Remember with a visit what was found of it, for whoever reviews it."""
        if visit in memory.declared and taken:
            memory.taken[visit] = (*memory.taken.get(visit, ()), *taken)[-TAKEN_KEPT:]

    def _noted(self, memory: GateMemory, event: e.ReviewNoted) -> None:
        review = memory.reviews.get(event.request)
        if review is not None:
            act = ActNote(event.at_ms, event.act, event.by, event.text)
            acts = (*review.acts, act)[-ACTS_KEPT:]
            memory.reviews[event.request] = replace(review, acts=acts)

    def _gone(self, memory: GateMemory, event: e.LeftPort | e.VisitLapsed) -> None:
        memory.declared.pop(event.visit, None)
        memory.taken.pop(event.visit, None)
        memory.holds.pop(event.visit, None)

    def _confirm(self, memory: GateMemory, command: c.ConfirmSlip, _at_ms: int) -> None:
        """A slip ended what was served or reviewed: its visit is in no lane and at no desk."""
        for station, lane in memory.lanes.items():
            if lane.service is not None and lane.service.visit == command.visit:
                memory.lanes[station] = replace(lane, service=None)
                self._keep(memory, command.visit, lane.taken)
        reviews = memory.reviews
        for request in [n for n, one in reviews.items() if one.service.visit == command.visit]:
            del reviews[request]

    def _ask(self, memory: GateMemory, command: c.AskCheck, _at_ms: int) -> None:
        """A visit is held from now on."""
        memory.holds[command.visit] = {**memory.holds.get(command.visit, {}), command.code: True}

    def _freed(self, memory: GateMemory, event: e.VisitFreed) -> None:
        """A hold is lifted; it is kept as lifted as long as its visit is here."""
        held = memory.holds.get(event.visit, {})
        if event.code in held:
            held = {**held, event.code: False}
            memory.holds[event.visit] = held
            if event.visit not in memory.declared and not any(held.values()):
                del memory.holds[event.visit]

    def _start(self, memory: GateMemory, command: c.StartService, at_ms: int) -> None:
        declared = memory.declared.get(command.visit)
        procedure = declared.procedure if declared is not None else ""
        service = ServiceNote(
            command.request,
            command.visit,
            procedure,
            command.stage,
            command.station,
            command.attempt,
            at_ms,
            command.reason,
        )
        lane = self._lane(memory, command.station)
        if lane is not None and (lane.service is None or lane.service.request != command.request):
            memory.lanes[command.station] = replace(lane, service=service)
        if command.station in self._desks and command.request not in memory.reviews:
            taken = memory.taken.get(command.visit, ())
            memory.reviews[command.request] = ReviewNote(service, taken=taken)

    def _open(self, memory: GateMemory, command: c.OpenBarrier, at_ms: int) -> None:
        self._let_out(memory, command, False, "", at_ms)

    def _lead(self, memory: GateMemory, command: c.LeadOut, at_ms: int) -> None:
        self._let_out(memory, command, True, command.place, at_ms)

    def _let_out(
        self,
        memory: GateMemory,
        command: c.OpenBarrier | c.LeadOut,
        way_out: bool,
        place: str,
        at_ms: int,
    ) -> None:
        lane = self._lane(memory, command.station)
        if lane is None or (lane.leaving and lane.leaving.request == command.request):
            return
        leaving = LeavingNote(command.request, command.visit, way_out, place, command.reason, at_ms)
        memory.lanes[command.station] = replace(lane, leaving=leaving)


ON_EVENT: dict[type, Callable[[GateFold, GateMemory, Any], None]] = {
    e.VisitAnnounced: GateFold._announced,
    e.ManifestLodged: GateFold._lodged,
    e.CarrierSeen: GateFold._seen,
    e.EvidenceTaken: GateFold._took,
    e.CarrierLeft: GateFold._left,
    e.ServiceEnded: GateFold._served,
    e.ReviewNoted: GateFold._noted,
    e.VisitFreed: GateFold._freed,
    e.LeftPort: GateFold._gone,
    e.VisitLapsed: GateFold._gone,
}
ON_COMMAND: dict[type, Callable[[GateFold, GateMemory, Any, int], None]] = {
    c.StartService: GateFold._start,
    c.OpenBarrier: GateFold._open,
    c.LeadOut: GateFold._lead,
    c.AskCheck: GateFold._ask,
    c.ConfirmSlip: GateFold._confirm,
}
