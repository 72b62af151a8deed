"""One gate of 100 s, 10 s between vehicles: convoys beside two ways of first come, first served.

Vehicles come independently on both sides, for six hours; those of the first hour are not counted.
Served is who entered in the five hours. A vehicle that has not entered at the end counts with its
wait until then, so that waits of overloaded gates are too low rather than left out.
"""

from collections.abc import Callable, Sequence
from functools import partial

from bench.gate_model import Arrival, Fifo, Gate, Sequencer, drive, poisson
from bench.results import Json, Results, table
from kouan.port.quantity import HOUR_MS
from kouan.sim.study import interval
from kouan.traffic.gate_model import GateRules, Passage, steady

AIM = "232 or more an hour at a demand of 250; nobody waits over twice the declared longest wait"
SIDES = ("out", "back")
DEMANDS = (30, 60, 100, 200, 250)
SEEDS = range(1, 21)
WARM_UP_MS, END_MS = HOUR_MS, 6 * HOUR_MS
LONGEST_WAIT_MS = 900_000
CONVOYS = (8, 20, 40)
"""The last one is the default of the rules."""


def rules(convoy_most: int) -> GateRules:
    """The gate, with a bound on convoys."""
    passage = Passage(transit_ms=100_000, headway_ms=10_000)
    return GateRules({side: passage for side in SIDES}, convoy_most, LONGEST_WAIT_MS)


def policies() -> dict[str, Callable[[], Sequencer]]:
    """What is compared, by name."""
    fifo = {
        "exclusive FIFO": partial(Fifo, rules(1), exclusive=True),
        "FIFO with headway": partial(Fifo, rules(1), exclusive=False),
    }
    return {**fifo, **{f"convoys, {most}": partial(Gate, rules(most)) for most in CONVOYS}}


def run(results: Results, small: bool) -> None:
    """Run every policy with every demand that is not kept yet; all see the same arrivals."""
    seeds = SEEDS[:2] if small else SEEDS
    for per_hour in DEMANDS:
        for name, make in policies().items():
            key = f"{name}, {per_hour}/h"
            if key not in results.runs:
                results.add(key, {"seeds": [run_seed(make(), per_hour, seed) for seed in seeds]})
                print(f"{key}: {_line(results.runs[key])}", flush=True)
    results.figures = figures(results.runs)
    results.keep()


def run_seed(sequencer: Sequencer, per_hour: int, seed: int) -> Json:
    """Drive one seed; rates an hour and waits in seconds, of the hours that count."""
    arrivals = poisson(SIDES, per_hour, seed, END_MS)
    entered = drive(sequencer, arrivals, rules(1), END_MS)
    return measure(arrivals, entered)


def measure(arrivals: Sequence[Arrival], entered: dict[str, int]) -> Json:
    """Figures of one drive."""
    counted = [one for one in arrivals if one.at_ms >= WARM_UP_MS]
    waits_ms = [entered.get(one.vehicle, END_MS) - one.at_ms for one in counted]
    hours = (END_MS - WARM_UP_MS) / HOUR_MS
    return {
        "came_per_hour": len(counted) / hours,
        "served_per_hour": sum(at_ms >= WARM_UP_MS for at_ms in entered.values()) / hours,
        "mean_wait_s": round(sum(waits_ms) / len(waits_ms) / 1e3, 1),
        "longest_wait_s": round(max(waits_ms) / 1e3, 1),
        "left_waiting": len(arrivals) - len(entered),
    }


NAMES = ("came_per_hour", "served_per_hour", "mean_wait_s", "longest_wait_s", "left_waiting")


def figures(runs: dict[str, Json]) -> Json:
    """Means over the seeds with 95 % intervals, the longest wait of all, and the bound."""
    found: Json = {}
    for key, run in runs.items():
        one: Json = {}
        for name in NAMES:
            mean = interval([seed[name] for seed in run["seeds"]])
            one[name] = [round(mean.mean, 1), round(mean.low, 1), round(mean.high, 1)]
        one["longest_of_all_s"] = max(seed["longest_wait_s"] for seed in run["seeds"])
        found[key] = one
    return found


def _line(run: Json) -> str:
    served = interval([seed["served_per_hour"] for seed in run["seeds"]])
    longest = max(seed["longest_wait_s"] for seed in run["seeds"])
    return f"{served.mean:.1f} an hour, longest wait {longest} s"


def bound_per_hour(convoy: int) -> float:
    """What convoys of n each way can carry: n of them in transit + (n - 1) headways, and again."""
    passage = rules(convoy).passages[SIDES[0]]
    return HOUR_MS * convoy / (passage.transit_ms + (convoy - 1) * passage.headway_ms)


def show(results: Results) -> str:
    """The figures as text."""
    rows = [
        [key, *(_cell(one[name]) for name in NAMES), one["longest_of_all_s"]]
        for key, one in results.figures.items()
    ]
    head = ("run", "came/h", "served/h", "mean wait, s", "longest, s", "left waiting", "of all, s")
    bounds = ", ".join(f"{most}: {bound_per_hour(most):.0f}/h" for most in CONVOYS)
    lines = [table(head, rows), f"bound of convoys of so many each way: {bounds}"]
    for per_hour in DEMANDS:
        need = steady(rules(1), dict.fromkeys(SIDES, per_hour // 2))
        if need is not None:
            round_s, convoy = need.round_ms // 1000, max(need.convoys.values())
            lines.append(f"even {per_hour}/h needs convoys of {convoy}, a round of {round_s} s")
    return "\n".join(lines)


def _cell(found: Sequence[float]) -> str:
    mean, low, high = found
    return f"{mean} ({low} to {high})"
