"""Every request meets the gatekeeper: who asks, and may they. A route without a right is refused.

A route names the rights that it needs with ``@needs`` above its function. The gatekeeper looks at
all routes when the application is built and will not start with one that names none; one that is
added later is refused to everybody.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kouan.live.accounts.rights import Caller, Right, anyone
from kouan.live.errors import LiveError

SIGN_IN_PAGE = "/sign-in"
CALLER = "kouan.caller"
NEEDED = "needed_rights"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


class Unauthorised(Exception):
    """What was shown does not let anybody in: no valid token, or no proof that the page asks."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Identify(Protocol):
    """Says who asks, of the credentials in a request. Raises Unauthorised."""

    async def __call__(self, request: Request, page_token: str, /) -> Caller:
        """Return the caller; ``page_token`` is the path's token of a driver's page, or ""."""


def needs(*rights: Right) -> Callable[[Endpoint], Endpoint]:
    """Declare the rights, all of them, that a route's function needs."""
    if not rights:
        raise LiveError("a route that needs no right: expected at least one of kouan's rights")

    def declare(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, NEEDED, rights)
        return endpoint

    return declare


def caller(request: Request) -> Caller:
    """Return who asks, as the gatekeeper found: the role that lets them comes first."""
    found: Caller = request.scope[CALLER]
    return found


def needed_rights(route: BaseRoute) -> tuple[Right, ...]:
    """Return the rights that a route names; none for one that names none."""
    endpoint = route.endpoint if isinstance(route, Route) else None
    rights: tuple[Right, ...] = getattr(endpoint, NEEDED, ())
    return rights


async def identify_nobody(_request: Request, _page_token: str) -> Caller:
    """Say that anyone asks, whatever is shown."""
    return anyone()


class Gatekeeper:
    """Lets a request through to its route if its caller may."""

    def __init__(
        self, app: ASGIApp, routes: Sequence[BaseRoute], identify: Identify = identify_nobody
    ) -> None:
        """Stand before an application; raise LiveError naming routes that declare no right."""
        self._app = app
        self._routes = routes
        self._identify = identify
        silent = [getattr(one, "path", repr(one)) for one in routes if not needed_rights(one)]
        if silent:
            raise LiveError(
                f"routes without a right: {', '.join(silent)}: expected @needs(...) on each"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        route, allowed = self._match(scope)
        if route is not None:
            answer = await self._check(route, scope)
        elif allowed:
            problem = f"only {', '.join(allowed)} is answered here"
            answer = _refusal(405, problem, {"allow": ", ".join(allowed)})
        else:
            answer = _refusal(404, f"{scope['path']}: nothing is here")
        await (answer or self._app)(scope, receive, send)

    def _match(self, scope: Scope) -> tuple[BaseRoute | None, tuple[str, ...]]:
        """The route that will answer; without one the methods that this path knows."""
        allowed: list[str] = []
        for route in self._routes:
            match, more = route.matches(scope)
            if match is Match.FULL:
                scope["path_params"] = more.get("path_params", {})
                return route, ()
            if match is Match.PARTIAL and isinstance(route, Route):
                allowed += sorted(route.methods or ())
        return None, tuple(dict.fromkeys(allowed))

    async def _check(self, route: BaseRoute, scope: Scope) -> Response | None:
        """Remember who asks, or return the refusal."""
        needed = needed_rights(route)
        page_token = scope["path_params"].get("token", "") if Right.DRIVER_PAGE in needed else ""
        try:
            found = await self._identify(Request(scope), page_token)
        except Unauthorised as refused:
            return _refusal(refused.status, str(refused), _challenge(refused.status))
        if needed and found.may(*needed):
            scope[CALLER] = found.acting(*needed)
            return None
        asks_page = "text/html" in Headers(scope=scope).get("accept", "")
        if asks_page and scope["method"] == "GET" and (not found.name or found.must_change):
            return RedirectResponse(SIGN_IN_PAGE, 303)
        if found.name:
            return _refusal(403, _lacking(found, needed))
        problem = "expected an account: Authorization: Bearer ..., or a session (POST /api/session)"
        return _refusal(401, problem, _challenge(401))


def _lacking(found: Caller, needed: tuple[Right, ...]) -> str:
    if found.must_change:
        return f"{found.name} has a one-time password: change it first"
    lacking = [right for right in needed if right not in found.rights]
    return f"{found.name} may not: expected the right {', '.join(lacking)}"


def _challenge(status: int) -> dict[str, str]:
    return {"www-authenticate": "Bearer"} if status == 401 else {}


def _refusal(status: int, problem: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"problem": problem}, status, headers)
