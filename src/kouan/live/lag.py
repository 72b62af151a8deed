"""Loop lag: how late the loop is, from when something was due until it is handled."""

import logging
import time
from bisect import bisect_left
from collections.abc import Callable

log = logging.getLogger(__name__)

ALARM_S = 0.1
"""Lag from which an alarm is logged."""
ALARM_EVERY_S = 10.0
"""Least time between two lines in the log."""
BOUNDS_S = tuple(0.0001 * 1.15**step for step in range(120))
"""Upper ends of the classes that quantiles are read from: 0.1 ms to about half an hour."""


class LagMeter:
    """Counts lags in classes, remembers the largest, and raises the alarm; seconds throughout."""

    def __init__(
        self,
        observe: Callable[[float], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Pass every lag on to ``observe`` as well (a metric)."""
        self._observe = observe
        self._monotonic = monotonic
        self._classes = [0] * (len(BOUNDS_S) + 1)
        self._alarmed_at = -ALARM_EVERY_S
        self._late = 0
        self.count = 0
        self.last_s = 0.0
        self.max_s = 0.0

    def add(self, lag_s: float) -> None:
        """Count one event that was handled this late."""
        lag_s = max(0.0, lag_s)
        self._classes[bisect_left(BOUNDS_S, lag_s)] += 1
        self.count += 1
        self.last_s = lag_s
        self.max_s = max(self.max_s, lag_s)
        if self._observe is not None:
            self._observe(lag_s)
        if lag_s >= ALARM_S:
            self._alarm(lag_s)

    def _alarm(self, lag_s: float) -> None:
        self._late += 1
        now = self._monotonic()
        if now - self._alarmed_at >= ALARM_EVERY_S:
            log.warning(
                "the loop is late by %.0f ms (alarm at %.0f ms); events late since the last such "
                "line: %d",
                lag_s * 1e3,
                ALARM_S * 1e3,
                self._late,
            )
            self._alarmed_at, self._late = now, 0

    def quantile_s(self, share: float) -> float:
        """Lag that this share of events did not exceed, to 15 %; 0 before the first event."""
        wanted = share * self.count
        below = 0
        for index, number in enumerate(self._classes):
            below += number
            if number and below >= wanted:
                return min(self.max_s, BOUNDS_S[min(index, len(BOUNDS_S) - 1)])
        return 0.0
