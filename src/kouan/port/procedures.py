"""Procedures: the stages a visit must pass, and what is checked at each."""

from dataclasses import dataclass, field
from enum import StrEnum

from kouan.port.places import Direction
from kouan.port.quantity import Duration, Mass, PositiveCount, Share
from kouan.port.service import Distribution


class Carrier(StrEnum):
    """What moves."""

    TRUCK = "truck"
    AGV = "agv"
    TRAIN = "train"
    COACH = "coach"


class CheckKind(StrEnum):
    """What evidence a check brings and what it is compared with."""

    PLATE = "plate"
    DRIVER = "driver"
    SEAL = "seal"
    CONTAINER = "container"
    MASS = "mass"
    RADIATION = "radiation"
    QUARANTINE = "quarantine"
    IMAGE = "image"
    INSPECTION = "inspection"
    SAMPLE = "sample"
    DOCUMENTS = "documents"
    DISINFECTION = "disinfection"
    MANIFEST = "manifest"
    PERMIT = "permit"


BY_FACTS: tuple[CheckKind, ...] = (CheckKind.MANIFEST, CheckKind.PERMIT)
"""Checks that ask neither device nor person: what was lodged and announced answers them."""
BY_PEOPLE: tuple[CheckKind, ...] = (
    CheckKind.QUARANTINE,
    CheckKind.INSPECTION,
    CheckKind.SAMPLE,
    CheckKind.DOCUMENTS,
)
"""Checks that people make wherever they are made; devices make the others."""


class Need(StrEnum):
    """A fact of clearance that a visit waits for."""

    BOOKING = "booking"
    MANIFEST = "manifest"
    DECLARATION = "declaration"
    CHANNEL = "channel"
    RESULTS = "results"
    RELEASE = "release"


class Work(StrEnum):
    """What happens at a stage."""

    SERVICE = "service"
    WAIT = "wait"
    LOAD = "load"
    UNLOAD = "unload"


class Stamp(StrEnum):
    """Steps whose times reports use; the names of the release time study."""

    WAITING_AREA_IN = "waiting_area_in"
    CALLED = "called"
    NEIGHBOUR_RELEASED = "neighbour_released"
    BORDER_LINE = "border_line"
    LANE_ASSIGNED = "lane_assigned"
    DRIVER_VEHICLE_CHECK = "driver_vehicle_check"
    QUARANTINE = "quarantine"
    RADIATION = "radiation"
    GATE_IN = "gate_in"
    GROSS_WEIGHED = "gross_weighed"
    XRAY = "xray"
    IMAGE_VERDICT = "image_verdict"
    PHYSICAL_INSPECTION = "physical_inspection"
    DISCHARGE = "discharge"
    LOADED = "loaded"
    TARE_WEIGHED = "tare_weighed"
    GATE_OUT = "gate_out"


CHANNELS = ("green", "yellow", "red")
"""Risk channels, the stricter ones later: nothing, documents and image, physical inspection."""
CUSTOMS = ("customs", "customs (simulated)")
"""Names under which customs speak; nobody else assigns a channel or releases."""
TURN_BACK = "turn_back"
"""What a result may lead to instead of a stage: the visit is turned back and leaves."""
RESULTS = ("unread", "review", "mismatch")
"""Results other than a match that a stage may answer in ``on``."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a stage; all checks of a stage run side by side."""

    check: CheckKind
    """What is checked."""
    time: Distribution | None = None
    """How long it takes; the stage lasts as long as the longest of its checks."""
    unread_ppm: Share = 0
    """Simulation: share that a device can't read."""
    wrong_ppm: Share = 0
    """Simulation: share in which what is found differs from what was declared."""
    result_after: Distribution | None = None
    """When the result comes later than the service, how much later (a laboratory)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a procedure."""

    id: str
    """Its name within the procedure."""
    at: str
    """Place whose stations serve it."""
    work: Work = Work.SERVICE
    """What happens there."""
    time: Distribution | None = None
    """Service time; checks run beside it, and the longest of all is what the stage takes."""
    checks: tuple[Check, ...] = ()
    """Checks that run side by side."""
    needs: tuple[Need, ...] = ()
    """Facts that must be there before the visit is sent to this stage."""
    until: tuple[Need, ...] = ()
    """Facts that must be there before it may leave the station."""
    channels: tuple[str, ...] = ()
    """Risk channels that pass this stage; empty means all."""
    on: dict[str, str] = field(default_factory=dict)
    """What follows on unread, review or mismatch: a stage, or turn_back; if absent, turn_back."""
    direction: Direction | None = None
    """Direction of the lanes it takes; absent is the procedure's."""
    next: str = ""
    """Stage that follows a match; empty means the following one."""
    attempts: PositiveCount = 1
    """Times a visit may come to this stage; past them it is turned back."""
    stack: str = ""
    """Yard or shed that a load comes from or an unloaded one goes to."""
    stamp: Stamp | None = None
    """Step of the release time study that the end of this stage is."""
    barrier: bool = False
    """True when a barrier stands here that opens only on the verdict."""
    four_eyes: bool = False
    """True when it takes two persons to pass over what did not match before."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a visit of one kind passes through."""

    carrier: Carrier
    """What moves."""
    direction: Direction
    """Which way it crosses first."""
    stages: tuple[Stage, ...]
    """Its stages, in order."""
    round_trip: bool = False
    """True when the visit crosses back as well before it ends."""
    exit_needs_release: bool = True
    """True when nobody of this procedure may leave without a release."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Thresholds for comparing what was found with what was declared."""

    mass_tolerance_kg: Mass = 2_000
    """Largest difference of mass that still matches."""
    mass_review_kg: Mass = 4_000
    """Up to this difference a person decides; above it is a mismatch."""
    confidence_ppm: Share = 900_000
    """Readings less certain than this go to a person."""
    evidence_within_ms: Duration = 60_000
    """Longest time that a lane with devices waits for what its checks ask for (assumption)."""
    review_within_ms: Duration = 600_000
    """Time within which people at a desk are to have decided a review (assumption)."""
