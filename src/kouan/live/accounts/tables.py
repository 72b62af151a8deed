"""The tables of accounts, and the database they lie in: a file of its own, or PostgreSQL by URL."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from kouan.live.clock import wall_now_ms
from kouan.live.errors import LiveError
from kouan.runtime.database import (
    database_url,
    display_name,
    failures_named,
    is_sqlite,
    make_engine,
)

ACCOUNTS_FILE = "accounts.db"
NowMs = Callable[[], int]

metadata = sa.MetaData()
account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("password_until_ms", sa.BigInteger, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
)
role = sa.Table(
    "account_role",
    metadata,
    sa.Column("account", sa.Text, sa.ForeignKey("account.name"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
)
token = sa.Table(
    "account_token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
session = sa.Table(
    "account_session",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("account", sa.Text, sa.ForeignKey("account.name"), nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
act = sa.Table(
    "account_act",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
)


class Act(NamedTuple):
    """Something done to an account: when, by whom, what, and to whose."""

    at_ms: int
    by: str
    act: str
    subject: str


class Store:
    """The opened database. Threads and processes may use it side by side."""

    def __init__(
        self, place: Path | str, now_ms: NowMs = wall_now_ms, tables: sa.MetaData = metadata
    ) -> None:
        """Open the accounts of a data folder or at a database's URL, or make them.

        ``tables`` may be others that lie beside them.

        Raises LiveError when the file can't be made, JournalError when the database refuses.
        """
        target = place / ACCOUNTS_FILE if isinstance(place, Path) else place
        url = database_url(target)
        self.name = display_name(url)
        self.now_ms = now_ms
        if is_sqlite(url) and url.database:
            _make_private(Path(url.database))
        self._engine = make_engine(url, durable=True)
        with self.change() as connection:
            for table in tables.sorted_tables:
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection to look things up."""
        with failures_named(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def change(self) -> Iterator[sa.Connection]:
        """Yield a connection whose changes are there together, or not at all."""
        with failures_named(self.name), self._engine.begin() as connection:
            yield connection

    def note(self, connection: sa.Connection, by: str, what: str, subject: str) -> None:
        """Write down who did what to whose account; no secret belongs here."""
        row = {"at_ms": self.now_ms(), "by": by, "act": what, "subject": subject}
        connection.execute(sa.insert(act).values(row))

    def acts(self, most: int) -> list[Act]:
        """Return what was done to accounts, the newest first."""
        newest = sa.select(*(act.c[name] for name in Act._fields)).order_by(act.c.number.desc())
        with self.read() as connection:
            return [Act(*row) for row in connection.execute(newest.limit(most))]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, so that only its owner ever reads it.

    One that is there is not opened: closing it again would drop this process's locks on it, and
    with them what keeps another process from taking its log away.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        if not (path.is_file() and os.access(path, os.R_OK | os.W_OK)):
            raise LiveError(f"{path}: accounts can't be kept: expected a file to write") from error
    except OSError as error:
        raise LiveError(f"{path}: accounts can't be kept: {error.strerror}") from error
