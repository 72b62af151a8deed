"""The port as declared: frozen data, one dataclass for each kind of table in a port file.

A field's docstring is its line in the port-file reference. Fields that are figures are whole
numbers of a base unit named last; ``port/read`` turns "6.19 km" into ``length_mm``. A figure's
basis (input, assumption or calibrated) is kept beside the model in ``Port.basis``.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from kouan.port.devices import Device
from kouan.port.places import Crew, Lane, Place, Roads
from kouan.port.procedures import Procedure, Verification
from kouan.port.quantity import (
    DAY_MS,
    Acceleration,
    Consumption,
    Count,
    Date,
    Duration,
    Energy,
    Hours,
    Length,
    Mass,
    PositiveCount,
    Power,
    Range,
    Share,
    Speed,
    Temperature,
)
from kouan.port.service import Distribution


class BasisKind(StrEnum):
    """What a figure rests on; predicted figures appear in reports only, never in a port file."""

    INPUT = "input"
    ASSUMPTION = "assumption"
    CALIBRATED = "calibrated"
    PREDICTED = "predicted"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a figure is what it is: an input names its source, the others say why or to what."""

    kind: BasisKind
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where outside figures were published."""

    publisher: str
    """Who published it."""
    published: str
    """When, as far as it is known: "2024-06"."""
    says: str = ""
    """The published statement, in short."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sides of the border."""

    country: str
    """ISO 3166-1 alpha-2 code, which also selects the public holidays."""
    time_zone: str
    """IANA name, such as "Asia/Shanghai"."""
    hours: Hours
    """When this side works, in its own local time."""
    name: str = ""
    """What this side is called."""
    closed_days: tuple[Date, ...] = ()
    """Single days on which this side is closed."""
    closed_on_holidays: bool = False
    """True when this side is closed on its country's public holidays."""
    name_zh: str = ""
    """What this side is called in Chinese."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of the border; the line itself is open only while both are."""

    home: Side
    """The side whose port this file declares."""
    neighbour: Side
    """The other side."""


class ModeName(StrEnum):
    """How the port runs at the moment."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    MANUAL = "manual"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Mode:
    """What one mode of the port means and who may switch to it."""

    may_switch: tuple[str, ...] = ("port_operator",)
    """Roles that may switch the port to this mode; every other is refused."""
    classes: tuple[str, ...] = ()
    """Visit classes that still pass; empty means all."""


@dataclass(frozen=True, slots=True)
class WeatherLimit:
    """A limit of the weather, exactly one of the four, that slows or closes parts of the port."""

    wind_above_mm_s: Speed | None = None
    """Acts while the wind is stronger."""
    visibility_below_mm: Length | None = None
    """Acts while one sees less far: dust, fog."""
    snow_above_mm: Length | None = None
    """Acts while more snow lies."""
    cold_below_mc: Temperature | None = None
    """Acts while it is colder."""
    close: bool = False
    """True closes the parts; false slows them."""
    slow_to_ppm: Share = 1_000_000
    """With slowing: share of the ordinary speed that remains."""
    places: tuple[str, ...] = ()
    """Places it acts on."""
    segments: tuple[str, ...] = ()
    """Road segments it acts on."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A simulated authority: how long it takes and what it decides. Labelled simulated everywhere.

    A real one answers in its own system; these figures are then not used.
    """

    channel_after: Distribution
    """From the declaration reaching it to its channel."""
    release_after: Distribution
    """From everything it waits for being there to its release."""
    hold_share_ppm: Share = 0
    """Share of declarations it puts on hold for a while."""
    hold_for: Distribution = Distribution(fixed_ms=0)
    """How long such a hold lasts."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles of one kind that the dispatcher commands."""

    procedure: str
    """The procedure an order of this fleet walks, from loading to back at the start."""
    count: Count
    """Vehicles in use."""
    parking: str
    """Parking place with room for all of them; every trip ends with a way there."""
    length_mm: Length
    """Length of a vehicle."""
    payload_kg: Mass
    """Most it may carry."""
    speed_loaded_mm_s: Speed
    """Top speed when loaded."""
    speed_empty_mm_s: Speed
    """Top speed when empty."""
    acceleration_mm_s2: Acceleration
    """Speeding up, loaded or empty."""
    braking_mm_s2: Acceleration
    """Slowing down in ordinary service."""
    battery_wh: Energy
    """Usable energy of a full battery."""
    reserve_ppm: Share
    """Share of the battery below which no trip is begun or left unfinished."""
    consumption_loaded_wh_km: Consumption
    """Energy for a kilometre loaded."""
    consumption_empty_wh_km: Consumption
    """Energy for a kilometre empty."""
    charging_w: Power
    """Power at a charger."""
    width_mm: Length | None = None
    """Width of a vehicle; absent is 3 m, or its length if that is less (assumption)."""
    charger: str = ""
    """Charger place; empty means the vehicles never charge here."""
    last_start_ms: Duration = 0
    """No trip begins later than this before the border closes for the day."""


