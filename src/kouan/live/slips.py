"""Manual mode over HTTP: the mode is switched, and paper slips are entered when there is time.

``POST /api/mode/switch`` asks for another mode. ``POST /api/slips`` enters a slip; ``GET
/api/slips`` lists those that count and the times in manual mode, of which slips may be. The same
slip said again is taken for the same; another of its number is refused.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.dispatch.slips import in_manual_mode
from kouan.dispatch.state import State
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.masks import masked
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Caller, Right
from kouan.live.known import TravelDocument, container_of, plate_of
from kouan.live.queue.view import Queue
from kouan.live.queue.words import AnnounceVisit, check_announced, prepared
from kouan.live.words import (
    Figure,
    Moment,
    Name,
    Post,
    Reason,
    Refused,
    Word,
    decode_word,
    post_events,
    read_body,
)
from kouan.port.flow import stations_of
from kouan.port.model import ModeName, Port
from kouan.port.procedures import CheckKind, Stage

MOST_FOUND = 16
SHOWN = 200
"""Slips that are listed, the newest first."""


class FoundByHand(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What people wrote down for a check; of a driver only whether the papers were in order."""

    check: CheckKind
    found: Annotated[str, msgspec.Meta(max_length=64)] = ""
    amount: Figure = 0
    ok: bool = True
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class EnterSlip(Word, frozen=True):
    """Enter a slip; ``announce`` is for a visit that the port has not heard of.

    ``document`` is a driver's travel document that was looked at: its pseudonym is kept.
    """

    right: ClassVar[Right] = Right.MANUAL_WORK
    slip: Name
    visit: Name
    stage: Name
    station: Name
    passed: bool
    decided_by: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=2)]
    happened_ms: Moment
    found: Annotated[tuple[FoundByHand, ...], msgspec.Meta(max_length=MOST_FOUND)] = ()
    document: TravelDocument | None = None
    announce: AnnounceVisit | None = None


class SwitchMode(Word, frozen=True):
    """Ask for a mode of the port."""

    right: ClassVar[Right] = Right.MODE_SWITCH
    mode: ModeName
    reason: Reason


Known = dict[str, list[Any]]


