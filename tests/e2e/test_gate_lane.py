"""The express lane of a running port: who passes, and what stops for which reason."""

import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from kouan.cli.twin_pictures import Shown
from kouan.live.clock import wall_now_ms
from tests.e2e.command import kouan
from tests.e2e.gate_port import (
    BOX,
    LANE,
    MASS_KG,
    PLATE,
    SHOWN,
    TARE_KG,
    GatePort,
    gate_port,
    reasons,
    wait_until,
)

pytestmark = pytest.mark.xdist_group("gate_lane")
OTHER_BOX = "MSKU9070323"


CUSTOMS, BORDER = ("li", "gate_officer"), ("wang", "border_officer")
CHIEF = ("zhao", "border_officer", "supervisor")


@pytest.fixture(scope="module")
def officers(port: GatePort) -> dict[str, str]:
    """Tokens of an officer of each authority, and of a supervisor."""
    return {name: port.officer(name, *roles) for name, *roles in (CUSTOMS, BORDER, CHIEF)}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatePort]:
    """One port for all trucks: each leaves the lane before the next one comes."""
    with gate_port(tmp_path_factory.mktemp("gate") / "data") as running:
        yield running


class Wrong(NamedTuple):
    """A truck with one thing wrong, and the reason for which it stops."""

    reason: str
    declared: Mapping[str, Any] = MappingProxyType({})
    shown: Shown = SHOWN
    mass_kg: int = TARE_KG + MASS_KG
    alarm: bool = False


WRONG = {
    "driver": Wrong(
        "driver: another driver than declared", shown=SHOWN._replace(passport="K99887766")
    ),
    "no passport": Wrong(
        "driver: no device said anything in time", shown=SHOWN._replace(passport="")
    ),
    "mass": Wrong(
        r"mass: \+3(0[5-9]|1[0-5])0 kg against what was declared", mass_kg=TARE_KG + MASS_KG + 3_100
    ),
    "seal": Wrong("seal: read SEAL0999, declared SEAL0042", shown=SHOWN._replace(seal="SEAL0999")),
    "no seal": Wrong("seal: no device said anything in time", shown=SHOWN._replace(seal="")),
    "box": Wrong(
        f"container: box {OTHER_BOX} is not on the manifest",
        shown=SHOWN._replace(boxes=(OTHER_BOX,)),
    ),
    "box missing": Wrong(
        "container: fewer numbers were seen than were declared",
        declared={"boxes": [BOX, OTHER_BOX]},
    ),
    "permit": Wrong("permit: the permit has expired", declared={"permit_until_ms": 1}),
    "no manifest": Wrong("manifest: no manifest is lodged", declared={"lodge": False}),
    "radiation": Wrong("radiation: alarm", alarm=True),
}


OF_PERSONS = ("driver", "no passport", "permit")
"""What border inspection decides; all else is customs'."""


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_thing_stops_for_its_reason(
    port: GatePort, officers: dict[str, str], name: str
) -> None:
    wrong, visit = WRONG[name], f"wrong-{name.replace(' ', '_')}"
    port.announce(visit, **wrong.declared)
    port.drive_up(wrong.shown, wrong.mass_kg, alarm=wrong.alarm)
    wait_until(lambda: port.lane()["leaving"], "no verdict")
    lane = port.lane()
    assert (lane["visit"], lane["by_barrier"], lane["to"]) == (visit, False, "bay")
    assert re.match(wrong.reason, lane["why"])
    assert "; " not in lane["why"], "one thing was wrong"
    with port.plc() as barrier:
        for _ in range(10):
            assert barrier() == (False, False)
            time.sleep(0.05)
    assert visit not in port.opened_for()
    port.leave_backwards()
    assert port.twin("state")["stations"][LANE]["passed"] == 0
    authority, other = ("wang", "li") if name in OF_PERSONS else ("li", "wang")
    assert port.decide("refuse", visit, officers[authority])[0] == 202
    assert visit not in port.reviews(officers[other])


class Stranger(NamedTuple):
    """A truck that is nobody: what was announced, what it shows, and the reason."""

    reason: str
    announced: tuple[dict[str, Any], ...]
    plate: str


