"""Looks everything that reaches the inbox from outside up in the watch list, before it gets there.

A hold is posted together with the event that shows the hit, and before it: the dispatcher knows of
the hold when it decides on what was announced, on who stands in a lane and on what was found. If
the list can't be read, nothing is posted, and whoever posts tries again.
"""

import threading
from collections.abc import Callable, Iterable, Sequence

from kouan.dispatch import events as e
from kouan.live.errors import InboxFull
from kouan.live.gates.notes import DeclaredNote, TakenNote
from kouan.live.gates.view import GateView
from kouan.live.privacy.watch import Sign, WatchKind, WatchList
from kouan.port.procedures import CheckKind
from kouan.runtime.errors import JournalError

BORDER_INSPECTION = "border_inspection"
"""Who holds; the journal has nothing more of it but the entry's code."""
KINDS: dict[str, WatchKind] = {
    CheckKind.DRIVER: WatchKind.PERSON,
    CheckKind.PLATE: WatchKind.PLATE,
    CheckKind.CONTAINER: WatchKind.CONTAINER,
}
"""What a check's text is a sign of."""

Signs = dict[str, list[Sign]]
"""What is known of visits, by visit."""


class Guard:
    """Stands before the inbox. Any thread may post."""

    def __init__(
        self,
        watch: WatchList,
        view: Callable[[], GateView],
        inbox: Callable[[Sequence[e.Event]], None],
    ) -> None:
        """``view`` shows lanes, declared visits and holds; ``inbox`` takes all events or none."""
        self._watch = watch
        self._view = view
        self._inbox = inbox
        self._seen: tuple[int, int, int] | None = None
        self._looking = threading.Lock()

    def post(self, events: Sequence[e.Event]) -> None:
        """Post events with the holds that they bring; raises InboxFull, InboxClosed."""
        try:
            held = self._with_holds(events)
        except JournalError as error:
            raise InboxFull(f"the watch list can't be read: {error}") from error
        self._inbox(held)

    def _with_holds(self, events: Sequence[e.Event]) -> list[e.Event]:
        view = self._view()
        here: dict[str, list[Sign]] = {}
        told = [_signs(event, view, here) for event in events]
        found = self._watch.find(sign for signs in told for each in signs.values() for sign in each)
        posted: list[e.Event] = []
        for event, signs in zip(events, told, strict=True):
            holds = _holds(signs, found, view)
            posted += [hold for hold in holds if hold not in posted]
            posted.append(event)
        return posted

    def look(self) -> None:
        """Hold and free visits that are known already when the list was changed, by whomever."""
        with self._looking:
            view, state = self._view(), self._watch.state()
            if state == self._seen or not view.at_ms:
                return
            on_list = self._watch.by_sign()
            signs = {visit: _declared(note) for visit, note in view.declared.items()}
            events: list[e.Event] = [*_holds(signs, on_list, view)]
            codes = dict.fromkeys(on_list.values())
            events += [
                e.VisitFreed(0, visit, BORDER_INSPECTION, code)
                for visit, held in view.holds.items()
                for code, still in held.items()
                if still and code not in codes
            ]
            if events:
                self._inbox(events)
            self._seen = state


def _holds(signs: Signs, found: dict[Sign, str], view: GateView) -> list[e.Event]:
    """The holds that visits have not had yet."""
    return [
        e.VisitHeld(0, visit, BORDER_INSPECTION, code)
        for visit, each in signs.items()
        for code in dict.fromkeys(found[sign] for sign in each if sign in found)
        if code not in view.holds.get(visit, {})
    ]


def _signs(event: e.Event, view: GateView, here: dict[str, list[Sign]]) -> Signs:
    """What an event tells of a visit; ``here`` keeps what those before it told of a station."""
    match event:
        case e.VisitAnnounced():
            return {event.visit: _known(event.driver, event.plate, event.boxes)}
        case e.ManifestLodged():
            return {event.visit: _known("", event.plate, event.boxes)}
        case e.EvidenceTaken():
            here.setdefault(event.station, []).extend(_read([event.evidence]))
            visit = _inside(view, event.station)
        case e.CarrierSeen():
            visits = [name for name, note in view.declared.items() if note.plate == event.plate]
            visit = visits[0] if event.plate and visits else ""
        case e.CarrierNamed():
            visit = event.visit
        case e.ServiceEnded() | e.SlipEntered():
            here.setdefault(event.station, []).extend(_read(event.evidence))
            visit = event.visit
        case _:
            return {}
    if not visit:
        return {}
    lane, declared = view.lanes.get(event.station), view.declared.get(visit)
    taken = _read(lane.taken) if lane is not None else []
    known = _declared(declared) if declared is not None else []
    return {visit: [*known, *taken, *here.get(event.station, [])]}


def _inside(view: GateView, station: str) -> str:
    """The visit that is served in a lane, or leaves it."""
    lane = view.lanes.get(station)
    note = (lane.service or lane.leaving) if lane is not None else None
    return note.visit if note is not None else ""


def _declared(note: DeclaredNote) -> list[Sign]:
    return _known(note.driver, note.plate, note.boxes)


def _known(driver: str, plate: str, boxes: Sequence[str]) -> list[Sign]:
    signs = [Sign(WatchKind.PERSON, driver), Sign(WatchKind.PLATE, plate)]
    signs += [Sign(WatchKind.CONTAINER, box) for box in boxes]
    return [sign for sign in signs if sign.value]


def _read(found: Iterable[e.Evidence | TakenNote]) -> list[Sign]:
    return [Sign(KINDS[one.check], one.found) for one in found if one.check in KINDS and one.found]
