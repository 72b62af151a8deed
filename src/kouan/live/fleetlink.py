"""The port's vehicles over MQTT: a driver for each, a connection for all, virtual ones if wanted.

A killed port goes on with its vehicles where it was (`drivers`): commands that were not carried out
come again from the journal, and what vehicles did meanwhile is said again to the dispatcher, for
whom a word said twice is one.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kouan.dispatch import events as e
from kouan.live.broker import BrokerAddress, EmbeddedBroker, parse_broker
from kouan.live.clock import PortClock
from kouan.live.drivers import DriverLink, Memories, Post
from kouan.live.errors import LiveError
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.driver import MAP_ID, Driven, Driver, DriverMemory, spec_of
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.topics import FROM_VEHICLE, Topic, read_topic
from kouan.live.vda5050.versions import VERSIONS, Quirks
from kouan.live.virtual.kept import KeptProcess
from kouan.live.virtual.process import Crew
from kouan.live.virtual.spec import VehicleSpec, of_fleet
from kouan.port.model import Port
from kouan.traffic.roadmap import compile_roads

MEMORY_FOLDER = "vehicles"
VIRTUAL_FOLDER = "virtual"
CONNECT_S = 30.0
MOST_SCALE = 60
"""Most that time may be scaled with vehicles on a wire: they act as the real ones, by messages."""
MANUFACTURER = "Kouan"
STATE_EVERY_MS = 10_000


@dataclass(frozen=True, slots=True)
class ManagerPlan:
    """A fleet manager over HTTP: where it is called, and where it posts to if it does."""

    url: str
    token: str = field(repr=False)
    hook_port: int = -1
    """On loopback; below 0 it is polled instead."""
    hook_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """How vehicles are reached; without ``broker`` an embedded one is started."""

    protocol: str = "vda5050"
    """``vda5050``: each vehicle by itself; ``missions``: by the manager of its fleet."""
    managers: Mapping[str, ManagerPlan] = field(default_factory=dict)
    """Of fleets whose manager is called over HTTP; those of others are at the broker."""
    broker: str = ""
    ca_file: str = ""
    version: str = "2.0.0"
    manufacturer: str = MANUFACTURER
    map_id: str = MAP_ID
    """What the vehicles call the port's map."""
    quirks: Quirks = field(default_factory=Quirks)
    """What the vehicles do otherwise than the standard says."""
    tells_loads: bool = True
    """Whether vehicles that know pick and drop are told by them what they carry."""
    virtual: bool = True
    """Whether all vehicles are virtual: port time may then be scaled."""
    crew: bool = True
    """Whether virtual vehicles are started here; else they are expected at the broker."""


@dataclass(slots=True)
class LinkCounts:
    """Messages since the start. Lost ones were taken and not sent, or came and could not be read.

    An order or action that is lost on the way is sent again until the vehicle names it.
    """

    published: int = 0
    received: int = 0
    lost: int = 0