class Arrivals(StrEnum):
    """How a day's volume is spread over the demand's hours."""

    EVEN = "even"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Payload:
    """One kind of load in a stream's mix."""

    share_ppm: Share
    """Share of the stream's visits with this load."""
    mass_kg: Mass
    """Net mass of the goods."""
    goods: str = ""
    """What it is."""
    containers: Count = 0
    """Containers it comes in."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One stream of visits or transport orders."""

    procedure: str = ""
    """Procedure its visits walk; a stream of transport orders names a fleet instead."""
    fleet: str = ""
    """Fleet that carries its transport orders."""
    visit_class: str = ""
    """Class used by lanes and queue patterns; by default the stream's id."""
    per_day: Count | None = None
    """Visits or orders a day."""
    interval: Distribution | None = None
    """Time between two arrivals around the clock, instead of a day's volume."""
    arrivals: Arrivals = Arrivals.RANDOM
    """Spread of a day's volume over the hours."""
    hours: Hours = "24h"
    """Local time in which they arrive."""
    profile: tuple[Count, ...] = ()
    """24 weights, one an hour of the local day, for random arrivals; empty is flat."""
    payload: tuple[Payload, ...] = ()
    """Mix of loads; empty means nothing is carried."""
    tare_kg: Mass = 0
    """Mass of the empty vehicle."""
    pre_arrival_ppm: Share = 1_000_000
    """Share whose manifest and declaration are lodged before arrival."""
    pre_arrival_lead_ms: Duration = 3_600_000
    """How long before arrival those are lodged."""
    late_lodging: Distribution = Distribution(fixed_ms=600_000)
    """How long after arrival the others are lodged."""
    document_error_ppm: Share = 0
    """Share whose manifest does not match what arrives, until corrected."""
    correction: Distribution = Distribution(fixed_ms=1_800_000)
    """How long a correction takes once the mismatch is known."""
    booked_ppm: Share = 0
    """Share that books a slot ahead."""
    no_show_ppm: Share = 0
    """Share of booked visits that never come."""
    channels: dict[str, Share] = field(default_factory=lambda: {"green": 1_000_000})
    """Shares of the risk channels green, yellow and red that the simulated customs assigns."""


class WalkIns(StrEnum):
    """What becomes of a visit that comes without a slot."""

    LIVING = "living"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Booking:
    """Slots that visits book ahead, and the order in which those who wait are called."""

    slot_ms: Duration = 3_600_000
    """Length of a slot."""
    per_slot: PositiveCount = 1
    """Visits a slot takes."""
    grace_ms: Duration = 1_800_000
    """How late a booked visit may come before its place goes to others."""
    ahead_ms: Duration | None = None
    """How far ahead a slot may begin; absent is without limit."""
    walk_ins: WalkIns = WalkIns.LIVING
    """Who comes without a slot stands in the living queue, or is given the next free slot."""
    priority: dict[str, PositiveCount] = field(default_factory=dict)
    """Visit classes that go first, the higher the sooner; others have 0. A pattern goes before."""
    come_within_ms: Duration | None = None
    """Time to come when called from a waiting area or from outside; absent is without limit."""
    calls: PositiveCount = 2
    """Calls after which a visit that did not come is turned back."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long a live port keeps the pictures that its cameras take."""

    pictures_kept_ms: Duration = 30 * DAY_MS
    """How long after it was taken a picture is removed; a review that is open holds it back
    (assumption)."""
    documents_kept_ms: Duration = DAY_MS
    """The same for pictures of travel documents, which cameras for drivers take (assumption)."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure that a report shows beside its own; it takes no part in any decision."""

    figure: str
    """The report's figure, such as "agv.tonnes_per_day"."""
    value: Annotated[int, Range(0, 1_000_000_000_000)]
    """What was published, as a whole number; its basis names the source."""
    times: PositiveCount = 1
    """What the report's figure is multiplied by first: days in a year for a yearly figure."""
    unit: str = ""
    """Unit shown beside it."""
    calibrates: bool = False
    """True when inputs of this file were fitted to it, so that agreement proves nothing."""


@dataclass(frozen=True, slots=True)
class Port:
    """A whole port as declared."""

    name: str
    """Name in English."""
    sides: Sides
    """The two sides of the border."""
    name_zh: str = ""
    """Name in Chinese."""
    sources: dict[str, Source] = field(default_factory=dict)
    """Publications that inputs name."""
    modes: dict[ModeName, Mode] = field(default_factory=dict)
    """Modes other than normal and what they mean; one that is not declared can't be switched to."""
    weather: dict[str, WeatherLimit] = field(default_factory=dict)
    """Limits of the weather."""
    places: dict[str, Place] = field(default_factory=dict)
    """Everything where a visit stops, waits or is served."""
    roads: Roads = field(default_factory=Roads)
    """The road graph."""
    lanes: dict[str, Lane] = field(default_factory=dict)
    """Lanes through gates."""
    crews: dict[str, Crew] = field(default_factory=dict)
    """Crews and their shifts."""
    devices: dict[str, Device] = field(default_factory=dict)
    """Devices of stations, for live operation."""
    verification: Verification = field(default_factory=Verification)
    """Thresholds for comparing evidence with what was declared."""
    booking: Booking = field(default_factory=Booking)
    """Slots for booked visits."""
    privacy: Privacy = field(default_factory=Privacy)
    """How long pictures are kept."""
    authorities: dict[str, Authority] = field(default_factory=dict)
    """Simulated authorities; "customs" answers declarations."""
    procedures: dict[str, Procedure] = field(default_factory=dict)
    """What passes, and through which stages."""
    fleets: dict[str, Fleet] = field(default_factory=dict)
    """Vehicles under the dispatcher's command."""
    demand: dict[str, Demand] = field(default_factory=dict)
    """What comes."""
    published: dict[str, Published] = field(default_factory=dict)
    """Published figures to compare with."""
    basis: dict[str, Basis] = field(default_factory=dict)
    """Basis of each figure by its path in the file; filled by the reader, never written."""
