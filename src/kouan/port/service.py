"""Distributions of times: what a port file may say about how long something takes."""

from dataclasses import dataclass

from kouan.port.quantity import Duration


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long something takes: exactly one of the forms; a plain duration in a file is fixed."""

    fixed_ms: Duration | None = None
    """Always the same."""
    exponential_ms: Duration | None = None
    """Exponential with this mean."""
    uniform_ms: tuple[Duration, ...] = ()
    """Uniform between two durations."""
    triangular_ms: tuple[Duration, ...] = ()
    """Triangular: least, most frequent, most."""
    lognormal_ms: tuple[Duration, ...] = ()
    """Lognormal: median and 95th percentile."""

    def mean_ms(self) -> int:
        """Mean in milliseconds, for capacity estimates; a lognormal's by its quantiles."""
        if self.exponential_ms is not None:
            return self.exponential_ms
        if self.uniform_ms:
            return sum(self.uniform_ms) // 2
        if self.triangular_ms:
            return sum(self.triangular_ms) // 3
        if self.lognormal_ms:
            median, p95 = self.lognormal_ms
            # mean = median * exp(s^2 / 2), s = ln(p95 / median) / 1.645; a series keeps it exact
            ratio = p95 / median - 1
            log = ratio - ratio**2 / 2 + ratio**3 / 3 if ratio < 0.5 else 0.69 * ratio**0.7
            half = (log / 1.645) ** 2 / 2
            return int(median * (1 + half + half**2 / 2))
        return self.fixed_ms or 0
