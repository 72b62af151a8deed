"""What users of other controllers complained about, as this dispatcher has it from end to end."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import WeatherLimit
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR, agv_port, fleet, place, port, procedure, stage
from tests.unit.dispatch.test_fleet import errands, started
from tests.unit.traffic.maps import roads

STORM = WeatherLimit(wind_above_mm_s=9, close=True, segments=("s1",))


def test_an_idle_vehicle_is_assigned_again_and_again() -> None:
    play = started(count=1)
    for number in range(4):
        play.order(f"o{number}")
        play.run()
        assert play.state.visits == {}
    assert len(play.told(c.LoadVehicle, mass_kg=30_000)) == 4
    play.check()


def test_parking_that_can_not_be_reached_is_gone_to_as_soon_as_it_can() -> None:
    """Meanwhile the vehicle stands in its stop, in nobody's way, and nothing is given up."""
    made = agv_port(1, "p-l 600 100", "l-s 600 100", "p-c 100")
    play = started(replace(made, weather={"storm": STORM}), 1)
    play.order("o1")
    while play.state.visits and play.state.visits["o1"].stage < 3:
        command = next(iter(play.open.values()), None)
        if command is not None:
            play.answer(command)
        else:
            play.drive("agv-1")
    play.tell(e.WeatherMeasured, 10, 10_000_000, 0, 0)
    play.run()
    assert play.state.visits == {}
    assert (play.cars["agv-1"].node, errands(play)["agv-1"]) == ("l", "to_parking")
    play.wait(HOUR)
    assert play.held("agv-1") == []
    assert not play.state.vehicles["agv-1"].stopped
    play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
    play.run()
    assert (play.cars["agv-1"].node, errands(play)["agv-1"]) == ("p", "idle")
    play.check()


@pytest.mark.parametrize(
    "trouble",
    [
        e.VehicleStopped(0, "agv-1", "emergency stop"),
        e.VehicleSilent(0, "agv-1", "offline"),
        e.VehiclesHalted(0, "", "agv-1", "pause", "operator", "fog"),
        e.VehicleTaken(0, "agv-1", "operator", "flat tyre"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_no_error_gives_back_what_a_vehicle_may_still_use(trouble: e.Event) -> None:
    play = started()
    play.order("o1")
    play.order("o2")
    play.serve("o1", stage="load")
    play.drive("agv-1")
    held = play.held("agv-1")
    play.again(trouble)
    play.serve("o2", stage="load")
    play.drive_all("agv-2")
    play.wait(HOUR)
    assert held
    assert play.held("agv-1") == held
    assert not any(cell in held for cell in play.held("agv-2"))
    play.check()


@pytest.mark.parametrize("kind", ["", " single"])
def test_vehicles_that_swap_places_do_not_stand_for_ever(kind: str) -> None:
    """One unloads at a what it took at b, the other the other way round, on one road."""
    walks = {"there": ("at_a", "at_b"), "back": ("at_b", "at_a")}
    made = port(
        {
            "park": place("parking", node="p", stations=2),
            "at_a": place(node="a", stations=2),
            "at_b": place(node="b", stations=2),
        },
        {
            name: procedure(
                *(stage(f"{number}_{at}", at) for number, at in enumerate(walk * 2)), carrier="agv"
            )
            for name, walk in walks.items()
        },
        roads(f"a-b 300 100{kind}", f"p-a 100{kind}"),
        fleets={name: fleet(1, procedure=name) for name in walks},
    )
    play = Play(made)
    for name in walks:
        play.join(1, name)
    for name in walks:
        play.order(f"{name}-1", name)
    play.run()
    assert play.state.visits == {}
    assert [car.node for car in play.cars.values()] == ["p", "p"]
    play.check()


def test_the_tasks_of_a_removed_vehicle_are_not_lost() -> None:
    """What it had not begun another one does; what it had is turned back, and people are told."""
    play = started()
    play.order("o1")
    play.serve("o1", stage="load")
    play.tell(e.VehicleRemoved, "agv-1", "operator", "sold")
    assert any("turned back" in each.text for each in play.told(c.RaiseAlarm))
    made = agv_port(2)
    far = replace(made, places={**made.places, "pit": place("yard", node="l", stations=2)})
    play = started(far)
    play.order("o1")
    play.drive("agv-1")
    play.tell(e.VehicleRemoved, "agv-1", "operator", "sold")
    assert play.state.visits["o1"].vehicle == "agv-2"
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_charging_vehicle_is_given_no_work_before_it_has_enough() -> None:
    play = started(count=1)
    play.state.vehicles["agv-1"].charge_wh = 21_000
    play.order("o1")
    play.drive_all("agv-1")
    assert errands(play)["agv-1"] == "charging"
    assert play.state.visits == {}
    play.wait(60_000)
    assert (play.state.visits, play.told(c.StopCharging)) == ({}, [])
    play.tell(e.ChargingEnded, "agv-1", 90_000)
    assert play.state.visits["o1"].vehicle == "agv-1"
