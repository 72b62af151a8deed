"""Bearer tokens: of programs, of devices, and of the data folder's owner.

A token is shown once, when it is made. What is kept is its hash.
"""

from typing import NamedTuple

import sqlalchemy as sa

from kouan.live.accounts import tables as t
from kouan.live.accounts.people import AccountError
from kouan.live.accounts.secret import MOST_LETTERS, make_secret, print_of, same

API, OF_DEVICE, OF_FOLDER = "api", "device", "folder"
MOST_TOKENS = 100
"""Tokens of one owner at a time."""


class Token(NamedTuple):
    """What is known of a token; its text is not."""

    id: str
    kind: str
    owner: str
    label: str
    made_ms: int
    until_ms: int
    """Good until then; 0 is until it is revoked."""


class Tokens:
    """The tokens of a store."""

    def __init__(self, store: t.Store) -> None:
        """Keep them in an opened store."""
        self._store = store

    def give(self, kind: str, owner: str, label: str, until_ms: int, by: str) -> str:
        """Make a token and return its text, once and never again."""
        secret = make_secret()
        with self._store.change() as connection:
            self._make_room(connection, owner)
            self._insert(connection, secret, Token("", kind, owner, label, 0, until_ms))
            self._store.note(connection, by, f"token {print_of(secret).id} given", owner)
        return secret

    def _make_room(self, connection: sa.Connection, owner: str) -> None:
        ended = sa.and_(t.token.c.until_ms > 0, t.token.c.until_ms <= self._store.now_ms())
        connection.execute(sa.delete(t.token).where(ended))
        mine = sa.select(sa.func.count()).where(t.token.c.owner == owner)
        if connection.execute(mine).scalar_one() >= MOST_TOKENS:
            raise AccountError(f"{owner} has {MOST_TOKENS} tokens: revoke some first")

    def _insert(self, connection: sa.Connection, secret: str, row: Token) -> None:
        kept = print_of(secret)
        values = row._replace(id=kept.id, made_ms=self._store.now_ms())._asdict()
        connection.execute(sa.insert(t.token).values(hash=kept.hash, **values))

    def keep(self, kind: str, owner: str, secret: str) -> None:
        """Let this text, made elsewhere, be the owner's only token of a kind."""
        found = self.find(secret)
        if found is not None and (found.kind, found.owner) == (kind, owner):
            return
        with self._store.change() as connection:
            old = sa.and_(t.token.c.kind == kind, t.token.c.owner == owner)
            connection.execute(sa.delete(t.token).where(old))
            self._insert(connection, secret, Token("", kind, owner, "", 0, 0))

    def find(self, secret: str) -> Token | None:
        """Return a token by its text, unless it is unknown, has ended or was revoked."""
        if not 0 < len(secret) <= MOST_LETTERS:
            return None
        kept = print_of(secret)
        with self._store.read() as connection:
            row = connection.execute(sa.select(t.token).where(t.token.c.id == kept.id)).first()
        if row is None or not same(row.hash, kept.hash):
            return None
        if row.until_ms and row.until_ms <= self._store.now_ms():
            return None
        return Token(row.id, row.kind, row.owner, row.label, row.made_ms, row.until_ms)

    def of(self, owner: str) -> list[Token]:
        """Return the tokens of an owner, oldest first."""
        columns = [t.token.c[name] for name in Token._fields]
        wanted = sa.select(*columns).where(t.token.c.owner == owner)
        with self._store.read() as connection:
            return [Token(*row) for row in connection.execute(wanted.order_by(t.token.c.made_ms))]

    def revoke(self, owner: str, by: str, token_id: str = "") -> int:
        """Revoke one token of an owner, or all; return how many."""
        which = t.token.c.owner == owner
        if token_id:
            which = sa.and_(which, t.token.c.id == token_id)
        with self._store.change() as connection:
            ended = connection.execute(sa.delete(t.token).where(which)).rowcount
            if ended:
                self._store.note(connection, by, f"token {token_id or 'all'} revoked", owner)
        return ended
