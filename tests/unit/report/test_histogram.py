"""The histogram against exact figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.report.histogram import Histogram

VALUES = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


def filled(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


def test_small_values_are_exact() -> None:
    """Ten values; nearest rank: P50 is the 5th, P90 the 9th, P95 the 10th."""
    histogram = filled([3, 1, 4, 1, 5, 9, 2, 6, 5, 255])
    assert [histogram.percentile(p) for p in (0, 50, 90, 95, 100)] == [1, 4, 9, 255, 255]
    assert (histogram.count, histogram.total, histogram.mean()) == (10, 291, 29.1)
    assert (histogram.least, histogram.greatest) == (1, 255)


def test_a_weight_counts_as_often() -> None:
    """Length 2 for 60 ms, 5 for 39, 9 for 1: P50 is 2, P95 is 5, the greatest is 9."""
    histogram = Histogram()
    for value, weight in ((5, 39), (2, 60), (9, 1), (7, 0)):
        histogram.add(value, weight)
    assert [histogram.percentile(p) for p in (50, 95, 100)] == [2, 5, 9]
    assert histogram.mean() == 3.24


def test_nothing_is_nought() -> None:
    assert (Histogram().mean(), Histogram().percentile(50)) == (0.0, 0)


def test_below_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more, not -1"):
        Histogram().add(-1)


@given(VALUES, st.integers(0, 100))
def test_percentiles_are_within_two_fifths_of_a_percent(values: list[int], percent: int) -> None:
    exact = sorted(values)[max(1, -(-percent * len(values) // 100)) - 1]
    assert abs(filled(values).percentile(percent) - exact) <= exact / 250


def test_memory_stays_flat() -> None:
    histogram = filled([value * value for value in range(100_000)])
    assert len(histogram.buckets) < 4_000
