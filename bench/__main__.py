"""`python -m bench` lists the scenarios; `python -m bench NAME` runs one, or goes on with it."""

import argparse
import sys

from bench import (
    desks,
    forecast,
    gate,
    gate_reading,
    green_lane,
    lag,
    mqtt,
    one_stop,
    plan,
    restart,
    tandem,
    week,
    year,
)
from bench.results import Results

SCENARIOS = {
    "tandem": tandem,
    "week": week,
    "restart": restart,
    "year": year,
    "lag": lag,
    "mqtt": mqtt,
    "plan": plan,
    "gate": gate,
    "one_stop": one_stop,
    "green_lane": green_lane,
    "desks": desks,
    "forecast": forecast,
    "gate_reading": gate_reading,
}


def main() -> int:
    """Run what the command line asks for; 2 for a scenario that does not exist."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", help=f"{', '.join(SCENARIOS)}, or all")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--small", action="store_true", help="a short trial; nothing is kept")
    parser.add_argument("--anew", action="store_true", help="forget the kept results first")
    asked = parser.parse_args()
    if asked.list or asked.name is None:
        for name, scenario in SCENARIOS.items():
            print(
                f"{name:12} {(scenario.__doc__ or '').splitlines()[0]}\n{'':12} aim: {scenario.AIM}"
            )
        return 0
    names = list(SCENARIOS) if asked.name == "all" else [asked.name]
    if names[0] not in SCENARIOS:
        print(f"{asked.name}: expected {', '.join(SCENARIOS)}, or all", file=sys.stderr)
        return 2
    for name in names:
        scenario = SCENARIOS[name]
        results = Results.of(name, scenario.AIM, kept=not asked.small, anew=asked.anew)
        scenario.run(results, asked.small)
        print(f"{name}: aim: {scenario.AIM}\n{scenario.show(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
