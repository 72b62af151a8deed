"""What a scenario found, kept in a file of its own, so that a stopped run can go on.

Each run carries the machine, the commit and the load it was made under.
"""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("results")
PACKAGES = ("kouan", "msgspec", "numpy", "simpy", "SQLAlchemy")

Json = dict[str, Any]


@dataclass(slots=True)
class Results:
    """Runs by key, and the figures they come to. ``path`` None keeps nothing (a trial)."""

    scenario: str
    aim: str
    path: Path | None
    runs: dict[str, Json] = field(default_factory=dict)
    figures: Json = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: str, aim: str, *, kept: bool, anew: bool = False) -> "Results":
        """The kept results of a scenario, or none yet."""
        results = cls(scenario, aim, FOLDER / f"{scenario}.json" if kept else None)
        if results.path is not None and results.path.exists() and not anew:
            document = json.loads(results.path.read_text("utf-8"))
            results.runs, results.figures = document["runs"], document["figures"]
        return results

    def add(self, key: str, run: Json) -> None:
        """Keep one run with where and when it was made."""
        self.runs[key] = {**run, **circumstances()}
        self.keep()

    def keep(self) -> None:
        """Write all to the file; a stopped run leaves the old file or the new one, whole."""
        if self.path is None:
            return
        document = {
            "scenario": self.scenario,
            "aim": self.aim,
            "figures": self.figures,
            "runs": self.runs,
        }
        self.path.parent.mkdir(exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        new.replace(self.path)


def circumstances() -> Json:
    """Machine, commit and load at this moment."""
    return {
        "machine": machine(),
        "commit": commit(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def machine() -> Json:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def commit() -> str:
    """The commit checked out, with "changed" where source or benchmarks differ from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--", "src", "bench", "ports", ":!bench/results")
    return f"{head} changed" if changed else head


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns of text, numbers to the right."""
    cells = [list(map(str, head)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
