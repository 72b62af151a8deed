"""Stations, opening, lanes, room, slots and quotas: each broken on purpose."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.places import Conversion, Direction, Place, PlaceKind
from kouan.runtime.checkers import Checker, Checkers
from kouan.runtime.checkers.capacity import (
    QuotaChecker,
    RoomChecker,
    SlotChecker,
    StationChecker,
)
from kouan.runtime.checkers.layout import Layout
from kouan.runtime.checkers.opening import OpenTimes
from tests.unit.runtime.example_port import DAY, HOUR, PORT, START_MS, Script, at, place_order


def found(script: Script, kind: type[Checker], port: Port = PORT) -> list[tuple[str, str]]:
    checkers = Checkers(port, kinds=(kind,))
    script.play(checkers)
    return [(violation.rule, violation.subject) for violation in checkers.violations]


def opened() -> Script:
    script = Script()
    script.open()
    script.announce("v", 0)
    script.announce("w", 0)
    return script


@pytest.mark.parametrize(
    ("stage", "station", "rules"),
    [
        ("scale", "scale.1", []),
        ("scale", "scale.2", ["station"]),
        ("gate_in", "gate.1", ["station"]),
        ("gate_in", "scale.1", ["station"]),
        ("nowhere", "scale.1", ["station"]),
    ],
)
def test_a_station_that_is_not_the_stages_is_caught(
    stage: str, station: str, rules: list[str]
) -> None:
    script = opened()
    script.add(e.Woke(at(1), ""), script.start("v", stage, station))
    assert [rule for rule, _ in found(script, StationChecker)] == rules


def test_two_visits_in_one_station_are_caught() -> None:
    script = opened()
    first = script.start("v", "scale", "scale.1")
    script.add(e.Woke(at(1), ""), first, first)
    assert found(script, StationChecker) == []
    script.add(e.Woke(at(2), ""), script.start("w", "scale", "scale.1"))
    assert found(script, StationChecker) == [("capacity", "scale.1")]


@pytest.mark.parametrize(("sent_on", "rules"), [(True, []), (False, ["capacity"])])
def test_a_finished_visit_that_stays_blocks_its_station(sent_on: bool, rules: list[str]) -> None:
    script = opened()
    first = script.start("v", "scale", "scale.1")
    script.add(e.Woke(at(1), ""), first)
    onwards = (script.send("v", "scale", "exit"),) if sent_on else ()
    # The next one is written first: a hand-over within one entry is fine in any order.
    script.ended(first, 2, (), script.start("w", "scale", "scale.1"), *onwards)
    assert [rule for rule, _ in found(script, StationChecker)] == rules


def test_where_leaving_can_not_be_seen_the_station_is_free_after_the_service() -> None:
    places = {name: replace(place, node="") for name, place in PORT.places.items()}
    script = opened()
    first = script.start("v", "scale", "scale.1")
    script.add(e.Woke(at(1), ""), first)
    script.ended(first, 2, (), script.start("w", "scale", "scale.1"))
    assert found(script, StationChecker, replace(PORT, places=places, fleets={})) == []


def test_where_an_order_can_end_beside_the_parking_leaving_can_not_be_seen() -> None:
    """The pit lies where the vehicles park, the crane where nobody parks or charges."""
    assert not Layout(PORT).seen_to_leave["pit"]
    assert Layout(PORT).seen_to_leave["crane"]
    charger = {**PORT.places, "charger": Place(PlaceKind.CHARGER, node="c")}
    fleets = {"agv": replace(PORT.fleets["agv"], charger="charger")}
    charging = Layout(replace(PORT, places=charger, fleets=fleets))
    assert not charging.seen_to_leave["crane"]


@pytest.mark.parametrize(("opens", "closes"), [((1, 5), (3,)), ((1,), (3, 7)), ((1,), (3,))])
def test_an_opening_without_a_closing_is_passed_over(
    opens: tuple[int, ...], closes: tuple[int, ...]
) -> None:
    """Whatever an event says, judging a journal goes on."""
    times = OpenTimes()
    times.extend(e.CalendarExtended(0, "k", 10, opens, closes))
    assert [at_ms for at_ms in range(10) if times.is_open("k", at_ms)] == [1, 2]


def test_a_failed_station_is_caught() -> None:
    script = opened()
    script.add(e.StationFailed(at(1), "scale.1"), script.start("v", "scale", "scale.1"))
    script.add(e.StationRepaired(at(2), "bay.1"))
    assert found(script, StationChecker) == [("station", "scale.1")]
    script.entries[-1] = (script.entries[-1][0], e.StationRepaired(at(2), "scale.1"), ())
    gone = script.send("v", "scale", "exit")
    script.add(e.Woke(at(3), ""), gone, script.start("w", "scale", "scale.1"))
    assert found(script, StationChecker) == [("station", "scale.1")]


@pytest.mark.parametrize(
    ("minute", "rules"), [(-1, ["open"]), (0, []), (719, []), (720, ["open"]), (1_440, [])]
)
def test_service_outside_open_times_is_caught(minute: int, rules: list[str]) -> None:
    script = opened()
    second = (START_MS + DAY,), (START_MS + DAY + HOUR,)
    script.add(e.CalendarExtended(at(0), "place:scale", START_MS + 2 * DAY, *second))
    script.add(e.Woke(at(minute), ""), script.start("v", "scale", "scale.1"))
    assert [rule for rule, _ in found(script, StationChecker)] == rules


@pytest.mark.parametrize(("begun", "rules"), [(719, []), (720, ["open"]), (1_440, [])])
def test_a_vehicle_is_served_only_while_the_place_is_open(begun: int, rules: list[str]) -> None:
    script = opened()
    next_day = e.CalendarExtended(
        at(0), "place:crane", START_MS + 2 * DAY, (START_MS + DAY,), (START_MS + DAY + HOUR,)
    )
    place_order(script, "o", 0)
    way = c.DriveTo(script.request(), "a1", "o", 1, ("bridge.1", "c"), (), "order")
    script.add(next_day)
    script.add(e.Woke(at(700), ""), way)
    script.add(e.Woke(at(begun), ""), script.start("o", "unload", "crane.1"))
    assert [rule for rule, _ in found(script, StationChecker)] == rules


def test_a_lane_of_another_class_or_direction_is_caught() -> None:
    script = opened()
    script.add(e.VisitAnnounced(at(0), "x", "import", "fruit", "", "", 0, 0, "", 0, ""))
    script.add(e.Woke(at(1), ""), script.start("v", "gate_in", "in_2"))
    assert found(script, StationChecker) == []
    script.add(e.Woke(at(2), ""), script.send("v", "gate", "scale"))
    script.add(e.Woke(at(2), ""), script.start("x", "gate_in", "in_2"))
    assert found(script, StationChecker) == [("lane", "in_2")]
    turned = replace(
        PORT.lanes["in_2"], conversions=(Conversion("08:00-09:00", Direction.EXIT, ("fruit",)),)
    )
    port = replace(PORT, lanes={**PORT.lanes, "in_2": turned})
    hour = e.CalendarExtended(
        at(0), "conversion:in_2:0", START_MS + DAY, (START_MS,), (START_MS + HOUR,)
    )
    script.entries.insert(0, (0, hour, ()))
    # Both directions are wrong now, and the first one's class as well.
    assert found(script, StationChecker, port) == [("lane", "in_2")] * 3


def test_a_place_beyond_its_room_is_caught() -> None:
    """The scale has one station and room for one more."""
    script = Script()
    for visit in ("v", "w", "x"):
        script.announce(visit, 0)
        script.arrived(visit, "gate", 1)
        script.add(e.Woke(at(2), ""), script.send(visit, "gate", "scale"))
    script.arrived("v", "scale", 3)
    script.arrived("w", "scale", 3)
    script.arrived("w", "scale", 3)
    assert found(script, RoomChecker) == []
    script.arrived("x", "scale", 4)
    assert found(script, RoomChecker) == [("room", "x")]
    script.entries.insert(-1, (0, e.Woke(at(3), ""), (script.send("v", "scale", "exit"),)))
    assert found(script, RoomChecker) == []


def test_a_late_word_of_an_arrival_takes_no_room() -> None:
    script = Script()
    for visit in ("v", "w", "x"):
        script.announce(visit, 0)
        script.arrived(visit, "gate", 1)
        script.add(e.Woke(at(2), ""), script.send(visit, "gate", "scale"))
    script.arrived("v", "scale", 3)
    script.add(e.Woke(at(4), ""), script.send("v", "scale", "exit"))
    script.arrived("v", "exit", 5)
    script.arrived("v", "scale", 6)
    script.arrived("w", "scale", 7)
    script.arrived("x", "scale", 8)
    assert found(script, RoomChecker) == []


def unload(script: Script, order: str) -> None:
    place_order(script, order, 0)
    begun = script.start(order, "unload", "crane.1")
    script.add(e.Woke(at(1), ""), begun)
    script.ended(begun, 2)
    # A repeated report is not a second load.
    script.ended(begun, 2)


def test_a_shed_over_full_or_less_than_empty_is_caught() -> None:
    script = Script()
    unload(script, "o1")
    assert found(script, SlotChecker) == []
    script.add(e.SlotFreed(at(3), "shed", 2))
    unload(script, "o2")
    assert found(script, SlotChecker) == []
    script.add(e.SlotFreed(at(3), "shed", 3))
    assert found(script, SlotChecker) == [("slots", "shed")]
    over = Script()
    unload(over, "o1")
    unload(over, "o2")
    assert found(over, SlotChecker) == [("slots", "shed")]


def test_a_quota_counts_visits_of_a_local_day() -> None:
    """Three a day at the scale; the local day ends at 16:00 UTC, 16 hours after the start."""
    script = Script()
    for number in range(8):
        script.announce(f"v{number}", 0)
    minutes = [0, 1, 1, 2, 960, 961, 962]
    for minute, visit in zip(minutes, (0, 1, 1, 2, 3, 4, 5), strict=True):
        begun = script.start(f"v{visit}", "scale", "scale.1")
        script.add(e.Woke(at(minute), ""), begun)
    assert found(script, QuotaChecker) == []
    script.add(e.Woke(at(963), ""), script.start("v6", "scale", "scale.1"))
    script.add(e.Woke(at(964), ""), script.start("v7", "scale", "scale.1"))
    assert found(script, QuotaChecker) == [("quota", "scale")]


def test_a_quota_of_a_class_counts_visits_of_that_class_only() -> None:
    quotas = {"coal": 2, "fruit": 5}
    scale = replace(PORT.places["scale"], quota_per_day=None, quota_per_class=quotas)
    port = replace(PORT, places={**PORT.places, "scale": scale})
    script = Script()
    for number in range(4):
        script.announce(f"v{number}", 0)
    script.add(e.VisitAnnounced(at(0), "x", "import", "fruit", "", "", 0, 0, "", 0, ""))
    for minute, visit in enumerate(("v0", "x", "v1", "v1")):
        begun = script.start(visit, "scale", "scale.1")
        script.add(e.Woke(at(minute), ""), begun)
    assert found(script, QuotaChecker, port) == []
    script.add(e.Woke(at(9), ""), script.start("v2", "scale", "scale.1"))
    assert found(script, QuotaChecker, port) == [("quota", "scale")]
