"""Hand-over of loads between carriers and stacks: every load that is moved has its slots reserved.

A load goes from a stack onto a carrier or from a carrier into a stack, so a truck hands over to an
AGV by way of the shed between them. A stack with no declared slots, and one into which nobody here
unloads, is without limit: what it gives comes from outside the model.
"""

from kouan.dispatch.board import Board
from kouan.dispatch.commands import LoadVehicle
from kouan.dispatch.state import Visit
from kouan.port.procedures import Stage, Work


def units(visit: Visit) -> int:
    """Slots that a visit's load takes: its containers, at least one."""
    return max(1, visit.containers)


def reserve(board: Board, visit: Visit, stage: Stage) -> bool:
    """Set slots aside before a crane begins; False when the stack can't take or give the load."""
    slots = board.plan.counted_slots(stage.stack)
    if not slots:
        return True
    stack = board.state.places[stage.stack]
    if stage.work is Work.UNLOAD:
        if stack.stock + stack.promised + units(visit) > slots:
            return False
        stack.promised += units(visit)
        return True
    if stack.stock - stack.taken < units(visit):
        return False
    stack.taken += units(visit)
    return True


def settle(board: Board, visit: Visit, stage: Stage) -> None:
    """Book a load that was moved, and tell the vehicle what it now carries."""
    if board.plan.counted_slots(stage.stack):
        stack = board.state.places[stage.stack]
        if stage.work is Work.UNLOAD:
            stack.promised -= units(visit)
            stack.stock += units(visit)
        else:
            stack.taken -= units(visit)
            stack.stock -= units(visit)
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
    """Let the visits that stand at a crane and wait for this stack try again."""
    for place in board.plan.places_at_stack.get(stack, ()):
        board.to_go_on.extend(board.state.places[place].busy.values())
