"""Turns at a road of one lane for both directions, as the dispatcher gives them."""

from dataclasses import replace

from kouan.dispatch import events as e
from kouan.port.model import Port, WeatherLimit
from kouan.traffic.gate_model import GateState
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR, agv_port, place
from tests.unit.dispatch.test_fleet import started


def bridge(count: int = 3) -> Port:
    """From the pit at p over a bridge of four blocks to the line, and on to the shed."""
    made = agv_port(count, "p-l 400 100 single", "l-s 300 100", "p-c 100")
    return replace(made, places={**made.places, "pit": place("yard", node="p", stations=count)})


def loaded(count: int = 3) -> Play:
    """Vehicles with an order each, the first ones loaded and on their way."""
    play = started(bridge(count), count)
    for number in range(1, count + 1):
        play.order(f"o{number}")
    return play


def gate_of(play: Play) -> GateState:
    return play.state.gates["s1"]


def test_vehicles_of_one_direction_follow_one_another() -> None:
    play = loaded()
    for order in ("o1", "o2", "o3"):
        play.serve(order, stage="load")
    assert play.cars["agv-1"].ahead == ["s1.1", "s1.2", "s1.3"]
    assert gate_of(play).inside == {"agv-1": "p", "agv-2": "p", "agv-3": "p"}
    play.drive("agv-1")
    play.drive("agv-1")
    assert play.cars["agv-2"].ahead == ["s1.1"]
    play.run()
    assert play.state.visits == {}
    gate = gate_of(play)
    assert (gate.waiting, gate.permitted, gate.inside) == ({}, None, {})
    assert not any(gate.exits.values())
    play.check()


def test_who_comes_the_other_way_waits_in_its_stop_for_the_last_to_leave() -> None:
    play = loaded(2)
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.serve("o1", stage="cross")
    play.run_papers()
    while play.state.visits["o1"].stage != 3:
        for command in list(play.open.values()):
            if getattr(command, "visit", "") != "o2":
                play.answer(command)
        play.drive_all("agv-1")
    play.serve("o2", stage="load")
    play.drive("agv-2")
    play.serve("o1", stage="back")
    assert [*gate_of(play).waiting] == ["agv-1"]
    assert play.cars["agv-1"].ahead == []
    for _ in range(3):
        play.drive("agv-2")
    assert play.cars["agv-2"].node == "l"
    assert play.cars["agv-1"].ahead != []
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_breakdown_on_it_stops_all_turns_until_it_is_over() -> None:
    play = loaded()
    play.serve("o1", stage="load")
    play.drive("agv-1")
    play.tell(e.VehicleStopped, "agv-1", "flat tyre")
    play.serve("o2", stage="load")
    assert play.cars["agv-2"].ahead == []
    assert [*gate_of(play).waiting] == ["agv-2"]
    play.tell(e.VehicleRecovered, "agv-1")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_who_is_taken_or_removed_lets_the_next_have_its_turn() -> None:
    for kind in (e.VehicleTaken, e.VehicleRemoved):
        play = loaded()
        play.serve("o1", stage="load")
        play.tell(e.VehicleStopped, "agv-1", "flat tyre")
        play.serve("o2", stage="load")
        play.serve("o3", stage="load")
        assert [*gate_of(play).waiting] == ["agv-2", "agv-3"]
        play.tell(kind, "agv-2", "operator", "wanted elsewhere")
        assert [*gate_of(play).waiting] == ["agv-3"]
        play.tell(e.VehicleRecovered, "agv-1")
        play.run()
        assert [*play.state.visits] == []
        play.check()


def test_a_closed_bridge_gives_no_turns_and_goes_on_when_it_opens() -> None:
    storm = WeatherLimit(wind_above_mm_s=9, close=True, segments=("s1",))
    play = started(replace(bridge(1), weather={"storm": storm}), 1)
    play.order("o1")
    play.tell(e.WeatherMeasured, 10, 10_000_000, 0, 0)
    play.serve("o1", stage="load")
    assert play.cars["agv-1"].ahead == []
    play.wait(HOUR)
    assert play.cars["agv-1"].ahead == []
    play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
    play.run()
    assert play.state.visits == {}
    play.check()
