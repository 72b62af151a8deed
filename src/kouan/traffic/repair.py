"""Breakdowns, blocked roads, delays: forecast anew, change turns, lead round whoever can be.

A vehicle that stopped is taken to go on in 35 years. Its cells stay its own, its turns stay in
order, and whoever waits behind it gets another way if there is one. Who finds none keeps the plan
and the turn, so that all goes on as planned once the vehicle recovers.
"""

from collections.abc import Iterable

from kouan.traffic import dependency
from kouan.traffic.planner import Planner, TrafficError
from kouan.traffic.reservations import FAR_MS, TrafficState, Use

MARGIN_MS = 15_000
"""How much later than the next one whoever has the turn has to be to lose it; calibrated on the
grid of the benchmark ``plan``."""
SWAPS = 8
"""Pairs of vehicles tried in one call of ``reorder``."""


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


def reorder(planner: Planner, state: TrafficState, now_ms: int) -> list[str]:
    """Let who waits for somebody late go first; return the vehicles whose base grew.

    Whoever waits gets its turns before the other's wherever the other is not released yet, if
    nobody then waits in a ring and the arrivals, added up, become earlier; else all stays.
    """
    planner.refresh(state, now_ms)
    for late, waiting in _overtaken(planner, state, now_ms)[:SWAPS]:
        _swap_if_better(planner, state, late, waiting, now_ms)
    return planner.grow_all(state, now_ms)


def _overtaken(planner: Planner, state: TrafficState, now_ms: int) -> list[tuple[str, str]]:
    """Pairs (late, waiting): late has the turn where the next step of the other leads."""
    pairs: dict[tuple[str, str], None] = {}
    for vehicle, course in state.courses.items():
        place = course.base - course.offset
        if place == len(course.arcs) or course.stopped:
            continue
        ready_ms = max(now_ms, course.arrive_ms[place - 1])
        for cell in planner.network.cells[course.arcs[place]]:
            uses = state.cells[cell]
            own = dependency.own_place(uses, vehicle, course.base)
            late = uses[0].start_ms > ready_ms + MARGIN_MS
            if late and own == 1 and _not_released(state, uses[0]):
                pairs[uses[0].vehicle, vehicle] = None
    return list(pairs)


def _swap_if_better(
    planner: Planner, state: TrafficState, late: str, waiting: str, now_ms: int
) -> None:
    """Put one vehicle before another wherever they meet, and back unless that saves time."""
    course = state.courses[waiting]
    arcs = course.arcs[course.base - course.offset :]
    turns: dict[int, list[Use]] = {}
    for cell in dict.fromkeys(cell for arc in arcs for cell in planner.network.cells[arc]):
        changed = _put_before(state, state.cells[cell], late, waiting)
        if changed != state.cells[cell]:
            turns[cell] = changed
    if not turns:  # a pair tried before has changed turns with one of these
        return
    before_ms = _arrivals_ms(state)
    cells = [list(uses) for uses in state.cells]
    times = [(each, list(each.start_ms), list(each.arrive_ms)) for each in state.courses.values()]
    for cell, changed in turns.items():
        state.cells[cell] = changed
    try:
        planner.retime(state, now_ms)
    except dependency.CycleError:
        state.cells = cells
        return
    if _arrivals_ms(state) >= before_ms:
        state.cells = cells
        for each, start_ms, arrive_ms in times:
            each.start_ms, each.arrive_ms = start_ms, arrive_ms


def _put_before(state: TrafficState, uses: list[Use], late: str, waiting: str) -> list[Use]:
    """Turns in which those of one vehicle come right before the first unreleased of another."""
    places = (
        place for place, use in enumerate(uses) if use.vehicle == late and _not_released(state, use)
    )
    first = next(places, len(uses))
    ahead = [use for use in uses[first:] if use.vehicle == waiting]
    return uses[:first] + ahead + [use for use in uses[first:] if use.vehicle != waiting]


def _not_released(state: TrafficState, use: Use) -> bool:
    return use.first >= state.courses[use.vehicle].base


def _arrivals_ms(state: TrafficState) -> int:
    return sum(course.arrive_ms[-1] for course in state.courses.values())
