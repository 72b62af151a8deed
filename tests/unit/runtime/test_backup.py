"""A backup of a running port is whole; a restored folder is the same port or is not there."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from kouan.runtime.backup import BackupError, backup, restore
from kouan.runtime.documents import DocumentError, Documents
from kouan.runtime.errors import JournalBroken, JournalError
from kouan.runtime.journal import Journal
from tests.unit.runtime.support import fill, toy_header

LARGE = b"x" * 100_000


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a data folder with everything in it."""
    folder = tmp_path / "data"
    (folder / "track").mkdir(parents=True)
    (folder / "track" / "2026-10.bin").write_bytes(b"positions")
    (folder / "documents").mkdir()
    (folder / "documents" / "half.partial").write_bytes(b"half")
    with Journal.create(folder / "journal.sqlite", toy_header("live")) as journal:
        documents = Documents(journal, folder / "documents")
        documents.put(b"small", "text/plain")
        documents.put(LARGE, "image/png")
        fill(journal, 500)
    return folder


@pytest.fixture
def archive(data_dir: Path, tmp_path: Path) -> Path:
    """Return a backup of it."""
    backup(data_dir, tmp_path / "port.tar")
    return tmp_path / "port.tar"


def test_restored_folder_is_the_same(data_dir: Path, archive: Path, tmp_path: Path) -> None:
    told: list[str] = []
    restore(archive, tmp_path / "new", told.append)
    assert any("journal.sqlite" in line for line in told)
    names = [p.relative_to(tmp_path / "new").as_posix() for p in (tmp_path / "new").rglob("*")]
    large = sha256(LARGE).hexdigest()
    assert sorted(names) == [
        "documents",
        f"documents/{large[:2]}",
        f"documents/{large[:2]}/{large}",
        "journal.sqlite",
        "track",
        "track/2026-10.bin",
    ]
    with (
        Journal.open(data_dir / "journal.sqlite") as old,
        Journal.open(tmp_path / "new" / "journal.sqlite") as new,
    ):
        assert list(new.entries()) == list(old.entries())
        assert new.chain_hex == old.chain_hex
        documents = Documents(new, tmp_path / "new" / "documents")
        assert documents.get(large) == (LARGE, "image/png")
        assert documents.get(sha256(b"small").hexdigest())[0] == b"small"
        fill(new, 1)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "new", "port.tar"]


