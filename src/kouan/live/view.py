"""The immutable picture that HTTP threads read: made from the ledger, published as one reference.

Times are Unix milliseconds of port time; open times are the next intervals, so that a page can tell
at any moment what is open and when that changes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from kouan.live.notes import INTERVALS_KEPT, LedgerMemory, OpenNote, Stand, VehicleNote
from kouan.live.vehicles import standing
from kouan.port.model import Port

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class VehicleView:
    """A vehicle on its way from ``node``, passed at ``since_ms``, to ``next``, due at ``due_ms``.

    ``next`` is "" while it stands; ``stopped_ms`` is since when it can't go on, 0 while it can.
    """

    id: str
    fleet: str
    node: str
    next: str
    since_ms: int
    due_ms: int
    load_kg: int
    charge_wh: int
    errand: str
    visit: str
    stopped_ms: int
    stopped_for: str
    halts: tuple[str, ...] = ()
    """Why it is granted nothing: hold, pause or stop by people, silent, taken."""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place: how many visits wait or come, and the stations that serve somebody or fail.

    Where vehicles park, ``busy`` are those that stand there; at a charger also those done charging.
    """

    id: str
    waiting: int
    coming: int
    busy: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something people must know."""

    at_ms: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class CountsView:
    """Visits that ended; a round trip is two crossings."""

    finished: int = 0
    turned_back: int = 0
    crossings: int = 0
    trips: int = 0
    mass_kg: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """The port as of journal entry ``number``."""

    number: int = 0
    at_ms: int = 0
    mode: str = "normal"
    vehicles: tuple[VehicleView, ...] = ()
    places: tuple[PlaceView, ...] = ()
    open: tuple[tuple[str, tuple[Interval, ...]], ...] = ()
    """Open intervals by calendar; one that is missing is always open."""
    phases: tuple[tuple[str, int], ...] = ()
    """Visits by how it stands with them."""
    alarms: tuple[AlarmView, ...] = ()
    """Newest first."""
    today: CountsView = CountsView()
    total: CountsView = CountsView()


def take_view(memory: LedgerMemory, number: int, port: Port) -> View:
    """Make the picture of a ledger's memory after an entry."""
    stood = standing(port, memory)
    stands = Counter(visit.stand for visit in memory.visits.values())
    return View(
        number,
        memory.at_ms,
        memory.mode,
        tuple(
            _vehicle(name, note, memory.halts.stopped.get(name, ()))
            for name, note in memory.vehicles.items()
        ),
        tuple(
            PlaceView(
                name,
                note.waiting,
                note.coming,
                (*note.busy, *stood.get(name, ())),
                tuple(note.failed),
            )
            for name, note in memory.places.items()
        ),
        tuple((key, _next_open(note, memory.at_ms)) for key, note in memory.calendars.items()),
        tuple((stand.value, stands[stand]) for stand in Stand),
        tuple(AlarmView(one.at_ms, one.subject, one.text) for one in reversed(memory.alarms)),
        _counts(memory.today),
        _counts(memory.total),
    )


def _vehicle(name: str, note: VehicleNote, halts: Sequence[str]) -> VehicleView:
    return VehicleView(
        name,
        note.fleet,
        note.node,
        note.next,
        note.since_ms,
        note.due_ms,
        note.load_kg,
        note.charge_wh,
        note.errand,
        note.visit,
        note.stopped_ms,
        note.stopped_for,
        tuple(halts),
    )


def _next_open(note: OpenNote, at_ms: int) -> tuple[Interval, ...]:
    note.drop_past(at_ms)
    return tuple(zip(note.opens[:INTERVALS_KEPT], note.closes[:INTERVALS_KEPT], strict=True))


def _counts(counts: object) -> CountsView:
    names = CountsView.__dataclass_fields__
    return CountsView(**{name: getattr(counts, name) for name in names})


class Showcase:
    """Holds the newest view: the loop's thread sets it, any thread reads it.

    The JSON is made once for each view that somebody asks for.
    """

    def __init__(self) -> None:
        self._shown: tuple[View, list[bytes]] = (View(), [])

    @property
    def view(self) -> View:
        """The newest view."""
        return self._shown[0]

    def show(self, view: View) -> None:
        """Publish a view."""
        self._shown = (view, [])

    def encoded(self) -> bytes:
        """The newest view as JSON."""
        view, encoded = self._shown
        if not encoded:
            encoded.append(msgspec.json.encode(view))
        return encoded[0]
