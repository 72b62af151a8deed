"""Virtual vehicles on the embedded broker: what is lost, how long a release takes, and the cost.

Vehicles drive round and round on rings of nodes 20 m apart, at 1.7 to 2.3 m/s, and send a state
every second at least. Whenever one passes a node it is given the next one: an update of its order.
Measured is the time from the state that says so to the state that has the update, by the vehicle's
own clock: through the broker, decoded, answered, encoded, through the broker again, decoded and
stitched.
"""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psutil  # type: ignore[import-untyped]

from bench.results import Json, Results, table
from kouan.live.broker import BrokerAddress, EmbeddedBroker
from kouan.live.clock import wall_now_ms
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.codec import decode, encode
from kouan.live.vda5050.messages import (
    Header,
    NodePosition,
    Order,
    OrderEdge,
    OrderNode,
    State,
)
from kouan.live.vda5050.topics import Topic, read_topic
from kouan.live.vda5050.versions import V2_0
from kouan.live.virtual.process import Crew, VirtualProcess
from kouan.live.virtual.spec import VehicleSpec

AIM = "200 vehicles at 1 Hz for ten minutes: nothing lost; release within 100 ms in 99 of 100"
FLEETS = {10: 60, 200: 600}
"""Seconds for which a number of vehicles is run."""
SMALL = {10: 10, 50: 10}
ON_MOSQUITTO = {1_000: 120}
"""The same on Debian's mosquitto, where that is installed."""
RING = ((0, 0), (20_000, 0), (20_000, 20_000), (0, 20_000))
BASE, HORIZON = 2, 2
"""Nodes ahead of a vehicle that it may drive to, and that it knows of beyond."""
SETTLE_S = 10.0


def run(results: Results, small: bool) -> None:
    """Run each fleet and keep its figures."""
    for count, seconds in (SMALL if small else FLEETS).items():
        key = f"{count} vehicles"
        if key not in results.runs:
            results.add(key, _run(count, seconds))
        results.figures[key] = {name: results.runs[key][name] for name in COLUMNS}
        results.keep()
    if not small and shutil.which("mosquitto"):
        for count, seconds in ON_MOSQUITTO.items():
            key = f"{count} vehicles, mosquitto"
            if key not in results.runs:
                with Mosquitto() as broker:
                    results.add(key, _run_on(broker.address, broker.process_id, count, seconds))
            results.figures[key] = {name: results.runs[key][name] for name in COLUMNS}
            results.keep()


class Mosquitto:
    """Debian's broker on loopback, for as long as the context lasts."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = BrokerAddress("127.0.0.1", port)
        self._folder = tempfile.TemporaryDirectory()
        settings = Path(self._folder.name) / "mosquitto.conf"
        # Nothing may be dropped by the broker's own bounds, or losses would be its settings.
        settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n"
        )
        self._process = subprocess.Popen(
            ["mosquitto", "-c", str(settings)], stderr=subprocess.DEVNULL
        )
        self.process_id = self._process.pid

    def __enter__(self) -> "Mosquitto":
        time.sleep(1.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()


@dataclass(slots=True)
class Driven:
    """What is known of one vehicle."""

    update_id: int = -1
    base_end: int = 0
    """Number of the last released node."""
    header_id: int = -1
    asked_ms: dict[int, int] = field(default_factory=dict)
    """When the state was made that an update answers, by the update's number."""


class Releaser:
    """Gives every vehicle the next node when it passes one; counts what is missing."""

    def __init__(self, names: list[str]) -> None:
        self.vehicles = {name: Driven() for name in names}
        self.link: LinkThread
        self.waits_ms: list[int] = []
        self.states = self.lost = self.orders = 0
        self.lock = threading.Lock()

    def take(self, topic: str, payload: bytes) -> None:
        """A state came."""
        found = read_topic(topic)
        assert found is not None
        state = decode(Topic.STATE, payload, V2_0)
        assert isinstance(state, State)
        with self.lock:
            self._follow(found[1], state)

    def _follow(self, name: str, state: State) -> None:
        driven = self.vehicles[name]
        self.states += 1
        if driven.header_id >= 0:
            self.lost += state.header.header_id - driven.header_id - 1
        driven.header_id = state.header.header_id
        if state.update_id == driven.update_id and driven.update_id in driven.asked_ms:
            self.waits_ms.append(state.header.at_ms - driven.asked_ms[driven.update_id])
            driven.asked_ms.clear()
        number = state.last_sequence_id // 2
        answered = driven.update_id < 0 or not driven.asked_ms
        if answered and number + BASE > driven.base_end:
            self._release(name, driven, number + BASE, state.header.at_ms)

    def _release(self, name: str, driven: Driven, base_end: int, asked_ms: int) -> None:
        driven.update_id += 1
        driven.asked_ms[driven.update_id] = asked_ms
        numbers = range(driven.base_end, base_end + HORIZON + 1)
        nodes = tuple(_node(number, released=number <= base_end) for number in numbers)
        edges = tuple(_edge(number, released=number < base_end) for number in numbers[:-1])
        header = Header(driven.update_id, wall_now_ms(), "Kouan", name)
        order = Order(header, f"ring-{name}", driven.update_id, nodes, edges)
        driven.base_end = base_end
        self.orders += 1
        self.link.publish(f"{V2_0.prefix}/Kouan/{name}/order", encode(order, V2_0))


