"""What the dispatcher remembers: plain data that can be copied, snapshotted and run ahead.

Dicts keep the order in which things were put in, which is the order of events, so everything that
walks them is the same in every run. A visit that has ended is gone from here; the journal has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kouan.traffic.gate_model import GateState
from kouan.traffic.reservations import TrafficState


class Phase(StrEnum):
    """What a visit is doing."""

    ANNOUNCED = "announced"
    LINED = "lined"
    MOVING = "moving"
    QUEUED = "queued"
    SERVED = "served"
    HELD = "held"
    LEAVING = "leaving"


@dataclass(slots=True)
class Visit:
    """One carrier's stay at the port. ``stage`` is the one begun last, ``target`` the one wanted.

    Both are indices within its procedure; ``stage`` is -1 before the first, ``target`` while it
    wants none: from the beginning of a stage until it is sent on. ``place`` is where it stands or
    moves to, ``station`` the station (index within the place) that it holds, -1 for none.
    ``findings`` keeps by stage what did not match and has not been settled: the stage that it led
    to, and why. ``results_due`` and ``results_early`` are about results that come later than the
    service, by "stage:check": those awaited, and those that overtook the end of the service.
    ``cancelled`` says why an order is turned back where its vehicle next stands, ``after`` which
    order had to be finished before it. ``boxes`` and ``permit_until_ms`` are as announced.
    ``lane`` is the station in whose lane it stands already, -1 for none. ``mismatched`` are the
    stages whose finding is a mismatch, ``passed_by`` the person who would pass over it here.
    ``outside`` says that it was told to wait outside, ``missed`` how often it did not come when
    called.
    """

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
    aboard_kg: int = 0
    vehicle: str = ""
    phase: Phase = Phase.ANNOUNCED
    stage: int = -1
    target: int = -1
    place: str = ""
    station: int = -1
    ticket: int = 0
    request: int = 0
    resume_request: int = 0
    result: str = "match"
    reason: str = ""
    suspended: bool = False
    attempts: dict[str, int] = field(default_factory=dict)
    findings: dict[str, tuple[str, str]] = field(default_factory=dict)
    results_due: list[str] = field(default_factory=list)
    results_early: dict[str, Sequence[Any]] = field(default_factory=dict)
    slot_from_ms: int = 0
    slot_to_ms: int = 0
    final: str = ""
    priority: int = 0
    deadline_ms: int = 0
    cancelled: str = ""
    after: str = ""
    boxes: tuple[str, ...] = ()
    permit_until_ms: int = 0
    lane: int = -1
    mismatched: list[str] = field(default_factory=list)
    passed_by: str = ""
    outside: bool = False
    missed: int = 0


@dataclass(slots=True)
class Filing:
    """The formalities of one visit: its manifest and declaration, and what customs said of them.

    ``manifests`` are the numbers of all manifests lodged for it, ``manifest`` the one that counts,
    ``difference`` in what it does not match, ``lodged_for`` the one its declaration named.
    """

    manifest: str = ""
    manifests: list[str] = field(default_factory=list)
    matched: bool = False
    difference: str = ""
    declaration: str = ""
    lodged_for: str = ""
    channel: str = ""
    released: bool = False
    holds: dict[str, str] = field(default_factory=dict)
    correction_request: int = 0
    channel_request: int = 0
    release_request: int = 0


@dataclass(slots=True)
class PlaceState:
    """A place at this moment.

    ``used_today`` and ``used_by_class`` count the visits begun until ``day_end_ms``.

    ``wanting`` and ``queue`` hold, by line, entries (rank, ticket, visit) in the order of service;
    visits in ``wanting`` stand elsewhere until there is room. There is a line for each visit class,
    where the place has lanes also for each direction, and for each kind of load moved. ``lined``
    and ``queued`` are the numbers of entries. ``free`` is a heap of free station indices, ``busy``
    the visit, order or vehicle at each other one; ``coming`` counts visits under way. Of a yard's
    or shed's slots, ``stock`` hold goods, of which ``taken`` are being loaded; ``promised`` more
    are being filled.
    """

    free: list[int] = field(default_factory=list)
    busy: dict[int, str] = field(default_factory=dict)
    failed: list[int] = field(default_factory=list)
    wanting: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    queue: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    queued: int = 0
    lined: int = 0
    coming: int = 0
    turn: int = 0
    used_today: int = 0
    used_by_class: dict[str, int] = field(default_factory=dict)
    day_end_ms: int = 0
    stock: int = 0
    promised: int = 0
    taken: int = 0


@dataclass(slots=True)
class LaneState:
    """Who is in a lane that has loops, besides those who are served there.

    ``plate`` is that of a carrier which was seen and is known as no visit yet ("" when unread),
    with how certain the reading was and ``reason``, why it is not known. ``leaving`` says that the
    lane may be left and is not empty yet, by ``visit`` if it is one, for the command ``request``;
    ``let_past`` carriers may go past the barrier.
    """

    plate: str = ""
    confidence_ppm: int = 0
    reason: str = ""
    leaving: bool = False
    visit: str = ""
    request: int = 0
    since_ms: int = 0
    let_past: int = 0


@dataclass(slots=True)
class Pending:
    """A command that somebody still has to answer, kept so that it can be sent again unchanged."""

    due_ms: int
    tries: int
    kind: str
    fields: Sequence[Any]


@dataclass(slots=True)
class OpenTimes:
    """Open intervals of one calendar, known up to ``to_ms``."""

    to_ms: int
    opens: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)


class Errand(StrEnum):
    """What a vehicle is on."""

    IDLE = "idle"
    ORDER = "order"
    TO_PARKING = "to_parking"
    TO_CHARGER = "to_charger"
    CHARGING = "charging"
    TO_UNLOAD = "to_unload"


class Halt(StrEnum):
    """How people halted a vehicle, from not at all to an emergency stop."""

    NONE = ""
    HOLD = "hold"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(slots=True)
class Vehicle:
    """A vehicle of a fleet; with an order it is the order's visit.

    ``heading`` is the node that it is to drive to and has no plan for yet. ``leaves_place`` and
    ``leaves_station`` name the station (-1: the room before them) where it still stands after its
    service, until it has driven off. With the errand TO_UNLOAD it brings a load that was turned
    back to the parking place, where people take it off. ``charging_since_ms`` is when it began to
    charge, ``called`` whether it was called away from the charger. ``silent`` says that nothing is
    heard of it, ``taken`` that a person drives it; ``kept`` are stations (place, index; -1: room)
    set aside for it before, which it keeps until it is returned.
    """

    vehicle: str
    fleet: str
    node: str
    charge_wh: int
    errand: Errand = Errand.IDLE
    visit: str = ""
    load_kg: int = 0
    stopped: bool = False
    drive_request: int = 0
    heading: str = ""
    leaves_place: str = ""
    leaves_station: int = -1
    charging_since_ms: int = 0
    called: bool = False
    halt: Halt = Halt.NONE
    silent: bool = False
    taken: bool = False
    kept: list[tuple[str, int]] = field(default_factory=list)

    def may_go(self) -> bool:
        """Whether it may be granted anything: nobody and nothing stops it."""
        return not (self.stopped or self.halt or self.silent or self.taken)


@dataclass(slots=True)
class Order:
    """A transport order that is not begun; it waits for ``after`` while it is among its sequels."""

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


@dataclass(slots=True)
class State:
    """Everything the dispatcher remembers.

    ``ended`` and ``ended_before`` are the visits, orders and manifests that ended last, so that a
    late word about them is known for one; ``early`` keeps what came for visits and manifests that
    are not known yet. Services with request numbers from ``manual_from_request`` on were begun
    after the last switch to manual mode. ``urgent`` names the waiting orders with a priority or a
    deadline, the most urgent first; ``sequels``, by an order, those that may begin only after it.
    ``results_overdue_ms`` has, by visit and "stage:check", when a result that is awaited counts as
    missing; it is gone once people were told. Plans are improved again from ``improve_from_ms`` on.
    ``steps_before`` is, by a removed vehicle, a step beyond all it had: one that comes under its
    name begins there. ``lanes`` are the lanes with loops in which somebody stands who is not
    served there. ``slots`` counts the bookings by the time their slot begins; ``called`` has, by
    visit, when one that was called must have come. ``holds`` has, by visit, the codes of what an
    authority wants to see it for, and whether it still does. ``slips`` has what each paper slip
    said that counted, by its number; ``manual_periods`` when the port was in manual mode, from and
    to (0: it still is).
    """

    now_ms: int = 0
    next_request: int = 1
    next_ticket: int = 1
    mode: str = "normal"
    manual_from_request: int = 0
    visits: dict[str, Visit] = field(default_factory=dict)
    filings: dict[str, Filing] = field(default_factory=dict)
    declarations: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)
    places: dict[str, PlaceState] = field(default_factory=dict)
    calendars: dict[str, OpenTimes] = field(default_factory=dict)
    wakes: dict[str, int] = field(default_factory=dict)
    requests: dict[int, Pending] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)
    called: dict[str, int] = field(default_factory=dict)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    urgent: list[str] = field(default_factory=list)
    sequels: dict[str, list[str]] = field(default_factory=dict)
    traffic: TrafficState = field(default_factory=TrafficState)
    improve_from_ms: int = 0
    gates: dict[str, GateState] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    ended_before: dict[str, str] = field(default_factory=dict)
    early: dict[str, list[tuple[str, Sequence[Any]]]] = field(default_factory=dict)
    closed_segments: list[str] = field(default_factory=list)
    closed_by_weather: dict[str, str] = field(default_factory=dict)
    slowed: dict[str, int] = field(default_factory=dict)
    steps_before: dict[str, int] = field(default_factory=dict)
    results_overdue_ms: dict[str, dict[str, int]] = field(default_factory=dict)
    lanes: dict[str, LaneState] = field(default_factory=dict)
    holds: dict[str, dict[str, bool]] = field(default_factory=dict)
    slips: dict[str, list[Any]] = field(default_factory=dict)
    manual_periods: list[tuple[int, int]] = field(default_factory=list)
