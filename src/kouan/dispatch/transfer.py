"""Hand-over of loads between carriers and stacks: every load that is moved has its slots reserved.

A load goes from a stack onto a carrier or from a carrier into a stack, so a truck hands over to an
AGV by way of the shed between them. A stack with no declared slots, and one into which nobody here
unloads, is without limit: what it gives comes from outside the model. A carrier is let to a crane
only once the stack can take or give its load, so that it never keeps the crane from the one who
would make room.
"""

from kouan.dispatch.board import Board
from kouan.dispatch.commands import LoadVehicle
from kouan.dispatch.state import Visit
from kouan.port.procedures import Stage, Work

MOVES_LOAD = (Work.LOAD, Work.UNLOAD)


def units(visit: Visit) -> int:
    """Slots that a visit's load takes: its containers, at least one."""
    return max(1, visit.containers)


def can_move(board: Board, visit: Visit, stage: Stage) -> bool:
    """Whether the stack can take or give a visit's load now."""
    slots = board.plan.counted_slots(stage.stack)
    if not slots:
        return True
    stack = board.state.places[stage.stack]
    if stage.work is Work.UNLOAD:
        return stack.stock + stack.promised + units(visit) <= slots
    return stack.stock - stack.taken >= units(visit)


def reserve(board: Board, visit: Visit, stage: Stage, times: int = 1) -> None:
    """Set the slots of a load aside as its carrier is let in; ``times`` -1 gives them back."""
    if stage.work in MOVES_LOAD and board.plan.counted_slots(stage.stack):
        stack = board.state.places[stage.stack]
        if stage.work is Work.UNLOAD:
            stack.promised += times * units(visit)
        else:
            stack.taken += times * units(visit)


def settle(board: Board, visit: Visit, stage: Stage) -> None:
    """Book a load that was moved, and tell the vehicle what it now carries."""
    reserve(board, visit, stage, -1)
    if board.plan.counted_slots(stage.stack):
        moved = units(visit) if stage.work is Work.UNLOAD else -units(visit)
        board.state.places[stage.stack].stock += moved
    load_kg = visit.mass_kg if stage.work is Work.LOAD else 0
    visit.aboard_kg = load_kg
    if visit.vehicle:
        board.state.vehicles[visit.vehicle].load_kg = load_kg
        board.tell(LoadVehicle, visit.vehicle, load_kg)
    if stage.stack:
        retry_waiting(board, stage.stack)


def free_slots(board: Board, stack: str, slots: int) -> None:
    """Note that goods left a stack by means outside the model; not those a crane is taking."""
    state = board.state.places.get(stack)
    if state is not None:
        state.stock = max(state.taken, state.stock - max(0, slots))
        retry_waiting(board, stack)


def retry_waiting(board: Board, stack: str) -> None:
    """Let the places at which loads are moved from or to a stack look at their queues again."""
    board.to_fill.extend(board.plan.places_at_stack.get(stack, ()))
