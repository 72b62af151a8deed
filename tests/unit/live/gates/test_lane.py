"""One lane: signals in, events and openings out."""

from dataclasses import replace

from kouan.dispatch import events as e
from kouan.live.gates.lane import HELD_MS, RETRY_MS, UNSEEN_MS, Lane, LaneSteps
from kouan.live.gates.notes import DeclaredNote, LaneNote, LeavingNote, ServiceNote, TakenNote
from kouan.live.gates.readings import Found
from kouan.live.gates.view import GateView
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.model import Port
from kouan.port.places import Direction
from kouan.port.procedures import Carrier, Check, CheckKind, Procedure, Stage
from tests.unit.live.support import tiny_port

WIRE = "modbus://127.0.0.1:5020/1"
STARTED_MS = 1_000_000
PLATE = e.Evidence("plate", "AB123", confidence_ppm=990_000)
STAGE = Stage("stop", "gate", checks=(Check(CheckKind.PLATE),))


def port() -> Port:
    devices = {
        "front": Device(DeviceKind.CAMERA, "in", role=DeviceRole.FRONT, checks=(CheckKind.PLATE,)),
        "rear": Device(DeviceKind.CAMERA, "in", role=DeviceRole.REAR, checks=(CheckKind.PLATE,)),
        "portal": Device(DeviceKind.READER, "in", WIRE, checks=(CheckKind.RADIATION,)),
        "e": Device(DeviceKind.LOOP, "in", WIRE, DeviceRole.ENTRY),
        "s": Device(DeviceKind.LOOP, "in", WIRE, DeviceRole.SAFETY),
        "x": Device(DeviceKind.LOOP, "in", WIRE, DeviceRole.EXIT),
    }
    express = Procedure(Carrier.TRUCK, Direction.ENTRY, (STAGE,))
    return replace(tiny_port(), devices=devices, procedures={"express": express})


class Play:
    """A lane, the time, and the picture of it."""

    def __init__(self) -> None:
        self.lane = Lane(port(), "in", STARTED_MS)
        self.now_ms = STARTED_MS
        self.note = LaneNote()
        self.real: tuple[str, ...] = ("in",)
        self.holds: dict[str, dict[str, bool]] = {}
        for name in "esx":
            self.lane.loop(name, False, self.now_ms)

    def look(self, after_ms: int = 0) -> LaneSteps:
        self.now_ms += after_ms
        declared = DeclaredNote("express", "c", "AB123", "D", 1, 2, "", 0, "", (), 0)
        view = GateView(
            lanes={"in": self.note},
            real=self.real,
            declared={"v": declared},
            holds=self.holds,
        )
        return self.lane.look(view, self.now_ms)

    def loop(self, *names: str, occupied: bool = True) -> None:
        for name in names:
            self.lane.loop(name, occupied, self.now_ms)

    def shown(self, device: str, *evidence: e.Evidence) -> None:
        self.lane.found(Found("in", device, evidence, "hash", self.now_ms))

    def leaving(self, since_ms: int, *, way_out: bool = False) -> None:
        self.note = LaneNote(leaving=LeavingNote(9, "v", way_out, "", "stop: match", since_ms))

    def pass_by(self) -> None:
        self.loop("s")
        self.loop("e", occupied=False)
        self.loop("x")
        self.loop("s", "x", occupied=False)


def test_what_is_found_is_told_once_somebody_stands_there() -> None:
    play = Play()
    play.shown("front", PLATE)
    assert not play.look().events
    play.loop("e")
    assert play.look(100).events == [
        e.EvidenceTaken(0, "in", "front", PLATE, "hash"),
        e.CarrierSeen(0, "in", "AB123", 990_000, ""),
    ]
    assert not play.look(100).events


def test_what_was_found_long_before_is_of_somebody_else() -> None:
    play = Play()
    play.shown("front", PLATE)
    play.now_ms += HELD_MS + 1
    play.loop("e")
    assert not play.look().events


def test_a_rear_plate_names_nobody() -> None:
    play = Play()
    play.loop("e")
    play.shown("rear", PLATE)
    (event,) = play.look().events
    assert isinstance(event, e.EvidenceTaken)


def test_a_carrier_without_a_picture_is_told() -> None:
    play = Play()
    play.loop("e")
    assert not play.look(UNSEEN_MS - 1).events
    assert play.look(1).events == [e.CarrierSeen(0, "in", "", 0, "no camera showed a plate")]
    assert not play.look(1).events