def _node(number: int, *, released: bool) -> OrderNode:
    x_mm, y_mm = RING[number % len(RING)]
    position = NodePosition(x_mm, y_mm, "local")
    return OrderNode(f"n{number % len(RING)}", 2 * number, released, position)


def _edge(number: int, *, released: bool) -> OrderEdge:
    start, end = number % len(RING), (number + 1) % len(RING)
    return OrderEdge(f"e{start}", 2 * number + 1, released, f"n{start}", f"n{end}")


def _run(count: int, seconds: int) -> Json:
    with EmbeddedBroker() as broker:
        return _run_on(broker.address, broker.process_id, count, seconds)


def _run_on(address: BrokerAddress, broker_id: int, count: int, seconds: int) -> Json:
    names = [f"{number:03}" for number in range(count)]
    releaser = Releaser(names)
    plan = LinkPlan("bench", (("uagv/v2/+/+/state", 0),), on_message=releaser.take)
    releaser.link = LinkThread(address, plan)
    releaser.link.start()
    specs = [_spec(number, name) for number, name in enumerate(names)]
    try:
        with VirtualProcess(Crew(address, specs)) as process:
            time.sleep(SETTLE_S + count / 50)
            return _measure(releaser, broker_id, process.process_id, seconds)
    finally:
        releaser.link.close()


def _spec(number: int, name: str) -> VehicleSpec:
    """Each a little faster or slower, so that they do not all pass a node at the same moment."""
    speed = 1_700 + 53 * number % 600
    return VehicleSpec(name, state_every_ms=1_000, charge_wh=40_000, speed_empty_mm_s=speed)


def _measure(releaser: Releaser, broker_id: int, vehicles_id: int, seconds: int) -> Json:
    processes = {
        "broker": psutil.Process(broker_id),
        "vehicles": psutil.Process(vehicles_id),
        "port": psutil.Process(),
    }
    with releaser.lock:
        releaser.waits_ms.clear()
        states, orders = releaser.states, releaser.orders
    memory = {name: one.memory_info().rss for name, one in processes.items()}
    busy = {name: sum(one.cpu_times()[:2]) for name, one in processes.items()}
    began = perf_counter()
    time.sleep(seconds)
    passed = perf_counter() - began
    found: Json = {"seconds": round(passed, 1)}
    for name, one in processes.items():
        found[f"{name}_percent"] = round(100 * (sum(one.cpu_times()[:2]) - busy[name]) / passed, 1)
        found[f"{name}_mb"] = round(one.memory_info().rss / 1e6, 1)
        found[f"{name}_mb_more"] = round((one.memory_info().rss - memory[name]) / 1e6, 1)
    with releaser.lock:
        waits = sorted(releaser.waits_ms)
        unanswered = sum(bool(one.asked_ms) for one in releaser.vehicles.values())
        found |= {
            "states": releaser.states - states,
            "orders": releaser.orders - orders,
            "lost": releaser.lost,
            "unanswered": unanswered,
            "refused": releaser.link.traffic.refused + releaser.link.traffic.unsent,
            "failed": releaser.link.traffic.failed,
            "release_p50_ms": waits[len(waits) // 2],
            "release_p99_ms": waits[len(waits) * 99 // 100],
            "release_max_ms": waits[-1],
        }
    return found


COLUMNS = (
    "seconds",
    "states",
    "orders",
    "lost",
    "refused",
    "release_p50_ms",
    "release_p99_ms",
    "release_max_ms",
    "vehicles_percent",
    "broker_percent",
    "broker_mb",
    "broker_mb_more",
)


def show(results: Results) -> str:
    """The figures as text."""
    rows = [[name, *(one[key] for key in COLUMNS)] for name, one in results.figures.items()]
    return table(("run", *(one.replace("_", " ") for one in COLUMNS)), rows)
