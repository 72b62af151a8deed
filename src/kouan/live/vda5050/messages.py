"""The neutral model of VDA 5050: what its messages say, whatever version they are sent in.

Lengths are millimetres, angles milliradians, times milliseconds since 1970 (UTC), shares parts per
million. None is a thing not said, which is something else than 0 or an empty list.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Any
"""A value as JSON has it: text, number, truth value, list or object."""


class Blocking(StrEnum):
    """What may happen beside an action; SINGLE is new in 3.0."""

    NONE = "NONE"
    SOFT = "SOFT"
    SINGLE = "SINGLE"
    HARD = "HARD"


class Status(StrEnum):
    """How it stands with an action; RETRIABLE is new in 3.0."""

    WAITING = "WAITING"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    RETRIABLE = "RETRIABLE"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of the action."""
        return self in (Status.FINISHED, Status.FAILED)


class Mode(StrEnum):
    """Who commands the vehicle; STARTUP and INTERVENED are new in 3.0."""

    STARTUP = "STARTUP"
    AUTOMATIC = "AUTOMATIC"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    INTERVENED = "INTERVENED"
    MANUAL = "MANUAL"
    SERVICE = "SERVICE"
    TEACH_IN = "TEACH_IN"

    @property
    def takes_orders(self) -> bool:
        """Whether the master may send orders."""
        return self in (Mode.AUTOMATIC, Mode.SEMIAUTOMATIC)


class Level(StrEnum):
    """How bad an error is. 2.x knows WARNING and FATAL only."""

    WARNING = "WARNING"
    URGENT = "URGENT"
    CRITICAL = "CRITICAL"
    FATAL = "FATAL"

    @property
    def stops(self) -> bool:
        """Whether the vehicle can't go on with its order."""
        return self in (Level.CRITICAL, Level.FATAL)


class InfoLevel(StrEnum):
    """Whom a piece of information is for."""

    INFO = "INFO"
    DEBUG = "DEBUG"


class EmergencyStop(StrEnum):
    """Which emergency stop is active; AUTOACK is gone in 3.0."""

    AUTOACK = "AUTOACK"
    MANUAL = "MANUAL"
    REMOTE = "REMOTE"
    NONE = "NONE"


class Link(StrEnum):
    """Whether a vehicle is connected; HIBERNATING is new in 3.0."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    HIBERNATING = "HIBERNATING"
    CONNECTION_BROKEN = "CONNECTION_BROKEN"


class Support(StrEnum):
    """Whether a vehicle can use an optional parameter, or needs it."""

    SUPPORTED = "SUPPORTED"
    REQUIRED = "REQUIRED"


class Scope(StrEnum):
    """Where an action may be asked for; ZONE is new in 3.0."""

    INSTANT = "INSTANT"
    NODE = "NODE"
    EDGE = "EDGE"
    ZONE = "ZONE"


class CorridorPoint(StrEnum):
    """What has to stay within a corridor."""

    KINEMATIC_CENTER = "KINEMATIC_CENTER"
    CONTOUR = "CONTOUR"


@dataclass(frozen=True, slots=True)
class Header:
    """Who sends or gets a message, which of its topic it is, and when it was sent."""

    header_id: int
    at_ms: int
    manufacturer: str
    serial: str


@dataclass(frozen=True, slots=True)
class ActionParameter:
    """A named value of an action."""

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Action:
    """Something to be done; ``retriable`` is new in 3.0."""

    action_type: str
    action_id: str
    blocking: Blocking = Blocking.NONE
    parameters: tuple[ActionParameter, ...] = ()
    description: str | None = None
    retriable: bool | None = None


@dataclass(frozen=True, slots=True)
class NodePosition:
    """Where a node is, and how closely it has to be met."""

    x_mm: int
    y_mm: int
    map_id: str
    theta_mrad: int | None = None
    deviation_mm: int | None = None
    deviation_mrad: int | None = None


@dataclass(frozen=True, slots=True)
class OrderNode:
    """A node to pass; in an order at an even ``sequence_id``."""

    node_id: str
    sequence_id: int
    released: bool
    position: NodePosition | None = None
    actions: tuple[Action, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Corridor:
    """How far a vehicle may leave an edge's line; new in 2.1."""

    left_mm: int
    right_mm: int
    reference: CorridorPoint | None = None


