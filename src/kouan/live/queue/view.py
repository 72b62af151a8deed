"""Every visit that people drive, as its driver is told of it: read off the state, never changed.

The picture is taken by the loop between two batches and is then the same for everybody.
"""

from dataclasses import dataclass
from enum import StrEnum

from kouan.dispatch.booking import waits
from kouan.dispatch.state import Filing, Phase, State, Visit
from kouan.port.model import Port
from kouan.port.procedures import Need, Work

PLATE_END = 3
"""Letters of a plate that are shown."""
PAPERS = (Need.BOOKING, Need.MANIFEST, Need.DECLARATION, Need.CHANNEL)


class Standing(StrEnum):
    """How it stands with a visit, in the words of its page."""

    ANNOUNCED = "announced"
    BOOKED = "booked"
    OUTSIDE = "outside"
    WAITING = "waiting"
    CALLED = "called"
    AT_GATE = "at_gate"
    INSIDE = "inside"
    DONE = "done"
    TURNED_BACK = "turned_back"


@dataclass(frozen=True, slots=True)
class Queued:
    """One visit. ``position`` is its place in the line of its class, 0 where it stands in none.

    ``place`` is where it stands, is called to, or is to come; ``station`` what serves it there.
    ``by_ms`` is when one that was called must have come; 0 is no limit.
    """

    visit: str
    standing: Standing
    visit_class: str
    place: str
    station: str
    position: int
    slot_from_ms: int
    slot_to_ms: int
    by_ms: int
    missing: tuple[str, ...]
    plate_end: str
    procedure: str


Queue = dict[str, Queued]


LACKS = (Standing.ANNOUNCED, Standing.BOOKED, Standing.OUTSIDE, Standing.WAITING)
"""While it stands so, a visit is told what it lacks to be called."""


class QueuePicture:
    """Takes pictures of one port's queue; what does not change is looked up once."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._first: dict[str, str] = {}
        self._served: dict[str, int] = {}
        """Index of the first stage that serves, by procedure."""
        self._needs: dict[str, tuple[Need, ...]] = {}
        for name, procedure in port.procedures.items():
            stages = procedure.stages
            served = 1 if stages[0].work is Work.WAIT and len(stages) > 1 else 0
            needs = [need for stage in stages[: served + 1] for need in stage.needs]
            needs += [need for stage in stages[:served] for need in stage.until]
            self._first[name], self._served[name] = stages[0].at, served
            self._needs[name] = tuple(need for need in PAPERS if need in needs)
        self._lanes: dict[str, list[str]] = {}
        for name, lane in port.lanes.items():
            self._lanes.setdefault(lane.at, []).append(name)

    def take(self, state: State) -> Queue:
        """The picture of a state, by visit in the order in which they were announced."""
        positions = _positions(state)
        return {
            name: self._queued(state, visit, positions.get(name, 0))
            for name, visit in state.visits.items()
            if not visit.vehicle
        }

    def _queued(self, state: State, visit: Visit, position: int) -> Queued:
        standing = self._standing(visit)
        waits_now = standing is Standing.WAITING or standing is Standing.OUTSIDE
        return Queued(
            visit.visit,
            standing,
            visit.visit_class,
            visit.place or self._first[visit.procedure],
            self._station(visit) if visit.phase is Phase.SERVED else "",
            position if waits_now else 0,
            visit.slot_from_ms,
            visit.slot_to_ms,
            state.called.get(visit.visit, 0),
            self._missing(visit, state.filings.get(visit.visit)) if standing in LACKS else (),
            visit.plate[-PLATE_END:],
            visit.procedure,
        )

    def _standing(self, visit: Visit) -> Standing:
        phase = visit.phase
        if phase is Phase.ANNOUNCED:
            return Standing.BOOKED if visit.slot_to_ms else Standing.ANNOUNCED
        if phase is Phase.LEAVING:
            return Standing.TURNED_BACK if visit.final == "turned_back" else Standing.DONE
        if phase is Phase.MOVING and visit.stage <= 0:
            return Standing.CALLED
        if waits(self._port, visit):
            return Standing.OUTSIDE if visit.outside else Standing.WAITING
        return Standing.AT_GATE if self._is_at_gate(visit) else Standing.INSIDE

    def _is_at_gate(self, visit: Visit) -> bool:
        """Whether it stands at its first service, or before it."""
        at = visit.target if visit.target >= 0 else visit.stage
        is_there = visit.phase is Phase.QUEUED or visit.phase is Phase.SERVED
        return is_there and at == self._served[visit.procedure]

    def _station(self, visit: Visit) -> str:
        """The lane, or the number of the station at a place."""
        lanes = self._lanes.get(visit.place, ())
        return lanes[visit.station] if visit.station < len(lanes) else str(visit.station + 1)

    def _missing(self, visit: Visit, filing: Filing | None) -> tuple[str, ...]:
        """Facts that are needed before its first service and are not there."""
        needs = self._needs[visit.procedure]
        return tuple(need.value for need in needs if not _is_there(visit, filing, need))


def _is_there(visit: Visit, filing: Filing | None, need: Need) -> bool:
    if need is Need.BOOKING:
        return visit.slot_to_ms > 0
    if filing is None:
        return False
    if need is Need.MANIFEST:
        return filing.matched
    return bool(filing.declaration if need is Need.DECLARATION else filing.channel)


def _positions(state: State) -> dict[str, int]:
    """By visit its place in its line, counted from 1."""
    found: dict[str, int] = {}
    for place in state.places.values():
        for line in (*place.wanting.values(), *place.queue.values()):
            found.update((entry[2], number) for number, entry in enumerate(line, 1))
    return found
