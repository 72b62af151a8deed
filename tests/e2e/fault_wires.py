"""Wires that do to messages what networks and careless bridges do: hold, double, disorder."""

import contextlib
import heapq
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple, Self

from kouan.live.broker import HOST, BrokerAddress
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.topics import DELIVERY, FROM_VEHICLE, Topic, read_topic
from tests.e2e.fault_fleet import PATIENCE_S

PREFIX = "uagv/v2/Kouan/+/"
TO_VEHICLE = (Topic.ORDER, Topic.INSTANT_ACTIONS)


@dataclass(frozen=True, slots=True)
class Disorder:
    """How a relay delivers: shares of messages, and how late they then are."""

    doubled: float = 0.3
    late: float = 0.3
    late_s: float = 0.5
    again: float = 1.0
    """Share of messages of which a copy comes once more, long after."""
    again_s: float = 25.0


class _Due(NamedTuple):
    due_s: float
    number: int
    link: LinkThread
    topic: str
    payload: bytes


class Relay:
    """Carries messages between the port's broker and the vehicles', disordering each topic."""

    def __init__(
        self, port: BrokerAddress, vehicles: BrokerAddress, disorder: Disorder, seed: int
    ) -> None:
        self.copies = 0
        """Messages delivered more often than once."""
        self.overtaken = 0
        """Messages delivered after a later one of their topic."""
        self._disorder = disorder
        self._chance = random.Random(seed)
        self._waiting: list[_Due] = []
        self._newest: dict[str, int] = {}
        self._seen: set[int] = set()
        self._number = 0
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._at_port = self._link(port, TO_VEHICLE, lambda: self._at_vehicles)
        self._at_vehicles = self._link(vehicles, FROM_VEHICLE, lambda: self._at_port)

    def _link(
        self, address: BrokerAddress, kinds: tuple[Topic, ...], onward: Callable[[], LinkThread]
    ) -> LinkThread:
        topics = tuple((PREFIX + kind, 1) for kind in kinds)

        def take(topic: str, payload: bytes) -> None:
            self._take(onward(), topic, payload)

        return LinkThread(address, LinkPlan(f"relay-{kinds[0]}", topics, on_message=take))

    def _take(self, onward: LinkThread, topic: str, payload: bytes) -> None:
        """Note when the copies of a message are due."""
        chance, how, now_s = self._chance, self._disorder, perf_counter()
        with self._changed:
            late_s = chance.uniform(0, how.late_s) if chance.random() < how.late else 0.0
            due = [now_s + late_s]
            if chance.random() < how.doubled:
                due.append(now_s + chance.uniform(0, how.late_s))
            if chance.random() < how.again:
                due.append(now_s + chance.uniform(how.late_s, how.again_s))
            self._number += 1
            for at_s in due:
                heapq.heappush(self._waiting, _Due(at_s, self._number, onward, topic, payload))
            self._changed.notify()

    def _deliver(self) -> None:
        with self._changed:
            while not self._ended:
                left_s = self._waiting[0].due_s - perf_counter() if self._waiting else None
                if left_s is None or left_s > 0:
                    self._changed.wait(left_s)
                    continue
                one = heapq.heappop(self._waiting)
                self._count(one)
                found = read_topic(one.topic)
                assert found is not None
                qos, retain = DELIVERY[found[2]]
                one.link.publish(one.topic, one.payload, qos=qos, retain=retain)

    def _count(self, one: _Due) -> None:
        self.copies += one.number in self._seen
        self.overtaken += one.number < self._newest.get(one.topic, 0)
        self._seen.add(one.number)
        self._newest[one.topic] = max(one.number, self._newest.get(one.topic, 0))

    def __enter__(self) -> Self:
        self._thread.start()
        for link in (self._at_port, self._at_vehicles):
            link.start()
            assert link.wait_connected(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        for link in (self._at_port, self._at_vehicles):
            link.close()
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(PATIENCE_S)


@dataclass
class Hold:
    """A TCP way to a broker that can be held: nothing comes through, and nobody is told."""

    to: BrokerAddress
    address: BrokerAddress = field(init=False)
    _gate: threading.Event = field(default_factory=threading.Event)
    _sockets: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen on a free port of loopback."""
        self._server = socket.create_server((HOST, 0))
        self.address = BrokerAddress(HOST, self._server.getsockname()[1])
        self._gate.set()

    def hold(self) -> None:
        """Let nothing through from now on."""
        self._gate.clear()

    def release(self) -> None:
        """Let through all that was held, and what comes."""
        self._gate.set()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection((self.to.host, self.to.port))
                self._sockets += [near, far]
                self._start(self._pump, near, far)
                self._start(self._pump, far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._gate.wait()
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, what: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        self._start(self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.set()
        for one in (self._server, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)
