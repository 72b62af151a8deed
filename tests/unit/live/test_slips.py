"""Slips and the mode over HTTP: what is refused at once, and what becomes an event."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kouan.dispatch import events as e
from kouan.gate.evidence import pseudonym
from kouan.live.accounts.rights import Caller, Role, rights_of
from kouan.live.gates.fold import GateFold
from kouan.live.gates.notes import GateMemory, LaneNote, ReviewNote, ServiceNote
from kouan.live.ledger import PageLedger
from kouan.live.notes import Stand
from kouan.live.queue.view import QueuePicture
from kouan.live.slips import EnterSlip, Slips, SwitchMode
from kouan.live.words import Refused, decode_word
from kouan.port.model import Mode, ModeName
from kouan.report.summary import Summary
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, truck_port

KEY = b"k" * 32
BY = "wang/shift_leader"
PORT = replace(truck_port(), modes={ModeName.MANUAL: Mode(("shift_leader",))})


class Room:
    """A port that was in manual mode for an hour, with a visit, and the slips' routes."""

    def __init__(self, *came: str) -> None:
        self.play = Play(PORT)
        for name in came:
            self.play.come(name)
        self.play.run_papers()
        self.play.tell(e.ModeSwitched, "manual", "shift_leader")
        self.play.wait(HOUR)
        self.play.tell(e.ModeSwitched, "normal", "port_operator")
        self.posted: list[e.Event] = []
        queue = lambda: QueuePicture(PORT).take(self.play.state)  # noqa: E731
        self.slips = Slips(PORT, queue, self.posted.extend, KEY, lambda: self.play.now_ms)
        self.slips.show(self.play.state)

    def enter(self, **changes: Any) -> dict[str, Any]:
        """Enter a slip; what is posted reaches the dispatcher."""
        fields: dict[str, Any] = {
            **{"slip": "17", "visit": "a", "stage": "gate_in", "station": "in_1"},
            **{"passed": True, "decided_by": ["li"], "happened_ms": START + HOUR // 2},
            **changes,
        }
        self.posted.clear()
        said = decode_word("slip", msgspec.json.encode(fields), EnterSlip)
        assert isinstance(said, EnterSlip)
        told = self.slips.enter(said, BY)
        for event in self.posted:
            self.play.bring(event._replace(at_ms=self.play.now_ms))
        self.slips.show(self.play.state)
        return told


def test_a_slip_becomes_an_event_that_keeps_both_times() -> None:
    room = Room("a")
    found = [
        {"check": "plate", "found": "蒙l·12345"},
        {"check": "mass", "amount": 48_000},
        {"check": "container", "found": "csqu 3054383"},
    ]
    document = {"number": "E12345678", "issuer": "CHN"}
    assert room.enter(found=found, document=document) == {"taken": ["SlipEntered"]}
    (event,) = room.posted
    assert isinstance(event, e.SlipEntered)
    assert (event.happened_ms, event.entered_by) == (START + HOUR // 2, BY)
    read = [(item.check, item.found or item.amount, item.by) for item in event.evidence]
    holder = pseudonym(KEY, "E12345678", "CHN")
    assert read == [
        ("plate", "蒙L12345", "li"),
        ("mass", 48_000, "li"),
        ("container", "CSQU3054383", "li"),
        ("driver", holder, "li"),
    ]
    shown = room.slips.shown()
    assert [one["slip"] for one in shown["slips"]] == ["17"]
    assert shown["manual_ms"] == [(START, START + HOUR)]
    assert "E12345678" not in str(shown)
    room.play.check()


def test_the_same_slip_again_posts_nothing_and_another_of_its_number_is_refused() -> None:
    room = Room("a", "b")
    room.enter()
    assert room.enter() == {"taken": [], "known": "17"}
    assert not room.posted
    for changes in ({"visit": "b"}, {"passed": False}, {"decided_by": ["zhao"]}):
        with pytest.raises(Refused, match="another of this number") as refused:
            room.enter(**changes)
        assert refused.value.status == 409
    assert not room.posted


def test_a_visit_that_is_unknown_is_announced_by_its_slip() -> None:
    room = Room()
    with pytest.raises(Refused, match="or announce beside it"):
        room.enter()
    announce = {"visit": "a", "procedure": "import", "plate": "蒙L·12345", "mass_kg": 30_000}
    room.enter(announce=announce)
    kinds = [type(event).__name__ for event in room.posted]
    assert kinds == ["VisitAnnounced", "ManifestLodged", "DeclarationLodged", "SlipEntered"]
    assert room.play.state.visits["a"].stage == 0
    assert room.enter(announce=announce) == {"taken": [], "known": "17"}
    room.play.check()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stage": "nowhere"}, "stage nowhere: expected gate_in, "),
        ({"station": "scale.1"}, "station scale.1: expected in_1, in_2"),
        ({"happened_ms": START - 1}, "happened_ms"),
        ({"happened_ms": START + HOUR + 1}, "happened_ms"),
        ({"visit": "x"}, "visit x: expected"),
        ({"announce": {"visit": "b", "procedure": "import", "plate": "X"}}, "visit b: expected a"),
        (
            {"visit": "n", "announce": {"visit": "n", "procedure": "haul", "plate": "X"}},
            "procedure haul: expected import",
        ),
        ({"found": [{"check": "driver", "found": "E12345678"}]}, "expected document"),
        ({"found": [{"check": "container", "found": "CSQU3054384"}]}, "container: "),
        ({"decided_by": []}, "decided_by"),
        ({"decided_by": ["a", "b", "c"]}, "decided_by"),
        ({"found": [{"check": "plate"}] * 17}, "found"),
        ({"slip": "17; drop"}, "slip"),
    ],
)
def test_what_is_no_slip_is_refused(changes: dict[str, Any], expected: str) -> None:
    room = Room("a")
    with pytest.raises(Refused) as refused:
        room.enter(**changes)
    assert expected in str(refused.value)
    assert "E12345678" not in str(refused.value)
    assert not room.posted


