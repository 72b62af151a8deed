"""The embedded broker: starts, ends with its parent, serves loopback only, bounds what waits."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import psutil  # type: ignore[import-untyped]
import pytest

from kouan.live.broker import BrokerAddress, EmbeddedBroker, parse_broker
from kouan.live.broker_server import MOST_WAITING, BoundedBroker, Reader
from kouan.live.errors import LiveError
from kouan.live.mqtt import Outgoing
from tests.unit.live.broker_support import PATIENCE_S, client, wait_for

PARENT = """
import sys
from kouan.live.broker import EmbeddedBroker
broker = EmbeddedBroker()
broker.start()
print(broker.process_id, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


# --- addresses -------------------------------------------------------------------------------


def test_url_is_read() -> None:
    assert parse_broker("mqtt://broker.example") == BrokerAddress("broker.example", 1883)
    assert parse_broker("mqtts://[::1]:9000/") == BrokerAddress("::1", 9000, tls=True)
    found = parse_broker("mqtts://k%40uan:se%3Acret@broker.example")
    assert (found.user, found.password, found.port) == ("k@uan", "se:cret", 8883)


def test_password_is_never_shown() -> None:
    found = parse_broker("mqtt://kouan:secret@broker.example:1884")
    assert str(found) == "mqtt://broker.example:1884"
    assert "secret" not in repr(found)
    assert "kouan" not in repr(found)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://broker.example", "scheme is http"),
        ("broker.example:1883", "expected mqtt://"),
        ("mqtt://user:secret@", "no host"),
        ("mqtt://user:secret@host:0", "port 0"),
        ("mqtt://user:secret@host:99999", "port"),
        ("mqtt://user:secret@host:port", "port"),
        ("mqtt://user:secret@host/topic", "after the port"),
        ("mqtt://:secret@host", "without a user"),
    ],
)
def test_wrong_url_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(LiveError, match=said) as told:
        parse_broker(url)
    assert "secret" not in str(told.value)


def test_ca_file_must_be_there_and_needs_tls(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="no such file"):
        parse_broker("mqtts://host", tmp_path / "absent.pem")
    with pytest.raises(LiveError, match="mqtts:// only"):
        parse_broker("mqtt://host", tmp_path / "absent.pem")


# --- process ---------------------------------------------------------------------------------


def test_it_accepts_once_it_is_started_on_loopback_only(broker: EmbeddedBroker) -> None:
    with client(broker.address, "first"):
        listening = [
            one.laddr
            for one in psutil.Process(broker.process_id).net_connections("inet")
            if one.status == psutil.CONN_LISTEN
        ]
    assert [tuple(one) for one in listening] == [("127.0.0.1", broker.address.port)]


def test_a_port_that_is_taken_is_told(broker: EmbeddedBroker) -> None:
    with pytest.raises(LiveError, match=f"port {broker.address.port}: Address already in use"):
        EmbeddedBroker(broker.address.port).start()


def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait(PATIENCE_S)
    child.wait(PATIENCE_S)
    assert not child.is_running()
    parent.stdin.close()
    parent.stdout.close()


def test_closing_ends_it() -> None:
    with EmbeddedBroker() as running:
        child = psutil.Process(running.process_id)
        assert running.running
    assert not child.is_running()
    assert running.restarts == 0


def test_one_that_was_killed_comes_back_on_its_port() -> None:
    with EmbeddedBroker() as running, client(running.address, "patient") as link:
        port = running.address.port
        os.kill(running.process_id, signal.SIGKILL)
        wait_for(lambda: link.traffic.connects == 2, "no second connection")
        assert (running.restarts, running.address.port) == (1, port)


# --- bounds ----------------------------------------------------------------------------------


def _packet(kind: int, body: bytes) -> bytes:
    """An MQTT packet of at most 127 bytes."""
    return bytes([kind, len(body)]) + body


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


@contextmanager
def _bare(address: BrokerAddress, name: str, keep_alive_s: int) -> Iterator[socket.socket]:
    """A connection that sends nothing by itself."""
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_S) as bare:
        will = _text("will/" + name) + _text("gone")
        head = _text("MQTT") + bytes([4, 0b0000_0110]) + struct.pack("!H", keep_alive_s)
        bare.sendall(_packet(0x10, head + _text(name) + will))
        assert bare.recv(4) == bytes([0x20, 2, 0, 0])
        yield bare


def _read_to_the_end(bare: socket.socket) -> int:
    """Bytes that came until the other side ended the connection."""
    taken = 0
    try:
        while found := bare.recv(1_000_000):
            taken += len(found)
    except ConnectionResetError:
        return taken
    return taken


