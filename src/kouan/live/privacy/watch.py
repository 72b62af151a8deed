"""The watch list: persons, plates and containers that border inspection wants to see.

It lies in tables of its own beside the accounts, never in the journal. Of a person it has the keyed
pseudonym under which announcements and readings know them. An entry's code is all that others see;
of an entry that was removed only its code, its kind and who did what when stay.
"""

import secrets
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from kouan.live.accounts.tables import NowMs, Store
from kouan.live.clock import wall_now_ms
from kouan.live.errors import LiveError

MOST_ENTRIES = 100_000
MOST_REASON = 200
CODE_BYTES = 6

metadata = sa.MetaData()
entry = sa.Table(
    "watch_entry",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("removed_ms", sa.BigInteger, nullable=False),
    sa.Column("removed_by", sa.Text, nullable=False),
)


class WatchKind(StrEnum):
    """What is looked for."""

    PERSON = "person"
    PLATE = "plate"
    CONTAINER = "container"


class Sign(NamedTuple):
    """Something that is known of a visit and may be on the list."""

    kind: WatchKind
    value: str


class Entry(NamedTuple):
    """What the list has; a person's value is a pseudonym."""

    code: str
    kind: str
    value: str
    reason: str
    made_ms: int
    by: str


class WatchError(LiveError):
    """The list can't be changed as asked: says what was wrong and what was expected."""


class WatchList:
    """The opened list. Threads and processes may use it side by side."""

    def __init__(self, place: Path | str, now_ms: NowMs = wall_now_ms) -> None:
        """Open or make it beside the accounts of a data folder, or at their database's URL."""
        self._store = Store(place, now_ms, metadata)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def add(self, sign: Sign, reason: str, by: str) -> str:
        """Put something on the list; return the entry's code. Raises WatchError."""
        if not sign.value or not 0 < len(reason) <= MOST_REASON:
            raise WatchError(f"watch: expected a value, and a reason of 1 to {MOST_REASON} letters")
        if self.find([sign]):
            raise WatchError(f"watch: this {sign.kind} is on the list already")
        code = f"w-{secrets.token_hex(CODE_BYTES)}"
        row = Entry(code, sign.kind, sign.value, reason, self._store.now_ms(), by)._asdict()
        with self._store.change() as connection:
            count = sa.select(sa.func.count()).select_from(entry).where(entry.c.removed_ms == 0)
            if connection.execute(count).scalar_one() >= MOST_ENTRIES:
                raise WatchError(f"watch: {MOST_ENTRIES:,} entries: expected fewer")
            connection.execute(sa.insert(entry).values(**row, removed_ms=0, removed_by=""))
        return code

    def remove(self, code: str, by: str) -> None:
        """Take an entry off the list, and forget what it was for. Raises WatchError."""
        known = (entry.c.code == code) & (entry.c.removed_ms == 0)
        gone = {"removed_ms": self._store.now_ms(), "removed_by": by, "value": "", "reason": ""}
        with self._store.change() as connection:
            if not connection.execute(sa.update(entry).where(known).values(gone)).rowcount:
                raise WatchError(f"watch: {code[:64]}: expected the code of an entry on the list")

    def entries(self) -> list[Entry]:
        """The list, the newest first."""
        columns = (entry.c[name] for name in Entry._fields)
        query = sa.select(*columns).where(entry.c.removed_ms == 0)
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(entry.c.made_ms.desc(), entry.c.code))
            return [Entry(*row) for row in rows]

    def by_sign(self) -> dict[Sign, str]:
        """The codes of all that is on the list."""
        return {Sign(WatchKind(one.kind), one.value): one.code for one in self.entries()}

    def find(self, signs: Iterable[Sign]) -> dict[Sign, str]:
        """The codes of those signs that are on the list; raises JournalError."""
        wanted = list(dict.fromkeys(signs))
        if not wanted:
            return {}
        query = sa.select(entry.c.kind, entry.c.value, entry.c.code).where(
            entry.c.removed_ms == 0, entry.c.value.in_([sign.value for sign in wanted])
        )
        with self._store.read() as connection:
            found = {
                Sign(WatchKind(kind), value): code
                for kind, value, code in connection.execute(query)
            }
        return {sign: found[sign] for sign in wanted if sign in found}

    def state(self) -> tuple[int, int, int]:
        """What changes whenever the list does."""
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.max(entry.c.made_ms), 0),
            sa.func.coalesce(sa.func.sum(entry.c.removed_ms), 0),
        ).select_from(entry)
        with self._store.read() as connection:
            count, made_ms, removed_ms = connection.execute(query).one()
        return int(count), int(made_ms), int(removed_ms)
