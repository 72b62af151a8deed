"""Breakdowns and blocked roads: forecast anew, and lead round them whoever can be.

A vehicle that stopped is taken to go on in 35 years. Its cells stay its own, its turns stay in
order, and whoever waits behind it gets another way if there is one. Who finds none keeps the plan
and the turn, so that all goes on as planned once the vehicle recovers.
"""

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
    """Close an arc; return the vehicles whose base grew.

    What is released is driven; nothing further is released over it, or planned.
    """
    arc = _arc(planner, start, end)
    if arc not in state.blocked:
        state.blocked.append(arc)
    return reroute_late(planner, state, now_ms)


def unblock(planner: Planner, state: TrafficState, start: str, end: str, now_ms: int) -> list[str]:
    """Open a closed arc again; return the vehicles whose base grew."""
    arc = _arc(planner, start, end)
    if arc in state.blocked:
        state.blocked.remove(arc)
    return reroute_late(planner, state, now_ms)


def _arc(planner: Planner, start: str, end: str) -> int:
    try:
        return planner.network.arc(start, end)
    except KeyError:
        raise TrafficError(f"no arc from {start!r} to {end!r} on the map") from None


def reroute_late(planner: Planner, state: TrafficState, now_ms: int) -> list[str]:
    """Forecast anew and plan anew who would wait for ever; return the vehicles whose base grew."""
    before = {vehicle: course.base for vehicle, course in state.courses.items()}
    planner.retime(state, now_ms)
    for vehicle, course in state.courses.items():
        if course.base < course.end() and course.arrive_ms[-1] >= now_ms + FAR_MS // 2:
            planner.go(state, vehicle, course.target, now_ms)
    planner.grow_all(state, now_ms)
    return [vehicle for vehicle, course in state.courses.items() if course.base > before[vehicle]]
