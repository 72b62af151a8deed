"""`kouan run` in a process of its own: started, asked, stopped, killed."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.command import COMMAND, ROOT, environment

TINY = ROOT / "tests" / "ports" / "tiny.toml"
MORNING = "2026-10-12T08:58"
PATIENCE_S = 60


class LiveProcess:
    """A running port; ``url`` is where its page is."""

    def __init__(
        self,
        data: Path,
        *arguments: object,
        by: Sequence[str] = COMMAND,
        port_file: Path = TINY,
    ) -> None:
        """Start, and wait until it is ready; ``by`` is the command to do so."""
        command = [*by, "run", str(port_file), "--data", str(data), "--port", "0", "--json"]
        if "--vehicles" not in arguments:
            command += ["--vehicles", "inside"]
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)],
            cwd=data.parent,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait(PATIENCE_S)
        found = re.search(r"page: (http://\S+)", "\n".join(self.said))
        assert found, self.said
        self.url = found[1]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())
            if line.startswith("page:"):
                self._ready.set()
        self._ready.set()

    def stop(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """Ask it to end; return its summary."""
        self.process.send_signal(number)
        return self.summary()

    def summary(self) -> dict[str, Any]:
        """Wait until it has ended well; return its summary."""
        assert self.process.stdout is not None
        output = self.process.stdout.read()
        assert self.process.wait(PATIENCE_S) == 0, self.said
        found: dict[str, Any] = json.loads(output)
        return found

    def kill(self) -> None:
        """Kill it without a word."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Kill what still runs, and let go."""
        if self.process.poll() is None:
            self.kill()
        self._reader.join(PATIENCE_S)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@contextmanager
def live(data: Path, *arguments: object, by: Sequence[str] = COMMAND) -> Iterator[LiveProcess]:
    """A port that runs while the test needs it."""
    process = LiveProcess(data, *arguments, by=by)
    try:
        yield process
    finally:
        process.close()
