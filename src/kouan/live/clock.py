"""Port time in live operation: the wall clock read once, and carried on by the monotonic clock.

A system clock that is set back or forward changes nothing while the port runs. For rehearsals port
time may begin at another moment and run faster; real devices can't follow that, so it is refused
where there are any.
"""

import logging
import time
from collections.abc import Callable

from kouan.live.errors import LiveError

log = logging.getLogger(__name__)

NS_PER_MS = 1_000_000
FASTEST = 10_000
"""Largest time scale."""
Nanoseconds = Callable[[], int]


class PortClock:
    """Port time in Unix milliseconds: from ``start_ms`` on, ``time_scale`` times as fast."""

    def __init__(
        self, start_ms: int, time_scale: int = 1, monotonic_ns: Nanoseconds = time.monotonic_ns
    ) -> None:
        """Begin at ``start_ms`` now; raise LiveError unless the scale is from 1 to 10,000."""
        if not 1 <= time_scale <= FASTEST:
            raise LiveError(f"time scale {time_scale}: expected a whole number from 1 to {FASTEST}")
        self.start_ms = start_ms
        self.time_scale = time_scale
        self._monotonic_ns = monotonic_ns
        self._origin_ns = monotonic_ns()

    def now_ms(self) -> int:
        """Port time; it never runs back."""
        elapsed_ns = self._monotonic_ns() - self._origin_ns
        return self.start_ms + elapsed_ns * self.time_scale // NS_PER_MS

    def seconds_until(self, at_ms: int) -> float:
        """Real seconds until a port time; negative once it has passed."""
        elapsed_ns = self._monotonic_ns() - self._origin_ns
        left_ns = (at_ms - self.start_ms) * NS_PER_MS // self.time_scale - elapsed_ns
        return left_ns / 1e9


def wall_now_ms() -> int:
    """The system clock, for choosing where port time begins."""
    return time.time_ns() // NS_PER_MS


def real_clock(not_before_ms: int) -> PortClock:
    """Real time, for how long networks take, that runs on from the newest time remembered.

    A system clock that was set back behind that would stand still until it was there again.
    """
    return PortClock(max(wall_now_ms(), not_before_ms + 1))


def begin_clock(
    *,
    start_ms: int | None = None,
    time_scale: int = 1,
    last_ms: int | None = None,
    real_devices: bool = False,
    wall_ns: Nanoseconds = time.time_ns,
    monotonic_ns: Nanoseconds = time.monotonic_ns,
) -> PortClock:
    """Return the clock for a start (``last_ms`` None) or a restart after ``last_ms``.

    Without ``start_ms`` and with scale 1 port time is the real time. Otherwise it is made up: it
    begins at ``start_ms`` or now, and a restart goes on where the journal ended. Raises LiveError
    when made-up time is asked for beside real devices.
    """
    made_up = start_ms is not None or time_scale != 1
    if made_up and real_devices:
        raise LiveError(
            "port time may not be scaled or begin elsewhere while real devices are connected: "
            "leave out the start and the time scale, or the devices"
        )
    wall_ms = wall_ns() // NS_PER_MS
    if last_ms is None:
        begin_ms = wall_ms if start_ms is None else start_ms
    elif made_up:
        begin_ms = max(last_ms, start_ms or 0)
    else:
        begin_ms = max(last_ms, wall_ms)
        if last_ms > wall_ms:
            log.warning(
                "the system clock is %d s behind the journal; port time goes on from the journal",
                (last_ms - wall_ms) // 1_000,
            )
    return PortClock(begin_ms, time_scale, monotonic_ns)
