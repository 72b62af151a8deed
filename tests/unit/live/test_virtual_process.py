"""Virtual vehicles in a process of their own: on a broker, killed, cut off, and mistakes told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.errors import LiveError
from kouan.live.mqtt import LinkThread
from kouan.live.virtual.faults import Fault, parse_fault
from kouan.live.virtual.process import Crew, VirtualProcess, main, wire
from kouan.live.virtual.spec import VehicleSpec
from tests.unit.live.broker_support import PATIENCE_S, client, wait_for
from tests.unit.live.virtual_host import Together

Json = dict[str, Any]
BASE = "uagv/v2/Kouan/V1/"
SPEC = VehicleSpec("V1", state_every_ms=1_000)


class Ear:
    """Everything that vehicle V1 says, by topic."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.link: LinkThread

    def take(self, topic: str, payload: bytes) -> None:
        if payload:
            self.heard.append((topic.removeprefix(BASE), json.loads(payload)))

    def all(self, topic: str) -> list[Json]:
        return [said for name, said in self.heard if name == topic]

    def links(self) -> list[str]:
        return [said["connectionState"] for said in self.all("connection")]

    def wait_state(self, **wanted: object) -> None:
        """Wait for a state with these values."""
        wait_for(
            lambda: any(
                all(state[key] == value for key, value in wanted.items())
                for state in self.all("state")
            ),
            f"no state with {wanted}",
        )

    def order(self, order_id: str, *nodes: str, **more: object) -> None:
        """Send an order along nodes 20 m apart."""
        said = {
            "headerId": 0,
            "timestamp": "2026-01-01T00:00:00.000Z",
            "version": "2.0.0",
            "manufacturer": "Kouan",
            "serialNumber": "V1",
            "orderId": order_id,
            "orderUpdateId": 0,
            "nodes": [
                {"nodeId": name, "sequenceId": 2 * number, "released": True, "actions": []}
                for number, name in enumerate(nodes)
            ],
            "edges": [
                {
                    "edgeId": f"e{number}",
                    "sequenceId": 2 * number + 1,
                    "released": True,
                    "startNodeId": nodes[number],
                    "endNodeId": nodes[number + 1],
                    "length": 20.0,
                    "actions": [],
                }
                for number in range(len(nodes) - 1)
            ],
        }
        assert self.link.publish(BASE + "order", json.dumps(said | more).encode())


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def ear(broker: EmbeddedBroker) -> Iterator[Ear]:
    heard = Ear()
    with client(broker.address, "ear", BASE + "#", qos=1, on_message=heard.take) as link:
        heard.link = link
        yield heard
        # What is retained would be heard by the next test.
        link.publish(BASE + "connection", b"", qos=1, retain=True)


def test_it_comes_drives_and_goes(broker: EmbeddedBroker, ear: Ear) -> None:
    with VirtualProcess(Crew(broker.address, [SPEC], time_scale=50)):
        ear.wait_state(orderId="")
        ear.order("o1", "n0", "n1", "n2")
        ear.wait_state(orderId="o1", lastNodeId="n2", nodeStates=[], driving=False)
        seen = [one["lastNodeId"] for one in ear.all("state")]
        assert list(dict.fromkeys(seen)) == ["n0", "n1", "n2"]
        # A state at least every second, also when nothing changes.
        count = len(ear.all("state"))
        wait_for(lambda: len(ear.all("state")) > count)
    wait_for(lambda: ear.links() == ["ONLINE", "OFFLINE"])


def test_what_it_can_not_read_is_an_error_in_its_state(broker: EmbeddedBroker, ear: Ear) -> None:
    with VirtualProcess(Crew(broker.address, [SPEC])):
        ear.wait_state(errors=[])
        ear.link.publish(BASE + "order", b"{")
        wait_for(lambda: any(one["errors"] for one in ear.all("state")))
    assert ear.all("state")[-1]["errors"][0]["errorType"] == "validationError"


