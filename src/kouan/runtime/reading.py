"""Reading a journal back, checking every entry against the chain on the way."""

import logging
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from kouan.runtime import database
from kouan.runtime.codec import CodecError
from kouan.runtime.entry import Entry, Snapshot, next_chain
from kouan.runtime.errors import JournalBroken, JournalError, JournalMissing
from kouan.runtime.header import Header, decode_header

CHUNK = 2_000
_FIRST_FIELD = re.compile(rb"\[(-?\d+)[,\]]")
_ALL = 2**62

log = logging.getLogger(__name__)


class Progress(NamedTuple):
    """How far the journal has been committed, and carried out."""

    last_number: int
    chain: bytes
    carried_out: int


class JournalReader:
    """Reads one journal's database; every method uses a connection of its own, briefly."""

    def __init__(self, url: sa.URL, engine: sa.Engine) -> None:
        """Read by this engine; a damaged SQLite file is opened once more for what is left."""
        self.name = database.display_name(url)
        self._url = url
        self._engine = engine
        self._kind = "CAST(kind AS BLOB)"
        if not database.is_sqlite(url):
            self._kind = "convert_to(kind, 'UTF8')"

    def header(self) -> tuple[Header, bytes]:
        """Return the header and the chain it begins; JournalMissing when there is none."""
        rows, damage = self._rows("SELECT document, chain FROM header")
        if not rows:
            entries, none = self._rows("SELECT number FROM entry LIMIT 1")
            unmade = "no such table" in none or "does not exist" in none
            if entries or (damage and not unmade):
                raise JournalBroken(self.name, 0, damage or "it is missing")
            raise JournalMissing(f"{self.name} is no journal")
        document, chain = rows[0]
        if not isinstance(document, bytes) or sha256(document).digest() != chain:
            raise JournalBroken(self.name, 0, "its hash is not the one it was written with")
        try:
            return decode_header(document), bytes(chain)
        except CodecError as error:
            raise JournalBroken(self.name, 0, str(error)) from error

    def progress(self) -> Progress:
        """Return how far the journal goes; raise JournalBroken when that can't be read."""
        rows, damage = self._rows("SELECT last_number, chain, carried_out FROM progress")
        if rows:
            last_number, chain, carried_out = rows[0]
            if isinstance(last_number, int) and isinstance(carried_out, int):
                return Progress(last_number, chain, carried_out)
        damage = damage or "how far it was committed can't be read"
        raise JournalBroken(self.name, self._first_broken(_ALL)[0], damage)

    def check_end(self, progress: Progress) -> Progress:
        """Raise JournalBroken unless the last committed entry is there, whole and the last.

        Returns how far the journal goes: further than before if somebody is writing it.
        """
        query = "SELECT number, chain FROM entry ORDER BY number DESC LIMIT 1"
        rows, damage = self._rows(query, salvage=False)
        found = tuple(rows[0]) if rows else (0, progress.chain)
        if not damage and found != (progress.last_number, progress.chain):
            progress, found = self._end_at_one_moment() or (progress, found)
        if damage or found != (progress.last_number, progress.chain):
            entry, why = self._first_broken(progress.last_number)
            counts = f"{progress.last_number} entries were committed, the last is {found[0]}"
            raise JournalBroken(self.name, entry, damage or why or counts)
        return progress

    def _end_at_one_moment(self) -> tuple[Progress, tuple[Any, ...]] | None:
        """Read progress and last entry by one statement, between whose parts nothing is written."""
        rows, _ = self._rows(
            "SELECT last_number, progress.chain, carried_out, entry.number, entry.chain "
            "FROM progress JOIN entry ON entry.number = (SELECT max(number) FROM entry)",
            salvage=False,
        )
        return (Progress(*rows[0][:3]), tuple(rows[0][3:])) if rows else None

    def _first_broken(self, last: int) -> tuple[int, str]:
        """Return the first bad entry and why, or the one after the last if all are good."""
        good = 0
        try:
            for entry in self._checked(1, last, self.header()[1]):
                good = entry.number
        except JournalBroken as broken:
            return broken.entry, broken.why
        return good + 1, ""

    def entries(self, first: int, last: int | None) -> Iterator[Entry]:
        """Yield committed entries from first to last; raise JournalBroken at the first bad one."""
        if first < 1:
            raise ValueError(f"entries are counted from 1, not from {first}")
        committed = self.progress().last_number
        last = committed if last is None else min(last, committed)
        yield from self._checked(first, last, self.chain_before(first))

    def chain_before(self, number: int) -> bytes:
        """Return the chain that the entry of this number continues."""
        if number == 1:
            return self.header()[1]
        rows, damage = self._rows(f"SELECT chain FROM entry WHERE number = {number - 1}")
        if not rows:
            raise JournalBroken(self.name, number - 1, damage or "it is missing")
        return bytes(rows[0][0])

    def _checked(self, first: int, last: int, chain: bytes) -> Iterator[Entry]:
        expected = first
        while expected <= last:
            rows, damage = self._rows(
                f"SELECT number, at_ms, {self._kind}, event, commands, chain FROM entry "
                f"WHERE number >= {expected} AND number <= {last} ORDER BY number LIMIT {CHUNK}"
            )
            for row in rows:
                why = _problem(row, expected, chain)
                if why:
                    raise JournalBroken(self.name, expected, why)
                number, at_ms, kind, event, commands, chain = row
                yield Entry(number, at_ms, kind.decode(), event, commands, chain)
                expected += 1
            if damage or not rows:
                why = damage or f"it is missing; entries up to {last} were committed"
                raise JournalBroken(self.name, expected, why)

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield good snapshots, newest first; one that was damaged is logged and left out."""
        rows, damage = self._rows(
            "SELECT number, state, world, chain, digest FROM snapshot ORDER BY number DESC"
        )
        for *fields, digest in rows:
            snapshot = Snapshot(*fields)
            if not all(isinstance(part, bytes) for part in snapshot[1:]):
                damage = "its parts are no bytes"
            elif snapshot.digest() != digest:
                damage = "its hash is not the one it was written with"
            else:
                yield snapshot
                continue
            log.warning("%s: snapshot %s left out: %s", self.name, snapshot.number, damage)
            damage = ""
        if damage:
            log.warning("%s: snapshots can't all be read: %s", self.name, damage)

    def versions(self) -> list[tuple[int, str]]:
        """Return (first entry, version that decided from there on), in order."""
        rows, damage = self._rows("SELECT from_number, kouan FROM version ORDER BY from_number")
        if damage:
            log.warning("%s: versions can't all be read: %s", self.name, damage)
        return [(number, kouan) for number, kouan in rows]

    def _rows(self, query: str, *, salvage: bool = True) -> tuple[list[tuple[Any, ...]], str]:
        """Return rows, and what stopped the reading ("" when nothing did)."""
        rows, damage = _read(self._engine, query)
        if damage and not rows and salvage and database.is_sqlite(self._url):
            engine = database.make_salvage_engine(self._url)
            rows, second = _read(engine, query)
            engine.dispose()
            # A cut file has rows that can be read and is damaged all the same.
            damage = second or ("" if rows else damage)
        return rows, damage


def _read(engine: sa.Engine, query: str) -> tuple[list[tuple[Any, ...]], str]:
    """Read row by row, so that those before a damaged one are kept."""
    rows: list[tuple[Any, ...]] = []
    try:
        with engine.connect() as connection:
            # The driver's own rows: a third of the time of SQLAlchemy's.
            cursor: Any = connection.exec_driver_sql(query).cursor
            rows.extend(cursor)
    except DBAPIError as error:
        return rows, _damage(error, error.orig)
    except engine.dialect.loaded_dbapi.Error as error:
        return rows, _damage(error, error)
    return rows, ""


def _damage(error: Exception, cause: BaseException | None) -> str:
    """Say what is damaged; raise JournalError for what is no damage, such as a lost connection."""
    code = getattr(cause, "sqlite_errorcode", None)
    state = getattr(cause, "sqlstate", None)
    # SQLite: error (a table is gone), I/O, corrupt, not a database. PostgreSQL: data corrupted.
    if code is not None and code & 0xFF in (1, 10, 11, 26):
        return str(cause)
    if state is not None and state[:2] in ("XX", "42"):
        return str(cause)
    raise JournalError(f"the journal can't be read: {cause}") from error


def _problem(row: tuple[Any, ...], expected: int, chain: bytes) -> str:
    """Say what is wrong with a row, or ""."""
    number, at_ms, kind, event, commands, found = row
    if number != expected:
        return f"it is missing; the next one is {number!r}"
    if not (isinstance(kind, bytes) and isinstance(event, bytes) and isinstance(commands, bytes)):
        return "a column does not hold what was written"
    if next_chain(chain, kind, event, commands) != found:
        return "its chain does not follow from the entry before and its content"
    first_field = _FIRST_FIELD.match(event)
    if first_field is None or int(first_field[1]) != at_ms:
        return f"its time {at_ms!r} is not that of its event"
    return ""
