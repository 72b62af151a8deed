"""The ledger's memory: plain data, one note for each thing that pages show."""

from dataclasses import dataclass, field
from enum import StrEnum

from kouan.live.gates.notes import GateMemory
from kouan.runtime.checkers.halts import Halts

ALARMS_KEPT = 20
INTERVALS_KEPT = 3
"""Open intervals of a calendar that pages are told."""


class Stand(StrEnum):
    """How it stands with a visit, as far as a journal tells."""

    ANNOUNCED = "announced"
    MOVING = "moving"
    WAITING = "waiting"
    SERVED = "served"
    LEAVING = "leaving"


@dataclass(slots=True)
class VisitNote:
    """A visit that has not ended; ``stage`` is the last one served, -1 before the first."""

    procedure: str
    visit_class: str
    mass_kg: int
    fleet: str = ""
    vehicle: str = ""
    stand: Stand = Stand.ANNOUNCED
    place: str = ""
    station: str = ""
    request: int = -1
    stage: int = -1
    turned_back: bool = False


@dataclass(slots=True)
class VehicleNote:
    """A vehicle: the node passed last, what it may drive, when it is expected at the next node.

    ``next`` is "" while it stands; ``step`` numbers the node passed last; ``from_rest`` says that
    it stood at that node. ``stopped_ms`` is since when it can't go on, 0 while it can.
    """

    fleet: str
    node: str
    charge_wh: int
    next: str = ""
    since_ms: int = 0
    due_ms: int = 0
    from_rest: bool = True
    step: int = 0
    granted: list[str] = field(default_factory=list)
    load_kg: int = 0
    errand: str = "idle"
    visit: str = ""
    station: str = ""
    stopped_ms: int = 0
    stopped_for: str = ""


@dataclass(slots=True)
class PlaceNote:
    """A place: visits that wait there or are under way to it, and busy and failed stations."""

    waiting: int = 0
    coming: int = 0
    busy: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def count(self, stand: Stand, change: int) -> None:
        """Count a visit in or out."""
        if stand is Stand.WAITING:
            self.waiting += change
        elif stand is Stand.MOVING:
            self.coming += change


@dataclass(slots=True)
class OpenNote:
    """Open intervals of a calendar as far as known and not past."""

    to_ms: int = 0
    opens: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)

    def drop_past(self, at_ms: int) -> None:
        """Forget the intervals that have ended."""
        while self.closes and self.closes[0] <= at_ms:
            del self.opens[0], self.closes[0]

    def extend(self, to_ms: int, opens: tuple[int, ...], closes: tuple[int, ...]) -> None:
        """Learn more intervals; one that goes on beyond what was known grows."""
        for opens_ms, closes_ms in zip(opens, closes, strict=False):
            if opens_ms >= self.to_ms or not self.closes:
                self.opens.append(opens_ms)
                self.closes.append(closes_ms)
            elif closes_ms > self.closes[-1]:
                self.closes[-1] = closes_ms
        self.to_ms = max(self.to_ms, to_ms)


@dataclass(slots=True)
class AlarmNote:
    """Something people must know."""

    at_ms: int
    subject: str
    text: str


@dataclass(slots=True)
class Counts:
    """Visits that ended. A round trip is two crossings; trips are those of driverless vehicles."""

    finished: int = 0
    turned_back: int = 0
    crossings: int = 0
    trips: int = 0
    mass_kg: int = 0


@dataclass(slots=True)
class LedgerMemory:
    """Everything the ledger knows; ``day_end_ms`` is when ``today`` begins anew."""

    at_ms: int = 0
    mode: str = "normal"
    visits: dict[str, VisitNote] = field(default_factory=dict)
    vehicles: dict[str, VehicleNote] = field(default_factory=dict)
    places: dict[str, PlaceNote] = field(default_factory=dict)
    calendars: dict[str, OpenNote] = field(default_factory=dict)
    slowed: dict[str, int] = field(default_factory=dict)
    alarms: list[AlarmNote] = field(default_factory=list)
    today: Counts = field(default_factory=Counts)
    total: Counts = field(default_factory=Counts)
    halts: Halts = field(default_factory=Halts)
    day_end_ms: int = 0
    gates: GateMemory = field(default_factory=GateMemory)
