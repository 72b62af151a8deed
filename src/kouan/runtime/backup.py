"""A copy of a port's data folder in one file, made while the port runs, and the way back.

The archive is a plain tar. Databases are copied as of one moment; its last member is a manifest
with the SHA-256 of every other one. Restoring checks every sum and the journal's chain before the
folder appears. A journal in PostgreSQL is backed up by PostgreSQL's own means.
"""

import errno
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

from kouan.runtime.database import failures_named, is_full
from kouan.runtime.documents import FORGOTTEN, IN_FILE, sync_folder
from kouan.runtime.errors import JournalError
from kouan.runtime.journal import Journal

JOURNAL_FILE = "journal.sqlite"
DOCUMENTS_FOLDER = "documents"

FORMAT = "kouan-backup-1"
_MANIFEST = "manifest.json"
_MANIFEST_MOST_BYTES = 256 * 1024 * 1024
DATABASES = (".sqlite", ".db")
_PAGES_A_STEP = 4_096
_LEFT_OUT = (".lock", "-wal", "-shm", ".partial", ".token", "running.json")

Progress = Callable[[str], None]
"""Told what is being done, a line at a time."""


class BackupError(JournalError):
    """A backup can't be made, or an archive can't be restored."""


def _ignore(_line: str) -> None:
    """Tell nobody."""


def backup(data_dir: Path, target_file: Path, progress: Progress = _ignore) -> None:
    """Write data folder to a new archive; the port may be running.

    Raises BackupError when there is no journal or the archive exists, JournalBroken when the
    journal is damaged, JournalFull when the archive's disk is full.
    """
    if not (data_dir / JOURNAL_FILE).is_file():
        raise BackupError(f"{data_dir / JOURNAL_FILE}: there is no journal to back up")
    if target_file.exists():
        raise BackupError(f"{target_file} exists; choose another name")
    if target_file.resolve().is_relative_to(data_dir.resolve()):
        raise BackupError(f"{target_file} lies in the data folder; choose a place outside")
    if not target_file.parent.is_dir():
        raise BackupError(f"{target_file.parent}: there is no such folder")
    with (
        failures_named(str(target_file)),
        tempfile.TemporaryDirectory(prefix=".backup-", dir=target_file.parent) as stage,
    ):
        archive = Path(stage) / "archive.tar"
        with archive.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)  # it holds whatever personal values the port holds
            _write_archive(data_dir, file, Path(stage), progress)
            file.flush()
            os.fsync(file.fileno())
        archive.rename(target_file)
        sync_folder(target_file.parent)


