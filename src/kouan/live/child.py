"""A child process that is told what to be by one line of JSON, and ends with this one.

The line goes over standard input, which then stays open: the child ends when that closes, however
this process ends. So no password appears among the arguments of a process.
"""

import contextlib
import select
import subprocess
import sys
from types import TracebackType
from typing import Self

import msgspec

STOP_S = 10.0
"""How long a child may take to end in order."""


class Child:
    """One such process; a context that starts and ends it."""

    def __init__(self, module: str, flag: str, plan: object, *, answers: bool = False) -> None:
        """Prepare ``python -m module flag``; one that ``answers`` is read on standard output."""
        self._command = [sys.executable, "-P", "-m", module, flag]
        self._plan = plan
        self._output = subprocess.PIPE if answers else subprocess.DEVNULL
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Number of its process; 0 before it was started."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it and tell it what to be; it goes on by itself."""
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=self._output)
        self._process = process
        assert process.stdin is not None
        # One that ended at once reads nothing; ``wait`` says how it ended.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(self._plan) + b"\n")
            process.stdin.flush()

    def answer(self, within_s: float) -> bytes:
        """Its first line; b"" when none came in time."""
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], within_s)
        return self._process.stdout.readline().strip() if readable else b""

    def wait(self) -> int:
        """Wait until its process ends; return how it ended."""
        assert self._process is not None
        return self._process.wait()

    def close(self) -> None:
        """End it in order."""
        process = self._process
        if process is None:
            return
        self._let_go()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it without a farewell, as a power failure would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._let_go()

    def _let_go(self) -> None:
        assert self._process is not None
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
