"""Each shipped port against its expected summary, and the published figures it is held to."""

import json

import pytest

from kouan.port.read import load_port
from kouan.report.summary import Summary
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate
from tests.sim.expected import headline, path_of
from tests.sim.scenarios import PORTS, ROOT


@pytest.mark.parametrize("port", PORTS)
def test_one_day_gives_the_expected_summary(port: str) -> None:
    """If a change is meant to change it: python -m tests.sim.expected."""
    assert headline(port) == json.loads(path_of(port).read_text("utf-8"))


def test_every_shipped_port_has_an_expected_summary() -> None:
    files = sorted(path.stem for path in (ROOT / "ports").glob("*.toml"))
    assert files == sorted(PORTS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_six_vehicles_make_their_share_of_the_round_trips(seed: int) -> None:
    """On a first day four vehicles make 14 trips, two 13 (docs/predictions.md): within 3 %."""
    path = ROOT / "ports" / "ganqimaodu.toml"
    settings = ["fleets.agv.count=6", "demand.coal_truck.per_day=0", "demand.truck_exit.per_day=0"]
    port, _ = load_port(path, settings)
    start_ms = 1_791_734_400_000  # 2026-10-12 00:00 in Shanghai
    scenario = days_of(port, seed, start_ms, 1)
    summary = Summary(port)
    simulate(scenario, MemoryJournal(scenario.header()), [summary])
    summary.days = 1
    assert summary.as_json()["agv"]["round_trips_per_day"] == pytest.approx(82, rel=0.03)
