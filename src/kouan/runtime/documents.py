"""Documents by the hash of their content: what may be looked up, and forgotten, beside the chain.

Personal values live here and nowhere in the chained journal, so that they can be deleted. Small
documents are committed together with the decisions that name them; large ones are files that are
on the disk before anything names them. A picture is a document with the time when it was taken and
the rule by which it is removed; it is on a list until its removal is journalled.
"""

import os
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from kouan.runtime import database
from kouan.runtime.errors import JournalError
from kouan.runtime.journal import Journal

SMALL_BYTES = 64 * 1024
"""Up to this size a document lies in the journal's database."""
LARGEST_BYTES = 64 * 1024 * 1024
MOST_BYTES = 20 * 1024**3

IN_DATABASE, IN_FILE, FORGOTTEN = "database", "file", "forgotten"


class DocumentError(JournalError):
    """A document is unknown, forgotten, too large, or not what was put in."""


class Taken(NamedTuple):
    """When a picture was taken (port time), and the rule by which it is removed."""

    at_ms: int
    rule: str


class Documents:
    """The documents of one journal. Threads may put and get side by side."""

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        *,
        most_bytes: int = MOST_BYTES,
        largest_bytes: int = LARGEST_BYTES,
    ) -> None:
        """Keep large documents in this folder; it is made if it is not there."""
        self._journal = journal
        self._folder = folder
        self._most_bytes = most_bytes
        self._largest_bytes = largest_bytes
        self._guard = threading.Lock()
        self._waiting: dict[str, tuple[int, str, int, bytes | None, str]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for half in folder.glob("*/*.partial"):
            half.unlink()  # of a process that was killed while it wrote
        database.picture.create(journal.engine, checkfirst=True)  # journals of before have none
        table = database.document
        query = sa.select(sa.func.coalesce(sa.func.sum(table.c.size), 0))
        with journal.engine.connect() as connection:
            kept = query.where(table.c.kept != FORGOTTEN)
            self._total = int(connection.execute(kept).scalar_one())

    @property
    def total_bytes(self) -> int:
        """Size of all documents that are kept."""
        return self._total

    def put(self, content: bytes, media_type: str, taken: Taken | None = None) -> str:
        """Keep a document and return its SHA-256 in hexadecimal; a known one is kept once.

        ``taken`` makes it a picture; one that is taken again counts from then on.
        It lasts from the journal's next commit on. Raises DocumentError when it is too large or no
        room is left within the bound, JournalFull when the disk is full.
        """
        hash_hex = sha256(content).hexdigest()
        with self._guard:
            if taken is not None:
                self._list(hash_hex, taken)
            if self._kept(hash_hex) in (IN_DATABASE, IN_FILE):
                return hash_hex
            self._check_size(len(content))
            small = len(content) <= SMALL_BYTES
            if not small:
                with database.failures_named(str(self._folder)):
                    self._write_file(hash_hex, content)
            kept = IN_DATABASE if small else IN_FILE
            self._store(hash_hex, media_type, len(content), content if small else None, kept)
            self._total += len(content)
        return hash_hex

    def get(self, hash_hex: str) -> tuple[bytes, str]:
        """Return content and media type; raise DocumentError when unknown, forgotten or changed."""
        with self._guard:
            row = self._row(hash_hex)
        if row is None:
            raise DocumentError(f"document {hash_hex} is unknown")
        media_type, _, content, kept = row
        if kept == FORGOTTEN:
            raise DocumentError(f"document {hash_hex} was deleted")
        if kept == IN_FILE:
            try:
                content = self._path(hash_hex).read_bytes()
            except FileNotFoundError as error:
                raise DocumentError(f"{self._path(hash_hex)}: the file is missing") from error
        if content is None or sha256(content).hexdigest() != hash_hex:
            raise DocumentError(f"document {hash_hex} is not what was put in: its hash differs")
        return content, media_type

    def forget(self, *hashes: str) -> None:
        """Delete the content at once and for good; that it was there stays known."""
        with self._guard:
            rows = {hash_hex: self._row(hash_hex) for hash_hex in hashes}
            for hash_hex, row in rows.items():
                if row is None:
                    raise DocumentError(f"document {hash_hex} is unknown")
                media_type, size, _, kept = row
                if kept != FORGOTTEN:
                    self._store(hash_hex, media_type, size, None, FORGOTTEN)
                    self._total -= size
        # First the note, then the file: a crash between leaves a file that is deleted at a retry.
        self._journal.commit()
        for hash_hex in hashes:
            with suppress(FileNotFoundError):
                self._path(hash_hex).unlink()

    # --- pictures, until their removal is journalled -------------------------------------------

    def due(
        self, rule: str, taken_to_ms: int, most: int, left_out: Collection[str]
    ) -> list[tuple[str, int]]:
        """Return pictures of a rule that were taken up to a time, and when, the oldest first."""
        table = database.picture.c
        query = sa.select(table.hash, table.taken_ms).where(
            table.rule == rule, table.taken_ms <= taken_to_ms
        )
        if left_out:
            query = query.where(table.hash.not_in(sorted(left_out)))
        with self._journal.engine.connect() as connection:
            rows = connection.execute(query.order_by(table.taken_ms, table.hash).limit(most))
            return [(row[0], row[1]) for row in rows]

    def unlist(self, hashes: Sequence[str]) -> None:
        """Strike removed pictures off the list, with the journal's next commit.

        One that was put again in the meantime stays on it.
        """
        table, document = database.picture, database.document
        gone = sa.select(document.c.hash).where(document.c.kept == FORGOTTEN)
        struck = table.c.hash.in_(list(hashes)) & table.c.hash.in_(gone)
        self._journal.also_commit(sa.delete(table).where(struck))

    def _list(self, hash_hex: str, taken: Taken) -> None:
        table = database.picture
        self._journal.also_commit(
            sa.delete(table).where(table.c.hash == hash_hex),
            sa.insert(table).values(hash=hash_hex, taken_ms=taken.at_ms, rule=taken.rule),
        )

    def _check_size(self, size: int) -> None:
        if size > self._largest_bytes:
            raise DocumentError(f"a document of {size} bytes: at most {self._largest_bytes}")
        if self._total + size > self._most_bytes:
            raise DocumentError(
                f"{self._folder}: documents take {self._total} bytes and {size} more would pass "
                f"the bound of {self._most_bytes}"
            )

    def _kept(self, hash_hex: str) -> str:
        row = self._row(hash_hex)
        return row[3] if row else ""

    def _row(self, hash_hex: str) -> tuple[str, int, bytes | None, str] | None:
        """Return (media type, size, content, where it is kept), committed or about to be."""
        self._waiting = {
            key: row for key, row in self._waiting.items() if row[0] > self._journal.commits
        }
        if hash_hex in self._waiting:
            return self._waiting[hash_hex][1:]
        columns = database.document.c
        query = sa.select(columns.media_type, columns.size, columns.content, columns.kept)
        with self._journal.engine.connect() as connection:
            row = connection.execute(query.where(columns.hash == hash_hex)).first()
        return (row[0], row[1], row[2], row[3]) if row else None

    def _store(
        self, hash_hex: str, media_type: str, size: int, content: bytes | None, kept: str
    ) -> None:
        """Have the row written with the next commit; an older row of this hash is replaced."""
        table = database.document
        fields = {"media_type": media_type, "size": size, "content": content, "kept": kept}
        number = self._journal.also_commit(
            sa.delete(table).where(table.c.hash == hash_hex),
            sa.insert(table).values(hash=hash_hex, **fields),
        )
        self._waiting[hash_hex] = (number, media_type, size, content, kept)

    def _path(self, hash_hex: str) -> Path:
        return path_of(self._folder, hash_hex)

    def _write_file(self, hash_hex: str, content: bytes) -> None:
        """Write a file so that it is whole or not there, whatever happens in between."""
        path = self._path(hash_hex)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        for folder in (path.parent, self._folder):
            sync_folder(folder)


def path_of(folder: Path, hash_hex: str) -> Path:
    """Where in the documents' folder a large document lies."""
    return folder / hash_hex[:2] / hash_hex


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in this folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
