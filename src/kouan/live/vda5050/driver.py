"""The dispatcher's commands to one vehicle as VDA 5050, and what the vehicle says as events.

It is the executor of a real vehicle: commands, payloads and the time go in; payloads to publish and
events come out. Commands may come twice: grants are counted by step, and whatever else is numbered
is carried out once.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.codec import decode, encode, topic_of
from kouan.live.vda5050.master import Master, Output
from kouan.live.vda5050.memory import MasterMemory, MasterSpec
from kouan.live.vda5050.messages import NodePosition
from kouan.live.vda5050.topics import DELIVERY, Topic, topic
from kouan.live.vda5050.values import CodecError, Wire
from kouan.port.model import Fleet
from kouan.traffic.roadmap import RoadMap

MOST_REQUESTS = 256
MAP_ID = "port"
DEVIATION_MM = 500


class Publish(NamedTuple):
    """A payload for the broker."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Driven(NamedTuple):
    """What a call brings: payloads to publish, events for the dispatcher, facts for people.

    ``fault`` says what was wrong with a payload that came in; "" is nothing.
    """

    publish: tuple[Publish, ...] = ()
    events: tuple[e.Event, ...] = ()
    facts: tuple[i.Fact, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A vehicle of a fleet: how it is spoken with, and where it stands at first."""

    master: MasterSpec
    fleet: str
    home: str
    """The road map's node of its parking place."""
    battery_wh: int
    speed_empty_mm_s: int
    speed_loaded_mm_s: int
    map_id: str = MAP_ID
    deviation_mm: int = DEVIATION_MM
    actions: dict[str, str] = field(default_factory=dict)
    """VDA 5050 actions by what a vehicle does at its way's end in the dispatcher's words."""


@dataclass(slots=True)
class DriverMemory:
    """What a driver remembers: plain data."""

    master: MasterMemory = field(default_factory=MasterMemory)
    joined: bool = False
    load_kg: int = 0
    requests: dict[int, bool] = field(default_factory=dict)
    """Numbers of commands that were carried out, the newest of them."""
    unheard: bool = False
    """Whether the dispatcher was told that nothing is heard of the vehicle."""


def spec_of(master: MasterSpec, fleet_id: str, fleet: Fleet, home: str) -> DriverSpec:
    """The spec of a vehicle of a port's fleet; ``home`` is its parking place's node."""
    return DriverSpec(
        master,
        fleet_id,
        home,
        fleet.battery_wh,
        fleet.speed_empty_mm_s,
        fleet.speed_loaded_mm_s,
    )


class Driver:
    """One vehicle. Times are those of ``now_ms``, which never run back."""

    def __init__(
        self, spec: DriverSpec, roadmap: RoadMap, memory: DriverMemory | None = None
    ) -> None:
        """A vehicle that stands at home, or one that goes on with its memory."""
        self.spec = spec
        self.roadmap = roadmap
        self.memory = memory or DriverMemory()
        self.master = Master(spec.master, self.memory.master)
        if self.master.memory.at is None:
            self.master.want(i.Place(spec.home, 0, self._position(spec.home)), 0)

    @property
    def vehicle(self) -> str:
        """Its name in the port."""
        return self.spec.master.vehicle

    # --- in ------------------------------------------------------------------------------------

    def carry_out(self, command: c.Command, now_ms: int) -> Driven:
        """Carry out a command of the dispatcher; those to other vehicles bring nothing."""
        memory, vehicle = self.memory, self.vehicle
        if getattr(command, "vehicle", "") != vehicle and not isinstance(command, c.SlowTo):
            return Driven()
        intent = self._intent(command)
        if intent is None:
            return Driven()
        request = getattr(command, "request", 0)
        if request and request in memory.requests and not isinstance(intent, REPEATABLE):
            if not isinstance(intent, i.Charge) or self.master.memory.charging:
                return Driven()
            # The answer may have been lost: an end that is asked for twice is told twice.
            intent = i.EndCharge()
        if request:
            memory.requests[request] = True
            while len(memory.requests) > MOST_REQUESTS:
                del memory.requests[next(iter(memory.requests))]
        return self._driven(self.master.want(intent, now_ms), now_ms)

    def receive(self, kind: Topic, payload: bytes, now_ms: int) -> Driven:
        """Take a payload that the vehicle sent; one that can't be read changes nothing."""
        spec = self.spec.master
        try:
            message = decode(kind, payload, spec.version, spec.quirks)
        except CodecError as error:
            return Driven(fault=str(error))
        header = message.header
        if kind is not Topic.FACTSHEET and kind is not Topic.VISUALIZATION:
            said = (header.manufacturer, header.serial)
            if said != (spec.manufacturer, spec.serial):
                return Driven(fault=f"{kind}: from {said}: expected {spec.serial}")
        return self._driven(self.master.receive(message, now_ms), now_ms)

    def tick(self, now_ms: int) -> Driven:
        """Let happen what is due."""
        return self._driven(self.master.tick(now_ms), now_ms)

    def ask_state(self, now_ms: int) -> Driven:
        """Ask a known vehicle how it is: what it said while nobody listened is lost."""
        if self.master.memory.state is None:
            return Driven()
        return self._driven(self.master.want(i.AskState(), now_ms), now_ms)

    def lose(self, reason: str, now_ms: int, *, for_good: bool) -> Driven:
        """Take somebody else's word that the vehicle can't be heard, or won't be any more."""
        return self._driven(self.master.lose(reason, now_ms, for_good=for_good), now_ms)

    def next_at_ms(self) -> int | None:
        """When ``tick`` is to be called at the latest."""
        return self.master.next_at_ms()

    # --- commands as intents -------------------------------------------------------------------

    def _intent(self, command: c.Command) -> i.Intent | None:
        match command:
            case c.DriveTo():
                return self._drive(command)
            case c.StartCharging():
                return i.Charge()
            case c.StopCharging():
                return i.EndCharge()
            case c.PauseVehicle():
                return i.Pause()
            case c.ResumeVehicle():
                return i.Resume()
            case c.ReleaseVehicle():
                return i.Release()
            case c.PlaceVehicle():
                return i.Place(command.node, command.step, self._position(command.node))
            case c.LoadVehicle():
                self.memory.load_kg = command.mass_kg
                return i.Carry(command.mass_kg)
            case c.SlowTo():
                return i.Slow(command.segment, command.share_ppm)
        return None

    def _drive(self, command: c.DriveTo) -> i.Drive:
        """The legs of a grant; the first one joins on to the node before it, if that is known."""
        base = command.base
        before = self._node_before(command.step)
        legs = []
        for offset, node in enumerate(base + command.horizon):
            last = bool(command.action) and offset == len(base) - 1
            action = self.spec.actions.get(command.action, "") if last else ""
            legs.append(self._leg(before, node, command.step + offset, action, last=last))
            before = node
        name = command.order or self.vehicle
        return i.Drive(name, tuple(legs[: len(base)]), tuple(legs[len(base) :]))

    def _node_before(self, step: int) -> str:
        memory = self.master.memory
        known = [memory.at] if memory.at else []
        known += [one.leg for one in memory.route]
        return next((leg.node for leg in known if leg.step == step - 1), "")

    def _leg(self, before: str, node: str, step: int, action: str, *, last: bool) -> i.Leg:
        spec = self.spec
        arc = self.roadmap.arcs.get((before, node))
        own = spec.speed_loaded_mm_s if self.memory.load_kg else spec.speed_empty_mm_s
        speed = min(own, arc.speed_mm_s) if arc else own
        length = arc.length_mm if arc else 0
        segment = arc.segment if arc else ""
        return i.Leg(node, step, length, speed, self._position(node), action, last, segment)

    def _position(self, node: str) -> NodePosition | None:
        place = self.roadmap.nodes.get(node)
        if place is None:
            return None
        deviation = self.spec.deviation_mm
        return NodePosition(place.x_mm, place.y_mm, self.spec.map_id, deviation_mm=deviation)

    # --- out -----------------------------------------------------------------------------------

    def _driven(self, output: Output, now_ms: int) -> Driven:
        spec = self.spec.master
        wire = Wire(spec.version, spec.quirks)
        publish = []
        for message in output.messages:
            kind = topic_of(message)
            name = topic(wire, spec.manufacturer, spec.serial, kind)
            publish.append(Publish(name, encode(message, *wire), *DELIVERY[kind]))
        events = [
            event for fact in output.facts if (event := self._event(fact, now_ms)) is not None
        ]
        return Driven(tuple(publish), tuple(events), output.facts)

    def _event(self, fact: i.Fact, now_ms: int) -> e.Event | None:
        vehicle = self.vehicle
        match fact:
            case i.NodePassed():
                charge_wh = self._charge_wh(fact.charge_ppm)
                return e.VehicleMoved(now_ms, vehicle, fact.node, fact.step, charge_wh)
            case i.Heard():
                return self._heard(now_ms)
            case i.Silent() if self.memory.joined:
                self.memory.unheard = True
                return e.VehicleSilent(now_ms, vehicle, fact.reason)
            case i.Stopped():
                return e.VehicleStopped(now_ms, vehicle, fact.reason)
            case i.Recovered():
                return e.VehicleRecovered(now_ms, vehicle)
            case i.ChargingOver():
                return e.ChargingEnded(now_ms, vehicle, self._charge_wh(fact.charge_ppm))
        return None

    def _heard(self, now_ms: int) -> e.Event | None:
        """A vehicle joins when it is heard for the first time, wherever it then is."""
        memory, vehicle = self.memory, self.vehicle
        state = self.master.memory.state
        if not memory.joined and state is not None:
            memory.joined = True
            charge_wh = self._charge_wh(state.battery.charge_ppm)
            return e.VehicleJoined(now_ms, vehicle, self.spec.fleet, charge_wh)
        if memory.unheard:
            memory.unheard = False
            return e.VehicleHeard(now_ms, vehicle)
        return None

    def _charge_wh(self, charge_ppm: int) -> int:
        return self.spec.battery_wh * charge_ppm // 1_000_000


REPEATABLE = (i.Drive, i.EndCharge)
"""Intents whose answer is repeated when they come again; they change nothing then."""
