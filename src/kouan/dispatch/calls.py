"""Calls: who waits outside for want of room, who is called, and who did not come when called.

A call is the command that sends a visit on from a waiting area, or in from outside. Where the port
file says within what time one has to come, who does not come loses its place in the line.
"""

from kouan.dispatch.board import Board
from kouan.dispatch.commands import RevokeCall, WaitOutside
from kouan.dispatch.state import Phase, Visit
from kouan.port.places import PlaceKind
from kouan.port.procedures import Need

WAKE = "calls"


def keep_outside(board: Board, visit: Visit, place: str, need: Need | None = None) -> None:
    """Tell a visit that a waiting area can't take yet to wait outside; its turn is kept."""
    limited = _is_waiting_area(board, place) and board.plan.port.places[place].room is not None
    if limited and visit.stage < 0 and not (visit.place or visit.outside):
        visit.outside = True
        reason = f"{need} missing" if need else "no room"
        board.tell(WaitOutside, visit.visit, place, reason)


def come_by(board: Board, visit: Visit, origin: str) -> int:
    """When a visit that is called has to have come; 0 where there is no limit or it is no call."""
    within_ms = board.plan.port.booking.come_within_ms
    if within_ms is None or (origin and not _is_waiting_area(board, origin)):
        return 0
    by_ms = board.state.now_ms + within_ms
    board.state.called[visit.visit] = by_ms
    board.wake_at(by_ms + 1, WAKE)
    return by_ms


def _is_waiting_area(board: Board, place: str) -> bool:
    return board.plan.port.places[place].kind is PlaceKind.WAITING_AREA


def came(board: Board, visit: Visit) -> None:
    """A visit came that was called."""
    board.state.called.pop(visit.visit, None)
    visit.outside = False


def overdue(board: Board) -> list[Visit]:
    """Take back the calls of visits that did not come in time; return those called often enough.

    The others lose their place: they wait anew, behind everybody, as if they came now.
    """
    state = board.state
    due = [name for name, by_ms in state.called.items() if by_ms < state.now_ms]
    given_up = []
    for visit in [state.visits[name] for name in due]:
        del state.called[visit.visit]
        _revoke(board, visit)
        if visit.missed >= board.plan.port.booking.calls:
            given_up.append(visit)
        else:
            board.to_go_on.append(visit.visit)
    if state.called:
        board.wake_at(min(state.called.values()) + 1, WAKE)
    return given_up


def _revoke(board: Board, visit: Visit) -> None:
    state = board.state
    pending = state.requests[visit.request]
    board.answered(visit.request)
    state.places[visit.place].coming -= 1
    board.to_fill.append(visit.place)
    board.tell(RevokeCall, visit.visit, visit.place, "did not come in time")
    visit.missed += 1
    visit.phase, visit.target = Phase.HELD, -1
    visit.place = pending.fields[2]
    if visit.stage == 0:
        first = board.plan.procedures[visit.procedure].stages[0].declared
        visit.stage, visit.place = -1, ""
        visit.attempts[first.id] -= 1
    visit.result, visit.reason = "match", ""
