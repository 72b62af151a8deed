"""`kouan` with a system clock that somebody sets: ``jumping_clock.py FILE run PORT ...``.

The file holds how many seconds the clock is off, as eight bytes. Only the process's wall clock
jumps; its monotonic clock goes on, as with a clock that is set on a real machine.
"""

import mmap
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

FORM = struct.Struct("<q")


class Clock:
    """The clock of a process of its own, as a test sets it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)

    def set(self, off_s: int) -> None:
        """Set the clock so many seconds before (or behind) the true one, at once."""
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.write(FORM.pack(off_s))
        else:
            self.path.write_bytes(FORM.pack(off_s))


def _follow(path: Path) -> None:
    """Let this process's wall clock be what the file says."""
    true_ns: Callable[[], int] = time.time_ns  # noqa: TID251
    with path.open("rb") as file:
        shown = mmap.mmap(file.fileno(), FORM.size, access=mmap.ACCESS_READ)

    def wall_ns() -> int:
        off_s: int = FORM.unpack_from(shown)[0]
        return true_ns() + off_s * 1_000_000_000

    time.time_ns = wall_ns  # noqa: TID251
    time.time = lambda: wall_ns() / 1e9  # noqa: TID251


if __name__ == "__main__":
    _follow(Path(sys.argv.pop(1)))
    from kouan.cli import main

    main()
