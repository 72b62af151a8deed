"""Who uses which cell when: per cell a list of disjoint uses in the order of their turns.

The order is what is kept whatever happens; the times are the forecast and are moved by ``retime``.
State is plain data: it is written to snapshots as it stands.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

FOREVER = 1 << 60
"""End of a use that no plan ends."""
FAR_MS = 1 << 40
"""How late a vehicle that stopped is taken to be; 35 years, so whoever can goes round it."""


class ReservationError(ValueError):
    """A use that may not be: of no length, or overlapping another's."""


class Use(NamedTuple):
    """A vehicle has a cell from ``start_ms`` to ``end_ms``, for its steps first to last."""

    start_ms: int
    end_ms: int
    vehicle: str
    first: int
    last: int


@dataclass(slots=True)
class Course:
    """A vehicle's steps that still hold something, or are to come: one arc each.

    Item i is step ``offset`` + i; steps are numbered over a vehicle's whole life. Steps before
    ``done`` are driven, those before ``base`` are released. ``stopped``: broken down.
    """

    target: str
    arcs: list[int]
    start_ms: list[int]
    arrive_ms: list[int]
    offset: int = 0
    done: int = 0
    base: int = 0
    stopped: bool = False

    def end(self) -> int:
        """Number behind the last step."""
        return self.offset + len(self.arcs)

    def arc(self, step: int) -> int:
        """The arc of a step that still holds something or is to come."""
        return self.arcs[step - self.offset]


@dataclass(slots=True)
class TrafficState:
    """All that changes: courses by vehicle, uses by cell (grown on first use), blocked arcs.

    ``rounds`` counts the rounds of ``improve`` so far, which decide whom the next one plans anew.
    ``late`` says that no forecast holds, so that all are made anew before planning; ``doubts`` are
    steps (vehicle, number) of which alone it may not hold.
    ``entered_ms`` is, by arc with a headway, when it was last released.
    """

    courses: dict[str, Course] = field(default_factory=dict)
    cells: list[list[Use]] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    rounds: int = 0
    late: bool = False
    doubts: list[tuple[str, int]] = field(default_factory=list)
    entered_ms: dict[int, int] = field(default_factory=dict)


def insert(uses: list[Use], use: Use) -> None:
    """Put a use at its place; ReservationError when it has no length or overlaps another."""
    if use.start_ms >= use.end_ms:
        raise ReservationError(f"{use} has no length")
    place = len(uses)
    while place and uses[place - 1].start_ms >= use.start_ms:
        place -= 1
    if place and uses[place - 1].end_ms > use.start_ms:
        raise ReservationError(f"{use} overlaps {uses[place - 1]}")
    if place < len(uses) and uses[place].start_ms < use.end_ms:
        raise ReservationError(f"{use} overlaps {uses[place]}")
    uses.insert(place, use)


def check(state: TrafficState) -> None:
    """Raise ReservationError unless every list is disjoint and strictly monotone."""
    for cell, uses in enumerate(state.cells):
        before = -FOREVER
        for use in uses:
            if use.start_ms >= use.end_ms or use.start_ms < before:
                raise ReservationError(f"cell {cell}: {use} after {before}")
            before = use.end_ms
