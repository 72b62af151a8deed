"""Journals that are cut, changed, of something else or in use, and disks that are full."""

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import (
    COMMAND,
    GANQIMAODU,
    MANDULA,
    TIMEOUT_S,
    Done,
    assert_mistake,
    environment,
    kouan,
    result_of,
)

pytestmark = pytest.mark.xdist_group("journals")
SIM = ("sim", MANDULA, "--out", "run", "--json")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a day was simulated, only to be copied."""
    folder = tmp_path_factory.mktemp("sound")
    result_of(kouan(*SIM, cwd=folder))
    return folder / "run"


@pytest.fixture
def run(sound: Path, tmp_path: Path) -> Path:
    """A copy of it that may be spoiled."""
    return Path(shutil.copytree(sound, tmp_path / "run"))


def check_refused(folder: Path, *words: str) -> None:
    """Every command that reads the journal says what is wrong with it; none changes it."""
    journal = folder / "run" / "journal.sqlite"
    before = journal.read_bytes()
    for command in (
        ("replay", "--verify", "run"),
        ("report", "run", "--out", "elsewhere"),
        (*SIM, "--resume"),
        ("backup", "run", "saved.tar"),
    ):
        assert_mistake(kouan(*command, cwd=folder), "journal.sqlite", *words)
    assert journal.read_bytes() == before
    assert not (folder / "saved.tar").exists()


def test_a_cut_journal_is_refused(run: Path, tmp_path: Path) -> None:
    journal = run / "journal.sqlite"
    with journal.open("r+b") as stream:
        stream.truncate(journal.stat().st_size // 3)
    check_refused(tmp_path)


def test_a_changed_bit_is_found_with_its_entry(run: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(run / "journal.sqlite")) as database, database:
        found = database.execute("SELECT event FROM entry WHERE number = 4321").fetchone()[0]
        changed = bytes([*found[:-2], found[-2] ^ 1, found[-1]])
        database.execute("UPDATE entry SET event = ? WHERE number = 4321", (changed,))
        database.execute("DELETE FROM snapshot")
    check_refused(tmp_path, "4321")


def test_a_missing_entry_is_found(run: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(run / "journal.sqlite")) as database, database:
        database.execute("DELETE FROM entry WHERE number = 999")
        database.execute("DELETE FROM snapshot")
    check_refused(tmp_path, "999")


def test_what_is_no_journal_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "journal.sqlite").write_bytes(b"no journal at all\n" * 1_000)
    check_refused(tmp_path)


def test_a_run_goes_on_only_as_it_was_begun(run: Path, tmp_path: Path) -> None:
    for options, word in (
        (["--days", 2], "days 1, not 2"),
        (["--seed", 7], "seed 1, not 7"),
        (["--bad-day"], "bad_day False, not True"),
        (["--set", "fleets.agv.count=9"], "another port file"),
    ):
        assert_mistake(kouan(*SIM, "--resume", *options, cwd=tmp_path), word)
    (run / "run.json").write_text("{", "utf-8")
    assert_mistake(kouan(*SIM, "--resume", cwd=tmp_path), "run.json: is damaged")


def test_a_finished_run_goes_on_to_the_same_end(run: Path, tmp_path: Path) -> None:
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    assert result_of(kouan(*SIM, "--resume", cwd=tmp_path)) == summary


def test_a_journal_that_no_simulation_made_is_never_overwritten(run: Path, tmp_path: Path) -> None:
    (run / "run.json").unlink()
    before = (run / "journal.sqlite").read_bytes()
    assert_mistake(kouan(*SIM, cwd=tmp_path), "is no simulation's journal", "--out")
    assert (run / "journal.sqlite").read_bytes() == before


def test_two_processes_never_write_one_journal(tmp_path: Path) -> None:
    command = [*COMMAND, "sim", str(GANQIMAODU), "--days", "30", "--out", "run"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE
    ) as writer:
        while not (tmp_path / "run" / "journal.sqlite-wal").exists():
            assert writer.poll() is None
        for options in ([], ["--resume"]):
            asked = ("sim", GANQIMAODU, "--days", 30, "--out", "run", *options)
            done = kouan(*asked, cwd=tmp_path)
            assert_mistake(done, f"is being written by process {writer.pid}")
        writer.kill()


# --- no space ---------------------------------------------------------------------------------

LONG = ("sim", str(MANDULA), "--days", "2", "--json", "--out")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the long run comes to with space enough."""
    folder = tmp_path_factory.mktemp("alone")
    return result_of(kouan(*LONG, "run", cwd=folder))


def check_goes_on(done: Done, tmp_path: Path, alone: dict[str, Any]) -> None:
    """The command failed for want of space; with space again it comes to the end of any other."""
    assert_mistake(done, "journal.sqlite")
    verified = result_of(kouan("replay", "--verify", "--json", "run", cwd=tmp_path))
    assert verified["good"] is True
    assert verified["entries"] >= 5_000
    assert result_of(kouan(*LONG, "run", "--resume", cwd=tmp_path)) == alone


def test_a_file_that_may_not_grow_loses_nothing_committed(
    tmp_path: Path, alone: dict[str, Any]
) -> None:
    done = subprocess.run(
        [*COMMAND, *LONG, "run"],
        cwd=tmp_path,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000)),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    check_goes_on(done, tmp_path, alone)


def test_a_full_disk_loses_nothing_committed(tmp_path: Path, alone: dict[str, Any]) -> None:
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = 'mount -t tmpfs -o size=3m tmpfs "$1"'
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run([*inside, mount, "sh", small], check=False).returncode != 0:
        pytest.skip("this system lets nobody mount a small file system of their own")
    # The copy outlives the small disk, which goes with the process that has it.
    script = f'{mount}; cd "$1"; "$3" -m kouan {" ".join(LONG)} run; code=$?; cp -r run "$2"; '
    done = subprocess.run(
        [*inside, script + "exit $code", "sh", str(small), str(tmp_path), sys.executable],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert "no space is left on the disk" in done.stderr
    check_goes_on(done, tmp_path, alone)


def test_full_outputs_are_explained(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, "schema"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment(),
        )
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
