"""Results of benchmarks: kept whole, and gone on with."""

from pathlib import Path

import pytest

from bench import results
from bench.results import Results, commit, table


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")


def test_a_stopped_run_goes_on() -> None:
    first = Results.of("queue", "short", kept=True)
    first.add("1", {"wait_s": 3})
    again = Results.of("queue", "short", kept=True)
    assert again.runs["1"]["wait_s"] == 3
    assert again.runs["1"]["commit"] == commit()
    assert again.runs["1"]["machine"]["cores"] > 0


def test_anew_forgets_what_was_kept() -> None:
    Results.of("queue", "short", kept=True).add("1", {})
    assert Results.of("queue", "short", kept=True, anew=True).runs == {}


def test_a_trial_keeps_nothing() -> None:
    trial = Results.of("queue", "short", kept=False)
    trial.add("1", {})
    assert not results.FOLDER.exists()
    assert Results.of("queue", "short", kept=True).runs == {}


def test_table_lines_columns_up() -> None:
    assert table(("name", "wait"), [("a", 1), ("long name", 12)]).splitlines() == [
        "name       wait",
        "a             1",
        "long name    12",
    ]
