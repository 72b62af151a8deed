"""The forecast kept up to date where it no longer holds, and nowhere else.

The same times as ``dependency.retime`` finds, at a fraction of the work: only steps whose times
may change are looked at, in the order of their forecast starts, which rise along every edge of the
graph, so that hardly any is looked at twice.
"""

from heapq import heapify, heappop, heappush

from kouan.traffic import dependency
from kouan.traffic.network import Network
from kouan.traffic.reservations import Course, TrafficState, Use

Task = tuple[int, int, str]
"""Forecast start, step, vehicle."""

MOST_DOUBTS = 10_000
"""Doubts kept; with more, all is forecast anew."""


def doubt(state: TrafficState, vehicle: str, step: int) -> None:
    """Say that what a step waits for has changed, so that its times may not hold."""
    if len(state.doubts) >= MOST_DOUBTS:
        state.late = True
    if not state.late:
        state.doubts.append((vehicle, step))


def settle(network: Network, state: TrafficState, now_ms: int) -> None:
    """Bring all times up to date; CycleError if the order were a ring."""
    tasks = _doubtful(state, now_ms)
    heapify(tasks)
    most = 100 + 10 * sum(len(course.arcs) for course in state.courses.values()) if tasks else 0
    while tasks and most:
        most -= 1
        _, step, vehicle = heappop(tasks)
        course = state.courses[vehicle]
        place = step - course.offset
        old_ms = course.arrive_ms[place]
        _look_at(network, state, vehicle, step, now_ms)
        new_ms = course.arrive_ms[place]
        if new_ms == old_ms:
            continue
        if step + 1 < course.end():
            start_ms = course.start_ms[place + 1]
            if step + 1 < course.base or new_ms > start_ms or old_ms == start_ms:
                heappush(tasks, (start_ms, step + 1, vehicle))
        for earlier in _left_by(network, course, step):
            _move_ends(network, state, vehicle, earlier, new_ms, tasks)
    state.doubts = []
    if tasks:  # only a ring goes on so long, and this names it
        dependency.retime(network, state, now_ms)


def _doubtful(state: TrafficState, now_ms: int) -> list[Task]:
    """Steps that are overdue, should have begun, lead over a closed road, or are in doubt."""
    tasks: list[Task] = []
    for vehicle, course in state.courses.items():
        offset, done, base = course.offset, course.done, course.base
        if done < base and course.arrive_ms[done - offset] < now_ms:
            tasks.append((course.start_ms[done - offset], done, vehicle))
        if base - offset < len(course.arcs) and course.start_ms[base - offset] < now_ms:
            tasks.append((course.start_ms[base - offset], base, vehicle))
        if state.blocked:
            tasks += [
                (course.start_ms[step - offset], step, vehicle)
                for step in range(base, course.end())
                if course.arcs[step - offset] in state.blocked
            ]
    for vehicle, step in state.doubts:
        known = state.courses.get(vehicle)
        if known is not None and known.done <= step < known.end():
            tasks.append((known.start_ms[step - known.offset], step, vehicle))
    return tasks


def _look_at(network: Network, state: TrafficState, vehicle: str, step: int, now_ms: int) -> None:
    """Set the times of a step, and the start of the uses that begin with it."""
    course = state.courses[vehicle]
    place = step - course.offset
    if step < course.base:
        _, course.arrive_ms[place] = dependency.times(network, state, course, step, 0, now_ms)
        return
    earliest_ms = course.arrive_ms[place - 1]
    begun: list[tuple[list[Use], int, Use]] = []
    for cell in network.cells[course.arcs[place]]:
        uses = state.cells[cell]
        own = dependency.own_place(uses, vehicle, step)
        use = uses[own]
        if use.first != step:
            continue  # whoever had the cell before, the first step waited for
        begun.append((uses, own, use))
        if own:
            _, end_ms, before, _, _ = uses[own - 1]
            if end_ms > earliest_ms and before != vehicle:
                earliest_ms = end_ms
    start_ms, course.arrive_ms[place] = dependency.times(
        network, state, course, step, earliest_ms, now_ms
    )
    if start_ms != course.start_ms[place]:
        course.start_ms[place] = start_ms
        for uses, own, (_, end_ms, _, first, last) in begun:
            uses[own] = Use(start_ms, end_ms, vehicle, first, last)


def _move_ends(
    network: Network,
    state: TrafficState,
    vehicle: str,
    step: int,
    new_ms: int,
    tasks: list[Task],
) -> None:
    """Give the uses that end with a step their end; look at who waited for it, or has to now."""
    course = state.courses[vehicle]
    for cell in network.cells[course.arcs[step - course.offset]]:
        uses = state.cells[cell]
        own = dependency.own_place(uses, vehicle, step)
        start_ms, old_ms, _, first, last = uses[own]
        if last != step or old_ms == new_ms:
            continue
        uses[own] = Use(start_ms, new_ms, vehicle, first, last)
        if own + 1 < len(uses):
            start_ms, _, other, first, _ = uses[own + 1]
            if other != vehicle and (new_ms > start_ms or old_ms == start_ms):
                heappush(tasks, (start_ms, first, other))


def _left_by(network: Network, course: Course, step: int) -> list[int]:
    """Steps that the vehicle has fully left by the end of this one, and not before."""
    length_mm, offset, lengths = network.shape.length_mm, course.offset, network.lengths_mm
    arc = course.arcs[step - offset]
    found = [step] if network.is_shared[network.ends[arc]] else []
    last_mm = length_mm if network.is_stop[network.ends[arc]] else lengths[arc]
    between_mm = 0
    for earlier in range(step - 1, offset - 1, -1):
        arc = course.arcs[earlier - offset]
        if network.is_shared[network.ends[arc]]:
            break
        if between_mm + last_mm >= length_mm:
            found.append(earlier)
        between_mm += lengths[arc]
        if between_mm >= length_mm or network.is_stop[network.ends[arc]]:
            break
    return found
