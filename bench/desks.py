"""Manual desks on the record day of Ganqimaodu, when 5 % of the trucks come to them.

One desk room decides for both directions from images, so that a truck waits where it stands.
"""

from bench.compare import SEEDS, Json, span
from bench.passages import day_of, port_with
from bench.results import Results, table
from kouan.port.model import Port
from kouan.port.quantity import MINUTE_MS
from kouan.report.histogram import Histogram
from kouan.sim.study import Figures, interval, over_seeds

AIM = (
    "the fewest desks whose queue P95 stays under 30 min, over ten seeds, and what one fewer gives"
)
TARGET_MIN = 30
TOGETHER = (
    "demand.agv_coal.per_day=0",
    "places.desk_in.node=",
    "procedures.truck_exit.stages.manual.at=desk_in",
)
STREAMS = ("coal_truck", "truck_exit")
REVIEWS = {
    "as declared": (1, 2, 5),
    "3 times as long": (3, 6, 15),
    "6 times as long": (6, 12, 30),
}
"""Minutes that a review takes: least, most frequent, most. All are assumptions."""
MOST = 6
"""Desks tried at most."""


def port_of(review: str, desks: int) -> Port:
    """The port with so many desks for both directions, and reviews that take so long."""
    least, mode, most = REVIEWS[review]
    time = f'{{ triangular = ["{least} min", "{mode} min", "{most} min"] }}'
    times = [f"procedures.{stream}.stages.manual.time={time}" for stream in STREAMS]
    return port_with("ganqimaodu", (*TOGETHER, f"places.desk_in.stations={desks}", *times))


class Task:
    """One day with so many desks, for any seed; a process of its own can run it."""

    def __init__(self, review: str, desks: int) -> None:
        self.review, self.desks = review, desks

    def __call__(self, seed: int) -> Figures:
        """Reviews of the day, and how long they waited for a desk."""
        stages = day_of(port_of(self.review, self.desks), (), seed).summary.stages.stages
        waits = Histogram()
        for stream in STREAMS:
            one = stages[stream, "manual"].wait_ms
            for bucket, count in one.buckets.items():
                waits.buckets[bucket] = waits.buckets.get(bucket, 0) + count
            waits.count += one.count
            waits.total += one.total
            waits.greatest = max(waits.greatest, one.greatest)
        return {
            "reviews": waits.count,
            "trucks": sum(stages[stream, "gate"].service_ms.count for stream in STREAMS),
            "wait_mean_min": waits.mean() / MINUTE_MS,
            "wait_p95_min": waits.percentile(95) / MINUTE_MS,
        }


def run(results: Results, small: bool) -> None:
    """For each time of a review add desks until the target is kept."""
    seeds = SEEDS[:2] if small else SEEDS
    for review in REVIEWS:
        for desks in range(1, MOST + 1):
            key = f"{review}, {desks}"
            if key not in results.runs:
                found = list(over_seeds(Task(review, desks), seeds, 2))
                results.add(key, {"seeds": found})
                print(f"{key}: {found[0]}", flush=True)
            if _keeps(results.runs[key]["seeds"]):
                break
    results.figures = {key: _figures(one["seeds"]) for key, one in results.runs.items()}
    results.keep()


def _keeps(seeds: list[Figures]) -> bool:
    """Whether the whole interval of the P95 is under the target."""
    return interval([one["wait_p95_min"] for one in seeds]).high < TARGET_MIN


def _figures(seeds: list[Figures]) -> Json:
    spans = {name: interval([one[name] for one in seeds])[:3] for name in seeds[0]}
    found: Json = {name: [round(value, 3) for value in one] for name, one in spans.items()}
    return {**found, "keeps": _keeps(seeds)}


def show(results: Results) -> str:
    """The figures as text."""
    rows = []
    for key, found in results.figures.items():
        review, _, desks = key.rpartition(", ")
        names = ("reviews", "wait_mean_min", "wait_p95_min")
        kept = "yes" if found["keeps"] else "no"
        rows.append((review, desks, *(span(found[name]) for name in names), kept))
    head = ("a review takes", "desks", "reviews", "mean wait, min", "wait P95, min", "under 30 min")
    return table(head, rows)
