"""The walk on docs/gate.md, as it stands there, against the port that `make run` runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import MANDULA, ROOT, environment
from tests.e2e.gate_port import entries, wait_until
from tests.e2e.live_process import LiveProcess

PAGE = ROOT / "docs" / "gate.md"
SOON = ("--set", "authorities.customs.channel_after=1 s")
"""Customs answer at once: the walk need not wait for them here."""


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_a_truck_by_hand_passes(tmp_path: Path) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    data = tmp_path / "data"
    process = LiveProcess(data, "--devices", "twins", "--seed", 7, *SOON, port_file=MANDULA)
    try:
        command = tmp_path / "bin" / "kouan"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kouan "$@"\n', "utf-8")
        command.chmod(0o755)
        path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=tmp_path,
            env=environment(URL=process.url.rstrip("/"), DATA=str(data), PATH=path),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until(lambda: left(data), "the truck is not seen to leave")
    finally:
        process.close()
    opened = [
        fields
        for _, _, commands in entries(data)
        for kind, fields in commands
        if kind == "OpenBarrier" and fields[2] == "walk-1"
    ]
    assert [fields[1:] for fields in opened] == [["express_1", "walk-1", "stop: match"]]
    assert "蒙L12345" in done.stdout
    assert "E12345678" not in str(entries(data))


def left(data: Path) -> bool:
    """Whether the lane was left by one carrier."""
    return any(
        kind == "CarrierLeft" and event[1:3] == ["express_1", 1] for kind, event, _ in entries(data)
    )
