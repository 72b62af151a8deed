"""Lanes over HTTP: what is shown of them and to whom, and what people may say."""

from dataclasses import replace
from typing import Any

import pytest

from kouan.dispatch import events as e
from kouan.live.accounts.rights import Caller, Role, rights_of
from kouan.live.devices.signals import DeviceHealth, State
from kouan.live.gates.lane_words import MOST_VISITS, LaneRoutes
from kouan.live.gates.notes import DeclaredNote, LaneNote, LeavingNote, ServiceNote, TakenNote
from kouan.live.gates.view import GateView
from kouan.live.words import Refused
from kouan.port.model import Port
from kouan.port.read import read_port
from tests.e2e.command import ROOT

LANE = "lane_1"
PORT: Port = read_port(ROOT / "tests" / "ports" / "express.toml")
OPERATOR = Caller("ops", (Role.PORT_OPERATOR,), rights_of((Role.PORT_OPERATOR,)))
OFFICER = Caller("li", (Role.GATE_OFFICER,), rights_of((Role.GATE_OFFICER,)))
SERVICE = ServiceNote(3, "v", "express", "stop", LANE, 1, 4_000)
DECLARED = DeclaredNote("express", "c", "AB123", "d", 1, 2, "coal", 1, "S", ("CSQU3054383",), 9)


def taken(check: str, found: str = "", *, ok: bool = True) -> TakenNote:
    return TakenNote(5_000, "device", check, found, 0, 900_000, ok, "" if ok else "dark", "", "")


class Room:
    """The lanes of a port, with one picture, and what was posted."""

    def __init__(self, lane: LaneNote | None = None, visits: int = 1) -> None:
        declared = {"v" if not one else f"v{one}": DECLARED for one in range(visits)}
        lanes = {} if lane is None else {LANE: lane}
        self.view = GateView(lanes=lanes, real=(LANE,), declared=declared)
        self.posted: list[e.Event] = []
        device = next(iter(PORT.devices))
        health = {device: DeviceHealth(device, LANE, State.SILENT, "not heard yet")}
        self.routes = LaneRoutes(
            PORT, lambda: self.view, lambda: health, lambda: {device: "red"}, self.posted.extend
        )

    def lane(self, who: Caller = OPERATOR) -> dict[str, Any]:
        found: dict[str, Any] = self.routes.shown(who)["lanes"][LANE]
        return found


def test_an_empty_lane_is_shown() -> None:
    lane = Room().lane()
    assert (lane["seen_ms"], lane["visit"], lane["found"], lane["awaited"]) == (0, "", [], [])


def test_what_is_awaited_is_told() -> None:
    found = (taken("plate", "AB123"), taken("driver", ok=False))
    lane = Room(LaneNote(4_000, "AB123", "", SERVICE, None, found)).lane()
    assert (lane["visit"], lane["stage"], lane["since_ms"]) == ("v", "stop", 4_000)
    assert lane["announced_plate"] == "AB123"
    assert [(one["check"], one["read"]) for one in lane["found"]] == [
        *(("plate", True), ("driver", False)),
    ]
    assert "plate" not in lane["awaited"]
    assert {"driver", "container", "mass"} <= set(lane["awaited"])
    assert "manifest" not in lane["awaited"], "facts answer it, no device"


def test_nothing_is_awaited_in_a_lane_that_is_left() -> None:
    leaving = LeavingNote(3, "v", True, "bay", "mass: +3100 kg", 6_000)
    lane = Room(LaneNote(4_000, "AB123", "", None, leaving)).lane()
    assert (lane["awaited"], lane["since_ms"], lane["to"]) == ([], 6_000, "bay")


def test_devices_are_told_with_what_they_are_and_show() -> None:
    name, device = next(iter(PORT.devices.items()))
    assert Room().routes.shown(OFFICER)["devices"] == {
        name: {
            "station": LANE,
            "kind": device.kind,
            "role": device.role or "",
            "checks": list(device.checks),
            "state": "silent",
            "reason": "not heard yet",
            "shows": "red",
        }
    }


def test_visits_are_offered_to_those_who_may_name_strangers() -> None:
    room = Room(visits=MOST_VISITS + 2)
    offered = room.routes.shown(OPERATOR)["visits"]
    assert len(offered) == MOST_VISITS
    assert offered[0] == {"visit": f"v{MOST_VISITS + 1}", "plate": "AB123"}
    assert room.routes.shown(OFFICER)["visits"] == []


def test_a_virtual_visit_is_told_as_such() -> None:
    room = Room(LaneNote(service=SERVICE))
    room.view = replace(room.view, real=())
    assert room.lane()["virtual"]
    assert not Room(LaneNote(service=SERVICE)).lane()["virtual"]


@pytest.mark.parametrize(
    ("word", "body", "problem"),
    [
        ("name", b'{"station": "nowhere", "visit": "v"}', "lane nowhere: expected lane_1"),
        ("name", b'{"station": "lane_1", "visit": "x"}', "visit x: expected one that was"),
        ("refuse", b'{"station": "lane_1"}', "reason"),
        ("empty", b'{"station": "lane_1", "carriers": 21}', "<= 20"),
    ],
)
def test_what_is_wrong_is_refused(word: str, body: bytes, problem: str) -> None:
    room = Room()
    with pytest.raises(Refused, match=problem):
        room.routes.words.say(word, body, "ops/port_operator")
    assert not room.posted


def test_words_become_events() -> None:
    room = Room()
    for word, body in (
        ("name", b'{"station": "lane_1", "visit": "v"}'),
        ("refuse", b'{"station": "lane_1", "reason": "turned round"}'),
        ("empty", b'{"station": "lane_1"}'),
    ):
        room.routes.words.say(word, body, "ops/port_operator")
    assert room.posted == [
        e.CarrierNamed(0, LANE, "v", "ops/port_operator"),
        e.CarrierRefused(0, LANE, "ops/port_operator", "turned round"),
        e.CarrierLeft(0, LANE, 0, "ops/port_operator"),
    ]
