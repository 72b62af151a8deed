"""Breakdowns and blocked roads: forecast anew, and lead round them whoever can be.

A vehicle that stopped is taken to go on in 35 years. Its cells stay its own, its turns stay in
order, and whoever waits behind it gets another way if there is one. Who finds none keeps the plan
and the turn, so that all goes on as planned once the vehicle recovers.
"""

from collections.abc import Iterable

from kouan.traffic.planner import Planner, TrafficError
from kouan.traffic.reservations import FAR_MS, TrafficState


def stopped(planner: Planner, state: TrafficState, vehicle: str, now_ms: int) -> list[str]:
    """Record that a vehicle broke down; return the others whose base grew."""
    _set_stopped(state, vehicle, True)
    return reroute_late(planner, state, now_ms)


def recovered(planner: Planner, state: TrafficState, vehicle: str, now_ms: int) -> list[str]:
    """Record that a vehicle can drive again; return the vehicles whose base grew."""
    _set_stopped(state, vehicle, False)
    return reroute_late(planner, state, now_ms)


def _set_stopped(state: TrafficState, vehicle: str, is_stopped: bool) -> None:
    if vehicle not in state.courses:
        raise TrafficError(f"no vehicle {vehicle!r} on the map")
    state.courses[vehicle].stopped = is_stopped


def block(planner: Planner, state: TrafficState, start: str, end: str, now_ms: int) -> list[str]:
    """Close the way from one node to the next; return the vehicles whose base grew.

    What is released is driven; nothing further is released over it, or planned.
    """
    return block_all(planner, state, [(start, end)], now_ms)


def unblock(planner: Planner, state: TrafficState, start: str, end: str, now_ms: int) -> list[str]:
    """Open what was closed; return the vehicles whose base grew."""
    return unblock_all(planner, state, [(start, end)], now_ms)


def block_all(
    planner: Planner, state: TrafficState, ways: Iterable[tuple[str, str]], now_ms: int
) -> list[str]:
    """Close several ways (from, to) at one moment, such as both directions of a road.

    Closed one by one, vehicles led round the first could let others be released over the rest.
    """
    arcs = [arc for start, end in ways for arc in _arcs(planner, start, end)]
    state.blocked += [arc for arc in dict.fromkeys(arcs) if arc not in state.blocked]
    return reroute_late(planner, state, now_ms)


def unblock_all(
    planner: Planner, state: TrafficState, ways: Iterable[tuple[str, str]], now_ms: int
) -> list[str]:
    """Open several ways at one moment; return the vehicles whose base grew."""
    arcs = [arc for start, end in ways for arc in _arcs(planner, start, end)]
    state.blocked = [arc for arc in state.blocked if arc not in arcs]
    return reroute_late(planner, state, now_ms)


def _arcs(planner: Planner, start: str, end: str) -> list[int]:
    """All arcs from node to node: two roads may join the same two."""
    network = planner.network
    following = network.following[network.index[start]] if start in network.index else ()
    arcs = [arc for arc in following if network.names[network.ends[arc]] == end]
    if not arcs:
        raise TrafficError(f"no arc from {start!r} to {end!r} on the map")
    return arcs


def reroute_late(planner: Planner, state: TrafficState, now_ms: int) -> list[str]:
    """Forecast anew and plan anew who would wait for ever; return the vehicles whose base grew."""
    before = {vehicle: course.base for vehicle, course in state.courses.items()}
    planner.retime(state, now_ms)
    for vehicle, course in state.courses.items():
        if course.base < course.end() and course.arrive_ms[-1] >= now_ms + FAR_MS // 2:
            planner.go(state, vehicle, course.target, now_ms)
    planner.grow_all(state, now_ms)
    return [vehicle for vehicle, course in state.courses.items() if course.base > before[vehicle]]