def test_killed_its_will_is_said_and_it_goes_on_from_its_file(
    broker: EmbeddedBroker, ear: Ear, tmp_path: Path
) -> None:
    crew = Crew(broker.address, [SPEC], time_scale=20, keep=str(tmp_path))
    first = VirtualProcess(crew)
    first.start()
    ear.wait_state(orderId="")
    ear.order("o1", "n0", "n1", "n2", "n3", "n4", "n5")
    ear.wait_state(lastNodeId="n2")
    first.kill()
    first.close()
    wait_for(lambda: ear.links() == ["ONLINE", "CONNECTIONBROKEN"])
    ear.heard.clear()
    with VirtualProcess(crew):
        ear.wait_state(orderId="o1", lastNodeId="n5", nodeStates=[])
    assert ear.all("state")[0]["headerId"] == 0
    assert ear.all("state")[0]["lastNodeId"] in ("n2", "n3", "n4")


def test_without_a_network_it_drives_on_and_comes_back(broker: EmbeddedBroker, ear: Ear) -> None:
    with Together(Crew(broker.address, [SPEC], time_scale=50)) as together:
        ear.wait_state(orderId="")
        ear.order("o1", *(f"n{number}" for number in range(10)))
        ear.wait_state(lastNodeId="n1")
        together.inject("V1", Fault("offline", 30_000))
        wait_for(lambda: ear.links() == ["ONLINE", "CONNECTIONBROKEN", "ONLINE"])
        ear.wait_state(lastNodeId="n9", nodeStates=[])
        known = list(dict.fromkeys(one["lastNodeId"] for one in ear.all("state")))
        assert len(known) < 10


def test_a_reboot_loses_the_order_and_counts_anew(broker: EmbeddedBroker, ear: Ear) -> None:
    with Together(Crew(broker.address, [SPEC], time_scale=20)) as together:
        ear.wait_state(orderId="")
        ear.order("o1", *(f"n{number}" for number in range(10)))
        ear.wait_state(lastNodeId="n1")
        together.inject("V1", Fault("reboot", 10_000))
        wait_for(lambda: ear.links() == ["ONLINE", "CONNECTIONBROKEN", "ONLINE"])
        wait_for(lambda: ear.all("state")[-1]["orderId"] == "")
    again = [one["headerId"] for one in ear.all("state")]
    assert again.count(0) == 2


def test_planned_faults_come_at_their_time(broker: EmbeddedBroker, ear: Ear) -> None:
    crew = Crew(broker.address, [SPEC], time_scale=20, faults=[parse_fault("V1:emergency@10+20")])
    with VirtualProcess(crew):
        wait_for(
            lambda: [one["safetyState"]["eStop"] for one in ear.all("state")][-1:] == ["MANUAL"]
        )
        wait_for(lambda: [one["safetyState"]["eStop"] for one in ear.all("state")][-1:] == ["NONE"])


def test_it_ends_with_what_started_it(broker: EmbeddedBroker, ear: Ear) -> None:
    running = VirtualProcess(Crew(broker.address, [SPEC]))
    running.start()
    ear.wait_state(orderId="")
    process = running._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    process.wait(PATIENCE_S)
    wait_for(lambda: ear.links() == ["ONLINE", "OFFLINE"])


def test_by_hand_until_interrupted(broker: EmbeddedBroker, ear: Ear) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kouan.live.virtual", "--serial", "V1,V2", "--state-every", "1"],
        env=os.environ | {"KOUAN_BROKER": broker.url},
        stdout=subprocess.PIPE,
        text=True,
    )
    ear.wait_state(orderId="")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (0, f"2 virtual vehicles for {broker.url}\n")
    wait_for(lambda: ear.links() == ["ONLINE", "OFFLINE"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no broker"),
        (["--broker", "http://x"], "scheme is http"),
        (["--broker", "mqtt://x", "--at", "1,2"], "three numbers"),
        (["--broker", "mqtt://x", "--version", "9.0.0"], "version 9.0.0"),
        (["--broker", "mqtt://x", "--serial", "A,A"], "Kouan/A twice"),
        (["--broker", "mqtt://x", "--fault", "B:stop@5"], "fault for B"),
        (["--broker", "mqtt://x", "--fault", "rust"], "KIND"),
        (["--broker", "mqtt://x", "--state-every", "31"], "at most 30000"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_memory_that_is_none_is_told(broker: EmbeddedBroker, tmp_path: Path) -> None:
    (tmp_path / "Kouan-V1.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LiveError, match=r"Kouan-V1\.json.*begin anew"):
        wire(Crew(broker.address, [SPEC], keep=str(tmp_path)))
