"""The same port, seed, start and version give the same journal, byte for byte."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import GANQIMAODU, MANDULA, kouan, result_of

TABLES = ("header", "entry", "progress", "snapshot", "version")


def run(folder: Path, hash_seed: str, *options: object) -> dict[str, Any]:
    """Simulate a bad day in a process with its own order of hashes."""
    command = ("sim", MANDULA, "--bad-day", "--out", folder, "--json", *options)
    done = kouan(*command, cwd=folder.parent, env={"PYTHONHASHSEED": hash_seed})
    return result_of(done)


def rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a journal holds."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in TABLES
        }


def test_the_same_run_gives_the_same_journal(tmp_path: Path) -> None:
    first = run(tmp_path / "first", "0")
    second = run(tmp_path / "second", "1")
    assert first["journal_sha256"] == second["journal_sha256"]
    assert first == second
    assert rows(tmp_path / "first") == rows(tmp_path / "second")
    verified = result_of(kouan("replay", "--verify", "--json", tmp_path / "first", cwd=tmp_path))
    assert verified["good"] is True
    assert verified["journal_sha256"] == first["journal_sha256"]


def test_another_seed_or_day_gives_another_journal(tmp_path: Path) -> None:
    seed = run(tmp_path / "other", "0", "--seed", 2)["journal_sha256"]
    day = run(tmp_path / "later", "0", "--start", "2026-10-13")["journal_sha256"]
    assert seed != day
    assert run(tmp_path / "other", "1", "--seed", 2, "--resume")["journal_sha256"] == seed


def test_a_report_made_afterwards_agrees_with_the_run(tmp_path: Path) -> None:
    summary = run(tmp_path / "run", "0")
    again = result_of(kouan("report", tmp_path / "run", "--json", cwd=tmp_path))
    assert again["journal_sha256"] == summary["journal_sha256"]
    for part in ("visits", "release", "stages", "queues", "agv", "violations"):
        assert again[part] == summary[part]


@pytest.mark.soak
def test_a_week_of_the_larger_port_is_settled_by_its_seed(tmp_path: Path) -> None:
    """The very command that the project promises this of."""

    def chain(hash_seed: str, seed: int) -> str:
        folder = tmp_path / f"{hash_seed}-{seed}"
        folder.mkdir()
        command = ("sim", GANQIMAODU, "--days", 7, "--seed", seed, "--json")
        done = kouan(*command, cwd=folder, env={"PYTHONHASHSEED": hash_seed})
        return str(result_of(done)["journal_sha256"])

    first = chain("0", 1)
    assert chain("1", 1) == first
    assert chain("0", 2) != first
