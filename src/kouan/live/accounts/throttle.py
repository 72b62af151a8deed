"""How often somebody may try to sign in: by name and by address, with growing pauses.

An attempt counts as failed from its beginning until it has succeeded, so that many at one time gain
nothing. What is remembered has a bound; the keys that were tried longest ago are forgotten first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

FORGET_MS = 15 * 60_000
"""A key that was not tried for so long begins anew."""
MOST_KEYS = 10_000


class Limit(NamedTuple):
    """So many attempts are free; then each has to wait twice as long as the one before."""

    free: int
    longest_ms: int


BY_NAME = Limit(5, 5 * 60_000)
"""The longest pause is short: whoever knows a name must not be able to lock its owner out."""
BY_ADDRESS = Limit(20, 15 * 60_000)
FIRST_PAUSE_MS = 1_000


class Tries(NamedTuple):
    """What is remembered of a key."""

    failed: int
    last_ms: int
    wait_until_ms: int


class Throttle:
    """Counts attempts under one limit."""

    def __init__(self, limit: Limit, now_ms: Callable[[], int], most_keys: int = MOST_KEYS) -> None:
        """Count by a clock that is handed in."""
        self._limit = limit
        self._now_ms = now_ms
        self._most_keys = most_keys
        self._tries: OrderedDict[str, Tries] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._tries)

    def begin(self, key: str) -> int:
        """Count an attempt, and return 0; or do not count it, and return for how long to wait."""
        now_ms = self._now_ms()
        with self._guard:
            tries = self._tries.get(key, Tries(0, now_ms, 0))
            if now_ms - tries.last_ms > FORGET_MS:
                tries = Tries(0, now_ms, 0)
            # A clock that was set back must not lock anybody out for longer than the limit says.
            left_ms = min(tries.wait_until_ms - now_ms, self._limit.longest_ms)
            if left_ms > 0:
                return left_ms
            failed = tries.failed + 1
            self._tries[key] = Tries(failed, now_ms, now_ms + self._pause_ms(failed))
            self._tries.move_to_end(key)
            while len(self._tries) > self._most_keys:
                self._tries.popitem(last=False)
        return 0

    def _pause_ms(self, failed: int) -> int:
        beyond = failed - self._limit.free
        if beyond < 0:
            return 0
        return min(FIRST_PAUSE_MS << min(beyond, 30), self._limit.longest_ms)

    def undo(self, key: str) -> None:
        """Do not count an attempt as failed that has succeeded."""
        with self._guard:
            tries = self._tries.get(key)
            if tries is None or tries.failed <= 1:
                self._tries.pop(key, None)
                return
            failed = tries.failed - 1
            self._tries[key] = Tries(failed, tries.last_ms, tries.last_ms + self._pause_ms(failed))

    def clear(self, key: str) -> None:
        """Forget a key."""
        with self._guard:
            self._tries.pop(key, None)
