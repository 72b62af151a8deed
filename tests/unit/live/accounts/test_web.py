"""Sessions over HTTP: cookies, what a changing call has to show, and what is refused."""

import asyncio
import threading

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from kouan.dispatch import events as e
from kouan.live.accounts.answers import MOST_BODY_BYTES
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.gatekeeper import Gatekeeper, caller, needs
from kouan.live.accounts.identify import COOKIE, CSRF_HEADER, Identification
from kouan.live.accounts.rights import Caller, Right, Role, rights_of
from kouan.live.accounts.sessions import IDLE_MS
from kouan.live.accounts.signing_in import SigningIn
from kouan.live.accounts.tables import account
from kouan.live.accounts.web import MOST_WAITING
from tests.unit.live.accounts.support import (
    FOLDER_TOKEN,
    PASSWORD,
    Clock,
    Desk,
    add_person,
    bearer,
    halt,
)


@pytest.fixture(autouse=True)
def _people(accounts: Accounts) -> None:
    add_person(accounts, "li.na", "port_operator")
    accounts.keep_operator(FOLDER_TOKEN)


def cookie_words(desk: Desk, url: str) -> list[str]:
    body = {"name": "li.na", "password": PASSWORD}
    answer = desk.client(url).post("/api/session", json=body)
    return str(answer.headers["set-cookie"]).lower().split("; ")


def test_a_session_says_a_word_with_its_header_and_the_journal_has_the_name(desk: Desk) -> None:
    client = desk.signed_in("li.na")
    assert client.post("/api/fleet/halt", **halt()).status_code == 202
    assert desk.posted == [e.VehiclesHalted(0, "", "", "pause", "li.na/port_operator", "fog")]
    del client.headers[CSRF_HEADER]
    answer = client.post("/api/fleet/halt", **halt())
    assert (answer.status_code, CSRF_HEADER in answer.text) == (403, True)
    client.headers[CSRF_HEADER] = "0" * 64
    assert client.post("/api/fleet/halt", **halt()).status_code == 403
    assert client.delete("/api/session").status_code == 403
    assert client.get("/api/session").json()["name"] == "li.na"
    assert len(desk.posted) == 1


def test_the_folders_token_needs_no_header_and_is_named_too(desk: Desk) -> None:
    asked = halt()
    asked["headers"] |= bearer(FOLDER_TOKEN)
    assert desk.client().post("/api/fleet/halt", **asked).status_code == 202
    (posted,) = desk.posted
    assert isinstance(posted, e.VehiclesHalted)
    assert posted.by == "operator/port_operator"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic eDp5", FOLDER_TOKEN])
