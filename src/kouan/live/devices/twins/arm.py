"""A barrier's arm with a controller of its own: it never comes down on an occupied safety loop.

Pure: time comes with each call.
"""


class Arm:
    """Up at 1, down at 0; ``coil`` is what it was told."""

    def __init__(self, move_ms: int) -> None:
        self.coil = False
        self.fault = ""
        self._move_ms = max(1, move_ms)
        self._height = 0.0
        self._at_ms: int | None = None

    @property
    def up(self) -> bool:
        """Whether the input for up is on."""
        return self._height >= 1

    @property
    def down(self) -> bool:
        """Whether the input for down is on."""
        return self._height <= 0

    def move(self, now_ms: int, under_arm: bool) -> None:
        """Move for the time that has passed; ``under_arm`` is whether something stands there."""
        before_ms = now_ms if self._at_ms is None else self._at_ms
        self._at_ms = now_ms
        step = (now_ms - before_ms) / self._move_ms
        if self._rises(under_arm):
            self._height = min(1.0, self._height + step)
        else:
            self._height = max(0.0, self._height - step)

    def _rises(self, under_arm: bool) -> bool:
        if self.fault == "stays_down":
            return False
        if self.coil or self.fault == "lifted" or (self.fault == "stays_up" and not self.down):
            return True
        return under_arm and not self.down