def test_a_client_that_falls_silent_is_cut_off_with_its_will(broker: EmbeddedBroker) -> None:
    heard: list[tuple[str, bytes]] = []
    with (
        client(broker.address, "heir", "will/#", on_message=lambda *said: heard.append(said)),
        _bare(broker.address, "silent", keep_alive_s=1) as bare,
    ):
        wait_for(lambda: heard == [("will/silent", b"gone")], "no will")
        assert _read_to_the_end(bare) == 0


def test_a_name_that_connects_again_ends_the_old_connection_and_nobody_is_deaf(
    broker: EmbeddedBroker,
) -> None:
    """A network may hold a connection back until its client has long made another one."""
    heard: list[str] = []
    with client(
        broker.address, "twin", "twin/#", on_message=lambda topic, _: heard.append(topic)
    ) as link:
        with _bare(broker.address, "twin", keep_alive_s=60):
            wait_for(lambda: link.traffic.connects == 2)
        with client(broker.address, "speaker") as speaker:
            wait_for(lambda: link.link.connected)
            assert speaker.publish("twin/word", b"x")
            wait_for(lambda: heard == ["twin/word"])


def test_a_packet_that_is_too_large_ends_its_connection(broker: EmbeddedBroker) -> None:
    with _bare(broker.address, "giant", keep_alive_s=60) as bare:
        bare.sendall(bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F]) + _text("giant"))
        assert _read_to_the_end(bare) == 0


def test_a_subscriber_that_does_not_read_is_cut_off_and_others_are_served(
    broker: EmbeddedBroker,
) -> None:
    heard: list[bytes] = []
    count, size = 120, 200_000
    with (
        _bare(broker.address, "deaf", keep_alive_s=60) as bare,
        client(broker.address, "ear", "flood", on_message=lambda _, told: heard.append(told)),
        client(broker.address, "mouth") as mouth,
    ):
        bare.sendall(_packet(0x82, struct.pack("!H", 1) + _text("flood") + bytes([0])))
        assert bare.recv(5) == bytes([0x90, 3, 0, 1, 0])
        for _ in range(count):
            assert mouth.publish("flood", bytes(size))
        wait_for(lambda: len(heard) == count, "the other one was not served")
        assert _read_to_the_end(bare) < count * size


def test_a_will_is_kept_for_who_comes_later(broker: EmbeddedBroker) -> None:
    heard: list[tuple[str, bytes]] = []
    will = Outgoing("kept/will", b"lost", qos=1, retain=True)
    with client(broker.address, "orderly", will=will) as link:
        assert link.publish("kept/will", b"here", qos=1, retain=True)
        wait_for(lambda: link.traffic.published == 1)
    with client(
        broker.address, "late", "kept/#", qos=1, on_message=lambda *said: heard.append(said)
    ):
        # An orderly disconnect leaves the will unsaid.
        wait_for(lambda: bool(heard))
    assert heard == [("kept/will", b"here")]


def test_what_is_retained_goes_to_who_asked_for_it_only(broker: EmbeddedBroker) -> None:
    heard: list[str] = []
    with (
        client(broker.address, "reader", "kept/#"),
        client(broker.address, "writer") as writer,
    ):
        assert writer.publish("kept/a", b"here", qos=1, retain=True)
        wait_for(lambda: writer.traffic.published == 1)
        with client(
            broker.address, "newcomer", "other/#", on_message=lambda topic, _: heard.append(topic)
        ):
            assert writer.publish("other/b", b"there")
            wait_for(lambda: bool(heard))
    assert heard == ["other/b"]


# --- the gate --------------------------------------------------------------------------------


def test_nothing_is_read_while_the_gate_is_closed() -> None:
    async def read() -> bytes:
        gate = asyncio.Event()
        stream = asyncio.StreamReader()
        stream.feed_data(b"packet")
        reader = Reader(stream, Mock(), gate)
        reading = asyncio.create_task(reader.read(6))
        await asyncio.sleep(0.05)
        assert not reading.done()
        gate.set()
        return await reading

    assert asyncio.run(read()) == b"packet"


def test_the_gate_closes_at_the_bound_and_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [MOST_WAITING, 0]

    async def watch() -> list[bool]:
        server = BoundedBroker()
        monkeypatch.setattr(server, "waiting", lambda: waiting[0])
        watching = asyncio.create_task(server.watch())
        found = []
        for _ in (0, 1):
            await asyncio.sleep(0.1)
            found.append(server.gate.is_set())
            waiting.reverse()
        watching.cancel()
        return found

    assert asyncio.run(watch()) == [False, True]
