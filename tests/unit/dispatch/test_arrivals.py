"""Lanes with loops: who stands there, who is let in, and when the lane is free again."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.model import Port
from kouan.port.places import Direction, Lane
from kouan.port.procedures import Need
from kouan.runtime.checkers import Checkers
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import MINUTE, place, port, procedure, stage

LANES = ("lane_1", "lane_2")


def express(lanes: int = 1, **fields: object) -> Port:
    """One-stop lanes with loops, a bay for who must leave them, and a second place behind."""
    made = port(
        {
            "gate": place(room=4),
            "bay": place("desk", stations=2),
            "behind": place("yard", stations=9),
        },
        {
            "express": procedure(
                stage(
                    "verify",
                    "gate",
                    *("plate", "driver"),
                    on={"unread": "look", "review": "look", "mismatch": "look"},
                    next="park",
                    barrier=True,
                    **fields,
                ),
                stage(
                    "look", "bay", "documents", four_eyes=True, on={"review": "look"}, attempts=3
                ),
                stage("park", "behind"),
            )
        },
        lanes={name: Lane("gate", Direction.ENTRY) for name in LANES[:lanes]},
    )
    loops = {
        f"{name}_exit": Device(DeviceKind.LOOP, name, "modbus://127.0.0.1:502/1", DeviceRole.EXIT)
        for name in LANES[:lanes]
    }
    return replace(made, devices=loops)


def seen(play: Play, plate: str, station: str = "lane_1", certain_ppm: int = 990_000) -> None:
    play.tell(e.CarrierSeen, station, plate, certain_ppm, "" if plate else "too dark")


def alarms(play: Play) -> list[str]:
    return [alarm.text for alarm in play.told(c.RaiseAlarm)]


def test_an_announced_visit_is_served_in_the_lane_where_it_stands() -> None:
    play = Play(express(lanes=2))
    for name in ("a", "b"):
        play.announce(name)
    seen(play, "PL-b", "lane_2")
    seen(play, "PL-a", "lane_1")
    begun = [(one.visit, one.station) for one in play.asked(c.StartService)]
    assert begun == [("b", "lane_2"), ("a", "lane_1")]
    play.check()


def test_a_lane_is_free_when_it_is_empty_and_not_before() -> None:
    play = Play(express())
    for name in ("a", "b"):
        play.announce(name)
    seen(play, "PL-a")
    play.arrive("b")
    play.serve("a")
    assert [one.reason for one in play.told(c.OpenBarrier)] == ["verify: match"]
    assert not play.asked(c.StartService, visit="b")
    play.answer(play.asked(c.OpenBarrier)[0])
    assert play.asked(c.StartService, visit="b")
    play.check()


def test_who_does_not_match_is_led_to_the_bay_and_blocks_nobody() -> None:
    play = Play(express())
    for name in ("a", "b"):
        play.announce(name)
    seen(play, "PL-a")
    play.serve("a", e.Evidence("driver", "somebody"))
    assert not play.told(c.OpenBarrier)
    out = play.asked(c.LeadOut)[0]
    assert (out.station, out.visit, out.place) == ("lane_1", "a", "bay")
    assert out.reason == "driver: another driver than declared"
    play.answer(out)
    seen(play, "PL-b")
    assert play.asked(c.StartService, visit="b")
    play.check()


STRANGERS = [
    ("PL-c", "PL-c is not announced"),
    ("", "the plate is unread: too dark"),
    ("PL-O", "read PL-O, announced PL-0: differs in one look-alike"),
    ("PL-w", "PL-w is in the queue twice: w stands at behind"),
]


@pytest.mark.parametrize(("plate", "reason"), STRANGERS)
def test_who_is_not_known_beyond_doubt_is_not_let_in(plate: str, reason: str) -> None:
    play = Play(express())
    play.announce("w")
    seen(play, "PL-w")
    play.serve("w")
    play.answer(play.asked(c.OpenBarrier)[0])
    opened = len(play.told(c.OpenBarrier))
    for name in ("a", "0"):
        play.announce(name)
    seen(play, plate)
    seen(play, plate)
    assert [text for text in alarms(play) if reason in text] == [f"nobody is let in: {reason}"]
    assert not play.asked(c.StartService, station="lane_1")
    assert len(play.told(c.OpenBarrier)) == opened
    play.arrive("a")
    assert not play.asked(c.StartService, visit="a"), "a lane with a stranger serves nobody"
    play.check()


def test_two_visits_with_one_plate_are_nobody() -> None:
    play = Play(express())
    for name in ("a", "b"):
        fields = ("PL-x", f"DR-{name}", 18_000, 30_000, "coal", 1, "")
        play.tell(e.VisitAnnounced, name, "express", "coal", *fields)
    seen(play, "PL-x")
    assert alarms(play) == ["nobody is let in: PL-x is in the queue twice: a and b"]


def test_a_stranger_is_named_by_a_person_and_then_verified_like_any_other() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "")
    play.tell(e.CarrierNamed, "lane_1", "a", "li")
    assert play.asked(c.StartService, visit="a")
    play.serve("a", e.Evidence("plate", "", reason="too dark"))
    assert not play.told(c.OpenBarrier)
    play.check()


def test_a_stranger_that_is_refused_is_led_away() -> None:
    play = Play(express())
    seen(play, "PL-z")
    play.tell(e.CarrierRefused, "lane_1", "li", "not a visit")
    out = play.asked(c.LeadOut)[0]
    assert (out.visit, out.place, out.reason) == ("", "", "not a visit")
    play.announce("a")
    play.arrive("a")
    assert not play.asked(c.StartService)
    play.answer(out)
    assert play.asked(c.StartService, visit="a")
    play.check()


def test_who_is_announced_while_it_stands_there_is_let_in() -> None:
    play = Play(express(needs=(Need.MANIFEST,)))
    seen(play, "PL-a")
    play.announce("a")
    assert not play.asked(c.StartService)
    play.lodge("a")
    assert play.asked(c.StartService, visit="a")
    assert play.state.lanes == {}


def test_what_a_stage_needs_is_needed_before_a_lane_is_entered() -> None:
    play = Play(express(needs=(Need.MANIFEST,)))
    play.announce("a")
    seen(play, "PL-a")
    assert alarms(play) == ["nobody is let in: PL-a lacks manifest"]
    play.tell(e.CarrierLeft, "lane_1", 0)
    play.lodge("a")
    assert not play.asked(c.StartService)
    assert play.state.visits["a"].phase is Phase.ANNOUNCED


def test_a_second_carrier_on_one_opening_is_told() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    seen(play, "PL-b")
    play.serve("a")
    play.answer(play.asked(c.OpenBarrier)[0], 2)
    assert alarms(play) == [
        "PL-b seen in lane_1, where a is served",
        "2 carriers went past lane_1, 1 were let past",
    ]


def test_who_goes_past_without_an_opening_is_told() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.tell(e.CarrierLeft, "lane_1", 1)
    assert alarms(play) == [
        "1 carriers went past lane_1, 0 were let past",
        "left lane_1 while it was served there",
    ]
    assert not play.told(c.OpenBarrier)


def test_who_leaves_before_being_served_is_expected_again() -> None:
    play = Play(express())
    for name in ("a", "b"):
        play.announce(name)
    play.tell(e.StationFailed, "lane_1")
    seen(play, "PL-a")
    play.tell(e.CarrierLeft, "lane_1", 0)
    assert play.state.visits["a"].phase is Phase.MOVING
    play.tell(e.StationRepaired, "lane_1")
    assert not play.asked(c.StartService)
    seen(play, "PL-a")
    assert play.asked(c.StartService, visit="a")
    play.check()


def test_an_opening_that_is_not_answered_is_asked_for_again_unchanged() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a")
    first = play.asked(c.OpenBarrier)[0]
    play.wait(20 * MINUTE)
    assert set(play.told(c.OpenBarrier)) == {first}
    assert len(play.told(c.OpenBarrier)) > 1
    play.answer(first)
    count = len(play.told(c.OpenBarrier))
    play.wait(60 * MINUTE)
    assert len(play.told(c.OpenBarrier)) == count


@pytest.mark.parametrize(
    ("first", "second", "passes"),
    [
        ("li/gate_officer", "wang/supervisor", True),
        ("li/gate_officer", "li/gate_officer", False),
        ("li/gate_officer", "li/supervisor", False),
        ("", "li/supervisor", False),
    ],
)
def test_a_mismatch_is_passed_over_by_two_persons(first: str, second: str, passes: bool) -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a", e.Evidence("driver", "somebody"))
    play.answer(play.asked(c.LeadOut)[0])
    look = play.asked(c.StartService, visit="a")[0]
    if first:
        play.tell(e.ReviewNoted, "a", "look", look.request, "pass", first, "seen the passport")
    play.serve("a", e.Evidence("documents", by=second))
    again = play.asked(c.StartService, visit="a")[0]
    assert again.stage == ("park" if passes else "look")
    if not passes:  # and a second look by the same person alone passes no more than the first
        play.serve("a", e.Evidence("documents", by=second))
        assert play.asked(c.StartService, visit="a")[0].stage == "look"
    play.check()


def test_a_review_needs_one_person_only() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a", e.Evidence("plate", "", reason="too dark"))
    play.serve("a", e.Evidence("documents", by="li"))
    assert play.asked(c.StartService, visit="a")[0].stage == "park"


def test_an_escalation_is_told() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a", e.Evidence("plate", ""))
    look = play.asked(c.StartService, visit="a")[0]
    play.tell(e.ReviewNoted, "a", "look", look.request, "escalate", "li", "odd papers")
    assert alarms(play)[-1] == "review escalated by li: odd papers"


def test_the_checkers_see_a_lane_that_is_used_before_it_is_empty() -> None:
    checkers = Checkers(express())
    opened = c.OpenBarrier(1, "lane_1", "a", "verify: match")
    checkers(1, e.CarrierSeen(START, "lane_1", "PL-a", 1_000_000), [opened])
    checkers(2, e.Woke(START, "x"), [c.StartService(2, "b", "verify", "lane_1", 1)])
    checkers(3, e.Woke(START, "x"), [c.LeadOut(3, "lane_1", "b", "", "x")])
    broken = [one for one in checkers.violations if one.rule == "lane"]
    assert len(broken) == 2