class FleetLink(DriverLink[Driver]):
    """Executor of commands to vehicles; what vehicles say is posted as events."""

    def __init__(self, port: Port, folder: Path, clock: PortClock, plan: FleetPlan) -> None:
        """Make the drivers, each with what it remembered; raises LiveError for what can't be."""
        if clock.time_scale > MOST_SCALE:
            raise LiveError(
                f"time scale {clock.time_scale}: expected at most {MOST_SCALE} with vehicles over "
                "MQTT; --vehicles inside has no such limit"
            )
        if plan.version not in VERSIONS:
            raise LiveError(f"VDA 5050 {plan.version}: expected one of {', '.join(VERSIONS)}")
        self.plan = plan
        self._folder = folder
        self._faults = 0
        memories = Memories(folder / MEMORY_FOLDER, DriverMemory)
        drivers = self._make_drivers(port, memories)
        known = (one.memory.master.newest_ms for one in drivers.values())
        super().__init__(clock, drivers, memories, known)
        self._by_serial = {
            (one.spec.master.manufacturer, one.spec.master.serial): name
            for name, one in drivers.items()
        }
        self._embedded = None if plan.broker else EmbeddedBroker()
        self._link: LinkThread | None = None
        self._crew: KeptProcess | None = None
        self._vehicles = _own_crew(port, plan)

    def _make_drivers(self, port: Port, memories: Memories[DriverMemory]) -> dict[str, Driver]:
        roadmap = compile_roads(port.roads)
        version = VERSIONS[self.plan.version]
        made = {}
        for fleet_id, fleet in port.fleets.items():
            home = port.places[fleet.parking].node
            for index in range(1, fleet.count + 1):
                name = f"{fleet_id}-{index}"
                master = MasterSpec(
                    name,
                    self.plan.manufacturer,
                    name,
                    version,
                    self.plan.quirks,
                    tells_loads=self.plan.tells_loads,
                )
                spec = replace(spec_of(master, fleet_id, fleet, home), map_id=self.plan.map_id)
                made[name] = Driver(spec, roadmap, memories.of(name))
        return made

    # --- start and stop ------------------------------------------------------------------------

    def start(self, post: Post) -> None:
        """Connect, start virtual vehicles if they are wanted, and post from now on."""
        (self._folder / VIRTUAL_FOLDER).mkdir(parents=True, exist_ok=True)
        self._begin(post)
        address = self._broker()
        prefix = self.plan.quirks.prefix or VERSIONS[self.plan.version].prefix
        topics = tuple(
            (f"{prefix}/{self.plan.manufacturer}/+/{kind}", 1 if kind is Topic.CONNECTION else 0)
            for kind in FROM_VEHICLE
        )
        name = f"kouan-{os.getpid()}"
        plan = LinkPlan(name, topics, on_message=self._receive, on_change=self._ask_again)
        self._link = LinkThread(address, plan)
        self._link.start()
        if not self._link.wait_connected(CONNECT_S):
            raise LiveError(f"broker {address}: no connection within {CONNECT_S:.0f} s")
        with self._lock:
            for driver in self._drivers.values():
                self._send_events(_said_again(driver, self._now_ms()))
        if self._vehicles:
            keep = str(self._folder / VIRTUAL_FOLDER)
            crew = Crew(address, self._vehicles, self.clock.time_scale, keep)
            self._crew = KeptProcess(crew, self._lose_crew)
            self._crew.start()
        self._ticker.start()

    def _broker(self) -> BrokerAddress:
        if self._embedded is None:
            return parse_broker(self.plan.broker, self.plan.ca_file)
        self._embedded.start()
        return self._embedded.address

    def close(self) -> None:
        """End virtual vehicles, connection and embedded broker, in this order."""
        if self._crew is not None:
            self._crew.close()
        self._end_time()
        if self._link is not None:
            self._link.close()
        if self._embedded is not None:
            self._embedded.close()

    @property
    def trouble(self) -> str:
        """What a person has to look at; "" is nothing."""
        return "" if self._crew is None else self._crew.gave_up

    @property
    def counts(self) -> LinkCounts:
        """Messages so far."""
        if self._link is None:
            return LinkCounts()
        traffic = self._link.traffic
        lost = traffic.unsent + traffic.failed + self._faults
        return LinkCounts(traffic.published, traffic.received, lost)

    # --- what comes in -------------------------------------------------------------------------

    def _receive(self, topic: str, payload: bytes) -> None:
        found = read_topic(topic)
        if found is None:
            return
        manufacturer, serial, kind = found
        name = self._by_serial.get((manufacturer, serial))
        if name is None:
            return
        driver = self._drivers[name]
        with self._lock:
            self._pass_on(driver, driver.receive(kind, payload, self._now_ms()))

    def _ask_again(self, connected: bool) -> None:
        """Whenever the port is connected, what vehicles said before may have been missed."""
        if connected:
            with self._lock:
                for driver in self._drivers.values():
                    self._pass_on(driver, driver.ask_state(self._now_ms()))

    def _lose_crew(self, reason: str, for_good: bool) -> None:
        """The virtual vehicles are gone with their process: each is silent, and keeps its road."""
        with self._lock:
            for driver in self._drivers.values():
                self._pass_on(driver, driver.lose(reason, self._now_ms(), for_good=for_good))

    # --- what goes out -------------------------------------------------------------------------

    def _send(self, driver: Driver, driven: Driven) -> None:
        del driver
        self._faults += bool(driven.fault)
        if self._link is not None:
            for one in driven.publish:
                self._link.publish(one.topic, one.payload, qos=one.qos, retain=one.retain)


def _said_again(driver: Driver, now_ms: int) -> list[e.Event]:
    """What a driver knows of its vehicle, in case that its last words were lost with a kill."""
    memory, master = driver.memory, driver.memory.master
    if not memory.joined or master.state is None:
        return []
    vehicle = driver.vehicle
    charge_wh = driver.spec.battery_wh * master.state.battery.charge_ppm // 1_000_000
    said: list[e.Event] = [e.VehicleJoined(now_ms, vehicle, driver.spec.fleet, charge_wh)]
    if master.at is not None:
        said.append(e.VehicleMoved(now_ms, vehicle, master.at.node, master.at.step, charge_wh))
    if master.stopped:
        said.append(e.VehicleStopped(now_ms, vehicle, master.stopped))
    else:
        said.append(e.VehicleRecovered(now_ms, vehicle))
    if memory.unheard:
        said.append(e.VehicleSilent(now_ms, vehicle, "not heard before the restart"))
    if not master.charging:
        said.append(e.ChargingEnded(now_ms, vehicle, charge_wh))
    return said


def _own_crew(port: Port, plan: FleetPlan) -> list[VehicleSpec]:
    """The virtual vehicles that the port starts itself."""
    if not (plan.virtual and plan.crew):
        return []
    return virtual_vehicles(port, plan)


def virtual_vehicles(port: Port, plan: FleetPlan) -> list[VehicleSpec]:
    """The vehicles of a port's fleets as virtual ones, each at its parking place."""
    return [one for fleet in port.fleets for one in vehicles_of(port, plan, fleet)]


def vehicles_of(port: Port, plan: FleetPlan, fleet_id: str) -> list[VehicleSpec]:
    """The vehicles of one fleet."""
    fleet = port.fleets[fleet_id]
    name = port.places[fleet.parking].node
    node = port.roads.nodes[name]
    return [
        of_fleet(
            fleet,
            f"{fleet_id}-{index}",
            version=plan.version,
            manufacturer=plan.manufacturer,
            node=name,
            x_mm=node.x_mm,
            y_mm=node.y_mm,
            map_id=plan.map_id,
            state_every_ms=STATE_EVERY_MS,
        )
        for index in range(1, fleet.count + 1)
    ]
