"""Chance without dice: a draw is a keyed hash of (seed, entity, step), through whole-number tables.

Adding a lane or a visit never reshuffles other draws, and the same draw comes out on every machine:
hashes and tables are integers, logarithms and roots are correctly rounded decimals.
"""

from decimal import Context, Decimal
from functools import cache
from hashlib import blake2b
from math import isqrt

from kouan.port.service import Distribution

WHOLE = 1 << 64
"""Draws are whole numbers from 0 up to, not including, this one."""
_MASK = WHOLE - 1
_BINS = 12
_EDGES = 1 << _BINS
_REST = 64 - _BINS
_NORMAL_BINS = 8
_EXACT = Context(prec=24)
_UNIT = 1 << 32


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
    return number * 1_000_000 >> 64 < share_ppm


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

    def __init__(self, distribution: Distribution | None) -> None:
        self._of = distribution or Distribution(fixed_ms=0)
        self._table: tuple[int, ...] = ()
        if self._of.lognormal_ms:
            self._table = _lognormal_table(*self._of.lognormal_ms)
        self.fixed_ms = self._of.fixed_ms

    def at(self, number: int) -> int:
        """The duration for a draw."""
        if self.fixed_ms is not None:
            return self.fixed_ms
        if self._of.exponential_ms is not None:
            return (self._of.exponential_ms * unit_exponential(number) + _UNIT // 2) // _UNIT
        if self._of.uniform_ms:
            return between(number, *self._of.uniform_ms)
        if self._of.triangular_ms:
            return _triangular(number, *self._of.triangular_ms)
        return _interpolated(self._table, number, _NORMAL_BINS)


@cache
def sampler(distribution: Distribution | None) -> Sampler:
    """The compiled form of a distribution, made once."""
    return Sampler(distribution)


def unit_exponential(number: int) -> int:
    """An exponential of mean 1 in units of 2**-32, by its quantile table.

    The tail above the last edge is the last edge plus another exponential, which is exact.
    """
    table = _exponential_table()
    base = 0
    while number >> _REST == _EDGES - 1:
        base += table[_EDGES - 1]
        number = (number << _BINS) & _MASK
    return base + _interpolated(table, number, _BINS)


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
