"""The runs that are right: no checker finds anything in them."""

from kouan.dispatch import events as e
from kouan.runtime.checkers import Checkers
from tests.unit.runtime.example_port import HOUR, PORT, Script, at, join, trip, truck


def test_a_right_day_of_trucks_breaks_no_rule() -> None:
    script = Script()
    script.open()
    truck(script, "v1", 0)
    truck(script, "v2", 30)
    checkers = Checkers(PORT, bound_ms=HOUR)
    script.play(checkers)
    checkers.finish()
    assert checkers.violations == []
    assert checkers.violations.total == 0
    assert list(checkers.facts.ended.values()) == ["left", "left"]


def test_a_right_day_of_vehicles_breaks_no_rule() -> None:
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    trip(script, "a1", "o2", 40, step=11)
    script.add(e.SlotFreed(at(70), "shed", 2))
    checkers = Checkers(PORT, bound_ms=HOUR)
    script.play(checkers)
    checkers.finish()
    # The shed has room for two containers, and the second order brings two more.
    assert [(v.rule, v.subject) for v in checkers.violations] == [("slots", "shed")]
    assert list(checkers.facts.ended.values()) == ["finished", "finished"]


def test_a_repetition_of_every_event_and_command_breaks_no_rule() -> None:
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    truck(script, "v1", 60)
    twice = Script()
    for _, event, commands in script.entries:
        twice.add(event, *commands)
        announces = isinstance(event, e.VisitAnnounced | e.TransportOrderPlaced)
        twice.add(e.Woke(event.at_ms, "") if announces else event)
    checkers = Checkers(PORT)
    twice.play(checkers)
    assert checkers.violations == []
