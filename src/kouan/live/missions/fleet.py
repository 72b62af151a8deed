"""The port's fleets over their managers, as a plan says: broker, wires, virtual managers.

A fleet with a manager by URL is reached over HTTP, all others over the port's broker. Virtual
managers run in a process of their own and end with the port, however that ends; what they know is
kept in the data folder.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from kouan.dispatch import events as e
from kouan.dispatch.commands import Command
from kouan.live.broker import BrokerAddress, EmbeddedBroker, parse_broker
from kouan.live.clock import PortClock
from kouan.live.fleetlink import VIRTUAL_FOLDER, FleetPlan, LinkCounts, vehicles_of
from kouan.live.missions.crew import ManagerCrew
from kouan.live.missions.link import MissionLink
from kouan.live.missions.wires import HttpWire, MqttWire, OnBody, Wire
from kouan.live.virtual.kept import KeptProcess
from kouan.live.virtual.spec import VehicleSpec
from kouan.port.model import Port


class MissionFleet:
    """Executor of commands to vehicles, with all that it takes to reach their managers."""

    def __init__(self, port: Port, folder: Path, clock: PortClock, plan: FleetPlan) -> None:
        """Make the drivers, each with what it remembered; raises LiveError for what can't be."""
        self.plan = plan
        self._folder = folder / VIRTUAL_FOLDER
        self._link = MissionLink(port, folder, clock, self._wire)
        self._time_scale = clock.time_scale
        self._by_broker = [fleet for fleet in port.fleets if fleet not in plan.managers]
        self._embedded = None if plan.broker or not self._by_broker else EmbeddedBroker()
        self._address: BrokerAddress | None = None
        self._vehicles = _crews(port, plan)
        self._crew: KeptProcess | None = None

    @property
    def trouble(self) -> str:
        """What a person has to look at; "" is nothing."""
        return "" if self._crew is None else self._crew.gave_up

    @property
    def counts(self) -> LinkCounts:
        """Messages so far."""
        return self._link.counts

    def start(self, post: Callable[[Sequence[e.Event]], None]) -> None:
        """Connect, start virtual managers if they are wanted, and post from now on."""
        if self._embedded is not None:
            self._embedded.start()
            self._address = self._embedded.address
        elif self._by_broker:
            self._address = parse_broker(self.plan.broker, self.plan.ca_file)
        self._link.start(post)
        if self._vehicles and self._address is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            keep = str(self._folder)
            crew = ManagerCrew(self._address, self._vehicles, self._time_scale, keep)
            self._crew = KeptProcess(crew, _silent, module="kouan.live.missions")
            self._crew.start()

    def close(self) -> None:
        """End virtual managers, wires and embedded broker, in this order."""
        if self._crew is not None:
            self._crew.close()
        self._link.close()
        if self._embedded is not None:
            self._embedded.close()

    def __call__(self, command: Command) -> None:
        """Carry out a command, if it is for one of the vehicles."""
        self._link(command)

    def _wire(self, fleet: str, on_body: OnBody) -> Wire:
        manager = self.plan.managers.get(fleet)
        if manager is not None:
            return HttpWire(
                manager.url,
                manager.token,
                on_body,
                hook_port=manager.hook_port,
                hook_token=manager.hook_token,
            )
        assert self._address is not None
        return MqttWire(self._address, fleet, on_body)


def _silent(_reason: str, _for_good: bool) -> None:
    """Managers that say nothing are missed by the drivers themselves."""


def _crews(port: Port, plan: FleetPlan) -> dict[str, list[VehicleSpec]]:
    """The fleets whose virtual managers the port starts itself."""
    if not (plan.virtual and plan.crew):
        return {}
    return {
        fleet: vehicles_of(port, plan, fleet) for fleet in port.fleets if fleet not in plan.managers
    }
