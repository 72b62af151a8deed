"""Every visit that people drive, as its driver is told of it: read off the state, never changed.

The picture is taken by the loop between two batches and is then the same for everybody.
"""

from dataclasses import dataclass
from enum import StrEnum

from kouan.dispatch.booking import waits
from kouan.dispatch.state import Filing, Phase, State, Visit
from kouan.port.model import Port
from kouan.port.procedures import Need, Stage, Work

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


Queue = dict[str, Queued]


def take_queue(port: Port, state: State) -> Queue:
    """The picture of a state, by visit in the order in which they were announced."""
    positions = _positions(state)
    return {
        name: _queued(port, state, visit, positions.get(name, 0))
        for name, visit in state.visits.items()
        if not visit.vehicle
    }


def _positions(state: State) -> dict[str, int]:
    """By visit its place in its line, counted from 1."""
    found: dict[str, int] = {}
    for place in state.places.values():
        for line in (*place.wanting.values(), *place.queue.values()):
            found.update((entry[2], number) for number, entry in enumerate(line, 1))
    return found


def _queued(port: Port, state: State, visit: Visit, position: int) -> Queued:
    standing = _standing(port, visit)
    stages = port.procedures[visit.procedure].stages
    place = visit.place or stages[0].at
    station = ""
    if visit.phase is Phase.SERVED:
        station = _station(port, place, visit.station)
    filing = state.filings.get(visit.visit)
    return Queued(
        visit.visit,
        standing,
        visit.visit_class,
        place,
        station,
        position if standing in (Standing.WAITING, Standing.OUTSIDE) else 0,
        visit.slot_from_ms,
        visit.slot_to_ms,
        state.called.get(visit.visit, 0),
        _missing(stages, visit, filing) if standing in LACKS else (),
        visit.plate[-PLATE_END:],
    )


LACKS = (Standing.ANNOUNCED, Standing.BOOKED, Standing.OUTSIDE, Standing.WAITING)
"""While it stands so, a visit is told what it lacks to be called."""


def _standing(port: Port, visit: Visit) -> Standing:
    if visit.phase is Phase.LEAVING:
        return Standing.TURNED_BACK if visit.final == "turned_back" else Standing.DONE
    if visit.phase is Phase.ANNOUNCED:
        return Standing.BOOKED if visit.slot_to_ms else Standing.ANNOUNCED
    if visit.phase is Phase.MOVING and visit.stage <= 0:
        return Standing.CALLED
    if waits(port, visit):
        return Standing.OUTSIDE if visit.outside else Standing.WAITING
    return Standing.AT_GATE if _is_at_gate(port, visit) else Standing.INSIDE


def _is_at_gate(port: Port, visit: Visit) -> bool:
    """Whether it stands at its first service, or before it."""
    stages = port.procedures[visit.procedure].stages
    first = 1 if stages[0].work is Work.WAIT and len(stages) > 1 else 0
    at = visit.target if visit.target >= 0 else visit.stage
    return at == first and visit.phase in (Phase.QUEUED, Phase.SERVED)


def _station(port: Port, place: str, index: int) -> str:
    """The lane, or the number of the station at a place."""
    lanes = [name for name, lane in port.lanes.items() if lane.at == place]
    return lanes[index] if 0 <= index < len(lanes) else str(index + 1)


def _missing(stages: tuple[Stage, ...], visit: Visit, filing: Filing | None) -> tuple[str, ...]:
    """Facts that are needed before its first service and are not there."""
    first = 1 if stages[0].work is Work.WAIT else 0
    needed = [need for stage in stages[: first + 1] for need in stage.needs]
    needed += [need for stage in stages[:first] for need in stage.until]
    there = {
        Need.BOOKING: visit.slot_to_ms > 0,
        Need.MANIFEST: filing is not None and filing.matched,
        Need.DECLARATION: filing is not None and bool(filing.declaration),
        Need.CHANNEL: filing is not None and bool(filing.channel),
    }
    return tuple(need.value for need in PAPERS if need in needed and not there[need])
