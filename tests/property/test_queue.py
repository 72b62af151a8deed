"""The queue before the gate under any arrivals: patterns, quotas, order, and the waiting area.

What should happen is worked out here, without a line of the dispatcher's code.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.calendar import compile_calendars
from kouan.port.model import Booking, Port, Side, Sides, WalkIns
from kouan.port.procedures import Work
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage
from tests.unit.traffic.maps import roads

PATTERN = {"a": 1, "b": 1, "c": 1, "d": 5}
CLASSES = st.sampled_from("aabbccddddx")
CALLED = "abcdx"


# --- the pattern --------------------------------------------------------------------------------


class Turns:
    """Whose turn it is: a wheel with the pattern written on it, turned on to who has somebody."""

    def __init__(self) -> None:
        written = "".join(name * times for name, times in PATTERN.items())
        self.size = len(written)
        self.wheel = cycle(written)
        self.lines: dict[str, list[str]] = {name: [] for name in CALLED}

    def join(self, visit: str) -> None:
        self.lines[visit[0]].append(visit)

    def next(self) -> str:
        """The visit that goes now; a whole turn of the wheel leaves it where it was."""
        for _ in range(self.size):
            if line := self.lines[next(self.wheel)]:
                return line.pop(0)
        return self.lines["x"].pop(0)

    def __bool__(self) -> bool:
        return any(self.lines.values())


@given(st.lists(st.one_of(CLASSES, st.none()), max_size=80))
def test_a_pattern_at_a_gate_is_exact(steps: list[str | None]) -> None:
    """Visits come (a class) or the gate gets free (None), in any order."""
    play = Play(port({"gate": place(pattern=PATTERN)}, {"p": procedure(stage("pass", "gate"))}))
    turns, expected = Turns(), list[str]()
    is_free = True
    for number, name in enumerate(steps):
        if name is not None:
            turns.join(f"{name}{number}")
            play.come(f"{name}{number}", visit_class=name)
        elif not is_free:
            play.serve(expected[-1])
            is_free = True
        if is_free and turns:
            expected.append(turns.next())
            is_free = False
    assert [each.visit for each in play.told(c.StartService)] == expected
    play.check()


def area_port(room: int | None, *, stations: int, gate_room: int, **booking: Any) -> Port:
    """A waiting area before a gate that takes so many visits besides the one it serves."""
    return port(
        {
            "area": place("waiting_area", node="w", stations=stations, room=room),
            "gate": place(room=gate_room, node="g", pattern=PATTERN),
            "out": place(node="o", stations=500),
        },
        {
            "p": procedure(
                stage("wait", "area", work=Work.WAIT), stage("pass", "gate"), stage("out", "out")
            )
        },
        roads("w-g 500", "g-o 500"),
        booking=Booking(**booking),
    )


@given(st.lists(st.one_of(CLASSES, st.none()), max_size=80), st.integers(0, 3))
def test_a_pattern_among_those_called_from_a_waiting_area_is_exact(
    steps: list[str | None], room: int
) -> None:
    play = Play(area_port(None, stations=500, gate_room=room))
    turns, expected = Turns(), list[str]()
    inside = 0
    for number, name in enumerate(steps):
        if name is not None:
            turns.join(f"{name}{number}")
            play.come(f"{name}{number}", visit_class=name)
        elif play.asked(c.StartService, stage="pass"):
            play.serve(play.asked(c.StartService, stage="pass")[0].visit)
            inside -= 1
        while turns and inside <= room:
            expected.append(turns.next())
            inside += 1
        for call in play.asked(c.SendTo, place="gate"):
            play.answer(call)
    assert [each.visit for each in play.told(c.SendTo, place="gate")] == expected
    play.check()


# --- quotas -------------------------------------------------------------------------------------


QUOTAS = {"a": 2, "d": 3}
ALL = 6


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Ulaanbaatar", "Asia/Hovd"])
@pytest.mark.parametrize("gate_room", [None, 2])
@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(CLASSES, st.integers(0, 600)), min_size=1, max_size=50))
def test_no_quota_is_exceeded_on_any_local_day(
    zone: str, gate_room: int | None, steps: list[tuple[str, int]]
) -> None:
    """Every step is a restart as well: the state is written down and read back."""
    made = port(
        {
            "area": place("waiting_area", node="w", stations=500),
            "gate": place(
                node="g",
                stations=3,
                room=gate_room,
                pattern=PATTERN,
                quota_per_day=ALL,
                quota_per_class=QUOTAS,
            ),
        },
        {"p": procedure(stage("wait", "area", work=Work.WAIT), stage("pass", "gate"))},
        roads("w-g 500"),
    )
    side = Side("MN", zone, "24h")
    made = Port(**{**vars_of(made), "sides": Sides(side, side)})
    play = Play(made)
    for calendar in compile_calendars(made, START, START + 40 * 24 * HOUR):
        known_ms = START + 40 * 24 * HOUR
        play.tell(e.CalendarExtended, calendar.key, known_ms, calendar.opens, calendar.closes)
    for number, (name, minutes) in enumerate(steps):
        play.come(f"{name}{number}", visit_class=name)
        play.run()
        play.wait(minutes * MINUTE)
        play.run()
    begun: Counter[tuple[str, str]] = Counter()
    for day, visit in days_of(play, zone):
        begun[day, ""] += 1
        begun[day, visit[0]] += 1
    assert all(times <= ALL for (_, name), times in begun.items() if not name)
    assert all(times <= QUOTAS.get(name, ALL) for (_, name), times in begun.items() if name)
    for _ in range(30):  # and nobody is forgotten for it
        play.wait(24 * HOUR)
        play.run()
    assert not play.state.visits
    play.check()


def vars_of(made: Port) -> dict[str, Any]:
    """The fields of a port."""
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def days_of(play: Play, zone: str) -> list[tuple[str, str]]:
    """The local day of every first service at the gate, and whose it was."""
    found, now_ms = dict[str, str](), 0
    for event, commands in zip(play.history, play.decided, strict=True):
        now_ms = event.at_ms
        for command in commands:
            if isinstance(command, c.StartService) and command.stage == "pass":
                day = datetime.fromtimestamp(now_ms / 1_000, ZoneInfo(zone)).date()
                found.setdefault(command.visit, day.isoformat())
    return [(day, visit) for visit, day in found.items()]


# --- order --------------------------------------------------------------------------------------


@dataclass
class Claim:
    """What a waiting visit may claim: priority, its slot, and when it came or last postponed."""

    urgency: int
    since: int
    came_ms: int
    slot: tuple[int, int] = (0, 0)

    def was_in_slot(self, now_ms: int, grace_ms: int) -> bool:
        """Whether any moment at which it has stood there lies in its slot or the grace."""
        from_ms, to_ms = self.slot
        return bool(to_ms) and self.came_ms <= to_ms + grace_ms and now_ms >= from_ms - grace_ms


STEP = st.one_of(
    st.tuples(st.just("come"), st.integers(0, 2)),
    st.tuples(st.just("book"), st.integers(0, 5)),
    st.tuples(st.just("postpone"), st.integers(0, 30)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("serve"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 50)),
)


@dataclass
class Line:
    """One gate, one class, and the claims of those who wait there."""

    walk_ins: WalkIns
    claims: dict[str, Claim] = field(default_factory=dict)
    count: int = 0
    grace_ms: int = 10 * MINUTE

    def __post_init__(self) -> None:
        booking = Booking(slot_ms=HOUR, per_slot=2, grace_ms=self.grace_ms, walk_ins=self.walk_ins)
        made = port({"gate": place()}, {"p": procedure(stage("pass", "gate"))}, booking=booking)
        self.play = Play(made)
        self.slots: dict[str, tuple[int, int]] = {}

    def step(self, what: str, number: int) -> None:
        self.count += 1
        play = self.play
        if what in ("come", "book"):
            name = f"t{self.count}"
            urgency = number if what == "come" else 0
            fields = ("P", "D", 0, 0, "", 0, "", (), 0, urgency)
            self.note(play.tell(e.VisitAnnounced, name, "p", "coal", *fields))
            if what == "book":
                wanted_ms = play.now_ms + number * HOUR
                self.note(play.tell(e.BookingRequested, name, wanted_ms))
                play.wait(number * 17 * MINUTE)
            slot = self.slots.get(name, (0, 0))
            self.claims[name] = Claim(urgency, self.count, play.now_ms, slot)
            self.note(play.tell(e.Arrived, name, "gate"))
        elif what in ("postpone", "cancel") and self.claims:
            name = list(self.claims)[number % len(self.claims)]
            from_ms = self.claims[name].slot[0]
            later = (play.now_ms + 3 * HOUR,) if what == "postpone" else ()
            kind = e.BookingPostponed if later else e.BookingCancelled
            told = play.tell(kind, name, from_ms, *later)
            if any(isinstance(each, c.IssueSlot | c.WithdrawSlot) for each in told):
                self.claims[name].since = self.count
            self.note(told)
        elif what == "serve" and play.asked(c.StartService):
            self.note(play.answer(play.asked(c.StartService)[0]))
        elif what == "wait":
            play.wait(number * MINUTE)
        self.take_new()

    def note(self, commands: list[c.Command]) -> None:
        """Who goes now may have been overtaken by nobody with a weaker claim."""
        self.take_new()
        for command in commands:
            if isinstance(command, c.StartService):
                mine = self.rank(self.claims.pop(command.visit))
                better = [name for name, claim in self.claims.items() if self.rank(claim) < mine]
                assert not better, (command.visit, better)

    def rank(self, claim: Claim) -> tuple[int, bool, int]:
        in_slot = claim.was_in_slot(self.play.now_ms, self.grace_ms)
        return -claim.urgency, not in_slot, claim.since

    def take_new(self) -> None:
        """Read the slots that were told so far."""
        for command in self.play.commands:
            if isinstance(command, c.IssueSlot):
                self.slots[command.visit] = (command.from_ms, command.to_ms)
            elif isinstance(command, c.WithdrawSlot):
                self.slots[command.visit] = (0, 0)
        for name, claim in self.claims.items():
            claim.slot = self.slots.get(name, (0, 0))


@pytest.mark.parametrize("walk_ins", list(WalkIns))
@settings(deadline=None)
@given(steps=st.lists(STEP, max_size=50))
def test_nobody_is_overtaken_but_by_priority_and_slot(
    walk_ins: WalkIns, steps: list[tuple[str, int]]
) -> None:
    line = Line(walk_ins)
    for what, number in steps:
        line.step(what, number)
    booked = Counter(line.play.state.slots)
    assert all(times <= 2 for times in booked.values())
    line.play.check()


# --- the waiting area ---------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["come", "come", "come", "serve", "miss", "answer"]), max_size=80),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_a_waiting_area_never_takes_more_than_its_room_and_calls_in_order(
    steps: list[str], stations: int, room: int
) -> None:
    booking = {"come_within_ms": 10 * MINUTE, "calls": 2}
    play = Play(area_port(room, stations=stations, gate_room=0, **booking))
    called_in: list[str] = []
    for number, step in enumerate(steps):
        if step == "come":
            play.come(f"d{number}", visit_class="d")
        elif step == "serve":
            for served in play.asked(c.StartService, stage="pass")[:1]:
                play.serve(served.visit)
        elif step == "answer":
            for call in play.asked(c.SendTo)[:1]:
                play.answer(call)
        else:
            play.wait(11 * MINUTE)
            for call in [*play.asked(c.SendTo)]:
                if call.request not in play.state.requests:
                    del play.open[call.request]
        standing = [visit for visit in play.state.visits.values() if visit.place == "area"]
        inside = [visit for visit in standing if visit.phase is not Phase.MOVING]
        assert len(inside) <= stations + room
    play.check()
    told = {each.visit: number for number, each in enumerate(play.told(c.WaitOutside))}
    missed = {each.visit for each in play.told(c.RevokeCall)}
    called_in = [each.visit for each in play.told(c.SendTo, origin="") if each.visit not in missed]
    assert [told[name] for name in called_in] == sorted(told[name] for name in called_in)
