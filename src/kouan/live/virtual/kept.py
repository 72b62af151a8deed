"""A crew whose process is started again when it ends by itself.

Its vehicles go on from the memories that they kept. One that ends again and again is given up, so
that what ails it is looked at by a person.
"""

import logging
import threading
import time
from collections.abc import Callable

from kouan.live.virtual.process import MODULE, VirtualProcess

log = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses before each new start in a row; after the last one it is given up."""
STEADY_S = 60.0
"""A process that ran for so long has not ended in a row with the one before."""
STOP_S = 15.0

OnEnd = Callable[[str, bool], None]
"""Told in the keeper's thread why the vehicles are gone, and whether that is for good."""


class KeptProcess:
    """A crew's process, kept up until ``close``; ``restarts`` counts new starts."""

    def __init__(
        self,
        crew: object,
        on_end: OnEnd,
        pauses_s: tuple[float, ...] = PAUSES_S,
        module: str = MODULE,
    ) -> None:
        self.restarts = 0
        self.gave_up = ""
        """Why it is no longer started; "" while it is kept up."""
        self._crew = crew
        self._on_end = on_end
        self._pauses_s = pauses_s
        self._module = module
        self._process = VirtualProcess(crew, module)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="crew", daemon=True)

    @property
    def process_id(self) -> int:
        """Number of the process that runs, or ran last."""
        return self._process.process_id

    def start(self) -> None:
        """Start it; the vehicles connect as soon as they can."""
        self._process.start()
        self._watcher.start()

    def _watch(self) -> None:
        in_a_row = 0
        while True:
            began_s = time.monotonic()
            code = self._process.wait()
            if self._closing.is_set():
                return
            in_a_row = 1 if time.monotonic() - began_s >= STEADY_S else in_a_row + 1
            if not self._start_again(code, in_a_row):
                return

    def _start_again(self, code: int, in_a_row: int) -> bool:
        """Start a new process after a pause; False when there is to be none."""
        ended = f"the vehicles' process ended (code {code})"
        if in_a_row > len(self._pauses_s):
            self.gave_up = f"{ended} {in_a_row} times in a row and is not started again"
            log.error("%s", self.gave_up)
            self._on_end(self.gave_up, True)
            return False
        log.error("%s; it is started again", ended)
        self._on_end(f"{ended}; it is started again", False)
        if self._closing.wait(self._pauses_s[in_a_row - 1]):
            return False
        with self._lock:
            if self._closing.is_set():
                return False
            self._process.close()
            self._process = VirtualProcess(self._crew, self._module)
            self._process.start()
            self.restarts += 1
        return True

    def close(self) -> None:
        """Let the vehicles go offline in order, and end it."""
        self._end(VirtualProcess.close)

    def kill(self) -> None:
        """End it without a farewell, as a power failure would."""
        self._end(VirtualProcess.kill)

    def _end(self, how: Callable[[VirtualProcess], None]) -> None:
        self._closing.set()
        with self._lock:
            how(self._process)
        if self._watcher.is_alive():
            self._watcher.join(STOP_S)
