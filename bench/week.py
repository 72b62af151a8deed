"""Seven days of Ganqimaodu on one core: journal on disk, checkers, summary and report."""

import pstats
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.product import PORTS, keep_to_one_core, kouan, size_mb
from bench.results import Json, Results, table
from bench.yardstick import yardstick_s
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.journal import Journal

AIM = "under 60 s on one core"
DAYS = 7
LINES = 15
"""Lines of the profile that are kept."""


def run(results: Results, small: bool) -> None:
    """Run the week, then one day under a profiler."""
    days = 1 if small else DAYS
    keep_to_one_core()
    with TemporaryDirectory(prefix="kouan-bench-") as folder:
        week = _week(Path(folder), days)
        week["profile"] = _profile(Path(folder))
    results.add(f"{days} days", week)
    results.figures = week
    results.keep()


def _week(folder: Path, days: int) -> Json:
    yardstick = yardstick_s()
    port, out = str(PORTS / "ganqimaodu.toml"), folder / "week"
    finished = kouan("sim", port, "--days", str(days), "--out", str(out))
    with Journal.open(out / JOURNAL_FILE, writing=False) as journal:
        entries = journal.last_number
    return {
        "days": days,
        "wall_s": round(finished.wall_s, 1),
        "cpu_s": round(finished.cpu_s, 1),
        "yardsticks": round(finished.cpu_s / yardstick, 1),
        "entries": entries,
        "entries_per_s": round(entries / finished.wall_s),
        "times_faster_than_time": round(days * 86_400 / finished.wall_s),
        "journal_mb": size_mb(out / JOURNAL_FILE),
        "violations": finished.output["violations"],
    }


def _profile(folder: Path) -> list[list[object]]:
    """The functions in which one day spends its time: share, calls and name."""
    statistics = folder / "profile"
    port, out = str(PORTS / "ganqimaodu.toml"), str(folder / "day")
    before = ("-m", "cProfile", "-o", str(statistics))
    kouan("sim", port, "--days", "1", "--out", out, before=before)
    # Typed loosely: the attribute is there, and only its stub is missing.
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = vars(
        pstats.Stats(str(statistics))
    )["stats"]
    total_s = sum(one[2] for one in stats.values())
    most = sorted(stats.items(), key=lambda item: -item[1][2])[:LINES]
    return [[f"{one[2] / total_s:.1%}", one[1], _name(*where)] for where, one in most]


def _name(file: str, line: int, function: str) -> str:
    """A function by its module, without the folders of this machine."""
    parts = Path(file).parts
    for top in ("kouan", "site-packages"):
        if top in parts:
            at = len(parts) - 1 - parts[::-1].index(top)
            return f"{'/'.join(parts[at:])}:{line} {function}"
    return function if file == "~" else f"{Path(file).name}:{line} {function}"


def show(results: Results) -> str:
    """The figures as text."""
    found = results.figures
    return "\n".join(
        [
            f"{found['days']} days: {found['wall_s']} s in all, of which {found['cpu_s']} s of "
            f"processor time ({found['yardsticks']} yardsticks); "
            f"{found['times_faster_than_time']:,} times faster than time",
            f"{found['entries']:,} entries, {found['entries_per_s']:,} a second, "
            f"{found['journal_mb']} MB; rules broken: {found['violations']}",
            table(("share", "calls", "function"), found["profile"]),
        ]
    )
