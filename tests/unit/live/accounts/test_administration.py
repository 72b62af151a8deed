"""Accounts of others over HTTP: made, changed, ended, and who did it."""

import pytest
from starlette.testclient import TestClient

from kouan.live.accounts.book import Accounts
from tests.unit.live.accounts.support import FOLDER_TOKEN, Desk, add_person, bearer


@pytest.fixture
def chief(desk: Desk, accounts: Accounts) -> TestClient:
    """An administrator who has signed in."""
    add_person(accounts, "chief", "administrator")
    return desk.signed_in("chief")


def test_an_administrator_makes_an_account_that_its_owner_completes(
    desk: Desk, chief: TestClient
) -> None:
    made = chief.post("/api/accounts", json={"name": "Li.Na", "roles": ["gate_officer"]})
    assert (made.status_code, made.json()["name"]) == (201, "li.na")
    once = made.json()["one_time_password"]
    (first, listed) = chief.get("/api/accounts").json()
    assert (first["name"], listed["name"], listed["must_change"]) == ("chief", "li.na", True)
    assert once not in chief.get("/api/accounts").text
    own = desk.signed_in("li.na", once)
    change = {"old": once, "new": "another good one"}
    assert own.post("/api/session/password", json=change).status_code == 204
    own = desk.signed_in("li.na", "another good one")
    given = own.post("/api/session/tokens", json={"label": "scanner", "days": 7})
    token = given.json()["token"]
    (known,) = own.get("/api/session/tokens").json()
    assert (known["label"], known["owner"]) == ("scanner", "li.na")
    program = desk.client()
    program.headers.update(bearer(token))
    assert program.get("/api/session").json()["name"] == "li.na"
    assert own.delete("/api/session/tokens/none").status_code == 422
    assert own.delete(f"/api/session/tokens/{known['id']}").status_code == 204
    assert program.get("/api/session").status_code == 401
    roles = chief.post("/api/accounts/li.na/roles", json={"roles": ["viewer"]})
    assert roles.status_code == 204
    assert [one["id"] for one in own.get("/api/session").json()["roles"]] == ["viewer"]
    assert chief.post("/api/accounts/li.na/disable").status_code == 204
    assert own.get("/api/session").json()["name"] == ""
    assert chief.post("/api/accounts/li.na/enable").status_code == 204
    again = chief.post("/api/accounts/li.na/reset").json()["one_time_password"]
    assert desk.signed_in("li.na", again).get("/api/session").json()["must_change"]
    acts = [(one["by"], one["act"]) for one in chief.get("/api/account-acts").json()]
    assert acts[:2] == [
        ("chief/administrator", "one-time password given"),
        ("chief/administrator", "enabled"),
    ]
    assert ("li.na", "password set") in acts


def test_an_integrator_manages_devices_and_no_people(desk: Desk, accounts: Accounts) -> None:
    add_person(accounts, "chen", "integrator")
    chen = desk.signed_in("chen")
    made = chen.post("/api/device-accounts", json={"name": "cam-1"})
    assert made.status_code == 201
    assert accounts.check("cam-1", made.json()["token"])
    renewed = chen.post("/api/device-accounts/cam-1/renew").json()["token"]
    assert not accounts.check("cam-1", made.json()["token"])
    assert accounts.check("cam-1", renewed)
    assert [one["name"] for one in chen.get("/api/device-accounts").json()] == ["cam-1"]
    assert chen.post("/api/device-accounts/chen/disable").status_code == 422
    assert chen.post("/api/device-accounts/cam-1/disable").status_code == 204
    assert not accounts.check("cam-1", renewed)
    for path in ("/api/accounts", "/api/account-acts"):
        assert chen.get(path).status_code == 403
    assert (
        chen.post("/api/accounts/chen/roles", json={"roles": ["administrator"]}).status_code == 403
    )
    assert set(chen.get("/api/roles").json()) == {"roles", "rights"}


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("accounts", {"name": "a b", "roles": ["viewer"]}, "expected 1 to 64 letters"),
        ("accounts", {"name": "chief", "roles": ["viewer"]}, "there is one of this name"),
        ("accounts", {"name": "x", "roles": ["king"]}, "role king: expected one of viewer"),
        ("accounts", {"name": "x", "roles": []}, "length >= 1 - at `$.roles`"),
        ("accounts", {"name": "x", "roles": ["gate_officer", "border_officer"]}, "kept apart"),
        ("accounts/nobody/reset", {}, "account nobody: expected chief"),
        ("accounts/operator/reset", {}, "account operator: expected chief"),
        ("device-accounts", {"name": "Cam"}, "expected small letters"),
        ("device-accounts", {"name": "chief"}, "there is one of this name"),
        ("session/tokens", {"days": 0}, "expected 1 to 366"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(
    chief: TestClient, accounts: Accounts, path: str, body: dict[str, object], problem: str
) -> None:
    accounts.keep_operator(FOLDER_TOKEN)
    acts = accounts.acts()
    answer = chief.post(f"/api/{path}", json=body)
    assert (answer.status_code, problem in answer.json()["problem"]) == (422, True), answer.text
    assert accounts.acts() == acts
