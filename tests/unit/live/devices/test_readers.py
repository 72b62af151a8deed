"""Readers over a real broker: only whole messages with the token and a new number are taken."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.devices.sequences import MEMORY_FILE, Sequences
from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import State, TagRead
from kouan.live.errors import LiveError
from kouan.live.mqtt import LinkThread
from kouan.port.devices import Device, DeviceKind
from kouan.port.procedures import CheckKind
from tests.unit.live.broker_support import client
from tests.unit.live.devices.support import (
    TOKENS,
    Site,
    check_image,
    check_token,
    port_with,
    running,
    wait_for,
)

TOPIC = "port/seals/1"
LANE = "gate_in_1"
DEVICES = {"seal": Device(DeviceKind.READER, LANE, f"mqtt:{TOPIC}", checks=(CheckKind.SEAL,))}


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running_broker:
        yield running_broker


@pytest.fixture
def site(broker: EmbeddedBroker) -> Iterator[Site]:
    with running(DEVICES, broker.address) as running_site:
        running_site.all_ok()
        yield running_site


@pytest.fixture
def outsider(broker: EmbeddedBroker) -> Iterator[LinkThread]:
    with client(broker.address, "outsider") as connected:
        yield connected


def body(**changed: object) -> bytes:
    said = {"token": TOKENS["seal"], "sequence": 1 << 50, "text": "E4-7781"} | changed
    return json.dumps(said).encode()


def test_a_tag_is_read(site: Site) -> None:
    site.control.say("arrive", station=LANE, tags=[{"device": "seal", "text": "E4-7781"}])
    assert site.heard.wait(TagRead)[:3] == ("seal", LANE, "E4-7781")


@pytest.mark.parametrize(
    ("fault", "counted"),
    [("garbage", "malformed"), ("forged", "forged"), ("replay", "replayed"), ("flood", "flood")],
)
def test_faults_of_a_reader(site: Site, fault: str, counted: str) -> None:
    site.control.say("fault", device="seal", fault=fault)
    site.control.say("arrive", station=LANE, tags=[{"device": "seal", "text": "E4-7781"}])
    wait_for(lambda: site.count("seal", counted) > 0)
    taken = len(site.heard.of(TagRead))
    assert taken <= 20 if fault == "flood" else taken == 0
    site.control.say("fault", device="seal", fault="")
    site.all_ok()


@pytest.mark.parametrize(
    ("payload", "counted"),
    [
        (b"", "malformed"),
        (b"E4-7781", "malformed"),
        (b'{"token":', "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'"' + b"x" * 5_000 + b'"', "malformed"),
        (body(sequence=-1), "malformed"),
        (body(sequence="1"), "malformed"),
        (body(more=1), "malformed"),
        (body(text="E4\n"), "malformed"),
        (body(text="x" * 201), "malformed"),
        (body(token="forged"), "forged"),
        (body(sequence=1), "replayed"),
    ],
)
def test_messages_of_others(site: Site, outsider: LinkThread, payload: bytes, counted: str) -> None:
    assert outsider.publish(TOPIC, payload, qos=1)
    wait_for(lambda: site.count("seal", counted) == 1)
    assert not site.heard.of(TagRead)
    # What anybody can send says nothing about the reader; what it signed itself does.
    wait_for(lambda: site.service.health()["seal"].state is State.OK)


def test_readers_need_a_broker() -> None:
    with pytest.raises(LiveError, match="devices seal: no broker: expected one"):
        DeviceService(port_with(DEVICES), DevicePlan(check_token, check_image))


def test_numbers_are_kept_over_a_restart(tmp_path: Path) -> None:
    assert Sequences(tmp_path).take("front", 7) == ""
    again = Sequences(tmp_path)
    assert "expected more than 7" in again.take("front", 7)
    assert again.take("front", 8) == ""
    assert again.take("rear", 0) == ""


@pytest.mark.parametrize("content", ["", "[1]", '{"front": "x"}', "\u00e9"])
def test_numbers_that_can_not_be_read_begin_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / MEMORY_FILE).write_text(content, "utf-8")
    assert Sequences(tmp_path).take("front", 1) == ""
