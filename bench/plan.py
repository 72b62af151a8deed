"""Vehicles that plan one after another on a grid of 256 nodes: time a trip, and how good plans are.

The makespan is set against the longest of all vehicles' chains of trips on empty roads, which no
plan can beat. Delays: so many of a hundred steps take three times as long as planned.
"""

from hashlib import sha256
from time import thread_time_ns

from bench.results import Json, Results, table
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
REORDER_MS = 5_000
REPAIRED = ", turns changed"


def run(results: Results, small: bool) -> None:
    """Run each fleet with each share of delays that is not kept yet."""
    network = _grid()
    for vehicles in FLEETS[:1] if small else FLEETS:
        for delays in DELAYS[:1] if small else DELAYS:
            for repaired in (False, True)[: 2 if delays else 1]:
                key = f"{vehicles} vehicles, {delays} % late{REPAIRED if repaired else ''}"
                if key not in results.runs:
                    results.add(key, _drive(network, vehicles, delays, repaired))
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


def _drive(network: Network, vehicles: int, delays: int, repaired: bool = False) -> Json:
    """Drive every vehicle's trips in steps of a second; return the figures.

    ``repaired``: every five seconds, who waits for somebody late may go first.
    """
    planner, state = Planner(network), TrafficState()
    bays = sorted(network.stops, key=_drawn)
    names = [f"v{number}" for number in range(vehicles)]
    for name, bay in zip(names, bays, strict=False):
        planner.add(state, name, bay, 0)
    free = bays[vehicles:]
    took_ns: list[int] = []
    reordered_ns: list[int] = [0]
    least = dict.fromkeys(names, 0)
    trips = dict.fromkeys(names, 0)
    started = dict.fromkeys(names, 0)
    now_ms = 0
    ended = dict.fromkeys(names, 0)
    while any(trips[name] < TRIPS_EACH or _drives(state, name) for name in names):
        now_ms += 1_000
        if repaired and now_ms % REORDER_MS == 0:
            begin = thread_time_ns()
            reorder(planner, state, now_ms)
            reordered_ns.append(thread_time_ns() - begin)
        for name in names:
            if _drives(state, name):
                ended[name] = now_ms
                _step(network, planner, state, name, started, now_ms, delays)
            elif trips[name] < TRIPS_EACH:
                place = _drawn(name, trips[name]) % len(free)
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
    took_ns.sort()
    return {
        "trips": sum(trips.values()),
        "median_ms": round(took_ns[len(took_ns) // 2] / 1e6, 3),
        "p99_ms": round(took_ns[len(took_ns) * 99 // 100] / 1e6, 3),
        "makespan_ms": now_ms,
        "mean_end_ms": sum(ended.values()) // vehicles,
        "over_bound": round(now_ms / max(least.values()), 3),
    }


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
) -> None:
    """Reach the end of the step being driven once its time is over; start none unreleased."""
    course = state.courses[name]
    if course.done >= course.base:
        started[name] = now_ms
        return
    drive_ms = network.drive_ms[course.arcs[course.done - course.offset]]
    if _drawn(name, course.done) % 100 < delays:
        drive_ms *= 3
    if now_ms >= started[name] + drive_ms:
        planner.passed(state, name, course.done, now_ms)
        started[name] = now_ms


def show(results: Results) -> str:
    """The figures as text."""
    names = ("trips", "median_ms", "p99_ms", "makespan_ms", "over_bound")
    rows = [[key, *(one[name] for name in names)] for key, one in results.runs.items()]
    head = ("run", "trips", "median, ms", "p99, ms", "makespan, ms", "over the bound")
    return table(head, rows)
