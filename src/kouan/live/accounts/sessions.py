"""Sessions of people who signed in by a page: server-side, with an end by idleness and by age."""

import sqlalchemy as sa

from kouan.live.accounts import tables as t
from kouan.live.accounts.secret import MOST_LETTERS, make_secret, print_of, same

IDLE_MS = 30 * 60_000
"""A session that asks nothing for so long has ended. Assumption: a desk that its officer left."""
LONGEST_MS = 12 * 3_600_000
"""A session of this age has ended. Assumption: one shift."""
MOST_SESSIONS = 20
"""Sessions of one account at a time; the oldest gives way."""
NOTED_EVERY_MS = 60_000
"""How often it is written down that a session is used: not at every request."""


class Sessions:
    """The sessions of a store."""

    def __init__(self, store: t.Store) -> None:
        """Keep them in an opened store."""
        self._store = store

    def begin(self, account: str) -> str:
        """Begin a session and return its secret, always a new one."""
        secret = make_secret()
        kept = print_of(secret)
        now_ms = self._store.now_ms()
        times = {"made_ms": now_ms, "seen_ms": now_ms, "until_ms": now_ms + LONGEST_MS}
        with self._store.change() as connection:
            self._make_room(connection, account, now_ms)
            row = {"id": kept.id, "hash": kept.hash, "account": account, **times}
            connection.execute(sa.insert(t.session).values(row))
        return secret

    def _make_room(self, connection: sa.Connection, account: str, now_ms: int) -> None:
        c = t.session.c
        ended = sa.or_(c.until_ms <= now_ms, c.seen_ms <= now_ms - IDLE_MS)
        connection.execute(sa.delete(t.session).where(ended))
        mine = sa.select(c.id).where(c.account == account).order_by(c.made_ms.desc(), c.id)
        surplus = connection.execute(mine.offset(MOST_SESSIONS - 1)).scalars().all()
        if surplus:
            connection.execute(sa.delete(t.session).where(c.id.in_(surplus)))

    def find(self, secret: str) -> str:
        """Return whose session it is, or "" when it is unknown or has ended."""
        if not 0 < len(secret) <= MOST_LETTERS:
            return ""
        kept = print_of(secret)
        with self._store.read() as connection:
            row = connection.execute(sa.select(t.session).where(t.session.c.id == kept.id)).first()
        now_ms = self._store.now_ms()
        if row is None or not same(row.hash, kept.hash):
            return ""
        if row.until_ms <= now_ms or row.seen_ms <= now_ms - IDLE_MS:
            return ""
        if now_ms - row.seen_ms >= NOTED_EVERY_MS:
            with self._store.change() as connection:
                seen = sa.update(t.session).where(t.session.c.id == kept.id)
                connection.execute(seen.values(seen_ms=now_ms))
        return str(row.account)

    def end(self, secret: str) -> None:
        """End one session."""
        with self._store.change() as connection:
            kept = print_of(secret)
            connection.execute(sa.delete(t.session).where(t.session.c.id == kept.id))

    def end_all(self, account: str) -> None:
        """End all sessions of an account."""
        with self._store.change() as connection:
            connection.execute(sa.delete(t.session).where(t.session.c.account == account))
