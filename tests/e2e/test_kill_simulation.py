"""`kouan sim` killed again and again: what was committed stays, and the end is the same."""

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import COMMAND, GANQIMAODU, MANDULA, environment, kouan, result_of

Row = tuple[Any, ...]


def committed(journal: Path) -> int:
    """Number of the last committed entry; 0 while there is no journal."""
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal, timeout=30)) as database:
        try:
            found = database.execute("SELECT last_number FROM progress").fetchone()
        except sqlite3.OperationalError:  # its tables are not made yet
            return 0
    return int(found[0]) if found else 0


def entries(journal: Path) -> list[Row]:
    """Every committed row, and nothing missing among them."""
    if not committed(journal):
        return []
    with closing(sqlite3.connect(journal, timeout=30)) as database:
        found = database.execute("SELECT * FROM entry ORDER BY number").fetchall()
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert len(found) == committed(journal)
    return found


def kill_when(command: list[str], cwd: Path, moment: Callable[[], bool]) -> bool:
    """Run a command and kill it at a moment; False when it had ended before."""
    with subprocess.Popen(
        command, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and not moment():
            time.sleep(0.01)
        process.kill()
    return process.returncode == -9


def moments(journal: Path, chance: random.Random) -> Callable[[], bool]:
    """A moment to kill at: at any time, or some way after the next commit."""
    begun_s = time.perf_counter()
    if chance.random() < 0.4:
        wait_s = chance.uniform(0.05, 1.5)
        return lambda: time.perf_counter() - begun_s > wait_s
    before, extra_s = committed(journal), chance.uniform(0.0, 0.15)
    seen_s: list[float] = []

    def passed() -> bool:
        if not seen_s and committed(journal) > before:
            seen_s.append(time.perf_counter())
        return bool(seen_s) and time.perf_counter() - seen_s[0] > extra_s

    return passed


def check_kills(port: Path, days: int, kills: int, seed: int, tmp_path: Path) -> None:
    """Kill so many times, let it end, and compare with a run that was left alone."""
    asked = ["sim", str(port), "--days", str(days), "--bad-day", "--json"]
    alone = result_of(kouan(*asked, "--out", tmp_path / "alone", cwd=tmp_path))
    folder = tmp_path / "killed"
    journal = folder / "journal.sqlite"
    command = [*COMMAND, *asked, "--out", str(folder), "--resume"]
    chance = random.Random(seed)
    before: list[Row] = []
    killed = commits = 0
    for _ in range(kills):
        if not kill_when(command, tmp_path, moments(journal, chance)):
            break
        found = entries(journal)
        assert found[: len(before)] == before
        commits += len(found) > len(before)
        before = found
        killed += 1
    assert killed == kills
    assert commits >= 2
    ended = result_of(kouan(*command[len(COMMAND) :], cwd=tmp_path))
    assert ended == alone
    assert entries(journal)[: len(before)] == before
    assert entries(journal) == entries(tmp_path / "alone" / "journal.sqlite")
    assert (folder / "summary.json").read_bytes() == (
        tmp_path / "alone" / "summary.json"
    ).read_bytes()


@pytest.mark.slow
def test_five_kills_change_nothing(tmp_path: Path) -> None:
    check_kills(MANDULA, 4, 5, 1, tmp_path)


@pytest.mark.soak
def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    check_kills(GANQIMAODU, 10, 50, 2, tmp_path)
