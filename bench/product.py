"""The product as a user starts it: `kouan` in a process of its own."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.results import ROOT, Json

PORTS = ROOT / "ports"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command printed, and the time it took from start to end."""

    output: Json
    wall_s: float
    cpu_s: float


def kouan(*words: str, before: Sequence[str] = ()) -> Finished:
    """Run a `kouan` command with --json; ``before`` are options of Python, such as a profiler.

    Raises RuntimeError with what it said when it fails.
    """
    command = [sys.executable, *before, "-m", "kouan", *words, "--json"]
    began_s, used_s = perf_counter(), _children_s()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    wall_s, cpu_s = perf_counter() - began_s, _children_s() - used_s
    if done.returncode:
        raise RuntimeError(f"kouan {' '.join(words)}: {done.stderr.strip()}")
    return Finished(json.loads(done.stdout), wall_s, cpu_s)


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def keep_to_one_core() -> int:
    """Let this process, and those it starts, run on one core only; return which."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def size_mb(path: Path) -> float:
    """Size of a file."""
    return round(path.stat().st_size / 1e6, 1)
