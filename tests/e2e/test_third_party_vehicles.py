"""Vehicles that others made, driven by our master over our connection and broker.

Each goes to and fro on a lane of its own, four nodes 4 m apart: with stitched updates, with a hold
at a gate, cancelled, paused, killed. Every order ends, or it is said why not.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.intents import Fact, Leg
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.messages import NodePosition
from kouan.live.vda5050.versions import Quirks
from tests.e2e.master_fleet import MasterFleet, schemas
from tests.e2e.outside_vehicle import NodeProcess, install, start_vehicles

pytestmark = pytest.mark.xdist_group("outside_vehicle")

PATIENCE_S = 100.0
LANE = (0, 4_000, 8_000, 12_000)
LAST = len(LANE) - 1
GATE = 1
"""Legs of a way before its gate."""
HOLD_S = 0.4
QUIRKS = Quirks(instant_key="instantActions")


@dataclass(slots=True)
class Trip:
    """One vehicle's ways to and fro: what each is like, and what became of it."""

    fleet: MasterFleet
    name: str
    lane: int
    kinds: list[str]
    done: threading.Event
    at: int = 0
    """Place on the lane."""
    step: int = 0
    number: int = -1
    way: list[Leg] = field(default_factory=list)
    held: bool = False
    kill: Callable[[], None] | None = None
    """Kills the vehicle's process and starts it again where it was."""
    outcomes: dict[int, str] = field(default_factory=dict)
    """How the orders ended, by their number."""

    @property
    def kind(self) -> str:
        """What the way under way is like."""
        return self.kinds[self.number]

    def node(self, place: int) -> str:
        return f"n{self.lane}-{place}"

    def position(self, place: int) -> NodePosition:
        return NodePosition(LANE[place], 10_000 * self.lane, "local", 0)

    def begin(self) -> None:
        """Say where the vehicle stands, and set out."""
        self.fleet.want(self.name, i.Place(self.node(self.at), self.step, self.position(self.at)))
        self.set_out()

    def set_out(self) -> None:
        """The next way, to the farther end of the lane."""
        self.number += 1
        if self.number == len(self.kinds):
            self.done.set()
            return
        target, direction = (LAST, 1) if self.at <= LAST // 2 else (0, -1)
        places = range(self.at + direction, target + direction, direction)
        self.way = [
            Leg(
                self.node(place),
                self.step + number,
                4_000,
                2_000,
                self.position(place),
                last=place == target,
            )
            for number, place in enumerate(places, 1)
        ]
        self.held = self.kind == "gate"
        self.drive(GATE if self.held else 2)

    def drive(self, count: int) -> None:
        """Grant the way's next legs."""
        ahead = [leg for leg in self.way if leg.step > self.step]
        drive = i.Drive(f"{self.name}-{self.number}", tuple(ahead[:count]), tuple(ahead[count:]))
        self.fleet.want(self.name, drive)

    def take(self, fact: Fact) -> None:
        """Go on by what was found out."""
        match fact:
            case i.NodePassed():
                self._pass(fact)
            case i.OrderFinished():
                self._end("finished")
            case i.OrderCancelled():
                self.fleet.later(0, self._after_cancel)
            case i.Paused():
                self.fleet.later(HOLD_S, lambda: self.fleet.want(self.name, i.Resume()))

    def _pass(self, fact: i.NodePassed) -> None:
        if fact.step <= self.step:
            return
        assert not self.held or fact.step <= self.way[0].step, "passed a gate that is closed"
        self.step, self.at = fact.step, int(fact.node.rpartition("-")[2])
        if self.held:
            self.fleet.later(HOLD_S, self._open)
        elif self.kind == "cancel" and fact.step == self.way[0].step:
            self.fleet.want(self.name, i.Cancel())
        else:
            if self.kind == "pause" and fact.step == self.way[0].step:
                self.fleet.want(self.name, i.Pause())
            if self.kind == "kill" and fact.step == self.way[0].step:
                assert self.kill is not None
                threading.Thread(target=self.kill).start()
            self.drive(2)

    def _open(self) -> None:
        self.held = False
        self.drive(2)

    def _after_cancel(self) -> None:
        """The vehicle stands somewhere on its lane, and goes on from there."""
        state = self.fleet.vehicles[self.name].master.memory.state
        assert state is not None
        self.at = int(state.last_node_id.rpartition("-")[2])
        self.step += 10
        self.fleet.want(self.name, i.Place(self.node(self.at), self.step, self.position(self.at)))
        self._end("cancelled")

    def _end(self, how: str) -> None:
        self.outcomes[self.number] = how
        self.fleet.later(0, self.set_out)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("npm-agv"))


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


