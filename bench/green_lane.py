"""The green lane for produce against the ordinary way: the same trucks, at Erenhot."""

from bench.compare import compare, head, rows
from bench.passages import day_of, minutes_of, port_with, throughput
from bench.results import Results, table
from kouan.port.model import Port
from kouan.sim.study import Figures

AIM = "time, throughput and queue P95 of both, and of their difference, over ten paired seeds"
DEMANDS = {
    "an ordinary day": (120, 439),
    "half as much produce again": (180, 439),
    "a crowd of other trucks": (120, 6_480),
}
"""Produce and other trucks a day."""
SATURATED = "more produce than can pass"
LANES = 3
NO_LANE = (
    "lanes.green_1.classes=[]",
    "places.waiting_area.pattern={}",
    "places.gate.pattern={}",
    "places.line.pattern={}",
)
ARMS = {
    "ordinary": ("demand.produce.procedure=ordinary", *NO_LANE),
    "own lane and priority only": ("demand.produce.procedure=ordinary",),
    "papers before only": ("demand.produce.procedure=green", *NO_LANE),
    "green lane": ("demand.produce.procedure=green",),
}
"""What is compared, by name: all that differs. The port file has the green lane."""
AREA = ("gate", "desk", "quarantine")
NAMES = {
    "release_mean_min": "declaration to release, mean, min",
    "release_p95_min": "declaration to release, P95, min",
    "time_mean_min": "time at gate and quarantine, mean, min",
    "time_p95_min": "time at gate and quarantine, P95, min",
    "wait_p95_min": "wait P95, min",
    "check_max_s": "longest border check, s",
    "others_p95_min": "the other trucks: declaration to release, P95, min",
    "produce_per_lane_hour": "produce trucks a lane and hour",
    "trucks_per_lane_hour": "all trucks a lane and hour",
}


def port_of(arm: str, demand: str) -> Port:
    """The port of an arm at a demand."""
    produce, cargo = {**DEMANDS, SATURATED: (6_400, 439)}[demand]
    volumes = (f"demand.produce.per_day={produce}", f"demand.cargo.per_day={cargo}")
    return port_with("erenhot", (*ARMS[arm], *volumes))


def figures_of(arm: str, demand: str, seed: int) -> Figures:
    """One day of one arm."""
    port = port_of(arm, demand)
    day = day_of(port, AREA, seed)
    produce = [one for one in day.passages if one.visit_class == "produce"]
    procedure = port.demand["produce"].procedure
    found = day.summary.as_json()
    release, others = (
        found["release"][name]["all"]["declaration_to_release_min"]
        for name in (procedure, "cargo_exit")
    )
    return {
        "release_mean_min": release["mean"],
        "release_p95_min": release["p95"],
        **minutes_of(produce),
        "check_max_s": 60 * found["stages"][procedure]["gate"]["service_min"]["max"],
        "others_p95_min": others["p95"],
        "produce_per_lane_hour": throughput(day, produce) / LANES,
        "trucks_per_lane_hour": throughput(day, day.passages) / LANES,
    }


def run(results: Results, small: bool) -> None:
    """Run every demand and arm that is not kept yet."""
    compare(results, list(ARMS), [*DEMANDS, SATURATED], figures_of, small)


def show(results: Results) -> str:
    """The figures as text."""
    return table(head(list(ARMS)), rows(results, NAMES, SATURATED))