def test_a_moment_since_the_last_event_is_in_manual_mode_too() -> None:
    room = Room("a")
    room.play.tell(e.ModeSwitched, "manual", "shift_leader")
    room.slips.show(room.play.state)
    room.play.now_ms += 60_000
    assert room.enter(happened_ms=room.play.now_ms)["taken"]


# --- the mode ------------------------------------------------------------------------------------


def who(*roles: Role) -> Caller:
    return Caller("wang", roles, rights_of(roles))


def test_the_mode_is_switched_in_a_role_that_may() -> None:
    room = Room()
    manual = SwitchMode(ModeName.MANUAL, "no power")
    room.slips.switch(manual, who(Role.PORT_OPERATOR, Role.SHIFT_LEADER))
    assert room.posted == [e.ModeSwitched(0, "manual", "shift_leader")]
    room.posted.clear()
    with pytest.raises(Refused, match="expected the role shift_leader"):
        room.slips.switch(manual, who(Role.PORT_OPERATOR))
    with pytest.raises(Refused, match="expected normal, manual"):
        room.slips.switch(SwitchMode(ModeName.CLOSED, "x"), who(Role.SHIFT_LEADER))
    assert not room.posted
    room.slips.switch(SwitchMode(ModeName.NORMAL, "power"), who(Role.PORT_OPERATOR))
    assert room.posted == [e.ModeSwitched(0, "normal", "port_operator")]


# --- what shows it -------------------------------------------------------------------------------


def test_pages_and_reports_take_a_slip_for_what_it_is() -> None:
    room = Room("a")
    ledger, summary = PageLedger(PORT), Summary(PORT)
    room.enter()
    play = room.play
    for number, (event, commands) in enumerate(zip(play.history, play.decided, strict=True), 1):
        ledger.fold(event, commands)
        summary(number, event, commands)
    visit = ledger.memory.visits["a"]
    assert (visit.stage, visit.stand, visit.place) == (0, Stand.MOVING, "scale")
    assert not ledger.memory.places["gate"].busy
    found = summary.as_json()
    assert found["manual"]["slips"] == 1
    figures = found["manual"]["stages"]["import"]["gate_in"]
    assert (figures["slips"], figures["entered_after_min"]["median"]) == (1, 30.0)
    assert "gate_in" not in found["stages"].get("import", {}) or (
        found["stages"]["import"]["gate_in"]["count"] == 0
    )


def test_a_slip_ends_what_lanes_and_desks_show() -> None:
    room = Room("a")
    service = ServiceNote(7, "a", "import", "gate_in", "in_1", 1, START)
    memory = GateMemory(lanes={"in_1": LaneNote(service=service)}, reviews={7: ReviewNote(service)})
    room.enter()
    GateFold(PORT).fold(memory, room.play.history[-1], room.play.decided[-1])
    assert memory.lanes["in_1"].service is None
    assert not memory.reviews
