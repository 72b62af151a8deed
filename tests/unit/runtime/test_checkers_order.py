"""Time, request numbers, one end for every visit, and liveness: each broken on purpose."""

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.runtime.checkers import Checker, Checkers, Liveness, base
from kouan.runtime.checkers.order import FinalStateChecker, RequestChecker, TimeChecker
from tests.unit.runtime.example_port import MINUTE, PORT, Script, at, join, place_order, trip, truck


def found(script: Script, kind: type[Checker]) -> list[tuple[int, str, str]]:
    checkers = Checkers(PORT, kinds=(kind,))
    script.play(checkers)
    return [
        (violation.number, violation.rule, violation.subject) for violation in checkers.violations
    ]


def test_time_that_runs_back_is_caught_once() -> None:
    script = Script()
    for minute in (1, 1, 0, 1):
        script.add(e.Woke(at(minute), ""))
    assert found(script, TimeChecker) == [(3, "time", "Woke")]


def test_a_gap_in_the_numbers_is_caught() -> None:
    script = Script()
    for _ in range(3):
        script.add(e.Woke(at(0), ""))
    del script.entries[1]
    assert found(script, TimeChecker) == [(3, "number", "Woke")]


def test_a_request_number_given_twice_is_caught() -> None:
    script = Script()
    first = c.RaiseAlarm(1, "gate", "text")
    script.add(e.Woke(at(0), ""), first, c.RaiseAlarm(2, "gate", "text"))
    script.add(e.Woke(at(1), ""), first)
    assert found(script, RequestChecker) == []
    script.add(e.Woke(at(2), ""), c.RaiseAlarm(1, "gate", "another text"))
    assert found(script, RequestChecker) == [(3, "request", "1")]


def test_the_same_fields_in_another_command_are_no_repetition() -> None:
    script = Script()
    script.add(e.Woke(at(0), ""), c.LeaveBy(1, "v"), c.StopCharging(1, "v"))
    assert found(script, RequestChecker) == [(1, "request", "1")]


def test_nobody_acts_on_what_comes_after_the_end() -> None:
    script = Script()
    truck(script, "v", 0)
    script.add(e.ManifestLodged(at(21), "mv", "v", "Pv", 1, 0, ""))
    script.add(e.Released(at(21), "dv", "customs"))
    assert found(script, FinalStateChecker) == []
    script.arrived("v", "gate", 22)
    script.add(e.Woke(at(23), ""), script.send("v", "gate", "scale"))
    script.add(e.VisitLapsed(at(24), "v"))
    numbers = [len(script.entries) - 1, len(script.entries)]
    assert found(script, FinalStateChecker) == [(n, "final_state", "v") for n in numbers]


def test_two_ends_are_caught() -> None:
    script = Script()
    script.announce("v", 0)
    script.arrived("v", "gate", 1)
    script.add(e.Woke(at(2), ""), script.leave("v"), c.TurnBack(90, "v", "no"))
    assert found(script, FinalStateChecker) == [(5, "final_state", "v")]


def test_leaving_without_being_told_is_caught() -> None:
    script = Script()
    script.announce("v", 0)
    script.add(e.LeftPort(at(2), "v"))
    assert found(script, FinalStateChecker) == [(4, "final_state", "v")]


def test_a_visit_that_came_can_not_lapse() -> None:
    script = Script()
    script.announce("v", 0)
    script.announce("w", 0)
    script.arrived("v", "gate", 1)
    script.add(e.VisitLapsed(at(2), "v"))
    script.add(e.VisitLapsed(at(2), "w"))
    assert found(script, FinalStateChecker) == [(8, "final_state", "v")]


def test_a_vehicle_that_drops_its_order_is_caught() -> None:
    script = Script()
    join(script, "a1")
    place_order(script, "o1", 0)
    drive_on = c.DriveTo(50, "a1", "o1", 1, ("north.1",), (), "")
    script.add(e.Woke(at(1), ""), drive_on)
    script.add(e.Woke(at(2), ""), c.DriveTo(51, "a1", "", 2, ("north.2",), (), ""))
    assert found(script, FinalStateChecker) == [(7, "final_state", "o1")]


def test_an_order_that_is_finished_and_turned_back_at_once_is_caught() -> None:
    script = Script()
    join(script, "a1")
    place_order(script, "o1", 0)
    script.add(e.Released(at(1), "do1", "customs"))
    start = script.start("o1", "back", "border.1")
    script.add(e.Woke(at(2), ""), start)
    told = c.RaiseAlarm(90, "a1", "order o1 turned back: cancelled by operator: wrong box")
    script.ended(start, 3, (), told)
    assert found(script, FinalStateChecker) == [(len(script.entries), "final_state", "o1")]


def test_liveness_counts_from_the_beginning_and_from_the_last_fault() -> None:
    script = Script()
    truck(script, "v", 0)
    quick, patient = Liveness(PORT, 19 * MINUTE), Liveness(PORT, 18 * MINUTE, at(2))
    impatient = Liveness(PORT, 16 * MINUTE)
    script.play(quick, patient, impatient)
    assert quick.violations == patient.violations == []
    assert [(v.rule, v.subject) for v in impatient.violations] == [("liveness", "v")]
    assert impatient.violations[0].number == len(script.entries) - 1


def test_liveness_leaves_nothing_behind() -> None:
    script = Script()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    place_order(script, "o2", 30)
    script.announce("v", 31)
    liveness = Liveness(PORT, 60 * MINUTE)
    script.play(liveness)
    assert liveness.violations == []
    liveness.finish()
    assert [violation.subject for violation in liveness.violations] == ["o2", "v"]


def test_many_violations_are_counted_and_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_KEPT", 2)
    script = Script()
    for _ in range(4):
        script.add(e.LeftPort(at(0), "v"))
    checkers = Checkers(PORT, kinds=(FinalStateChecker,))
    script.play(checkers)
    assert (len(checkers.violations), checkers.violations.total) == (2, 4)
