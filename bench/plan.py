"""Vehicles that plan one after another on a grid of 256 nodes: time a trip, and how good plans are.

The makespan is set against the longest of all vehicles' chains of trips on empty roads, which no
plan can beat. Delays: so many of a hundred steps take three times as long as planned. Times are
those of the processor, which other work on the machine changes less than the clock's. Each figure
is of four draws of bays, trips and delays.
"""

from hashlib import sha256
from time import thread_time_ns

from bench.results import Json, Results, table
from kouan.traffic.neighbourhood import improve
from kouan.traffic.network import Network, Road, Shape, compile_network
from kouan.traffic.paths import least_ms
from kouan.traffic.planner import Planner
from kouan.traffic.repair import reorder
from kouan.traffic.reservations import TrafficState

AIM = "median 0.07 ms and 99 % within 0.27 ms a trip at 50 to 150 vehicles"
SIDE, STEP_MM = 16, 40_000
FLEETS = (50, 100, 150)
DELAYS = (0, 5, 20)
TRIPS_EACH = 4
DRAWS = 4
REPAIR_MS = 15_000
REPAIRS = ("", ", turns changed", ", planned anew")
"""What is done every 15 s; planned anew are four groups of vehicles each time."""


def run(results: Results, small: bool) -> None:
    """Run each fleet with each share of delays that is not kept yet."""
    network = _grid()
    for vehicles in FLEETS[:1] if small else FLEETS:
        for delays in DELAYS[:1] if small else DELAYS:
            for repair in REPAIRS if delays else REPAIRS[:1]:
                key = f"{vehicles} vehicles, {delays} % late{repair}"
                if key not in results.runs:
                    results.add(key, _drive_all(network, vehicles, delays, repair))
    results.figures = {"vehicles": len(results.runs)}
    results.keep()


def _grid() -> Network:
    across = range(SIDE)
    nodes = {f"{x}.{y}": (x * STEP_MM, y * STEP_MM) for x in across for y in across}
    roads = [Road(f"{x}.{y}", f"{x + 1}.{y}", cut=False) for x in across[:-1] for y in across]
    roads += [Road(f"{x}.{y}", f"{x}.{y + 1}", cut=False) for x in across for y in across[:-1]]
    stops = {f"bay {node}": node for node in nodes}
    return compile_network(nodes, roads, Shape(15_000, 3_000), stops)


def _drawn(*key: object) -> int:
    return int.from_bytes(sha256(repr(key).encode()).digest()[:6], "big")


def _drive_all(network: Network, vehicles: int, delays: int, repair: str) -> Json:
    """Drive every draw; return the figures over all of them."""
    runs = [_drive(network, vehicles, delays, repair, draw) for draw in range(DRAWS)]
    took_ns = sorted(each for run in runs for each in run["took_ns"])
    repaired_ns = sorted(each for run in runs for each in run["repaired_ns"])
    return {
        "trips": sum(run["trips"] for run in runs),
        "median_ms": _share_ms(took_ns, 50),
        "p99_ms": _share_ms(took_ns, 99),
        "repair_ms": _share_ms(repaired_ns, 50),
        "makespan_ms": sum(run["makespan_ms"] for run in runs) // DRAWS,
        "mean_end_ms": sum(run["mean_end_ms"] for run in runs) // DRAWS,
        "over_bound": round(sum(run["over_bound"] for run in runs) / DRAWS, 3),
    }


def _share_ms(sorted_ns: list[int], percent: int) -> float:
    return round(sorted_ns[len(sorted_ns) * percent // 100] / 1e6, 3) if sorted_ns else 0.0


def _drive(network: Network, vehicles: int, delays: int, repair: str, draw: int) -> Json:
    """Drive every vehicle's trips in steps of a second; return the figures."""
    planner, state = Planner(network), TrafficState()
    bays = sorted(network.stops, key=lambda stop: _drawn(draw, stop))
    names = [f"v{number}" for number in range(vehicles)]
    for name, bay in zip(names, bays, strict=False):
        planner.add(state, name, bay, 0)
    free = bays[vehicles:]
    took_ns: list[int] = []
    repaired_ns: list[int] = []
    least = dict.fromkeys(names, 0)
    trips = dict.fromkeys(names, 0)
    started = dict.fromkeys(names, 0)
    now_ms = 0
    ended = dict.fromkeys(names, 0)
    while any(trips[name] < TRIPS_EACH or _drives(state, name) for name in names):
        now_ms += 1_000
        if repair and now_ms % REPAIR_MS == 0:
            begin = thread_time_ns()
            _repair(planner, state, repair, now_ms)
            repaired_ns.append(thread_time_ns() - begin)
        for name in names:
            if _drives(state, name):
                ended[name] = now_ms
                _step(network, planner, state, name, started, now_ms, delays, draw)
            elif trips[name] < TRIPS_EACH:
                place = _drawn(draw, name, trips[name]) % len(free)
                before = state.courses[name].target
                begin = thread_time_ns()
                planned = planner.go(state, name, free[place], now_ms)
                took_ns.append(thread_time_ns() - begin)
                if planned:
                    ways = least_ms(network, network.stops[free[place]])
                    least[name] += ways[network.stops[before]]
                    free[place] = before
                    trips[name] += 1
                    started[name] = now_ms
    return {
        "trips": sum(trips.values()),
        "took_ns": took_ns,
        "repaired_ns": repaired_ns,
        "makespan_ms": now_ms,
        "mean_end_ms": sum(ended.values()) // vehicles,
        "over_bound": now_ms / max(least.values()),
    }


def _repair(planner: Planner, state: TrafficState, repair: str, now_ms: int) -> None:
    if repair == REPAIRS[1]:
        reorder(planner, state, now_ms)
    else:
        improve(planner, state, 4, now_ms)
        planner.grow_all(state, now_ms)


def _drives(state: TrafficState, name: str) -> bool:
    course = state.courses[name]
    return course.done < course.end()


def _step(
    network: Network,
    planner: Planner,
    state: TrafficState,
    name: str,
    started: dict[str, int],
    now_ms: int,
    delays: int,
    draw: int,
) -> None:
    """Reach the end of the step being driven once its time is over; start none unreleased."""
    course = state.courses[name]
    if course.done >= course.base:
        started[name] = now_ms
        return
    drive_ms = network.drive_ms[course.arcs[course.done - course.offset]]
    if _drawn(draw, name, course.done) % 100 < delays:
        drive_ms *= 3
    if now_ms >= started[name] + drive_ms:
        planner.passed(state, name, course.done, now_ms)
        started[name] = now_ms


def show(results: Results) -> str:
    """The figures as text."""
    names = {
        "median_ms": "median, ms",
        "p99_ms": "p99, ms",
        "repair_ms": "repair, ms",
        "makespan_ms": "makespan",
        "mean_end_ms": "mean end",
        "over_bound": "over bound",
    }
    rows = [[key, *(one[name] for name in names)] for key, one in results.runs.items()]
    return table(("run", *names.values()), rows)
