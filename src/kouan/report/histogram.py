"""Counts of whole numbers in buckets, so that a year's durations take no more memory than a day's.

Below 256 every value has its own bucket; above, a bucket is 1/128 of its values wide or less, so a
percentile is within 0.4 % of the exact one. Count, sum, least and greatest are exact.
"""

from dataclasses import dataclass, field

BITS = 7
"""Buckets double in width with every power of two, 2 ** BITS of them in each."""


@dataclass(slots=True)
class Histogram:
    """Whole numbers from 0, each with a weight: 1 for a count, a time for a length that lasted."""

    count: int = 0
    total: int = 0
    least: int = 0
    greatest: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, value: int, weight: int = 1) -> None:
        """Add a value; raise ValueError below 0. A weight of 0 adds nothing."""
        if value < 0:
            raise ValueError(f"a value of 0 or more, not {value}")
        if weight <= 0:
            return
        self.least = value if not self.count else min(self.least, value)
        self.greatest = max(self.greatest, value)
        self.count += weight
        self.total += value * weight
        shift = max(0, value.bit_length() - BITS - 1)
        index = (shift << BITS) + (value >> shift)
        self.buckets[index] = self.buckets.get(index, 0) + weight

    def mean(self) -> float:
        """The exact mean; 0 when empty."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, percent: int) -> int:
        """The value of nearest rank: the ceil(percent/100 * count)-th smallest; 0 when empty.

        The middle of its bucket stands for it, never outside the least and greatest value.
        """
        rank = max(1, -(-percent * self.count // 100))
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= rank:
                return min(max(_middle(index), self.least), self.greatest)
        return 0


def _middle(index: int) -> int:
    shift = max(0, (index >> BITS) - 1)
    first = (index - (shift << BITS)) << shift
    return first + (1 << shift >> 1)
