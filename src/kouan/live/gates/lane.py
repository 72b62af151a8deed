"""One lane with devices: what its signals come to, as events, and when its barrier is asked.

It works on the loop's picture of the lane and on what its devices said since the port started. All
that must not be lost is in the picture, so a start finds everything but who had passed: a barrier
is not opened again for an opening of before, unless the same plate is read in the lane once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kouan.dispatch.events import (
    CarrierLeft,
    CarrierSeen,
    Event,
    Evidence,
    EvidenceTaken,
    ServiceEnded,
)
from kouan.live.gates.body import LaneBody
from kouan.live.gates.notes import LaneNote, LeavingNote
from kouan.live.gates.readings import Found
from kouan.live.gates.rounds import Round, evidence_of, stage_of
from kouan.live.gates.view import GateView
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.model import Port
from kouan.port.procedures import CheckKind

HELD_MS = 10_000
"""How long what was found is kept for a carrier that has not reached its place yet (assumption)."""
MOST_HELD = 32
RETRY_MS = 5_000
"""Pause before a barrier that did not open is asked again (assumption)."""
UNSEEN_MS = 10_000
"""A carrier of which no camera read a plate for so long is told to be there (assumption)."""


@dataclass(slots=True)
class Opening:
    """A barrier to be asked to open."""

    station: str
    request: int
    reason: str


@dataclass(slots=True)
class LaneSteps:
    """What a lane does now: events to post, and a barrier to open."""

    events: list[Event] = field(default_factory=list)
    opening: Opening | None = None
    emptied: bool = False


class Lane:
    """A lane's signals since the start. Times are port time in milliseconds."""

    def __init__(self, port: Port, station: str, started_ms: int) -> None:
        self.station = station
        self.devices: Mapping[str, Device] = {
            name: device for name, device in port.devices.items() if device.at == station
        }
        loops = {
            name: device.role
            for name, device in self.devices.items()
            if device.kind is DeviceKind.LOOP and device.role is not None
        }
        self.body = LaneBody(loops)
        self._port = port
        self._has_entry = DeviceRole.ENTRY in loops.values()
        self._started_ms = started_ms
        self._held: list[tuple[int, Event]] = []
        self._entered_ms = 0
        self._stop_free_ms = self._not_before_ms = 0
        self._told: dict[str, int] = {}
        self._asked: list[int] = []
        self._retry = (0, 0)
        self._read_plate = ""
        self._levels: dict[str, tuple[Evidence, ...]] = {}
        self._levels_told: dict[str, tuple[Evidence, ...]] = {}

    # --- signals -------------------------------------------------------------------------------

    def loop(self, name: str, occupied: bool | None, now_ms: int) -> None:
        """A loop changed."""
        self.body.loop(name, occupied, now_ms)
        if not self.body.is_entered:
            if self._entered_ms:
                self._stop_free_ms = now_ms
            self._entered_ms = 0
        elif not self._entered_ms:
            self._entered_ms = now_ms

    def found(self, found: Found) -> None:
        """A device found something about whoever stands here, or is about to.

        What was seen of one who has gone since is dropped, so that it is never the next one's.
        """
        if found.at_ms < self._not_before_ms:
            return
        events: list[Event] = [
            EvidenceTaken(0, self.station, found.device, item, found.image)
            for item in found.evidence
        ]
        role = self.devices[found.device].role
        plates = [item for item in found.evidence if item.check == CheckKind.PLATE]
        if plates and role in (None, DeviceRole.FRONT):
            best = max(plates, key=lambda item: item.confidence_ppm)
            self._read_plate = best.found or self._read_plate
            seen = CarrierSeen(0, self.station, best.found, best.confidence_ppm, best.reason)
            events.append(seen)
        self._held += [(found.at_ms, event) for event in events]
        del self._held[:-MOST_HELD]

    def weighed(self, device: str, mass_kg: int, trouble: str, now_ms: int) -> None:
        """A scale weighed; what one says that is not well counts for nothing."""
        mass = Evidence(CheckKind.MASS, amount=0 if trouble else mass_kg, reason=trouble)
        self.found(Found(self.station, device, (mass,), "", now_ms))

    def stands_at(self, device: str, evidence: tuple[Evidence, ...]) -> None:
        """A portal says how it stands from now on, until it says otherwise."""
        self._levels[device] = evidence

    def ask_again(self, request: int) -> None:
        """An opening was asked for once more: it was not answered."""
        if request in self._asked:
            self._asked.remove(request)

    def refused(self, request: int, now_ms: int) -> None:
        """The barrier did not open; it is asked again after a pause, as long as it is to."""
        if request in self._asked:
            self._retry = (request, now_ms + RETRY_MS)

    # --- what follows --------------------------------------------------------------------------

    def look(self, view: GateView, now_ms: int) -> LaneSteps:
        """What is to be done now, by the newest picture."""
        steps = LaneSteps()
        lane = view.lanes.get(self.station, LaneNote())
        if lane.leaving is not None:
            self._let_out(lane.leaving, view, steps, now_ms)
        elif self.body.emptied(now_ms):
            self._empty(steps)
        self._hand_over(lane, steps, now_ms)
        if lane.leaving is None and lane.service is not None and self.station in view.real:
            self._end_service(lane, view, steps, now_ms)
        return steps

    def _let_out(self, leaving: LeavingNote, view: GateView, steps: LaneSteps, now_ms: int) -> None:
        if self.station not in view.real:
            return
        self.body.let_out(leaving.request)
        if self.body.has_left(leaving.way_out, now_ms):
            if self._once("left", leaving.request):
                self._empty(steps)
            return
        self._retry_opening(now_ms)
        if leaving.way_out or view.is_held(leaving.visit):
            return
        if leaving.request not in self._asked:
            declared = view.declared.get(leaving.visit)
            plate = declared.plate if declared is not None else ""
            fresh = leaving.since_ms >= self._started_ms
            if fresh or (plate and self._read_plate == plate):
                self._asked = [*self._asked[-8:], leaving.request]
                steps.opening = Opening(self.station, leaving.request, leaving.reason)

    def _retry_opening(self, now_ms: int) -> None:
        request, at_ms = self._retry
        if request and now_ms >= at_ms:
            self._retry = (0, 0)
            self.ask_again(request)

    def _empty(self, steps: LaneSteps) -> None:
        """Tell that nobody is here any more, and begin anew."""
        steps.events.append(CarrierLeft(0, self.station, self.body.passed))
        steps.emptied = True
        self.body.forget()
        self._not_before_ms = self._stop_free_ms
        self._held = [one for one in self._held if one[0] >= self._not_before_ms]
        self._read_plate = ""
        self._levels_told = {}

    def _hand_over(self, lane: LaneNote, steps: LaneSteps, now_ms: int) -> None:
        """Pass on what was found of whoever stands here now."""
        self._held = [(at_ms, event) for at_ms, event in self._held if now_ms - at_ms <= HELD_MS]
        if self._has_entry and not self.body.is_entered:
            return
        if lane.leaving is None:
            steps.events += [event for _, event in self._held]
            self._held = []
            if self._has_entry or lane.service is not None:
                self._tell_levels(steps)
        is_idle = lane.leaving is None and lane.service is None and not lane.seen_ms
        unseen = self._entered_ms and now_ms - self._entered_ms >= UNSEEN_MS
        if is_idle and unseen and self._once("unseen", self._entered_ms):
            why = "no camera showed a plate"
            steps.events.append(CarrierSeen(0, self.station, "", 0, why))

    def _tell_levels(self, steps: LaneSteps) -> None:
        """Tell how portals stand with whoever is here, and again when that changes."""
        for device, evidence in self._levels.items():
            if self._levels_told.get(device) != evidence:
                self._levels_told[device] = evidence
                steps.events += [
                    EvidenceTaken(0, self.station, device, item, "") for item in evidence
                ]

    def _end_service(self, lane: LaneNote, view: GateView, steps: LaneSteps, now_ms: int) -> None:
        service = lane.service
        assert service is not None
        stage = stage_of(self._port, service)
        if stage is None:
            return
        round_ = Round(service, stage, view.declared.get(service.visit), self.devices)
        waits_ms = self._port.verification.evidence_within_ms
        evidence = evidence_of(round_, lane, waits_ms, now_ms)
        if evidence is not None and self._once("served", service.request):
            fields = (service.visit, service.stage, self.station, service.request, evidence)
            steps.events.append(ServiceEnded(0, *fields))

    def _once(self, what: str, number: int) -> bool:
        """Whether this was not told before; remembers that it is told now."""
        if self._told.get(what) == number:
            return False
        self._told[what] = number
        return True
