"""The room of a waiting area: broken on purpose, and kept in every way it can be."""

from dataclasses import replace

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.places import Place, PlaceKind
from kouan.port.procedures import Stage, Work
from kouan.runtime.checkers import Checkers
from kouan.runtime.checkers.waiting import WaitingAreaChecker
from tests.unit.runtime.example_port import IMPORT, PORT, Script, at


def with_area() -> Port:
    """The example port with a waiting area for two before its gate."""
    area = Place(PlaceKind.WAITING_AREA, node="d", stations=1, room=1)
    first = Stage("waiting", "area", Work.WAIT)
    waits = replace(IMPORT, stages=(first, *IMPORT.stages))
    desk = replace(PORT.places["desk"], node="c")
    places = {**PORT.places, "desk": desk, "area": area}
    return replace(PORT, places=places, procedures={**PORT.procedures, "import": waits})


def found(script: Script) -> list[tuple[str, str]]:
    checkers = Checkers(with_area(), kinds=(WaitingAreaChecker,))
    script.play(checkers)
    return [(violation.rule, violation.subject) for violation in checkers.violations]


def outside(script: Script, visit: str) -> c.WaitOutside:
    return c.WaitOutside(script.request(), visit, "area", "no room")


def full() -> Script:
    """Two stand inside, a third was told to wait outside."""
    script = Script()
    for visit in ("v", "w", "x", "y"):
        script.announce(visit, 0)
    script.arrived("v", "area", 1)
    script.arrived("w", "area", 1)
    script.add(e.Arrived(at(2), "x", "area"), outside(script, "x"))
    return script


def test_the_third_of_two_has_to_be_told_to_wait_outside() -> None:
    script = full()
    assert found(script) == []
    script.arrived("y", "area", 3)
    assert found(script) == [("waiting_area", "y")]


def test_a_late_word_is_no_second_coming() -> None:
    script = full()
    script.add(e.Woke(at(3), ""), script.send("v", "area", "gate"))
    script.arrived("v", "area", 4)
    script.arrived("w", "area", 4)
    script.add(e.Woke(at(5), ""), script.send("x", "", "area"))
    script.arrived("x", "area", 6)
    assert found(script) == []


def test_one_called_in_before_anybody_left_is_caught() -> None:
    script = full()
    script.add(e.Woke(at(3), ""), script.send("x", "", "area"))
    assert found(script) == []
    script.arrived("x", "area", 4)
    assert found(script) == [("waiting_area", "x")]


def test_one_that_came_before_its_announcement_counts_from_then_on() -> None:
    script = full()
    script.arrived("z", "area", 3)
    assert found(script) == []
    announced = e.VisitAnnounced(at(4), "z", "import", "coal", "", "", 0, 0, "", 0, "")
    script.add(announced, outside(script, "z"))
    assert found(script) == []
    script.entries[-1] = (script.entries[-1][0], announced, ())
    assert found(script) == [("waiting_area", "z")]


def test_one_that_did_not_come_when_called_needs_room_again() -> None:
    script = full()
    script.add(e.Woke(at(3), ""), script.send("v", "area", "gate"))
    script.add(e.Woke(at(3), ""), script.send("x", "", "area"))
    script.arrived("x", "area", 4)
    revoked = c.RevokeCall(script.request(), "v", "gate", "did not come in time")
    script.add(e.Woke(at(9), "calls"), revoked, outside(script, "v"))
    assert found(script) == []
    script.entries[-1] = (script.entries[-1][0], e.Woke(at(9), "calls"), (revoked,))
    assert found(script) == [("waiting_area", "v")]


def test_one_that_did_not_come_in_from_outside_is_still_there() -> None:
    script = full()
    script.add(e.Woke(at(3), ""), script.send("v", "area", "gate"), script.send("x", "", "area"))
    revoked = c.RevokeCall(script.request(), "x", "area", "did not come in time")
    script.add(e.Woke(at(9), "calls"), revoked)
    script.arrived("y", "area", 10)
    assert found(script) == []
