"""What a vehicle can do, as its factsheet says: the limits that matter to whoever commands it.

Everything may be missing: many vehicles answer with an empty factsheet, or not at all. A limit of 0
is none.
"""

from dataclasses import dataclass

from kouan.live.vda5050.messages import Header, Json, Scope, Support


@dataclass(frozen=True, slots=True)
class TypeSpecification:
    """What kind of vehicle it is."""

    series: str
    kinematics: str
    vehicle_class: str
    load_kg: int
    localization: tuple[str, ...]
    navigation: tuple[str, ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PhysicalParameters:
    """How fast and how large it is."""

    speed_least_mm_s: int
    speed_most_mm_s: int
    acceleration_mm_s2: int
    braking_mm_s2: int
    height_most_mm: int
    width_mm: int
    length_mm: int
    height_least_mm: int | None = None


@dataclass(frozen=True, slots=True)
class StringLimits:
    """Longest texts that it takes."""

    message_bytes: int | None = None
    id_length: int | None = None
    id_digits_only: bool | None = None


@dataclass(frozen=True, slots=True)
class ArrayLimits:
    """Longest lists that it takes."""

    order_nodes: int | None = None
    order_edges: int | None = None
    node_actions: int | None = None
    edge_actions: int | None = None
    action_parameters: int | None = None
    instant_actions: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How often it takes orders and sends states."""

    order_every_ms: int
    state_every_ms: int
    state_default_ms: int | None = None
    visualization_every_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ProtocolLimits:
    """What of the protocol it has room for."""

    strings: StringLimits
    arrays: ArrayLimits
    timing: Timing


@dataclass(frozen=True, slots=True)
class OptionalParameter:
    """A part of a message that it uses or needs though the standard does not ask for it."""

    parameter: str
    support: Support
    description: str | None = None


@dataclass(frozen=True, slots=True)
class KnownAction:
    """An action that it can carry out; the last two are new in 3.0."""

    action_type: str
    scopes: tuple[Scope, ...]
    description: str | None = None
    may_pause: bool | None = None
    may_cancel: bool | None = None


@dataclass(frozen=True, slots=True)
class ProtocolFeatures:
    """What of the protocol it knows."""

    optional_parameters: tuple[OptionalParameter, ...] = ()
    actions: tuple[KnownAction, ...] = ()


@dataclass(frozen=True, slots=True)
class Factsheet:
    """All of it. ``geometry`` and ``loads`` are kept as they came."""

    header: Header
    type_specification: TypeSpecification | None = None
    physical: PhysicalParameters | None = None
    limits: ProtocolLimits | None = None
    features: ProtocolFeatures | None = None
    geometry: Json | None = None
    loads: Json | None = None
