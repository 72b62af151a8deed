"""Holds by border inspection: no barrier opens, nobody learns why, and the hold ends."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch import holds
from kouan.dispatch.state import Phase
from kouan.port.model import Port
from kouan.port.procedures import Stage
from kouan.runtime.checkers import Checkers
from kouan.runtime.checkers.held import HoldChecker
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import agv_port, truck_port
from tests.unit.dispatch.test_arrivals import alarms, express, seen

BY, CODE = "border_inspection", "w-0123456789ab"
SEEN = e.Evidence("documents", "looked", by="wang/border_officer")


def hold(play: Play, visit: str, code: str = CODE) -> None:
    play.tell(e.VisitHeld, visit, BY, code)


def free(play: Play, visit: str, code: str = CODE) -> None:
    play.tell(e.VisitFreed, visit, "wang/border_officer", code)


def opened(play: Play) -> list[str]:
    return [command.visit for command in play.told(c.OpenBarrier)]


def without_review(port: Port, stage: str) -> Port:
    """The port, with a stage that leads nowhere on a review."""
    (name,) = port.procedures
    procedure = port.procedures[name]
    stages: tuple[Stage, ...] = tuple(
        replace(one, on={}) if one.id == stage else one for one in procedure.stages
    )
    return replace(port, procedures={name: replace(procedure, stages=stages)})


def test_a_held_visit_is_led_to_people_and_goes_on_once_seen() -> None:
    play = Play(truck_port())
    hold(play, "a")
    play.come("a")
    play.run_papers()
    play.serve("a", stage="gate_in")
    (desk,) = play.asked(c.StartService, visit="a", stage="by_hand")
    assert desk.reason == "review: border inspection: asks for a check"
    assert not opened(play)
    free(play, "a")
    play.serve("a", SEEN, stage="by_hand")
    assert play.state.visits["a"].findings == {}
    play.run()
    assert opened(play) == ["a"]
    play.check()


def test_a_hold_is_told_to_border_inspection_and_nobody_else() -> None:
    play = Play(truck_port())
    play.come("a")
    hold(play, "a")
    hold(play, "a")
    (asked,) = play.told(c.AskCheck)
    assert (asked.visit, asked.authority, asked.code) == ("a", BY, CODE)
    assert not alarms(play)


def test_a_hold_that_comes_before_the_announcement_counts() -> None:
    play = Play(without_review(truck_port(), "gate_in"))
    hold(play, "a")
    assert not alarms(play)
    play.come("a")
    play.run_papers()
    play.serve("a", stage="gate_in")
    assert play.state.visits["a"].phase is Phase.HELD
    assert not opened(play)
    free(play, "a")
    assert opened(play) == ["a"]
    play.check()


@pytest.mark.parametrize("found", ["XX-999", ""])
def test_who_would_be_turned_back_stays_where_it_stands(found: str) -> None:
    play = Play(without_review(truck_port(), "gate_in"))
    play.come("a")
    play.run_papers()
    hold(play, "a")
    play.serve("a", e.Evidence("plate", found), stage="gate_in")
    assert not play.told(c.TurnBack)
    assert holds.ASKS in play.state.visits["a"].reason
    free(play, "a")
    assert len(play.told(c.TurnBack)) == 1
    play.check()


def test_a_hold_while_people_look_keeps_the_visit_at_the_desk() -> None:
    play = Play(truck_port())
    play.come("a")
    play.run_papers()
    play.serve("a", e.Evidence("plate", ""), stage="gate_in")
    hold(play, "a")
    play.serve("a", SEEN, stage="by_hand")
    assert play.state.visits["a"].phase is Phase.HELD
    assert not play.asked(c.StartService, visit="a")
    free(play, "a")
    assert play.asked(c.StartService, visit="a", stage="weigh")
    play.check()


def test_a_hold_while_the_visit_waits_for_room_keeps_it() -> None:
    play = Play(truck_port())
    for name in ("a", "b", "d"):
        play.come(name)
    play.run_papers()
    for name in ("a", "b", "d"):
        play.serve(name, stage="gate_in")
    waits = [name for name in ("a", "b", "d") if play.state.visits[name].phase is Phase.LINED]
    assert waits == ["d"]
    hold(play, "d")
    play.answer(play.asked(c.SendTo, visit="a")[0])
    play.serve("a", stage="weigh")
    play.run()
    assert "d" not in opened(play)
    free(play, "d")
    play.run()
    assert "d" in opened(play)
    play.check()


def test_in_a_lane_with_loops_nobody_held_is_let_through() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    hold(play, "a")
    play.serve("a")
    assert not opened(play)
    (out,) = play.asked(c.LeadOut)
    assert out.reason == holds.ASKS
    hold(play, "a", "w-2")
    free(play, "a")
    play.serve("a", SEEN, SEEN._replace(by="zhao/supervisor"), stage="look")
    (again,) = play.asked(c.StartService, stage="look")
    assert again.reason == f"review: {holds.ASKS}"
    free(play, "a", "w-2")
    play.serve("a", SEEN, SEEN._replace(by="zhao/supervisor"), stage="look")
    assert play.asked(c.StartService, stage="park")
    play.check()


def test_who_was_seen_is_not_held_again_for_the_same() -> None:
    play = Play(truck_port())
    play.come("a")
    hold(play, "a")
    free(play, "a")
    hold(play, "a")
    assert not holds.is_held(play.dispatcher._board, "a")
    assert len(play.told(c.AskCheck)) == 1


def test_an_order_that_is_held_does_not_end() -> None:
    play = Play(agv_port())
    play.join(1)
    hold(play, "o")
    play.order("o")
    play.run()
    assert "o" in play.state.visits
    assert not opened(play)
    free(play, "o")
    play.run()
    assert "o" not in play.state.visits
    assert not play.state.holds
    play.check()


def test_holds_of_what_nobody_announces_are_bounded_and_of_the_ended_dropped() -> None:
    play = Play(truck_port(), frozen=False)
    for number in range(holds.MOST_UNKNOWN + 5):
        hold(play, f"v-{number}")
    assert len(play.state.holds) == holds.MOST_UNKNOWN
    play = Play(truck_port())
    play.come("a")
    play.run()
    hold(play, "a")
    free(play, "b")
    assert not play.state.holds


def test_the_checker_sees_a_barrier_that_opens_for_a_held_visit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = Play(truck_port(), frozen=False)
    monkeypatch.setattr(holds, "is_held", lambda _board, _visit: False)
    play.come("a")
    play.run_papers()
    hold(play, "a")
    play.serve("a", stage="gate_in")
    (found,) = play.checkers.violations
    assert found.rule == "held"
    assert found.subject == "a"


def test_an_opening_of_before_may_be_said_again() -> None:
    play = Play(express())
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a")
    (opening,) = play.told(c.OpenBarrier)
    hold(play, "a")
    play.wait(600_000)
    assert play.told(c.OpenBarrier) == [opening, opening]
    checkers = Checkers(play.port, kinds=(HoldChecker,))
    for number, (event, commands) in enumerate(zip(play.history, play.decided, strict=True), 1):
        checkers(number, event, commands)
    assert not checkers.violations
