"""What is remembered of lanes with devices and of reviews: plain data, folded from the journal.

Notes are replaced and never changed, so that pictures of them may be handed to other threads.
"""

from dataclasses import dataclass, field

TAKEN_KEPT = 64
"""Pieces of evidence kept for one carrier."""


@dataclass(frozen=True, slots=True)
class TakenNote:
    """One piece of evidence: which device brought it, when, and the hash of its picture."""

    at_ms: int
    device: str
    check: str
    found: str
    amount: int
    confidence_ppm: int
    ok: bool
    reason: str
    by: str
    image: str


@dataclass(frozen=True, slots=True)
class ServiceNote:
    """A service under way: ``procedure`` is the visit's, ``reason`` what led to the stage."""

    request: int
    visit: str
    procedure: str
    stage: str
    station: str
    attempt: int
    began_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeavingNote:
    """A lane that may be left: past its barrier, or otherwise (``way_out``) to a place or back."""

    request: int
    visit: str
    way_out: bool
    place: str
    reason: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class LaneNote:
    """A lane with devices.

    ``plate`` is what was read of the carrier that was seen there last; ``seen_ms`` is 0 while
    nobody was.
    """

    seen_ms: int = 0
    plate: str = ""
    reason: str = ""
    service: ServiceNote | None = None
    leaving: LeavingNote | None = None
    taken: tuple[TakenNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ActNote:
    """Something that a person did about a review."""

    at_ms: int
    act: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewNote:
    """A review at a desk, what was done about it so far, and what devices had found."""

    service: ServiceNote
    acts: tuple[ActNote, ...] = ()
    taken: tuple[TakenNote, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredNote:
    """What was declared of a visit; ``driver`` is a pseudonym."""

    procedure: str
    visit_class: str
    plate: str
    driver: str
    tare_kg: int
    mass_kg: int
    goods: str
    containers: int
    seal: str
    boxes: tuple[str, ...]
    permit_until_ms: int


@dataclass(slots=True)
class GateMemory:
    """Lanes by station, open reviews by request, and what was declared and found, by visit.

    ``holds`` has by visit the codes for which border inspection wants to see it, and whether still.
    """

    lanes: dict[str, LaneNote] = field(default_factory=dict)
    reviews: dict[int, ReviewNote] = field(default_factory=dict)
    declared: dict[str, DeclaredNote] = field(default_factory=dict)
    taken: dict[str, tuple[TakenNote, ...]] = field(default_factory=dict)
    holds: dict[str, dict[str, bool]] = field(default_factory=dict)
