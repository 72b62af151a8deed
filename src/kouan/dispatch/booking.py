"""Slots: booked, moved to a later time, given back, lost by who does not come, given to walk-ins.

A slot is a stretch of time that a declared number of visits may have. Who stands in a line in its
slot goes before who has none; nobody is kept from passing before its slot while nobody waits who
goes first.
"""

from kouan.dispatch import early, lanes
from kouan.dispatch.board import Board
from kouan.dispatch.commands import IssueSlot, RefuseBooking, WithdrawSlot
from kouan.dispatch.events import BookingCancelled, BookingPostponed, BookingRequested
from kouan.dispatch.state import Phase, Visit
from kouan.port.model import Port, WalkIns
from kouan.port.procedures import Work

SLOTS_TRIED = 4
"""Open slots from the wanted one on that a booking may get."""
STANDS = (Phase.QUEUED, Phase.LINED, Phase.HELD)


def book(board: Board, event: BookingRequested) -> None:
    """Give a visit that has no slot the first one with a place at or after the wanted time."""
    visit = board.visit_of(event.visit)
    if visit is None:
        early.keep(board, event.visit, event, "asks for a slot, not announced")
    elif not visit.slot_to_ms:
        _issue(board, visit, event.wanted_ms)


def postpone(board: Board, event: BookingPostponed) -> None:
    """Move a booked or waiting visit to a later slot; what it had is given back."""
    visit = board.visit_of(event.visit)
    if visit is None:
        early.keep(board, event.visit, event, "postpones its slot, not announced")
        return
    if visit.vehicle or visit.slot_from_ms != event.slot_from_ms:
        return
    if visit.phase is not Phase.ANNOUNCED and not waits(board.plan.port, visit):
        board.tell(RefuseBooking, visit.visit, "it has been called already")
        return
    if event.wanted_ms < visit.slot_to_ms:
        board.tell(RefuseBooking, visit.visit, "expected a time after the slot that it has")
        return
    before_ms = visit.slot_from_ms
    if _issue(board, visit, event.wanted_ms):
        _free(board, before_ms)
        lanes.stand_anew(board, visit, last=True)
        offer(board)


def cancel(board: Board, event: BookingCancelled) -> None:
    """Take back the slot of a visit that does not want it; it may still come without one."""
    visit = board.visit_of(event.visit)
    if visit is None:
        early.keep(board, event.visit, event, "gives its slot back, not announced")
    elif visit.slot_to_ms and visit.slot_from_ms == event.slot_from_ms:
        withdraw(board, visit, "given back")
        lanes.stand_anew(board, visit, last=True)


def withdraw(board: Board, visit: Visit, reason: str) -> None:
    """Take a visit's slot away, tell it, and let others have it."""
    board.tell(WithdrawSlot, visit.visit, visit.slot_from_ms, reason)
    give_back(board, visit)


def give_back(board: Board, visit: Visit) -> None:
    """Let others have the slot of a visit."""
    if visit.slot_to_ms:
        _free(board, visit.slot_from_ms)
        visit.slot_from_ms = visit.slot_to_ms = 0
        offer(board)


def came(board: Board, visit: Visit) -> None:
    """A visit stands at the port: one without a slot may be given the next that is free."""
    if visit.slot_to_ms:
        _wake(board, visit)
    elif board.plan.port.booking.walk_ins is WalkIns.SLOT:
        _offer(board, visit)


def look(board: Board) -> None:
    """Look at every slot: who did not come in time loses it, who came early is in it by now."""
    now_ms = board.state.now_ms
    grace_ms = board.plan.port.booking.grace_ms
    for visit in list(board.state.visits.values()):
        if not visit.slot_to_ms:
            continue
        if visit.phase is Phase.ANNOUNCED and now_ms > visit.slot_to_ms + grace_ms:
            withdraw(board, visit, "no arrival within the slot and its grace")
        else:
            lanes.stand_anew(board, visit)
            _wake(board, visit)
    offer(board)


def offer(board: Board) -> None:
    """Give free slots to those who came without one, who waits longest first."""
    if board.plan.port.booking.walk_ins is not WalkIns.SLOT:
        return
    walk_ins = [
        visit
        for visit in board.state.visits.values()
        if not (visit.slot_to_ms or visit.vehicle) and visit.phase in STANDS
    ]
    for visit in sorted(walk_ins, key=lambda visit: visit.ticket):
        if waits(board.plan.port, visit) and not _offer(board, visit):
            return


def _offer(board: Board, visit: Visit) -> bool:
    """Give a walk-in the next free slot; if all are full, look again when the next one begins."""
    now_ms = board.state.now_ms
    slot = _take(board, visit, now_ms)
    if slot is None:
        slot_ms = board.plan.port.booking.slot_ms
        board.wake_at(now_ms - now_ms % slot_ms + slot_ms, "slots")
        return False
    _tell(board, visit)
    return True


def _issue(board: Board, visit: Visit, wanted_ms: int) -> bool:
    """Give a visit a slot from a time on, or refuse."""
    if _take(board, visit, wanted_ms) is None:
        board.tell(RefuseBooking, visit.visit, "no free slot near the wanted time")
        return False
    _tell(board, visit)
    return True


def _tell(board: Board, visit: Visit) -> None:
    board.tell(IssueSlot, visit.visit, visit.slot_from_ms, visit.slot_to_ms)
    lanes.stand_anew(board, visit)
    _wake(board, visit)
    board.to_go_on.append(visit.visit)


def _take(board: Board, visit: Visit, wanted_ms: int) -> int | None:
    """Take the first open slot with a place at or after a time; None if the next few are full.

    A time that has passed stands for now. Slots in which the place where the visit comes is closed
    are passed over.
    """
    booking = board.plan.port.booking
    slots, now_ms, slot_ms = board.state.slots, board.state.now_ms, booking.slot_ms
    for stale in [start for start in slots if start + slot_ms <= now_ms]:
        del slots[stale]
    first = board.plan.procedures[visit.procedure].stages[0].declared.at
    start = max(wanted_ms, now_ms)
    for _ in range(SLOTS_TRIED):
        opens_ms = board.opens_from(f"place:{first}", start)
        start = opens_ms - opens_ms % slot_ms
        if booking.ahead_ms is not None and start > now_ms + booking.ahead_ms:
            return None
        if slots.get(start, 0) < booking.per_slot:
            slots[start] = slots.get(start, 0) + 1
            visit.slot_from_ms, visit.slot_to_ms = start, start + slot_ms
            return start
        start += slot_ms
    return None


def _free(board: Board, from_ms: int) -> None:
    used = board.state.slots.get(from_ms, 0)
    if used > 1:
        board.state.slots[from_ms] = used - 1
    else:
        board.state.slots.pop(from_ms, None)


def _wake(board: Board, visit: Visit) -> None:
    """Look again when a visit's slot begins, or when it is over for one that has not come."""
    grace_ms = board.plan.port.booking.grace_ms
    if visit.phase is Phase.ANNOUNCED:
        board.wake_at(visit.slot_to_ms + grace_ms + 1, "slots")
    elif visit.phase in STANDS and not visit.vehicle:
        board.wake_at(visit.slot_from_ms - grace_ms, "slots")


def waits(port: Port, visit: Visit) -> bool:
    """Whether a visit stands at the port and has not been called yet to its first service."""
    if visit.stage < 0:
        return visit.phase in STANDS
    stage = port.procedures[visit.procedure].stages[visit.stage]
    may_be_called = visit.stage == 0 and stage.work is Work.WAIT
    return may_be_called and visit.phase in (Phase.LINED, Phase.HELD)
