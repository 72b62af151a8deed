"""Vehicles that others made, driven by our master over our connection and broker.

Each goes to and fro on a lane of its own, four nodes 4 m apart: with stitched updates, with a hold
at a gate, cancelled, paused, killed. Every order ends, or it is said why not.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.messages import Order
from kouan.live.vda5050.versions import Quirks
from tests.e2e.master_fleet import MasterFleet, schemas
from tests.e2e.outside_vehicle import NodeProcess, install, start_vehicles
from tests.e2e.trips import PATIENCE_S, Trip, standing, told

pytestmark = pytest.mark.xdist_group("outside_vehicle")

QUIRKS = Quirks(instant_key="instantActions")


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
            self._tools, [trip.name], self._address, at=standing(trip)
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
                assert trip.done.wait(PATIENCE_S), told(fleet, trip)
    finally:
        processes.close()
    assert not fleet.problems
    ends = {"cancel": "cancelled"}
    for name, trip in trips.items():
        ended = {number: ends.get(kind, "finished") for number, kind in enumerate(PLANS[name])}
        assert trip.outcomes == ended, told(fleet, trip)
        lost = [one for one in fleet.vehicles[name].facts if isinstance(one, i.OrderLost)]
        silent = [one for one in fleet.vehicles[name].facts if isinstance(one, i.Silent)]
        assert len(lost) == len(silent) == PLANS[name].count("kill"), told(fleet, trip)
    sent = [one for watched in fleet.vehicles.values() for one in watched.sent]
    updates = [one for one in sent if isinstance(one, Order) and one.update_id]
    assert len(updates) > len(PLANS) * 5, "hardly any stitched update"
    traffic = fleet.link.traffic
    assert (traffic.refused, traffic.unsent, traffic.failed) == (0, 0, 0)


def test_sixty_vehicles_in_one_run(tools: Path, broker: EmbeddedBroker, outside_data: Path) -> None:
    names = [f"V{number:02}" for number in range(60)]
    fleet, trips = _fleet(broker, {name: ["updates"] for name in names}, outside_data)
    for trip in trips.values():
        trip.lane = 0
    process = start_vehicles(tools, names, broker.address, at=standing(trips["V00"]))
    try:
        with fleet:
            for trip in trips.values():
                trip.begin()
            for trip in trips.values():
                assert trip.done.wait(PATIENCE_S), told(fleet, trip)
    finally:
        process.close()
    assert not fleet.problems
    assert [trip.outcomes for trip in trips.values()] == [{0: "finished"}] * len(names)
