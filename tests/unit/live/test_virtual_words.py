"""What virtual vehicles say is valid by schema in every version; what they can't read is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from kouan.live.vda5050.messages import Link
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.values import CodecError
from kouan.live.virtual.faults import FAULTS, Fault
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle
from kouan.live.virtual.words import Words
from tests.unit.live.virtual_support import action, give, instant, way

VERSIONS = ("2.0.0", "2.1.0", "3.0.0")


def _schema(folder: Path, version: str, topic: str) -> Draft7Validator:
    name = f"{version}-fixed" if version == "3.0.0" else version
    path = folder / "vda5050" / name / f"{topic}.schema"
    return Draft7Validator(json.loads(path.read_text("utf-8")))


def _states(words: Words, vehicle: Vehicle) -> Iterator[bytes]:
    """States of all kinds."""
    yield words.state(vehicle, 0)
    given = {0: [action("p", weight=100, loadType="coal")], 1: [action("e", "stopCharging")]}
    give(vehicle, way(3, 2, actions=given))
    yield words.state(vehicle, 10)
    vehicle.advance(8_000)
    yield words.state(vehicle, 8_000)
    instant(vehicle, "startPause", 8_100)
    instant(vehicle, "dance", 8_200)
    yield words.state(vehicle, 8_300)
    instant(vehicle, "cancelOrder", 8_400)
    for kind in FAULTS:
        vehicle.inject(Fault(kind), 9_000)
        yield words.state(vehicle, 9_000)
        vehicle.recover(9_100)


@pytest.mark.parametrize("version", VERSIONS)
def test_messages_are_valid_by_the_published_schemas(outside_data: Path, version: str) -> None:
    vehicle = Vehicle(VehicleSpec("V1", version=version))
    words = Words(vehicle.spec)
    state = _schema(outside_data, version, "state")
    for payload in _states(words, vehicle):
        state.validate(json.loads(payload))
    connection = _schema(outside_data, version, "connection")
    for link in (Link.ONLINE, Link.OFFLINE, Link.CONNECTION_BROKEN):
        connection.validate(json.loads(words.connection(link)))
    visualization = _schema(outside_data, version, "visualization")
    visualization.validate(json.loads(words.visualization(vehicle, 0)))
    if version != "2.0.0":  # whose factsheet schema validates nothing
        factsheet = _schema(outside_data, version, "factsheet")
        factsheet.validate(json.loads(words.factsheet()))


def test_headers_count_per_topic_and_begin_anew_after_a_reboot() -> None:
    vehicle = Vehicle(VehicleSpec("V1"))
    words = Words(vehicle.spec)

    def header(payload: bytes) -> Any:
        return json.loads(payload)["headerId"]

    assert [header(words.state(vehicle, 0)) for _ in range(3)] == [0, 1, 2]
    assert header(words.connection(Link.ONLINE)) == 0
    words.restart()
    assert header(words.state(vehicle, 0)) == 0


@pytest.mark.parametrize(
    ("version", "topic"),
    [("2.0.0", "uagv/v2/Kouan/V1/order"), ("3.0.0", "vda5050/v3/Kouan/V1/order")],
)
def test_topics(version: str, topic: str) -> None:
    assert Words(VehicleSpec("V1", version=version)).topic(Topic.ORDER) == topic


def test_errors_are_named_as_the_version_names_them() -> None:
    for version, kind in (("2.0.0", "noOrderToCancel"), ("3.0.0", "NO_ORDER_TO_CANCEL")):
        vehicle = Vehicle(VehicleSpec("V1", version=version))
        instant(vehicle, "cancelOrder", 0)
        state = json.loads(Words(vehicle.spec).state(vehicle, 0))
        assert [one["errorType"] for one in state["errors"]] == [kind]
        assert state["errors"][0]["errorReferences"][0]["referenceKey"] == "actionId"
        assert len(state["actionStates"]) == (1 if version == "2.0.0" else 0)


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"version": "2.0.0"}', b"\xff"])
def test_what_can_not_be_read_is_told(payload: bytes) -> None:
    words = Words(VehicleSpec("V1"))
    with pytest.raises(CodecError):
        words.read_order(payload)
    with pytest.raises(CodecError):
        words.read_instant(payload)
