"""Who waits for whom: the graph of steps that the order of uses makes.

A step may start when its vehicle's step before is done and, in each of its cells, the vehicle whose
turn was before has left. The times of uses rise along every such edge, so a plan whose uses all fit
closes no cycle; ``forecast`` walks the whole graph and finds one if there were.
"""

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


def left_ms(network: Network, course: Course, step: int) -> int:
    """Forecast of when a step's cells are left; FOREVER when no later step leaves them."""
    later = leaves_after(network, course, step)
    return FOREVER if later < 0 else course.arrive_ms[later - course.offset]


def own_place(uses: list[Use], vehicle: str, step: int) -> int:
    """Place of the use of a vehicle's step in a cell's list."""
    for place, use in enumerate(uses):
        if use.vehicle == vehicle and use.first <= step <= use.last:
            return place
    raise KeyError((vehicle, step))


def releasable(network: Network, state: TrafficState, vehicle: str, step: int) -> bool:
    """Whether everyone whose turn is before has left the cells of a step."""
    course = state.courses[vehicle]
    arc = course.arcs[step - course.offset]
    if arc in state.blocked:
        return False
    return all(own_place(state.cells[cell], vehicle, step) == 0 for cell in network.cells[arc])


def predecessors(network: Network, state: TrafficState, vehicle: str, step: int) -> list[Step]:
    """Steps that must be done before this one may start."""
    course = state.courses[vehicle]
    found: list[Step] = []
    if step - 1 >= course.done:
        found.append((vehicle, step - 1))
    if step < course.base:
        return found
    for cell in network.cells[course.arcs[step - course.offset]]:
        uses = state.cells[cell]
        place = own_place(uses, vehicle, step)
        if place and uses[place - 1].vehicle != vehicle:
            before = uses[place - 1]
            later = leaves_after(network, state.courses[before.vehicle], before.last)
            if later < 0:
                raise CycleError(f"{vehicle} waits for {before.vehicle}, which stays for ever")
            found.append((before.vehicle, later))
    return found


def order(network: Network, state: TrafficState) -> list[Step]:
    """All steps to come, each behind its predecessors; CycleError when there is no such order."""
    return _sorted(network, state)[0]


def _sorted(network: Network, state: TrafficState) -> tuple[list[Step], dict[Step, list[Step]]]:
    """The order, and by step those that wait for it."""
    waits: dict[Step, int] = {}
    behind: dict[Step, list[Step]] = {}
    ready: list[Step] = []
    for vehicle, course in state.courses.items():
        for number in range(course.done, course.end()):
            before = predecessors(network, state, vehicle, number)
            waits[vehicle, number] = len(before)
            for step in before:
                behind.setdefault(step, []).append((vehicle, number))
            if not before:
                ready.append((vehicle, number))
    for step in ready:
        for later in behind.get(step, ()):
            waits[later] -= 1
            if not waits[later]:
                ready.append(later)
    if len(ready) != len(waits):
        stuck = sorted(vehicle for (vehicle, _), count in waits.items() if count)
        raise CycleError(f"vehicles wait for one another: {', '.join(dict.fromkeys(stuck))}")
    return ready, behind


def retime(network: Network, state: TrafficState, now_ms: int) -> None:
    """Forecast all times anew along the longest ways of the graph; the order stays as it is."""
    steps, behind = _sorted(network, state)
    earliest: dict[Step, int] = {}
    for vehicle, number in steps:
        course = state.courses[vehicle]
        place = number - course.offset
        if number < course.base:
            start_ms, arrive_ms = _driving(network, course, number, now_ms)
        else:
            arc = course.arcs[place]
            closed_ms = FAR_MS if arc in state.blocked else 0
            start_ms = max(now_ms + closed_ms, earliest.get((vehicle, number), now_ms))
            arrive_ms = start_ms + network.drive_ms[arc]
        if course.stopped and number == course.done:
            arrive_ms += FAR_MS
        course.start_ms[place], course.arrive_ms[place] = start_ms, arrive_ms
        for later in behind.get((vehicle, number), ()):
            earliest[later] = max(arrive_ms, earliest.get(later, now_ms))
    _move_uses(network, state)
    state.late = False


def _driving(network: Network, course: Course, number: int, now_ms: int) -> tuple[int, int]:
    """Start and arrival of a released step: what is overdue takes another quarter of its time."""
    place = number - course.offset
    drive_ms = network.drive_ms[course.arcs[place]]
    start_ms = course.start_ms[place]
    came_ms = max(start_ms, course.arrive_ms[place - 1]) if place else start_ms
    arrive_ms = came_ms + drive_ms
    if number == course.done:
        arrive_ms = max(arrive_ms, now_ms + drive_ms // 4 + 1)
    return start_ms, arrive_ms


def _move_uses(network: Network, state: TrafficState) -> None:
    for uses in state.cells:
        for place, use in enumerate(uses):
            course = state.courses[use.vehicle]
            start_ms = course.start_ms[use.first - course.offset]
            uses[place] = Use(
                start_ms, left_ms(network, course, use.last), use.vehicle, use.first, use.last
            )
