"""Figures as a summary writes them: rounded half to even on exact fractions, so always the same."""

from fractions import Fraction
from typing import TypedDict

from kouan.port.quantity import MINUTE_MS
from kouan.report.histogram import Histogram

DECIMALS = 3


class SpreadOfTimes(TypedDict):
    """Durations in minutes; percentiles by nearest rank, the buffer as the FHWA defines it."""

    n: int
    mean: float
    median: float
    p90: float
    p95: float
    max: float
    buffer: float
    buffer_index_percent: float


def rounded(value: float) -> float:
    """Three decimals at most."""
    return round(value, DECIMALS)


def ratio(value: int, divisor: int) -> float:
    """An exact quotient with three decimals; 0 where there is nothing to divide by."""
    return float(round(Fraction(value, divisor), DECIMALS)) if divisor else 0.0


def minutes(value_ms: float) -> float:
    """Milliseconds as minutes."""
    return rounded(value_ms / MINUTE_MS)


def spread_min(times_ms: Histogram) -> SpreadOfTimes:
    """Mean, percentiles and buffer of durations: the buffer time is P95 less the mean."""
    mean_ms = times_ms.mean()
    p95_ms = times_ms.percentile(95)
    buffer_ms = p95_ms - mean_ms
    return {
        "n": times_ms.count,
        "mean": minutes(mean_ms),
        "median": minutes(times_ms.percentile(50)),
        "p90": minutes(times_ms.percentile(90)),
        "p95": minutes(p95_ms),
        "max": minutes(times_ms.greatest),
        "buffer": minutes(buffer_ms),
        "buffer_index_percent": rounded(100 * buffer_ms / mean_ms) if mean_ms else 0.0,
    }
