"""Reports on journals, in this process: a whole day, and less than one."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kouan.cli.main import app
from kouan.port.calendar import start_of_day_ms
from kouan.port.quantity import HOUR_MS
from kouan.port.read import read_port
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.header import WorldName, make_header
from kouan.runtime.journal import Journal
from kouan.sim.run import Scenario, simulate

TINY = Path(__file__).parents[2] / "ports" / "tiny.toml"


def reported(folder: Path, hours: int, world: WorldName) -> dict[str, Any]:
    """The summary that is reported on hours of the tiny port, in a journal of a world."""
    port = read_port(TINY, ())
    start_ms = start_of_day_ms(port, "2026-10-12")
    end_ms = start_ms + hours * HOUR_MS
    scenario = Scenario(port, 1, start_ms, end_ms, end_ms, None)
    header = make_header(port, world, seed=1, start_ms=start_ms)
    with Journal.create(folder / JOURNAL_FILE, header) as journal:
        simulate(scenario, journal, [])
    done = CliRunner().invoke(app, ["report", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_a_part_of_a_day_has_no_figures_a_day(tmp_path: Path) -> None:
    found = reported(tmp_path, 12, "live")
    assert found["run"]["days"] == 0
    assert 8 < found["run"]["hours"] <= 12
    assert found["visits"]["tonnes_per_day"] is None
    assert found["visits"]["finished"] > 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "less than a day" in page
    assert "不足一天" in page


@pytest.mark.parametrize(("hours", "days"), [(24, 1), (48, 2)])
def test_whole_days_have_figures_a_day(tmp_path: Path, hours: int, days: int) -> None:
    """Of a simulation a single one counts as whole, though its last entry is in the afternoon."""
    found = reported(tmp_path, hours, "simulated" if days == 1 else "live")
    assert found["run"]["days"] == days
    finished = found["visits"]["finished"]
    assert found["visits"]["finished_per_day"] == finished / days
    assert "less than a day" not in (tmp_path / "report.html").read_text("utf-8")
