"""Virtual vehicles of every version under our master, with everything that can go wrong."""

import threading
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.intents import Fact
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.versions import VERSIONS
from kouan.live.virtual.faults import FAULTS, OUTSIDE, Fault
from kouan.live.virtual.process import Crew, VirtualProcess
from kouan.live.virtual.spec import VehicleSpec
from tests.e2e.master_fleet import MasterFleet, schemas
from tests.e2e.trips import PATIENCE_S, Trip, told
from tests.unit.live.virtual_host import Together

PLANS = {
    "updates": ["updates", "gate", "cancel", "pause"],
    "killed": ["kill", "updates"],
    **{kind: ["kill", "updates"] for kind in (*FAULTS, *OUTSIDE)},
}
"""By the vehicle's name, which is also what goes wrong with it once it is under way."""
SIGNS: dict[str, type[Fact]] = {
    "stop": i.Stopped,
    "lost": i.Stopped,
    "empty": i.Stopped,
    "emergency": i.Stopped,
    "manual": i.OrderLost,
    "offline": i.Silent,
    "reboot": i.OrderLost,
    "killed": i.Rebooted,
}
"""How the master notices."""
TIME_SCALE = 20
FAULT_MS = 10_000


def _spec(trip: Trip, version: str) -> VehicleSpec:
    place = {"node": trip.node(0), "y_mm": trip.position(0).y_mm}
    return VehicleSpec(trip.name, version=version, state_every_ms=5_000, **place)  # type: ignore[arg-type]


class Alone:
    """A vehicle in a process of its own that keeps its memory, is killed and started again."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._process = VirtualProcess(crew)

    def restart(self) -> None:
        self._process.kill()
        self._process.close()
        self._process = VirtualProcess(self._crew)
        self._process.start()

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_order_ends_whatever_goes_wrong(
    version: str, outside_data: Path, tmp_path: Path
) -> None:
    trips: dict[str, Trip] = {}
    with EmbeddedBroker() as broker:
        fleet = MasterFleet(
            broker.address,
            [MasterSpec(name, "Kouan", name, VERSIONS[version]) for name in PLANS],
            lambda name, fact: trips[name].take(fact),
            schemas(outside_data, version),
        )
        for lane, (name, kinds) in enumerate(PLANS.items()):
            trips[name] = Trip(fleet, name, lane, kinds, threading.Event())
        specs = {name: _spec(trip, version) for name, trip in trips.items()}
        alone = Alone(Crew(broker.address, [specs.pop("killed")], TIME_SCALE, str(tmp_path)))
        with Together(Crew(broker.address, list(specs.values()), TIME_SCALE)) as together, alone:
            for name in specs:
                trips[name].kill = partial(together.inject, name, Fault(name, FAULT_MS))
            trips["killed"].kill = alone.restart
            with fleet:
                for trip in trips.values():
                    trip.begin()
                for trip in trips.values():
                    assert trip.done.wait(PATIENCE_S), told(fleet, trip)
    assert not fleet.problems
    ends = {"cancel": "cancelled"}
    for name, trip in trips.items():
        ended = {number: ends.get(kind, "finished") for number, kind in enumerate(PLANS[name])}
        assert trip.outcomes == ended, told(fleet, trip)
        noticed = [type(fact) for fact in fleet.vehicles[name].facts]
        assert SIGNS.get(name, i.Heard) in noticed, told(fleet, trip)
    assert fleet.link.traffic.failed == 0
