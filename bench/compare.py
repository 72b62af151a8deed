"""Two or more ways of running a port on the same seeds: each figure, and its paired difference."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bench.results import Results
from kouan.sim.study import Figures, Interval, intervals, over_seeds, paired

Json = dict[str, Any]
SEEDS = range(1, 11)
FigureOf = Callable[[str, str, int], Figures]
"""Takes an arm, a demand and a seed."""


def compare(
    results: Results,
    arms: Sequence[str],
    demands: Sequence[str],
    figures_of: FigureOf,
    small: bool,
) -> None:
    """Run what is not kept yet; every arm sees the same seeds, and the first is the base."""
    seeds = SEEDS[:2] if small else SEEDS
    processes = min(2, os.cpu_count() or 1)
    for demand in demands:
        for arm in arms:
            key = f"{arm}, {demand}"
            if key not in results.runs:
                found = over_seeds(partial(figures_of, arm, demand), seeds, processes)
                results.add(key, {"seeds": [_rounded(one) for one in found]})
                print(f"{key}: {results.runs[key]['seeds'][0]}", flush=True)
    results.figures = {
        "seeds": len(seeds),
        "demands": {demand: _figures(results, arms, demand) for demand in demands},
    }
    results.keep()


def _rounded(figures: Figures) -> Figures:
    return {name: round(value, 4) for name, value in figures.items()}


def _figures(results: Results, arms: Sequence[str], demand: str) -> Json:
    """Each arm's intervals, and those of its difference to the first arm."""
    by_arm = {arm: results.runs[f"{arm}, {demand}"]["seeds"] for arm in arms}
    base = by_arm[arms[0]]
    return {
        "arms": {arm: _spans(intervals(found)) for arm, found in by_arm.items()},
        "differences": {
            arm: _spans(paired(base, found)) for arm, found in by_arm.items() if arm != arms[0]
        },
    }


def _spans(found: Mapping[str, Interval]) -> Json:
    return {name: [round(value, 4) for value in one[:3]] for name, one in found.items()}


def head(arms: Sequence[str]) -> tuple[str, ...]:
    """The head of the table of ``rows``."""
    return ("demand", "", *arms, *(f"{arm}, less {arms[0]}" for arm in arms[1:]))


def rows(results: Results, names: Mapping[str, str], saturated: str) -> list[tuple[str, ...]]:
    """Rows of demand, figure, arms and differences; throughput stands at saturation only."""
    return [
        (demand, label, *line(found, name))
        for demand, found in results.figures["demands"].items()
        for name, label in names.items()
        if name.endswith("_hour") == (demand == saturated)
    ]


def line(found: Json, figure: str) -> tuple[str, ...]:
    """A figure of every arm, then its differences to the first, as they stand in a table."""
    arms = [span(one[figure]) for one in found["arms"].values() if figure in one]
    differences = [span(one[figure], "+") for one in found["differences"].values() if figure in one]
    return (*arms, *differences)


def span(values: Sequence[float], sign: str = "") -> str:
    """A mean with its interval: one decimal from 10 on, else two."""
    digits = 1 if max(abs(value) for value in values) >= 10 else 2
    mean, low, high = (f"{value:{sign}.{digits}f}" for value in values)
    return mean if low == high else f"{mean} ({low} to {high})"
