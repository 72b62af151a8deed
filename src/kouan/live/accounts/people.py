"""Accounts by name: of people, of devices, and the one of whoever owns the data folder."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from kouan.live.accounts import tables as t
from kouan.live.accounts.rights import APART, GRANTED, ROLES, Role
from kouan.live.errors import LiveError

PERSON, DEVICE, LOCAL = "person", "device", "local"
OPERATOR = "operator"
"""The account of whoever can read the operator's token in the data folder."""
OPERATOR_ROLES = (Role.ADMINISTRATOR, Role.PORT_OPERATOR, Role.SHIFT_LEADER)
MOST_ACCOUNTS = 10_000
_NAME = re.compile(r"[\w.@-]{1,64}")


class AccountError(LiveError):
    """An account can't be changed as asked: says what was wrong and what was expected."""


class Account(NamedTuple):
    """An account without its secrets."""

    name: str
    kind: str
    roles: tuple[Role, ...]
    must_change: bool
    disabled: bool
    made_ms: int
    has_password: bool


def clean_name(name: str) -> str:
    """Return a name as it is kept, in small letters; raise AccountError for one that can't be."""
    cleaned = unicodedata.normalize("NFKC", name).strip().casefold()
    if not _NAME.fullmatch(cleaned):
        raise AccountError(f"name {name[:80]!r}: expected 1 to 64 letters, digits or . _ @ -")
    return cleaned


def checked_roles(names: Sequence[str]) -> tuple[Role, ...]:
    """Return roles by their names, each once, in the table's order; raise AccountError."""
    expected = ", ".join(GRANTED)
    unknown = [name for name in names if name not in GRANTED]
    if unknown or not names:
        raise AccountError(f"role {', '.join(unknown) or 'none'}: expected one of {expected}")
    roles = tuple(role for role in GRANTED if role in names)
    for first, second in APART:
        if first in roles and second in roles:
            raise AccountError(
                f"roles {first} and {second}: customs and border inspection are kept apart; "
                "expected one of them on an account"
            )
    return roles


class People:
    """The accounts of a store."""

    def __init__(self, store: t.Store) -> None:
        """Keep them in an opened store."""
        self._store = store

    def add(self, name: str, kind: str, roles: Sequence[Role], by: str) -> None:
        """Make an account without a password; raise AccountError when the name is taken."""
        row = {"name": name, "kind": kind, "password": "", "must_change": False}
        more = {"password_until_ms": 0, "disabled": False, "made_ms": self._store.now_ms()}
        with self._store.change() as connection:
            self._check_room(connection, name)
            connection.execute(sa.insert(t.account).values(**row, **more))
            self._write_roles(connection, name, roles)
            self._store.note(connection, by, f"added as {', '.join(roles)}", name)

    def check_free(self, name: str) -> None:
        """Raise AccountError when a new account can't have this name."""
        if name == OPERATOR:
            raise AccountError(f"account {name}: the name is the port's own: expected another")
        with self._store.read() as connection:
            self._check_room(connection, name)

    def _check_room(self, connection: sa.Connection, name: str) -> None:
        known = sa.select(t.account.c.name).where(t.account.c.name == name)
        if connection.execute(known).first() is not None:
            raise AccountError(f"account {name}: there is one of this name already")
        count = connection.execute(sa.select(sa.func.count()).select_from(t.account)).scalar_one()
        if count >= MOST_ACCOUNTS:
            raise AccountError(f"account {name}: expected at most {MOST_ACCOUNTS:,} accounts")

    def keep_operator(self) -> None:
        """Make the account of the data folder's owner, if it is not there yet."""
        found = self.find(OPERATOR)
        if found is None:
            self.add(OPERATOR, LOCAL, OPERATOR_ROLES, "kouan")
        elif found.kind != LOCAL:
            raise AccountError(f"account {OPERATOR}: expected no person or device of this name")

    def set_roles(self, name: str, roles: Sequence[Role], by: str) -> None:
        """Give an account these roles and no others."""
        with self._store.change() as connection:
            connection.execute(sa.delete(t.role).where(t.role.c.account == name))
            self._write_roles(connection, name, roles)
            self._store.note(connection, by, f"roles {', '.join(roles)}", name)

    def _write_roles(self, connection: sa.Connection, name: str, roles: Sequence[Role]) -> None:
        rows = [{"account": name, "role": role.value} for role in roles]
        connection.execute(sa.insert(t.role), rows)

    def set_disabled(self, name: str, disabled: bool, by: str) -> None:
        """Disable an account, ending its sessions and tokens at once, or enable it again."""
        self._update(name, {"disabled": disabled}, by, "disabled" if disabled else "enabled")

    def set_password(
        self, name: str, stored: str, by: str, *, must_change: bool = False, until_ms: int = 0
    ) -> None:
        """Keep a hashed password; one that must be changed is good until ``until_ms``."""
        values = {"password": stored, "must_change": must_change, "password_until_ms": until_ms}
        what = "one-time password given" if must_change else "password set"
        self._update(name, values, by, what)

    def renew_hash(self, name: str, stored: str) -> None:
        """Keep another hash of the same password."""
        with self._store.change() as connection:
            which = sa.update(t.account).where(t.account.c.name == name)
            connection.execute(which.values(password=stored))

    def _update(self, name: str, values: dict[str, object], by: str, what: str) -> None:
        with self._store.change() as connection:
            connection.execute(sa.update(t.account).where(t.account.c.name == name).values(values))
            self._store.note(connection, by, what, name)

    def password(self, name: str) -> tuple[str, int]:
        """Return the hashed password of an account ("" for none) and until when it is good."""
        wanted = sa.select(t.account.c.password, t.account.c.password_until_ms)
        with self._store.read() as connection:
            row = connection.execute(wanted.where(t.account.c.name == name)).first()
        return (row[0], row[1]) if row is not None else ("", 0)

    def find(self, name: str) -> Account | None:
        """Return an account, or None."""
        found = self._select(t.account.c.name == name)
        return found[0] if found else None

    def known(self, name: str, *kinds: str) -> Account:
        """Return an account of these kinds; raise AccountError naming those there are."""
        found = self.find(clean_name(name))
        if found is None or found.kind not in kinds:
            names = [one.name for one in self.all(*kinds)[:20]]
            raise AccountError(f"account {name}: expected {', '.join(names) or 'one (none yet)'}")
        return found

    def all(self, *kinds: str) -> list[Account]:
        """Return all accounts of these kinds by name."""
        return self._select(t.account.c.kind.in_(kinds))

    def any_person(self) -> bool:
        """Return whether somebody can sign in."""
        wanted = sa.select(t.account.c.name).where(sa.func.length(t.account.c.password) > 0)
        with self._store.read() as connection:
            return connection.execute(wanted.limit(1)).first() is not None

    def _select(self, which: sa.ColumnElement[bool]) -> list[Account]:
        rows = sa.select(t.account).where(which).order_by(t.account.c.name)
        given = sa.select(t.role).join(t.account).where(which)
        with self._store.read() as connection:
            roles: dict[str, list[str]] = {}
            for owner, role in connection.execute(given):
                roles.setdefault(owner, []).append(role)
            found = connection.execute(rows).all()
        return [
            Account(
                row.name,
                row.kind,
                # A role that this version does not know gives nothing.
                tuple(one for one in ROLES if one in roles.get(row.name, ())),
                row.must_change,
                row.disabled,
                row.made_ms,
                bool(row.password),
            )
            for row in found
        ]
