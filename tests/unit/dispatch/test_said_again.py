"""What is said again with other words: the first word counts, and people are told."""

from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import truck_port
from tests.unit.dispatch.test_fleet import started
from tests.unit.dispatch.test_operations import far_pit


def alarms(play: Play) -> list[tuple[str, str]]:
    return [(each.subject, each.text) for each in play.told(c.RaiseAlarm)]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, ""),
        ({"plate": "X"}, "announced again with plate X, before PL-t1"),
        ({"mass_kg": 31_000}, "announced again with mass_kg 31000, before 30000"),
        ({"plate": ""}, "announced again with plate none, before PL-t1"),
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
        ({"fleet": "other"}, "placed again with fleet other, before agv"),
        ({"after": "o0"}, "placed again with after o0, before none"),
    ],
)
def test_an_order_placed_again(begun: bool, changed: dict[str, Any], text: str) -> None:
    play = started(count=1 if begun else 0)
    play.order("o1")
    assert ("o1" in play.state.visits) is begun
    first = next(event for event in play.history if isinstance(event, e.TransportOrderPlaced))
    play.bring(first._replace(at_ms=play.now_ms, **changed))
    assert alarms(play) == ([("o1", text)] if text else [])


def test_an_order_placed_again_after_the_one_before_it_is_done() -> None:
    play = started(count=1)
    play.order("o1")
    fields = ("agv", "coal", 30_000, "coal", 1, "SE-o2", 0, 0)
    play.tell(e.TransportOrderPlaced, "o2", *fields, "o1")
    first = play.history[-1]
    play.run()
    assert "o1" not in play.state.visits
    play.again(first)
    assert alarms(play) == []
    play.tell(e.TransportOrderPlaced, "o2", *fields, "")
    assert alarms(play) == [("o2", "placed again with after none, before o1")]


def test_an_order_handed_back_by_its_vehicle_is_known_as_it_was_placed() -> None:
    play = started(far_pit(1), count=1)
    play.order("o1")
    play.run()
    fields = ("agv", "coal", 30_000, "coal", 1, "SE-o2", 0, 0, "o1")
    play.tell(e.TransportOrderPlaced, "o2", *fields)
    first = play.history[-1]
    assert play.state.visits["o2"].phase is Phase.MOVING
    play.tell(e.VehicleTaken, "agv-1", "operator", "tyre")
    assert play.state.orders["o2"].after == "o1"
    play.again(first)
    assert alarms(play) == [("agv-1", "taken over by operator: tyre")]
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    assert play.state.visits["o2"].vehicle == "agv-1"


def test_a_declaration_is_for_the_manifest_it_named_first() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.lodge("t1")
    play.tell(e.ManifestLodged, "M-2", "t1", "PL-t1", 30_000, 1, "SE-t1")
    play.tell(e.DeclarationLodged, "D-t1", "M-t1")
    assert alarms(play) == []
    play.tell(e.DeclarationLodged, "D-t1", "M-2")
    play.tell(e.DeclarationLodged, "D-t1", "M-9")
    assert alarms(play) == [
        ("D-t1", "lodged again for manifest M-2, before for M-t1"),
        ("D-t1", "lodged again for manifest M-9, before for M-t1"),
    ]
    assert play.state.early == {}
    assert len(play.told(c.SubmitDeclaration)) == 1


def test_a_declaration_lodged_for_two_visits_stays_with_the_first() -> None:
    play = Play(truck_port())
    for visit in ("t1", "t2"):
        play.announce(visit)
        play.tell(e.ManifestLodged, f"M-{visit}", visit, "", 30_000, 1, f"SE-{visit}")
    play.tell(e.DeclarationLodged, "D", "M-t1")
    play.tell(e.DeclarationLodged, "D", "M-t2")
    assert alarms(play) == [("D", "lodged for t2, but t1 was lodged before")]
    assert play.checkers.facts.visits["t2"].declaration == ""
    assert play.checkers.facts.declarations == {"D": "t1"}


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


def test_who_later_stands_elsewhere_is_told_of_and_expected_all_the_same() -> None:
    play = Play(truck_port())
    play.come("t1")
    play.serve("t1")
    visit = play.state.visits["t1"]
    assert (visit.phase, visit.place) == (Phase.MOVING, "scale")
    play.tell(e.Arrived, "t1", "out")
    assert alarms(play) == [("t1", "stands at out, expected at scale")]
    assert play.state.visits["t1"] == visit
    play.answer(play.asked(c.SendTo)[0])
    assert play.state.visits["t1"].phase is Phase.SERVED
    play.tell(e.Arrived, "t1", "out")
    assert alarms(play)[1:] == [("t1", "stands at out, expected at scale")]
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_late_or_doubled_arrival_where_it_was_before_is_no_news() -> None:
    play = Play(truck_port())
    play.announce("t1")
    words: list[e.Event] = []
    play.arrive("t1")
    words.append(play.history[-1])
    play.again(words[0])
    play.lodge("t1")
    while play.open:
        for word in words:
            play.again(word)
        play.answer(next(iter(play.open.values())))
        if isinstance(play.history[-1], e.Arrived):
            words.append(play.history[-1])
    assert [getattr(word, "place", "") for word in words] == ["gate", "scale", "out"]
    assert play.state.visits == {}
    assert alarms(play) == []
