"""Transport orders that wait: taken in, put in sequence, and handed out in order of urgency."""

from collections.abc import Iterator

from kouan.dispatch import clearance, early, holds, lanes
from kouan.dispatch.board import NEVER, Board, shown
from kouan.dispatch.state import Order, Visit
from kouan.port.model import Fleet

MOST_PRIORITY = 1_000
"""Priorities go from 0, the ordinary one, to this."""


def place(board: Board, order: Order) -> tuple[str, ...]:
    """Take an order in; it begins when a vehicle, energy, papers and room are there.

    Returns the order if it is new, so that what came early for it can be taken in.
    """
    state = board.state
    known = state.orders.get(order.order) or state.visits.get(order.order)
    if known is not None:
        _place_again(board, order, known)
    if known is not None or board.has_ended(order.order):
        return ()
    problem = _problem(board, order)
    if problem:
        board.alarm(order.order, f"order refused: {problem}")
        board.remember_ended(order.order, "refused")
        early.take(board, order.order)
        return ()
    state.orders[order.order] = order
    if order.after:
        state.sequels.setdefault(order.after, []).append(order.order)
    if order.priority or order.deadline_ms:
        state.urgent.append(order.order)
        state.urgent.sort(key=lambda name: _urgency(state.orders[name]))
    board.to_assign = True
    return (order.order,)


PLACED = (
    *("visit_class", "mass_kg", "goods", "containers", "seal"),
    *("priority", "deadline_ms", "after"),
)
"""What an order says besides its fleet, which a visit begun for it has by its vehicle."""


def _place_again(board: Board, order: Order, known: Order | Visit) -> None:
    """An order that is known is placed again: only what was said first counts."""
    if isinstance(known, Visit) and not known.vehicle:
        board.alarm(order.order, "placed as an order, but it is a visit")
        return
    fleet = board.state.vehicles[known.vehicle].fleet if isinstance(known, Visit) else known.fleet
    said = {"fleet": (fleet, order.fleet)}
    said |= {name: (getattr(known, name), getattr(order, name)) for name in PLACED}
    for name, (before, now) in said.items():
        if before != now:
            text = f"placed again with {name} {shown(now)}, before {shown(before)}"
            board.alarm(order.order, text)
            return


def _problem(board: Board, order: Order) -> str:
    """Why an order can't be taken; "" when it can."""
    fleet = board.plan.port.fleets.get(order.fleet)
    if fleet is None:
        return f"for fleet {order.fleet}, which is not declared"
    if order.mass_kg > fleet.payload_kg:
        return f"{order.mass_kg} kg, but a vehicle carries {fleet.payload_kg} kg"
    if not 0 <= order.priority <= MOST_PRIORITY:
        return f"priority {order.priority}, expected 0 to {MOST_PRIORITY}"
    if order.after and not (is_open(board, order.after) or board.has_ended(order.after)):
        return f"to come after order {order.after}, which is not known"
    return ""


def _urgency(order: Order) -> tuple[int, int]:
    """Rank among orders with a priority or a deadline, the least first."""
    return -order.priority, order.deadline_ms or NEVER


def is_open(board: Board, name: str) -> bool:
    """Whether an order waits or is under way."""
    return name in board.state.orders or name in board.state.visits


def take_back(board: Board, order: Order) -> None:
    """Let an order that its vehicle could not begin wait again, before all others of its rank."""
    state = board.state
    state.orders = {order.order: order, **state.orders}
    if order.priority or order.deadline_ms:
        state.urgent.insert(0, order.order)
        state.urgent.sort(key=lambda name: _urgency(state.orders[name]))


def take_out(board: Board, name: str) -> Order | None:
    """Take an order out of those that wait; None if it does not wait."""
    order = board.state.orders.pop(name, None)
    if order is not None and name in board.state.urgent:
        board.state.urgent.remove(name)
    return order


def drop(board: Board, name: str, final: str) -> bool:
    """Drop an order that waits, with its papers, and remember how it ended; False if none waits."""
    if take_out(board, name) is None:
        return False
    clearance.forget(board, name)
    holds.forget(board, name)
    board.remember_ended(name, final)
    return True


def end_waits(board: Board) -> None:
    """Let orders begin whose predecessor is done; one that ended otherwise ends them too."""
    sequels = board.state.sequels
    for before in [name for name in sequels if not is_open(board, name)]:
        final = board.how_ended(before)
        for name in sequels.pop(before):
            order = board.state.orders.get(name)
            if order is None:
                continue
            if final != "left":
                drop(board, name, "cancelled")
                board.alarm(name, f"order cancelled: {before}, which comes before it, was {final}")
    if any(not is_open(board, name) for name in sequels):
        end_waits(board)


def ready(board: Board, name: str, fleet: Fleet, most: int) -> Iterator[Order]:
    """The most urgent orders whose papers are there, no more than the first place has room for."""
    first = board.plan.procedures[fleet.procedure].stages[0]
    place = board.plan.places[first.declared.at]
    state = board.state.places[place.name]
    coming = 0
    for order in _by_urgency(board):
        line = first.line + order.visit_class
        room = lanes.room_left(board, place, state, line) - state.lined - coming
        if coming >= min(most, room):
            return
        may_begin = order.fleet == name and not _waits(board, order)
        may_begin = may_begin and lanes.class_passes(board, order.visit_class)
        if may_begin and clearance.unmet(board, order.order, first.declared.needs) is None:
            coming += 1
            yield order


def _waits(board: Board, order: Order) -> bool:
    """Whether an order has to wait for the one that comes before it."""
    return order.order in board.state.sequels.get(order.after, ())


def _by_urgency(board: Board) -> Iterator[Order]:
    """Urgent orders by rank, then the others as they came."""
    state = board.state
    for name in state.urgent:
        yield state.orders[name]
    for order in state.orders.values():
        if not (order.priority or order.deadline_ms):
            yield order
