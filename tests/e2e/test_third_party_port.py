"""A whole port with six vehicles of another maker: gates, an operator's words, a vehicle killed.

What is published is checked on the wire by the official schemas and by our own validator.
"""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import ServiceEnded
from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.codec import decode
from kouan.live.vda5050.messages import Order
from kouan.live.vda5050.topics import Topic, read_topic
from kouan.live.vda5050.validate import check_order
from kouan.live.vda5050.versions import VERSIONS, Quirks
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.replay import verify
from tests.e2e.command import kouan
from tests.e2e.live_process import MORNING, live
from tests.e2e.master_fleet import schemas
from tests.e2e.outside_vehicle import NodeProcess, install

pytestmark = pytest.mark.xdist_group("outside_vehicle")

VEHICLES, SCALE = 6, 20
SERIALS = [f"agv-{number}" for number in range(1, VEHICLES + 1)]
SETTINGS = (
    *(f"fleets.agv.count={VEHICLES}", "places.agv_park.room=6", "demand.trucks.per_day=0"),
    *("demand.coal.hours=09:00-09:10", "places.coal_yard.stations=4", "places.shed.stations=4"),
)
QUIRKS = Quirks(instant_key="instantActions")
S_AN_ORDER = 8
"""Wall time that an order may take, all of them one after another."""


class Listener:
    """Hears everything that is sent to vehicles, and says what is wrong with it."""

    def __init__(self, address: BrokerAddress, outside_data: Path) -> None:
        self.problems: list[str] = []
        self.orders: list[Order] = []
        self._valid = schemas(outside_data, "2.1.0")
        self._lock = threading.Lock()
        topics = (("uagv/v2/Outside/+/order", 0), ("uagv/v2/Outside/+/instantActions", 0))
        self.link = LinkThread(address, LinkPlan("listener", topics, on_message=self._take))

    def _take(self, text: str, payload: bytes) -> None:
        found = read_topic(text)
        assert found is not None
        kind = found[2]
        said: dict[str, Any] = json.loads(payload)
        if kind is Topic.INSTANT_ACTIONS:
            said["actions"] = said.pop("instantActions")
        with self._lock:
            self.problems += [error.message for error in self._valid[kind].iter_errors(said)]
            if kind is Topic.ORDER:
                message = decode(kind, payload, VERSIONS["2.0.0"], QUIRKS)
                assert isinstance(message, Order)
                self.orders.append(message)
                self.problems += [str(one) for one in check_order(message)]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("npm-agv"))


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


def start(tools: Path, serials: list[str], broker: EmbeddedBroker, at: str) -> NodeProcess:
    names = ",".join(serials)
    process = NodeProcess(tools, "agv.js", names, "2.0.0", broker.url, 7, SCALE, at)
    process.wait_said(f"started {len(serials)}")
    return process


def finished(data: Path) -> int:
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        events = [entry.decoded_event() for entry in journal.entries()]
    return sum(1 for one in events if isinstance(one, ServiceEnded) and one.stage == "returning")


def words(data: Path, *said: str) -> None:
    done = kouan("fleet", *said, "--data", data, cwd=data.parent)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("orders", [12, pytest.param(60, marks=pytest.mark.soak)])
def test_a_port_drives_vehicles_of_another_maker(
    orders: int, tools: Path, broker: EmbeddedBroker, outside_data: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    settings = (*SETTINGS, f"demand.coal.per_day={orders}")
    set_so = [word for each in settings for word in ("--set", each)]
    wire = ["--vehicles", "elsewhere", "--broker", broker.url, "--vda-set", "manufacturer=Outside"]
    quirk = ["--vda-set", "instant_key=instantActions", "--vda-set", "map_id=local"]
    quirk += ["--time-scale", str(SCALE)]
    listener = Listener(broker.address, outside_data)
    listener.link.start()
    assert listener.link.wait_connected(30)
    most, last = start(tools, SERIALS[:-1], broker, "0,0,0,yard"), None
    try:
        last = start(tools, SERIALS[-1:], broker, "0,0,0,yard")
        with live(data, "--start", MORNING, *wire, *quirk, *set_so) as process:
            time.sleep(8)
            words(data, "pause", "--vehicle", "agv-1", "--reason", "person on the road")
            words(data, "hold", "--vehicle", "agv-2", "--reason", "fog")
            last.kill()
            time.sleep(3)
            words(data, "resume")
            last.close()
            last = start(tools, SERIALS[-1:], broker, "0,0,0,yard")
            for _ in range(S_AN_ORDER * orders):
                if finished(data) == orders:
                    break
                time.sleep(1)
            summary = process.stop()
    finally:
        for one in (most, last):
            if one is not None:
                one.close()
        listener.link.close()
    assert listener.problems == []
    assert any(order.update_id for order in listener.orders), "no stitched update"
    assert (summary["violations"], summary["messages_lost"]) == (0, 0)
    assert summary["trips"] == orders
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        checkers = Checkers(journal.header.port())
        for entry in journal.entries():
            checkers.observe(entry.number, entry.decoded_event(), entry.decoded_commands())
        assert checkers.violations == []
        assert verify(journal, Dispatcher).good
