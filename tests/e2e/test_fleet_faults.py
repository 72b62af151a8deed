"""A whole port with vehicles over a real broker, and all that goes wrong between and beside them.

Under every fault no order is lost or done twice, vehicles go on from their base, and nothing that a
vehicle may still drive is given to another. The journal is judged by the checkers. What vehicles
truly did is seen beside it: they are in the test's process, and what they passed has to be what the
journal says they passed.
"""

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import msgspec
import pytest

from kouan.dispatch.events import VehicleHeard, VehicleSilent, VehicleStopped
from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.fleetlink import VIRTUAL_FOLDER
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.codec import decode
from kouan.live.vda5050.messages import Order
from kouan.live.vda5050.topics import Topic, read_topic
from kouan.live.vda5050.versions import VERSIONS
from kouan.live.virtual.faults import Fault
from kouan.live.virtual.memory import VehicleMemory
from kouan.port.read import load_port
from tests.e2e.fault_fleet import Fleet, wait_until
from tests.e2e.fault_wires import Disorder, Hold, Relay
from tests.e2e.fleet_journal import check_fleet, events, nodes_passed, trips
from tests.e2e.jumping_clock import Clock
from tests.e2e.live_process import TINY, LiveProcess, live

pytestmark = pytest.mark.slow

SCALE, VEHICLES, ORDERS, MANY = 40, 5, 5, 30
S_AN_ORDER = 15
"""Wall time that an order may take, all of them one after another."""
AWAY_MS = 60_000
"""How long a vehicle is cut off, by its own clock."""
HOUR_S = 3_600
KILLS = 3
"""Of a port's child: it is started again five times in a row."""
CLOCK_COMMAND = Path(__file__).with_name("jumping_clock.py")
SOAK = pytest.param(MANY, marks=pytest.mark.soak)


def settings(orders: int) -> tuple[str, ...]:
    """A port in which orders and vehicles follow each other closely."""
    return (
        *(f"fleets.agv.count={VEHICLES}", f"places.agv_park.room={VEHICLES}"),
        *("fleets.agv.acceleration=1 m/s2", "demand.trucks.per_day=0"),
        *(f"demand.coal.per_day={orders}", f"demand.coal.hours=09:00-09:{orders // 4:02}"),
        *("places.coal_yard.stations=4", "places.shed.stations=4"),
        *("roads.segments.south.block=50 m", "roads.segments.south.single_lane=true"),
    )


def arguments(orders: int, *wire: str) -> list[object]:
    set_so = [word for each in settings(orders) for word in ("--set", each)]
    return ["--start", "2026-10-12T09:00", "--time-scale", SCALE, "--seed", 3, *wire, *set_so]


def elsewhere(broker: EmbeddedBroker) -> tuple[str, ...]:
    return "--vehicles", "elsewhere", "--broker", broker.url


@contextmanager
def fleet_of(
    orders: int, broker: EmbeddedBroker, ways: dict[str, BrokerAddress] | None = None
) -> Iterator[Fleet]:
    """The port's vehicles in this process; ``ways`` are those of vehicles with one of their own."""
    port, _ = load_port(TINY, settings(orders))
    with Fleet(port, broker.address, SCALE, ways) as fleet:
        yield fleet


def carried(process: LiveProcess, data: Path, orders: int, problems: Sequence[str] = ()) -> None:
    """Wait until all orders are carried; a port that ended, or a danger, ends that at once."""
    wait_until(
        lambda: len(trips(data)) == orders or bool(problems) or process.process.poll() is not None,
        "an order is not carried",
        S_AN_ORDER * orders,
    )
    assert list(problems) == []
    assert process.process.poll() is None, process.said


def ends_well(process: LiveProcess, data: Path, fleet: Fleet, orders: int) -> None:
    """All is carried; journal and vehicles say the same of every way; nobody was in danger."""
    carried(process, data, orders, fleet.truth.problems)
    wait_until(
        lambda: nodes_passed(data) == fleet.passed(),
        "the journal says other nodes than were driven",
    )
    summary = process.stop()
    assert summary["trips"] == orders
    assert fleet.truth.problems == []
    check_fleet(data, orders)


def went_silent(data: Path) -> set[str]:
    """The vehicles that were told to be silent; each was told to be heard again."""
    told: dict[str, list[type]] = {}
    for event in events(data):
        if isinstance(event, VehicleSilent | VehicleHeard):
            told.setdefault(event.vehicle, []).append(type(event))
    for kinds in told.values():
        assert kinds == [VehicleSilent, VehicleHeard] * (len(kinds) // 2)
    return set(told)


# --- the broker restarts -------------------------------------------------------------------------


def child_of(process: LiveProcess, module: str) -> int:
    """The number of the process that a port started for a module; 0 while there is none."""
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # no process, or one that ended meanwhile
        if module.encode() in command and parent == process.process.pid:
            return int(entry.name)
    return 0


def kill_child(process: LiveProcess, module: str) -> None:
    """Kill a port's child; wait until the port has started it again."""
    before = child_of(process, module)
    assert before
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: child_of(process, module) not in (0, before), f"no new {module}")


