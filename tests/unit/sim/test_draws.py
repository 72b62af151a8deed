"""Draws: even, independent of one another, the same everywhere, and of the declared shape."""

import itertools
import math
from decimal import Decimal
from statistics import NormalDist, fmean, pvariance

import pytest

from kouan.port.service import Distribution
from kouan.sim.draws import (
    WHOLE,
    between,
    comes_true,
    draw,
    happens,
    key_of,
    normal_quantile,
    pick,
    sampler,
    unit_exponential,
)

MANY = 20_000


def sample(distribution: Distribution, seed: int = 1) -> list[int]:
    """Many durations of a distribution, in order of size."""
    of = sampler(distribution)
    return sorted(of.at(draw(seed, key_of("sample"), step)) for step in range(MANY))


def test_draws_are_known_numbers_on_every_machine() -> None:
    assert key_of("coal_truck-1") == 0xF3E161FE1EF67AFD
    assert draw(1, key_of("coal_truck-1"), 0) == 0x9D43CA9B612AF832
    assert draw(0, 0, 0) == draw(0, 0, 0) < WHOLE


@pytest.mark.parametrize("vary", ["seed", "key", "step"])
def test_draws_fill_every_part_evenly(vary: str) -> None:
    """Chi-squared over 64 parts, for each of the three that a draw is made of."""
    parts = [0] * 64
    for number in range(MANY):
        three = {"seed": 3, "key": key_of("x"), "step": 5, vary: number}
        parts[draw(three["seed"], three["key"], three["step"]) >> 58] += 1
    expected = MANY / 64
    chi_squared = sum((count - expected) ** 2 / expected for count in parts)
    assert chi_squared < 110  # 63 degrees of freedom: passed once in 4,000 tries


def test_neighbouring_draws_do_not_go_together() -> None:
    key = key_of("x")
    numbers = [draw(1, key, step) / WHOLE - 0.5 for step in range(MANY)]
    together = fmean(one * other for one, other in itertools.pairwise(numbers))
    assert abs(together) < 4 / 12 / math.sqrt(MANY)


def test_shares_happen_as_often_as_declared() -> None:
    counts = sum(happens(draw(1, 7, step), 20_000) for step in range(MANY))
    assert counts == pytest.approx(400, abs=80)
    assert not comes_true(1, 7, 0, 0)
    assert comes_true(1, 7, 0, 1_000_000)
    assert comes_true(1, 7, 3, 400_000) == happens(draw(1, 7, 3), 400_000)


def test_picks_follow_their_shares() -> None:
    counts = [0, 0, 0]
    for step in range(MANY):
        counts[pick(draw(1, 8, step), [92, 6, 2])] += 1
    assert counts == pytest.approx([18_400, 1_200, 400], rel=0.15)
    assert pick(0, [0, 1]) == 1
    assert pick(WHOLE - 1, [1, 0]) == 0
    assert pick(0, [0, 0]) == 1


def test_between_reaches_both_ends_and_nothing_else() -> None:
    assert between(0, 3, 5) == 3
    assert between(WHOLE - 1, 3, 5) == 5
    assert sorted({between(draw(1, 1, step), 3, 5) for step in range(100)}) == [3, 4, 5]
    assert between(WHOLE - 1, 4, 4) == 4


def test_fixed_and_uniform() -> None:
    assert dict.fromkeys(sample(Distribution(fixed_ms=42))) == {42: None}
    found = sample(Distribution(uniform_ms=(5_000, 15_000)))
    assert found[0] >= 5_000
    assert found[-1] <= 15_000
    assert fmean(found) == pytest.approx(10_000, rel=0.01)
    assert sampler(None).at(9) == 0


def test_exponential_has_its_mean_and_variance() -> None:
    found = sample(Distribution(exponential_ms=600_000))
    assert fmean(found) == pytest.approx(600_000, rel=0.03)
    assert pvariance(found) == pytest.approx(600_000**2, rel=0.06)
    assert found[MANY // 2] == pytest.approx(600_000 * math.log(2), rel=0.03)


@pytest.mark.parametrize("share", [0.001, 0.25, 0.5, 0.9, 0.999, 0.99999])
def test_exponential_quantiles_are_exact(share: float) -> None:
    found = unit_exponential(int(share * WHOLE)) / (1 << 32)
    assert found == pytest.approx(-math.log(1 - share), rel=2e-3, abs=1e-6)


def test_exponential_has_a_tail_beyond_its_table() -> None:
    assert unit_exponential(WHOLE - 1) / (1 << 32) > 30


def test_triangular_has_its_ends_mode_and_mean() -> None:
    found = sample(Distribution(triangular_ms=(60_000, 120_000, 300_000)))
    assert 60_000 <= found[0] < 66_000
    assert 290_000 < found[-1] <= 300_000
    assert fmean(found) == pytest.approx(160_000, rel=0.01)
    below_mode = sum(value < 120_000 for value in found) / MANY
    assert below_mode == pytest.approx(60 / 240, abs=0.01)
    assert sampler(Distribution(triangular_ms=(5, 5, 5))).at(123) == 5


def test_lognormal_has_its_median_and_95th_percentile() -> None:
    found = sample(Distribution(lognormal_ms=(120_000, 480_000)))
    assert found[MANY // 2] == pytest.approx(120_000, rel=0.03)
    assert found[MANY * 95 // 100] == pytest.approx(480_000, rel=0.05)
    spread = math.log(4) / NormalDist().inv_cdf(0.95)
    quartile = 120_000 * math.exp(spread * NormalDist().inv_cdf(0.25))
    assert found[MANY // 4] == pytest.approx(quartile, rel=0.03)
    assert found[0] > 0


@pytest.mark.parametrize("share", ["0.001", "0.05", "0.5", "0.8", "0.999"])
def test_normal_quantiles_are_those_of_the_normal(share: str) -> None:
    expected = NormalDist().inv_cdf(float(share))
    assert float(normal_quantile(Decimal(share))) == pytest.approx(expected, abs=1e-8)
