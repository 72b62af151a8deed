"""Turns at roads of one lane for both directions, by the gate sequencer of ``traffic/gate``.

A vehicle whose way leads over such a road asks for its turn where it stands and plans its way once
it has it, so that vehicles of one direction follow one another in convoys. The order in which they
plan is all that is decided here: what may be driven is the planner's, with or without a turn.
"""

from collections.abc import Iterator

from kouan.dispatch.board import Board
from kouan.dispatch.state import Vehicle
from kouan.traffic import gate
from kouan.traffic.gate_model import GateState, Waiting
from kouan.traffic.reservations import Course


def ask(board: Board, vehicle: Vehicle) -> bool:
    """Whether a vehicle may plan its way now: it leads over no such road, or it has its turn."""
    section, direction = board.plan.first_section(vehicle.node, vehicle.heading)
    if not section or _is_closed(board, section):
        withdraw(board, vehicle.vehicle)
        return True
    state = board.state.gates.setdefault(section, GateState())
    if _has_turn(state, vehicle.vehicle):
        return True
    if vehicle.vehicle not in state.waiting:
        withdraw(board, vehicle.vehicle)
        visit = board.state.visits.get(vehicle.visit)
        gate.request(
            state,
            board.plan.gates[section],
            vehicle.vehicle,
            direction,
            board.state.now_ms,
            deadline_ms=visit.deadline_ms if visit else 0,
            priority=visit.priority if visit else 0,
        )
    return False


def next_turns(board: Board) -> Iterator[str]:
    """Give turns as long as there are any; yield each vehicle, which then plans its way.

    One that has not planned by the time the next is asked for has no way now: it is passed over,
    and keeps its place for when it looks for a way again.
    """
    for section, state in board.state.gates.items():
        if _is_closed(board, section):
            yield from list(state.waiting)
            continue
        over: list[Waiting] = []
        while True:
            decision = gate.decide(state, board.plan.gates[section], board.state.now_ms)
            board.wake_at(decision.again_ms, "drive")
            if not decision.vehicle:
                break
            yield decision.vehicle
            if _has_turn(state, decision.vehicle):
                gate.give_back(state, decision.vehicle)
                over.append(state.waiting.pop(decision.vehicle))
        state.waiting |= {one.vehicle: one for one in over}


def planned(board: Board, vehicle: str) -> None:
    """A vehicle has planned its way: if it had a turn, it has used it."""
    for state in board.state.gates.values():
        if _has_turn(state, vehicle):
            gate.entered(state, vehicle, board.state.now_ms)


def look(board: Board, vehicle: str) -> bool:
    """Note what a vehicle has left, and whether it stands where nobody can pass; say if any."""
    course = board.state.traffic.courses.get(vehicle)
    changed = False
    for section, state in board.state.gates.items():
        if vehicle not in state.inside:
            continue
        ahead, held = _arcs_on(board, section, course)
        if course is not None and course.stopped and held:
            gate.break_down(state, vehicle)
            continue
        if vehicle in state.broken:
            gate.cleared(state, vehicle)
            changed = True
        if not (ahead or held) or (course is not None and course.stopped):
            gate.left(state, vehicle)
            gate.buffer_freed(state, vehicle)
            changed = True
    return changed


def withdraw(board: Board, vehicle: str) -> None:
    """A vehicle does not want its turn any more."""
    for state in board.state.gates.values():
        if vehicle in state.waiting or _has_turn(state, vehicle):
            gate.withdraw(state, vehicle)


def _has_turn(state: GateState, vehicle: str) -> bool:
    return state.permitted is not None and state.permitted.vehicle == vehicle


def _is_closed(board: Board, section: str) -> bool:
    blocked = board.state.traffic.blocked
    return bool(blocked) and any(arc in blocked for arc in board.plan.network.roads[section])


def _arcs_on(board: Board, section: str, course: Course | None) -> tuple[bool, bool]:
    """Whether a vehicle still has to drive on a road, and whether it may stand on it."""
    if course is None:
        return False, False
    arcs = board.plan.network.roads[section]
    released = course.base - course.offset
    ahead = any(arc in arcs for arc in course.arcs[released:])
    return ahead, any(arc in arcs for arc in course.arcs[:released])
