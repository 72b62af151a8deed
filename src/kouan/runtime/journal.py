"""The journal: one row for one decision, chained by hash, committed in groups by one writer.

It lies in an SQLite file, or in a schema of a PostgreSQL database when a URL says so. Rows are
buffered until ``commit``; readers see what is committed. What may change later (how far commands
were carried out, snapshots, versions) stands beside the chain, never in it.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from kouan.dispatch.commands import Command
from kouan.dispatch.events import EVENTS, Event
from kouan.runtime import database
from kouan.runtime.codec import canonical_json, encode_commands, encode_event, field_layout
from kouan.runtime.entry import SNAPSHOTS_KEPT, Entry, Snapshot, first_chain, next_chain
from kouan.runtime.errors import JournalError, JournalExists, JournalMissing
from kouan.runtime.header import Header
from kouan.runtime.reading import JournalReader

COMMIT_EVERY = 5_000

KIND_BYTES: dict[type, bytes] = {cls: kind.encode() for kind, cls in EVENTS.items()}

Row = tuple[int, int, str, bytes, bytes, bytes]


class Journal:
    """A journal on disk; see ``entry.Recorder`` for what it does for a loop.

    Threads may share it, though only one should append. Once a commit has failed nothing more is
    accepted: open the journal again.
    """

    def __init__(self, url: sa.URL, *, writing: bool, commit_every: int) -> None:
        """Open what ``create`` or ``open`` found; use those."""
        self.name = database.display_name(url)
        self._lock: database.FileLock | database.DatabaseLock | None = None
        self._connection: sa.Connection | None = None
        self._writing = writing
        self._commit_every = commit_every
        self._failed = False
        self._rows: list[Row] = []
        self._beside: list[sa.Executable] = []
        self._guard = threading.RLock()
        self.commits = 0
        self._engine = database.make_engine(url, durable=False)
        self._reader = JournalReader(url, self._engine)
        self._url = url
        self.durable = False
        self.last_number = 0
        self.carried_out = 0
        self._carried_out_saved = 0
        self._chain = b""

    @classmethod
    def create(cls, place: str | Path, header: Header, *, commit_every: int = COMMIT_EVERY) -> Self:
        """Make a journal at a path or URL, for one writer, and return it.

        Raises JournalExists when one is there, JournalLocked, JournalFull, or JournalError.
        """
        journal = cls(database.database_url(place), writing=True, commit_every=commit_every)
        try:
            journal._take_lock()
            journal._write_header(header)
            journal._start()
        except BaseException:
            journal._let_go()
            raise
        return journal

    @classmethod
    def open(
        cls, place: str | Path, *, writing: bool = True, commit_every: int = COMMIT_EVERY
    ) -> Self:
        """Open a journal to go on writing, or only to read.

        Raises JournalMissing, JournalLocked (only one may write), JournalBroken when its header
        or its last entry is not what was written; ``entries`` checks all the others.
        """
        url = database.database_url(place)
        path = Path(url.database or "")
        if database.is_sqlite(url) and not path.is_file():
            raise JournalMissing(f"{path}: there is no journal")
        journal = cls(url, writing=writing, commit_every=commit_every)
        try:
            if writing:
                journal._take_lock()
            journal._start()
        except BaseException:
            journal._let_go()
            raise
        return journal

    def _take_lock(self) -> None:
        if database.is_sqlite(self._url):
            self._lock = database.FileLock(Path(self._url.database or ""))
        else:
            self._lock = database.DatabaseLock(self._engine, self.name)

    def _write_header(self, header: Header) -> None:
        document = header.encode()
        chain = first_chain(document)
        with database.failures_named(self.name), self._engine.begin() as connection:
            database.metadata.create_all(connection)
            if connection.scalar(sa.select(sa.func.count()).select_from(database.header)):
                raise JournalExists(f"{self.name}: there is a journal already")
            connection.execute(
                sa.insert(database.header).values(id=1, document=document, chain=chain)
            )
            connection.execute(
                sa.insert(database.progress).values(id=1, last_number=0, chain=chain, carried_out=0)
            )
            connection.execute(
                sa.insert(database.version).values(
                    from_number=1, kouan=header.kouan, layout=canonical_json(header.layout)
                )
            )

    def _start(self) -> None:
        self.header, _ = self._reader.header()
        progress = self._reader.check_end(self._reader.progress())
        self.last_number, self._chain, self.carried_out = progress
        self._carried_out_saved = progress.carried_out
        self.durable = self.header.world == "live"
        if self.durable:
            self._engine.dispose()
            self._engine = database.make_engine(self._url, durable=True)
            self._reader = JournalReader(self._url, self._engine)
        if self._writing:
            self._connection = self._engine.connect()

    @property
    def chain_hex(self) -> str:
        """Chain after the entry appended last, in hexadecimal."""
        return self._chain.hex()

    @property
    def engine(self) -> sa.Engine:
        """The database, for what lies beside the entries."""
        return self._engine

    def append(self, event: Event, commands: Sequence[Command]) -> int:
        """Add one decision and return its number; every ``commit_every`` rows are committed."""
        kind = KIND_BYTES[event.__class__]
        fields = encode_event(event)
        orders = encode_commands(commands)
        with self._guard:
            self._chain = chain = next_chain(self._chain, kind, fields, orders)
            self.last_number = number = self.last_number + 1
            rows = self._rows
            rows.append((number, event.at_ms, event.__class__.__name__, fields, orders, chain))
            if len(rows) >= self._commit_every:
                self.commit()
        return number

    def also_commit(self, *statements: sa.Executable) -> int:
        """Carry out statements in the next commit; return what ``commits`` is once it is done."""
        with self._guard:
            self._beside.extend(statements)
            return self.commits + 1

    def commit(self) -> None:
        """Write everything appended, in one transaction; raise JournalFull or JournalError."""
        with self._guard:
            if self._rows or self._beside or self.carried_out != self._carried_out_saved:
                self._write(self._writable())

    def _write(self, connection: sa.Connection) -> None:
        carried_out = self.carried_out
        self._failed = True  # until it has worked
        with database.failures_named(self.name), connection.begin():
            if self._rows:
                connection.exec_driver_sql(self._insert(), self._rows)
            for statement in self._beside:
                connection.execute(statement)
            connection.execute(
                sa.update(database.progress).values(
                    last_number=self.last_number, chain=self._chain, carried_out=carried_out
                )
            )
        self._failed = False
        self._rows, self._beside = [], []
        self._carried_out_saved = carried_out
        self.commits += 1

    def _insert(self) -> str:
        mark = "?" if database.is_sqlite(self._url) else "%s"
        return f"INSERT INTO entry VALUES ({', '.join([mark] * 6)})"

    def _writable(self) -> sa.Connection:
        if self._failed:
            raise JournalError(f"{self.name}: a commit failed; open the journal again")
        if self._connection is None:
            raise JournalError(f"{self.name} was opened only to read, or was closed")
        return self._connection

    def mark_carried_out(self, number: int) -> None:
        """Note that all commands up to this entry were carried out; the next commit keeps it."""
        if not self.carried_out <= number <= self.last_number:
            raise ValueError(
                f"carried out up to {number}: expected {self.carried_out} to {self.last_number}"
            )
        self.carried_out = number

    def entries(self, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """Yield committed entries, both ends included; raise JournalBroken at the first bad one."""
        return self._reader.entries(first, last)

    def write_snapshot(self, state: bytes, world: bytes) -> None:
        """Commit, and keep the state after the entry appended last; the last two are kept."""
        new = Snapshot(self.last_number, state, world, self._chain)
        table = database.snapshot
        kept = sa.select(table.c.number).order_by(table.c.number.desc()).limit(SNAPSHOTS_KEPT)
        self._write_at_once(
            sa.delete(table).where(table.c.number == new.number),
            sa.insert(table).values(**new._asdict(), digest=new.digest()),
            sa.delete(table).where(table.c.number.not_in(kept)),
        )

    def latest_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot that is whole and belongs to this chain."""
        for snapshot in self._reader.snapshots():
            if self._reader.chain_before(snapshot.number + 1) == snapshot.chain:
                return snapshot
        return None

    def versions(self) -> list[tuple[int, str]]:
        """Return (first entry, version that decided from there on), in order."""
        return self._reader.versions()

    def note_version(self, version: str) -> None:
        """Note, at once, that entries from the next one on are decided by this version."""
        if self.versions()[-1][1] == version:
            return
        number = self.last_number + 1
        table = database.version
        layout = canonical_json(field_layout())
        self._write_at_once(
            sa.delete(table).where(table.c.from_number == number),
            sa.insert(table).values(from_number=number, kouan=version, layout=layout),
        )

    def _write_at_once(self, *statements: sa.Executable) -> None:
        with self._guard:
            self.also_commit(*statements)
            self.commit()

    def close(self) -> None:
        """Commit what can be committed and let go; a second time does nothing."""
        try:
            if self._connection is not None and not self._failed:
                self.commit()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        """Use the journal in a ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
