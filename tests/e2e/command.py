"""The real command in a process of its own, as people and scripts run it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GANQIMAODU = ROOT / "ports" / "ganqimaodu.toml"
MANDULA = ROOT / "ports" / "mandula.toml"
COMMAND = (sys.executable, "-m", "kouan")
TIMEOUT_S = 300

Done = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command: that of the tests, without a terminal's colours."""
    return {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **changes}


def kouan(*arguments: object, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run `kouan` with arguments in a folder; texts of both outputs are kept."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def result_of(done: Done) -> dict[str, Any]:
    """The one JSON object that a command printed; it must have ended well."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def assert_mistake(done: Done, *words: str) -> None:
    """A user's mistake: exit code 2, its words on standard error, no traceback, no result."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    flat = " ".join(done.stderr.split())
    for word in words:
        assert word in flat, done.stderr
