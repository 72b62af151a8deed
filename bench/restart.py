"""Ten million entries, then a restart: from opening the journal to the first decision."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bench.product import size_mb
from bench.results import ROOT, Json, Results
from bench.tandem_model import START_MS, TIME_TO_LEAVE_MS, end_after, read_tandem
from bench.yardstick import yardstick_s
from kouan.dispatch.dispatcher import Dispatcher
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import recover
from kouan.sim.run import Scenario
from kouan.sim.world import SimulatedWorld

AIM = "under 10 s after 10 million entries"
ENTRIES = 10_000_000
SINCE_SNAPSHOT = 99_000
"""Entries after the last snapshot: nearly the most there can be."""
ENTRIES_A_VISIT = 7
SEED = 1


def run(results: Results, small: bool) -> None:
    """Write the journal, break off as a crash would, start again; then stop and start again."""
    entries = (200_000 if small else ENTRIES) + SINCE_SNAPSHOT
    end_ms = end_after(read_tandem(), SEED, entries // ENTRIES_A_VISIT)
    with TemporaryDirectory(prefix="kouan-bench-") as folder:
        path = Path(folder) / "journal.sqlite"
        began_s = perf_counter()
        _write(path, end_ms, entries)
        run = {
            "entries": entries,
            "journal_mb": size_mb(path),
            "written_in_s": round(perf_counter() - began_s, 1),
            "yardstick_s": round(yardstick_s(), 2),
            "after_crash": _in_new_process(path, end_ms),
            "after_stop": _in_new_process(path, end_ms),
        }
    results.add(f"{entries} entries", run)
    results.figures = run
    results.keep()


def _start(journal: Journal, end_ms: int) -> Loop:
    """Put the tandem together over a journal and bring it to where the journal ends."""
    scenario = Scenario(journal.header.port(), SEED, START_MS, end_ms, end_ms + TIME_TO_LEAVE_MS)
    dispatcher = Dispatcher(scenario.port)
    world = SimulatedWorld(scenario.site(), scenario.until_ms)
    recover(journal, dispatcher, world)
    return Loop(dispatcher, world, journal)


def _write(path: Path, end_ms: int, entries: int) -> None:
    """Simulate until the journal has so many entries, and leave no snapshot at the end."""
    port = read_tandem()
    header = Scenario(port, SEED, START_MS, end_ms, end_ms + TIME_TO_LEAVE_MS).header()
    with Journal.create(path, header) as journal:
        loop = _start(journal, end_ms)
        while journal.last_number < entries and loop.step():
            pass


def _in_new_process(path: Path, end_ms: int) -> Json:
    """Start again in a process of its own, with nothing of the journal in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    command = [sys.executable, "-m", "bench.restart", str(path), str(end_ms)]
    began_s = perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: Json = json.loads(done.stdout)
    return {**found, "process_s": round(perf_counter() - began_s, 2)}


def reopen(path: Path, end_ms: int) -> Json:
    """Open, recover and decide once; then stop in good order. Times are seconds from opening."""
    began_s, used_s = perf_counter(), process_time()
    with Journal.open(path) as journal:
        opened_s = perf_counter() - began_s
        snapshot = journal.latest_snapshot()
        loop = _start(journal, end_ms)
        recovered_s = perf_counter() - began_s
        before = journal.last_number
        loop.step()
        decided_s, cpu_s = perf_counter() - began_s, process_time() - used_s
        assert journal.last_number == before + 1, "the simulation had ended"
        loop.stop()
    return {
        "opened_s": round(opened_s, 3),
        "recovered_s": round(recovered_s, 3),
        "first_decision_s": round(decided_s, 3),
        "cpu_s": round(cpu_s, 3),
        "decided_again": before - (snapshot.number if snapshot else 0),
    }


def show(results: Results) -> str:
    """The figures as text."""
    found = results.figures
    lines = [f"{found['entries']:,} entries, {found['journal_mb']:,} MB"]
    for name, key in (("a crash", "after_crash"), ("a stop in good order", "after_stop")):
        one = found[key]
        lines.append(
            f"after {name}: first decision {one['first_decision_s']} s after opening "
            f"({one['decided_again']:,} entries decided again; "
            f"{one['cpu_s']} s of processor time, {one['cpu_s'] / found['yardstick_s']:.1f} "
            f"yardsticks); "
            f"{one['process_s']} s with starting Python"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(reopen(Path(sys.argv[1]), int(sys.argv[2]))))
