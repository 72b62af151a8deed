"""The same simulation under many seeds: figures with their intervals."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import sqrt
from typing import NamedTuple

Figures = dict[str, float]


class Interval(NamedTuple):
    """Mean of a figure over seeds with the interval that covers it at the stated confidence."""

    mean: float
    low: float
    high: float
    seeds: int


def over_seeds(
    task: Callable[[int], Figures], seeds: Sequence[int], processes: int
) -> Iterator[Figures]:
    """Run a task for each seed, several at a time; results come in the order of the seeds."""
    if processes <= 1 or len(seeds) == 1:
        yield from map(task, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(task, seeds)


def intervals(results: Sequence[Figures], confidence: float = 0.95) -> dict[str, Interval]:
    """Student intervals of every figure that all results have; one seed gives a point."""
    names = [name for name in results[0] if all(name in result for result in results)]
    return {name: interval([result[name] for result in results], confidence) for name in names}


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Student interval of the mean of independent values."""
    from scipy.stats import t  # takes a second to load, and few runs are studies

    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Interval(mean, mean, mean, count)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = float(t.ppf((1 + confidence) / 2, count - 1)) * spread / sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


def paired(
    one: Sequence[Figures], other: Sequence[Figures], confidence: float = 0.95
) -> dict[str, Interval]:
    """Student intervals of what ``other`` has more than ``one``, seed by seed, by figure.

    Both are of the same seeds in the same order, so that what chance does to both cancels out.
    Raises ValueError where one has more seeds than the other.
    """
    return intervals(
        [
            {name: after[name] - before[name] for name in before if name in after}
            for before, after in zip(one, other, strict=True)
        ],
        confidence,
    )
