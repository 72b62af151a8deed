"""What a virtual vehicle remembers: plain data, so that a restarted process can go on from it."""

from dataclasses import dataclass, field

from kouan.live.vda5050.messages import Blocking, Status
from kouan.live.virtual.drive import Drive

MOST_ERRORS = 16
MOST_INSTANT = 32
"""Ended instant actions that are still reported."""


@dataclass(slots=True)
class ActionRecord:
    """An action asked for, and what became of it."""

    action_id: str
    kind: str
    blocking: Blocking = Blocking.NONE
    parameters: dict[str, str] = field(default_factory=dict)
    instant: bool = False
    status: Status = Status.WAITING
    result: str = ""
    ends_ms: int = 0
    """When it is over, while it runs and takes a known time; 0 otherwise."""

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status.ended

    @property
    def stops(self) -> bool:
        """Whether the vehicle stands meanwhile."""
        return self.blocking in (Blocking.SOFT, Blocking.HARD)

    @property
    def alone(self) -> bool:
        """Whether no other action runs meanwhile."""
        return self.blocking in (Blocking.SINGLE, Blocking.HARD)


@dataclass(slots=True)
class NodeAhead:
    """A node that the order still has ahead of the vehicle."""

    name: str
    sequence: int
    released: bool
    x_mm: int = 0
    y_mm: int = 0
    theta_mrad: int | None = None
    map_id: str = ""
    """"" when the order gives no position."""
    actions: list[ActionRecord] = field(default_factory=list)


@dataclass(slots=True)
class EdgeAhead:
    """An edge that the order still has ahead of the vehicle, or that it is on."""

    name: str
    sequence: int
    released: bool
    start: str
    end: str
    length_mm: int = 0
    """0 when the order does not say."""
    limit_mm_s: int = 0
    """0 is no limit."""
    actions: list[ActionRecord] = field(default_factory=list)


@dataclass(slots=True)
class OrderReceived:
    """An order or an update of one, as it came."""

    order_id: str
    update_id: int
    nodes: list[NodeAhead]
    edges: list[EdgeAhead]
    number: int = 0
    """Of the message among all orders, with the time when it was sent."""
    at_ms: int = 0


@dataclass(slots=True)
class ErrorNote:
    """An error that is reported until an order is accepted again, or its cause is gone.

    Kinds are those of version 3.0, which tells them apart best.
    """

    kind: str
    fatal: bool
    description: str
    references: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class VehicleMemory:
    """All of it. The edge that the vehicle is on is the first of ``edges``."""

    last_node: str
    x_mm: int
    y_mm: int
    theta_mrad: int
    map_id: str
    charge_mwh: int
    last_sequence: int = 0
    order_id: str = ""
    update_id: int = 0
    digest: str = ""
    """Of the newest order message that was accepted, to know one that is only repeated."""
    order_number: int = 0
    order_ms: int = 0
    """Number and time of the newest order message, taken or refused; a reboot forgets no order's
    number."""
    nodes: list[NodeAhead] = field(default_factory=list)
    edges: list[EdgeAhead] = field(default_factory=list)
    actions: dict[str, ActionRecord] = field(default_factory=dict)
    here: list[str] = field(default_factory=list)
    """Actions that wait their turn where the vehicle is, in order."""
    drive: Drive = field(default_factory=Drive)
    left_node: bool = False
    """Whether it is between two nodes (standing there counts)."""
    load_kg: int = 0
    load_id: str = ""
    load_type: str = ""
    charging_since_ms: int = -1
    """-1 while it does not charge."""
    paused: bool = False
    cancelling: str = ""
    """Id of the cancelOrder under way."""
    cancelled: bool = False
    """Whether the order was cancelled: no update of it is taken any more."""
    localized: bool = True
    fault: str = ""
    fault_ends_ms: int = 0
    """0: it lasts until somebody ends it."""
    errors: list[ErrorNote] = field(default_factory=list)

    def error(self, kind: str, description: str, *references: tuple[str, str]) -> None:
        """Note a warning, each once; the oldest goes when there are too many."""
        note = ErrorNote(kind, False, description, list(references))
        if note not in self.errors:
            self.errors.append(note)
            del self.errors[:-MOST_ERRORS]

    @property
    def unfinished(self) -> bool:
        """Whether the order has anything left to do, a horizon included."""
        return bool(
            self.nodes
            or self.edges
            or any(not one.ended for one in self.actions.values() if not one.instant)
        )
