"""What operators say about visits that people drive: announced, booked, postponed, cancelled, here.

Each word becomes the event that the same fact would be if another system brought it.
"""

from collections.abc import Callable
from typing import Annotated, ClassVar

import msgspec

from kouan.dispatch import events as e
from kouan.dispatch.orders import MOST_PRIORITY
from kouan.identifiers.errors import IdentifierError
from kouan.live.accounts.rights import Right
from kouan.live.known import TravelDocument, container_of, plate_of
from kouan.live.queue.view import Queue
from kouan.live.words import Check, Figure, Moment, Name, NameOrAll, Post, Refused, Word, Words
from kouan.port.model import Port
from kouan.port.procedures import Carrier

Plate = Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[\w.·\- ]*$")]
Pseudonym = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?$")]
"""As this port makes them, so that nobody's number can be taken for one."""
Priority = Annotated[int, msgspec.Meta(ge=0, le=MOST_PRIORITY)]


class AnnounceVisit(Word, frozen=True):
    """Announce a visit, with its manifest and declaration unless ``lodge`` is false.

    ``driver`` is a pseudonym, or ``document`` is given, of which the port makes one.
    """

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name
    procedure: Name
    plate: Plate
    mass_kg: Figure = 0
    tare_kg: Figure = 0
    visit_class: NameOrAll = ""
    driver: Pseudonym = ""
    goods: Annotated[str, msgspec.Meta(max_length=64)] = ""
    containers: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    seal: NameOrAll = ""
    priority: Priority = 0
    lodge: bool = True
    boxes: Annotated[tuple[Name, ...], msgspec.Meta(max_length=8)] = ()
    permit_until_ms: Moment = 0
    document: TravelDocument | None = None

    def events(self, by: str) -> list[e.Event]:
        """The announcement and the papers."""
        del by
        load = (self.mass_kg, self.goods, self.containers, self.seal)
        announced = e.VisitAnnounced(
            0,
            self.visit,
            self.procedure,
            self.visit_class or self.procedure,
            self.plate,
            self.driver,
            self.tare_kg,
            *load,
            boxes=self.boxes,
            permit_until_ms=self.permit_until_ms,
            priority=self.priority,
        )
        if not self.lodge:
            return [announced]
        manifest = f"M-{self.visit}"
        papers = (self.plate, self.mass_kg, self.containers, self.seal)
        return [
            announced,
            e.ManifestLodged(0, manifest, self.visit, *papers, self.boxes),
            e.DeclarationLodged(0, f"D-{self.visit}", manifest),
        ]


class BookSlot(Word, frozen=True):
    """Ask for the first free slot at or after a time."""

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name
    wanted_ms: Moment

    def events(self, by: str) -> list[e.Event]:
        """One request."""
        del by
        return [e.BookingRequested(0, self.visit, self.wanted_ms)]


class PostponeSlot(Word, frozen=True):
    """Give up a slot (0: none) for one at or after a later time."""

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name
    slot_from_ms: Moment
    wanted_ms: Moment

    def events(self, by: str) -> list[e.Event]:
        """One postponement."""
        del by
        return [e.BookingPostponed(0, self.visit, self.slot_from_ms, self.wanted_ms)]


class CancelSlot(Word, frozen=True):
    """Give a slot back; the visit may still come."""

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name
    slot_from_ms: Moment

    def events(self, by: str) -> list[e.Event]:
        """One cancellation."""
        del by
        return [e.BookingCancelled(0, self.visit, self.slot_from_ms)]


class LapseVisit(Word, frozen=True):
    """A visit that has not come will not come."""

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name

    def events(self, by: str) -> list[e.Event]:
        """Its end."""
        del by
        return [e.VisitLapsed(0, self.visit)]


class VisitHere(Word, frozen=True):
    """A visit's vehicle stands at a place: where it first comes, or where it was called to."""

    right: ClassVar[Right] = Right.QUEUE_WORK
    visit: Name
    place: Name

    def events(self, by: str) -> list[e.Event]:
        """Its arrival."""
        del by
        return [e.Arrived(0, self.visit, self.place)]


WORDS: dict[str, type[Word]] = {
    "announce": AnnounceVisit,
    "book": BookSlot,
    "postpone": PostponeSlot,
    "cancel": CancelSlot,
    "lapse": LapseVisit,
    "here": VisitHere,
}
"""Every word by its path below /api/queue/."""


def queue_words(port: Port, queue: Callable[[], Queue], post: Post, key: bytes) -> Words:
    """Take words about the visits of a port that people drive; ``key`` makes pseudonyms."""

    def prepare(word: str, said: Word) -> Word:
        return prepared(word, said, key) if isinstance(said, AnnounceVisit) else said

    return Words("/api/queue", WORDS, _check(port, queue), post, prepare)


def prepared(word: str, said: AnnounceVisit, key: bytes) -> AnnounceVisit:
    """Plate and containers as cameras tell them, the driver by pseudonym; raises Refused."""
    try:
        boxes = tuple(container_of(box) for box in said.boxes)
    except IdentifierError as error:
        raise Refused(422, f"{word}: boxes: {error}") from None
    if boxes and said.containers not in (0, len(boxes)):
        raise Refused(422, f"{word}: containers {said.containers}: expected {len(boxes)}, as boxes")
    if said.driver and said.document is not None:
        raise Refused(422, f"{word}: driver and document: expected one of them")
    driver = said.driver
    if said.document is not None:
        driver = said.document.holder(key)
    plate = plate_of(said.plate)
    containers = len(boxes) or said.containers
    return msgspec.structs.replace(
        said, plate=plate, boxes=boxes, containers=containers, driver=driver, document=None
    )


def check_announced(word: str, said: AnnounceVisit, port: Port) -> None:
    """Refuse a visit of a procedure that is not declared, or is for transport orders."""
    procedures = [name for name, one in port.procedures.items() if one.carrier is not Carrier.AGV]
    if said.procedure not in procedures:
        expected = ", ".join(procedures) or "none"
        raise Refused(422, f"{word}: procedure {said.procedure}: expected {expected}")


def _check(port: Port, queue: Callable[[], Queue]) -> Check:
    def check(word: str, said: Word) -> None:
        visit = queue().get(getattr(said, "visit", ""))
        if isinstance(said, AnnounceVisit):
            check_announced(word, said, port)
            if visit is not None:
                raise Refused(409, f"{word}: visit {said.visit}: is announced already")
            return
        if visit is None:
            name = getattr(said, "visit", "")
            raise Refused(404, f"{word}: visit {name}: expected one that is announced and open")
        if isinstance(said, PostponeSlot | CancelSlot) and said.slot_from_ms != visit.slot_from_ms:
            raise Refused(
                409,
                f"{word}: slot_from_ms {said.slot_from_ms}: expected {visit.slot_from_ms}, "
                f"the slot of {visit.visit}",
            )
        if isinstance(said, VisitHere) and said.place not in port.places:
            known = ", ".join(port.places)
            raise Refused(422, f"{word}: place {said.place}: expected {known}")

    return check
