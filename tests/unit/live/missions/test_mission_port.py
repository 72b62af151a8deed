"""The tiny port whose fleet is its vendor's: every trip is driven over missions, and told once."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import ServiceEnded, VehicleMoved
from kouan.live.broker import EmbeddedBroker
from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetPlan, virtual_vehicles
from kouan.live.missions.link import MEMORY_FOLDER, MissionLink
from kouan.live.missions.serving import Host, MqttManager
from kouan.live.missions.twin import Trouble, VirtualManager
from kouan.live.missions.wires import MqttWire
from kouan.live.options import LiveOptions
from kouan.live.service import LivePort
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.replay import verify
from kouan.sim.site import VirtualSite
from tests.unit.live.support import morning_ms, tiny_port

SCALE = 60
PATIENCE_S = 90.0
EARLY_MS = 290_000
"""The day begins five minutes before there is anything to do; most of that is left out."""
SETTINGS = (
    *("fleets.agv.count=2", "places.agv_park.room=2", "demand.trucks.per_day=0"),
    *("demand.coal.per_day=1", "demand.coal.hours=09:00-09:01", "places.shed.dwell=1 min"),
)


def begin_ms(port: Port) -> int:
    return morning_ms(port) + EARLY_MS


class MissionPort(LivePort):
    """A port whose vehicles are reached over their manager."""

    broker: EmbeddedBroker

    def _make_fleet(self) -> MissionLink:  # type: ignore[override]
        return link(self.port, self.folder, self.clock, self.broker)


def link(port: Port, folder: Path, clock: PortClock, broker: EmbeddedBroker) -> MissionLink:
    return MissionLink(
        port, folder, clock, lambda fleet, hear: MqttWire(broker.address, fleet, hear)
    )


def site(port: Port, seed: int, start_ms: int) -> VirtualSite:
    return VirtualSite(port, seed, start_ms, start_ms + DAY_MS, vehicles=False)


def opened(port: Port, folder: Path, broker: EmbeddedBroker) -> MissionPort:
    MissionPort.broker = broker
    options = LiveOptions(seed=3, time_scale=SCALE, start_ms=begin_ms(port), http_port=None)
    return MissionPort(port, folder, site, options)


def run_until(live: MissionPort, wanted: Callable[[MissionPort], bool]) -> None:
    """Run until it is as wanted."""
    pause = threading.Event()
    live.start()
    try:
        for _ in range(round(PATIENCE_S * 20)):
            if wanted(live) or live.ended:
                break
            pause.wait(0.05)
    finally:
        live.stop()
        live.close()


def check(folder: Path, trips: int) -> None:
    """No rule is broken, every trip ended once, and each node was told once."""
    with Journal.open(folder / JOURNAL_FILE, writing=False) as journal:
        checkers = Checkers(journal.header.port())
        ended: Counter[str] = Counter()
        moved = 0
        for entry in journal.entries():
            event = entry.decoded_event()
            checkers.observe(entry.number, event, entry.decoded_commands())
            moved += isinstance(event, VehicleMoved)
            if isinstance(event, ServiceEnded) and event.stage == "returning":
                ended[event.visit] += 1
        assert checkers.violations == []
        assert verify(journal, Dispatcher).good
    assert moved > 8 * trips
    assert list(ended.values()) == [1] * trips


def test_a_port_is_driven_over_missions_and_goes_on_after_a_restart_on_the_way(
    tmp_path: Path,
) -> None:
    port = tiny_port(*SETTINGS)
    trouble = Trouble(lost_ppm=100_000, doubled_ppm=200_000, late_ms=2_000)
    manager = VirtualManager("agv", virtual_vehicles(port, FleetPlan()), trouble)
    with EmbeddedBroker() as broker:
        server = MqttManager(Host(manager, PortClock(begin_ms(port), SCALE)), broker.address)
        server.start()
        vehicles = manager.vehicles.values()
        run_until(
            opened(port, tmp_path, broker), lambda _: any(one.node == "line" for one in vehicles)
        )
        run_until(opened(port, tmp_path, broker), lambda live: live.summary(0).trips == 1)
        server.close()
    assert sorted(path.name for path in (tmp_path / MEMORY_FOLDER).iterdir()) == [
        "agv-1.state",
        "agv-2.state",
    ]
    check(tmp_path, 1)


def test_a_spoiled_memory_is_named(tmp_path: Path) -> None:
    port = tiny_port()
    (tmp_path / MEMORY_FOLDER).mkdir()
    path = tmp_path / MEMORY_FOLDER / "agv-1.state"
    path.write_bytes(b"spoiled")
    with pytest.raises(LiveError, match=r"agv-1\.state: what was remembered"):
        link(port, tmp_path, PortClock(0), EmbeddedBroker())


def test_time_that_runs_too_fast_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="time scale 61"):
        link(tiny_port(), tmp_path, PortClock(0, 61), EmbeddedBroker())
