"""Vehicles and a master that others made: node processes that speak VDA 5050."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from kouan.live.broker import BrokerAddress

PATIENCE_S = 60
INSTALL_S = 180


def install(folder: Path) -> Path:
    """Copy the tools to a folder that can be written to and fetch what they need; or skip."""
    named = os.environ.get("KOUAN_OUTSIDE_TOOLS")
    if not named:
        pytest.skip("KOUAN_OUTSIDE_TOOLS is not set: no vehicle of another maker to test against")
    source = Path(named) / "npm-agv"
    if not source.is_dir():
        pytest.fail(f"KOUAN_OUTSIDE_TOOLS: {named!r} has no folder npm-agv")
    for path in source.iterdir():
        shutil.copyfile(path, folder / path.name)
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    assert done.returncode == 0, f"npm install: {done.stderr}"
    return folder


class NodeProcess:
    """A script in node that is running; what it says is kept."""

    def __init__(self, folder: Path, script: str, *arguments: object) -> None:
        self.process = subprocess.Popen(
            ["node", script, *map(str, arguments)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.said.append(line.rstrip())
                self._changed.notify_all()

    def wait_said(self, words: str) -> None:
        """Wait until it says something; fail when it never does."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: any(words in line for line in self.said), PATIENCE_S
            )
        assert found, self.said

    def wait_ended(self) -> int:
        """Wait until it ends by itself; return its code."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code

    def kill(self) -> None:
        """Kill it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Kill what still runs, and let go."""
        if self.process.poll() is None:
            self.kill()
        self._reader.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start_vehicles(
    folder: Path,
    serials: list[str],
    address: BrokerAddress,
    *,
    version: str = "2.0.0",
    time_lapse: int = 10,
    at: str = "0,0,0,n0",
) -> NodeProcess:
    """Vehicles in one process, standing at ``at`` (x, y, theta, node), connected."""
    process = NodeProcess(
        folder, "agv.js", ",".join(serials), version, str(address), 2, time_lapse, at
    )
    process.wait_said(f"started {len(serials)}")
    return process
