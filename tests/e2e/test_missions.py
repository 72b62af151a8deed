"""`kouan run --protocol missions`: loads cross the border by a manager, over MQTT and HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kouan.dispatch.events import VehicleMoved
from kouan.live.virtual.process import first_line
from tests.e2e import fleet_journal
from tests.e2e.command import environment
from tests.e2e.live_process import TINY, LiveProcess, live

TOKEN, HOOK_TOKEN = "a-token-for-this-test", "a-token-for-the-webhook"
SCALE, PATIENCE_S = 60, 90
SETTINGS = (
    *("fleets.agv.count=2", "places.agv_park.room=2", "demand.trucks.per_day=0"),
    *("demand.coal.per_day=2", "demand.coal.hours=09:00-09:02", "places.shed.dwell=1 min"),
)
RUN = [
    *("--start", "2026-10-12T08:59:50", "--time-scale", SCALE, "--seed", 3),
    *("--protocol", "missions"),
    *(word for each in SETTINGS for word in ("--set", each)),
]


def wait_for(data: Path, process: LiveProcess, trips: int, moves: int = 0) -> None:
    """Wait until so many trips have ended and so many nodes were passed."""
    for _ in range(PATIENCE_S * 5):
        passed = sum(isinstance(one, VehicleMoved) for one in fleet_journal.events(data))
        if fleet_journal.trips(data).total() >= trips and passed >= moves:
            return
        time.sleep(0.2)
    raise AssertionError(process.said)


def test_loads_cross_the_border_by_a_virtual_manager_at_the_broker(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with live(data, "--vehicles", "mqtt", *RUN) as process:
        wait_for(data, process, 2)
        summary = process.stop()
    assert (summary["trips"], summary["violations"], summary["messages_lost"]) == (2, 0, 0)
    assert summary["messages_published"] >= 4, "a mission to the load and back, for each"
    assert summary["messages_received"] > 10
    fleet_journal.check_fleet(data, 2)


@pytest.mark.parametrize("moves", [3, 12])
def test_a_port_killed_on_the_way_goes_on_with_its_managers_vehicles(
    tmp_path: Path, moves: int
) -> None:
    data = tmp_path / "data"
    with live(data, "--vehicles", "mqtt", *RUN) as process:
        wait_for(data, process, 0, moves)
        process.kill()
    before = len(fleet_journal.events(data))
    with live(data, "--vehicles", "mqtt", *RUN) as process:
        wait_for(data, process, 2)
        summary = process.stop()
    assert summary["entries"] - summary["fresh"] == before
    fleet_journal.check_fleet(data, 2)


@contextmanager
def manager(*arguments: str) -> Iterator[str]:
    """A virtual manager that is called over HTTP, in a process of its own; its URL."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "kouan.live.missions", "--http", "0"),
            *("--vehicle", "agv-1,agv-2", "--node", "yard", "--time-scale", str(SCALE)),
            *arguments,
        ],
        env=environment() | {"KOUAN_MANAGER_TOKEN": TOKEN, "KOUAN_WEBHOOK_TOKEN": HOOK_TOKEN},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield first_line(process.stdout.fileno()).decode().rpartition(" ")[2]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_loads_cross_the_border_by_a_manager_over_http(tmp_path: Path) -> None:
    data, token = tmp_path / "data", tmp_path / "manager.token"
    token.write_text(f"{TOKEN}\n", "utf-8")
    with manager() as url:
        wire = ["--vehicles", "elsewhere", "--manager", url, "--manager-token", f"agv={token}"]
        with live(data, *wire, *RUN) as process:
            wait_for(data, process, 2)
            summary = process.stop()
    assert (summary["trips"], summary["violations"], summary["messages_lost"]) == (2, 0, 0)
    fleet_journal.check_fleet(data, 2)
    assert [path for path in files(data) if TOKEN.encode() in path.read_bytes()] == []


def test_a_manager_that_posts_is_heard_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    data = tmp_path / "data"
    monkeypatch.setitem(os.environ, "KOUAN_MANAGER_TOKEN", TOKEN)
    monkeypatch.setitem(os.environ, "KOUAN_WEBHOOK_TOKEN", HOOK_TOKEN)
    with manager("--webhook", f"http://127.0.0.1:{free_port}") as url:
        wire = ["--vehicles", "elsewhere", "--manager", f"agv={url}", "--webhook", free_port]
        with live(data, *wire, *RUN) as process:
            wait_for(data, process, 2)
            summary = process.stop()
    assert (summary["trips"], summary["violations"]) == (2, 0)
    fleet_journal.check_fleet(data, 2)


def test_a_manager_has_the_vehicles_of_a_port_file() -> None:
    with manager("--port-file", str(TINY), "--fleet", "agv") as url:
        request = urllib.request.Request(
            f"{url}/vehicles", headers={"authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            found = json.loads(answer.read())["vehicles"]
    assert [(one["vehicle"], one["x_mm"]) for one in found] == [("agv-1", 0)]