def test_a_token_that_is_not_good_is_refused_even_where_anyone_may(desk: Desk, header: str) -> None:
    answer = desk.client().get("/api/view", headers={"authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert desk.counts["credentials"] == 1


def test_the_cookie_is_for_this_site_only_and_out_of_reach_of_scripts(desk: Desk) -> None:
    for url, secure in (
        ("http://localhost:8080", False),
        ("http://127.0.0.1:8080", False),
        ("http://port.example", True),
        ("https://port.example", True),
        ("https://localhost", True),
    ):
        words = cookie_words(desk, url)
        assert words[0].startswith(f"{COOKIE}=")
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= {*words}
        assert ("secure" in words) is secure, url
        assert not any(word.startswith("domain") for word in words)


def test_a_session_that_was_handed_in_is_never_taken_over(desk: Desk) -> None:
    planted = "planted-by-somebody-else-with-enough-letters"
    client = desk.client()
    client.cookies.set(COOKIE, planted)
    assert client.get("/api/session").json()["name"] == ""
    answer = client.post("/api/session", json={"name": "li.na", "password": PASSWORD})
    assert answer.cookies[COOKIE] != planted
    assert desk.accounts.signed_in(planted) is None
    # Whoever signs in again has another session, and the one before has ended.
    first = desk.signed_in("li.na")
    before = first.cookies[COOKIE]
    again = first.post("/api/session", json={"name": "li.na", "password": PASSWORD})
    assert again.cookies[COOKIE] != before
    assert desk.accounts.signed_in(before) is None


def test_signing_out_ends_the_session_on_the_server(desk: Desk) -> None:
    client = desk.signed_in("li.na")
    session = client.cookies[COOKIE]
    answer = client.delete("/api/session")
    assert answer.status_code == 204
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert desk.accounts.signed_in(session) is None
    late = desk.client()
    late.cookies.set(COOKIE, session)
    assert late.post("/api/fleet/halt", **halt()).status_code == 401


def test_idleness_and_disabling_end_a_session_at_the_next_request(desk: Desk, clock: Clock) -> None:
    for end in ("idle", "disabled"):
        client = desk.signed_in("li.na")
        assert client.post("/api/fleet/halt", **halt()).status_code == 202
        if end == "idle":
            clock.at_ms += IDLE_MS
        else:
            desk.accounts.disable("li.na", "test")
        assert client.post("/api/fleet/halt", **halt()).status_code == 401
        assert client.get("/api/view").status_code == 200  # what anyone may


def test_who_is_signed_in_is_told_in_both_languages_without_secrets(desk: Desk) -> None:
    answer = desk.signed_in("li.na").get("/api/session").json()
    assert answer["roles"] == [{"id": "port_operator", "en": "port operator", "zh": "口岸运营员"}]
    assert "vehicles_halt" in answer["rights"]
    assert (answer["must_change"], len(answer["csrf"])) == (False, 64)
    assert desk.client().get("/api/session").json() == {"name": "", "any_account": True}
    told = desk.client().get("/api/session", headers=bearer(FOLDER_TOKEN)).json()
    assert (told["name"], told["csrf"]) == ("operator", "")


def test_nobody_has_an_account_until_a_person_has_a_password(desk: Desk) -> None:
    store = desk.accounts._store
    with store.change() as connection:
        connection.execute(account.update().values(password=""))
    assert desk.client().get("/api/session").json() == {"name": "", "any_account": False}


def test_a_one_time_password_only_leads_to_its_change(accounts: Accounts) -> None:
    desk = Desk(accounts, require_sign_in=True)
    once = SigningIn(accounts).reset("li.na", "test")
    client = desk.signed_in("li.na", once)
    answer = client.post("/api/fleet/halt", **halt())
    assert (answer.status_code, "one-time password" in answer.text) == (403, True)
    page = client.get("/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
    change = {"old": once, "new": "another good one"}
    weak = client.post("/api/session/password", json={"old": once, "new": "short"})
    assert (weak.status_code, "expected 12" in weak.text) == (422, True)
    assert client.post("/api/session/password", json=change).status_code == 204
    assert client.get("/api/session").json()["name"] == ""
    client = desk.signed_in("li.na", "another good one")
    assert client.post("/api/fleet/halt", **halt()).status_code == 202


def test_where_all_have_to_sign_in_only_the_page_for_it_is_open(accounts: Accounts) -> None:
    desk = Desk(accounts, require_sign_in=True)
    anyone = desk.client()
    for path in ("/", "/page.js", "/map.js", "/api/port", "/api/view", "/healthz", "/metrics"):
        assert anyone.get(path).status_code == 401, path
        assert anyone.get(path, headers=bearer(FOLDER_TOKEN)).status_code == 200, path
    for path in ("/sign-in", "/sign-in.js", "/page.css", "/texts.json", "/icon.svg"):
        assert anyone.get(path).status_code == 200, path
    page = anyone.get("/", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
    assert desk.signed_in("li.na").get("/api/view").status_code == 200


@pytest.mark.parametrize(
    ("sent", "status", "problem"),
    [
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "application/json"),
        ({"json": {}}, 422, "missing required field `name`"),
        ({"json": {"name": "a", "password": "b", "admin": True}}, 422, "unknown field `admin`"),
        ({"json": {"name": "a", "password": ""}}, 422, "length >= 1 - at `$.password`"),
        ({"json": {"name": ["a"], "password": "b"}}, 422, "got `array` - at `$.name`"),
        ({"json": {"name": "x" * MOST_BODY_BYTES, "password": "b"}}, 413, "at most 4,096 bytes"),
        ({"json": {"name": "li.na", "password": "wrong"}}, 401, "name or password is not right"),
    ],
)
def test_what_is_wrong_with_a_sign_in_is_told(
    desk: Desk, sent: dict[str, object], status: int, problem: str
) -> None:
    answer = desk.client().post("/api/session", **sent)
    assert (answer.status_code, problem in answer.json()["problem"]) == (status, True), answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_attempts_are_told_when_to_come_again(desk: Desk) -> None:
    client = desk.client()
    wrong = {"name": "li.na", "password": "wrong wrong wrong"}
    answers = [client.post("/api/session", json=wrong) for _ in range(6)]
    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert desk.counts == {"refused": 5, "too_often": 1}


def test_so_many_wait_for_the_thread_and_http_answers_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def wait(*_tried: str) -> None:
        go_on.wait(30)
        raise AssertionError

    monkeypatch.setattr(desk.sessions._signing_in, "sign_in", wait)

    async def walk() -> None:
        transport = httpx.ASGITransport(app=desk.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            body = {"name": "li.na", "password": PASSWORD}

            async def enter() -> httpx.Response:
                return await client.post("/api/session", json=body)

            waiting = [asyncio.create_task(enter()) for _ in range(MOST_WAITING)]
            while desk.sessions._waiting < MOST_WAITING:
                await asyncio.sleep(0.01)
            busy = await enter()
            assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
            assert (await client.get("/api/view")).status_code == 200
            go_on.set()
            await asyncio.gather(*waiting)

    asyncio.run(walk())
    assert desk.sessions._waiting == 0


def test_a_database_that_fails_lets_nobody_in(desk: Desk) -> None:
    client = desk.signed_in("li.na")
    with desk.accounts._store.change() as connection:
        connection.exec_driver_sql("DROP TABLE account_session")
    assert client.get("/api/session").status_code == 503
    assert client.post("/api/fleet/halt", **halt()).status_code == 503
    body = {"name": "li.na", "password": PASSWORD}
    assert desk.client().post("/api/session", json=body).status_code == 503
    assert desk.client().get("/api/view").status_code == 200
    assert desk.posted == []


def test_a_drivers_page_is_opened_by_the_token_in_its_address(accounts: Accounts) -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/visit/{token}")
    @needs(Right.DRIVER_PAGE)
    async def page(request: Request) -> Response:
        return PlainTextResponse(caller(request).subject)

    token = "of-the-page-of-visit-7"
    visits = {token: Caller("visit-7", (Role.DRIVER,), rights_of((Role.DRIVER,)), "visit-7")}
    identify = Identification(accounts, refused=lambda: None, driver=visits.get)
    client = TestClient(Gatekeeper(app, app.routes, identify))
    assert client.get(f"/visit/{token}").text == "visit-7"
    assert client.get("/visit/x").status_code == 401
    # Neither an account nor the folder opens it, and the token opens nothing else.
    assert client.get(f"/visit/{FOLDER_TOKEN}").status_code == 401
    assert Desk(accounts).client().get("/api/view", headers=bearer(token)).status_code == 401
