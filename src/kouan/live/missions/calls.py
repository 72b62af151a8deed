"""HTTP of the contract: calls made from a thread of their own, and bodies taken with a token.

Calls wait in a bounded queue, take a bounded time and read a bounded answer. A token is sent only
over TLS or within this machine, and never to where a redirection leads.
"""

import logging
import queue
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.live.errors import LiveError
from kouan.live.missions.messages import MOST_BODY_BYTES, MissionError, Topic

log = logging.getLogger(__name__)

MOST_WAITING = 1_000
"""Calls that wait; more are lost."""
ANSWER_S = 5.0
WAIT_S = 0.05
STOP_S = 15.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LEAST_TOKEN = 16


class Call(NamedTuple):
    """A request to be made."""

    method: str
    path: str
    body: bytes | None = None


@dataclass(slots=True)
class CallCounts:
    """What came of the calls: ``lost`` had no room, ``failed`` no answer of 2xx or 404."""

    answered: int = 0
    failed: int = 0
    lost: int = 0


def plain_opener() -> urllib.request.OpenerDirector:
    """Opens http and https and nothing else: no proxy, no redirection, no file."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        made.add_handler(handler)
    return made


def check_url(url: str, what: str = "fleet manager") -> str:
    """Return the URL without a slash at its end; raises LiveError for one that calls can't go to.

    The error never repeats user or password.
    """
    split = urlsplit(url)
    shown = url.rpartition("@")[2]
    if split.scheme not in ("http", "https") or not split.hostname or "@" in split.netloc:
        raise LiveError(f"{what} {shown}: expected https://host[:port][/path], no user")
    if split.scheme == "http" and split.hostname not in LOOPBACK:
        raise LiveError(f"{what} {shown}: expected https:// for another machine")
    if split.query or split.fragment:
        raise LiveError(f"{what} {shown}: expected nothing after the path")
    return url.rstrip("/")


def check_token(token: str, what: str) -> str:
    """Return the token; raises LiveError, which does not repeat it, for one that is too weak."""
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise LiveError(f"{what}: expected a token of {LEAST_TOKEN} ASCII signs or more, no spaces")
    return token


class Caller:
    """Makes calls one after another; while none waits it polls, if it has something to poll."""

    def __init__(
        self,
        url: str,
        token: str,
        on_answer: Callable[[Call, int, bytes], None],
        *,
        poll: Callable[[], Sequence[Call]] | None = None,
        poll_s: float = 2.0,
    ) -> None:
        """Prepare; raises LiveError for URL or token."""
        self.counts = CallCounts()
        self._url = check_url(url)
        self._token = check_token(token, f"fleet manager {self._url}")
        self._on_answer = on_answer
        self._poll = poll
        self._poll_s = poll_s
        self._polled_s = poll_s
        self._waiting: queue.Queue[Call | None] = queue.Queue(MOST_WAITING)
        self._ended = threading.Event()
        self._opener = plain_opener()
        self._thread = threading.Thread(target=self._run, name="fleet-manager", daemon=True)

    def start(self) -> None:
        """Make calls from now on."""
        self._thread.start()

    def put(self, call: Call) -> bool:
        """Take a call to be made; False, and counted, when too many wait."""
        try:
            self._waiting.put_nowait(call)
        except queue.Full:
            self.counts.lost += 1
            return False
        return True

    def close(self) -> None:
        """End after the call under way; what waits is not made."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                call = self._waiting.get(timeout=WAIT_S)
            except queue.Empty:
                call = None
                self._count_down()
            if call is not None:
                self._make(call)

    def _count_down(self) -> None:
        """Poll, once enough time without calls has gone by."""
        self._polled_s += WAIT_S
        if self._poll is None or self._polled_s < self._poll_s:
            return
        self._polled_s = 0.0
        for call in self._poll():
            self.put(call)

    def _make(self, call: Call) -> None:
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        request = urllib.request.Request(
            self._url + call.path, call.body, headers, method=call.method
        )
        try:
            status, body = self._open(request)
        except (OSError, HTTPException) as error:
            self.counts.failed += 1
            log.warning("%s %s%s: %s", call.method, self._url, call.path, error)
            return
        if status != 404 and not 200 <= status < 300:
            self.counts.failed += 1
            log.warning("%s %s%s: answered with %d", call.method, self._url, call.path, status)
            return
        self.counts.answered += 1
        try:
            self._on_answer(call, status, body)
        except Exception:
            self.counts.failed += 1
            log.exception("the answer to %s %s", call.method, call.path)

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with self._opener.open(request, timeout=ANSWER_S) as answer:
                return answer.status, answer.read(MOST_BODY_BYTES + 1)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(MOST_BODY_BYTES + 1)


# --- the side that is called -------------------------------------------------------------------


class Refused(Exception):
    """A request is not taken: status, and what was wrong and what was expected."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def answer_refusals(app: FastAPI) -> None:
    """Say what was wrong as JSON."""

    @app.exception_handler(Refused)
    async def _refuse(_request: Request, problem: Refused) -> Response:
        return JSONResponse({"problem": str(problem)}, problem.status)

    @app.exception_handler(MissionError)
    async def _unread(_request: Request, problem: MissionError) -> Response:
        return JSONResponse({"problem": str(problem)}, 422)


def check_caller(request: Request, token: str) -> None:
    """Raise Refused unless the request has the token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = secrets.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not right:
        raise Refused(401, "expected the token: Authorization: Bearer ...")


async def read_body(request: Request, token: str) -> bytes:
    """The body of a request that has the token, within its bound."""
    check_caller(request, token)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "expected content-type application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Refused(413, f"expected at most {MOST_BODY_BYTES:,} bytes")
    return bytes(body)


def webhook(token: str, on_body: Callable[[Topic, bytes], None]) -> FastAPI:
    """The application to which a manager posts what it says: POST /status and /vehicles."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    answer_refusals(app)

    @app.post("/{kind}")
    async def _take(kind: str, request: Request) -> Response:
        body = await read_body(request, token)
        if kind not in (Topic.STATUS, Topic.VEHICLES):
            raise Refused(404, f"{kind}: expected status or vehicles")
        on_body(Topic(kind), body)
        return Response(status_code=204)

    return app
