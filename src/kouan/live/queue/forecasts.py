"""Forecasts of a running port: its state, now and then, sent to a process that runs it ahead.

The process is made once and waits for states. One that answers too late is ended and made anew, so
a forecast that takes too long costs nothing but itself. No more than a fifth of the time is spent.
"""

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Protocol

from kouan.runtime.worlds import Forecaster, Prediction

log = logging.getLogger(__name__)

EVERY_S = 30.0
"""Least time between the beginnings of two forecasts."""
PATIENCE_S = 60.0
REST = 4.0
"""Times as long as the last forecast took that the next one waits after it, at the least."""
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was predicted of the state at ``made_ms`` (port time), by visit."""

    made_ms: int = 0
    took_ms: int = 0
    visits: dict[str, Prediction] = field(default_factory=dict)


class _Process(Protocol):
    """What is used of a child process."""

    def kill(self) -> None:
        """End it at once."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""


class Forecasts:
    """The newest forecast of a port; ``offer`` is called by the loop, all else from any thread."""

    def __init__(
        self,
        forecaster: Forecaster,
        told: Callable[[Forecast], None],
        *,
        every_s: float = EVERY_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Forecast with what can be sent to another process; ``told`` hears of each forecast."""
        self._forecaster = forecaster
        self._told = told
        self._every_s = every_s
        self._patience_s = patience_s
        self._next_at = 0.0
        self._wanted: tuple[int, bytes] | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._process: _Process | None = None
        self._pipe: Connection | None = None
        self.newest = Forecast()
        self.failed = 0
        self._thread = threading.Thread(target=self._run, name="forecasts", daemon=True)

    def start(self) -> None:
        """Forecast from now on."""
        self._thread.start()

    def offer(self, at_ms: int, state: Callable[[], bytes]) -> None:
        """Take the state as it is now, if it is time for a forecast."""
        if self._wanted is not None or time.monotonic() < self._next_at:
            return
        with self._changed:
            self._wanted = (at_ms, state())
            self._changed.notify()

    def close(self) -> None:
        """End, with the process."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._end_process()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._wanted is None and not self._ended:
                    self._changed.wait()
                wanted = self._wanted
            if self._ended or wanted is None:
                return
            began = time.monotonic()
            found = self._ask(wanted[1])
            took_s = time.monotonic() - began
            if found is None and not self._ended:
                self.failed += 1
                self._end_process()
            elif found is not None:
                by_visit = {one.visit: one for one in found}
                self.newest = Forecast(wanted[0], round(took_s * 1e3), by_visit)
                self._told(self.newest)
            with self._changed:
                self._next_at = max(began + self._every_s, time.monotonic() + REST * took_s)
                self._wanted = None

    def _ask(self, state: bytes) -> Sequence[Prediction] | None:
        """What the process says; None when it says nothing in time."""
        try:
            pipe = self._pipe or self._make_process()
            pipe.send_bytes(state)
            if not pipe.poll(self._patience_s):
                log.warning("no forecast within %.0f s", self._patience_s)
                return None
            return [Prediction(*one) for one in pipe.recv()]
        except (EOFError, OSError) as error:
            if not self._ended:
                log.warning("the process that makes forecasts has ended: %s", error)
            return None

    def _make_process(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        mine, its = context.Pipe()
        process = context.Process(target=_serve, args=(its, self._forecaster), daemon=True)
        process.start()
        its.close()
        self._process, self._pipe = process, mine
        return mine

    def _end_process(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is not None:
            process.kill()
            process.join(STOP_S)
        if pipe is not None:
            pipe.close()


def _serve(pipe: Connection, forecaster: Forecaster) -> None:
    """Answer states with predictions until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            state = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        pipe.send([tuple(one) for one in forecaster(state)])
