"""Slots and calls: postponed, cancelled, missed, given to walk-ins; who waits outside."""

from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.model import Booking, Port, WalkIns
from kouan.port.procedures import Need, Work
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage
from tests.unit.traffic.maps import roads

GRACE = 10 * MINUTE


def gate(**booking: Any) -> Port:
    """One gate; a slot is an hour for one visit."""
    made = Booking(**{"slot_ms": HOUR, "per_slot": 1, "grace_ms": GRACE, **booking})
    return port({"gate": place()}, {"p": procedure(stage("pass", "gate"))}, booking=made)


def booked(play: Play, *names: str) -> None:
    """Announce visits; each gets a slot, one hour after the other."""
    for name in names:
        play.announce(name)
        play.tell(e.BookingRequested, name, play.now_ms)


def slot_of(play: Play, visit: str) -> int:
    """Hours from the start to a visit's slot; -1 when it has none."""
    known = play.state.visits[visit]
    return (known.slot_from_ms - START) // HOUR if known.slot_to_ms else -1


def served(play: Play, count: int) -> list[str]:
    """Serve one after the other; return who it was."""
    order = []
    for _ in range(count):
        order.append(play.asked(c.StartService)[0].visit)
        play.serve(order[-1])
    return order


# --- postponed and cancelled --------------------------------------------------------------------


def test_a_slot_that_is_postponed_is_free_for_others() -> None:
    play = Play(gate())
    booked(play, "a", "b")
    play.tell(e.BookingPostponed, "a", START, START + HOUR)
    assert [slot_of(play, name) for name in "ab"] == [2, 1]
    booked(play, "c")
    assert slot_of(play, "c") == 0
    assert dict(play.state.slots) == {START + number * HOUR: 1 for number in (0, 1, 2)}


def test_a_word_about_a_slot_that_is_no_more_changes_nothing() -> None:
    play = Play(gate())
    booked(play, "a")
    play.tell(e.BookingPostponed, "a", START, START + HOUR)
    play.tell(e.BookingPostponed, "a", START, START + 3 * HOUR)
    play.tell(e.BookingCancelled, "a", START)
    assert slot_of(play, "a") == 1
    assert len(play.told(c.IssueSlot)) == 2


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (START, "expected a time after the slot that it has"),
        (START + 40 * HOUR, "no free slot near the wanted time"),
    ],
)
def test_what_can_not_be_postponed_keeps_its_slot(wanted: int, reason: str) -> None:
    play = Play(gate(ahead_ms=30 * HOUR))
    booked(play, "a")
    play.tell(e.BookingPostponed, "a", START, wanted)
    assert [each.reason for each in play.told(c.RefuseBooking)] == [reason]
    assert slot_of(play, "a") == 0
    assert dict(play.state.slots) == {START: 1}


def test_one_that_was_called_can_not_postpone() -> None:
    play = Play(gate())
    booked(play, "a")
    play.arrive("a")
    play.tell(e.BookingPostponed, "a", START, START + HOUR)
    assert [each.reason for each in play.told(c.RefuseBooking)] == ["it has been called already"]


def test_one_that_stands_at_the_gate_after_its_call_can_not_postpone() -> None:
    play = Play(area(room=9))
    play.come("a")
    play.tell(e.StationFailed, "gate.1")
    for call in play.asked(c.SendTo):
        play.answer(call)
    assert play.state.visits["a"].phase is Phase.QUEUED
    play.tell(e.BookingPostponed, "a", 0, START + HOUR)
    assert [each.reason for each in play.told(c.RefuseBooking)] == ["it has been called already"]


def test_one_that_waits_and_postpones_goes_behind_the_others_until_its_slot() -> None:
    play = Play(gate(per_slot=9))
    booked(play, "first", "a", "b")
    play.come("walk-in")
    for name in ("first", "a", "b"):
        play.arrive(name)
    play.tell(e.BookingPostponed, "a", START, START + 2 * HOUR)
    play.come("late")
    assert served(play, 4) == ["walk-in", "first", "b", "a"]
    play = Play(gate(per_slot=9))
    play.come("walk-in")
    booked(play, "a")
    play.arrive("a")
    play.tell(e.BookingPostponed, "a", START, START + 2 * HOUR)
    for name in ("x", "y"):
        play.come(name)
    play.wait(2 * HOUR - GRACE)
    assert served(play, 4) == ["walk-in", "a", "x", "y"]


def test_a_walk_in_that_postpones_gets_a_slot() -> None:
    play = Play(gate())
    for name in ("busy", "a", "b"):
        play.come(name)
    play.tell(e.BookingPostponed, "a", 0, START + HOUR)
    assert slot_of(play, "a") == 1
    assert served(play, 3) == ["busy", "b", "a"]


def test_a_slot_that_is_given_back_is_told_and_free() -> None:
    play = Play(gate())
    booked(play, "a")
    play.tell(e.BookingCancelled, "a", START)
    assert play.told(c.WithdrawSlot, visit="a")[0].reason == "given back"
    assert slot_of(play, "a") == -1
    booked(play, "b")
    assert slot_of(play, "b") == 0
    play.come("a2")
    assert play.asked(c.StartService)[0].visit == "a2"


