"""A year of Mandula: what memory it takes, month by month, and in which part.

As declared, more loads wait than the port can carry: every day leaves some orders that are not
begun, and the port remembers them. A second year orders no more than can be carried.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from bench.product import PORTS
from bench.results import Json, Results, table
from kouan.dispatch.dispatcher import Dispatcher
from kouan.port.calendar import start_of_day_ms
from kouan.port.quantity import DAY_MS
from kouan.port.read import load_port
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import recover
from kouan.sim.run import days_of
from kouan.sim.world import SimulatedWorld

AIM = "flat: the last nine months within a few per cent"
START = "2026-01-01"
MONTHS = 12
MONTH_DAYS = 30.4375
LAST = 9
VARIANTS = {
    "as declared": (),
    "orders that can be carried": ("demand.agv_coal.per_day=200",),
}
"""Settings of each year."""


def run(results: Results, small: bool) -> None:
    """Simulate each year that has no result yet."""
    months, month_days = (3, 2.0) if small else (MONTHS, MONTH_DAYS)
    for variant, settings in VARIANTS.items():
        if variant not in results.runs:
            # Each in a process of its own, which begins with nothing in memory.
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                samples = pool.submit(_year, settings, months, month_days).result()
            results.add(variant, {"samples": samples})
    results.figures = {variant: figures(results.runs[variant]["samples"]) for variant in VARIANTS}
    results.keep()


def _year(settings: tuple[str, ...], months: int, month_days: float) -> list[Json]:
    """Simulate month after month; journal on disk, checkers and summary as in `kouan sim`."""
    port, _ = load_port(PORTS / "mandula.toml", settings)
    start_ms = start_of_day_ms(port, START)
    scenario = days_of(port, 1, start_ms, int(months * month_days))
    dispatcher = Dispatcher(port)
    world = SimulatedWorld(scenario.site(), scenario.until_ms)
    summary, checkers = Summary(port), Checkers(port)
    parts: dict[str, Callable[[], object]] = {
        "dispatcher": lambda: dispatcher.state,
        "site": lambda: world.site.memory,
        "summary": lambda: summary,
        "checkers": lambda: checkers,
    }
    samples: list[Json] = []
    with (
        TemporaryDirectory(prefix="kouan-bench-") as folder,
        Journal.create(Path(folder) / "journal.sqlite", scenario.header()) as journal,
    ):
        recover(journal, dispatcher, world)
        loop = Loop(dispatcher, world, journal, [summary, checkers])
        for month in range(1, months + 1):
            end_ms = start_ms + int(month * month_days * DAY_MS)
            while world.now_ms < end_ms and loop.step():
                pass
            sample = {"month": month, "entries": journal.last_number, "rss_mb": _rss_mb()}
            sample["orders_left"] = len(dispatcher.state.orders)
            sample |= _apart(
                lambda: {
                    name: round(size_of(part(), port) / 1e6, 2) for name, part in parts.items()
                }
            )
            samples.append(sample)
            print(sample, flush=True)
    return samples


def figures(samples: list[Json]) -> Json:
    """Slope and spread of the last months."""
    last = samples[-LAST:]
    sizes = [sample["rss_mb"] for sample in last]
    mean = sum(sizes) / len(sizes)
    middle = (len(last) - 1) / 2
    across = sum((number - middle) ** 2 for number in range(len(last)))
    slope = sum((number - middle) * size for number, size in enumerate(sizes)) / across
    return {
        "months_compared": len(last),
        "mean_mb": round(mean, 1),
        "spread_percent": round((max(sizes) - min(sizes)) / mean * 100, 2),
        "slope_mb_a_month": round(slope, 3),
        "orders_left": samples[-1]["orders_left"],
    }


def _apart(measure: Callable[[], Json]) -> Json:
    """Measure in a copy of this process, so that measuring leaves no trace in its memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as stream:
            json.dump(measure(), stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found: Json = json.load(stream)
    os.waitpid(child, 0)
    return found


def _rss_mb() -> float:
    """Memory of this process that is in use, after what is garbage was collected."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def size_of(root: Any, *shared: Any) -> int:
    """Bytes of everything that can be reached from an object, but for what is shared."""
    seen = {id(one) for one in _reachable(shared)}
    return sum(sys.getsizeof(one) for one in _reachable((root,)) if id(one) not in seen)


def _reachable(roots: tuple[Any, ...]) -> Iterator[Any]:
    """Objects that can be reached, each once; code and modules are left out."""
    seen: dict[int, None] = {}
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(
            one, type | ModuleType | FunctionType | BuiltinFunctionType
        ):
            continue
        seen[id(one)] = None
        yield one
        waiting.extend(gc.get_referents(one))


def show(results: Results) -> str:
    """The figures as text."""
    lines = []
    for variant, found in results.figures.items():
        samples = results.runs[variant]["samples"]
        rows = [list(sample.values()) for sample in samples]
        lines += [
            f"{variant}:",
            table([name.replace("_", " ") for name in samples[0]], rows),
            f"last {found['months_compared']} months: {found['mean_mb']} MB, within "
            f"{found['spread_percent']} %, slope {found['slope_mb_a_month']} MB a month; orders "
            f"left that nobody could take up: {found['orders_left']:,}",
        ]
    return "\n".join(lines)
