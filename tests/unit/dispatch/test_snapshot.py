"""A state frozen at any moment goes on as if it had not been: the same commands, byte for byte."""

from collections.abc import Callable

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.dispatcher import Dispatcher
from kouan.port.model import Port
from kouan.runtime.codec import encode_commands, encode_state
from tests.unit.dispatch.play import START, Play, thaw
from tests.unit.dispatch.ports import HOUR, MINUTE, agv_port, truck_port


def busy_trucks() -> Play:
    play = Play(truck_port(), frozen=False)
    play.tell(e.CalendarExtended, "place:gate", START + 90 * HOUR, (START,), (START + 80 * HOUR,))
    for number in range(12):
        play.announce(f"t{number}", visit_class="coal" if number % 2 else "food")
        play.tell(e.BookingRequested, f"t{number}", START + number * 10 * MINUTE)
        play.lodge(f"t{number}", mass_kg=30_000 + 5_000 * (number % 3))
        play.arrive(f"t{number}")
    for number, request in enumerate(play.asked(c.SubmitDeclaration)):
        play.answer(request, ("green", "yellow", "red")[number % 3])
    play.tell(e.StationFailed, "in_1")
    play.tell(e.HoldPlaced, "D-t3", "customs", "value")
    for _ in range(30):
        play.answer(next(iter(play.open.values())))
        play.wait(MINUTE)
    play.tell(e.StationRepaired, "in_1")
    play.tell(e.HoldLifted, "D-t3", "customs")
    play.run()
    play.wait(3 * HOUR)
    play.run()
    return play


def busy_fleet() -> Play:
    play = Play(agv_port(3, "p-l 600 100", "l-s 600 100 single", "p-c 100"), frozen=False)
    play.join(3)
    for number in range(7):
        play.order(f"o{number}")
    for _ in range(25):
        for car in list(play.cars):
            if play.cars[car].ahead:
                play.drive(car)
        if play.open:
            play.answer(next(iter(play.open.values())))
        play.wait(MINUTE)
    play.tell(e.VehicleStopped, "agv-2", "fault")
    play.tell(e.SlotFreed, "shed", 2)
    play.run()
    play.tell(e.VehicleRecovered, "agv-2")
    for _ in range(2):
        play.tell(e.SlotFreed, "shed", 4)
        play.run()
    return play


@pytest.mark.parametrize("make", [busy_trucks, busy_fleet])
def test_it_goes_on_the_same_from_any_moment(make: Callable[[], Play]) -> None:
    play = make()
    assert play.state.visits == {}
    history, made = play.history, play.port
    states, decided = decide(made, history)
    for stop in range(0, len(history), 7):
        dispatcher = Dispatcher(made)
        dispatcher.state = thaw(states[stop])
        for event, expected in zip(history[stop:], decided[stop:], strict=True):
            assert encode_commands(dispatcher.handle(event)) == expected
        assert encode_state(dispatcher.state) == states[-1]


def decide(made: Port, history: list[e.Event]) -> tuple[list[bytes], list[bytes]]:
    """The state before each event, and at the end; and what each led to."""
    dispatcher = Dispatcher(made)
    states, decided = [encode_state(dispatcher.state)], []
    for event in history:
        decided.append(encode_commands(dispatcher.handle(event)))
        states.append(encode_state(dispatcher.state))
    return states, decided


def test_a_state_run_ahead_leaves_the_original_as_it_is() -> None:
    play = Play(truck_port())
    play.come("t1")
    frozen = encode_state(play.state)
    ahead = Dispatcher(play.port)
    ahead.state = thaw(frozen)
    request = play.asked(c.StartService)[0]
    ended = e.ServiceEnded(
        START, "t1", request.stage, request.station, request.request, play.evidence("t1", "gate_in")
    )
    assert ahead.handle(ended) != []
    assert encode_state(play.state) == frozen
