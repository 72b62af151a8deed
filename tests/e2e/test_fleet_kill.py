"""A port with ten vehicles over MQTT is killed again and again, while broker and vehicles go on.

No order is lost or done twice, vehicles go on from their base, and nothing that a vehicle may still
drive on is given to another: the checkers read that from the journal.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.fleetlink import FleetPlan, virtual_vehicles
from kouan.live.virtual.process import Crew, VirtualProcess
from kouan.port.read import load_port
from tests.e2e.fleet_journal import check_fleet, trips
from tests.e2e.live_process import MORNING, TINY, live

VEHICLES, ORDERS, SCALE = 10, 12, 60
SETTINGS = (
    *(f"fleets.agv.count={VEHICLES}", f"places.agv_park.room={VEHICLES}"),
    *("demand.trucks.per_day=0", f"demand.coal.per_day={ORDERS}"),
    *("demand.coal.hours=09:00-09:20", "places.coal_yard.stations=4", "places.shed.stations=4"),
)
LAST_S = 120


@contextmanager
def crew(address: BrokerAddress, keep: Path) -> Iterator[VirtualProcess]:
    """The port's vehicles as virtual ones in a process that no port owns."""
    port, _ = load_port(TINY, SETTINGS)
    vehicles = virtual_vehicles(port, FleetPlan())
    with VirtualProcess(Crew(address, vehicles, SCALE, str(keep))) as process:
        yield process


def arguments(broker: EmbeddedBroker) -> list[object]:
    set_so = [word for each in SETTINGS for word in ("--set", each)]
    wire = ["--vehicles", "elsewhere", "--broker", broker.url]
    return ["--start", MORNING, "--time-scale", SCALE, "--seed", 3, *wire, *set_so]


def killed(tmp_path: Path, kills: int) -> None:
    data, chance = tmp_path / "data", random.Random(kills)
    broker = EmbeddedBroker()
    broker.start()
    try:
        with crew(broker.address, tmp_path / "crew"):
            for _ in range(kills):
                with live(data, *arguments(broker)) as process:
                    time.sleep(chance.uniform(0.1, 3.0))
                    process.kill()
            with live(data, *arguments(broker)) as process:
                for _ in range(LAST_S):
                    if len(trips(data)) == ORDERS:
                        break
                    time.sleep(1)
                summary = process.stop()
    finally:
        broker.close()
    assert summary["trips"] == ORDERS
    assert summary["messages_lost"] == 0
    check_fleet(data, ORDERS)


@pytest.mark.slow
def test_five_kills(tmp_path: Path) -> None:
    killed(tmp_path, 5)


@pytest.mark.soak
def test_fifty_kills(tmp_path: Path) -> None:
    killed(tmp_path, 50)
