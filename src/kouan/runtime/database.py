"""The journal's tables and the database they lie in: an SQLite file, or PostgreSQL by URL."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from kouan.runtime.errors import JournalError, JournalFull, JournalLocked

metadata = sa.MetaData()
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
header = sa.Table(
    "header",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
)
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event", sa.LargeBinary, nullable=False),
    sa.Column("commands", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
)
progress = sa.Table(
    "progress",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("carried_out", sa.BigInteger, nullable=False),
)
snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("world", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
)
version = sa.Table(
    "version",
    metadata,
    sa.Column("from_number", Number, primary_key=True, autoincrement=False),
    sa.Column("kouan", sa.Text, nullable=False),
    sa.Column("layout", sa.LargeBinary, nullable=False),
)
document = sa.Table(
    "document",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=True),
    sa.Column("kept", sa.Text, nullable=False),
)
picture = sa.Table(
    "picture",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("taken_ms", sa.BigInteger, nullable=False, index=True),
    sa.Column("rule", sa.Text, nullable=False),
)

_FULL_SQLSTATES = ("53100",)
_SQLITE_BUSY_MS = 10_000


def database_url(place: str | Path) -> sa.URL:
    """Return the SQLAlchemy URL of a path or URL; raise JournalError for another database."""
    text = str(place)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise JournalError(f"{text!r} is neither a path nor a database URL") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        expected = "a path, sqlite:/// or postgresql+psycopg://"
        raise JournalError(f"{url.render_as_string()}: expected {expected}")
    return url


def display_name(url: sa.URL) -> str:
    """Return what errors call the journal: the file, or the URL without its password."""
    return url.database or "memory" if is_sqlite(url) else url.render_as_string()


def is_sqlite(url: sa.URL) -> bool:
    """Return whether the URL names an SQLite file."""
    return url.get_backend_name() == "sqlite"


def make_engine(url: sa.URL, *, durable: bool) -> sa.Engine:
    """Return an engine; with ``durable`` a commit of SQLite waits until the disk has it."""
    return _engine(
        url,
        f"busy_timeout = {_SQLITE_BUSY_MS}",
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'NORMAL'}",
        f"wal_autocheckpoint = {1_000 if durable else 16_000}",
        "journal_size_limit = 67108864",
        "secure_delete = ON",  # a document that is forgotten must not linger in free pages
    )


def make_salvage_engine(url: sa.URL) -> sa.Engine:
    """Return an engine that only reads, and reads what is left of a cut SQLite file as well."""
    # SQLite refuses a file shorter than its head says, except to those who repair its schema.
    return _engine(url, "writable_schema = ON", "query_only = ON")


def _engine(url: sa.URL, *pragmas: str) -> sa.Engine:
    try:
        engine = sa.create_engine(url)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        raise JournalError(
            f"{url.render_as_string()}: {error}; for postgresql+psycopg:// install kouan[postgres]"
        ) from error
    if not is_sqlite(url):
        return engine

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


@contextmanager
def failures_named(name: str) -> Iterator[None]:
    """Turn a full disk into JournalFull and what else a database refuses into JournalError."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        if is_full(error):
            raise JournalFull(
                f"{name}: no space is left on the disk. All that was committed is kept; "
                "make space, then start again."
            ) from error
        if isinstance(error, OSError):
            raise
        raise JournalError(f"{name}: the database refused: {error.orig}") from error


def is_full(error: BaseException) -> bool:
    """Return whether the database or the file system reports that no space is left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) in _FULL_SQLSTATES:
        return True
    return "database or disk is full" in str(cause)


class FileLock:
    """The right to write an SQLite journal: a lock that ends with the process that holds it."""

    def __init__(self, journal: Path) -> None:
        """Take the lock beside the journal; raise JournalLocked naming file and holder."""
        self._file = os.open(f"{journal}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 200, 0).decode("utf-8", errors="replace").strip()
            os.close(self._file)
            raise JournalLocked(
                f"{journal} is being written by {holder or 'another process'}; stop it first"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)

    def release(self) -> None:
        """Let go; the file stays, so that two processes never lock two different files."""
        os.close(self._file)


_LOCK_PATIENCE_MS = 2_000
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_KEY = "hashtextextended('kouan journal ' || current_schema(), 0)"
_HOLDER = sa.text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this host') FROM pg_locks l "
    "JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"AND ((l.classid::bigint << 32) | l.objid::bigint) = {_LOCK_KEY}"
)


class DatabaseLock:
    """The same right for PostgreSQL: an advisory lock on the schema, held by a connection."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        """Take the lock; raise JournalLocked naming database and holder."""
        with failures_named(name):
            connection = engine.connect()
        self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        # PostgreSQL notices only after a moment that a holder was killed.
        self._connection.execute(sa.text(f"SET lock_timeout = {_LOCK_PATIENCE_MS}"))
        try:
            self._connection.execute(sa.text(f"SELECT pg_advisory_lock({_LOCK_KEY})"))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            holder = self._connection.execute(_HOLDER).first()
            self._connection.close()
            who = f"database process {holder[0]} for {holder[1]}" if holder else "another process"
            raise JournalLocked(f"{name} is being written by {who}; stop it first") from None

    def release(self) -> None:
        """Let go."""
        self._connection.invalidate()
        self._connection.close()
