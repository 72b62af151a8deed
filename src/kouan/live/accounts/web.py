"""Signing in and out over HTTP, and one's own account: /api/session, its password and tokens."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kouan.live.accounts.answers import answer_problems, read_body
from kouan.live.accounts.book import Accounts, caller_of
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.identify import COOKIE, csrf_of
from kouan.live.accounts.people import AccountError
from kouan.live.accounts.rights import ROLES, Caller, Right
from kouan.live.accounts.sessions import LONGEST_MS
from kouan.live.accounts.signing_in import SigningIn, SignInRefused

MOST_WAITING = 16
"""Passwords being verified or waiting for it; more are answered with 503."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Done = TypeVar("Done")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


class NameAndPassword(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a sign-in."""

    name: Text
    password: Text


class TwoPasswords(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a change of one's own password."""

    old: Text
    new: Text


class NewToken(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body that asks for a token of one's own."""

    label: Annotated[str, msgspec.Meta(max_length=80)] = ""
    days: int = 90


class SessionRoutes:
    """Answers for one's own session. Passwords are verified in one thread, off the loop of HTTP."""

    def __init__(self, accounts: Accounts, count: Callable[[str], None]) -> None:
        """Sign people of these accounts in; ``count`` is told how each attempt ended."""
        self._accounts = accounts
        self._signing_in = SigningIn(accounts, count)
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        answer_problems(app)
        app.get("/api/session")(self._who)
        app.post("/api/session")(self._sign_in)
        app.delete("/api/session")(self._sign_out)
        app.post("/api/session/password")(self._change)
        app.get("/api/session/tokens")(self._tokens)
        app.post("/api/session/tokens")(self._give_token)
        app.delete("/api/session/tokens/{token_id}")(self._revoke_token)

    @needs(Right.SIGN_IN)
    async def _who(self, request: Request) -> Response:
        """Say who is signed in, and whether anybody could be."""
        found = caller(request)
        if found.name:
            by_cookie = not request.headers.get("authorization")
            csrf = csrf_of(request.cookies.get(COOKIE, "")) if by_cookie else ""
            return JSONResponse(_about(found, csrf))
        any_account = await asyncio.to_thread(self._accounts.people.any_person)
        return JSONResponse({"name": "", "any_account": any_account})

    @needs(Right.SIGN_IN)
    async def _sign_in(self, request: Request) -> Response:
        asked = await read_body(request, NameAndPassword)
        address = _address(request)
        begun = await self._in_thread(
            lambda: self._signing_in.sign_in(asked.name, asked.password, address)
        )
        old = request.cookies.get(COOKIE, "")
        if old:
            await asyncio.to_thread(self._accounts.sessions.end, old)
        answer = JSONResponse(_about(caller_of(begun.account), csrf_of(begun.session)))
        answer.set_cookie(
            COOKIE,
            begun.session,
            max_age=LONGEST_MS // 1_000,
            secure=not _on_loopback(request),
            httponly=True,
            samesite="strict",
        )
        return answer

    @needs(Right.OWN_ACCOUNT)
    async def _sign_out(self, request: Request) -> Response:
        session = request.cookies.get(COOKIE, "")
        if session:
            await asyncio.to_thread(self._accounts.sessions.end, session)
        answer = Response(status_code=204)
        answer.delete_cookie(
            COOKIE, secure=not _on_loopback(request), httponly=True, samesite="strict"
        )
        return answer

    @needs(Right.OWN_ACCOUNT)
    async def _change(self, request: Request) -> Response:
        asked = await read_body(request, TwoPasswords)
        name, address = caller(request).name, _address(request)
        await self._in_thread(lambda: self._signing_in.change(name, asked.old, asked.new, address))
        return Response(status_code=204)

    @needs(Right.OWN_ACCOUNT)
    async def _tokens(self, request: Request) -> Response:
        found = await asyncio.to_thread(self._accounts.tokens.of, caller(request).name)
        return JSONResponse([one._asdict() for one in found])

    @needs(Right.OWN_ACCOUNT)
    async def _give_token(self, request: Request) -> Response:
        asked = await read_body(request, NewToken)
        name = caller(request).name
        given = await asyncio.to_thread(self._accounts.token, name, asked.label, asked.days, name)
        return JSONResponse({"token": given}, 201)

    @needs(Right.OWN_ACCOUNT)
    async def _revoke_token(self, request: Request) -> Response:
        name, token_id = caller(request).name, request.path_params["token_id"]
        ended = await asyncio.to_thread(self._accounts.tokens.revoke, name, name, token_id)
        if not ended:
            raise AccountError(f"token {token_id}: expected one of GET /api/session/tokens")
        return Response(status_code=204)

    async def _in_thread(self, work: Callable[[], Done]) -> Done:
        if self._waiting >= MOST_WAITING:
            raise SignInRefused(503, "too many sign in at this moment: try again", 1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _about(found: Caller, csrf: str) -> dict[str, Any]:
    """What a page may know of who is signed in."""
    roles = [{"id": role, "en": ROLES[role].en, "zh": ROLES[role].zh} for role in found.roles]
    return {
        "name": found.name,
        "roles": roles,
        "rights": list(found.rights),
        "must_change": found.must_change,
        "csrf": csrf,
    }


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else "an unknown address"


def _on_loopback(request: Request) -> bool:
    """Whether a cookie without Secure is right: plain HTTP within one machine."""
    return request.url.scheme == "http" and (request.url.hostname or "") in LOOPBACK
