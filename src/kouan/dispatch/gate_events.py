"""Events of gates, lanes and desks: who stands there, what was found, who judged it."""

from typing import NamedTuple


class Evidence(NamedTuple):
    """What one check found: read by a device, measured, or judged by a person.

    ``check`` is a CheckKind; ``found`` a text as read ("" when unread); ``amount`` a measured
    figure in the check's unit (kg for mass); ``confidence_ppm`` how certain the reading is;
    ``ok`` the judgement of a check that has nothing declared to compare with. ``reason`` says why
    nothing could be read, or what a reading rests on; ``by`` names the person who judged.
    """

    check: str
    found: str = ""
    amount: int = 0
    confidence_ppm: int = 1_000_000
    ok: bool = True
    reason: str = ""
    by: str = ""


class CarrierSeen(NamedTuple):
    """A carrier stands in a lane with devices of its own; ``plate`` is as read, "" when unread.

    ``reason`` says why it is unread.
    """

    at_ms: int
    station: str
    plate: str
    confidence_ppm: int
    reason: str = ""


class CarrierNamed(NamedTuple):
    """A person says which visit the carrier in a lane is."""

    at_ms: int
    station: str
    visit: str
    by: str


class CarrierRefused(NamedTuple):
    """A person sends the carrier in a lane away; it is no visit, or not one that may be here."""

    at_ms: int
    station: str
    by: str
    reason: str


class CarrierLeft(NamedTuple):
    """A lane is empty again; ``carriers`` went past its barrier since it was opened or empty.

    Loops tell it, or a person does (``by``).
    """

    at_ms: int
    station: str
    carriers: int = 1
    by: str = ""


class EvidenceTaken(NamedTuple):
    """A device of a lane found something about the carrier there.

    ``image`` is the hash of the picture that it rests on, a document that can be deleted.
    """

    at_ms: int
    station: str
    device: str
    evidence: Evidence
    image: str = ""


class ReviewNoted(NamedTuple):
    """A person did something about a review at a desk that does not end it.

    ``act`` is "claim" (it is theirs), "escalate" (a supervisor is to decide) or "pass" (one of the
    two persons who have to agree before what did not match is passed over).
    """

    at_ms: int
    visit: str
    stage: str
    request: int
    act: str
    by: str
    text: str = ""


class ServiceEnded(NamedTuple):
    """A station ended its service of a visit's stage, with what was found."""

    at_ms: int
    visit: str
    stage: str
    station: str
    request: int
    evidence: tuple[Evidence, ...]


class SlipEntered(NamedTuple):
    """A paper slip of manual mode was entered: people ended a visit's stage at ``happened_ms``.

    ``slip`` is its number, ``passed`` their judgement, ``evidence`` what they wrote down, and
    ``decided_by`` who judged, two persons where it takes two. It was entered, at ``at_ms``, by
    ``entered_by``.
    """

    at_ms: int
    slip: str
    visit: str
    stage: str
    station: str
    passed: bool
    evidence: tuple[Evidence, ...]
    decided_by: tuple[str, ...]
    happened_ms: int
    entered_by: str


class VisitHeld(NamedTuple):
    """An authority wants to see a visit before any barrier opens for it.

    It comes before the event by which it was noticed, and so before a visit is announced. ``code``
    is the authority's own number for why; nothing more is said.
    """

    at_ms: int
    visit: str
    by: str
    code: str


class VisitFreed(NamedTuple):
    """A hold is lifted: ``by`` has seen the visit, or it is looked for no more."""

    at_ms: int
    visit: str
    by: str
    code: str


class PicturesRemoved(NamedTuple):
    """Pictures were deleted because their time was over: the proof that they are no more.

    ``images`` are their hashes, as EvidenceTaken has them; ``rule`` is the key of the port file's
    table ``privacy`` by which they were kept, and ``kept_ms`` its value at that time. ``taken_ms``
    says of each when it came in.
    """

    at_ms: int
    images: tuple[str, ...]
    taken_ms: tuple[int, ...]
    rule: str
    kept_ms: int


class ResultArrived(NamedTuple):
    """A result that takes longer than the service came in (a laboratory)."""

    at_ms: int
    visit: str
    stage: str
    evidence: Evidence
