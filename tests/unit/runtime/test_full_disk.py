"""A disk that is full: a clear error, nothing committed lost, and going on once there is space.

The first test has SQLite itself report it; the second has a file system of two megabytes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from kouan.runtime.documents import Documents
from kouan.runtime.errors import JournalError, JournalFull
from kouan.runtime.journal import Journal
from tests.unit.runtime.support import event_at, fill, toy_header


def fill_up(journal: Journal) -> int:
    """Append until no space is left and return what was committed by then."""
    for _ in range(10_000):
        committed = journal.last_number
        for _ in range(50):
            journal.append(event_at(journal.last_number), [])
        try:
            journal.commit()
        except JournalFull:
            return committed
    raise AssertionError("this disk is too large to fill")


def check_full_journal(path: Path, journal: Journal) -> int:
    """Fill it up; afterwards it takes nothing more and holds what was committed."""
    committed = fill_up(journal)
    assert committed > 0
    journal.append(event_at(0), [])
    with pytest.raises(JournalError, match="open the journal again"):
        journal.commit()
    journal.close()
    with Journal.open(path, writing=False) as reader:
        assert sum(1 for _ in reader.entries()) == reader.last_number == committed
    return committed


def check_goes_on(path: Path, committed: int) -> None:
    """With space again, the journal goes on where it was."""
    with Journal.open(path) as journal:
        assert journal.last_number == committed
        fill(journal, 100)
        assert sum(1 for _ in journal.entries()) == committed + 100


def test_full_database_loses_nothing_committed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, toy_header())
    assert journal._connection is not None
    journal._connection.exec_driver_sql("PRAGMA max_page_count = 60")
    journal._connection.rollback()
    check_goes_on(path, check_full_journal(path, journal))


def on_full_disk(folder: Path) -> None:
    """Run in a file system of its own: journal, then documents, then with space again."""
    path, ballast = folder / "journal.sqlite", folder / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    committed = check_full_journal(path, Journal.create(path, toy_header("live")))
    ballast.unlink()
    check_goes_on(path, committed)
    with Journal.open(path) as journal:
        documents = Documents(journal, folder / "documents")
        with pytest.raises(JournalFull, match="documents: no space"):
            documents.put(bytes(3_000_000), "image/png")
        assert [one for one in (folder / "documents").rglob("*") if one.is_file()] == []
        assert documents.total_bytes == 0
        fill(journal, 10)


def test_full_disk_loses_nothing_committed(tmp_path: Path) -> None:
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
    mount = 'mount -t tmpfs -o size=2m tmpfs "$1"'
    if subprocess.run([*inside, mount, "sh", tmp_path], check=False).returncode != 0:
        pytest.skip("this system lets nobody mount a small file system of their own")
    code = (
        "import sys, pathlib; from tests.unit.runtime.test_full_disk import on_full_disk; "
        "on_full_disk(pathlib.Path(sys.argv[1]))"
    )
    run = [*inside, f'{mount}; exec "$2" -c "$3" "$1"', "sh", str(tmp_path), sys.executable, code]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
