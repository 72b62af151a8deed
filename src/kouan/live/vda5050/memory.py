"""What a master remembers of one vehicle: plain data, kept in a snapshot and put back."""

from dataclasses import dataclass, field

from kouan.live.vda5050.factsheet import Factsheet
from kouan.live.vda5050.intents import Fact, Leg
from kouan.live.vda5050.messages import (
    InstantActions,
    Link,
    Order,
    State,
    Status,
    VehicleError,
)
from kouan.live.vda5050.versions import V2_0, Quirks, Version

STALE_MS = 30_000
"""A vehicle has to send a state at least so often."""
STALE_MARGIN_MS = 5_000
BACK_OFF_MS = (1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000)
"""Waits after each sending of the same message; after the last one it is given up."""
MOST_SENDS = len(BACK_OFF_MS)
FULL_PPM = 995_000
"""A battery is full from here on: many never report 100 percent."""
CHARGING_BEGINS_MS = 60_000
"""How long after startCharging the battery may say that it is not being charged."""
LATE_STATE_MS = 2_000
"""A state so long after a goodbye shows that the vehicle is there all the same."""
CANCEL_FADES_MS = 60_000
"""How long after the end of a cancel the order's rest may still be in the state."""
MOST_ENDED = 256
MOST_FAILURES = 3
"""After so many orders refused or lost in a row, a person has to look."""


@dataclass(frozen=True, slots=True)
class MasterSpec:
    """Which vehicle, and how it is spoken with."""

    vehicle: str
    manufacturer: str
    serial: str
    version: Version = V2_0
    quirks: Quirks = field(default_factory=Quirks)
    stale_ms: int = STALE_MS + STALE_MARGIN_MS
    asks_factsheet: bool = True
    tells_loads: bool = False
    """Whether it is told what it carries, by pick and drop, if its factsheet knows them."""


@dataclass(slots=True)
class Stretch:
    """A leg that may be driven; ``update`` released it to the vehicle (-1: not sent yet)."""

    leg: Leg
    update: int = -1


@dataclass(slots=True)
class Sent:
    """The order that the vehicle has, or is to get."""

    order_id: str
    first_step: int
    """Step of the node with sequenceId 0."""
    message: Order
    base_step: int
    """Step of the last released node."""
    horizon: tuple[str, ...]
    last: bool
    """Whether the way ends with the base."""
    accepted: bool = False
    """Whether the vehicle's state names the newest update."""
    begun: bool = False
    """Whether the vehicle's state ever named the order."""
    rejected: bool = False
    sends: int = 0
    due_ms: int = 0

    def sequence(self, step: int) -> int:
        """The sequenceId of the node with a step."""
        return 2 * (step - self.first_step)


@dataclass(slots=True)
class Instant:
    """An instant action that is under way; ``status`` None: not seen in a state yet."""

    action_id: str
    message: InstantActions
    status: Status | None = None
    sends: int = 0
    due_ms: int = 0


@dataclass(slots=True)
class MasterMemory:
    """All of it."""

    at: Leg | None = None
    """The node passed last, as far as is certain."""
    route: list[Stretch] = field(default_factory=list)
    """What was granted beyond it, in order."""
    horizon: tuple[Leg, ...] = ()
    name: str = ""
    """What orders are named after."""
    sent: Sent | None = None
    instants: dict[str, Instant] = field(default_factory=dict)
    """Instant actions under way, by their type: one of each at a time."""
    harmless: dict[str, str] = field(default_factory=dict)
    """Ids of instant actions that don't keep a vehicle from being idle, with their type."""
    ended: dict[str, Status] = field(default_factory=dict)
    """Actions that ended, though the vehicle may have forgotten them."""
    counts: dict[str, int] = field(default_factory=dict)
    """Messages sent by topic, and actions."""
    header_ids: dict[str, int] = field(default_factory=dict)
    """Newest header number received by topic."""
    link: Link | None = None
    link_ms: int = 0
    state: State | None = None
    heard_ms: int = -1
    silent: bool = True
    stopped: str = ""
    """Why the vehicle can't go on, as last said."""
    gave_up: str = ""
    """What the master no longer tries until a person lets it."""
    astray: str = ""
    """Why no order can begin where the vehicle is."""
    failures: int = 0
    """Orders refused or lost in a row, without a node passed in between."""
    cancelled_ms: int = 0
    cancelled: str = ""
    """The order cancelled last: not cancelled again while its rest fades from the state."""
    released: bool = False
    """Whether a person has the vehicle."""
    pause_wanted: bool = False
    paused: bool = False
    base_wanted: bool = False
    charging: str = ""
    """"", "asked", "on" or "ending"."""
    charging_ms: int = 0
    loads: tuple[str, ...] = ()
    carries_kg: int = -1
    """What it was loaded with, as the dispatcher says; -1 before it has said anything."""
    slow: dict[str, int] = field(default_factory=dict)
    """Shares of the ordinary speed (ppm) by road, of those that are slowed."""
    mode: str = ""
    errors: tuple[VehicleError, ...] = ()
    last_order_ms: int = -1
    waiting: bool = False
    """Whether an order waits for nothing but the vehicle's shortest interval between orders."""
    factsheet: Factsheet | None = None

    @property
    def newest_ms(self) -> int:
        """The newest time at which something is known to have happened."""
        times = (self.heard_ms, self.link_ms, self.last_order_ms)
        return max(*times, self.cancelled_ms, self.charging_ms)


@dataclass(slots=True)
class Turn:
    """One call of a master: what it works with, and what comes out of it."""

    spec: MasterSpec
    memory: MasterMemory
    now_ms: int
    messages: list[Order | InstantActions] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
