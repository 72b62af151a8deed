"""A state run ahead: exact where nothing is left to chance, sound where much is, blind to seeds."""

from collections.abc import Iterator
from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.state import State
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Arrivals, Booking, Demand, Payload, Port
from kouan.port.procedures import Need, Work
from kouan.port.quantity import HOUR_MS, MINUTE_MS, WHOLE_PPM
from kouan.port.service import Distribution
from kouan.runtime.codec import encode_state, state_decoder
from kouan.sim.forecast import called, predict, waiting
from kouan.sim.fork import fork
from kouan.sim.run import days_of
from kouan.sim.world import SimulatedWorld
from tests.sim.scenarios import port_named
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import place, port, procedure, stage
from tests.unit.traffic.maps import roads

DAY = "2026-10-12"
decode = state_decoder(State)


def minutes(count: int) -> Distribution:
    return Distribution(fixed_ms=count * MINUTE_MS)


def fixed_port(**demand: Any) -> Port:
    """Trucks every two minutes; a gate that takes five for each, and nothing that varies."""
    fields: dict[str, Any] = {
        "procedure": "p",
        "per_day": 60,
        "arrivals": Arrivals.EVEN,
        "hours": "08:00-10:00",
        "payload": (Payload(WHOLE_PPM, 30_000, "coal"),),
    }
    return port(
        {
            "area": place("waiting_area", node="w", stations=500),
            "gate": place(node="g", room=0),
            "out": place(node="o", stations=9),
        },
        {
            "p": procedure(
                stage("wait", "area", work=Work.WAIT, until=(Need.CHANNEL,)),
                stage("pass", "gate", time=minutes(5)),
                stage("leave", "out", time=minutes(1)),
            )
        },
        roads("w-g 500", "g-o 500"),
        demand={"trucks": Demand(**{**fields, **demand})},
        booking=Booking(per_slot=100),
    )


def moments(made: Port, *hours: float, seed: int = 3) -> Iterator[tuple[State, dict[str, int]]]:
    """The dispatcher's state at some hours of a day, and then when everybody was called."""
    start_ms = start_of_day_ms(made, DAY)
    scenario = days_of(made, seed, start_ms, 1)
    dispatcher = Dispatcher(made)
    world = SimulatedWorld(scenario.site(), scenario.until_ms)
    calls: dict[str, int] = {}
    left = [start_ms + round(hour * HOUR_MS) for hour in hours]
    states = []
    while events := world.wait():
        for event in events:
            if left and event.at_ms >= left[0]:
                states.append(decode(encode_state(dispatcher.state)))
                left.pop(0)
            for command in dispatcher.handle(event):
                if called(command):
                    calls.setdefault(called(command), event.at_ms)
                world.carry_out(command)
    for state in states:
        yield state, calls


def test_where_nothing_varies_every_future_is_what_happens() -> None:
    for state, calls in moments(fixed_port(), 8.5, 9.5, 11):
        found = predict(fixed_port(), encode_state(state), futures=4)
        assert len(found) > 5
        for one in found:
            assert one.p10_ms == one.p50_ms == one.p90_ms == calls[one.visit], one.visit


def test_a_forecast_changes_nothing_and_is_the_same_again() -> None:
    state, _ = next(moments(fixed_port(), 9))
    before = encode_state(state)
    first = predict(fixed_port(), before, futures=3)
    assert encode_state(state) == before
    assert predict(fixed_port(), before, futures=3) == first


@pytest.mark.parametrize("name", ["ganqimaodu", "mandula"])
def test_a_busy_port_with_vehicles_is_run_ahead_until_everybody_is_called(name: str) -> None:
    made = port_named(name)
    asked = 0
    for state, calls in moments(made, 9, 12.5, 16):
        names = waiting(made, state)
        asked += len(names)
        for one in predict(made, encode_state(state), futures=3):
            assert one.visit in names
            assert state.now_ms <= one.p10_ms <= one.p50_ms <= one.p90_ms
            assert one.visit in calls
            assert abs(one.p50_ms - calls[one.visit]) < 2 * HOUR_MS
    assert asked


def test_nothing_of_vehicles_is_left_and_all_stations_are_somebodys() -> None:
    made = port_named("ganqimaodu")
    state, _ = next(moments(made, 12))
    assert [visit for visit in state.visits.values() if visit.vehicle]
    fork(made, state, 1, state.now_ms + HOUR_MS)
    assert not [visit for visit in state.visits.values() if visit.vehicle]
    assert not state.vehicles
    assert not state.orders
    for name, there in state.places.items():
        busy = list(there.busy.values())
        assert all(visit in state.visits for visit in busy), name
        assert sorted([*there.free, *there.busy]) == list(range(len(there.free) + len(busy)))
        assert there.queued == sum(map(len, there.queue.values()))
        assert there.lined == sum(map(len, there.wanting.values()))


def test_one_that_has_a_slot_comes_in_it_and_is_lodged_for() -> None:
    made = fixed_port(per_day=0)
    play = Play(made)
    play.announce("a")
    play.announce("unbooked")
    wanted_ms = play.now_ms + 5 * HOUR_MS
    play.tell(e.BookingRequested, "a", wanted_ms)
    found = predict(made, encode_state(play.state), futures=20)
    assert [one.visit for one in found] == ["a"]
    assert wanted_ms <= found[0].p10_ms < found[0].p90_ms < wanted_ms + HOUR_MS + MINUTE_MS


def test_one_that_is_never_called_has_no_call() -> None:
    """The gate is closed for good, as far as anybody knows."""
    made = fixed_port(per_day=0)
    play = Play(made)
    play.come("busy")
    play.come("a")
    for request in play.asked(c.SubmitDeclaration):
        play.answer(request)
    play.tell(e.StationFailed, "gate.1")
    found = {one.visit: one[1:] for one in predict(made, encode_state(play.state), futures=4)}
    assert found["a"] == (0, 0, 0)


def test_a_service_under_way_ends_later_than_now() -> None:
    """It has taken four of its five minutes: the next is called in one, whatever is drawn."""
    made = fixed_port(per_day=0)
    play = Play(made)
    for name in ("a", "b"):
        play.come(name)
        play.run_papers()
    play.answer(play.asked(c.SendTo, visit="a")[0])
    assert play.asked(c.StartService, visit="a", stage="pass")
    play.wait(4 * MINUTE_MS)
    state = decode(encode_state(play.state))
    state.now_ms = play.now_ms
    found = predict(made, encode_state(state), futures=4)
    assert [(one.visit, one.p10_ms, one.p90_ms) for one in found] == [
        ("b", play.now_ms + MINUTE_MS, play.now_ms + MINUTE_MS)
    ]


def test_the_share_that_books_is_not_counted_twice() -> None:
    """A visit with a slot stands for one of those that the demand would bring and book."""
    made = fixed_port(booked_ppm=WHOLE_PPM, pre_arrival_ppm=0)
    state, _ = next(moments(made, 8.5))
    booked = [visit for visit in state.visits.values() if visit.slot_to_ms > state.now_ms]
    assert booked
    site = fork(made, state, 1, state.now_ms + 12 * HOUR_MS)
    while site.next_at_ms() is not None and site.pop(state.now_ms + 12 * HOUR_MS):
        pass
    future = [name for name in site.memory.guests if name.startswith("future ")]
    still_to_come = len([v for v in booked if v.phase == "announced"])
    assert len(future) + still_to_come <= 60
