"""Words that are unknown, doubled, late or lost: nothing changes, nothing is left behind."""

import itertools

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.board import ENDED_KEPT, PATIENCE_MS
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.state import State
from kouan.runtime.codec import encode_state
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import (
    HOUR,
    MINUTE,
    agv_port,
    place,
    port,
    procedure,
    stage,
    truck_port,
)

STRANGERS: list[e.Event] = [
    e.CalendarExtended(START, "place:nowhere", START + 1, (START,), (START + 1,)),
    e.BookingRequested(START, "nobody", START),
    e.BookingPostponed(START, "nobody", 0, START),
    e.BookingCancelled(START, "nobody", START),
    e.ManifestLodged(START, "m", "nobody", "", 1, 1, ""),
    e.DeclarationLodged(START, "d", "m"),
    e.ChannelAssigned(START, "d", "green", "customs"),
    e.Released(START, "d", "customs"),
    e.HoldPlaced(START, "d", "customs", "reason"),
    e.HoldLifted(START, "d", "customs"),
    e.Arrived(START, "nobody", "gate"),
    e.Arrived(START, "nobody", "nowhere"),
    e.ServiceEnded(START, "nobody", "stage", "station", 1, ()),
    e.ResultArrived(START, "nobody", "stage", e.Evidence("sample")),
    e.LeftPort(START, "nobody"),
    e.VisitLapsed(START, "nobody"),
    e.SlotFreed(START, "nowhere", 3),
    e.StationFailed(START, "nowhere.1"),
    e.StationRepaired(START, "nowhere.1"),
    e.StationRepaired(START, "shed.1"),
    e.ModeSwitched(START, "nonsense", "nobody"),
    e.TransportOrderPlaced(START, "o", "no fleet", "c", 1, "", 1, ""),
    e.VisitAnnounced(START, "v", "no procedure", "c", "", "", 0, 0, "", 0, ""),
    e.VisitAnnounced(START, "v", "haul", "c", "", "", 0, 0, "", 0, ""),
    e.VehicleJoined(START, "x", "no fleet", 1),
    e.VehicleMoved(START, "nobody", "p", 1, 1),
    e.VehicleStopped(START, "nobody", "reason"),
    e.VehicleRecovered(START, "nobody"),
    e.ChargingEnded(START, "nobody", 1),
    e.Woke(START, "open:nowhere"),
    e.Woke(START, "drive"),
    e.Woke(START, "anything"),
]


@pytest.mark.parametrize("event", STRANGERS, ids=lambda event: type(event).__name__)
def test_a_word_about_a_stranger_breaks_nothing(event: e.Event) -> None:
    play = Play(agv_port(1))
    play.again(event)
    play.again(event)
    assert play.told(c.StartService) == []
    play.join(1)
    play.order("order")
    play.run()
    assert play.state.visits == {}


def run_of_everything() -> Play:
    """Trucks with a red channel and late results, and one AGV, from their coming to their end."""
    play = Play(truck_port())
    play.announce("t1")
    play.tell(e.BookingRequested, "t1", START)
    play.lodge("t1", mass_kg=99_000)
    play.arrive("t1")
    play.lodge("t1")
    play.answer(play.asked(c.SubmitDeclaration)[0], "red")
    play.run()
    assert play.state.visits == {}
    return play


def garbage(state: State) -> dict[str, int]:
    """Sizes of everything that should be empty when all visits have ended."""
    places = state.places.values()
    return {
        "visits": len(state.visits),
        "filings": len(state.filings),
        "declarations": len(state.declarations),
        "manifests": len(state.manifests),
        "requests": len(state.requests),
        "early": len(state.early),
        "orders": len(state.orders),
        "busy": sum(len(place.busy) for place in places),
        "lines": sum(len(line) for place in places for line in place.queue.values()),
        "wanting": sum(len(line) for place in places for line in place.wanting.values()),
        "counts": sum(place.queued + place.lined + place.coming for place in places),
        "held": sum(len(uses) for uses in state.traffic.cells),
        "steps": sum(len(course.arcs) - 1 for course in state.traffic.courses.values()),
    }


def test_everything_said_again_after_the_end_changes_nothing() -> None:
    play = run_of_everything()
    before = encode_state(play.state)
    for event in list(play.history):
        if not isinstance(event, e.Woke):
            assert play.again(event) == [], event
    assert encode_state(play.state) == before
    assert not any(garbage(play.state).values())


def test_every_word_said_twice_leads_to_the_same_end() -> None:
    once = run_of_everything()
    play = Play(truck_port())
    for event in once.history:
        commands = play.bring(event)
        state = encode_state(play.state)
        assert play.bring(event) == [], event
        assert encode_state(play.state) == state
        del commands
    assert encode_state(play.state) == encode_state(once.state)


