"""What is said again with other words: the first word counts, and people are told."""

from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import truck_port
from tests.unit.dispatch.test_fleet import started


def alarms(play: Play) -> list[tuple[str, str]]:
    return [(each.subject, each.text) for each in play.told(c.RaiseAlarm)]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, ""),
        ({"plate": "X"}, "announced again with plate X, before PL-t1"),
        ({"mass_kg": 31_000}, "announced again with mass_kg 31000, before 30000"),
        ({"driver": "somebody"}, "announced again with another driver"),
    ],
)
def test_a_visit_announced_again(changed: dict[str, Any], text: str) -> None:
    play = Play(truck_port())
    play.announce("t1")
    first = play.history[-1]
    before = play.state.visits["t1"]
    play.bring(first._replace(**changed))
    assert alarms(play) == ([("t1", text)] if text else [])
    assert play.state.visits["t1"] == before


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, ""),
        ({"mass_kg": 31_000}, "placed again with mass_kg 31000, before 30000"),
        ({"priority": 9}, "placed again with priority 9, before 0"),
    ],
)
def test_an_order_placed_again(begun: bool, changed: dict[str, Any], text: str) -> None:
    play = started(count=1 if begun else 0)
    play.order("o1")
    assert ("o1" in play.state.visits) is begun
    first = next(event for event in play.history if isinstance(event, e.TransportOrderPlaced))
    play.bring(first._replace(at_ms=play.now_ms, **changed))
    assert alarms(play) == ([("o1", text)] if text else [])


def test_a_name_is_a_visit_or_an_order() -> None:
    play = started(count=1)
    play.order("o1")
    play.tell(e.VisitAnnounced, "o1", "haul", "coal", "P", "D", 0, 0, "", 0, "")
    assert alarms(play) == [("o1", "announced, but it is a transport order")]


def test_a_vehicle_stays_in_its_fleet() -> None:
    play = started(count=1)
    play.tell(e.VehicleJoined, "agv-1", "other", 1)
    assert alarms(play) == [("agv-1", "wants to join fleet other, but is of fleet agv")]


def test_who_first_stands_elsewhere_is_not_moved_on() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.lodge("t1")
    play.tell(e.Arrived, "t1", "scale")
    assert alarms(play) == [("t1", "stands at scale, expected at gate")]
    assert play.state.visits["t1"].phase is Phase.ANNOUNCED
    play.arrive("t1")
    assert play.state.visits["t1"].phase is not Phase.ANNOUNCED