def killed_and_started_again(module: str, orders: int, tmp_path: Path) -> None:
    """Kill a child of a port again and again, whenever vehicles have driven on since the last."""
    data, kills = tmp_path / "data", KILLS
    with live(data, *arguments(orders, "--vehicles", "mqtt")) as process:
        for _ in range(kills):
            before = nodes_passed(data)
            wait_until(lambda: drove_on(before, nodes_passed(data)), "nobody drives on")  # noqa: B023
            kill_child(process, module)
        carried(process, data, orders)
        wait_until(lambda: kept_nodes(data) == last_nodes(data), "journal and vehicles differ")
        process.stop()
    # One that is killed before it is ready is told in other words.
    assert 0 < "\n".join(process.said).count("ended (code -9)") <= kills
    check_fleet(data, orders)


def drove_on(before: dict[str, list[str]], now: dict[str, list[str]]) -> bool:
    """Whether two vehicles passed a node."""
    return sum(passed != before.get(name) for name, passed in now.items()) > 1


def last_nodes(data: Path) -> dict[str, str]:
    return {name: passed[-1] for name, passed in nodes_passed(data).items()}


def kept_nodes(data: Path) -> dict[str, str]:
    """The nodes at which the port's own vehicles are, as they keep it for themselves."""
    return {
        name: msgspec.json.decode(
            (data / VIRTUAL_FOLDER / f"Kouan-{name}.json").read_bytes(), type=VehicleMemory
        ).last_node
        for name in nodes_passed(data)
    }


@pytest.mark.parametrize("orders", [ORDERS, SOAK])
def test_the_port_starts_its_broker_again_when_it_is_killed(orders: int, tmp_path: Path) -> None:
    killed_and_started_again("kouan.live.broker_server", orders, tmp_path)


@pytest.mark.parametrize(
    ("orders", "gone_s"), [(ORDERS, 2), pytest.param(MANY, 50, marks=pytest.mark.soak)]
)
def test_a_broker_elsewhere_stops_and_comes_back(orders: int, gone_s: int, tmp_path: Path) -> None:
    data = tmp_path / "data"
    broker = EmbeddedBroker()
    broker.start()
    try:
        with (
            fleet_of(orders, broker) as fleet,
            live(data, *arguments(orders, *elsewhere(broker))) as process,
        ):
            fleet.under_way(2)
            broker.close()
            time.sleep(gone_s)
            broker = EmbeddedBroker(broker.address.port)
            broker.start()
            ends_well(process, data, fleet, orders)
    finally:
        broker.close()
    assert went_silent(data) <= set(fleet.vehicles)


@pytest.mark.parametrize("orders", [ORDERS, SOAK])
def test_the_port_starts_its_vehicles_again_when_their_process_is_killed(
    orders: int, tmp_path: Path
) -> None:
    killed_and_started_again("kouan.live.virtual", orders, tmp_path)


# --- a vehicle is cut off ------------------------------------------------------------------------


def drives_its_base_alone(fleet: Fleet, data: Path, name: str, away_s: float) -> None:
    """A vehicle that is cut off drives to the end of its base, stands there, and is not told."""
    time.sleep(0.1)
    base, before = fleet.base(name)
    assert base
    told = nodes_passed(data).get(name)
    time.sleep(away_s - 0.2)
    driven = fleet.passed()[name][before:]
    assert driven == base
    assert fleet.free(name) == ()
    assert nodes_passed(data).get(name) == told


