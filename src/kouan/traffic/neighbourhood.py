"""Large-neighbourhood search: plan a few vehicles anew together, and keep what saves time."""

from kouan.traffic.network import Network
from kouan.traffic.planner import Planner
from kouan.traffic.reservations import Course, TrafficState

LEAST, MOST = 3, 8
"""Vehicles planned anew in one round."""


def improve(planner: Planner, state: TrafficState, iterations: int, now_ms: int) -> int:
    """Try so many rounds; return by how many ms the arrivals, added up, became earlier.

    Only what is not released is planned anew, so turns change as well as ways. Call
    ``planner.grow_all`` afterwards.
    """
    planner.refresh(state, now_ms)
    saved_ms = 0
    for _ in range(iterations):
        state.rounds += 1
        group = _group(planner.network, state)
        if len(group) < 2:
            return saved_ms
        saved_ms += _try(planner, state, group, now_ms)
    return saved_ms


def _group(network: Network, state: TrafficState) -> list[str]:
    """A vehicle, by turns, and those that share the most cells with what it has yet to drive."""
    movable = [
        vehicle
        for vehicle, course in state.courses.items()
        if course.base < course.end() and not course.stopped
    ]
    if not movable:
        return []
    seed = movable[state.rounds % len(movable)]
    shared = dict.fromkeys(movable, 0)
    course = state.courses[seed]
    for arc in course.arcs[course.base - course.offset :]:
        for cell in network.cells[arc]:
            for use in state.cells[cell]:
                if use.vehicle in shared:
                    shared[use.vehicle] += 1
    others = sorted((vehicle for vehicle in movable if vehicle != seed), key=lambda v: -shared[v])
    size = LEAST + state.rounds * 5 % (MOST - LEAST + 1)
    group = [seed, *others[: size - 1]]
    turn = state.rounds // len(movable) % len(group)
    return group[turn:] + group[:turn]


def _try(planner: Planner, state: TrafficState, group: list[str], now_ms: int) -> int:
    """Plan a group anew in its order; return the time saved, 0 when all was put back."""
    cells = [list(uses) for uses in state.cells]
    courses = {vehicle: state.courses[vehicle] for vehicle in group}
    before = sum(course.arrive_ms[-1] for course in courses.values())
    for vehicle in group:
        _take_back(planner.network, state, vehicle)
    for vehicle in group:
        target = courses[vehicle].target
        way = planner.find(state, vehicle, planner.network.stops[target], now_ms)
        if way is None or not planner.commit(state, vehicle, target, way):
            break
    else:
        saved_ms = before - sum(state.courses[vehicle].arrive_ms[-1] for vehicle in group)
        if saved_ms > 0:
            state.late = True
            return saved_ms
    state.cells[:] = cells
    state.courses.update(courses)
    return 0


def _take_back(network: Network, state: TrafficState, vehicle: str) -> None:
    """Take a plan back to its released part; what that holds it holds as long as forecast."""
    course = state.courses[vehicle]
    kept = course.base - course.offset
    for cell in dict.fromkeys(cell for arc in course.arcs for cell in network.cells[arc]):
        state.cells[cell] = [
            use._replace(last=min(use.last, course.base - 1)) if use.vehicle == vehicle else use
            for use in state.cells[cell]
            if use.vehicle != vehicle or use.first < course.base
        ]
    state.courses[vehicle] = Course(
        course.target,
        course.arcs[:kept],
        course.start_ms[:kept],
        course.arrive_ms[:kept],
        course.offset,
        course.done,
        course.base,
        course.stopped,
    )
