"""A play around one dispatcher: it remembers what was asked, and answers when the test says so.

Nothing happens by itself: time goes on, requests are answered and vehicles move only when told, so
a test can choose any order, leave an answer out or give it twice. Every step is watched by the
checkers of ``kouan.runtime``, and the state is frozen and thawed between steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.plan import Plan
from kouan.dispatch.state import State, Visit
from kouan.port.flow import looped_stations
from kouan.port.model import Port
from kouan.port.procedures import CheckKind
from kouan.runtime.checkers import Checkers
from kouan.runtime.codec import encode_commands, encode_state, state_decoder
from kouan.traffic.network import Network

START = 1_772_409_600_000
SECOND = 1_000
_Kind = TypeVar("_Kind", bound=c.Command)
thaw = state_decoder(State)


@dataclass
class Car:
    """A vehicle: the node it passed last, the number of that step, and what it may drive."""

    node: str
    charge_wh: int
    step: int = 0
    ahead: list[str] = field(default_factory=list)


class Play:
    """One dispatcher, the time, and everything that waits for an answer."""

    def __init__(self, port: Port, at_ms: int = START, *, frozen: bool = True) -> None:
        self.port = port
        self.dispatcher = Dispatcher(port)
        self.now_ms = at_ms
        self.frozen = frozen
        self.open: dict[int, c.Command] = {}
        self.cars: dict[str, Car] = {}
        self.timers: list[tuple[int, str]] = []
        self.late: list[tuple[str, str, e.Evidence]] = []
        self.history: list[e.Event] = []
        self.decided: list[list[c.Command]] = []
        self.commands: list[c.Command] = []
        self.checkers = Checkers(port)
        self.looped = looped_stations(port)

    @property
    def state(self) -> State:
        """What the dispatcher remembers."""
        return self.dispatcher.state

    @cached_property
    def network(self) -> Network:
        """The map that ways are planned on."""
        return Plan(self.port).network

    # --- events in, commands out -----------------------------------------------------------

    def tell(self, kind: type[e.Event], *fields: Any) -> list[c.Command]:
        """Bring an event of this moment; return the commands that follow."""
        return self.bring(kind(self.now_ms, *fields))

    def bring(self, event: e.Event) -> list[c.Command]:
        """Bring an event and note what is asked for."""
        commands = self.dispatcher.handle(event)
        self.history.append(event)
        self.commands += commands
        self.decided.append(commands)
        self.checkers(len(self.history), event, commands)
        encode_commands(commands)
        for command in commands:
            self._note(command)
        if self.frozen:
            frozen = encode_state(self.state)
            self.dispatcher.state = thaw(frozen)
            assert encode_state(self.state) == frozen
        return commands

    def again(self, event: e.Event) -> list[c.Command]:
        """Bring an event once more, as a word that was doubled or came late."""
        return self.bring(event._replace(at_ms=self.now_ms))

    def _note(self, command: c.Command) -> None:
        if isinstance(command, c.WakeAt):
            self.timers.append((command.at_ms, command.reason))
        elif isinstance(command, c.DriveTo):
            car = self.cars[command.vehicle]
            known = car.step + len(car.ahead)
            assert command.step <= known + 1
            car.ahead += command.base[max(0, known + 1 - command.step) :]
        elif isinstance(command, c.ReleaseVehicle):
            self.cars[command.vehicle].ahead = []
        elif isinstance(command, c.PlaceVehicle):
            car = self.cars[command.vehicle]
            car.node, car.step, car.ahead = command.node, command.step, []
        elif self._is_answered(command):
            self.open.setdefault(command.request, command)

    def _is_answered(self, command: c.Command) -> bool:
        """Whether somebody answers a command; an opening only where the lane has loops."""
        if isinstance(command, c.OpenBarrier):
            return command.station in self.looped
        return isinstance(command, tuple(ANSWERS))

    # --- time ------------------------------------------------------------------------------

    def wait(self, duration_ms: int) -> None:
        """Let time go on, and bring every wake-up that falls due."""
        until_ms = self.now_ms + duration_ms
        while self.timers and min(self.timers)[0] <= until_ms:
            timer = min(self.timers)
            self.timers.remove(timer)
            self.now_ms = max(self.now_ms, timer[0])
            self.tell(e.Woke, timer[1])
        self.now_ms = until_ms

    # --- answers ---------------------------------------------------------------------------

    def asked(self, kind: type[_Kind], **fields: Any) -> list[_Kind]:
        """The open requests of a kind whose fields are these."""
        return [
            command
            for command in self.open.values()
            if isinstance(command, kind)
            and all(getattr(command, name) == value for name, value in fields.items())
        ]

    def told(self, kind: type[_Kind], **fields: Any) -> list[_Kind]:
        """All commands of a kind so far whose fields are these."""
        return [
            command
            for command in self.commands
            if isinstance(command, kind)
            and all(getattr(command, name) == value for name, value in fields.items())
        ]

    def answer(self, command: c.Command, *found: Any) -> list[c.Command]:
        """Answer a request as everything in order would; ``found`` is what it says instead."""
        del self.open[command[0]]
        if isinstance(command, c.StartService):
            self.late += self._late_results(command)
        return self.tell(*ANSWERS[type(command)](self, command, *found))

    def serve(self, visit: str, *found: e.Evidence, stage: str = "") -> list[c.Command]:
        """End the service of a visit; ``found`` replaces the evidence of those checks."""
        command = self.asked(c.StartService, visit=visit)[0]
        assert stage in ("", command.stage), command.stage
        evidence = list(self.evidence(visit, command.stage))
        for item in found:
            evidence = [known if known.check != item.check else item for known in evidence]
        return self.answer(command, tuple(evidence))

    def evidence(self, name: str, stage: str) -> tuple[e.Evidence, ...]:
        """What the checks of a stage find when all is as declared."""
        visit = self.state.visits[name]
        stages = self.port.procedures[visit.procedure].stages
        checks = next(each.checks for each in stages if each.id == stage)
        return tuple(
            _as_declared(visit, each.check) for each in checks if each.result_after is None
        )

    def _late_results(self, command: c.StartService) -> list[tuple[str, str, e.Evidence]]:
        stages = self.port.procedures[self.state.visits[command.visit].procedure].stages
        checks = next(each.checks for each in stages if each.id == command.stage)
        return [
            (command.visit, command.stage, e.Evidence(check.check.value))
            for check in checks
            if check.result_after is not None
        ]

    def drive(self, vehicle: str) -> list[c.Command]:
        """Let a vehicle pass one node of what it was granted."""
        car = self.cars[vehicle]
        car.node = car.ahead.pop(0)
        car.step += 1
        car.charge_wh -= 10
        return self.tell(e.VehicleMoved, vehicle, car.node, car.step, car.charge_wh)

    def held(self, vehicle: str) -> list[int]:
        """Cells of the map that a vehicle was released and has not left."""
        course = self.state.traffic.courses[vehicle]
        return [
            cell
            for cell, uses in enumerate(self.state.traffic.cells)
            if uses and uses[0].vehicle == vehicle and uses[0].first < course.base
        ]

    def drive_all(self, vehicle: str) -> str:
        """Let a vehicle drive as far as it is granted; return the node it then stands at."""
        while self.cars[vehicle].ahead:
            self.drive(vehicle)
        return self.cars[vehicle].node

    # --- people, papers, vehicles ----------------------------------------------------------

    def announce(self, visit: str, procedure: str = "", visit_class: str = "coal") -> None:
        """Announce a visit with 30 t aboard."""
        name = procedure or next(iter(self.port.procedures))
        fields = (f"PL-{visit}", f"DR-{visit}", 18_000, 30_000, "coal", 1, f"SE-{visit}")
        self.tell(e.VisitAnnounced, visit, name, visit_class, *fields)

    def lodge(self, visit: str, mass_kg: int = 30_000) -> None:
        """Lodge manifest and declaration."""
        known = self.state.visits.get(visit)
        plate = "" if visit in self.state.orders or (known and known.vehicle) else f"PL-{visit}"
        self.tell(e.ManifestLodged, f"M-{visit}", visit, plate, mass_kg, 1, f"SE-{visit}")
        self.tell(e.DeclarationLodged, f"D-{visit}", f"M-{visit}")

    def arrive(self, visit: str) -> None:
        """Let a carrier come to the port."""
        known = self.state.visits.get(visit)
        name = known.procedure if known else next(iter(self.port.procedures))
        self.tell(e.Arrived, visit, self.port.procedures[name].stages[0].at)

    def come(self, visit: str, procedure: str = "", visit_class: str = "coal") -> None:
        """Announce a visit, lodge its papers and let it come."""
        self.announce(visit, procedure, visit_class)
        self.lodge(visit)
        self.arrive(visit)

    def join(self, count: int, fleet: str = "agv") -> None:
        """Let full vehicles join."""
        declared = self.port.fleets[fleet]
        node = self.port.places[declared.parking].node
        for number in range(1, count + 1):
            name = f"{fleet}-{number}"
            self.cars[name] = Car(node, declared.battery_wh)
            self.tell(e.VehicleJoined, name, fleet, declared.battery_wh)

    def order(self, name: str, fleet: str = "agv", papers: bool = True) -> None:
        """Place a transport order of 30 t."""
        self.tell(e.TransportOrderPlaced, name, fleet, "coal", 30_000, "coal", 1, f"SE-{name}")
        if papers:
            self.lodge(name)

    # --- everything at once ----------------------------------------------------------------

    def run(self, most: int = 10_000) -> None:
        """Answer and drive, oldest first, until nothing is left to do but to wait for a timer."""
        for _ in range(most):
            if self.open:
                command = next(iter(self.open.values()))
                if self.is_over(command):
                    del self.open[command[0]]
                else:
                    self.answer(command)
            elif moving := [name for name, car in self.cars.items() if car.ahead]:
                self.drive(moving[0])
            elif self.late:
                self.tell(e.ResultArrived, *self.late.pop(0))
            else:
                return
        raise AssertionError(f"still busy after {most} steps: {list(self.open.values())[:5]}")

    def is_over(self, command: c.Command) -> bool:
        """Whether nobody waits any more for what was asked: its vehicle was taken away."""
        if isinstance(command, c.StartService):
            known = self.state.visits.get(command.visit)
            return known is None or known.request != command.request
        return isinstance(command, c.StartCharging) and command.request not in self.state.requests

    def run_papers(self) -> None:
        """Answer what customs are asked about the channel."""
        for command in self.asked(c.SubmitDeclaration):
            self.answer(command)

    def check(self) -> None:
        """Nothing that the checkers watch was broken."""
        assert not self.checkers.violations, self.checkers.violations[:3]


def _as_declared(visit: Visit, check: CheckKind) -> e.Evidence:
    texts = {"plate": visit.plate, "driver": visit.driver, "seal": visit.seal}
    if check in texts:
        return e.Evidence(check.value, texts[check])
    if check is CheckKind.MASS:
        return e.Evidence(check.value, amount=visit.tare_kg + visit.aboard_kg)
    if check is CheckKind.CONTAINER:
        return e.Evidence(check.value, amount=visit.containers)
    return e.Evidence(check.value)


Answer = tuple[Any, ...]


def _served(
    play: Play, command: c.StartService, found: Sequence[e.Evidence] | None = None
) -> Answer:
    evidence = play.evidence(command.visit, command.stage) if found is None else tuple(found)
    fields = (command.visit, command.stage, command.station, command.request, evidence)
    return (e.ServiceEnded, *fields)


def _corrected(play: Play, command: c.AskCorrection) -> Answer:
    visit = play.state.visits.get(command.visit) or play.state.orders.get(command.visit)
    fields = (visit.mass_kg, visit.containers, visit.seal) if visit else (0, 0, "")
    return (e.ManifestLodged, command.manifest, command.visit, "", *fields)


def _charged(play: Play, command: c.StartCharging, charge_wh: int | None = None) -> Answer:
    car = play.cars[command.vehicle]
    full_wh = play.port.fleets[play.state.vehicles[command.vehicle].fleet].battery_wh
    car.charge_wh = full_wh if charge_wh is None else charge_wh
    return e.ChargingEnded, command.vehicle, car.charge_wh


ANSWERS: dict[type[c.Command], Any] = {
    c.StartService: _served,
    c.SendTo: lambda _, command: (e.Arrived, command.visit, command.place),
    c.LeaveBy: lambda _, command: (e.LeftPort, command.visit),
    c.TurnBack: lambda _, command: (e.LeftPort, command.visit),
    c.SubmitDeclaration: lambda _, command, channel="green": (
        e.ChannelAssigned,
        command.declaration,
        channel,
        "customs",
    ),
    c.ReportArrival: lambda _, command: (e.Released, command.declaration, "customs"),
    c.AskCorrection: _corrected,
    c.StartCharging: _charged,
    c.OpenBarrier: lambda _, command, carriers=1: (e.CarrierLeft, command.station, carriers),
    c.LeadOut: lambda _, command, carriers=0: (e.CarrierLeft, command.station, carriers),
}
"""How each kind of request is answered when everything is in order: an event without its time."""
