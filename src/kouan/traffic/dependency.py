"""Who waits for whom: the graph of steps that the order of uses makes.

A step may start when its vehicle's step before is done and, in each of its cells, the vehicle whose
turn was before has left. The times of uses rise along every such edge, so a plan whose uses all fit
closes no cycle; ``forecast`` walks the whole graph and finds one if there were.
"""

from dataclasses import dataclass
from itertools import pairwise

from kouan.traffic.network import Network
from kouan.traffic.reservations import FAR_MS, FOREVER, Course, TrafficState, Use

Step = tuple[str, int]


class CycleError(ValueError):
    """Vehicles that wait for one another."""


def leaves_after(network: Network, course: Course, step: int) -> int:
    """Number of the step by whose end the vehicle has fully left ``step``; -1 when none does.

    A vehicle that has reached its stop stands beside the road and has left all but the stop, and a
    shared stop is nobody's.
    """
    if network.is_shared[network.ends[course.arc(step)]]:
        return step
    driven = 0
    for later in range(step + 1, course.end()):
        arc = course.arcs[later - course.offset]
        driven += network.lengths_mm[arc]
        if driven >= network.shape.length_mm or network.is_stop[network.ends[arc]]:
            return later
    return -1


def leaving(network: Network, course: Course) -> list[int]:
    """``leaves_after`` of all steps of a course."""
    lengths, length_mm = network.lengths_mm, network.shape.length_mm
    arcs, count = course.arcs, len(course.arcs)
    found = [-1] * count
    for place in range(count):
        if network.is_shared[network.ends[arcs[place]]]:
            found[place] = course.offset + place
            continue
        driven = 0
        for later in range(place + 1, count):
            driven += lengths[arcs[later]]
            if driven >= length_mm or network.is_stop[network.ends[arcs[later]]]:
                found[place] = course.offset + later
                break
    return found


def own_place(uses: list[Use], vehicle: str, step: int) -> int:
    """Place of the use of a vehicle's step in a cell's list."""
    for place, (_, _, user, first, last) in enumerate(uses):
        if user == vehicle and first <= step <= last:
            return place
    raise KeyError((vehicle, step))


def releasable(network: Network, state: TrafficState, vehicle: str, step: int) -> bool:
    """Whether everyone whose turn is before has left the cells of a step."""
    course = state.courses[vehicle]
    arc = course.arcs[step - course.offset]
    if arc in state.blocked:
        return False
    return all(own_place(state.cells[cell], vehicle, step) == 0 for cell in network.cells[arc])


def order(network: Network, state: TrafficState) -> list[Step]:
    """All steps to come, each behind its predecessors; CycleError when there is no such order."""
    graph = _graph(network, state)
    return [graph.steps[number] for number in _sorted(graph)]


@dataclass(slots=True)
class _Graph:
    """Steps to come, numbered vehicle by vehicle, and by number those that wait for each."""

    steps: list[Step]
    behind: list[list[int]]
    waits: list[int]
    """How many each waits for."""
    lefts: dict[str, list[int]]
    """``leaving`` by vehicle."""


def _graph(network: Network, state: TrafficState) -> _Graph:
    """A vehicle's steps wait for one another; the first of each use for who had the cell before."""
    graph = _Graph([], [], [], {})
    numbers: dict[str, int] = {}
    for vehicle, course in state.courses.items():
        graph.lefts[vehicle] = leaving(network, course)
        numbers[vehicle] = at = len(graph.steps) - course.done
        for step in range(course.done, course.end()):
            graph.steps.append((vehicle, step))
            graph.waits.append(0 if step == course.done else 1)
            graph.behind.append([at + step + 1])
        if course.done < course.end():
            graph.behind[-1] = []
    for uses in state.cells:
        for before, use in pairwise(uses):
            if before.vehicle == use.vehicle:
                continue
            ahead, course = state.courses[before.vehicle], state.courses[use.vehicle]
            later = graph.lefts[before.vehicle][before.last - ahead.offset]
            if later < 0:
                text = f"{use.vehicle} waits for {before.vehicle}, which stays for ever"
                raise CycleError(text)
            step = max(use.first, course.base)
            if later >= ahead.done and step <= use.last:
                number = numbers[use.vehicle] + step
                graph.behind[numbers[before.vehicle] + later].append(number)
                graph.waits[number] += 1
    return graph


def _sorted(graph: _Graph) -> list[int]:
    """Numbers of all steps, each behind those it waits for."""
    waits = list(graph.waits)
    ready = [number for number, count in enumerate(waits) if not count]
    for number in ready:
        for later in graph.behind[number]:
            waits[later] -= 1
            if not waits[later]:
                ready.append(later)
    if len(ready) != len(waits):
        stuck = sorted(graph.steps[number][0] for number, count in enumerate(waits) if count)
        raise CycleError(f"vehicles wait for one another: {', '.join(dict.fromkeys(stuck))}")
    return ready


def retime(network: Network, state: TrafficState, now_ms: int) -> None:
    """Forecast all times anew along the longest ways of the graph; the order stays as it is."""
    graph = _graph(network, state)
    earliest = [now_ms] * len(graph.steps)
    for number in _sorted(graph):
        vehicle, step = graph.steps[number]
        course = state.courses[vehicle]
        place = step - course.offset
        start_ms, arrive_ms = times(network, state, course, step, earliest[number], now_ms)
        course.start_ms[place], course.arrive_ms[place] = start_ms, arrive_ms
        for later in graph.behind[number]:
            if arrive_ms > earliest[later]:
                earliest[later] = arrive_ms
    for uses in state.cells:
        for place, use in enumerate(uses):
            course = state.courses[use.vehicle]
            left = graph.lefts[use.vehicle][use.last - course.offset]
            start_ms = course.start_ms[use.first - course.offset]
            end_ms = FOREVER if left < 0 else course.arrive_ms[left - course.offset]
            if start_ms != use.start_ms or end_ms != use.end_ms:
                uses[place] = Use(start_ms, end_ms, use.vehicle, use.first, use.last)
    state.late = False
    state.doubts = []


def times(
    network: Network,
    state: TrafficState,
    course: Course,
    step: int,
    earliest_ms: int,
    now_ms: int,
) -> tuple[int, int]:
    """Start and arrival of a step; one not released starts when all it waits for is done.

    What is overdue takes another quarter of its time, and another, as often as it takes.
    """
    place = step - course.offset
    arc = course.arcs[place]
    drive_ms = network.drive_ms[arc]
    if step >= course.base:
        start_ms = max(now_ms, earliest_ms)
        if arc in state.blocked:
            start_ms = max(now_ms + FAR_MS, earliest_ms)
        arrive_ms = start_ms + drive_ms
    else:
        start_ms = course.start_ms[place]
        arrive_ms = (max(start_ms, course.arrive_ms[place - 1]) if place else start_ms) + drive_ms
        if step == course.done and arrive_ms < now_ms and not course.stopped:
            more_ms = drive_ms // 4 + 1
            arrive_ms -= (arrive_ms - now_ms) // more_ms * more_ms
    if course.stopped and step == course.done:
        arrive_ms += FAR_MS
    return start_ms, arrive_ms
