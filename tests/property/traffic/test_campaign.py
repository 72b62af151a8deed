"""The campaign goes on where it was stopped, counts only results of its code, and names faults."""

import json
from pathlib import Path

import pytest

from tests.property.traffic import campaign


def test_a_stopped_campaign_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.jsonl"
    asked = ["--maps", "2", "--processes", "1", "--results", str(path)]
    assert campaign.main(asked) == 0
    whole = path.read_text("utf-8")
    path.write_text(whole[: whole.index("\n") + 20], "utf-8")
    assert campaign.main(asked) == 0
    lines = path.read_text("utf-8").splitlines()
    assert [lines[0], lines[-1]] == whole.splitlines()
    assert capsys.readouterr().out.count("2 maps") == 2


def test_results_of_other_code_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    known = {"seed": 1, "vehicles": 5, "done": 9, "faults": 0, "end_ms": 7, "violations": ["x"]}
    path.write_text("\n".join(json.dumps({"code": code, **known}) for code in ("old", "new")))
    assert campaign.read_results(path, "old")[1].violations == ("x",)
    assert campaign.read_results(path, "other") == {}


def test_a_map_that_stops_with_an_error_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_seed: int) -> None:
        raise ValueError("the planner gave up")

    monkeypatch.setattr(campaign, "run_map", broken)
    assert "the planner gave up" in campaign.try_map(1).violations[0]
