"""`kouan twin` and `--devices`: what a user's mistakes are answered with."""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kouan.cli.main import app
from kouan.cli.reaching import Reach, gate_plan
from kouan.cli.terminal import Mistake
from kouan.cli.twin_pictures import Shown, pictures_of
from kouan.live.devices.twins.addresses import on_free_ports
from kouan.live.gates.side import TWINS_FILE
from kouan.port.devices import Device, DeviceKind
from kouan.port.read import load_port

ROOT = Path(__file__).parents[3]
PORT, _ = load_port(ROOT / "tests" / "ports" / "express.toml")
BARE, _ = load_port(ROOT / "tests" / "ports" / "tiny.toml")
SCALE = "tcp://127.0.0.1"


@pytest.mark.parametrize("words", [["state"], ["truck", "lane_1"], ["back", "lane_1"]])
def test_without_twins_the_file_is_named(words: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["twin", *words, "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert f"{TWINS_FILE}: no twins run" in done.output.replace("\n", "")


def test_twins_that_have_ended_do_not_answer(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told = {"port": free.getsockname()[1], "token": "x", "addresses": {}, "devices": {}}
    (tmp_path / TWINS_FILE).write_text(json.dumps(told), "utf-8")
    done = CliRunner().invoke(app, ["twin", "back", "lane_1", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "do not answer" in done.output


def test_a_number_that_cant_be_drawn_names_its_check() -> None:
    devices = {"side": {"kind": "camera", "at": "lane_1", "checks": ["container"]}}
    with pytest.raises(Mistake, match=r"container: .*NONSENSE"):
        list(pictures_of(Shown(boxes=("NONSENSE",)), devices, "lane_1", 1))


@pytest.mark.parametrize(
    ("port", "devices", "time_scale", "problem"),
    [
        (PORT, "some", 1, '--devices: "some": expected auto, twins, real, none'),
        (BARE, "twins", 1, r"--devices: twins: expected a port file with \[devices\]"),
        (PORT, "real", 20, "--time-scale: 20: expected 1 with --devices real"),
    ],
)
def test_devices_that_cant_be(port: object, devices: str, time_scale: int, problem: str) -> None:
    with pytest.raises(Mistake, match=problem):
        gate_plan(port, devices, 1, time_scale, Reach())  # type: ignore[arg-type]


@pytest.mark.parametrize(("time_scale", "devices"), [(1, "twins"), (20, "none")])
def test_devices_are_twins_unless_time_runs_faster(time_scale: int, devices: str) -> None:
    assert gate_plan(PORT, "auto", 1, time_scale, Reach()).devices == devices
    assert gate_plan(BARE, "auto", 1, time_scale, Reach()).devices == "none"


def test_two_ports_on_one_machine_have_twins_at_different_addresses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    devices = {"scale": Device(DeviceKind.SCALE, "lane_1", f"{SCALE}:{number}")}
    with on_free_ports(devices) as first, on_free_ports(devices) as second:
        assert first["scale"].address == f"{SCALE}:{number}"
        assert second["scale"].address != first["scale"].address
    with on_free_ports(devices) as again:
        assert again == first
