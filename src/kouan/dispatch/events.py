"""Events: facts that reach the dispatcher, in the past tense.

Each is an immutable tuple of whole numbers, texts, truth values and tuples of these, so that it can
be journalled, copied and compared byte for byte. ``at_ms`` (Unix time, milliseconds, UTC) always
comes first and never runs backwards: the loop stamps it; a device's own time is only data.
"""

from typing import NamedTuple

from kouan.dispatch.gate_events import (
    CarrierLeft,
    CarrierNamed,
    CarrierRefused,
    CarrierSeen,
    Evidence,
    EvidenceTaken,
    PicturesRemoved,
    ResultArrived,
    ReviewNoted,
    ServiceEnded,
    SlipEntered,
    VisitFreed,
    VisitHeld,
)
from kouan.dispatch.vehicle_events import (
    ChargingEnded,
    VehicleHeard,
    VehicleJoined,
    VehicleMoved,
    VehicleRecovered,
    VehicleRemoved,
    VehicleReturned,
    VehiclesFreed,
    VehiclesHalted,
    VehicleSilent,
    VehicleStopped,
    VehicleTaken,
)

__all__ = [
    "CarrierLeft",
    "CarrierNamed",
    "CarrierRefused",
    "CarrierSeen",
    "ChargingEnded",
    "Evidence",
    "EvidenceTaken",
    "PicturesRemoved",
    "ResultArrived",
    "ReviewNoted",
    "ServiceEnded",
    "SlipEntered",
    "VehicleHeard",
    "VehicleJoined",
    "VehicleMoved",
    "VehicleRecovered",
    "VehicleRemoved",
    "VehicleReturned",
    "VehicleSilent",
    "VehicleStopped",
    "VehicleTaken",
    "VehiclesFreed",
    "VehiclesHalted",
    "VisitFreed",
    "VisitHeld",
]


class CalendarExtended(NamedTuple):
    """The open times of one calendar up to ``to_ms`` became known.

    ``key`` names what it is for (port/calendar.py lists the keys); ``opens`` and ``closes`` are the
    ends of its open intervals, in order.
    """

    at_ms: int
    key: str
    to_ms: int
    opens: tuple[int, ...]
    closes: tuple[int, ...]


class VisitAnnounced(NamedTuple):
    """A visit is known to be coming, with what its driver or haulier declared.

    ``driver`` is the keyed pseudonym of a person, made where the personal values come in; the
    values live in documents that can be deleted, never in an event. ``boxes`` are the numbers of
    its containers where they are known, ``permit_until_ms`` the end of the vehicle's permit to
    cross (0: none is known). ``priority`` (a permit, say) is added to that of the class.
    """

    at_ms: int
    visit: str
    procedure: str
    visit_class: str
    plate: str
    driver: str
    tare_kg: int
    mass_kg: int
    goods: str
    containers: int
    seal: str
    boxes: tuple[str, ...] = ()
    permit_until_ms: int = 0
    priority: int = 0


class BookingRequested(NamedTuple):
    """A visit asks for a slot around ``wanted_ms``."""

    at_ms: int
    visit: str
    wanted_ms: int


class BookingPostponed(NamedTuple):
    """A visit gives up the slot beginning at ``slot_from_ms`` (0: none) for one from ``wanted_ms``.

    A request said again is the same request; this one is void once the visit has another slot.
    """

    at_ms: int
    visit: str
    slot_from_ms: int
    wanted_ms: int


class BookingCancelled(NamedTuple):
    """A visit gives its slot back; it may still come without one."""

    at_ms: int
    visit: str
    slot_from_ms: int


class ManifestLodged(NamedTuple):
    """The carrier stated what is aboard; lodged again under the same id it is a correction."""

    at_ms: int
    manifest: str
    visit: str
    plate: str
    mass_kg: int
    containers: int
    seal: str
    boxes: tuple[str, ...] = ()


class DeclarationLodged(NamedTuple):
    """The declarant stated goods and procedure for a manifest."""

    at_ms: int
    declaration: str
    manifest: str