def _write_archive(data_dir: Path, file: Any, stage: Path, progress: Progress) -> None:
    journal = stage / JOURNAL_FILE
    progress(f"copying {JOURNAL_FILE}")
    _copy_database(data_dir / JOURNAL_FILE, journal)
    _forget_missing(journal, data_dir / DOCUMENTS_FOLDER)
    progress("checking the copy's chain")
    manifest: dict[str, Any] = {"format": FORMAT, **_checked_end(journal), "files": {}}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in (JOURNAL_FILE, *_other_files(data_dir)):
            progress(f"adding {name}")
            copy = journal if name == JOURNAL_FILE else _staged(data_dir / name, stage)
            if copy is None:
                continue
            with copy.open("rb") as content:
                digest = file_digest(content, "sha256").hexdigest()
                content.seek(0)
                member = _member(name, copy.stat().st_size)
                tar.addfile(member, content)
            manifest["files"][name] = {"bytes": member.size, "sha256": digest}
            copy.unlink()
        text = stage / _MANIFEST
        text.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        with text.open("rb") as content:
            tar.addfile(_member(_MANIFEST, text.stat().st_size), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


def _copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database as it is at one moment, without holding up its writer."""
    try:
        _copy_pages(source, target)
    except sqlite3.Error as error:
        if is_full(error):
            raise OSError(errno.ENOSPC, str(error), str(target)) from error
        raise BackupError(f"{source}: can't be copied: {error}") from error


def _copy_pages(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        # An open reading transaction pins the moment; otherwise each commit begins the copy anew.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=_PAGES_A_STEP)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _forget_missing(journal: Path, folder: Path) -> None:
    """Note as deleted, in the copy, documents whose files were deleted while it was made."""
    with closing(sqlite3.connect(journal)) as copy, copy:
        query = "SELECT hash FROM document WHERE kept = ?"
        for (hash_hex,) in copy.execute(query, (IN_FILE,)).fetchall():
            if not (folder / hash_hex[:2] / hash_hex).is_file():
                change = "UPDATE document SET kept = ? WHERE hash = ?"
                copy.execute(change, (FORGOTTEN, hash_hex))


def _checked_end(journal: Path) -> dict[str, Any]:
    """Read every entry, and return number and chain of the last; raise JournalBroken."""
    with Journal.open(journal, writing=False) as opened:
        for _ in opened.entries():
            pass
        return {"last_number": opened.last_number, "chain": opened.chain_hex}


def _other_files(data_dir: Path) -> Iterator[str]:
    """Name everything but the journal, locks, logs and half-written files."""
    for path in sorted(data_dir.rglob("*")):
        name = path.relative_to(data_dir).as_posix()
        if path.is_symlink() or not path.is_file() or name == JOURNAL_FILE:
            continue
        if not name.endswith(_LEFT_OUT):
            yield name


def _staged(source: Path, stage: Path) -> Path | None:
    """Copy a file that may still grow; None when it went away in the meantime."""
    copy = stage / "copy"
    if source.suffix in DATABASES:
        _copy_database(source, copy)
        return copy
    try:
        shutil.copyfile(source, copy)
    except FileNotFoundError:
        return None
    return copy


def restore(archive: Path, data_dir: Path, progress: Progress = _ignore) -> None:
    """Make a data folder from an archive; it appears whole, or not at all.

    Raises BackupError when the folder is not empty, or the archive is damaged or holds anything
    but plain files below the folder; JournalBroken when the journal's chain does not hold.
    """
    if not archive.is_file():
        raise BackupError(f"{archive}: there is no such file")
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise BackupError(f"{data_dir} is not an empty folder; restore into a new one")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with (
        failures_named(str(data_dir)),
        tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir.parent) as stage,
    ):
        folder = Path(stage) / "data"
        folder.mkdir()
        _unpack(archive, folder, progress)
        progress("checking the journal's chain")
        _check_journal(archive, folder)
        for leftover in folder.glob(f"{JOURNAL_FILE}-*"):
            leftover.unlink()
        folder.rename(data_dir)
        sync_folder(data_dir.parent)


def _unpack(archive: Path, folder: Path, progress: Progress) -> None:
    """Unpack plain files and compare their sums with the manifest."""
    sums: dict[str, dict[str, Any]] = {}
    manifest: Any = None
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                _check_member(archive, member, sums)
                if member.name == _MANIFEST:
                    manifest = _read_manifest(archive, tar, member)
                    continue
                progress(f"unpacking {member.name}")
                sums[member.name] = _write_member(tar, member, folder / member.name)
    except (tarfile.TarError, EOFError, FileExistsError, NotADirectoryError) as error:
        raise BackupError(f"{archive} is no whole backup: {error}") from error
    if manifest is None:
        raise BackupError(f"{archive} is no whole backup: its manifest is missing")
    wrong = [name for name in sorted({*sums, *manifest}) if sums.get(name) != manifest.get(name)]
    if wrong:
        raise BackupError(f"{archive} is damaged: these differ from its manifest: {wrong[:20]}")
    if JOURNAL_FILE not in sums:
        raise BackupError(f"{archive}: there is no {JOURNAL_FILE} in it")


def _check_member(archive: Path, member: tarfile.TarInfo, seen: dict[str, Any]) -> None:
    path = PurePosixPath(member.name)
    inside = path.parts and not path.is_absolute() and ".." not in path.parts
    plain = member.isreg() and "\\" not in member.name and not member.name.endswith(_LEFT_OUT)
    if not inside or not plain or member.name in seen:
        raise BackupError(
            f"{archive}: {member.name!r} is refused: expected plain files of a port, each once"
        )


def _read_manifest(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    """Return the sums that the manifest lists, by file."""
    content = tar.extractfile(member)
    if content is None or member.size > _MANIFEST_MOST_BYTES:
        raise BackupError(f"{archive}: its manifest is too large")
    try:
        manifest = json.load(content)
    except ValueError as error:
        raise BackupError(f"{archive}: its manifest can't be read: {error}") from error
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{archive}: its manifest is not of the form {FORMAT}")
    return files


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> dict[str, Any]:
    """Write one file to the disk and return its size and sum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None  # a plain file has content
    with path.open("x+b") as file:
        os.fchmod(file.fileno(), 0o600)
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _check_journal(archive: Path, folder: Path) -> None:
    try:
        _checked_end(folder / JOURNAL_FILE)
    except JournalError as error:
        raise BackupError(f"{archive}: its journal is not whole: {error}") from error
