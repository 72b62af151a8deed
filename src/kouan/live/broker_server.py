"""The embedded broker's own process: ``python -m kouan.live.broker_server PORT``.

It takes connections from this machine only. Its first line on standard output is the port that it
listens on, or why it can't. It ends on SIGTERM and when its standard input closes, which happens
however its parent ends, SIGKILL included.

What waits inside is bounded: while more than ``MOST_WAITING`` messages have not been passed on,
nothing more is read, so that publishers are slowed down by TCP and count what they can't send. A
subscriber that does not read is cut off once ``MOST_BEHIND`` bytes wait for it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from types import TracebackType
from typing import Any

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter  # type: ignore[import-untyped]
from amqtt.broker import Broker  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MOST_WAITING = 10_000
"""Messages read and not passed on yet, from which nothing more is read."""
MOST_BEHIND = 8 * 1_024 * 1_024
"""Bytes that wait for one subscriber, from which it is cut off."""
MOST_PACKET = 1_024 * 1_024
"""Bytes of one packet; who sends a larger one is cut off."""
MOST_CLIENTS = 2_000
WATCH_S = 0.02
SILENCE_FACTOR = 1.5
"""A client silent for this many of its keep-alive intervals is taken for lost (MQTT 3.1.2.10)."""
SHUTDOWN_S = 2.0
LISTENER = "default"
CONFIG = {
    "listeners": {LISTENER: {"type": "external"}},
    "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
}


class Reader(StreamReaderAdapter):  # type: ignore[misc]
    """Reads only while the gate is open, remembers when, and refuses packets that are too large."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        super().__init__(reader)
        self._transport = writer.transport
        self._gate = gate
        self.heard_s = time.monotonic()

    async def read(self, n: int = -1) -> bytes:
        """Return exactly ``n`` bytes."""
        if not self._gate.is_set():
            await self._gate.wait()
        if n > MOST_PACKET:
            self.cut_off(f"a packet of {n} bytes, at most {MOST_PACKET} are taken")
        found: bytes = await super().read(n)
        self.heard_s = time.monotonic()
        return found

    @property
    def ended(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return bool(self._transport.is_closing())

    def cut_off(self, why: str) -> None:
        """End the connection, as if the network had."""
        log.warning("client at %s cut off: %s", self._transport.get_extra_info("peername"), why)
        self._transport.abort()


class Writer(StreamWriterAdapter):  # type: ignore[misc]
    """Writes without waiting, up to a bound."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(writer)
        self._transport = writer.transport
        # Never wait in ``drain``: one slow client must not hold up those that keep pace.
        self._transport.set_write_buffer_limits(high=2 * MOST_BEHIND)

    def write(self, data: bytes) -> None:
        """Hand over bytes, or cut the client off."""
        if self._transport.get_write_buffer_size() + len(data) > MOST_BEHIND:
            if not self._transport.is_closing():
                peer = self._transport.get_extra_info("peername")
                log.warning("client at %s cut off: %d bytes behind", peer, MOST_BEHIND)
            self._transport.abort()
            return
        super().write(data)


class BoundedBroker(Broker):  # type: ignore[misc]
    """The broker with a bound on what waits, and with the keep-alive kept."""

    def __init__(self) -> None:
        super().__init__(CONFIG)
        self.gate = asyncio.Event()
        self.gate.set()
        self.clients = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        if self.clients >= MOST_CLIENTS:
            log.warning("connection refused: %d clients are connected", self.clients)
            writer.transport.abort()
            return
        self.clients += 1
        try:
            await self.external_connected(
                Reader(reader, writer, self.gate), Writer(writer), LISTENER
            )
        finally:
            self.clients -= 1
            writer.transport.abort()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Any
    ) -> None:
        """Send what is retained to who subscribed to it; the library sends it to every newcomer."""
        subscribed = self.subscriptions.get(subscription[0], ())
        if any(one is session for one, _ in subscribed):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def _delete_session(self, client_id: str) -> None:
        """End a client's connection when it connects again under its name (MQTT 3.1.4-2).

        The library takes the subscriptions away from the old one and leaves it open. Should that be
        the one in use, as after a network that held the other back, it would be deaf for ever.
        """
        _, handler = self.sessions.get(client_id, (None, None))
        await super()._delete_session(client_id)
        reader = None if handler is None else handler.reader
        if isinstance(reader, Reader) and not reader.ended:
            reader.cut_off("its name has connected again")

    def waiting(self) -> int:
        """Messages read and not passed on to every subscriber."""
        inside = self._broadcast_queue.qsize() + len(self._tasks_queue)
        return int(
            inside + sum(one.delivered_message_queue.qsize() for one, _ in self.sessions.values())
        )

    async def watch(self) -> None:
        """Open and close the gate, and cut off who is silent for too long."""
        looked_s = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_S)
            if self.waiting() < MOST_WAITING:
                self.gate.set()
            elif self.gate.is_set():
                log.warning("more than %d messages wait: reading is slowed down", MOST_WAITING)
                self.gate.clear()
            if time.monotonic() - looked_s >= 1.0 and self.gate.is_set():
                looked_s = time.monotonic()
                self._cut_off_silent(looked_s)

    def _cut_off_silent(self, now_s: float) -> None:
        for session, handler in list(self.sessions.values()):
            reader = handler.reader
            if not isinstance(reader, Reader) or not session.keep_alive:
                continue
            silent_s = now_s - reader.heard_s
            if silent_s > SILENCE_FACTOR * session.keep_alive:
                reader.heard_s = now_s
                reader.cut_off(f"silent for {silent_s:.0f} s")


async def serve(port: int) -> int:
    """Serve until asked to end; 1 if the port can't be taken."""
    broker = BoundedBroker()
    await broker.start()
    try:
        server = await asyncio.start_server(broker.take, HOST, port)
    except OSError as error:
        print(f"refused: {os.strerror(error.errno or 0)}", flush=True)
        await broker.shutdown()
        return 1
    watching = asyncio.create_task(broker.watch())
    ended = _end_signal()
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.wait({watching, ended}, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    watching.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), SHUTDOWN_S)
    return 0


def _end_signal() -> asyncio.Future[None]:
    """Resolved on SIGTERM and at the end of standard input."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        loop.remove_reader(sys.stdin.fileno())
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(sys.stdin.fileno(), end)
    loop.add_signal_handler(signal.SIGTERM, end)
    # An interrupt from the terminal is for the port, which ends the broker when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return ended


class OneLine(logging.Formatter):
    """Says of an exception its last line only: the library reports each lost client with one."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The exception's kind and text."""
        return f"{type(ei[1]).__name__}: {ei[1]}"


def main(arguments: list[str]) -> int:
    """Run the broker on the port that the arguments name; 0 takes a free one."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("broker: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    return asyncio.run(serve(int(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
