"""How often a device may speak: a bucket of tokens for each."""

import threading

from kouan.live.devices.hub import monotonic_ms


class Rates:
    """So many a second, and so many at once; may be used from any thread."""

    def __init__(self, per_second: int, at_once: int) -> None:
        self._per_second, self._at_once = per_second, at_once
        self._left: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def allow(self, device: str) -> bool:
        """Take one; False when a device has spoken too often."""
        now_ms = monotonic_ms()
        with self._lock:
            left, before_ms = self._left.get(device, (float(self._at_once), now_ms))
            left = min(self._at_once, left + (now_ms - before_ms) * self._per_second / 1_000)
            allowed = left >= 1
            self._left[device] = (left - 1 if allowed else left, now_ms)
        return allowed
