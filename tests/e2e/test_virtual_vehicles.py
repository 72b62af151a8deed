"""Virtual vehicles of every version under our master, with everything that can go wrong."""

import threading
from pathlib import Path

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.intents import Fact
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.versions import VERSIONS
from kouan.live.virtual.faults import parse_fault
from kouan.live.virtual.process import Crew, VirtualProcess
from kouan.live.virtual.spec import VehicleSpec
from tests.e2e.master_fleet import MasterFleet, schemas
from tests.e2e.trips import PATIENCE_S, Trip, told

PLANS = {
    "updates": ["updates", "gate", "cancel", "pause"],
    "stop": ["updates"] * 2,
    "lost": ["updates"] * 2,
    "empty": ["updates"] * 2,
    "emergency": ["updates"] * 2,
    "manual": ["updates"] * 2,
    "offline": ["updates"] * 2,
    "reboot": ["updates"] * 2,
    "kill": ["kill", "updates"],
}
"""By the vehicle's name, which is also what goes wrong with it."""
SIGNS: dict[str, type[Fact]] = {
    "stop": i.Stopped,
    "lost": i.Stopped,
    "empty": i.Stopped,
    "emergency": i.Stopped,
    "manual": i.OrderLost,
    "offline": i.Silent,
    "reboot": i.OrderLost,
    "kill": i.Rebooted,
}
"""How the master notices."""
TIME_SCALE = 20
FAULT_AT_S, FAULT_FOR_S = 4, 10


def _crew(broker: EmbeddedBroker, name: str, lane: int, version: str, keep: Path) -> Crew:
    spec = VehicleSpec(
        name, version=version, node=f"n{lane}-0", y_mm=10_000 * lane, state_every_ms=5_000
    )
    faults = []
    if name not in ("updates", "kill"):
        faults = [parse_fault(f"{name}@{FAULT_AT_S}+{FAULT_FOR_S}")]
    return Crew(broker.address, [spec], TIME_SCALE, str(keep), faults)


class Processes:
    """One process for each vehicle, so that it can be killed by itself."""

    def __init__(self) -> None:
        self.running: dict[str, VirtualProcess] = {}

    def start(self, trip: Trip, crew: Crew) -> None:
        def restart() -> None:
            self.running[trip.name].kill()
            self.running[trip.name].close()
            self.start(trip, crew)

        trip.kill = restart
        self.running[trip.name] = VirtualProcess(crew)
        self.running[trip.name].start()

    def close(self) -> None:
        for process in self.running.values():
            process.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_order_ends_whatever_goes_wrong(
    version: str, outside_data: Path, tmp_path: Path
) -> None:
    trips: dict[str, Trip] = {}
    processes = Processes()
    with EmbeddedBroker() as broker:
        fleet = MasterFleet(
            broker.address,
            [MasterSpec(name, "Kouan", name, VERSIONS[version]) for name in PLANS],
            lambda name, fact: trips[name].take(fact),
            schemas(outside_data, version),
        )
        for lane, (name, kinds) in enumerate(PLANS.items()):
            trips[name] = Trip(fleet, name, lane, kinds, threading.Event())
            processes.start(trips[name], _crew(broker, name, lane, version, tmp_path))
        try:
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
        noticed = [type(fact) for fact in fleet.vehicles[name].facts]
        assert SIGNS.get(name, i.Heard) in noticed, told(fleet, trip)
    assert fleet.link.traffic.failed == 0
