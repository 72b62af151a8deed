"""Counts of what came from devices and what was wrong with it, for metrics and tests."""

import threading
from collections import Counter

TAKEN = "taken"
"""Messages, frames, images and polls that were good."""


class DeviceCounts:
    """Counts by device and kind of occurrence; may be used from any thread.

    Devices are those of the port file and kinds are words of this room, so it is bounded.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def count(self, device: str, what: str, times: int = 1) -> None:
        """Count an occurrence."""
        with self._lock:
            self._counts[device, what] += times

    def of(self, device: str, what: str) -> int:
        """How often something occurred at a device."""
        with self._lock:
            return self._counts[device, what]

    def all(self) -> list[tuple[str, str, int]]:
        """Every count as (device, what, times), in order."""
        with self._lock:
            return sorted((device, what, times) for (device, what), times in self._counts.items())