def test_words_that_come_before_the_announcement_are_taken_in_after_it() -> None:
    play = Play(gate())
    play.tell(e.BookingPostponed, "a", 0, START + 2 * HOUR)
    play.announce("a")
    assert slot_of(play, "a") == 2


# --- no-shows and walk-ins ----------------------------------------------------------------------


def test_who_does_not_come_in_its_slot_and_grace_loses_it() -> None:
    play = Play(gate())
    booked(play, "a", "b")
    play.wait(HOUR + GRACE)
    assert play.told(c.WithdrawSlot) == []
    play.wait(1)
    withdrawn = play.told(c.WithdrawSlot)
    assert [(each.visit, each.from_ms) for each in withdrawn] == [("a", START)]
    assert withdrawn[0].reason == "no arrival within the slot and its grace"
    play.come("walk-in")
    play.come("next")
    play.arrive("a")
    play.arrive("b")
    assert served(play, 4) == ["walk-in", "b", "next", "a"]


def test_without_its_slot_it_is_not_let_in_where_one_is_needed() -> None:
    made = gate()
    stages = (stage("pass", "gate", needs=(Need.BOOKING,)),)
    play = Play(port(made.places, {"p": procedure(*stages)}, booking=made.booking))
    booked(play, "a")
    play.wait(2 * HOUR)
    play.arrive("a")
    assert play.asked(c.StartService) == []
    play.tell(e.BookingRequested, "a", play.now_ms)
    assert [each.visit for each in play.asked(c.StartService)] == ["a"]


def test_a_walk_in_is_given_the_next_free_slot() -> None:
    play = Play(gate(walk_ins=WalkIns.SLOT))
    booked(play, "a", "b")
    play.come("walk-in")
    assert slot_of(play, "walk-in") == 2
    play.come("x")
    play.come("y")
    play.come("z")
    assert [slot_of(play, name) for name in "xyz"] == [3, -1, -1]


def test_a_slot_that_gets_free_goes_to_the_walk_in_that_waits_longest() -> None:
    play = Play(gate(walk_ins=WalkIns.SLOT))
    play.come("busy")
    booked(play, "a", "b", "c")
    for name in "xyz":
        play.come(name)
    assert [slot_of(play, name) for name in "xyz"] == [-1, -1, -1]
    play.tell(e.VisitLapsed, "b")
    assert [slot_of(play, name) for name in "xyz"] == [2, -1, -1]
    play.wait(HOUR)
    assert [slot_of(play, name) for name in "xyz"] == [2, 4, -1]


def test_slots_in_which_the_port_is_closed_are_passed_over() -> None:
    play = Play(gate())
    opens, closes = (START, START + 10 * HOUR), (START + 2 * HOUR, START + 20 * HOUR)
    play.tell(e.CalendarExtended, "place:gate", START + 24 * HOUR, opens, closes)
    booked(play, "a", "b", "c", "d", "e")
    assert [slot_of(play, name) for name in "abcd"] == [0, 1, 10, 11]
    assert slot_of(play, "e") == -1


# --- priority -----------------------------------------------------------------------------------


def test_classes_and_visits_of_higher_priority_go_first() -> None:
    play = Play(gate(priority={"fresh": 2}))
    play.come("busy")
    play.come("coal")
    play.come("fresh", visit_class="fresh")
    fields = ("P", "D", 0, 0, "", 0, "")
    play.tell(e.VisitAnnounced, "permit", "p", "coal", *fields, (), 0, 3)
    play.arrive("permit")
    booked(play, "slot")
    play.arrive("slot")
    assert served(play, 5) == ["busy", "permit", "fresh", "slot", "coal"]


@pytest.mark.parametrize("priority", [-1, 1_001])
def test_a_priority_that_is_none_is_told_and_counts_as_the_ordinary_one(priority: int) -> None:
    play = Play(gate())
    play.tell(e.VisitAnnounced, "a", "p", "coal", "P", "D", 0, 0, "", 0, "", (), 0, priority)
    text = f"announced with priority {priority}, expected 0 to 1000"
    assert [each.text for each in play.told(c.RaiseAlarm)] == [text]
    assert play.state.visits["a"].priority == 0


# --- who waits outside, and calls ---------------------------------------------------------------


def area(room: int | None = 0, needs: tuple[Need, ...] = (), **booking: Any) -> Port:
    """A waiting area for one (and its room) before a gate for one."""
    return port(
        {
            "area": place("waiting_area", node="w", room=room),
            "gate": place(room=0, node="g"),
            "out": place(node="o", stations=9),
        },
        {
            "p": procedure(
                stage("wait", "area", work=Work.WAIT, needs=needs),
                stage("pass", "gate"),
                stage("leave", "out"),
            )
        },
        roads("w-g 500", "g-o 500"),
        booking=Booking(**booking),
    )