def test_a_portal_speaks_of_everybody_and_again_when_it_changes() -> None:
    play = Play()
    clear = (e.Evidence("radiation", "clear"),)
    play.lane.stands_at("portal", clear)
    assert not play.look().events
    play.loop("e")
    assert play.look().events == [e.EvidenceTaken(0, "in", "portal", clear[0], "")]
    assert not play.look().events
    alarm = (e.Evidence("radiation", "alarm", ok=False),)
    play.lane.stands_at("portal", alarm)
    assert play.look().events == [e.EvidenceTaken(0, "in", "portal", alarm[0], "")]


def test_a_service_ends_when_its_evidence_is_there() -> None:
    play = Play()
    play.loop("e")
    service = ServiceNote(5, "v", "express", "stop", "in", 1, play.now_ms)
    play.note = LaneNote(play.now_ms, "AB123", service=service)
    assert not play.look().events
    taken = TakenNote(play.now_ms, "front", *PLATE, "hash")
    play.note = replace(play.note, taken=(taken,))
    assert play.look().events == [e.ServiceEnded(0, "v", "stop", "in", 5, (PLATE,))]
    assert not play.look().events, "it is told once"
    play.note = replace(play.note, service=replace(service, request=6))
    play.real = ()
    assert not play.look().events, "a virtual visit is served elsewhere"


def test_a_barrier_is_asked_once_for_an_opening_and_again_when_told() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    opening = play.look().opening
    assert opening is not None
    assert (opening.request, opening.reason) == (9, "stop: match")
    assert play.look(100).opening is None
    play.lane.ask_again(9)
    assert play.look(100).opening is not None


def test_a_barrier_that_did_not_open_is_asked_again_after_a_pause() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    play.look()
    play.lane.refused(9, play.now_ms)
    assert play.look(RETRY_MS - 1).opening is None
    assert play.look(1).opening is not None
    assert play.look(1).opening is None


def test_an_opening_of_before_a_hold_waits_until_the_visit_is_free() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    play.holds = {"v": {"w-1": True}}
    assert play.look().opening is None
    play.holds = {"v": {"w-1": False}}
    assert play.look(100).opening is not None


def test_a_barrier_is_never_asked_for_a_way_out() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms, way_out=True)
    assert play.look().opening is None


def test_who_passed_has_left() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    play.look()
    play.pass_by()
    assert not play.look(500).events
    steps = play.look(600)
    assert steps.events == [e.CarrierLeft(0, "in", 1)]
    assert steps.emptied
    assert not play.look(600).events


def test_an_opening_of_before_the_start_waits_for_the_same_plate() -> None:
    play = Play()
    play.loop("e")
    play.leaving(STARTED_MS - 5_000)
    assert play.look(1_000).opening is None
    play.shown("front", replace_plate("XY999"))
    assert play.look(1_000).opening is None
    play.shown("front", PLATE)
    opening = play.look(1_000).opening
    assert opening is not None


def test_after_a_start_an_empty_lane_was_left() -> None:
    play = Play()
    play.leaving(STARTED_MS - 5_000)
    assert play.look(1_000).events == []
    assert play.look(1_000).events == [e.CarrierLeft(0, "in", 0)]


def test_who_backs_out_without_being_let_has_left() -> None:
    play = Play()
    play.loop("e")
    play.look()
    play.loop("e", occupied=False)
    assert not play.look(1_000).events
    assert play.look(1_000).events == [e.CarrierLeft(0, "in", 0)]
    assert not play.look(1_000).events


def test_the_next_one_is_not_told_before_the_lane_is_empty() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    play.look()
    play.pass_by()
    play.loop("e")
    play.shown("front", replace_plate("XY999"))
    steps = play.look(1_500)
    assert steps.events == [e.CarrierLeft(0, "in", 1)]
    play.note = LaneNote()
    assert isinstance(play.look(10).events[-1], e.CarrierSeen)


def test_what_was_seen_of_one_who_has_gone_is_never_the_next_ones() -> None:
    play = Play()
    play.loop("e")
    play.leaving(play.now_ms)
    play.look()
    seen_ms = play.now_ms
    play.now_ms += 1_000
    play.pass_by()
    play.shown("front", PLATE)  # of the next one, who comes close behind
    assert play.look(1_500).emptied
    play.note = LaneNote()
    late = Found("in", "front", (replace_plate("XY999"),), "hash", seen_ms)
    play.lane.found(late)
    play.loop("e")
    events = play.look(10).events
    told = [event.evidence.found for event in events if isinstance(event, e.EvidenceTaken)]
    assert told == ["AB123"]


def replace_plate(text: str) -> e.Evidence:
    return PLATE._replace(found=text)
