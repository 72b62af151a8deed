"""Orders that wait: urgency, sequence, and what is refused."""

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR
from tests.unit.dispatch.test_fleet import started


def place(play: Play, name: str, priority: int = 0, deadline_ms: int = 0, after: str = "") -> None:
    fields = ("agv", "coal", 30_000, "coal", 1, f"SE-{name}", priority, deadline_ms, after)
    play.tell(e.TransportOrderPlaced, name, *fields)
    if name in play.state.orders or name in play.state.visits:
        play.lodge(name)


def begun(play: Play) -> list[str]:
    """Orders in the sequence in which they were begun."""
    return list(dict.fromkeys(each.visit for each in play.told(c.StartService)))


def test_the_most_urgent_begins_first() -> None:
    play = started(count=1)
    place(play, "now")
    place(play, "plain")
    place(play, "late", deadline_ms=play.now_ms + 2 * HOUR)
    place(play, "soon", deadline_ms=play.now_ms + HOUR)
    place(play, "first", priority=5)
    play.run()
    assert begun(play) == ["now", "first", "soon", "late", "plain"]
    assert play.state.urgent == []
    play.check()


def test_an_order_begins_only_when_the_one_before_it_is_done() -> None:
    play = started(count=2)
    place(play, "o1")
    place(play, "o2", after="o1")
    place(play, "o3", after="o2")
    assert list(play.state.visits) == ["o1"]
    play.run()
    assert begun(play) == ["o1", "o2", "o3"]
    assert (play.state.orders, play.state.sequels) == ({}, {})
    play.check()


def test_what_comes_after_a_cancelled_order_is_cancelled_with_it() -> None:
    play = started(count=1)
    place(play, "busy")
    place(play, "o1")
    place(play, "o2", after="o1")
    place(play, "o3", after="o2")
    play.tell(e.OrderCancelled, "o1", "operator", "customer withdrew")
    assert play.state.orders == {}
    told = {each.subject: each.text for each in play.told(c.RaiseAlarm)}
    assert told["o3"] == "order cancelled: o2, which comes before it, was cancelled"
    play.run()
    play.check()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"priority": -1}, "priority -1, expected 0 to 1000"),
        ({"priority": 1_001}, "priority 1001, expected 0 to 1000"),
        ({"after": "o9"}, "to come after order o9, which is not known"),
    ],
)
def test_an_order_that_can_not_be_is_refused(fields: dict[str, int], problem: str) -> None:
    play = started(count=1)
    place(play, "o1", **fields)  # type: ignore[arg-type]
    assert play.state.orders == {}
    assert play.told(c.RaiseAlarm)[-1].text == f"order refused: {problem}"
    play.check()