@pytest.mark.parametrize("orders", [ORDERS, SOAK])
def test_a_vehicle_that_is_cut_off_goes_on_from_the_end_of_its_base(
    orders: int, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with (
        EmbeddedBroker() as broker,
        fleet_of(orders, broker) as fleet,
        live(data, *arguments(orders, *elsewhere(broker))) as process,
    ):
        for _ in range(1 + orders // MANY):
            name = fleet.under_way(3)
            fleet.inject(name, Fault("offline", AWAY_MS))
            drives_its_base_alone(fleet, data, name, AWAY_MS / 1e3 / SCALE)
        ends_well(process, data, fleet, orders)
    assert went_silent(data)


@pytest.mark.parametrize(
    ("orders", "away_s"),
    [(ORDERS, AWAY_MS / 1e3 / SCALE), pytest.param(MANY, 45.0, marks=pytest.mark.soak)],
)
def test_what_a_held_wire_brings_late_and_at_once_does_no_harm(
    orders: int, away_s: float, tmp_path: Path
) -> None:
    """Nobody notices a short one; after 45 s vehicle and port know that it is silent."""
    data = tmp_path / "data"
    with (
        EmbeddedBroker() as broker,
        Hold(broker.address) as way,
        fleet_of(orders, broker, {"agv-1": way.address}) as fleet,
        live(data, *arguments(orders, *elsewhere(broker))) as process,
    ):
        fleet.under_way(3, ["agv-1"])
        way.hold()
        drives_its_base_alone(fleet, data, "agv-1", away_s)
        way.release()
        ends_well(process, data, fleet, orders)
    assert went_silent(data) == ({"agv-1"} if away_s > 35 else set())


# --- messages doubled and out of order -----------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "seed"),
    [(ORDERS, 1), *(pytest.param(MANY, n, marks=pytest.mark.soak) for n in (2, 3))],
)
def test_messages_doubled_and_out_of_order_do_no_harm(
    orders: int, seed: int, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with (
        EmbeddedBroker() as ours,
        EmbeddedBroker() as theirs,
        Relay(ours.address, theirs.address, Disorder(), seed) as relay,
        fleet_of(orders, theirs) as fleet,
        live(data, *arguments(orders, *elsewhere(ours))) as process,
    ):
        ends_well(process, data, fleet, orders)
    assert min(relay.copies, relay.overtaken) > 50
    stopped = [event for event in events(data) if isinstance(event, VehicleStopped)]
    assert stopped == []


# --- a vehicle reboots ---------------------------------------------------------------------------


@pytest.mark.parametrize("orders", [ORDERS, SOAK])
def test_a_vehicle_that_forgot_its_order_drives_the_rest_of_it(orders: int, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with (
        EmbeddedBroker() as broker,
        fleet_of(orders, broker) as fleet,
        live(data, *arguments(orders, *elsewhere(broker))) as process,
    ):
        for _ in range(orders // 2):
            name = fleet.under_way(2)
            fleet.inject(name, Fault("reboot", AWAY_MS))
            time.sleep(2 * AWAY_MS / 1e3 / SCALE)
        ends_well(process, data, fleet, orders)
    assert went_silent(data)


# --- the port's clock jumps ----------------------------------------------------------------------


class Stamps:
    """When the port says that it sent what it sends to vehicles, by vehicle, in order."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.sent_ms: dict[str, list[int]] = {}
        self.numbers: dict[tuple[str, str], set[int]] = {}
        """Numbers of the messages by which orders began: the same message may come again."""
        self.link = LinkThread(
            broker.address,
            LinkPlan("stamps", (("uagv/v2/Kouan/+/order", 0),), on_message=self._take),
        )

    def _take(self, text: str, payload: bytes) -> None:
        found = read_topic(text)
        assert found is not None
        order = decode(Topic.ORDER, payload, VERSIONS["2.0.0"])
        assert isinstance(order, Order)
        self.sent_ms.setdefault(found[1], []).append(order.header.at_ms)
        if not order.update_id:
            begun = self.numbers.setdefault((found[1], order.order_id), set())
            begun.add(order.header.header_id)


def port_ms(process: LiveProcess) -> int:
    with urllib.request.urlopen(f"{process.url}api/view", timeout=10) as answer:
        return int(json.load(answer)["now_ms"])


@pytest.mark.parametrize("orders", [ORDERS, SOAK])
def test_a_clock_that_is_set_forward_and_back_changes_nothing(orders: int, tmp_path: Path) -> None:
    data, clock = tmp_path / "data", Clock(tmp_path / "clock")
    by = (sys.executable, "-P", str(CLOCK_COMMAND), str(clock.path))
    with EmbeddedBroker() as broker, fleet_of(orders, broker) as fleet:
        stamps = Stamps(broker)
        stamps.link.start()
        try:
            said = arguments(orders, *elsewhere(broker))
            with live(data, *said, by=by) as process:
                for off_s in (HOUR_S, -HOUR_S, 30 * 24 * HOUR_S, -2 * HOUR_S):
                    fleet.under_way(1)
                    before_ms, before_s = port_ms(process), perf_counter()
                    clock.set(off_s)
                    time.sleep(0.5)
                    passed_ms = (perf_counter() - before_s) * 1e3 * SCALE
                    assert abs(port_ms(process) - before_ms - passed_ms) < 60_000
                process.kill()
            # Its clock is two hours behind what its journal and its vehicles' memories say.
            with live(data, *said, by=by) as process:
                ends_well(process, data, fleet, orders)
        finally:
            stamps.link.close()
    for name, sent_ms in stamps.sent_ms.items():
        assert sent_ms == sorted(sent_ms), name
    assert len(stamps.numbers) > orders
    assert {len(numbers) for numbers in stamps.numbers.values()} == {1}
    at_ms = [event.at_ms for event in events(data)]
    assert at_ms == sorted(at_ms)