class Slips:
    """Slips and the mode, for those who may work by hand."""

    def __init__(
        self,
        port: Port,
        queue: Callable[[], Queue],
        post: Post,
        key: bytes,
        now_ms: Callable[[], int],
    ) -> None:
        """``queue`` shows the open visits, ``key`` makes pseudonyms."""
        self._port = port
        self._queue = queue
        self._post = post
        self._key = key
        self._slips: Known = {}
        self._newest = ""
        self._periods: list[tuple[int, int]] = []
        self._now_ms = now_ms

    def show(self, state: State) -> None:
        """Take the picture of a state between two batches."""
        newest = next(reversed(state.slips), "")
        if newest != self._newest or len(state.slips) != len(self._slips):
            self._slips, self._newest = dict(state.slips), newest
        self._periods = list(state.manual_periods)

    def add_to(self, app: FastAPI) -> None:
        """Answer on /api/slips and /api/mode/switch."""

        @app.get("/api/slips")
        @needs(Right.MANUAL_WORK)
        async def _list(_request: Request) -> Response:
            return JSONResponse(self.shown())

        @app.post("/api/slips")
        @needs(Right.MANUAL_WORK)
        async def _enter(request: Request) -> Response:
            try:
                said = decode_word("slip", await read_body(request), EnterSlip)
                assert isinstance(said, EnterSlip)
                return JSONResponse(self.enter(said, caller(request).by), 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)

        @app.post("/api/mode/switch")
        @needs(Right.MODE_SWITCH)
        async def _switch(request: Request) -> Response:
            try:
                said = decode_word("switch", await read_body(request), SwitchMode)
                assert isinstance(said, SwitchMode)
                return JSONResponse(self.switch(said, caller(request)), 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)

    def shown(self) -> dict[str, Any]:
        """The newest slips that count, and when the port was in manual mode (0: it still is)."""
        newest = list(self._slips.items())[: -SHOWN - 1 : -1]
        return {
            "slips": [
                {"slip": slip, **dict(zip(e.SlipEntered._fields[2:-1], said, strict=True))}
                for slip, said in newest
            ],
            "manual_ms": self._periods,
        }

    def switch(self, said: SwitchMode, who: Caller) -> dict[str, Any]:
        """Ask for a mode in a role that may; raises Refused."""
        declared = self._port.modes.get(said.mode)
        if declared is None and said.mode is not ModeName.NORMAL:
            known = ", ".join(dict.fromkeys([ModeName.NORMAL, *self._port.modes]))
            raise Refused(422, f"switch: mode {said.mode}: expected {known}")
        may = declared.may_switch if declared is not None else ("port_operator",)
        role = next((role for role in who.roles if role in may), None)
        if role is None:
            raise Refused(403, f"switch: mode {said.mode}: expected the role {' or '.join(may)}")
        return post_events(self._post, [e.ModeSwitched(0, said.mode, role)])

    def enter(self, said: EnterSlip, by: str) -> dict[str, Any]:
        """Enter a slip; raises Refused, and then nothing was posted."""
        before = self._announced(said)
        self._check_stage(said, said.announce.procedure if said.announce else self._procedure(said))
        entered = self._event(said, by)
        known = self._slips.get(said.slip)
        if known is not None:
            if _plain(known) != _plain(entered[2:-1]):
                raise Refused(409, f"slip {said.slip}: there is another of this number")
            return {"taken": [], "known": said.slip}
        if not in_manual_mode(self._periods, said.happened_ms, self._now_ms()):
            expected = "a time in manual mode that has come: GET /api/slips has them"
            raise Refused(422, f"slip {said.slip}: happened_ms {said.happened_ms}: {expected}")
        return post_events(self._post, [*before, entered])

    def _announced(self, said: EnterSlip) -> list[e.Event]:
        """The announcement of a visit that is not known."""
        known = self._queue().get(said.visit)
        if said.announce is None:
            if known is None and said.slip not in self._slips:
                expected = "expected one that is announced and open, or announce beside it"
                raise Refused(404, f"slip {said.slip}: visit {said.visit}: {expected}")
            return []
        if said.announce.visit != said.visit:
            expected = f"expected {said.visit}, as the slip has it"
            raise Refused(422, f"announce: visit {said.announce.visit}: {expected}")
        if known is not None:
            return []  # it is known by now: said again, or by another way
        announce = prepared("announce", said.announce, self._key)
        check_announced("announce", announce, self._port)
        return announce.events("")

    def _procedure(self, said: EnterSlip) -> str:
        known = self._queue().get(said.visit)
        return known.procedure if known is not None else ""

    def _check_stage(self, said: EnterSlip, procedure: str) -> None:
        declared = self._port.procedures.get(procedure)
        stages: tuple[Stage, ...] = declared.stages if declared is not None else ()
        stage = next((one for one in stages if one.id == said.stage), None)
        if stages and stage is None:
            expected = ", ".join(one.id for one in stages)
            raise Refused(422, f"slip {said.slip}: stage {said.stage}: expected {expected}")
        stations = stations_of(self._port, stage.at) if stage is not None else (said.station,)
        if said.station not in stations:
            expected = ", ".join(stations)
            raise Refused(422, f"slip {said.slip}: station {said.station}: expected {expected}")

    def _event(self, said: EnterSlip, by: str) -> e.SlipEntered:
        first = said.decided_by[0]
        found = tuple(_evidence(said.slip, one, first) for one in said.found)
        if said.document is not None:
            holder = said.document.holder(self._key)
            found = (*found, e.Evidence(CheckKind.DRIVER.value, holder, by=first))
        return e.SlipEntered(
            *(0, said.slip, said.visit, said.stage, said.station, said.passed),
            *(found, said.decided_by, said.happened_ms, by),
        )


def _evidence(slip: str, one: FoundByHand, by: str) -> e.Evidence:
    """What was written down, as cameras would tell it."""
    if one.check is CheckKind.DRIVER and one.found:
        # What was written there may be somebody's number: it is not said again.
        raise Refused(422, f"slip {slip}: found of driver: expected document instead")
    found = one.found
    if one.check is CheckKind.PLATE:
        found = plate_of(found) if found else ""
    elif one.check is CheckKind.CONTAINER and found:
        try:
            found = container_of(found)
        except IdentifierError as error:
            raise Refused(422, f"slip {slip}: container: {error}") from None
    found = masked(one.check.value, found)
    return e.Evidence(one.check.value, found, one.amount, ok=one.ok, reason=one.reason, by=by)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
