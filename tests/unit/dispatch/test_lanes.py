"""Who is admitted and served next: patterns, bookings, quotas, rooms, lanes, hours."""

from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.model import Booking, Mode, ModeName, Port
from kouan.port.places import Conversion, Direction, Lane
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage


def one_gate(**fields: Any) -> Port:
    return port({"gate": place(**fields)}, {"p": procedure(stage("pass", "gate"))})


def served_in_order(play: Play, count: int) -> list[str]:
    """Serve one after the other; return the classes (or names) in that order."""
    order = []
    for _ in range(count):
        command = play.asked(c.StartService)[0]
        order.append(command.visit)
        play.serve(command.visit)
    return order


def opened(play: Play, key: str, *hours: tuple[int, int], until: int = 240) -> None:
    """Say that a calendar is open between these hours, counted from the start."""
    opens = tuple(START + start * HOUR for start, _ in hours)
    closes = tuple(START + end * HOUR for _, end in hours)
    play.tell(e.CalendarExtended, key, START + until * HOUR, opens, closes)


def test_a_pattern_is_kept_while_all_classes_wait_and_empty_ones_are_skipped() -> None:
    play = Play(one_gate(pattern={"a": 1, "b": 1, "c": 1, "d": 5}))
    play.come("first", visit_class="x")
    for number in range(10):
        for name in "abd":
            play.come(f"{name}{number}", visit_class=name)
    play.serve("first")
    order = [visit[0] for visit in served_in_order(play, 14)]
    assert "".join(order) == "abdddddabddddd"


def test_a_pattern_works_among_those_that_wait_for_room() -> None:
    made = port(
        {
            "yard": place("waiting_area", stations=50),
            "gate": place(room=0, pattern={"a": 1, "b": 3}),
        },
        {"p": procedure(stage("wait", "yard"), stage("pass", "gate"))},
    )
    play = Play(made)
    for number in range(6):
        for name in "ab":
            play.come(f"{name}{number}", visit_class=name)
    for number in range(6):
        for name in "ab":
            play.serve(f"{name}{number}", stage="wait")
    order = [visit[0] for visit in served_in_order(play, 8)]
    assert "".join(order) == "abbbabbb"


def test_booked_visits_go_before_living_ones_only_within_their_slot_and_grace() -> None:
    made = port(
        {"gate": place()},
        {"p": procedure(stage("pass", "gate"))},
        booking=Booking(slot_ms=HOUR, per_slot=1, grace_ms=30 * MINUTE),
    )
    play = Play(made)
    for name in ("busy", "living", "now", "late", "far"):
        play.announce(name)
    play.tell(e.BookingRequested, "late", START)
    play.tell(e.BookingRequested, "now", START + HOUR)
    play.tell(e.BookingRequested, "far", START + 3 * HOUR)
    play.wait(HOUR + 31 * MINUTE)
    for name in ("busy", "late", "living", "far", "now"):
        play.arrive(name)
    play.serve("busy")
    assert served_in_order(play, 4) == ["now", "late", "living", "far"]


def test_slots_fill_up_and_then_bookings_are_refused() -> None:
    play = Play(one_gate())
    for number in range(5):
        play.announce(f"t{number}")
        play.tell(e.BookingRequested, f"t{number}", START - 5 * HOUR)
    slots = [each.from_ms for each in play.told(c.IssueSlot)]
    assert slots == [START + number * HOUR for number in range(4)]
    assert [each.visit for each in play.told(c.RefuseBooking)] == ["t4"]
    play.tell(e.BookingRequested, "t0", START)
    assert len(play.told(c.IssueSlot)) == 4


def test_a_quota_holds_for_a_local_day_however_many_stations_are_free() -> None:
    play = Play(one_gate(quota_per_day=3, stations=2))
    opened(play, "day", (-8, 16), (16, 40))
    for number in range(6):
        play.come(f"t{number}")
    play.run()
    assert len(play.told(c.StartService)) == 3
    play.wait(16 * HOUR)
    play.run()
    assert len(play.told(c.StartService)) == 6


def test_a_quota_does_not_let_several_free_stations_go_past_it() -> None:
    play = Play(one_gate(quota_per_day=3, stations=6))
    opened(play, "place:gate", (1, 10))
    for number in range(6):
        play.come(f"t{number}")
    play.wait(HOUR)
    assert len(play.told(c.StartService)) == 3


def test_a_place_serves_within_its_hours_and_wakes_itself() -> None:
    play = Play(one_gate())
    opened(play, "place:gate", (2, 4))
    play.come("t1")
    play.come("t2")
    assert play.asked(c.StartService) == []
    play.wait(2 * HOUR)
    play.wait(2 * HOUR)
    play.serve("t1")
    assert play.asked(c.StartService) == []
    opened(play, "place:gate", (2, 4), (250, 260), until=500)
    play.wait(246 * HOUR)
    assert [each.visit for each in play.asked(c.StartService)] == ["t2"]


def test_at_the_end_of_what_is_known_nothing_turns_in_circles() -> None:
    play = Play(one_gate())
    opened(play, "place:gate", (2, 4), until=5)
    play.wait(4 * HOUR)
    play.come("t1")
    play.wait(10 * HOUR)
    assert len(play.told(c.WakeAt, reason="open:gate")) == 1
    play.tell(
        e.CalendarExtended,
        "place:gate",
        START + 90 * HOUR,
        (START + 20 * HOUR,),
        (START + 30 * HOUR,),
    )
    play.wait(6 * HOUR)
    assert len(play.asked(c.StartService)) == 1