@dataclass(frozen=True, slots=True)
class OrderEdge:
    """The way from one node to the next; in an order at an odd ``sequence_id``."""

    edge_id: str
    sequence_id: int
    released: bool
    start: str
    end: str
    speed_mm_s: int | None = None
    length_mm: int | None = None
    actions: tuple[Action, ...] = ()
    corridor: Corridor | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order, or an update of one (the same ``order_id``, a higher ``update_id``)."""

    header: Header
    order_id: str
    update_id: int
    nodes: tuple[OrderNode, ...]
    edges: tuple[OrderEdge, ...]


@dataclass(frozen=True, slots=True)
class InstantActions:
    """Actions to be begun at once."""

    header: Header
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node still ahead of the vehicle."""

    node_id: str
    sequence_id: int
    released: bool
    position: NodePosition | None = None


@dataclass(frozen=True, slots=True)
class EdgeState:
    """An edge still ahead of the vehicle, or the one that it is on."""

    edge_id: str
    sequence_id: int
    released: bool


@dataclass(frozen=True, slots=True)
class ActionState:
    """What has become of an action so far."""

    action_id: str
    status: Status
    action_type: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class VehiclePosition:
    """Where the vehicle believes it is; not to be relied on while not ``localized``."""

    x_mm: int
    y_mm: int
    theta_mrad: int
    map_id: str
    localized: bool
    score_ppm: int | None = None
    deviation_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Velocity:
    """Speed along and across the vehicle, and of its turning."""

    x_mm_s: int | None = None
    y_mm_s: int | None = None
    turn_mrad_s: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Something that the vehicle carries."""

    load_id: str | None = None
    load_type: str | None = None
    position: str | None = None
    mass_kg: int | None = None


@dataclass(frozen=True, slots=True)
class Battery:
    """How full the battery is, and whether it is being charged."""

    charge_ppm: int
    charging: bool
    voltage_mv: int | None = None
    health_ppm: int | None = None
    reach_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What an error or information is about: a kind ("orderId") and its value."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class VehicleError:
    """Something wrong as the vehicle sees it; ``hint`` is new in 2.1."""

    error_type: str
    level: Level
    references: tuple[Reference, ...] = ()
    description: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Information:
    """Something that the vehicle tells people."""

    info_type: str
    level: InfoLevel
    references: tuple[Reference, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Safety:
    """Emergency stop, and whether something is in the protective field."""

    emergency_stop: EmergencyStop
    field_violation: bool


@dataclass(frozen=True, slots=True)
class State:
    """What a vehicle is and does. ``loads`` None: it can't tell whether it carries anything."""

    header: Header
    order_id: str
    update_id: int
    last_node_id: str
    last_sequence_id: int
    driving: bool
    mode: Mode
    battery: Battery
    safety: Safety
    node_states: tuple[NodeState, ...] = ()
    edge_states: tuple[EdgeState, ...] = ()
    action_states: tuple[ActionState, ...] = ()
    instant_action_states: tuple[ActionState, ...] = ()
    """Apart from the order's actions in 3.0 only; 2.x has them all in ``action_states``."""
    errors: tuple[VehicleError, ...] = ()
    information: tuple[Information, ...] = ()
    loads: tuple[Load, ...] | None = None
    paused: bool | None = None
    new_base_request: bool | None = None
    distance_mm: int | None = None
    position: VehiclePosition | None = None
    velocity: Velocity | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether a vehicle is connected; as its last will it is older than it looks."""

    header: Header
    link: Link


@dataclass(frozen=True, slots=True)
class Visualization:
    """Where a vehicle is, sent often; ``state_header_id`` is new in 3.0."""

    header: Header
    position: VehiclePosition | None = None
    velocity: Velocity | None = None
    state_header_id: int | None = None
