"""Devices in a port file: what reads, and each mistake with key, value and what was expected."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kouan.port.device_checks import devices_at
from kouan.port.devices import Address, DeviceKind, DeviceRole, parse_address
from kouan.port.procedures import CheckKind
from kouan.port.schema import json_schema
from tests.unit.port.files import load, problems_of, spoiled, warnings_of

DEVICES = """
[devices.front]
kind = "camera"
at = "gate_in_1"
role = "front"
checks = ["plate"]

[devices.document]
kind = "camera"
at = "gate_in_1"
role = "document"
checks = ["driver"]

[devices.arm]
kind = "barrier"
at = "gate_in_1"
address = "modbus://10.0.0.7:502/1"
coil = 0
input = 0
input_down = 1
open_for = "45 s"

[devices.under_arm]
kind = "loop"
at = "gate_in_1"
role = "safety"
address = "modbus://10.0.0.7:502/1"
input = 2

[devices.scale]
kind = "scale"
at = "scale.1"
address = "tcp://10.0.0.8:4001"
checks = ["mass"]
"""
MARK = "[sources.example]"
LOOP = '[devices.under_arm]\nkind = "loop"\nat = "gate_in_1"\nrole = "safety"'


def with_devices(text: str = DEVICES) -> tuple[str, str]:
    return (MARK, f"{text}\n{MARK}")


def test_devices_are_read(tmp_path: Path) -> None:
    port, findings = load(tmp_path, with_devices())
    assert findings == ()
    arm = port.devices["arm"]
    assert (arm.kind, arm.coil, arm.input_down, arm.open_for_ms) == ("barrier", 0, 1, 45_000)
    assert arm.is_modbus
    assert port.devices["front"].checks == (CheckKind.PLATE,)
    assert port.devices["front"].role is DeviceRole.FRONT
    assert list(devices_at(port, "gate_in_1", DeviceKind.CAMERA)) == ["front", "document"]
    assert list(devices_at(port, "scale.1")) == ["scale"]
    assert [port.devices[name].heard_within_ms for name in ("front", "arm", "scale")] == [
        60_000,
        0,
        5_000,
    ]


def test_the_schema_knows_devices() -> None:
    validator = Draft202012Validator(json_schema())
    assert not list(validator.iter_errors(tomllib.loads(spoiled(with_devices()))))
    wrong = with_devices(DEVICES.replace("coil = 0", "coil = 70000"))
    assert list(validator.iter_errors(tomllib.loads(spoiled(wrong))))


@pytest.mark.parametrize(
    ("old", "new", "key", "value", "expected"),
    [
        ('at = "scale.1"', 'at = "scale.2"', "scale.at", '"scale.2"', 'perhaps "scale.1"'),
        ('kind = "scale"', 'kind = "scales"', "scale.kind", '"scales"', 'perhaps "scale"'),
        ("tcp://10.0.0.8:4001", "udp://10.0.0.8:4", "scale.address", "udp", '"tcp://host:port"'),
        ("tcp://10.0.0.8:4001", "tcp://10.0.0.8", "scale.address", "tcp", '"tcp://host:port"'),
        (":502/1", ":502/256", "arm.address", "/256", "a unit of 0 to 255"),
        ("coil = 0\n", "", "arm.coil", "nothing", "the number of a coil"),
        ("coil = 0\n", "coil = -1\n", "arm.coil", "-1", "at least 0"),
        ("input_down = 1", "input_down = 0", "arm.input_down", "0", "another input"),
        ("input = 2", "input = 1", "under_arm.input", "input 1, which is arm's", "no other device"),
        ("input = 2", "input = 2\ncoil = 3", "under_arm.coil", "3", "has no coil"),
        ('role = "safety"', "", "under_arm.role", "nothing", "one of entry, safety, exit"),
        ('role = "safety"', 'role = "rear"', "under_arm.role", '"rear"', "for a loop"),
        ('checks = ["mass"]', 'checks = ["plate"]', "scale.checks.0", '"plate"', "one of mass"),
        ('"45 s"', '"4 s"', "arm.open_for", "4000", "5 s to 10 min"),
        ('"45 s"', '"45 s"\nsilent_after = "9 s"', "arm.silent_after", "9000", "answer_within"),
        ('["mass"]', '["mass"]\nzero_within = "1 t"', "scale.zero_within", "1000 kg", "less than"),
        ('["mass"]', '["mass"]\nframe = "(?P<mass"', "scale.frame", "(?P<mass", "(?P<mass>...)"),
        ('["mass"]', '["mass"]\nframe = "[0-9]+"', "scale.frame", "[0-9]+", "(?P<mass>...)"),
        ('role = "front"', 'role = "front"\nframe = "x"', "front.frame", '"x"', "only a scale"),
        ('role = "front"', 'role = "front"\naddress = "x"', "front.address", '"x"', "pushes"),
        ('["plate"]', '["plate"]\nanswer_within = "1 min"', "front.answer_within", "60000", "30 s"),
    ],
)
def test_each_mistake_is_told(
    tmp_path: Path, old: str, new: str, key: str, value: str, expected: str
) -> None:
    assert old in DEVICES
    (problem,) = problems_of(tmp_path, with_devices(DEVICES.replace(old, new, 1)))
    assert problem.key == f"devices.{key}"
    assert value in problem.value
    assert expected in problem.expected
    assert problem.line


def test_two_barriers_at_a_station(tmp_path: Path) -> None:
    second = DEVICES[DEVICES.index("[devices.arm]") : DEVICES.index("[devices.under_arm]")]
    second = second.replace("devices.arm", "devices.arm_2").replace(":502/1", ":502/2")
    (problem,) = problems_of(tmp_path, with_devices(DEVICES + second))
    assert problem.key == "devices.arm_2.at"
    assert "gate_in_1, which has arm already" in problem.value


def test_a_barrier_without_a_safety_loop_is_warned_of(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, with_devices(DEVICES.replace('"safety"', '"entry"')))
    assert found == ["devices.arm.at: gate_in_1 has no loop with role safety"]


def test_a_stage_that_opens_no_barrier_is_warned_of(tmp_path: Path) -> None:
    cut = DEVICES[: DEVICES.index("[devices.arm]")]
    assert warnings_of(tmp_path, with_devices(cut)) == [
        "procedures.truck.stages.gate.barrier: no barrier among the devices at gate_in_1"
    ]


def test_a_check_that_no_device_reads(tmp_path: Path) -> None:
    """At the gate the desk takes what is unread; at the scale nobody would."""
    without_document = DEVICES.replace('checks = ["driver"]', "")
    assert load(tmp_path, with_devices(without_document))[1] == ()
    (problem,) = problems_of(tmp_path, with_devices(DEVICES.replace('checks = ["mass"]', "")))
    assert problem.key == "procedures.truck.stages.weighing.checks.0"
    assert "mass, which no device at scale.1 reads" in problem.value
    assert "on.unread" in problem.expected


def test_a_topic_of_another_reader(tmp_path: Path) -> None:
    reader = '\n[devices.{}]\nkind = "reader"\nat = "gate_in_1"\naddress = "mqtt:seals/1"\n'
    both = DEVICES + reader.format("seal") + reader.format("seal_2")
    (problem,) = problems_of(tmp_path, with_devices(both))
    assert problem.key == "devices.seal_2.address"


@pytest.mark.parametrize(
    ("kind", "text", "address"),
    [
        ("scale", "tcp://scale-1.local:4001", Address("tcp", "scale-1.local", 4001)),
        ("scale", "listen://127.0.0.1:4001", Address("listen", "127.0.0.1", 4001)),
        ("loop", "modbus://[::1]:502/0", Address("modbus", "::1", 502, 0)),
        ("reader", "mqtt:port/seals/1", Address("mqtt", topic="port/seals/1")),
        ("camera", "", Address("http")),
    ],
)
def test_addresses(kind: str, text: str, address: Address) -> None:
    assert parse_address(DeviceKind(kind), text) == address


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("scale", ""),
        ("scale", "tcp:10.0.0.1:4"),
        ("scale", "tcp://10.0.0.1:0"),
        ("scale", "tcp://10.0.0.1:65536"),
        ("scale", "tcp://user@10.0.0.1:4"),
        ("scale", "tcp://10.0.0.1:4/1"),
        ("scale", "tcp://10.0.0.1:4\n"),
        ("loop", "modbus://10.0.0.1:502"),
        ("loop", "modbus://10.0.0.1:502/x"),
        ("loop", "modbus://:502/1"),
        ("loop", "mqtt:loop"),
        ("reader", "mqtt:"),
        ("reader", "mqtt:seals/#"),
        ("reader", "mqtt:/seals"),
        ("reader", "mqtt:" + "s" * 201),
    ],
)
def test_addresses_that_are_none(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|mqtt:topic"):
        parse_address(DeviceKind(kind), text)
