"""A client's connection to a broker, kept up: publish, subscribe, reconnect, count.

``Link`` runs within an asyncio loop, many beside each other; ``LinkThread`` runs one in a thread of
its own, beside the port's loop. ``publish`` may be called from any thread. Everything that waits is
bounded, and whatever is not sent or not taken is counted in ``Traffic``, so that "nothing was lost"
can be measured from both ends.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import aiomqtt

from kouan.live.broker import BrokerAddress
from kouan.live.errors import LiveError

log = logging.getLogger(__name__)

MOST_OUTGOING = 10_000
"""Messages that wait to be sent; more are refused."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 30.0
"""Pause before the first attempt to reconnect, and the longest."""
KEEP_ALIVE_S = 20
ANSWER_S = 10.0
"""How long the broker may take to answer."""
THREAD_STOP_S = 15.0
REFUSALS = tuple(range(0x80, 0x100))
"""What a broker answers to a subscription that it does not grant."""

OnMessage = Callable[[str, bytes], None]
"""Takes a message's topic and payload, in the connection's thread; may not block."""
OnChange = Callable[[bool], None]
"""Told in the connection's thread that it is connected and subscribed (True), or not any more."""


class Outgoing(NamedTuple):
    """A message on its way out."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass(slots=True)
class Traffic:
    """Counts of one connection since it was made."""

    published: int = 0
    """Messages handed to the network (with QoS 1: that the broker has confirmed)."""
    refused: int = 0
    """Messages not taken, because there was no connection or too much waited; the caller knows."""
    unsent: int = 0
    """Messages taken and then lost with the connection."""
    received: int = 0
    failed: int = 0
    """Messages received whose handling raised; each is logged."""
    connects: int = 0


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What a connection is for."""

    name: str
    """Client identifier, unique at the broker."""
    subscriptions: tuple[tuple[str, int], ...] = ()
    """Topic filters with their QoS."""
    on_message: OnMessage | None = None
    on_change: OnChange | None = None
    will: Callable[[], Outgoing] | None = None
    """Makes the last will of each new connection."""
    most_outgoing: int = MOST_OUTGOING
    keep_alive_s: int = KEEP_ALIVE_S
    first_pause_s: float = FIRST_PAUSE_S
    last_pause_s: float = LAST_PAUSE_S


@dataclass(slots=True)
class _Signals:
    """What wakes a link within its loop."""

    loop: asyncio.AbstractEventLoop
    more: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)


