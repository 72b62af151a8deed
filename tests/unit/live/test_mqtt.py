"""A connection that is kept up: what is sent arrives, and whatever is not is counted."""

import gc
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash

from kouan.live.broker import BrokerAddress, EmbeddedBroker, parse_broker
from kouan.live.errors import LiveError
from kouan.live.mqtt import Link, LinkPlan, LinkThread
from tests.unit.live.broker_support import client, wait_for


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


def test_nothing_is_lost_and_order_is_kept(broker: EmbeddedBroker) -> None:
    heard: list[bytes] = []
    sent = [b"%d" % number for number in range(2_000)]
    with (
        client(broker.address, "ear", "a/+", on_message=lambda _, told: heard.append(told)) as ear,
        client(broker.address, "mouth") as mouth,
    ):
        assert all([mouth.publish("a/b", payload) for payload in sent])
        wait_for(lambda: len(heard) == len(sent), "not all arrived")
        assert (mouth.traffic.published, ear.traffic.received) == (len(sent), len(sent))
    assert heard == sent
    assert (mouth.traffic.refused, mouth.traffic.unsent) == (0, 0)


def test_many_threads_may_publish(broker: EmbeddedBroker) -> None:
    heard: list[bytes] = []
    with (
        client(broker.address, "ear", "many", on_message=lambda _, told: heard.append(told)),
        client(broker.address, "mouth") as mouth,
    ):
        threads = [
            threading.Thread(target=lambda: [mouth.publish("many", b"x") for _ in range(100)])
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for(lambda: len(heard) == 500)


def test_more_than_the_bound_is_refused_and_counted(broker: EmbeddedBroker) -> None:
    release = threading.Event()
    heard: list[bytes] = []

    def block(_topic: str, told: bytes) -> None:
        heard.append(told)
        release.wait(10)

    with client(broker.address, "slow", "own", on_message=block, most_outgoing=10) as link:
        assert link.publish("own", b"first")
        wait_for(lambda: bool(heard))
        taken = [link.publish("own", b"more") for _ in range(15)]
        release.set()
        assert taken == [True] * 10 + [False] * 5
        wait_for(lambda: len(heard) == 11)
    assert (link.traffic.published, link.traffic.refused) == (11, 5)


def test_what_a_handler_raises_is_counted_and_the_rest_arrives(broker: EmbeddedBroker) -> None:
    heard: list[bytes] = []

    def fail(_topic: str, told: bytes) -> None:
        heard.append(told)
        if told == b"bad":
            raise ValueError("a message that nobody foresaw")

    with client(broker.address, "weak", "weak", on_message=fail) as link:
        for payload in (b"good", b"bad", b"good"):
            link.publish("weak", payload)
        wait_for(lambda: len(heard) == 3)
        wait_for(lambda: link.traffic.received == 3)
    assert link.traffic.failed == 1


def test_without_a_broker_it_waits_and_refuses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = BrokerAddress("127.0.0.1", taken.getsockname()[1])
        link = LinkThread(address, LinkPlan("alone", first_pause_s=0.01))
        link.start()
        assert not link.wait_connected(0.2)
        assert not link.publish("a", b"b")
        link.close()
    assert (link.traffic.connects, link.traffic.refused) == (0, 1)


def test_it_is_told_of_every_change() -> None:
    changes: list[bool] = []
    with EmbeddedBroker() as running:
        plan = LinkPlan("told", on_change=changes.append, first_pause_s=0.05)
        link = LinkThread(running.address, plan)
        link.start()
        assert link.wait_connected(10)
        running.close()
        wait_for(lambda: changes == [True, False])
        again = EmbeddedBroker(running.address.port)
        again.start()
        wait_for(lambda: changes == [True, False, True])
        link.close()
        again.close()
    assert changes == [True, False, True, False]


# --- TLS and passwords -----------------------------------------------------------------------

SECURE = """
import asyncio, logging, sys
from amqtt.broker import Broker

async def main(folder):
    logging.disable()
    files = {"certfile": f"{folder}/own.pem", "keyfile": f"{folder}/key.pem"}
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0", "ssl": True, **files}},
        "plugins": {
            "amqtt.plugins.authentication.FileAuthPlugin": {"password_file": f"{folder}/users"}
        },
    })
    await broker.start()
    print(broker._servers["default"].instance.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main(sys.argv[1]))
"""
OPENSSL = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A broker with TLS and one user; its port, and its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "own.pem"]
    subprocess.run([*OPENSSL.split(), *names], cwd=folder, check=True, capture_output=True)
    hashed = PasswordHash.recommended().hash("se:cret")
    (folder / "users").write_text(f"kouan:{hashed}\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SECURE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield int(process.stdout.readline()), folder / "own.pem"
    process.kill()
    process.wait()
    process.stdout.close()


def _connects(url: str, ca_file: str | Path, patience_s: float) -> bool:
    link = LinkThread(parse_broker(url, ca_file), LinkPlan("secure", first_pause_s=0.1))
    link.start()
    connected = link.wait_connected(patience_s)
    link.close()
    return connected


def test_tls_with_its_ca_file_and_password(secure: tuple[int, Path]) -> None:
    port, ca_file = secure
    assert _connects(f"mqtts://kouan:se%3Acret@localhost:{port}", ca_file, 20)


# The library leaves a socket on which TLS failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")
def test_a_broker_that_nobody_vouches_for_is_not_spoken_to(
    secure: tuple[int, Path], caplog: pytest.LogCaptureFixture
) -> None:
    assert not _connects(f"mqtts://kouan:se%3Acret@localhost:{secure[0]}", "", 0.5)
    gc.collect()
    assert "certificate verify failed" in caplog.text
    assert "cret" not in caplog.text


def test_a_wrong_password_is_told_without_it(
    secure: tuple[int, Path], caplog: pytest.LogCaptureFixture
) -> None:
    assert not _connects(f"mqtts://kouan:wrong@localhost:{secure[0]}", secure[1], 1)
    assert "Not authorized" in caplog.text
    assert "wrong" not in caplog.text


def test_a_ca_file_that_is_none_is_told(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("nothing", encoding="utf-8")
    with pytest.raises(LiveError, match=r"ca\.pem: .*expected a PEM file"):
        Link(parse_broker("mqtts://localhost", ca_file), LinkPlan("any"))
