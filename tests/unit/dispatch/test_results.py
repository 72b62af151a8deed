"""Results that come later than the service: one that does not come is missed, once."""

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.board import SWEEP_MS
from kouan.dispatch.findings import LEAST_WAIT_MS, MEANS_WAITED
from kouan.port.model import Port
from kouan.port.procedures import Check, CheckKind, Need, Stage
from kouan.port.service import Distribution
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage

MISSING = "no result of sample from sample yet: it is overdue"


def lab_port(mean_ms: int = MINUTE, **last: tuple[Need, ...]) -> Port:
    """A laboratory whose results take their time, and the way out."""
    later = Distribution(fixed_ms=mean_ms)
    sample = Stage("sample", "lab", checks=(Check(CheckKind.SAMPLE, result_after=later),))
    needs = last or {"needs": (Need.RESULTS,)}
    return port(
        {"lab": place("laboratory"), "out": place()},
        {"p": procedure(sample, stage("leave", "out", **needs))},
    )


def sampled(made: Port) -> Play:
    """A visit whose sample was taken, and nothing else asked."""
    play = Play(made)
    play.announce("t1")
    play.arrive("t1")
    play.serve("t1", stage="sample")
    return play


def missed(play: Play) -> list[tuple[str, str]]:
    return [(each.subject, each.text) for each in play.told(c.RaiseAlarm)]


@pytest.mark.parametrize(
    ("mean_ms", "wait_ms"), [(MINUTE, LEAST_WAIT_MS), (2 * HOUR, MEANS_WAITED * 2 * HOUR)]
)
def test_a_result_that_does_not_come_is_missed_once(mean_ms: int, wait_ms: int) -> None:
    play = sampled(lab_port(mean_ms))
    assert play.state.requests == {}
    play.wait(wait_ms - MINUTE)
    assert missed(play) == []
    play.wait(MINUTE + SWEEP_MS)
    assert missed(play) == [("t1", MISSING)]
    play.wait(3 * wait_ms)
    assert missed(play) == [("t1", MISSING)]
    assert play.timers == []


def test_a_result_that_was_missed_still_counts() -> None:
    play = sampled(lab_port())
    play.wait(2 * HOUR)
    assert play.state.visits["t1"].results_due == ["sample:sample"]
    play.tell(e.ResultArrived, *play.late.pop())
    play.run()
    assert play.state.visits == {}
    assert missed(play) == [("t1", MISSING)]


def test_a_result_that_comes_in_time_is_not_missed() -> None:
    play = sampled(lab_port())
    play.wait(LEAST_WAIT_MS - MINUTE)
    play.tell(e.ResultArrived, *play.late.pop())
    assert play.state.results_overdue_ms == {}
    play.wait(2 * HOUR)
    assert missed(play) == []
    play.check()


def test_one_that_overtakes_the_end_of_its_service_is_not_awaited() -> None:
    play = Play(lab_port())
    play.announce("t1")
    play.arrive("t1")
    play.tell(e.ResultArrived, "t1", "sample", e.Evidence("sample"))
    play.serve("t1", stage="sample")
    assert play.state.results_overdue_ms == {}


def test_nothing_is_missed_of_who_has_left() -> None:
    play = sampled(lab_port(needs=()))
    play.serve("t1", stage="leave")
    play.answer(play.asked(c.LeaveBy)[0])
    assert play.state.visits == {}
    assert play.state.results_overdue_ms == {}
    play.wait(2 * HOUR)
    assert missed(play) == []


def test_a_port_without_such_checks_is_not_woken_for_them() -> None:
    play = Play(port({"out": place()}, {"p": procedure(stage("leave", "out", "plate"))}))
    play.announce("t1")
    play.arrive("t1")
    play.run()
    play.wait(2 * HOUR)
    assert [each.reason for each in play.told(c.WakeAt)] == ["sweep"]
