"""What is wanted of a vehicle, and what is found out about it: plain tuples."""

from typing import NamedTuple

from kouan.live.vda5050.messages import NodePosition, VehicleError


class Leg(NamedTuple):
    """A node of the way, and the edge into it. ``step`` numbers the nodes over all ways.

    ``length_mm`` and ``speed_mm_s`` are 0 when not known; ``action`` is done on the node, "" for
    nothing; a ``last`` leg ends its way: the order is finished there. ``segment`` is the road that
    the edge is part of, by which it may be slowed.
    """

    node: str
    step: int
    length_mm: int = 0
    speed_mm_s: int = 0
    position: NodePosition | None = None
    action: str = ""
    last: bool = False
    segment: str = ""


class Drive(NamedTuple):
    """Drive on along ``base``, of which a part may be known; ``horizon`` will follow."""

    name: str
    base: tuple[Leg, ...]
    horizon: tuple[Leg, ...] = ()


class Slow(NamedTuple):
    """Drive a road's edges at this share of their speed from now on; 1,000,000 lifts it."""

    segment: str
    share_ppm: int


class Carry(NamedTuple):
    """The vehicle carries so much from now on: it was loaded where it stands, or emptied (0)."""

    mass_kg: int


class Place(NamedTuple):
    """The vehicle stands on this node now, at this step, with nothing to do."""

    node: str
    step: int
    position: NodePosition | None = None


class Release(NamedTuple):
    """Take the vehicle's order away and command it no more until it is placed."""


class Cancel(NamedTuple):
    """Take the vehicle's order away; it stops at the next node at the latest."""


class Pause(NamedTuple):
    """Stand at once."""


class EmergencyStop(NamedTuple):
    """Stand at once, as a pause; what is under way is not continued but by Resume."""


class Resume(NamedTuple):
    """Go on after a pause, and try again what was given up."""


class Charge(NamedTuple):
    """Charge until full."""


class EndCharge(NamedTuple):
    """Charge no longer."""


class AskState(NamedTuple):
    """Send a state now."""


class AskFactsheet(NamedTuple):
    """Send the factsheet."""


Intent = (
    Drive
    | Slow
    | Carry
    | Place
    | Release
    | Cancel
    | Pause
    | EmergencyStop
    | Resume
    | Charge
    | EndCharge
    | AskState
    | AskFactsheet
)


class NodePassed(NamedTuple):
    """The vehicle passed or reached a node of its way."""

    node: str
    step: int
    charge_ppm: int


class OrderAccepted(NamedTuple):
    """The vehicle's state names an order's update for the first time."""

    order_id: str
    update_id: int


class OrderRejected(NamedTuple):
    """The vehicle refused an order or an update."""

    order_id: str
    update_id: int
    reason: str


class OrderFinished(NamedTuple):
    """The vehicle has done all of an order and is idle."""

    order_id: str


class OrderLost(NamedTuple):
    """The vehicle no longer has its order: rebooted, driven by hand, or cleared."""

    order_id: str
    reason: str


class OrderCancelled(NamedTuple):
    """A cancelOrder is over: the vehicle stands without an order."""

    order_id: str


class Stopped(NamedTuple):
    """The vehicle can't go on by itself."""

    reason: str


class Recovered(NamedTuple):
    """A stopped vehicle can go on."""


class Silent(NamedTuple):
    """Nothing is heard of the vehicle, or it said goodbye; it may still drive its base."""

    reason: str


class Heard(NamedTuple):
    """A silent vehicle is heard again, or one is heard for the first time."""


class ErrorAppeared(NamedTuple):
    """The vehicle reports an error that it did not report before."""

    error: VehicleError


class ErrorGone(NamedTuple):
    """The vehicle no longer reports an error."""

    error: VehicleError


class ModeChanged(NamedTuple):
    """Somebody else, or the vehicle itself, commands the vehicle now."""

    mode: str


class Rebooted(NamedTuple):
    """The vehicle's messages are counted anew."""


class Paused(NamedTuple):
    """The vehicle stands because it was paused."""


class Resumed(NamedTuple):
    """The vehicle is no longer paused."""


class LoadChanged(NamedTuple):
    """The vehicle carries other loads than before, by their ids; their mass is 0 if not known."""

    loads: tuple[str, ...]
    mass_kg: int


class ChargingBegan(NamedTuple):
    """The vehicle charges."""


class ChargingOver(NamedTuple):
    """The vehicle is full, or charges no longer."""

    charge_ppm: int


class BaseWanted(NamedTuple):
    """The vehicle will soon be at the end of its base and asks for more."""


class FactsheetRead(NamedTuple):
    """The vehicle's limits are known now; ``unmet`` are parameters that it needs in vain."""

    unmet: tuple[str, ...]


Fact = (
    NodePassed
    | OrderAccepted
    | OrderRejected
    | OrderFinished
    | OrderLost
    | OrderCancelled
    | Stopped
    | Recovered
    | Silent
    | Heard
    | ErrorAppeared
    | ErrorGone
    | ModeChanged
    | Rebooted
    | Paused
    | Resumed
    | LoadChanged
    | ChargingBegan
    | ChargingOver
    | BaseWanted
    | FactsheetRead
)
