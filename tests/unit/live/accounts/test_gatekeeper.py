"""Deny by default: no route without a right, and every route walked by every role."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from kouan.live.accounts.gatekeeper import Gatekeeper, Identify, caller, needed_rights, needs
from kouan.live.accounts.rights import ROLES, Caller, Right, Role, rights_of
from kouan.live.control import WORDS
from kouan.live.errors import LiveError
from kouan.live.http import Guard
from tests.unit.live.accounts.support import Desk


def bare() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


async def hello(request: Request) -> Response:
    return PlainTextResponse(caller(request).by)


def as_role(role: Role) -> Identify:
    """Somebody of one role asks."""

    async def identify(_request: Request, _page_token: str) -> Caller:
        return Caller("" if role is Role.ANYONE else "a", (role,), rights_of((role,)))

    return identify


def gatekeeper_of(desk: Desk) -> Gatekeeper:
    guard = desk.app
    assert isinstance(guard, Guard)
    assert isinstance(guard._app, Gatekeeper)
    return guard._app


def routes_of(desk: Desk) -> list[Route]:
    gatekeeper = gatekeeper_of(desk)
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


def test_words_need_the_rights_that_they_name(desk: Desk) -> None:
    needed = {route.path: needed_rights(route) for route in routes_of(desk)}
    assert {path[11:]: rights for path, rights in needed.items() if "/fleet/" in path} == {
        "halt": (Right.VEHICLES_HALT,),
        "free": (Right.VEHICLES_HALT,),
        "take": (Right.VEHICLES_TAKE,),
        "return": (Right.VEHICLES_TAKE,),
        "remove": (Right.VEHICLES_REMOVE,),
        "cancel": (Right.ORDERS_CANCEL,),
        "order": (Right.ORDERS_PLACE,),
    }
    assert len(WORDS) == 7
    assert needed["/api/view"] == (Right.PORT_SEE,)
    assert needed["/metrics"] == (Right.FIGURES_SEE,)


@pytest.mark.parametrize("role", Role)
def test_every_route_is_walked_by_every_role(desk: Desk, role: Role) -> None:
    gatekeeper_of(desk)._identify = as_role(role)
    walked = 0
    for route in routes_of(desk):
        for method in sorted(route.methods or ()):
            answer = desk.client().request(method, route.path)
            may = {*needed_rights(route)} <= {*ROLES[role].rights}
            refused = answer.status_code in (401, 403)
            assert refused is not may, (method, route.path, role, answer.text)
            assert answer.status_code < 500
            if not may:
                assert answer.status_code == (401 if role is Role.ANYONE else 403)
            walked += 1
    assert walked >= 40
    assert desk.posted == []


def test_the_right_that_lacks_is_named(desk: Desk) -> None:
    gatekeeper_of(desk)._identify = as_role(Role.VIEWER)
    answer = desk.client().post("/api/fleet/halt")
    assert answer.json() == {"problem": "a may not: expected the right vehicles_halt"}
