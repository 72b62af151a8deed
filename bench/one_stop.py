"""Serial stations against the one-stop lane: the same checks and the same trucks, at Mandula."""

from bench.compare import compare, head, rows
from bench.passages import day_of, minutes_of, port_with, throughput, unhindered_s
from bench.results import Results, table
from kouan.port.model import Port
from kouan.sim.study import Figures

AIM = (
    "time, throughput a lane and queue P95 of both, and of their difference, over ten paired seeds"
)
ALONE = ("demand.agv_coal.per_day=0", "demand.coal_truck.per_day=0", "demand.truck_exit.per_day=0")
"""Nobody else comes. That changes no draw of the trucks that are looked at."""
HOURS = 11
"""In which a day's trucks come, as the port file says."""
DEMANDS = {f"{each} an hour": each for each in (30, 60, 90, 120)}
SATURATED = "240 an hour"
"""More than either layout can take."""
BETWEEN = ("serial_scale", "serial_portal", "serial_manifest", "serial_disinfection")
NO_LOOPS = "devices={}"
"""Stations in a row have no loops, which tell when a lane is empty; so the lane has none either."""
ARMS = {
    "serial": (NO_LOOPS, "demand.express.procedure=serial"),
    "serial, no room between": (
        NO_LOOPS,
        "demand.express.procedure=serial",
        *(f"places.{place}.room=0" for place in BETWEEN),
    ),
    "one stop, driving off counted": ("demand.express.procedure=express",),
    "one stop": (NO_LOOPS, "demand.express.procedure=express"),
}
"""What is compared, by name: all that differs. The file has room for one truck between stations,
and loops in the lane: the next truck is served only when the one before has driven off."""
AREA = ("express_gate", "express_bay", "serial_gate", *BETWEEN)
NAMES = {
    "time_mean_min": "mean time, min",
    "time_p95_min": "time P95, min",
    "wait_p95_min": "wait P95, min",
    "unhindered_s": "without waiting or review, s",
    "queue_p95": "trucks waiting before the lane, P95",
    "per_lane_hour": "trucks a lane and hour",
}


def port_of(arm: str, demand: str) -> Port:
    """The port of an arm at a demand."""
    per_hour = {**DEMANDS, SATURATED: 240}[demand]
    return port_with("mandula", (*ALONE, *ARMS[arm], f"demand.express.per_day={per_hour * HOURS}"))


def figures_of(arm: str, demand: str, seed: int) -> Figures:
    """One day of one arm."""
    port = port_of(arm, demand)
    day = day_of(port, AREA, seed)
    queues = day.summary.as_json()["queues"]
    return {
        **minutes_of(day.passages),
        "unhindered_s": unhindered_s(day.passages),
        "queue_p95": queues[f"{port.demand['express'].procedure}_gate"]["p95"],
        "per_lane_hour": throughput(day, day.passages),
    }


def run(results: Results, small: bool) -> None:
    """Run every demand and arm that is not kept yet."""
    compare(results, list(ARMS), [*DEMANDS, SATURATED], figures_of, small)


def show(results: Results) -> str:
    """The figures as text."""
    return table(head(list(ARMS)), rows(results, NAMES, SATURATED))
