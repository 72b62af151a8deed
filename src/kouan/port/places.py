"""Places, roads, lanes and crews of a port, as declared."""

from dataclasses import dataclass, field
from enum import StrEnum

from kouan.port.quantity import (
    Count,
    Duration,
    Hours,
    Length,
    Position,
    PositiveCount,
    Speed,
)
from kouan.port.service import Distribution


class PlaceKind(StrEnum):
    """What a place is; pages draw it by its kind."""

    WAITING_AREA = "waiting_area"
    YARD = "yard"
    SHED = "shed"
    CRANE = "crane"
    GATE = "gate"
    SCALE = "scale"
    XRAY = "xray"
    RADIATION = "radiation"
    BAY = "bay"
    DESK = "desk"
    LABORATORY = "laboratory"
    BORDER_LINE = "border_line"
    CHARGER = "charger"
    PARKING = "parking"
    STATION = "station"


class SideName(StrEnum):
    """Whose hours a place keeps; the border line keeps both."""

    HOME = "home"
    NEIGHBOUR = "neighbour"
    BORDER = "border"


class Direction(StrEnum):
    """Which way a visit crosses, seen from the home side."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Place:
    """A place where visits stop: it serves ``stations`` of them at a time, ``room`` more wait."""

    kind: PlaceKind
    """What it is."""
    side: SideName = SideName.HOME
    """Whose hours it keeps."""
    node: str = ""
    """Road node where it lies; empty means that going there takes no time."""
    stations: Count = 1
    """Visits served at a time; ignored where the place has lanes, each of which is a station."""
    room: Count | None = None
    """Visits that may wait in front; absent is without limit. Full, it blocks those before it."""
    slots: Count = 0
    """Storage slots of a yard or shed."""
    dwell: Distribution | None = None
    """How long goods stay in a slot before they are taken on by means outside this model."""
    hours: Hours | None = None
    """Hours of its own within those of its side."""
    crew: str = ""
    """Crew that serves it; it serves only in their shifts."""
    pattern: dict[str, PositiveCount] = field(default_factory=dict)
    """Repeating pattern by visit class, such as 1:1:1:5; an empty class is skipped."""
    quota_per_day: Count | None = None
    """Most visits begun a local day."""
    quota_per_class: dict[str, Count] = field(default_factory=dict)
    """Most visits of a class begun a local day, within the quota of all."""
    name: str = ""
    """What people call it; empty is its id in plain words."""
    name_zh: str = ""
    """What people call it in Chinese; empty is its kind and id."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A time in which a lane serves another direction or other classes."""

    hours: Hours
    """When, in local time of the place's side."""
    direction: Direction
    """Direction it then serves."""
    classes: tuple[str, ...] = ()
    """Classes it then serves; empty means all."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One way through a gate, for one visit at a time."""

    at: str
    """The gate it belongs to."""
    direction: Direction
    """Which way it leads."""
    classes: tuple[str, ...] = ()
    """Visit classes it takes; empty means all."""
    hours: Hours | None = None
    """Hours of its own."""
    conversions: tuple[Conversion, ...] = ()
    """Times in which it serves otherwise."""


class ShiftEnd(StrEnum):
    """What becomes of a service that is under way when the shift ends."""

    FINISH = "finish"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Crew:
    """People who serve places in shifts."""

    shifts: Hours
    """Their shifts, in local time of the places' side."""
    at_shift_end: ShiftEnd = ShiftEnd.FINISH
    """A service under way is finished by them, or handed over to the next shift."""


@dataclass(frozen=True, slots=True)
class Node:
    """A point of the road graph."""

    x_mm: Position
    """East of the map's origin."""
    y_mm: Position
    """North of the map's origin."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of road between two nodes."""

    start: str
    """Node where it begins."""
    end: str
    """Node where it ends."""
    length_mm: Length
    """Driving length."""
    speed_mm_s: Speed
    """Speed limit."""
    one_way: bool = False
    """True when it leads from start to end only."""
    single_lane: bool = False
    """True when both directions share one lane, crossed in convoys; otherwise each has its own."""
    headway_ms: Duration = 0
    """Least time between two vehicles entering it in the same direction."""
    block_mm: Length | None = None
    """Length of the exclusive blocks it is cut into; absent is one block."""


@dataclass(frozen=True, slots=True)
class Roads:
    """The road graph: nodes and the segments that join them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    """Points, by id."""
    segments: dict[str, Segment] = field(default_factory=dict)
    """Pieces of road, by id."""
    truck_speed_mm_s: Speed = 8_333
    """Speed at which people drive where a segment allows it."""