STRANGERS = {
    "unknown": Stranger("蒙L77777 is not announced", (), "蒙L77777"),
    "look-alike": Stranger(
        "read 蒙L12B45, announced 蒙L12845: differs in one look-alike",
        ({"visit": "alike", "plate": "蒙L12845"},),
        "蒙L12B45",
    ),
    "twice": Stranger(
        "蒙L24680 is in the queue twice: first and second",
        ({"visit": "first", "plate": "蒙L24680"}, {"visit": "second", "plate": "蒙L24680"}),
        "蒙L24680",
    ),
    "not called": Stranger(
        "蒙L13579 was not called: expected at area",
        ({"visit": "early", "plate": "蒙L13579", "procedure": "called"},),
        "蒙L13579",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_who_is_not_known_beyond_doubt_is_not_let_in(port: GatePort, name: str) -> None:
    stranger = STRANGERS[name]
    for declared in stranger.announced:
        port.announce(**declared)
    port.drive_up(SHOWN._replace(plate=stranger.plate))
    wanted = f"nobody is let in: {stranger.reason}"
    wait_until(
        lambda: any(wanted in reasons(commands) for _, _, commands in port.journal()), wanted
    )
    lane = port.lane()
    assert (lane["plate"], lane["visit"]) == (stranger.plate, "")
    with port.plc() as barrier:
        assert barrier() == (False, False)
    port.say("/api/lanes/refuse", station=LANE, reason="turned round")
    wait_until(lambda: port.lane()["leaving"], "it is not led away")
    assert port.lane()["why"] == "turned round"
    port.leave_backwards()
    for declared in stranger.announced:
        port.say("/api/queue/lapse", visit=declared["visit"])


def test_the_right_truck_passes_once_and_the_journal_says_why(port: GatePort) -> None:
    before = port.opened_for()
    port.announce("right")
    began_ms = wall_now_ms()
    port.drive_up()
    with port.plc() as barrier:
        wait_until(lambda: barrier()[1], "the barrier does not open")
        took_ms = wall_now_ms() - began_ms
        wait_until(lambda: barrier() == (False, False), "the barrier does not close by itself")
    wait_until(port.is_empty, "the lane is not empty")
    assert port.opened_for() == [*before, "right"]
    wait_until(lambda: port.twin("state")["stations"][LANE]["passed"] == 1, "it did not pass")
    journal = port.journal()
    ended = next(
        (event, commands)
        for kind, event, commands in journal
        if kind == "ServiceEnded" and event[1] == "right"
    )
    assert {found[0] for found in ended[0][5]} == {
        *("plate", "driver", "container", "seal", "mass", "radiation")
    }
    opened = [fields for kind, fields in ended[1] if kind == "OpenBarrier"]
    assert [fields[1:] for fields in opened] == [[LANE, "right", "stop: match"]]
    left = [event for kind, event, _ in journal if kind == "CarrierLeft"]
    assert left[-1][1:3] == [LANE, 1]
    assert took_ms < 60_000


def test_no_name_or_number_of_a_person_is_in_the_journal(port: GatePort) -> None:
    told = str(port.journal())
    assert PLATE in told
    for personal in (SHOWN.passport, "K99887766"):
        assert personal not in told


def test_two_persons_pass_over_a_mismatch(port: GatePort, officers: dict[str, str]) -> None:
    port.announce("reviewed")
    port.drive_up(SHOWN._replace(passport="K99887766"))
    wait_until(lambda: port.lane()["leaving"], "no verdict")
    port.leave_backwards()
    wait_until(lambda: "reviewed" in port.reviews(officers["wang"]), "it is not at the desk")
    review = port.reviews(officers["wang"])["reviewed"]
    # A passport that is not read at once is shown again.
    *_, picture = [found["image"] for found in review["found"] if found["image"]]
    path = f"/api/desk/{review['request']}/image/{picture}"
    assert port.ask("GET", path, token=officers["li"])[0] == 404
    assert port.picture(path, officers["wang"]).startswith(b"\xff\xd8")
    assert port.decide("pass", "reviewed", officers["wang"])[0] == 202
    wait_until(lambda: port.reviews(officers["wang"])["reviewed"]["lacking"] == [], "not noted")
    assert port.decide("pass", "reviewed", officers["wang"])[0] == 403
    assert port.decide("pass", "reviewed", officers["zhao"])[0] == 202
    wait_until(lambda: "reviewed" not in port.reviews(officers["zhao"]), "the review is open")
    notes = [event for kind, event, _ in port.journal() if kind == "ReviewNoted"]
    assert [(note[1], note[4], note[5]) for note in notes] == [
        ("reviewed", "pass", "wang/border_officer")
    ]
    (going_on,) = [
        fields
        for _, event, commands in port.journal()
        for kind, fields in commands
        if kind == "StartService" and fields[1:3] == ["reviewed", "park"]
    ]
    assert going_on[5] == ""


def test_what_was_decided_is_decided_again_and_breaks_no_rule(
    port: GatePort, tmp_path: Path
) -> None:
    """Runs last: it ends the port and looks at all that it wrote."""
    port.process.stop()
    done = kouan("replay", port.data, "--verify", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert port.violations() == []
