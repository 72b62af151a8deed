"""Time release study: intervals from arrival to leaving, as the WCO's guide measures them.

Every visit that passed and was released counts once, under its procedure, its channel, and whether
its declaration was lodged before it arrived. A fact from before the arrival counts as of then.
"""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.report.fold import Fold
from kouan.report.histogram import Histogram

INTERVALS = (
    "arrival_to_declaration",
    "declaration_to_release",
    "arrival_to_release",
    "release_to_gate_out",
    "arrival_to_gate_out",
)
CHANNELS = ("green", "yellow", "red")
GROUPS = ("all", "pre_arrival", "after_arrival", *(f"channel_{name}" for name in CHANNELS))
"""Groups of visits; a channel of another name counts in none of its own."""


@dataclass(slots=True)
class Formalities:
    """Times of one visit, 0 while unknown."""

    procedure: str
    fleet: str = ""
    arrived_ms: int = 0
    declared_ms: int = 0
    released_ms: int = 0
    channel: str = ""
    turned_back: bool = False
    declaration: str = ""
    manifest: str = ""


@dataclass(slots=True)
class Intervals:
    """Histograms of one group of visits, by interval."""

    visits: int = 0
    times_ms: dict[str, Histogram] = field(
        default_factory=lambda: {name: Histogram() for name in INTERVALS}
    )


class ReleaseFold(Fold):
    """Intervals by (procedure, group); the groups of ``GROUPS``."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        self.port = port
        self.groups: dict[tuple[str, str], Intervals] = {}
        self.visits: dict[str, Formalities] = {}
        self.manifests: dict[str, str] = {}
        self.declarations: dict[str, str] = {}
        self.orders: dict[str, str] = {}
        self.on_event = {
            e.VisitAnnounced: self._announced,
            e.TransportOrderPlaced: self._ordered,
            e.ManifestLodged: self._manifest,
            e.DeclarationLodged: self._declaration,
            e.ChannelAssigned: self._channel,
            e.Released: self._released,
            e.Arrived: self._arrived,
            e.ServiceEnded: self._served,
            e.LeftPort: self._left,
            e.VisitLapsed: self._lapsed,
        }
        self.on_command = {
            c.StartService: self._begin,
            c.ConfirmSlip: self._begin,
            c.DriveTo: self._drive,
            c.TurnBack: self._turn_back,
        }

    def _announced(self, at_ms: int, event: e.VisitAnnounced) -> None:
        del at_ms
        self.visits.setdefault(event.visit, Formalities(event.procedure))

    def _ordered(self, at_ms: int, event: e.TransportOrderPlaced) -> None:
        del at_ms
        fleet = self.port.fleets.get(event.fleet)
        if fleet is not None:
            self.visits.setdefault(event.order, Formalities(fleet.procedure, event.fleet))

    def _manifest(self, at_ms: int, event: e.ManifestLodged) -> None:
        del at_ms
        visit = self.visits.get(event.visit)
        if visit is not None:
            visit.manifest = event.manifest
            self.manifests[event.manifest] = event.visit

    def _declaration(self, at_ms: int, event: e.DeclarationLodged) -> None:
        name = self.manifests.get(event.manifest, "")
        visit = self.visits.get(name)
        if visit is not None and not visit.declared_ms:
            visit.declared_ms = at_ms
            visit.declaration = event.declaration
            self.declarations[event.declaration] = name

    def _of(self, declaration: str) -> Formalities | None:
        return self.visits.get(self.declarations.get(declaration, ""))

    def _channel(self, at_ms: int, event: e.ChannelAssigned) -> None:
        del at_ms
        visit = self._of(event.declaration)
        if visit is not None:
            visit.channel = event.channel

    def _released(self, at_ms: int, event: e.Released) -> None:
        visit = self._of(event.declaration)
        if visit is not None and not visit.released_ms:
            visit.released_ms = at_ms

    # --- the visit itself --------------------------------------------------------------------

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        self._arrive(at_ms, event.visit)

    def _begin(self, at_ms: int, command: c.StartService | c.ConfirmSlip) -> None:
        self._arrive(at_ms, command.visit)

    def _drive(self, at_ms: int, command: c.DriveTo) -> None:
        before = self.orders.get(command.vehicle, "")
        self.orders[command.vehicle] = command.order
        if before != command.order and before in self.visits:
            self.visits[before].turned_back = True
            self._end(at_ms, before)
        self._arrive(at_ms, command.order)

    def _arrive(self, at_ms: int, name: str) -> None:
        visit = self.visits.get(name)
        if visit is not None and not visit.arrived_ms:
            visit.arrived_ms = at_ms

    def _turn_back(self, at_ms: int, command: c.TurnBack) -> None:
        del at_ms
        visit = self.visits.get(command.visit)
        if visit is not None:
            visit.turned_back = True

    def _served(self, at_ms: int, event: e.ServiceEnded) -> None:
        visit = self.visits.get(event.visit)
        if visit is None or not visit.fleet:
            return
        if self.port.procedures[visit.procedure].stages[-1].id == event.stage:
            self._end(at_ms, event.visit)

    def _left(self, at_ms: int, event: e.LeftPort) -> None:
        self._end(at_ms, event.visit)

    def _lapsed(self, at_ms: int, event: e.VisitLapsed) -> None:
        self._end(at_ms, event.visit)

    def _end(self, at_ms: int, name: str) -> None:
        visit = self.visits.pop(name, None)
        if visit is None:
            return
        self.manifests.pop(visit.manifest, None)
        self.declarations.pop(visit.declaration, None)
        if visit.turned_back or not (visit.arrived_ms and visit.released_ms):
            return
        early = visit.declared_ms <= visit.arrived_ms
        groups = ["all", "pre_arrival" if early else "after_arrival"]
        if visit.channel in CHANNELS:
            groups.append(f"channel_{visit.channel}")
        times_ms = _intervals(visit, at_ms)
        for group in groups:
            intervals = self.groups.setdefault((visit.procedure, group), Intervals())
            intervals.visits += 1
            for interval, lasted_ms in times_ms.items():
                intervals.times_ms[interval].add(lasted_ms)


def _intervals(visit: Formalities, gone_ms: int) -> dict[str, int]:
    arrived_ms = visit.arrived_ms
    declared_ms = max(visit.declared_ms, arrived_ms)
    released_ms = max(visit.released_ms, declared_ms)
    return {
        "arrival_to_declaration": declared_ms - arrived_ms,
        "declaration_to_release": released_ms - declared_ms,
        "arrival_to_release": released_ms - arrived_ms,
        "release_to_gate_out": gone_ms - released_ms,
        "arrival_to_gate_out": gone_ms - arrived_ms,
    }
