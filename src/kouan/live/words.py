"""Words of people over HTTP: a body with a right, checked, that becomes events in the inbox.

Every word names the right that it needs. Who said it, in which role, and why goes into the journal.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.masks import masked_within
from kouan.identifiers.person import parse_identity_number
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Right
from kouan.live.errors import InboxClosed, InboxFull

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


class Refused(Exception):
    """A word is not taken: status, and what was wrong and what was expected."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


Check = Callable[[str, Word], None]
"""Refuses a word, by its name and body, that the dispatcher could only answer with an alarm."""
Post = Callable[[list[e.Event]], None]
Prepare = Callable[[str, Word], Word]
"""Makes of a word, by its name and body, what the port knows it by; raises Refused."""


def as_said(_word: str, said: Word) -> Word:
    """Take a word as it was said."""
    return said


class Words:
    """Takes words of one kind, of whoever may say them, and posts them as events."""

    def __init__(
        self,
        path: str,
        words: Mapping[str, type[Word]],
        check: Check,
        post: Post,
        prepare: Prepare = as_said,
    ) -> None:
        """Answer below a path such as /api/fleet."""
        self._prepare = prepare
        self._path = path
        self._words = words
        self._check = check
        self._post = post

    def add_to(self, app: FastAPI) -> None:
        """Answer POST {path}/{word}, each word with the right that it needs."""
        for word, kind in self._words.items():
            app.post(f"{self._path}/{word}")(needs(kind.right)(self._answer(word)))

    def _answer(self, word: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                said = self.say(word, await read_body(request), caller(request).by)
                return JSONResponse(said, 202)
            except Refused as problem:
                return JSONResponse({"problem": str(problem)}, problem.status)

        return answer

    def say(self, word: str, body: bytes, by: str) -> dict[str, Any]:
        """Take a word; return what was posted. Raises Refused, and then nothing was posted."""
        said = self._prepare(word, decode_word(word, body, self._words[word]))
        self._check(word, said)
        return post_events(self._post, said.events(by))


def decode_word(word: str, body: bytes, kind: type[Word]) -> Word:
    """Read a body as a word; raises Refused saying what was expected."""
    try:
        return _masked(word, msgspec.json.decode(body, type=kind))
    except msgspec.DecodeError as error:
        raise Refused(422, f"{word}: {error}") from None


FREE_TEXTS = ("reason", "goods")
"""Fields that people write in freely: a personal number in them goes no further."""
Said = TypeVar("Said", bound=msgspec.Struct)


def _masked(word: str, said: Said) -> Said:
    """Hide personal numbers in free texts, in those of inner structures too.

    Raises Refused where a name of something is somebody's identity number.
    """
    changed: dict[str, Any] = {}
    for name in said.__struct_fields__:
        value = getattr(said, name)
        if isinstance(value, str) and name in FREE_TEXTS:
            changed[name] = masked_within(value)
        elif isinstance(value, str) and _is_identity(value):
            raise Refused(422, f"{word}: {name}: expected no personal number")
        elif isinstance(value, msgspec.Struct):
            changed[name] = _masked(word, value)
        elif isinstance(value, tuple):
            changed[name] = tuple(
                _masked(word, item) if isinstance(item, msgspec.Struct) else item for item in value
            )
    return msgspec.structs.replace(said, **changed) if changed else said


def post_events(post: Post, events: list[e.Event]) -> dict[str, Any]:
    """Post all events or none; return what was posted. Raises Refused when none could be."""
    try:
        post(events)
    except (InboxFull, InboxClosed) as error:
        raise Refused(503, str(error)) from None
    return {"taken": [type(event).__name__ for event in events]}


def _is_identity(text: str) -> bool:
    """Whether a text is an identity number, with the right check digit."""
    try:
        parse_identity_number(text)
    except IdentifierError:
        return False
    return True


async def read_body(request: Request) -> bytes:
    """The request's body, within its bound."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "expected content-type application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Refused(413, f"expected at most {MOST_BODY_BYTES:,} bytes")
    return bytes(body)
