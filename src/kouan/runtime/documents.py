"""Documents by the hash of their content: what may be looked up, and forgotten, beside the chain.

Personal values live here and nowhere in the chained journal, so that they can be deleted. Small
documents are committed together with the decisions that name them; large ones are files that are
on the disk before anything names them.
"""

import os
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

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
        table = database.document
        query = sa.select(sa.func.coalesce(sa.func.sum(table.c.size), 0))
        with journal.engine.connect() as connection:
            kept = query.where(table.c.kept != FORGOTTEN)
            self._total = int(connection.execute(kept).scalar_one())

    @property
    def total_bytes(self) -> int:
        """Size of all documents that are kept."""
        return self._total

    def put(self, content: bytes, media_type: str) -> str:
        """Keep a document and return its SHA-256 in hexadecimal; a known one is kept once.

        It lasts from the journal's next commit on. Raises DocumentError when it is too large or no
        room is left within the bound, JournalFull when the disk is full.
        """
        hash_hex = sha256(content).hexdigest()
        with self._guard:
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

    def forget(self, hash_hex: str) -> None:
        """Delete the content at once and for good; that it was there stays known."""
        with self._guard:
            row = self._row(hash_hex)
            if row is None:
                raise DocumentError(f"document {hash_hex} is unknown")
            media_type, size, _, kept = row
            if kept == FORGOTTEN:
                return
            self._store(hash_hex, media_type, size, None, FORGOTTEN)
            self._total -= size
        # First the note, then the file: a crash between leaves a file that is deleted at a retry.
        self._journal.commit()
        with suppress(FileNotFoundError):
            self._path(hash_hex).unlink()

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
        return self._folder / hash_hex[:2] / hash_hex

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


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in this folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
