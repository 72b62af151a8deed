"""Accounts in both kinds of database."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from kouan.live.accounts import passwords
from kouan.live.accounts.book import Accounts
from tests.unit.live.accounts.support import Clock, Desk
from tests.unit.runtime.conftest import postgres, postgres_place

__all__ = ["postgres", "postgres_place"]


@pytest.fixture(autouse=True)
def _light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least that argon2 takes; tests of the parameters themselves undo it."""
    light = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", light)


@pytest.fixture
def clock() -> Clock:
    """A clock set by hand."""
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    """Accounts in a data folder."""
    opened = Accounts(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))]
)
def either(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    """Accounts in a data folder, and in PostgreSQL."""
    kind = request.param
    opened = Accounts(
        tmp_path if kind == "sqlite" else str(request.getfixturevalue("postgres_place")), clock
    )
    yield opened
    opened.close()


@pytest.fixture
def desk(accounts: Accounts) -> Desk:
    """An application that knows these accounts."""
    return Desk(accounts)
