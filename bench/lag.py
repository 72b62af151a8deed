"""How late the loop of a live port is: Mandula for a minute, at time scales 1 and 20.

The port is first filled with two hours of traffic at a high time scale, then stopped and gone on
with: what is measured is a busy port, and not the one batch with which every first start begins.
That one is measured by itself.
"""

from tempfile import TemporaryDirectory

from bench.product import PORTS, kouan
from bench.results import Json, Results, table

AIM = "99 % of events handled within 20 ms of when they were due, at scale 1"
SECONDS = 60
SCALES = (1, 20)
START = "2026-10-12T08:00"
FILL_SECONDS = 12
FILL_SCALE = 600


def run(results: Results, small: bool) -> None:
    """Run the port as a user does and take its own figures."""
    seconds = 5 if small else SECONDS
    figures = {}
    with TemporaryDirectory(prefix="kouan-bench-") as folder:
        figures["first start, scale 1"] = _live(folder, 1, 1)
    for scale in SCALES:
        with TemporaryDirectory(prefix="kouan-bench-") as folder:
            _live(folder, FILL_SECONDS, FILL_SCALE)
            figures[f"busy, scale {scale}"] = _live(folder, seconds, scale)
    for name, found in figures.items():
        results.add(name, found)
    results.figures = figures
    results.keep()


def _live(folder: str, seconds: int, scale: int) -> Json:
    words = ["run", str(PORTS / "mandula.toml"), "--for", str(seconds), "--time-scale", str(scale)]
    return kouan(*words, "--start", START, "--port", "0", "--data", folder).output


def show(results: Results) -> str:
    """The figures as text."""
    names = ("fresh", "visits_open", "lag_p50_ms", "lag_p99_ms", "lag_max_ms")
    rows = [[run, *(one[name] for name in names)] for run, one in results.figures.items()]
    head = ("run", "events", "visits there", "p50, ms", "p99, ms", "largest, ms")
    return table(head, rows)