class Link:
    """One client's connection; ``run`` keeps it up until ``close`` or until it is cancelled."""

    def __init__(self, address: BrokerAddress, plan: LinkPlan) -> None:
        """Prepare a connection; raises LiveError when the CA file is no certificate."""
        self.address = address
        self.plan = plan
        self.traffic = Traffic()
        self.connected = False
        self._tls = _tls(address)
        self._outgoing: deque[Outgoing] = deque()
        self._lock = threading.Lock()
        self._signals: _Signals | None = None
        self._socket: socket.socket | None = None
        self._away_s = 0.0

    # --- from any thread -----------------------------------------------------------------------

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Take a message to be sent; False, and counted, if it can't be sent now."""
        signals = self._signals
        with self._lock:
            full = len(self._outgoing) >= self.plan.most_outgoing
            if not self.connected or full or signals is None:
                self.traffic.refused += 1
                return False
            self._outgoing.append(Outgoing(topic, payload, qos, retain))
        _set(signals.loop, signals.more)
        return True

    def close(self) -> None:
        """End ``run`` once what waits has been sent."""
        if self._signals is not None:
            _set(self._signals.loop, self._signals.closing)

    @property
    def waiting(self) -> int:
        """Messages taken and not sent yet."""
        return len(self._outgoing)

    # --- in its loop ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost."""
        signals = self._signals = _Signals(asyncio.get_running_loop())
        pause_s = self.plan.first_pause_s
        while not signals.closing.is_set():
            before = self.traffic.connects
            try:
                await self._connect(signals)
            except (aiomqtt.MqttError, OSError, LiveError) as error:
                log.warning("%s at %s: %s", self.plan.name, self.address, str(error))
            if self.traffic.connects > before:
                pause_s = self.plan.first_pause_s
            # Not all at the same moment, when many have lost the same broker.
            wait_s = self._away_s or pause_s * random.uniform(0.5, 1)
            self._away_s = 0.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(signals.closing.wait(), wait_s)
            pause_s = min(2 * pause_s, self.plan.last_pause_s)

    def cut(self, away_s: float) -> None:
        """Rehearse that the network is gone: no farewell is said, and nothing tried for a while."""
        self._away_s = away_s
        if self._socket is not None and self.connected:
            self._lose()
            self._socket.shutdown(socket.SHUT_RDWR)

    async def _connect(self, signals: _Signals) -> None:
        """Stay connected as long as it lasts."""
        async with self._client() as client:
            for topic, qos in self.plan.subscriptions:
                granted = await client.subscribe(topic, qos)
                if any(one in REFUSALS for one in granted):
                    raise LiveError(f"the broker refuses the subscription to {topic}")
            self.traffic.connects += 1
            found = client._client.socket()
            self._socket = found if isinstance(found, socket.socket) else None
            self._change(True)
            try:
                await self._carry(client, signals)
            finally:
                self._socket = None
                self._change(False)

    def _client(self) -> aiomqtt.Client:
        will = None
        if self.plan.will is not None:
            last = self.plan.will()
            will = aiomqtt.Will(last.topic, last.payload, last.qos, last.retain)
        return aiomqtt.Client(
            self.address.host,
            self.address.port,
            username=self.address.user or None,
            password=self.address.password or None,
            identifier=self.plan.name,
            will=will,
            clean_session=True,
            timeout=ANSWER_S,
            keepalive=self.plan.keep_alive_s,
            tls_context=self._tls,
        )

    async def _carry(self, client: aiomqtt.Client, signals: _Signals) -> None:
        """Send and receive until the connection is lost or to be closed."""
        tasks = [
            asyncio.create_task(self._send(client, signals)),
            asyncio.create_task(self._receive(client)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, client: aiomqtt.Client, signals: _Signals) -> None:
        """Send what waits, in order; return when all is sent and the link is to be closed."""
        closing = asyncio.create_task(signals.closing.wait())
        closing.add_done_callback(lambda _: signals.more.set())
        try:
            while True:
                while self._outgoing:
                    message = self._outgoing.popleft()
                    self.traffic.unsent += 1
                    await client.publish(*message)
                    self.traffic.unsent -= 1
                    self.traffic.published += 1
                if signals.closing.is_set():
                    return
                signals.more.clear()
                if not self._outgoing:
                    await signals.more.wait()
        finally:
            closing.cancel()

    async def _receive(self, client: aiomqtt.Client) -> None:
        """Hand over what comes; what is not taken yet waits in the network, which is bounded."""
        async for message in client.messages:
            self.traffic.received += 1
            payload = message.payload
            if self.plan.on_message is None:
                continue
            try:
                self.plan.on_message(
                    message.topic.value, payload if isinstance(payload, bytes) else b""
                )
            except Exception:
                self.traffic.failed += 1
                log.exception("%s: a message on %s", self.plan.name, message.topic.value)

    def _lose(self) -> None:
        """Nothing more is taken, and what waits is lost."""
        with self._lock:
            self.connected = False
            self.traffic.unsent += len(self._outgoing)
            self._outgoing.clear()

    def _change(self, connected: bool) -> None:
        self._lose()
        self.connected = connected
        if self.plan.on_change is not None:
            self.plan.on_change(connected)


def _set(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event from any thread; a loop that has ended has nobody who waits for it."""
    try:
        running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running is loop:
        event.set()
        return
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


def _tls(address: BrokerAddress) -> ssl.SSLContext | None:
    if not address.tls:
        return None
    try:
        return ssl.create_default_context(cafile=address.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise LiveError(
            f"broker {address}: CA file {address.ca_file}: {error}: expected a PEM file"
        ) from error


class LinkThread:
    """A link in a thread of its own."""

    def __init__(self, address: BrokerAddress, plan: LinkPlan) -> None:
        """Prepare; ``start`` connects."""
        self.link = Link(address, plan)
        self._known = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        running = asyncio.create_task(self.link.run())
        await asyncio.sleep(0)
        self._known.set()
        await running

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()
        self._known.wait(THREAD_STOP_S)

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until it is connected; False when the time is over."""
        pause = threading.Event()
        waited_s = 0.0
        while not self.link.connected and waited_s < timeout_s:
            pause.wait(0.01)
            waited_s += 0.01
        return self.link.connected

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """See ``Link.publish``."""
        return self.link.publish(topic, payload, qos=qos, retain=retain)

    @property
    def traffic(self) -> Traffic:
        """What came and went."""
        return self.link.traffic

    def close(self) -> None:
        """Send what waits, disconnect in order, end the thread."""
        self.link.close()
        if self._thread.is_alive():
            self._thread.join(THREAD_STOP_S)
        if self._thread.is_alive():
            raise LiveError(f"the MQTT connection did not end within {THREAD_STOP_S:.0f} s")
