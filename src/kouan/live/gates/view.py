"""What the loop's thread tells of lanes and desks: one immutable picture, read by any thread.

It leaves out what is virtual: the visits that the site made up and serves itself.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kouan.live.gates.notes import DeclaredNote, GateMemory, LaneNote, ReviewNote, TakenNote

Serves = Callable[[str], bool]
"""Whether a visit is the site's: one that it made up, with a carrier, devices and people."""


@dataclass(frozen=True, slots=True)
class GateView:
    """Lanes, reviews that people have to decide, and what was declared of their visits.

    ``real`` are the lanes in which nobody virtual is served or leaves.
    """

    at_ms: int = 0
    mode: str = "normal"
    lanes: dict[str, LaneNote] = field(default_factory=dict)
    real: tuple[str, ...] = ()
    reviews: dict[int, ReviewNote] = field(default_factory=dict)
    declared: dict[str, DeclaredNote] = field(default_factory=dict)
    taken: dict[str, tuple[TakenNote, ...]] = field(default_factory=dict)
    holds: dict[str, dict[str, bool]] = field(default_factory=dict)

    def is_held(self, visit: str) -> bool:
        """Whether border inspection still wants to see a visit."""
        return any(self.holds.get(visit, {}).values())


class GateWindow:
    """Holds the newest picture and wakes whoever waits for another."""

    def __init__(self, serves: Serves) -> None:
        self._serves = serves
        self._view = GateView()
        self.on_change: Callable[[], None] | None = None
        self._lock = threading.Lock()

    @property
    def view(self) -> GateView:
        """The newest picture."""
        return self._view

    def show(self, memory: GateMemory, at_ms: int, mode: str) -> None:
        """Take a new picture; called by the loop's thread."""
        serves = self._serves
        lanes = dict(memory.lanes)
        reviews = {
            request: review
            for request, review in memory.reviews.items()
            if not serves(review.service.visit)
        }
        self._view = GateView(
            at_ms,
            mode,
            lanes,
            tuple(name for name, lane in lanes.items() if not self._is_virtual(lane)),
            reviews,
            {name: note for name, note in memory.declared.items() if not serves(name)},
            {name: notes for name, notes in memory.taken.items() if not serves(name)},
            dict(memory.holds),
        )
        if self.on_change is not None:
            self.on_change()

    def _is_virtual(self, lane: LaneNote) -> bool:
        visits = [note.visit for note in (lane.service, lane.leaving) if note is not None]
        return any(visit and self._serves(visit) for visit in visits)
