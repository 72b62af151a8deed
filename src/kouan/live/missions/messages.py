"""The bodies of the contract: the same JSON over HTTP and MQTT.

A reader ignores fields that it does not know and refuses what is out of bounds, naming the field.
Texts, lists and whole bodies are bounded; lengths are whole millimetres, times UTC with
milliseconds and Z.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

import msgspec

from kouan.live.errors import LiveError

VERSION = "1.0"
MOST_BODY_BYTES = 262_144
MOST_STOPS = 500
MOST_VEHICLES = 500
MOST_ERRORS = 20
NO_STEP = -1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAME = re.compile(r"[\w.:@-]{1,64}")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[\w.:@-]+$")]
NameOrNone = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[\w.:@-]*$")]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[\w.:@-]+$")]
IdOrNone = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[\w.:@-]*$")]
Text = Annotated[str, msgspec.Meta(max_length=200)]
Version = Annotated[str, msgspec.Meta(pattern=r"^1\.\d{1,4}$")]
Moment = Annotated[
    str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", max_length=24)
]
Step = Annotated[int, msgspec.Meta(ge=NO_STEP, le=1 << 53)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Coordinate = Annotated[int, msgspec.Meta(ge=-(1 << 53), le=1 << 53)]
Share = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class MissionError(LiveError):
    """A body that can't be read; names field, value and what was expected."""


class Topic(StrEnum):
    """The kinds of bodies, and the last part of their MQTT topics."""

    MISSION = "mission"
    ASK = "ask"
    STATUS = "status"
    VEHICLES = "vehicles"
    CONNECTION = "connection"


class Delivery(NamedTuple):
    """How a body is sent over MQTT."""

    qos: int
    retain: bool


DELIVERY = {
    Topic.MISSION: Delivery(1, False),
    Topic.ASK: Delivery(1, False),
    Topic.STATUS: Delivery(1, False),
    Topic.VEHICLES: Delivery(0, False),
    Topic.CONNECTION: Delivery(1, True),
}
TO_MANAGER = (Topic.MISSION, Topic.ASK)
FROM_MANAGER = (Topic.STATUS, Topic.VEHICLES, Topic.CONNECTION)
PREFIX = "kouan/missions"


class Stop(msgspec.Struct, frozen=True):
    """A node of the way and where it is, with the road from the node before it.

    ``step`` numbers nodes over all of a vehicle's missions; ``length_mm`` and ``speed_mm_s`` are 0
    when not known.
    """

    step: Step
    node: Name
    x_mm: Coordinate = 0
    y_mm: Coordinate = 0
    length_mm: Count = 0
    speed_mm_s: Count = 0


class Mission(msgspec.Struct, frozen=True):
    """All that is wanted of one vehicle now; a higher ``revision`` replaces what was wanted."""

    version: Version
    sent: Moment
    id: Id
    revision: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
    fleet: Name
    vehicle: NameOrNone
    """"" or "any": one that the manager chooses."""
    kind: Literal["drive", "charge"] = "drive"
    node: NameOrNone = ""
    passed: Step = NO_STEP
    """The node passed last as Kouan knows, and its step; ``stops`` begin after it."""
    stops: Annotated[tuple[Stop, ...], msgspec.Meta(max_length=MOST_STOPS)] = ()
    gates: Annotated[tuple[Step, ...], msgspec.Meta(max_length=MOST_STOPS)] = ()
    """Steps of stops to which the vehicle may not set out yet."""
    final: bool = False
    """Whether the mission is done at its last stop."""
    action: NameOrNone = ""
    load_kg: Count = 0
    order: IdOrNone = ""
    hold: bool = False
    cancel: bool = False


class Ask(msgspec.Struct, frozen=True):
    """Say again how the mission stands."""

    version: Version
    sent: Moment
    id: Id


State = Literal[
    "accepted",
    "started",
    "waiting",
    "held",
    "done",
    "rejected",
    "failed",
    "cancelled",
    "unknown",
]
ENDS = ("done", "rejected", "failed", "cancelled")


class Status(msgspec.Struct, frozen=True):
    """How a mission stands: the whole of it, so that a later one replaces all before."""

    version: Version
    sent: Moment
    id: Id
    state: State
    revision: Count = 0
    """The highest one taken."""
    vehicle: NameOrNone = ""
    passed: Step = NO_STEP
    """Step of the node passed last."""
    reason: Text = ""


class Fault(msgspec.Struct, frozen=True):
    """An error of a vehicle."""

    kind: Name
    text: Text = ""


class VehicleReport(msgspec.Struct, frozen=True):
    """One vehicle as its manager knows it."""

    vehicle: Name
    state: Literal["ready", "stopped", "manual", "offline"]
    charge_ppm: Share
    x_mm: Coordinate = 0
    y_mm: Coordinate = 0
    theta_mrad: Coordinate = 0
    mission: IdOrNone = ""
    errors: Annotated[tuple[Fault, ...], msgspec.Meta(max_length=MOST_ERRORS)] = ()


class Vehicles(msgspec.Struct, frozen=True):
    """Vehicles of a fleet; those left out are not spoken of."""

    version: Version
    sent: Moment
    vehicles: Annotated[tuple[VehicleReport, ...], msgspec.Meta(max_length=MOST_VEHICLES)]


class Connection(msgspec.Struct, frozen=True):
    """Whether the manager is there (MQTT only: retained, and its last will)."""

    version: Version
    online: bool


Body = Mission | Ask | Status | Vehicles | Connection
BODIES: dict[Topic, type[Body]] = {
    Topic.MISSION: Mission,
    Topic.ASK: Ask,
    Topic.STATUS: Status,
    Topic.VEHICLES: Vehicles,
    Topic.CONNECTION: Connection,
}


def encode(body: Body) -> bytes:
    """The JSON of a body."""
    return msgspec.json.encode(body)


def decode(kind: Topic, payload: bytes) -> Body:
    """Read a body; raises MissionError saying what was wrong."""
    if len(payload) > MOST_BODY_BYTES:
        raise MissionError(f"{kind}: {len(payload)} bytes: expected at most {MOST_BODY_BYTES:,}")
    try:
        return msgspec.json.decode(payload, type=BODIES[kind])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MissionError(f"{kind}: {error}") from None


def read(body: type[Body], payload: bytes) -> Body:
    """As ``decode``, by the body's type."""
    return decode(next(kind for kind, found in BODIES.items() if found is body), payload)


def topic(fleet: str, kind: Topic) -> str:
    """The MQTT topic of a fleet's bodies; raises LiveError for a name that no topic can hold."""
    if NAME.fullmatch(fleet) is None:
        raise LiveError(f"fleet {fleet!r}: expected letters, digits and . : @ - _, at most 64")
    return f"{PREFIX}/{fleet}/{kind}"


def read_topic(name: str) -> tuple[str, Topic] | None:
    """The fleet and kind of a topic; None for any other."""
    above, _, kind = name.rpartition("/")
    prefix, _, fleet = above.rpartition("/")
    if prefix != PREFIX or not fleet or kind not in list(Topic):
        return None
    return fleet, Topic(kind)


def moment(at_ms: int) -> str:
    """Unix milliseconds as UTC with milliseconds and Z."""
    at = EPOCH + timedelta(milliseconds=at_ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1_000:03d}Z"


def moment_ms(text: str) -> int:
    """The reverse; raises MissionError for a date that there is not."""
    try:
        return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
    except ValueError:
        raise MissionError(f"sent: {text!r}: expected a time such as {moment(0)}") from None