LANES = {
    "in_a": Lane("gate", Direction.ENTRY, classes=("a",)),
    "in_any": Lane("gate", Direction.ENTRY),
    "out": Lane("gate", Direction.EXIT),
}


def two_ways(**fields: Any) -> Port:
    return port(
        {"gate": place(**fields)},
        {
            "in": procedure(stage("pass", "gate")),
            "out": procedure(stage("pass", "gate", direction=Direction.EXIT)),
        },
        lanes=LANES,
    )


def stations(play: Play) -> dict[str, str]:
    return {each.visit: each.station for each in play.asked(c.StartService)}


def test_lanes_take_their_classes_and_directions() -> None:
    play = Play(two_ways())
    for name, procedure_name, visit_class in (
        ("b1", "in", "b"),
        ("b2", "in", "b"),
        ("o1", "out", "b"),
        ("a1", "in", "a"),
        ("a2", "in", "a"),
    ):
        play.come(name, procedure_name, visit_class)
    assert stations(play) == {"b1": "in_any", "o1": "out", "a1": "in_a"}
    play.serve("b1")
    assert stations(play)["b2"] == "in_any"
    play.run()
    play.check()


def test_who_waits_for_one_lane_does_not_stand_before_who_takes_another() -> None:
    play = Play(two_ways())
    for number in range(3):
        play.come(f"in{number}", "in", "b")
    play.come("out1", "out", "b")
    assert stations(play) == {"in0": "in_any", "out1": "out"}


def test_room_in_front_of_lanes_is_not_taken_up_by_lanes_that_serve_others() -> None:
    made = port(
        {"yard": place("yard", stations=9), "gate": place(room=0)},
        {
            "in": procedure(stage("wait", "yard"), stage("pass", "gate")),
            "out": procedure(
                stage("wait", "yard"), stage("pass", "gate", direction=Direction.EXIT)
            ),
        },
        lanes={"i": Lane("gate", Direction.ENTRY), "o": Lane("gate", Direction.EXIT)},
    )
    play = Play(made)
    for name in ("in1", "in2", "out1"):
        play.come(name, name.rstrip("12"))
    for name in ("in1", "in2", "out1"):
        play.serve(name, stage="wait")
    assert stations(play) == {"in1": "i", "out1": "o"}
    assert play.state.visits["in2"].phase is Phase.LINED
    play.run()
    assert play.state.visits == {}


def test_a_lane_keeps_hours_of_its_own_and_may_be_converted() -> None:
    lanes = {
        "i": Lane("gate", Direction.ENTRY, hours="10:00-12:00"),
        "o": Lane(
            "gate",
            Direction.EXIT,
            conversions=(Conversion("12:00-14:00", Direction.ENTRY, ("b",)),),
        ),
    }
    made = port({"gate": place()}, {"in": procedure(stage("pass", "gate"))}, lanes=lanes)
    play = Play(made)
    opened(play, "lane:i", (2, 4))
    opened(play, "conversion:o:0", (6, 8))
    for number in range(4):
        play.come(f"b{number}", "in", "b")
    play.come("a0", "in", "a")
    assert play.asked(c.StartService) == []
    play.wait(2 * HOUR)
    assert stations(play) == {"b0": "i"}
    play.wait(2 * HOUR)
    play.serve("b0")
    assert stations(play) == {}
    play.wait(2 * HOUR)
    assert stations(play) == {"b1": "o"}
    play.serve("b1")
    play.serve("b2")
    play.serve("b3")
    assert stations(play) == {}
    play.check()


def test_who_waits_elsewhere_for_a_lane_is_admitted_when_it_opens() -> None:
    made = port(
        {"yard": place("yard"), "gate": place(room=0)},
        {"p": procedure(stage("wait", "yard"), stage("pass", "gate"))},
        lanes={"i": Lane("gate", Direction.ENTRY, hours="10:00-12:00")},
    )
    play = Play(made)
    opened(play, "lane:i", (2, 4))
    play.come("t1")
    play.serve("t1", stage="wait")
    assert play.state.visits["t1"].phase is Phase.LINED
    play.wait(2 * HOUR)
    assert stations(play) == {"t1": "i"}


@pytest.mark.parametrize("mode", list(ModeName)[1:])
def test_modes_let_only_some_classes_or_nobody_pass_and_all_go_on_after(mode: ModeName) -> None:
    made = port(
        {"gate": place(stations=3)},
        {"p": procedure(stage("pass", "gate"))},
        modes={mode: Mode(classes=("food",), may_switch=("duty_officer",))},
    )
    play = Play(made)
    play.tell(e.ModeSwitched, mode.value, "clerk")
    assert play.told(c.RaiseAlarm)[0].text == f"clerk may not switch to {mode}; duty_officer may"
    play.tell(e.ModeSwitched, mode.value, "duty_officer")
    play.come("coal", visit_class="coal")
    play.come("food", visit_class="food")
    passing = [] if mode is ModeName.CLOSED else ["food"]
    assert list(stations(play)) == passing
    play.tell(e.ModeSwitched, "normal", "port_operator")
    assert sorted(stations(play)) == ["coal", "food"]


def test_a_mode_that_is_not_declared_can_not_be_switched_to() -> None:
    play = Play(one_gate())
    for mode in ("restricted", "nonsense", ""):
        play.tell(e.ModeSwitched, mode, "port_operator")
    assert play.state.mode == "normal"
    assert len(play.told(c.RaiseAlarm)) == 3
