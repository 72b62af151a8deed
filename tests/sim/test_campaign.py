"""The campaign: five hundred scenarios of each port, and how it goes on after a stop."""

import json
from pathlib import Path

import pytest

from tests.sim import campaign
from tests.sim.scenarios import PORTS, ROOT

SCENARIOS = 500


@pytest.mark.soak
@pytest.mark.parametrize("port", PORTS)
def test_five_hundred_scenarios_break_no_rule(port: str) -> None:
    path = ROOT / "out" / "campaign" / f"{port}.jsonl"
    outcomes = campaign.run_campaign(port, range(1, SCENARIOS + 1), path, 2)
    assert len(outcomes) == SCENARIOS
    assert [(found.seed, found.violations[:3]) for found in outcomes if found.violations] == []


def test_a_stopped_campaign_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.jsonl"
    asked = ["mandula", "--processes", "1", "--results", str(path)]
    assert campaign.main([*asked, "--scenarios", "2"]) == 0
    whole = path.read_text("utf-8")
    path.write_text(whole[: whole.index("\n") + 20], "utf-8")
    assert campaign.main([*asked, "--scenarios", "2"]) == 0
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == whole.splitlines()[0]
    assert lines[-1] == whole.splitlines()[1]
    assert capsys.readouterr().out.count("2 scenarios") == 2


def test_results_of_other_code_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    known = {"port": "mandula", "seed": 1, "entries": 9, "chain": "", "violations": ["x"]}
    lines = [json.dumps({"code": code, "faults": {}, **known}) for code in ("old", "new")]
    path.write_text("\n".join(lines), "utf-8")
    assert campaign.read_results(path, "old")[1].violations == ("x",)
    assert campaign.read_results(path, "other") == {}


def test_a_scenario_that_stops_with_an_error_is_named() -> None:
    outcome = campaign.try_scenario("nowhere", 1)
    assert "nowhere.toml" in outcome.violations[0]
