"""Holds: border inspection wants to see a visit, so no barrier opens for it until it was seen.

The port knows that there is a hold and its code, never why: the watch list is border inspection's.
A held visit walks on as far as no barrier and no desk is in its way; where one is, it is led to
people if its stage can lead there, and else it stays where it stands. It isn't turned back either.
"""

from kouan.dispatch.board import Board
from kouan.dispatch.commands import AskCheck
from kouan.dispatch.events import VisitFreed, VisitHeld
from kouan.dispatch.state import Visit
from kouan.port.places import PlaceKind
from kouan.port.procedures import Stage

HELD_BY = "border inspection"
"""Stands where a reason names the check that it comes from."""
ASKS = f"{HELD_BY}: asks for a check"
MOST_UNKNOWN = 1_000
"""Holds of visits that are not announced yet; of more the oldest is dropped."""


def is_held(board: Board, visit: str) -> bool:
    """Whether any hold of a visit is not lifted."""
    return any(board.state.holds.get(visit, {}).values())


def hold(board: Board, event: VisitHeld) -> None:
    """Hold a visit, which may not be announced yet; one that was freed of this code stays free."""
    if board.has_ended(event.visit):
        return
    codes = board.state.holds.setdefault(event.visit, {})
    if event.code not in codes:
        codes[event.code] = True
        board.tell(AskCheck, event.visit, event.by, event.code)
        _bound(board)


def _bound(board: Board) -> None:
    state = board.state
    unknown = [
        name for name in state.holds if name not in state.visits and name not in state.orders
    ]
    if len(unknown) > MOST_UNKNOWN:
        del state.holds[unknown[0]]


def free(board: Board, event: VisitFreed) -> None:
    """Lift a hold: the visit was seen, or is not looked for any more."""
    codes = board.state.holds.get(event.visit, {})
    if codes.get(event.code):
        codes[event.code] = False
        board.to_go_on.append(event.visit)


def keeps(board: Board, visit: Visit, stage: Stage) -> bool:
    """Whether a visit that matched may not go on from a stage: past a barrier or from a desk."""
    at_desk = board.plan.port.places[stage.at].kind is PlaceKind.DESK
    return (stage.barrier or at_desk) and is_held(board, visit.visit)


def ask_to_see(board: Board, visit: Visit, stage: Stage) -> None:
    """Lead a held visit that may not go on to people, as far as its stage can.

    What people look at for another reason they look at for this one too.
    """
    if not is_held(board, visit.visit):
        return
    if visit.result != "match":
        visit.reason = f"{visit.reason}; {ASKS}"
    elif keeps(board, visit, stage) and "review" in stage.on:
        visit.result, visit.reason = "review", ASKS


def forget(board: Board, visit: str) -> None:
    """Drop the holds of a visit or order that has ended."""
    board.state.holds.pop(visit, None)
