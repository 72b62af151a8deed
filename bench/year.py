"""A year of Mandula: what memory it takes, month by month, and in which part."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from bench.product import PORTS
from bench.results import Json, Results, table
from kouan.dispatch.dispatcher import Dispatcher
from kouan.port.calendar import start_of_day_ms
from kouan.port.read import load_port
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import recover
from kouan.sim.run import DAY_MS, days_of
from kouan.sim.world import SimulatedWorld

AIM = "flat: the last nine months within a few per cent"
START = "2026-01-01"
MONTHS = 12
MONTH_DAYS = 30.4375
LAST = 9


def run(results: Results, small: bool) -> None:
    """Simulate month after month; journal on disk, checkers and summary as in `kouan sim`."""
    port, _ = load_port(PORTS / "mandula.toml")
    months, month_days = (3, 2.0) if small else (MONTHS, MONTH_DAYS)
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
    began_s = perf_counter()
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
            sample |= {name: round(size_of(part(), port) / 1e6, 2) for name, part in parts.items()}
            samples.append(sample)
            print(sample, flush=True)
    run = {"samples": samples, "wall_s": round(perf_counter() - began_s, 1)}
    results.add(f"{months} months", run)
    results.figures = figures(samples)
    results.keep()


def figures(samples: list[Json]) -> Json:
    """Slope and spread of the last months."""
    last = samples[-LAST:]
    sizes = [sample["rss_mb"] for sample in last]
    mean = sum(sizes) / len(sizes)
    middle = (len(last) - 1) / 2
    across = sum((number - middle) ** 2 for number in range(len(last)))
    slope = sum((number - middle) * size for number, size in enumerate(sizes)) / across
    return {
        "samples": samples,
        "months_compared": len(last),
        "mean_mb": round(mean, 1),
        "spread_percent": round((max(sizes) - min(sizes)) / mean * 100, 2),
        "slope_mb_a_month": round(slope, 3),
        "orders_left": samples[-1]["orders_left"],
    }


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
    found = results.figures
    names = list(found["samples"][0])
    rows = [[sample[name] for name in names] for sample in found["samples"]]
    return "\n".join(
        [
            table([name.replace("_", " ") for name in names], rows),
            f"last {found['months_compared']} months: {found['mean_mb']} MB, within "
            f"{found['spread_percent']} %, slope {found['slope_mb_a_month']} MB a month",
            f"orders that the port could not take up: {found['orders_left']:,}",
        ]
    )
