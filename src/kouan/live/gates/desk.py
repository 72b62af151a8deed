"""The manual desk: reviews that wait for people, oldest first, and what people decide.

``GET /api/desk`` lists what a caller may see. ``POST /api/desk/{word}`` claims, escalates, passes
or refuses. A decision that ends a review becomes ServiceEnded, all others ReviewNoted; two persons
over a mismatch are asked for here, and the dispatcher counts them once more.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import ROLES, Caller, Right, Role
from kouan.live.gates.notes import ActNote, ReviewNote, TakenNote
from kouan.live.gates.parts import (
    DECIDES,
    ESCALATE,
    PASS,
    Part,
    asks_for_hold,
    concerns_of,
    name_of,
    part_and_words,
    part_of,
    result_of,
    seen_by,
    shown_reason,
    standing,
)
from kouan.live.gates.view import GateView
from kouan.live.view import PlaceView
from kouan.live.words import Post, Reason, Refused, Word, decode_word, post_events, read_body
from kouan.port.model import Port
from kouan.port.places import PlaceKind
from kouan.port.procedures import CheckKind
from kouan.runtime.documents import DocumentError

CLAIM, REFUSE = "claim", "refuse"
ACTS = (CLAIM, ESCALATE, PASS, REFUSE)
Request_ = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
GetDocument = Callable[[str], tuple[bytes, str]]


class Act(Word, frozen=True):
    """Do something about a review; ``part`` is needed where the caller may decide both."""

    right: ClassVar[Right] = Right.DESK_SEE
    request: Request_
    reason: Reason
    part: Part | None = None


class Desk:
    """Reviews over HTTP."""

    def __init__(
        self,
        port: Port,
        view: Callable[[], GateView],
        places: Callable[[], Iterable[PlaceView]],
        post: Post,
        document: GetDocument,
    ) -> None:
        self._port = port
        self._view = view
        self._places = places
        self._post = post
        self._document = document

    def add_to(self, app: FastAPI) -> None:
        """Answer below /api/desk; every caller sees what its rights show."""

        @app.get("/api/desk")
        @needs(Right.DESK_SEE)
        async def _list(request: Request) -> Response:
            return JSONResponse(self.list_for(caller(request)))

        @app.get("/api/desk/{number}/image/{image}")
        @needs(Right.DESK_SEE)
        async def _image(number: int, image: str, request: Request) -> Response:
            try:
                content, media_type = self.image_for(caller(request), number, image)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)
            return Response(content, media_type=media_type)

        for act in ACTS:
            app.post(f"/api/desk/{act}")(needs(Right.DESK_SEE)(self._answer(act)))

    def _answer(self, act: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                said = decode_word(act, await read_body(request), Act)
                assert isinstance(said, Act)
                return JSONResponse(self.do(act, said, caller(request)), 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)

        return answer

    # --- seen ----------------------------------------------------------------------------------

    def list_for(self, who: Caller) -> dict[str, Any]:
        """The reviews that somebody may see, oldest first, with the time they may take.

        ``waiting`` are visits for which no desk is free yet: it is not known whom they concern.
        """
        view = self._view()
        shown = [
            self._shown(review, view, who)
            for review in sorted(view.reviews.values(), key=lambda one: one.service.began_ms)
            if seen_by(who, review)
        ]
        return {
            "within_ms": self._port.verification.review_within_ms,
            "waiting": sum(
                place.waiting
                for place in self._places()
                if self._port.places[place.id].kind is PlaceKind.DESK
            ),
            "reviews": shown,
        }

    def _shown(self, review: ReviewNote, view: GateView, who: Caller) -> dict[str, Any]:
        parts = seen_by(who, review)
        service, how = review.service, standing(review)
        declared = view.declared.get(service.visit)
        shown_declared: dict[str, Any] = {}
        if declared is not None:
            shown_declared = {"plate": declared.plate, "permit_until_ms": declared.permit_until_ms}
            if Part.CARGO in parts:
                cargo = ("tare_kg", "mass_kg", "goods", "containers", "seal", "boxes")
                shown_declared |= {name: getattr(declared, name) for name in cargo}
        return {
            "request": service.request,
            "visit": service.visit,
            "stage": service.stage,
            "station": service.station,
            "since_ms": service.began_ms,
            "reason": shown_reason(service.reason, parts),
            "result": result_of(service.reason),
            "reasons": [
                {"check": one.check, "part": one.part, "text": one.text}
                for one in concerns_of(service.reason)
                if one.part in parts
            ],
            "parts": list(parts),
            "of": list(how.parts),
            "lacking": list(how.lacking),
            "second": how.second,
            "escalated": how.escalated,
            "declared": shown_declared,
            "found": [_taken(note) for note in review.taken if part_of(note.check) in parts],
            "acts": [_acted(act, parts) for act in review.acts],
            "why_not": {act: self._why_not(act, who, review) for act in ACTS},
        }

    def image_for(self, who: Caller, number: int, image: str) -> tuple[bytes, str]:
        """A picture of a review; raises Refused unless the caller may see the check it is for."""
        review = self._view().reviews.get(number)
        parts = seen_by(who, review) if review is not None else ()
        taken = review.taken if review is not None else ()
        if not any(note.image == image and part_of(note.check) in parts for note in taken):
            raise Refused(404, f"review {number}: no picture {image} that {who.name} may see")
        try:
            return self._document(image)
        except DocumentError as error:
            raise Refused(410, str(error)) from None

    # --- done ----------------------------------------------------------------------------------

    def do(self, act: str, said: Act, who: Caller) -> dict[str, Any]:
        """Do something about a review; raises Refused, and then nothing was posted."""
        review = self._view().reviews.get(said.request)
        if review is None or not seen_by(who, review):
            raise Refused(404, f"{act}: review {said.request} has ended, or is not yours to see")
        return post_events(self._post, self._events(act, said, who, review))

    def _why_not(self, act: str, who: Caller, review: ReviewNote) -> str:
        """Why somebody may not do something about a review now; "" when it may be done."""
        try:
            self._events(act, Act(review.service.request, act), who, review)
        except Refused as problem:
            return str(problem)
        return ""

    def _events(self, act: str, said: Act, who: Caller, review: ReviewNote) -> list[e.Event]:
        """What an act comes to; raises Refused."""
        part = self._part(act, said, who, review)
        acting = who.acting(DECIDES[part]).by
        if act == REFUSE:
            ended = e.Evidence(CheckKind.DOCUMENTS, said.reason, ok=False, by=acting)
            return [*self._freed(review, part, acting), self._end(review, ended)]
        note = self._note(review, act, acting, part, said.reason)
        if act != PASS:
            return [note]
        passed = self._pass(review, note, part, said, who)
        return [*self._freed(review, part, acting), *passed]

    def _freed(self, review: ReviewNote, part: Part, by: str) -> list[e.Event]:
        """Border inspection decided the part of persons: it has seen whom it wanted to see."""
        if part is not Part.PERSON or not asks_for_hold(review):
            return []
        visit = review.service.visit
        codes = self._view().holds.get(visit, {})
        return [e.VisitFreed(0, visit, by, code) for code, still in codes.items() if still]

    def _part(self, act: str, said: Act, who: Caller, review: ReviewNote) -> Part:
        """The part that an act is about; raises Refused where the caller may not decide it."""
        mine = [part for part in seen_by(who, review) if who.may(DECIDES[part])]
        how = standing(review)
        if act == PASS:
            open_ones = [part for part in mine if part in how.lacking]
            mine = open_ones or mine
        if said.part is not None:
            mine = [part for part in mine if part is said.part]
        if not mine:
            raise Refused(403, f"{act}: {who.name} may not decide this review")
        if how.escalated and act in (PASS, REFUSE) and not who.may(Right.OVERRIDE_APPROVE):
            raise Refused(403, f"{act}: the review was escalated: expected a supervisor")
        return mine[0]

    def _pass(
        self, review: ReviewNote, note: e.ReviewNoted, part: Part, said: Act, who: Caller
    ) -> list[e.Event]:
        """What a pass comes to: one of those needed, or the end of the review."""
        how = standing(review)
        if part in how.lacking:
            if how.second or len(how.lacking) > 1:
                return [note]
        elif not how.second:
            raise Refused(409, f"pass: the {part} part is passed: the other authority's is not")
        elif not who.may(Right.OVERRIDE_APPROVE):
            raise Refused(403, "pass: it did not match: expected a supervisor as second person")
        elif any(name_of(by) == who.name for _, by in how.passed):
            raise Refused(409, f"pass: {who.name} passed it before: expected another person")
        ended = e.Evidence(CheckKind.DOCUMENTS, said.reason, by=note.by)
        return [self._end(review, ended)]

    def _note(
        self, review: ReviewNote, act: str, by: str, part: Part, reason: str
    ) -> e.ReviewNoted:
        service = review.service
        fields = (service.visit, service.stage, service.request, act, by)
        return e.ReviewNoted(0, *fields, f"{part}: {reason}")

    def _end(self, review: ReviewNote, evidence: e.Evidence) -> e.ServiceEnded:
        service = review.service
        fields = (service.visit, service.stage, service.station, service.request)
        return e.ServiceEnded(0, *fields, (evidence,))


def _acted(act: ActNote, parts: Sequence[Part]) -> dict[str, Any]:
    """What was done; the words are shown to those who see the part that they are about."""
    part, words = part_and_words(act)
    text = words if part in parts else ""
    role = ROLES[Role(act.by.partition("/")[2])]
    return {
        "at_ms": act.at_ms,
        "act": act.act,
        "by": act.by,
        "role": {"en": role.en, "zh": role.zh},
        "part": part,
        "text": text,
    }


def _taken(note: TakenNote) -> dict[str, Any]:
    return {
        "at_ms": note.at_ms,
        "device": note.device,
        "check": note.check,
        "found": "" if part_of(note.check) is Part.PERSON else note.found,
        "amount": note.amount,
        "confidence_ppm": note.confidence_ppm,
        "ok": note.ok,
        "reason": note.reason,
        "image": note.image,
    }