def test_who_does_not_fit_waits_outside_and_is_called_in_by_turn() -> None:
    play = Play(area())
    for name in "abcd":
        play.come(name)
    assert [each.visit for each in play.told(c.SendTo)] == ["a"]
    assert [each.visit for each in play.told(c.WaitOutside)] == ["c", "d"]
    assert [each.reason for each in play.told(c.WaitOutside)] == ["no room"] * 2
    play.answer(play.asked(c.SendTo)[0])
    play.serve("a")
    calls = [(each.visit, each.origin, each.place) for each in play.asked(c.SendTo)]
    assert calls == [("a", "gate", "out"), ("b", "area", "gate"), ("c", "", "area")]
    assert play.state.visits["c"].phase is Phase.MOVING
    play.run()
    assert play.state.visits == {}
    play.check()


def test_one_that_waits_outside_may_take_a_slot_and_keeps_its_turn_to_be_called_in() -> None:
    play = Play(area())
    for name in "abcd":
        play.come(name)
    play.tell(e.BookingRequested, "d", play.now_ms)
    play.tell(e.BookingPostponed, "c", 0, play.now_ms + 2 * HOUR)
    play.answer(play.asked(c.SendTo)[0])
    play.serve("a")
    assert [each.visit for each in play.asked(c.SendTo, origin="")] == ["d"]


def test_without_room_declared_a_waiting_area_tells_nobody_to_wait_outside() -> None:
    play = Play(area(room=None))
    for name in "abcd":
        play.come(name)
    assert play.told(c.WaitOutside) == []


def test_who_lacks_a_paper_waits_outside_until_it_is_there() -> None:
    play = Play(area(needs=(Need.MANIFEST,)))
    play.announce("a")
    play.arrive("a")
    assert [each.reason for each in play.told(c.WaitOutside)] == ["manifest missing"]
    play.lodge("a")
    assert [(each.visit, each.origin) for each in play.asked(c.SendTo)] == [("a", "")]


def test_who_does_not_come_when_called_goes_to_the_end_and_then_back() -> None:
    play = Play(area(room=9, come_within_ms=10 * MINUTE, calls=2))
    for name in "abc":
        play.come(name)
    call = play.asked(c.SendTo)[0]
    assert (call.visit, call.by_ms) == ("a", START + 10 * MINUTE)
    play.wait(10 * MINUTE)
    assert play.told(c.RevokeCall) == []
    play.wait(1)
    assert [(each.visit, each.place) for each in play.told(c.RevokeCall)] == [("a", "gate")]
    assert [each.visit for each in play.told(c.SendTo)] == ["a", "b"]
    play.wait(11 * MINUTE)
    assert [each.visit for each in play.told(c.SendTo)] == ["a", "b", "c"]
    play.wait(11 * MINUTE)
    assert [each.visit for each in play.told(c.SendTo)] == ["a", "b", "c", "a"]
    play.wait(11 * MINUTE)
    turned = play.told(c.TurnBack)
    assert [(each.visit, each.reason) for each in turned] == [
        ("a", "did not come when called, 2 times")
    ]
    play.check()


def test_one_that_comes_too_late_is_told_of_and_called_again() -> None:
    play = Play(area(room=9, come_within_ms=10 * MINUTE))
    play.come("a")
    play.come("b")
    play.wait(11 * MINUTE)
    play.tell(e.Arrived, "a", "gate")
    assert play.told(c.RaiseAlarm)[-1].text == "stands at gate, expected at area"
    play.answer(play.asked(c.SendTo, visit="b")[0])
    play.serve("b")
    assert play.told(c.SendTo)[-1].visit == "a"


def test_one_that_is_not_in_time_and_finds_the_area_full_waits_outside() -> None:
    play = Play(area(come_within_ms=10 * MINUTE))
    for name in "abc":
        play.come(name)
    assert [each.visit for each in play.told(c.WaitOutside)] == ["c"]
    play.wait(11 * MINUTE)
    # The call of b made room for c, who was called in; a comes after both.
    assert [each.visit for each in play.told(c.WaitOutside)] == ["c", "a"]
    assert [each.visit for each in play.told(c.SendTo)] == ["a", "b", "c"]
    play.check()


def test_one_called_in_from_outside_that_does_not_come_stays_outside() -> None:
    play = Play(area(come_within_ms=10 * MINUTE, calls=3))
    for name in "abc":
        play.come(name)
    play.answer(play.asked(c.SendTo)[0])
    play.serve("a")
    play.answer(play.asked(c.SendTo, visit="b")[0])
    play.wait(11 * MINUTE)
    assert [each.visit for each in play.told(c.RevokeCall)] == ["c"]
    assert [each.visit for each in play.told(c.SendTo, origin="")] == ["c", "c"]
    assert play.told(c.WaitOutside, visit="c")[1:] == []
    play.check()


def test_a_state_without_the_newer_fields_can_be_read() -> None:
    """A call that an older version gave, kept to be sent again, has no time by which to come."""
    play = Play(area())
    play.come("a")
    request = play.asked(c.SendTo)[0].request
    pending = play.state.requests[request]
    pending.fields = list(pending.fields)[:4]
    play.wait(2 * HOUR)
    assert play.told(c.SendTo, request=request)[-1].by_ms == 0
