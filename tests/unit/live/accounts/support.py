"""Accounts on a clock set by hand, and an application that knows them."""

import json
from collections import Counter
from typing import Any

from starlette.testclient import TestClient

from kouan.dispatch import events as e
from kouan.live.accounts.administration import AccountRoutes
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.identify import CSRF_HEADER, Identification
from kouan.live.accounts.signing_in import SigningIn
from kouan.live.accounts.web import SessionRoutes
from kouan.live.control import fleet_words
from kouan.live.http import make_app
from kouan.live.view import View
from tests.unit.live.support import tiny_port

PASSWORD = "correct horse battery"
FOLDER_TOKEN = "t" * 43
START_MS = 1_790_000_000_000


class Clock:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.at_ms = START_MS

    def __call__(self) -> int:
        return self.at_ms


class Desk:
    """A port's accounts with its application; what it counts and posts is kept."""

    def __init__(self, accounts: Accounts, *, require_sign_in: bool = False) -> None:
        self.accounts = accounts
        self.posted: list[e.Event] = []
        self.counts: Counter[str] = Counter()
        self.sessions = SessionRoutes(accounts, self._count)
        self.app = make_app(
            port=b"{}",
            view=lambda: b"{}",
            health=lambda: {"status": "ok"},
            metrics=lambda: b"",
            metrics_type="text/plain",
            parts=(
                fleet_words(tiny_port(), View, self.posted.extend),
                self.sessions,
                AccountRoutes(accounts),
            ),
            identify=Identification(
                accounts,
                require_sign_in=require_sign_in,
                refused=lambda: self._count("credentials"),
            ),
            hosts=("port.example",),
        )

    def _count(self, result: str) -> None:
        self.counts[result] += 1

    def client(self, url: str = "http://localhost:8080") -> TestClient:
        """A browser of its own, without any cookie."""
        return TestClient(self.app, base_url=url, follow_redirects=False)

    def signed_in(self, name: str, password: str = PASSWORD) -> TestClient:
        """A browser in which somebody has signed in; changing calls carry the header."""
        client = self.client()
        answer = client.post("/api/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers[CSRF_HEADER] = answer.json()["csrf"]
        return client


def add_person(accounts: Accounts, name: str, *roles: str) -> str:
    """Make an account with the password of all tests."""
    added = accounts.add(name, roles or ("viewer",), "test")
    SigningIn(accounts).set_password(added, PASSWORD, "test")
    return added


def bearer(token: str) -> dict[str, str]:
    """The header of a program."""
    return {"authorization": f"Bearer {token}"}


def halt() -> dict[str, Any]:
    """Arguments of a request that halts all vehicles."""
    body = json.dumps({"how": "pause", "reason": "fog"})
    return {"content": body, "headers": {"content-type": "application/json"}}