class ChannelAssigned(NamedTuple):
    """Customs decided whether to inspect: green, yellow (documents, image) or red (physical)."""

    at_ms: int
    declaration: str
    channel: str
    by: str


class Released(NamedTuple):
    """Customs released the goods of a declaration."""

    at_ms: int
    declaration: str
    by: str


class HoldPlaced(NamedTuple):
    """An authority stopped a declaration's goods until it lifts the hold."""

    at_ms: int
    declaration: str
    by: str
    reason: str


class HoldLifted(NamedTuple):
    """An authority lifted its hold."""

    at_ms: int
    declaration: str
    by: str


class Arrived(NamedTuple):
    """A visit's carrier stands at a place (its first arrival included)."""

    at_ms: int
    visit: str
    place: str


class LeftPort(NamedTuple):
    """A visit's carrier left the port."""

    at_ms: int
    visit: str


class VisitLapsed(NamedTuple):
    """A visit that was announced will not come, as its haulier or driver said."""

    at_ms: int
    visit: str


class SlotFreed(NamedTuple):
    """Goods left storage slots of a yard or shed by means outside the model."""

    at_ms: int
    place: str
    slots: int


class StationFailed(NamedTuple):
    """A station, barrier or device stopped working."""

    at_ms: int
    station: str


class StationRepaired(NamedTuple):
    """A station works again."""

    at_ms: int
    station: str


class ModeSwitched(NamedTuple):
    """Somebody asked for another mode of the port, in a role that may or may not do so."""

    at_ms: int
    mode: str
    role: str


class WeatherMeasured(NamedTuple):
    """The weather at the port: wind in mm/s, visibility and snow in mm, cold in millidegrees C."""

    at_ms: int
    wind_mm_s: int
    visibility_mm: int
    snow_mm: int
    temperature_mc: int


class TransportOrderPlaced(NamedTuple):
    """A load is to be carried by a fleet; it becomes a visit of the same id when begun.

    Orders of higher ``priority`` begin first, then those with the earlier ``deadline_ms`` (0 is
    none). ``after`` names an order that has to be finished before this one begins. ``by`` is who
    placed it; "" where no person did.
    """

    at_ms: int
    order: str
    fleet: str
    visit_class: str
    mass_kg: int
    goods: str
    containers: int
    seal: str
    priority: int = 0
    deadline_ms: int = 0
    after: str = ""
    by: str = ""


class OrderCancelled(NamedTuple):
    """Somebody called an order off; one under way ends at its vehicle's next stop."""

    at_ms: int
    order: str
    by: str
    reason: str


class Woke(NamedTuple):
    """The time asked for by WakeAt has come."""

    at_ms: int
    reason: str


Event = (
    CalendarExtended
    | VisitAnnounced
    | BookingRequested
    | BookingPostponed
    | BookingCancelled
    | ManifestLodged
    | DeclarationLodged
    | ChannelAssigned
    | Released
    | HoldPlaced
    | HoldLifted
    | Arrived
    | CarrierSeen
    | CarrierNamed
    | CarrierRefused
    | CarrierLeft
    | EvidenceTaken
    | PicturesRemoved
    | SlipEntered
    | VisitHeld
    | VisitFreed
    | ReviewNoted
    | ServiceEnded
    | ResultArrived
    | LeftPort
    | VisitLapsed
    | SlotFreed
    | StationFailed
    | StationRepaired
    | ModeSwitched
    | WeatherMeasured
    | TransportOrderPlaced
    | OrderCancelled
    | VehicleJoined
    | VehicleMoved
    | VehicleStopped
    | VehicleRecovered
    | VehiclesHalted
    | VehiclesFreed
    | VehicleSilent
    | VehicleHeard
    | VehicleTaken
    | VehicleReturned
    | VehicleRemoved
    | ChargingEnded
    | Woke
)
EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}
"""Every kind of event by its name in the journal."""
