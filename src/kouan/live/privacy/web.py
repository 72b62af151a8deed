"""The watch list over HTTP: seen and changed by border inspection only.

``GET /api/watch`` has the list and who is held now. ``POST /api/watch/{word}`` adds and removes
entries, and frees a visit that was seen where no desk decides it.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ClassVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.identifiers.errors import IdentifierError
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Right
from kouan.live.gates.view import GateView
from kouan.live.known import TravelDocument, container_of, plate_of
from kouan.live.privacy.watch import MOST_REASON, Sign, WatchError, WatchKind, WatchList
from kouan.live.words import Name, Post, Refused, Word, decode_word, post_events, read_body

Why = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_REASON)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Add(Word, frozen=True):
    """Put a person, a plate or a container on the list: exactly one of them."""

    right: ClassVar[Right] = Right.WATCH_LIST_WRITE
    reason: Why
    document: TravelDocument | None = None
    plate: Text | None = None
    container: Text | None = None


class Remove(Word, frozen=True):
    """Take an entry off the list; visits that it holds are freed."""

    right: ClassVar[Right] = Right.WATCH_LIST_WRITE
    code: Name


class FreeVisit(Word, frozen=True):
    """A visit that is held was seen."""

    right: ClassVar[Right] = Right.WATCH_LIST_WRITE
    visit: Name
    code: Name


WORDS: dict[str, type[Word]] = {"add": Add, "remove": Remove, "free": FreeVisit}
"""Every word by its path below /api/watch/."""


def sign_of(
    key: bytes, document: TravelDocument | None, plate: str | None, container: str | None
) -> Sign:
    """What is to be looked for, as cameras and papers tell it. Raises WatchError."""
    given = [one for one in (document, plate, container) if one is not None]
    if len(given) != 1:
        raise WatchError("watch: expected one of document, plate and container")
    if document is not None:
        return Sign(WatchKind.PERSON, document.holder(key))
    if plate is not None:
        return Sign(WatchKind.PLATE, plate_of(plate))
    try:
        return Sign(WatchKind.CONTAINER, container_of(container or ""))
    except IdentifierError as error:
        raise WatchError(f"watch: container: {error}") from None


class WatchRoutes:
    """The list, for those who may see it."""

    def __init__(
        self,
        watch: WatchList,
        view: Callable[[], GateView],
        post: Post,
        key: bytes,
    ) -> None:
        """``key`` makes pseudonyms."""
        self._watch = watch
        self._view = view
        self._post = post
        self._key = key

    def add_to(self, app: FastAPI) -> None:
        """Answer on /api/watch and below it."""

        @app.get("/api/watch")
        @needs(Right.WATCH_LIST_READ)
        async def _list(_request: Request) -> Response:
            return JSONResponse(self.shown())

        for word, kind in WORDS.items():
            app.post(f"/api/watch/{word}")(needs(kind.right)(self._answer(word, kind)))

    def shown(self) -> dict[str, Any]:
        """The entries, and the visits that are held."""
        held = [
            {"visit": visit, "code": code}
            for visit, codes in self._view().holds.items()
            for code, still in codes.items()
            if still
        ]
        return {"entries": [one._asdict() for one in self._watch.entries()], "held": held}

    def _answer(self, word: str, kind: type[Word]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                said = decode_word(word, await read_body(request), kind)
                return JSONResponse(self.do(said, caller(request).by), 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)
            except WatchError as problem:
                return JSONResponse({"problem": str(problem)}, 422)

        return answer

    def do(self, said: Word, by: str) -> dict[str, Any]:
        """Take a word; raises Refused or WatchError."""
        if isinstance(said, FreeVisit):
            if not self._view().holds.get(said.visit, {}).get(said.code):
                known = "expected one of GET /api/watch, held"
                raise Refused(404, f"free: visit {said.visit}, code {said.code}: {known}")
            return post_events(self._post, [e.VisitFreed(0, said.visit, by, said.code)])
        if isinstance(said, Remove):
            self._watch.remove(said.code, by)
            return {"removed": said.code}
        assert isinstance(said, Add)
        sign = sign_of(self._key, said.document, said.plate, said.container)
        return {"code": self._watch.add(sign, said.reason, by)}
