"""The twins' process: started by hand and by a port, told what happens, ended with its parent."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kouan.live.devices.signals import BarrierMoved, ImageTaken, LoopChanged, Position, State
from kouan.live.devices.twins.control import TwinControl, picture
from kouan.live.devices.twins.crew import TwinCrew
from kouan.live.devices.twins.process import TwinProcess, main
from kouan.live.devices.twins.spec import TwinError, TwinPlan
from kouan.live.errors import LiveError
from kouan.port.devices import DeviceRole
from tests.unit.live.devices.support import (
    Site,
    free_port,
    jpeg,
    lane_devices,
    running,
    wait_for,
)
from tests.unit.port.files import spoiled, write

LANE = "gate_in_1"


@pytest.fixture
def site() -> Iterator[Site]:
    with running(lane_devices(free_port(), f"tcp://127.0.0.1:{free_port()}")) as running_site:
        running_site.all_ok()
        yield running_site


@pytest.mark.parametrize(
    ("do", "words", "expected"),
    [
        ("dance", {}, "Invalid value 'dance'"),
        ("arrive", {"station": "nowhere"}, "station nowhere: expected gate_in_1"),
        ("arrive", {"station": LANE, "mass_kg": -1}, ">= 0"),
        ("arrive", {"station": LANE, "speed": 1}, "unknown field `speed`"),
        ("arrive", {"station": LANE, "pictures": [{"device": "x"}]}, "camera x: expected front"),
        (
            "arrive",
            {"station": LANE, "pictures": [{"device": "front", "file": "/nowhere.jpg"}]},
            "/nowhere.jpg: No such file",
        ),
        ("go", {"station": LANE}, "no truck stays there"),
        ("back", {"station": LANE}, "no truck stands before the arm"),
        ("fault", {"device": "x", "fault": ""}, "device x: expected front"),
        ("fault", {"device": "arm", "fault": "x"}, "a barrier has stays_down"),
    ],
)
def test_words_that_can_not_be_carried_out(
    site: Site, do: str, words: dict[str, object], expected: str
) -> None:
    with pytest.raises(TwinError, match=expected):
        site.control.say(do, **words)
    assert site.control.say("state")["stations"][LANE]["trucks"] in (0, 1)


def test_an_occupied_lane_takes_nobody_else(site: Site) -> None:
    site.control.say("arrive", station=LANE, stay=True)
    with pytest.raises(TwinError, match="gate_in_1 is occupied"):
        site.control.say("arrive", station=LANE)
    site.control.say("back", station=LANE)
    wait_for(lambda: site.control.say("state")["stations"][LANE]["trucks"] == 0)
    site.control.say("arrive", station=LANE)


def test_two_trucks_close_together_are_seen_on_the_loops(site: Site) -> None:
    """The safety loop holds the arm for both; behind it two vehicles were seen for one request."""
    site.control.say("arrive", station=LANE, stay=True)
    site.control.say("arrive", station=LANE, close=True)
    site.control.say("go", station=LANE)
    site.service.open_barrier(LANE, 1, "gate: match", lambda: True)
    wait_for(lambda: site.control.say("state")["stations"][LANE]["passed"] == 2)
    site.heard.wait(BarrierMoved, lambda one: one.reason == "the vehicle has passed")
    wait_for(lambda: site.control.say("state")["stations"][LANE]["arm"] == "down")
    exits = [one for one in site.heard.of(LoopChanged) if one.role is DeviceRole.EXIT]
    opened = [one for one in site.heard.of(BarrierMoved) if one.position is Position.OPEN]
    assert len(opened) == 1
    assert sum(one.occupied is True for one in exits) >= 1


@pytest.mark.parametrize(
    ("fault", "statuses", "counted"),
    [
        ("cut", [422], "bad_image"),
        ("huge", [422], "bad_image"),
        ("forged", [401], "taken"),
        ("silent", [], "taken"),
        ("black", [202], "taken"),
        ("frozen", [202], "taken"),
    ],
)
def test_faults_of_a_camera(site: Site, fault: str, statuses: list[int], counted: str) -> None:
    site.control.say("fault", device="front", fault=fault)
    answers = site.control.say("arrive", station=LANE, pictures=[picture("front", jpeg())])
    assert answers["answers"] == [{"device": "front", "statuses": statuses}]
    assert site.count("front", counted) > 0
    assert (202 in statuses) is bool(site.heard.of(ImageTaken))


def test_a_camera_that_says_it_again_or_shows_the_next_truck(site: Site) -> None:
    site.control.say("arrive", station=LANE, pictures=[picture("front", jpeg(10))], stay=True)
    site.control.say("back", station=LANE)
    wait_for(lambda: site.control.say("state")["stations"][LANE]["trucks"] == 0)
    site.control.say("fault", device="front", fault="replay")
    found = site.control.say("arrive", station=LANE, pictures=[picture("front", jpeg(20))])
    assert found["answers"][0]["statuses"] == [409]
    assert site.count("front", "replayed") == 1
    site.control.say("fault", device="document", fault="shows", picture=picture("front", jpeg(99)))
    site.control.say("back", station=LANE)
    wait_for(lambda: site.control.say("state")["stations"][LANE]["trucks"] == 0)
    site.control.say("arrive", station=LANE, pictures=[picture("document", jpeg(30))])
    shown = site.heard.wait(ImageTaken, lambda one: one.device == "document")
    assert shown.image == jpeg(99)


def test_a_flooding_camera_is_held_back(site: Site) -> None:
    site.control.say("fault", device="front", fault="flood")
    answer = site.control.say("arrive", station=LANE, pictures=[picture("front", jpeg())])
    statuses = answer["answers"][0]["statuses"]
    assert 0 < statuses.count(429) <= site.count("front", "flood")
    site.control.say("fault", device="front", fault="")
    site.wait_health("front", State.OK)


def test_the_control_asks_for_its_token(site: Site) -> None:
    with TwinControl(site.twins._port, "wrong") as control:  # noqa: SIM117
        with pytest.raises(TwinError, match="expected their token"):
            control.say("state")


def test_a_control_that_is_gone_is_told_as_such(site: Site) -> None:
    with TwinControl(site.twins._port, site.twins.token) as control:
        control.say("state")
        site.twins.close()
        with pytest.raises(TwinError, match="closed the connection"):
            control.say("state")


def test_they_end_with_whoever_started_them() -> None:
    devices = lane_devices(free_port(), f"tcp://127.0.0.1:{free_port()}")
    plan = TwinPlan({"arm": devices["arm"]})
    script = (
        "import sys, msgspec\n"
        "from kouan.live.devices.twins.process import TwinProcess\n"
        "from kouan.live.devices.twins.spec import TwinPlan\n"
        "twins = TwinProcess(msgspec.json.decode(sys.argv[1], type=TwinPlan))\n"
        "twins.start(); print(twins.process_id, flush=True); sys.stdin.read()\n"
    )

    parent = subprocess.Popen(
        [sys.executable, "-c", script, msgspec.json.encode(plan).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or _is_zombie(child))


def _is_zombie(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/stat").read_text()
    return status.rpartition(") ")[2].startswith("Z")


def test_an_address_that_is_taken_is_told() -> None:
    devices = {"arm": lane_devices(free_port(), "tcp://127.0.0.1:1")["arm"]}
    with TwinProcess(TwinPlan(devices)), pytest.raises(LiveError, match="addresses to be free"):
        TwinProcess(TwinPlan(devices)).start()


def test_a_camera_without_a_token_is_told() -> None:
    devices = {"front": lane_devices(1, "tcp://127.0.0.1:1")["front"]}
    with pytest.raises(TwinError, match="no token for front"):
        TwinCrew(TwinPlan(devices))


def test_by_hand(tmp_path: Path) -> None:
    """A port file, words on standard input, answers on standard output."""
    port = free_port()
    arm = (
        f'[devices.arm]\nkind = "barrier"\nat = "gate_in_1"\ncoil = 0\ninput = 0\n'
        f'address = "modbus://127.0.0.1:{port}/1"\n\n[sources.example]'
    )
    path = write(tmp_path, spoiled(("[sources.example]", arm)))
    words = [{"do": "state"}, {"do": "arrive", "station": "gate_in_2"}]
    lines = "".join(json.dumps(word) + "\n" for word in words)
    done = subprocess.run(
        [sys.executable, "-m", "kouan.live.devices.twins", str(path)],
        input=lines.encode(),
        capture_output=True,
        timeout=60,
        check=True,
        env=os.environ,
    )
    head, state, refused = done.stdout.decode().splitlines()
    assert head == "1 twins; one word of JSON a line, end with Ctrl-D"
    assert json.loads(state)["stations"]["gate_in_1"]["arm"] == "down"
    assert json.loads(refused)["problem"] == "station gate_in_2: expected gate_in_1"
    assert done.stderr == b""


def test_mistakes_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = write(tmp_path, spoiled())
    assert main([]) == 2
    assert main([str(plain)]) == 2
    assert main([str(tmp_path / "none.toml")]) == 2
    assert main([str(plain), "--tokens", str(tmp_path / "none.json")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "no port file: expected its path" in told[0]
    assert "expected tables [devices.NAME]" in told[1]
    assert "none.toml" in told[2]
