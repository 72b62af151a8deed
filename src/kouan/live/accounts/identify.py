"""Who asks: by a bearer token, by the cookie of a session, by the token in a driver's address."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request

from kouan.live.accounts.book import Accounts
from kouan.live.accounts.gatekeeper import Unauthorised
from kouan.live.accounts.rights import Caller, anyone
from kouan.live.accounts.secret import derive, same
from kouan.runtime.errors import JournalError

COOKIE = "kouan_session"
CSRF_HEADER = "x-kouan-csrf"
READING = ("GET", "HEAD")

FindDriver = Callable[[str], Caller | None]


def _no_driver(_token: str) -> Caller | None:
    """There are no pages of visits."""
    return None


def csrf_of(session: str) -> str:
    """Return what a page has to show besides the cookie when it changes something."""
    return derive(session, "csrf")


class Identification:
    """Says who asks; look-ups run in threads of its own, off the loop of HTTP."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        require_sign_in: bool = False,
        refused: Callable[[], None],
        driver: FindDriver = _no_driver,
    ) -> None:
        """Look accounts up; ``refused`` is told of each credential that let nobody in.

        ``driver`` says who has the token of a visit's page.
        """
        self._find_driver = driver
        self._accounts = accounts
        self._anyone = anyone(require_sign_in=require_sign_in)
        self._refused = refused
        self._threads = ThreadPoolExecutor(2, "accounts")

    async def __call__(self, request: Request, page_token: str, /) -> Caller:
        """Return the caller; raise Unauthorised for a token that is not good."""
        header = request.headers.get("authorization", "")
        cookie = request.cookies.get(COOKIE, "")
        if not (header or cookie or page_token):
            return self._anyone
        loop = asyncio.get_running_loop()
        try:
            if page_token:
                found = await loop.run_in_executor(self._threads, self._driver, page_token)
            elif header:
                found = await loop.run_in_executor(self._threads, self._bearer, header)
            else:
                csrf = None if request.method in READING else request.headers.get(CSRF_HEADER, "")
                found = await loop.run_in_executor(self._threads, self._session, cookie, csrf)
        except Unauthorised:
            self._refused()
            raise
        except JournalError as error:
            raise Unauthorised(503, f"accounts can't be looked up: {error}") from error
        # Who is known may do no less than who is not.
        return found._replace(rights=tuple(dict.fromkeys((*found.rights, *self._anyone.rights))))

    def _driver(self, secret: str) -> Caller:
        found = self._find_driver(secret)
        if found is None:
            raise Unauthorised(401, "this page's address is not good, or not any more")
        return found

    def _bearer(self, header: str) -> Caller:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorised(401, "expected Authorization: Bearer ...")
        found = self._accounts.bearer(secret.strip())
        if found is None:
            raise Unauthorised(401, "the token is unknown, has ended or was revoked")
        return found

    def _session(self, cookie: str, csrf: str | None) -> Caller:
        found = self._accounts.signed_in(cookie)
        if found is None:
            return self._anyone
        if csrf is not None and not same(csrf, csrf_of(cookie)):
            raise Unauthorised(403, f"expected the header {CSRF_HEADER} with the session's value")
        return found
