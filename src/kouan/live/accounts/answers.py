"""What routes of accounts share: a body within its bound, and problems as answers."""

import logging
from typing import TypeVar

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kouan.live.accounts.people import AccountError
from kouan.live.accounts.signing_in import SignInRefused
from kouan.runtime.errors import JournalError

log = logging.getLogger(__name__)

MOST_BODY_BYTES = 4_096
Body = TypeVar("Body", bound=msgspec.Struct)


def answer_problems(app: FastAPI) -> None:
    """Let what routes of accounts raise become answers."""
    app.add_exception_handler(SignInRefused, _refusal)
    app.add_exception_handler(AccountError, _mistake)
    app.add_exception_handler(JournalError, _trouble)


async def _refusal(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, SignInRefused)
    headers = {"retry-after": str(problem.wait_s)} if problem.wait_s else None
    return JSONResponse({"problem": str(problem)}, problem.status, headers)


async def _mistake(_request: Request, problem: Exception) -> Response:
    return JSONResponse({"problem": str(problem)}, 422)


async def _trouble(_request: Request, problem: Exception) -> Response:
    log.error("accounts: %s", problem)
    return JSONResponse({"problem": "accounts can't be looked up: see the port's log"}, 503)


async def read_body(request: Request, kind: type[Body]) -> Body:
    """Return the request's JSON body within its bound; raise SignInRefused."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise SignInRefused(415, "expected content-type application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise SignInRefused(413, f"expected at most {MOST_BODY_BYTES:,} bytes")
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SignInRefused(422, str(error)) from None
