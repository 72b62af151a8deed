"""What people may say to a running port: words over HTTP that become events in its inbox.

Every word names the right that it needs. Who said it, in which role, and why goes into the journal.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Right
from kouan.live.errors import InboxClosed, InboxFull
from kouan.live.view import View
from kouan.port.model import Port

MOST_BODY_BYTES = 16_384

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[\w.:@-]+$")]
NameOrAll = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[\w.:@-]*$")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Figure = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Word(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a request."""

    right: ClassVar[Right]

    def events(self, by: str) -> list[e.Event]:
        """The events that it becomes, said by an account; times are stamped by the inbox."""
        raise NotImplementedError


class Halt(Word, frozen=True):
    """Halt one vehicle, all of a fleet, or all."""

    right: ClassVar[Right] = Right.VEHICLES_HALT
    how: Literal["hold", "pause", "stop"]
    reason: Reason
    fleet: NameOrAll = ""
    vehicle: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """One halt."""
        return [e.VehiclesHalted(0, self.fleet, self.vehicle, self.how, by, self.reason)]


class Free(Word, frozen=True):
    """Let halted vehicles go on."""

    right: ClassVar[Right] = Right.VEHICLES_HALT
    fleet: NameOrAll = ""
    vehicle: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """One end of a halt."""
        return [e.VehiclesFreed(0, self.fleet, self.vehicle, by)]


class Take(Word, frozen=True):
    """A person drives or tows a vehicle from now on."""

    right: ClassVar[Right] = Right.VEHICLES_TAKE
    vehicle: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One take-over."""
        return [e.VehicleTaken(0, self.vehicle, by, self.reason)]


class Bring(Word, frozen=True):
    """A vehicle that a person had stands at its parking place again."""

    right: ClassVar[Right] = Right.VEHICLES_TAKE
    vehicle: Name
    charge_wh: Figure

    def events(self, by: str) -> list[e.Event]:
        """One return."""
        return [e.VehicleReturned(0, self.vehicle, self.charge_wh, by)]


class Remove(Word, frozen=True):
    """A vehicle has left its fleet and the port's roads."""

    right: ClassVar[Right] = Right.VEHICLES_REMOVE
    vehicle: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One removal."""
        return [e.VehicleRemoved(0, self.vehicle, by, self.reason)]


class Cancel(Word, frozen=True):
    """Call a transport order off."""

    right: ClassVar[Right] = Right.ORDERS_CANCEL
    order: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One cancellation."""
        return [e.OrderCancelled(0, self.order, by, self.reason)]


class Place(Word, frozen=True):
    """Place a transport order together with its manifest and declaration."""

    right: ClassVar[Right] = Right.ORDERS_PLACE
    order: Name
    fleet: Name
    mass_kg: Figure
    visit_class: NameOrAll = ""
    goods: Annotated[str, msgspec.Meta(max_length=64)] = ""
    containers: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    seal: NameOrAll = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    deadline_ms: Moment = 0
    after: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """The order and its papers."""
        seal = self.seal or f"S-{self.order}"
        load = (self.mass_kg, self.goods, self.containers, seal)
        urgency = (self.priority, self.deadline_ms, self.after)
        visit_class = self.visit_class or self.fleet
        manifest = f"M-{self.order}"
        return [
            e.TransportOrderPlaced(0, self.order, self.fleet, visit_class, *load, *urgency, by),
            e.ManifestLodged(0, manifest, self.order, "", self.mass_kg, self.containers, seal),
            e.DeclarationLodged(0, f"D-{self.order}", manifest),
        ]


WORDS: dict[str, type[Word]] = {
    "halt": Halt,
    "free": Free,
    "take": Take,
    "return": Bring,
    "remove": Remove,
    "cancel": Cancel,
    "order": Place,
}
"""Every word by its path below /api/fleet/."""


class Refused(Exception):
    """A word is not taken: status, and what was wrong and what was expected."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Control:
    """Takes words of whoever may say them and posts them as events."""

    def __init__(
        self,
        port: Port,
        view: Callable[[], View],
        post: Callable[[list[e.Event]], None],
    ) -> None:
        self._port = port
        self._view = view
        self._post = post

    def add_to(self, app: FastAPI) -> None:
        """Answer POST /api/fleet/{word}, each word with the right that it needs."""
        for word, kind in WORDS.items():
            app.post(f"/api/fleet/{word}")(needs(kind.right)(self._answer(word)))

    def _answer(self, word: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                said = self.say(word, await _body(request), caller(request).by)
                return JSONResponse(said, 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)

        return answer

    def say(self, word: str, body: bytes, by: str) -> dict[str, Any]:
        """Take a word; return what was posted. Raises Refused, and then nothing was posted."""
        try:
            said = msgspec.json.decode(body, type=WORDS[word])
        except msgspec.DecodeError as error:
            raise Refused(422, f"{word}: {error}") from None
        self._check_names(word, said)
        events = said.events(by)
        try:
            self._post(events)
        except (InboxFull, InboxClosed) as error:
            raise Refused(503, str(error)) from None
        return {"taken": [type(event).__name__ for event in events]}

    def _check_names(self, word: str, said: Word) -> None:
        """Refuse at once what the dispatcher could only answer with an alarm."""
        vehicle, fleet = getattr(said, "vehicle", ""), getattr(said, "fleet", "")
        known = [one.id for one in self._view().vehicles]
        if vehicle and vehicle not in known:
            raise Refused(422, f"{word}: vehicle {vehicle}: expected {', '.join(known) or 'none'}")
        fleets = self._port.fleets
        if fleet and fleet not in fleets:
            raise Refused(422, f"{word}: fleet {fleet}: expected {', '.join(fleets) or 'none'}")


async def _body(request: Request) -> bytes:
    """The request's body, within its bound."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "expected content-type application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Refused(413, f"expected at most {MOST_BODY_BYTES:,} bytes")
    return bytes(body)