def _spec(name: str) -> MasterSpec:
    return MasterSpec(name, "Outside", name, quirks=QUIRKS)


def _fleet(
    broker: EmbeddedBroker, plans: dict[str, list[str]], outside_data: Path
) -> tuple[MasterFleet, dict[str, Trip]]:
    trips: dict[str, Trip] = {}
    fleet = MasterFleet(
        broker.address,
        [_spec(name) for name in plans],
        lambda name, fact: trips[name].take(fact),
        schemas(outside_data, "2.1.0"),
    )
    for lane, (name, kinds) in enumerate(plans.items()):
        trips[name] = Trip(fleet, name, lane, kinds, threading.Event())
    return fleet, trips


PLANS = {
    "A": ["updates"] * 10,
    "B": ["updates", "gate"] * 5,
    "C": ["updates", "cancel"] * 5,
    "D": ["updates", "pause"] * 5,
    "E": ["gate", "cancel", "pause", "updates", "gate"] * 2,
    "F": ["updates", "kill", "updates", "updates", "kill"] * 2,
}


class Processes:
    """One process for each vehicle, so that it can be killed by itself."""

    def __init__(self, tools: Path, address: BrokerAddress) -> None:
        self._tools = tools
        self._address = address
        self._running: dict[str, NodeProcess] = {}

    def start(self, trip: Trip) -> None:
        """Start a vehicle where its trip believes it to be."""
        trip.kill = lambda: self._restart(trip)
        self._running[trip.name] = start_vehicles(
            self._tools, [trip.name], self._address, at=_at(trip)
        )

    def _restart(self, trip: Trip) -> None:
        before = self._running[trip.name]
        before.kill()
        before.close()
        self.start(trip)

    def close(self) -> None:
        for process in self._running.values():
            process.close()


def test_sixty_orders_on_six_vehicles(
    tools: Path, broker: EmbeddedBroker, outside_data: Path
) -> None:
    fleet, trips = _fleet(broker, PLANS, outside_data)
    processes = Processes(tools, broker.address)
    try:
        for trip in trips.values():
            processes.start(trip)
        with fleet:
            for trip in trips.values():
                trip.begin()
            for trip in trips.values():
                assert trip.done.wait(PATIENCE_S), _told(fleet, trip)
    finally:
        processes.close()
    assert not fleet.problems
    ends = {"cancel": "cancelled"}
    for name, trip in trips.items():
        ended = {number: ends.get(kind, "finished") for number, kind in enumerate(PLANS[name])}
        assert trip.outcomes == ended, _told(fleet, trip)
        lost = [one for one in fleet.vehicles[name].facts if isinstance(one, i.OrderLost)]
        silent = [one for one in fleet.vehicles[name].facts if isinstance(one, i.Silent)]
        assert len(lost) == len(silent) == PLANS[name].count("kill"), _told(fleet, trip)
    traffic = fleet.link.traffic
    assert (traffic.refused, traffic.unsent, traffic.failed) == (0, 0, 0)


def test_sixty_vehicles_in_one_run(tools: Path, broker: EmbeddedBroker, outside_data: Path) -> None:
    names = [f"V{number:02}" for number in range(60)]
    fleet, trips = _fleet(broker, {name: ["updates"] for name in names}, outside_data)
    for trip in trips.values():
        trip.lane = 0
    process = start_vehicles(tools, names, broker.address, at=_at(trips["V00"]))
    try:
        with fleet:
            for trip in trips.values():
                trip.begin()
            for trip in trips.values():
                assert trip.done.wait(PATIENCE_S), _told(fleet, trip)
    finally:
        process.close()
    assert not fleet.problems
    assert [trip.outcomes for trip in trips.values()] == [{0: "finished"}] * len(names)


def _at(trip: Trip) -> str:
    position = trip.position(trip.at)
    return f"{position.x_mm / 1e3},{position.y_mm / 1e3},0,{trip.node(trip.at)}"


def _told(fleet: MasterFleet, trip: Trip) -> str:
    """What is known of a vehicle that did not do as it should."""
    watched = fleet.vehicles[trip.name]
    lines = [f"{trip.name}: {trip.outcomes}", *map(str, watched.facts[-30:])]
    return "\n".join([*lines, str(watched.master.memory), *fleet.problems])