def test_backup_while_the_port_runs_is_a_whole_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    place = str(folder / "journal.sqlite")
    command = [sys.executable, "-m", "tests.unit.runtime.appender", place, "100000"]
    log = str(tmp_path / "commands")
    with subprocess.Popen([*command, log], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ends = []
        for number in range(3):
            for _ in range(50):
                process.stdout.readline()
            backup(folder, tmp_path / f"{number}.tar")
            restore(tmp_path / f"{number}.tar", tmp_path / str(number))
            with Journal.open(tmp_path / str(number) / "journal.sqlite") as copy:
                ends.append((copy.last_number, copy.chain_hex))
        process.kill()
        process.stdout.read()
    assert ends[0][0] > 0
    assert ends == sorted(ends)
    assert ends[0] != ends[2]
    with Journal.open(place) as journal:
        chains = {entry.number: entry.chain.hex() for entry in journal.entries()}
    assert [chains[number] for number, _ in ends] == [chain for _, chain in ends]


def test_document_deleted_meanwhile_stays_deleted(data_dir: Path, tmp_path: Path) -> None:
    large = sha256(LARGE).hexdigest()
    (data_dir / "documents" / large[:2] / large).unlink()
    backup(data_dir, tmp_path / "port.tar")
    restore(tmp_path / "port.tar", tmp_path / "new")
    with Journal.open(tmp_path / "new" / "journal.sqlite") as journal:
        documents = Documents(journal, tmp_path / "new" / "documents")
        with pytest.raises(DocumentError, match="was deleted"):
            documents.get(large)


def test_backup_says_why_not(data_dir: Path, archive: Path, tmp_path: Path) -> None:
    for target, said in (
        (archive, "exists"),
        (data_dir / "port.tar", "lies in the data folder"),
        (tmp_path / "none" / "port.tar", "there is no such folder"),
    ):
        with pytest.raises(BackupError, match=said):
            backup(data_dir, target)
    with pytest.raises(BackupError, match="no journal to back up"):
        backup(tmp_path / "track", tmp_path / "other.tar")


def test_damaged_journal_makes_no_backup(data_dir: Path, tmp_path: Path) -> None:
    with Journal.open(data_dir / "journal.sqlite") as journal, journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM entry WHERE number = 33")
    with pytest.raises(JournalBroken, match="entry 33"):
        backup(data_dir, tmp_path / "port.tar")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize("spoil", ["no database", "cut"])
def test_what_is_no_whole_database_makes_no_backup(
    data_dir: Path, tmp_path: Path, spoil: str
) -> None:
    journal = data_dir / "journal.sqlite"
    content = journal.read_bytes()
    journal.write_bytes(b"garbage" * 1_000 if spoil == "no database" else content[:10_000])
    for beside in ("-wal", "-shm"):
        journal.with_name(journal.name + beside).unlink(missing_ok=True)
    with pytest.raises(JournalError, match=r"journal\.sqlite"):
        backup(data_dir, tmp_path / "no.tar")
    assert not (tmp_path / "no.tar").exists()


def test_restore_only_into_a_new_or_empty_folder(
    data_dir: Path, archive: Path, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="is not an empty folder"):
        restore(archive, data_dir)
    (tmp_path / "empty").mkdir()
    restore(archive, tmp_path / "empty")
    with pytest.raises(BackupError, match="no such file"):
        restore(tmp_path / "none.tar", tmp_path / "new")


def rewrite(archive: Path, change: Callable[[tarfile.TarInfo, bytes], bytes | None]) -> None:
    """Write the archive anew with each member changed, or left out."""
    with tarfile.open(archive) as old:
        members = [(one, old.extractfile(one).read()) for one in old]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as new:
        for member, content in members:
            changed = change(member, content)
            if changed is not None:
                member.size = len(changed)
                new.addfile(member, io.BytesIO(changed))


def refused(archive: Path, tmp_path: Path, said: str) -> None:
    """Check that it is refused, and that nothing is left of the attempt."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupError, match=said):
        restore(archive, tmp_path / "new")
    assert sorted(tmp_path.rglob("*")) == before


def test_changed_content_is_refused(archive: Path, tmp_path: Path) -> None:
    rewrite(archive, lambda one, text: text[:-1] + b"?" if "track" in one.name else text)
    refused(archive, tmp_path, r"differ from its manifest: \['track/2026-10.bin'\]")


@pytest.mark.parametrize("name", ["track/2026-10.bin", "journal.sqlite"])
def test_missing_member_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    rewrite(archive, lambda one, text: None if one.name == name else text)
    refused(archive, tmp_path, f"differ from its manifest: .*{name}")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [(b"{}", "not of the form"), (b"[", "can't be read"), (None, "manifest is missing")],
)
def test_missing_or_foreign_manifest_is_refused(
    archive: Path, tmp_path: Path, manifest: bytes | None, said: str
) -> None:
    rewrite(archive, lambda one, text: manifest if "json" in one.name else text)
    refused(archive, tmp_path, said)


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_cut_archive_is_refused(archive: Path, tmp_path: Path, share: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    refused(archive, tmp_path, "is no whole backup")
    archive.write_bytes(b"something else" * 100)
    refused(archive, tmp_path, "is no whole backup")


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "track/../../evil", "a\\b", "journal.sqlite-wal", "track/2026-10.bin"],
)
def test_members_outside_the_folder_are_refused(archive: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(archive, "a") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    refused(archive, tmp_path, "is refused")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(archive: Path, tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("track/link")
    member.type = kind
    member.linkname = "/etc/passwd"
    with tarfile.open(archive, "a") as tar:
        tar.addfile(member)
    refused(archive, tmp_path, "'track/link' is refused")


def test_journal_that_does_not_hold_is_refused(archive: Path, tmp_path: Path) -> None:
    """Sums alone would not show it: whoever changes a journal can change a manifest."""
    journal = tmp_path / "changed.sqlite"
    with tarfile.open(archive) as tar:
        content = tar.extractfile("journal.sqlite")
        assert content is not None
        journal.write_bytes(content.read())
    with Journal.open(journal) as opened, opened.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry SET kind = 'Woke' WHERE number = 9")
    changed = journal.read_bytes()

    def change(member: tarfile.TarInfo, text: bytes) -> bytes:
        if member.name == "journal.sqlite":
            return changed
        if member.name != "manifest.json":
            return text
        manifest = json.loads(text)
        entry = {"bytes": len(changed), "sha256": sha256(changed).hexdigest()}
        manifest["files"]["journal.sqlite"] = entry
        return json.dumps(manifest).encode()

    rewrite(archive, change)
    refused(archive, tmp_path, "its journal is not whole: .*entry 9 is broken")
