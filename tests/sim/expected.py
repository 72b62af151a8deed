"""Expected summaries of the shipped ports: headline figures of one day under seed 1.

They stand beside each port file. A change that is meant to change them renews them by
``python -m tests.sim.expected``; the difference then shows in the commit.
"""

import json
from pathlib import Path
from typing import Any

from kouan.port.calendar import start_of_day_ms
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate
from tests.sim.scenarios import FIRST_DAY, PORTS, ROOT, port_named

SEED = 1
VISIT_FIGURES = ("announced", "started", "finished", "turned_back", "in_port", "tonnes")
FLEET_FIGURES = (
    "vehicles",
    "round_trips",
    "turned_back",
    "tonnes",
    "cycle_min_mean",
    "energy_kwh",
    "vehicle_use_percent",
)


def path_of(port: str) -> Path:
    """The file of a port's expected summary."""
    return ROOT / "ports" / f"{port}.expected.json"


def headline(port: str) -> dict[str, Any]:
    """Simulate the day and return its headline figures."""
    scenario = days_of(port_named(port), SEED, start_of_day_ms(port_named(port), FIRST_DAY), 1)
    journal, summary = MemoryJournal(scenario.header()), Summary(scenario.port)
    checkers = Checkers(scenario.port)
    simulate(scenario, journal, [summary, checkers])
    summary.days, summary.violations = 1, checkers.violations
    found = summary.as_json()
    stays = found["visits"]["stay_min"]
    return {
        "port": found["run"]["port"],
        "day": FIRST_DAY,
        "seed": SEED,
        "entries": journal.last_number,
        "violations": checkers.violations.total,
        "visits": {name: found["visits"][name] for name in VISIT_FIGURES},
        "stay_min": {
            name: {figure: times[figure] for figure in ("n", "mean", "p95")}
            for name, times in stays.items()
        },
        "fleets": {
            fleet: {name: found[fleet][name] for name in FLEET_FIGURES}
            for fleet in scenario.port.fleets
        },
    }


def main() -> None:
    """Write the expected summary of every shipped port anew."""
    for port in PORTS:
        text = json.dumps(headline(port), ensure_ascii=False, indent=2)
        path_of(port).write_text(f"{text}\n", "utf-8")
        print(path_of(port))


if __name__ == "__main__":
    main()
