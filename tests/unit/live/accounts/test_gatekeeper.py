"""Deny by default: no route without a right, and every route walked by every role."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kouan.live.accounts.gatekeeper import Gatekeeper, Identify, caller, needed_rights, needs
from kouan.live.accounts.rights import ROLES, SIGNED_IN_ONLY, Caller, Right, Role, rights_of
from kouan.live.errors import LiveError
from kouan.live.http import PAGE_FILES, TO_SIGN_IN, Guard
from kouan.live.queue.driver import PAGE_FILES as DRIVER_FILES
from kouan.live.service import LivePort
from tests.unit.live.accounts.support import Desk
from tests.unit.live.support import tiny_port
from tests.unit.live.test_service import make_site, options


def bare() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


async def hello(request: Request) -> Response:
    return PlainTextResponse(caller(request).by)


def as_role(role: Role) -> Identify:
    """Somebody of one role asks."""

    async def identify(_request: Request, _page_token: str) -> Caller:
        return Caller("" if role is Role.ANYONE else "a", (role,), rights_of((role,)))

    return identify


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[ASGIApp]:
    """The application of a live port with all its parts; nothing runs behind it."""
    live = LivePort(tiny_port(), tmp_path / "data", make_site, options())
    yield live.app()
    live.close()


def gatekeeper_of(guard: ASGIApp) -> Gatekeeper:
    assert isinstance(guard, Guard)
    assert isinstance(guard._app, Gatekeeper)
    return guard._app


def routes_of(app: ASGIApp) -> list[Route]:
    gatekeeper = gatekeeper_of(app)
    found = [route for route in gatekeeper._routes if isinstance(route, Route)]
    assert len(found) == len(gatekeeper._routes)
    return found


def test_a_route_without_a_right_does_not_start() -> None:
    app = bare()
    app.get("/open")(hello)
    with pytest.raises(LiveError, match=r"routes without a right: /open: expected @needs"):
        Gatekeeper(app, app.routes)


@pytest.mark.parametrize(
    "route", [Mount("/files", app=PlainTextResponse("x")), Route("/raw", hello)]
)
def test_neither_does_a_mount_or_a_bare_route(route: BaseRoute) -> None:
    with pytest.raises(LiveError, match="routes without a right"):
        Gatekeeper(bare(), [route])


def test_neither_does_a_router_that_is_included() -> None:
    router = APIRouter()
    router.get("/hidden")(hello)
    app = bare()
    app.include_router(router)
    with pytest.raises(LiveError, match="routes without a right"):
        Gatekeeper(app, app.routes)


def test_the_pages_that_a_framework_adds_by_itself_do_not_start() -> None:
    app = FastAPI()
    with pytest.raises(LiveError, match=r"/openapi\.json, /docs"):
        Gatekeeper(app, app.routes)


def test_a_right_has_to_be_named() -> None:
    with pytest.raises(LiveError, match="expected at least one"):
        needs()


@pytest.mark.parametrize("role", Role)
def test_a_route_that_is_added_later_is_refused_to_everybody(role: Role) -> None:
    app = bare()
    gatekeeper = Gatekeeper(app, app.routes, as_role(role))
    app.get("/late")(hello)
    assert TestClient(gatekeeper).get("/late").status_code in (401, 403)


def test_what_is_not_there_is_not_found_whoever_asks(desk: Desk) -> None:
    assert desk.client().post("/api/fleet/fly").status_code == 404
    assert desk.client().get("/api/fleet/halt").headers["allow"] == "POST"


def test_words_need_the_rights_that_they_name(whole: ASGIApp) -> None:
    needed = {route.path: needed_rights(route) for route in routes_of(whole)}
    assert {path[11:]: rights for path, rights in needed.items() if "/fleet/" in path} == {
        "halt": (Right.VEHICLES_HALT,),
        "free": (Right.VEHICLES_HALT,),
        "take": (Right.VEHICLES_TAKE,),
        "return": (Right.VEHICLES_TAKE,),
        "remove": (Right.VEHICLES_REMOVE,),
        "cancel": (Right.ORDERS_CANCEL,),
        "order": (Right.ORDERS_PLACE,),
    }


def test_what_anyone_may_is_this_and_no_more(whole: ASGIApp) -> None:
    def open_to(rights: tuple[Right, ...]) -> list[str]:
        return sorted(
            f"{method} {route.path}"
            for route in routes_of(whole)
            for method in route.methods or ()
            if {*needed_rights(route)} <= {*rights}
        )

    to_sign_in = ["GET /api/session", "POST /api/session"]
    # The page of a visit is the same for everybody; what it shows is asked for by its token.
    to_sign_in += [f"GET {path}" for path in (*TO_SIGN_IN, *DRIVER_FILES, "/q/{token}")]
    assert open_to(SIGNED_IN_ONLY) == sorted(to_sign_in)
    seen = [f"GET {path}" for path in ("/", "/api/port", "/api/view", "/healthz", "/metrics")]
    # Desk and lanes are pages without anything to see: what they show is asked for with rights.
    files = ("/desk", "/lanes", *PAGE_FILES)
    page = [f"GET {path}" for path in files if path not in TO_SIGN_IN]
    assert open_to(ROLES[Role.ANYONE].rights) == sorted([*to_sign_in, *seen, *page])


@pytest.mark.parametrize("role", Role)
def test_every_route_is_walked_by_every_role(whole: ASGIApp, role: Role) -> None:
    gatekeeper_of(whole)._identify = as_role(role)
    client = TestClient(whole, base_url="http://localhost", follow_redirects=False)
    walked = 0
    for route in routes_of(whole):
        for method in sorted(route.methods or ()):
            answer = client.request(method, route.path)
            may = {*needed_rights(route)} <= {*ROLES[role].rights}
            refused = answer.status_code in (401, 403)
            assert refused is not may, (method, route.path, role, answer.text)
            assert answer.status_code != 500
            if not may:
                assert answer.status_code == (401 if role is Role.ANYONE else 403)
            walked += 1
    assert walked >= 50


def test_the_right_that_lacks_is_named(desk: Desk) -> None:
    gatekeeper_of(desk.app)._identify = as_role(Role.VIEWER)
    answer = desk.client().post("/api/fleet/halt")
    assert answer.json() == {"problem": "a may not: expected the right vehicles_halt"}