def test_every_word_of_a_fleet_said_twice_leads_to_the_same_end() -> None:
    once = Play(agv_port(2))
    once.join(2)
    for number in range(4):
        once.order(f"o{number}")
    once.run()
    twice = Dispatcher(agv_port(2))
    for event in once.history:
        twice.handle(event)
        state = encode_state(twice.state)
        assert twice.handle(event) == [], event
        assert encode_state(twice.state) == state
    assert encode_state(twice.state) == encode_state(once.state)
    assert not any(garbage(twice.state).values())


def test_a_calendar_whose_ends_do_not_pair_up_is_taken_as_far_as_they_do() -> None:
    dispatcher = Dispatcher(truck_port())
    opens, closes = (START, START + HOUR), (START + MINUTE,)
    dispatcher.handle(e.CalendarExtended(START, "place:gate", START + 2 * HOUR, opens, closes))
    assert dispatcher.state.calendars["place:gate"].closes == [START + MINUTE]


def test_memory_stays_flat_however_many_visits_come_and_go() -> None:
    play = Play(truck_port(), frozen=False)
    sizes = []
    for number in range(ENDED_KEPT + 600):
        play.come(f"t{number}")
        play.tell(e.BookingRequested, f"t{number}", play.now_ms)
        play.run()
        play.wait(MINUTE)
        if number % 500 == 0:
            sizes.append(len(encode_state(play.state)))
    assert not any(garbage(play.state).values())
    assert len(play.state.slots) < 10
    assert len(play.state.wakes) < 3
    assert len(play.state.ended) + len(play.state.ended_before) <= 2 * ENDED_KEPT
    assert len(encode_state(play.state)) < 150 * ENDED_KEPT


# --- commands and answers that are lost ---------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [c.SubmitDeclaration, c.AskCorrection, c.StartService, c.SendTo, c.ReportArrival, c.LeaveBy],
)
def test_a_request_that_is_not_answered_is_sent_again_word_for_word(kind: type[c.Command]) -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.arrive("t1")
    play.lodge("t1", mass_kg=99_000)
    while not play.asked(kind):
        play.answer(next(iter(play.open.values())))
    request = play.asked(kind)[0]
    first = len(play.told(kind))
    play.wait(PATIENCE_MS[kind.__name__] + 6 * MINUTE)
    again = play.told(kind)
    assert len(again) == first + 1
    assert again[-1] == request
    play.run()
    assert play.state.visits == {}
    assert len(play.told(kind)) == len(dict.fromkeys(play.told(kind))) + 1


def test_patience_doubles_and_is_bounded() -> None:
    made = port({"gate": place()}, {"p": procedure(stage("pass", "gate"))})
    play = Play(made)
    play.come("t1")
    play.run_papers()
    hours = []
    for hour in range(200):
        before = len(play.told(c.StartService))
        play.wait(HOUR)
        hours += [hour] * (len(play.told(c.StartService)) - before)
    gaps = [later - earlier for earlier, later in itertools.pairwise(hours)]
    assert gaps[:4] == [4, 8, 16, 32]
    assert dict.fromkeys(gaps[4:]) in ({}, {32: None})


def test_a_lost_drive_order_is_covered_by_the_next_or_sent_again() -> None:
    play = Play(agv_port(1))
    play.join(1)
    play.order("o1")
    play.serve("o1", stage="load")
    play.cars["agv-1"].ahead.clear()
    play.wait(PATIENCE_MS["DriveTo"] + 6 * MINUTE)
    assert play.cars["agv-1"].ahead == ["s1.1", "s1.2", "s1.3"]
    play.run()
    assert play.state.visits == {}


def test_lost_reports_of_nodes_are_made_up_for_by_the_next() -> None:
    play = Play(agv_port(1))
    play.join(1)
    play.order("o1")
    play.serve("o1", stage="load")
    car = play.cars["agv-1"]
    car.node, car.step, car.ahead = "s1.3", 3, []
    play.tell(e.VehicleMoved, "agv-1", "s1.3", 3, 99_000)
    assert car.ahead == ["s1.4", "s1.5", "l"]
    for node, step in (("s1.2", 2), ("s1.3", 3), ("nowhere", 4), ("s1.5", 9)):
        assert play.tell(e.VehicleMoved, "agv-1", node, step, 1) == []
    assert play.state.vehicles["agv-1"].charge_wh == 99_000
    play.run()
    assert play.state.visits == {}


def test_a_wake_up_that_comes_too_early_or_twice_is_not_heard() -> None:
    play = Play(truck_port())
    play.come("t1")
    timer = play.timers[0]
    assert play.tell(e.Woke, timer[1]) == []
    play.wait(6 * MINUTE)
    told = len(play.told(c.WakeAt))
    assert play.again(e.Woke(START, timer[1])) == []
    assert len(play.told(c.WakeAt)) == told


def test_a_wake_up_that_was_lost_is_asked_for_again() -> None:
    play = Play(truck_port())
    play.come("t1")
    play.timers.clear()
    play.wait(HOUR)
    play.come("t2")
    assert [each.reason for each in play.told(c.WakeAt)] == ["sweep", "sweep"]
