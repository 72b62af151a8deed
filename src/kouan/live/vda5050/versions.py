"""What differs between the versions of VDA 5050, and between a version and a real vehicle.

The codec's tables hold the names of 2.x; a version says what it calls otherwise, what it does not
have, and what it needs though 2.x leaves it open. Nothing else in Kouan asks for the version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kouan.live.vda5050 import factsheet as fs
from kouan.live.vda5050 import messages as m

Member = tuple[type, str]
"""A class of the neutral model and one of its fields."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one vehicle differs from the version that it speaks."""

    instant_key: str = "actions"
    """Key of the list in instantActions; "instantActions" in 1.1 and in some clients since."""
    times_without_zone: bool = False
    """Its timestamps lack the Z and are UTC all the same."""
    null_is_absent: bool = False
    """It sends null for what it leaves out."""
    prefix: str = ""
    """What its topics begin with instead of the version's own "uagv/v2"."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the standard."""

    number: str
    prefix: str
    """What topics begin with: interface name and major version."""
    names: Mapping[Member, str] = field(default_factory=dict)
    """Keys that are called otherwise than in 2.1."""
    absent: frozenset[Member] = frozenset()
    """Fields that it doesn't have; they are left out."""
    needed: frozenset[Member] = frozenset()
    """Fields that it needs, which others don't."""
    spellings: Mapping[type[StrEnum], Mapping[StrEnum, str]] = field(default_factory=dict)
    """Words that are spelled otherwise than in the neutral model; "" is a word it doesn't have."""
    whole: frozenset[Member] = frozenset()
    """Figures that it has in whole metres or percent only; they are rounded."""
    parts_instant: bool = False
    """Whether states of instant actions have a list of their own."""
    ellipse: bool = False
    """Whether an allowed deviation is an ellipse, not a radius."""
    instant_blocking: bool = True
    """Whether instant actions may be anything but NONE."""

    @property
    def major(self) -> int:
        """First part of the number: messages of another one are refused."""
        return int(self.number.partition(".")[0])


SPELLINGS_2: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    m.Blocking: {m.Blocking.SINGLE: ""},
    m.Status: {m.Status.RETRIABLE: ""},
    m.Mode: {m.Mode.STARTUP: "", m.Mode.INTERVENED: "", m.Mode.TEACH_IN: "TEACHIN"},
    m.Level: {m.Level.URGENT: "", m.Level.CRITICAL: ""},
    m.Link: {m.Link.HIBERNATING: "", m.Link.CONNECTION_BROKEN: "CONNECTIONBROKEN"},
    m.Scope: {m.Scope.ZONE: ""},
    m.CorridorPoint: {m.CorridorPoint.KINEMATIC_CENTER: "KINEMATICCENTER"},
}
NOT_IN_2: frozenset[Member] = frozenset(
    {
        (m.Action, "retriable"),
        (m.State, "instant_action_states"),
        (m.Visualization, "state_header_id"),
        (fs.KnownAction, "may_pause"),
        (fs.KnownAction, "may_cancel"),
    }
)

NAMES_3: Mapping[Member, str] = {
    (m.Action, "description"): "actionDescriptor",
    (m.OrderNode, "description"): "nodeDescriptor",
    (m.OrderEdge, "description"): "edgeDescriptor",
    (m.OrderEdge, "speed_mm_s"): "maximumSpeed",
    (m.Corridor, "reference"): "corridorReferencePoint",
    (m.ActionState, "result"): "actionResult",
    (m.VehiclePosition, "localized"): "localized",
    (m.Battery, "charge_ppm"): "stateOfCharge",
    (m.Battery, "reach_mm"): "range",
    (m.Information, "description"): "infoDescriptor",
    (m.Safety, "emergency_stop"): "activeEmergencyStop",
    (m.State, "battery"): "powerSupply",
    (m.State, "position"): "mobileRobotPosition",
    (m.Visualization, "position"): "mobileRobotPosition",
    (fs.TypeSpecification, "kinematics"): "mobileRobotKinematics",
    (fs.TypeSpecification, "vehicle_class"): "mobileRobotClass",
    (fs.TypeSpecification, "load_kg"): "maximumLoadMass",
    (fs.PhysicalParameters, "speed_least_mm_s"): "minimumSpeed",
    (fs.PhysicalParameters, "speed_most_mm_s"): "maximumSpeed",
    (fs.PhysicalParameters, "acceleration_mm_s2"): "maximumAcceleration",
    (fs.PhysicalParameters, "braking_mm_s2"): "maximumDeceleration",
    (fs.PhysicalParameters, "height_least_mm"): "minimumHeight",
    (fs.PhysicalParameters, "height_most_mm"): "maximumHeight",
    (fs.StringLimits, "message_bytes"): "maximumMessageLength",
    (fs.StringLimits, "id_length"): "maximumIdLength",
    (fs.ProtocolLimits, "strings"): "maximumStringLengths",
    (fs.ProtocolLimits, "arrays"): "maximumArrayLengths",
    (fs.Timing, "order_every_ms"): "minimumOrderInterval",
    (fs.Timing, "state_every_ms"): "minimumStateInterval",
    (fs.ProtocolFeatures, "actions"): "mobileRobotActions",
    (fs.Factsheet, "geometry"): "mobileRobotGeometry",
}

V2_0 = Version(
    "2.0.0",
    "uagv/v2",
    absent=NOT_IN_2 | {(m.OrderEdge, "corridor"), (m.VehicleError, "hint")},
    spellings=SPELLINGS_2,
    whole=frozenset({(m.Battery, "health_ppm"), (m.Battery, "reach_mm")}),
)
V2_1 = Version("2.1.0", "uagv/v2", absent=NOT_IN_2, spellings=SPELLINGS_2)
V3_0 = Version(
    "3.0.0",
    "vda5050/v3",
    names=NAMES_3,
    needed=frozenset(
        {
            (m.Visualization, "state_header_id"),
            (fs.PhysicalParameters, "height_least_mm"),
            (fs.KnownAction, "may_pause"),
            (fs.KnownAction, "may_cancel"),
        }
    ),
    spellings={m.EmergencyStop: {m.EmergencyStop.AUTOACK: ""}},
    parts_instant=True,
    ellipse=True,
    instant_blocking=False,
)
VERSIONS: Mapping[str, Version] = {one.number: one for one in (V2_0, V2_1, V3_0)}
"""Every version that is spoken, by its number."""
