"""Chance without dice: a draw is a keyed hash of (seed, entity, step), through whole-number tables.

Adding a lane or a visit never reshuffles other draws, and the same draw comes out on every machine:
hashes and tables are integers, logarithms and roots are correctly rounded decimals.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from functools import cache
from hashlib import blake2b
from math import isqrt

from kouan.port.quantity import WHOLE_PPM
from kouan.port.service import Distribution

WHOLE = 1 << 64
"""Draws are whole numbers from 0 up to, not including, this one."""
_MASK = WHOLE - 1
_BINS = 12
_EDGES = 1 << _BINS
_REST = 64 - _BINS
_REST_MASK = (1 << _REST) - 1
_NORMAL_BINS = 8
_EXACT = Context(prec=24)
_UNIT = 1 << 32
_HALF_UNIT = _UNIT // 2


def key_of(text: str) -> int:
    """A stable 64-bit key of an entity's name."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def draw(seed: int, key: int, step: int) -> int:
    """A number in [0, 2**64), the same for the same three whenever it is asked for."""
    mixed = (key ^ (seed * 0x9E3779B97F4A7C15) ^ (step * 0xD1B54A32D192ED03)) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    mixed ^= mixed >> 31
    mixed = ((mixed + step * 0x9E3779B97F4A7C15) ^ (mixed << 17)) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    return mixed ^ (mixed >> 31)


def happens(number: int, share_ppm: int) -> bool:
    """Whether something with this share happens for a draw."""
    return number * WHOLE_PPM >> 64 < share_ppm


def comes_true(seed: int, key: int, step: int, share_ppm: int) -> bool:
    """Whether it happens for the draw of these three; what is certain needs no draw."""
    if 0 < share_ppm < WHOLE_PPM:
        return happens(draw(seed, key, step), share_ppm)
    return share_ppm > 0


def pick(number: int, shares: list[int]) -> int:
    """Index chosen by shares (any scale); the last one when they sum to nothing."""
    left = number * sum(shares) >> 64
    for index, share in enumerate(shares):
        left -= share
        if left < 0:
            return index
    return len(shares) - 1


def between(number: int, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``, both included."""
    return least + (number * (most - least + 1) >> 64)


class Sampler:
    """A distribution compiled so that a draw gives a duration in whole milliseconds."""

    __slots__ = ("at", "fixed_ms")

    def __init__(self, distribution: Distribution | None) -> None:
        of = distribution or Distribution(fixed_ms=0)
        self.fixed_ms = of.fixed_ms
        self.at: Callable[[int], int] = _compiled(of)
        """The duration for a draw."""


def _compiled(of: Distribution) -> Callable[[int], int]:
    """Return the function from a draw to a duration of this distribution."""
    if of.fixed_ms is not None:
        fixed_ms = of.fixed_ms
        return lambda number: fixed_ms  # noqa: ARG005 - nothing is left to chance
    if of.exponential_ms is not None:
        mean_ms, units = of.exponential_ms, _exponential_table()
        return lambda number: (mean_ms * _exponential(units, number) + _HALF_UNIT) // _UNIT
    if of.uniform_ms:
        least_ms, most_ms = of.uniform_ms
        return lambda number: between(number, least_ms, most_ms)
    if of.triangular_ms:
        least_ms, mode_ms, most_ms = of.triangular_ms
        return lambda number: _triangular(number, least_ms, mode_ms, most_ms)
    table = _lognormal_table(*of.lognormal_ms)
    return lambda number: _interpolated(table, number, _NORMAL_BINS)


@cache
def sampler(distribution: Distribution | None) -> Sampler:
    """The compiled form of a distribution, made once."""
    return Sampler(distribution)


def unit_exponential(number: int) -> int:
    """An exponential of mean 1 in units of 2**-32, by its quantile table."""
    return _exponential(_exponential_table(), number)


def _exponential(table: tuple[int, ...], number: int) -> int:
    """The tail above the last edge is the last edge plus another exponential, which is exact."""
    base = 0
    index = number >> _REST
    while index == _EDGES - 1:
        base += table[index]
        number = (number << _BINS) & _MASK
        index = number >> _REST
    low = table[index]
    return base + low + ((table[index + 1] - low) * (number & _REST_MASK) >> _REST)


def _interpolated(table: tuple[int, ...], number: int, bins: int) -> int:
    rest = 64 - bins
    index = number >> rest
    low = table[index]
    return low + ((table[index + 1] - low) * (number & ((1 << rest) - 1)) >> rest)


def _triangular(number: int, least: int, mode: int, most: int) -> int:
    width = most - least
    if width == 0:
        return least
    if number * width < (mode - least) << 64:
        return least + isqrt(number * width * (mode - least) >> 64)
    return most - isqrt((_MASK - number) * width * (most - mode) >> 64)


@cache
def _exponential_table() -> tuple[int, ...]:
    edges = [
        int((-(1 - Decimal(edge) / _EDGES).ln(_EXACT) * _UNIT).to_integral_value())
        for edge in range(_EDGES)
    ]
    return (*edges, edges[-1])


@cache
def _lognormal_table(median_ms: int, p95_ms: int) -> tuple[int, ...]:
    """Quantiles at the edges; the two outermost stand at 1/4 of a bin, which bounds the tails."""
    spread = (Decimal(p95_ms) / Decimal(median_ms)).ln(_EXACT) / Decimal("1.6448536269514722")
    table = []
    edges = 1 << _NORMAL_BINS
    for edge in range(edges + 1):
        share = Decimal(min(max(4 * edge, 1), 4 * edges - 1)) / (4 * edges)
        factor = (spread * normal_quantile(share)).exp(_EXACT)
        table.append(int((median_ms * factor).to_integral_value()))
    return tuple(table)


@cache
def normal_quantile(share: Decimal) -> Decimal:
    """Quantile of the standard normal, by bisection on its distribution function to 1e-10."""
    if share > Decimal("0.5"):
        return -normal_quantile(1 - share)
    low, high = Decimal(-8), Decimal(0)
    for _ in range(36):
        middle = (low + high) / 2
        if _normal_below(middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _normal_below(value: Decimal) -> Decimal:
    """Distribution function of the standard normal by its series, for values of at most 0."""
    term = total = value
    square = value * value
    count = 1
    while abs(term) > Decimal("1e-16"):
        count += 2
        term = term * square / count
        total += term
    density = (-square / 2).exp(_EXACT) / Decimal("2.5066282746310005")
    return Decimal("0.5") + density * total
