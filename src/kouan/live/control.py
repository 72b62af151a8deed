"""What people may say to a running port's vehicles: words over HTTP below /api/fleet/."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import msgspec

from kouan.dispatch import events as e
from kouan.live.accounts.rights import Right
from kouan.live.view import View
from kouan.live.words import (
    Figure,
    Moment,
    Name,
    NameOrAll,
    Post,
    Reason,
    Refused,
    Word,
    Words,
)
from kouan.port.model import Port


class Halt(Word, frozen=True):
    """Halt one vehicle, all of a fleet, or all."""

    right: ClassVar[Right] = Right.VEHICLES_HALT
    how: Literal["hold", "pause", "stop"]
    reason: Reason
    fleet: NameOrAll = ""
    vehicle: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """One halt."""
        return [e.VehiclesHalted(0, self.fleet, self.vehicle, self.how, by, self.reason)]


class Free(Word, frozen=True):
    """Let halted vehicles go on."""

    right: ClassVar[Right] = Right.VEHICLES_HALT
    fleet: NameOrAll = ""
    vehicle: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """One end of a halt."""
        return [e.VehiclesFreed(0, self.fleet, self.vehicle, by)]


class Take(Word, frozen=True):
    """A person drives or tows a vehicle from now on."""

    right: ClassVar[Right] = Right.VEHICLES_TAKE
    vehicle: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One take-over."""
        return [e.VehicleTaken(0, self.vehicle, by, self.reason)]


class Bring(Word, frozen=True):
    """A vehicle that a person had stands at its parking place again."""

    right: ClassVar[Right] = Right.VEHICLES_TAKE
    vehicle: Name
    charge_wh: Figure

    def events(self, by: str) -> list[e.Event]:
        """One return."""
        return [e.VehicleReturned(0, self.vehicle, self.charge_wh, by)]


class Remove(Word, frozen=True):
    """A vehicle has left its fleet and the port's roads."""

    right: ClassVar[Right] = Right.VEHICLES_REMOVE
    vehicle: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One removal."""
        return [e.VehicleRemoved(0, self.vehicle, by, self.reason)]


class Cancel(Word, frozen=True):
    """Call a transport order off."""

    right: ClassVar[Right] = Right.ORDERS_CANCEL
    order: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One cancellation."""
        return [e.OrderCancelled(0, self.order, by, self.reason)]


class Place(Word, frozen=True):
    """Place a transport order together with its manifest and declaration."""

    right: ClassVar[Right] = Right.ORDERS_PLACE
    order: Name
    fleet: Name
    mass_kg: Figure
    visit_class: NameOrAll = ""
    goods: Annotated[str, msgspec.Meta(max_length=64)] = ""
    containers: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    seal: NameOrAll = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    deadline_ms: Moment = 0
    after: NameOrAll = ""

    def events(self, by: str) -> list[e.Event]:
        """The order and its papers."""
        seal = self.seal or f"S-{self.order}"
        load = (self.mass_kg, self.goods, self.containers, seal)
        urgency = (self.priority, self.deadline_ms, self.after)
        visit_class = self.visit_class or self.fleet
        manifest = f"M-{self.order}"
        return [
            e.TransportOrderPlaced(0, self.order, self.fleet, visit_class, *load, *urgency, by),
            e.ManifestLodged(0, manifest, self.order, "", self.mass_kg, self.containers, seal),
            e.DeclarationLodged(0, f"D-{self.order}", manifest),
        ]


WORDS: dict[str, type[Word]] = {
    "halt": Halt,
    "free": Free,
    "take": Take,
    "return": Bring,
    "remove": Remove,
    "cancel": Cancel,
    "order": Place,
}
"""Every word by its path below /api/fleet/."""


def fleet_words(port: Port, view: Callable[[], View], post: Post) -> Words:
    """Take words about the vehicles of a port and their orders."""

    def check(word: str, said: Word) -> None:
        vehicle, fleet = getattr(said, "vehicle", ""), getattr(said, "fleet", "")
        known = [one.id for one in view().vehicles]
        if vehicle and vehicle not in known:
            raise Refused(422, f"{word}: vehicle {vehicle}: expected {', '.join(known) or 'none'}")
        fleets = port.fleets
        if fleet and fleet not in fleets:
            raise Refused(422, f"{word}: fleet {fleet}: expected {', '.join(fleets) or 'none'}")

    return Words("/api/fleet", WORDS, check, post)
