"""A week at Ganqimaodu comes to the published figures, as the command prints them."""

from pathlib import Path

import pytest

from tests.e2e.command import GANQIMAODU, kouan, result_of


@pytest.mark.slow
def test_a_week_comes_to_the_published_figures(tmp_path: Path) -> None:
    done = kouan("sim", GANQIMAODU, "--days", 7, "--seed", 1, "--json", cwd=tmp_path)
    found = result_of(done)
    agv, visits = found["agv"], found["visits"]
    assert agv["round_trips_per_day"] == pytest.approx(160, rel=0.02)
    assert agv["tonnes_per_day"] == pytest.approx(10_400, rel=0.02)
    assert agv["cycle_min_mean"] == pytest.approx(50, abs=2.5)
    assert found["violations"] == 0
    assert type(found["violations"]) is int
    assert len(found["journal_sha256"]) == 64
    assert visits["finished"] > 22_000
    assert visits["started"] - visits["finished"] == visits["in_port"] < 100
    beside = {row["figure"]: row["published"] for row in found["published"]}
    assert beside["agv.round_trips_per_day"] == 160


def test_six_vehicles_carry_what_six_vehicles_can(tmp_path: Path) -> None:
    done = kouan("sim", GANQIMAODU, "--set", "fleets.agv.count=6", "--json", cwd=tmp_path)
    bound = 82  # of a first day, derived in docs/predictions.md
    assert 0.97 * bound <= result_of(done)["agv"]["round_trips_per_day"] <= bound
