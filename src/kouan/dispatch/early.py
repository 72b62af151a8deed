"""What came too early: papers and arrivals of visits that nobody has announced yet.

Messages may overtake one another, and a manifest may be lodged long before its carrier is known.
They are kept, within a bound, and taken in once the visit or the manifest they belong to is there.
What belongs to something that has ended is not kept.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kouan.dispatch.board import Board
from kouan.dispatch.events import EVENTS, Event

MOST_KNOWN = 1_000
"""Unknown visits and manifests for which something is kept; of more the oldest is dropped."""
MOST_KEPT = 8
"""Messages kept for one of them."""


def keep(board: Board, owner: str, event: Event, text: str) -> None:
    """Keep an event for an owner that is not known yet, and tell people so, saying why.

    An order that is placed is known: what it can't take now, such as an arrival, is not for it.
    """
    if board.has_ended(owner) or owner in board.state.orders:
        return
    early = board.state.early
    kept = early.setdefault(owner, [])
    fields = [list(field) if isinstance(field, tuple) else field for field in event[1:]]
    item = (type(event).__name__, fields)
    if item in kept or len(kept) >= MOST_KEPT:
        return
    kept.append(item)
    board.alarm(owner, text)
    if len(early) > MOST_KNOWN:
        oldest = next(iter(early))
        del early[oldest]
        board.alarm(oldest, "still not announced: what came for it is dropped")


def _make(kind: str) -> Callable[..., Event]:
    """What makes an event of a kind; fields that an older one lacks are as they then were."""
    return EVENTS[kind]


def take(board: Board, owner: str) -> list[Event]:
    """Take out what was kept for an owner that has become known, as events of this moment."""
    kept = board.state.early.pop(owner, [])
    makers: dict[str, Callable[..., Event]] = {kind: EVENTS[kind] for kind, _ in kept}
    return [makers[kind](board.state.now_ms, *_typed(fields)) for kind, fields in kept]


def _typed(fields: Sequence[Any]) -> list[Any]:
    """The fields of an event as they were before they were kept: tuples where lists are."""
    return [tuple(field) if isinstance(field, list) else field for field in fields]
