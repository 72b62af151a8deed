"""Vehicles: who takes an order, when it may begin, energy, stops on the way, loads turned back."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.fleet import UNLOAD_MS
from kouan.dispatch.plan import Plan
from kouan.port.model import Mode, ModeName, Port
from kouan.port.procedures import Need
from tests.unit.dispatch.play import START, Car, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, agv_port, fleet, haul, place
from tests.unit.dispatch.test_lanes import opened


def started(made: Port | None = None, count: int = 2) -> Play:
    play = Play(made or agv_port(count))
    play.join(count)
    return play


def errands(play: Play) -> dict[str, str]:
    return {name: vehicle.errand.value for name, vehicle in play.state.vehicles.items()}


def test_an_order_is_carried_there_and_the_vehicle_comes_home() -> None:
    play = started()
    play.order("o1")
    assert errands(play) == {"agv-1": "order", "agv-2": "idle"}
    play.run()
    assert play.state.visits == {}
    assert play.state.orders == {}
    assert play.cars["agv-1"].node == "p"
    assert [each.mass_kg for each in play.told(c.LoadVehicle)] == [30_000, 0]
    assert len(play.told(c.OpenBarrier)) == 2
    play.check()


def test_the_base_is_granted_piece_by_piece_and_the_horizon_shown() -> None:
    play = started()
    play.order("o1")
    play.serve("o1", stage="load")
    first = play.told(c.DriveTo)[0]
    assert (first.step, first.base, first.action) == (1, ("s1.1", "s1.2", "s1.3"), "")
    assert first.horizon == ("s1.4", "s1.5", "l")
    play.drive("agv-1")
    second = play.told(c.DriveTo)[1]
    assert (second.step, second.base) == (2, ("s1.2", "s1.3", "s1.4"))
    play.drive_all("agv-1")
    last = play.told(c.DriveTo)[-1]
    assert (last.base[-1], last.horizon, last.action) == ("l", (), "order")


@pytest.mark.parametrize(("below", "begins"), [(0, True), (1, False)])
def test_no_trip_is_begun_without_its_energy_above_the_reserve(below: int, begins: bool) -> None:
    made = replace(agv_port(1), fleets={"agv": fleet(1)})
    least_wh = Plan(made).least_wh["agv"]
    # 2 x 1.2 km counted loaded, above the reserve of 20 kWh.
    assert least_wh == 20_000 + 4_800
    play = Play(made)
    play.cars["agv-1"] = Car("p", least_wh - below)
    play.tell(e.VehicleJoined, "agv-1", "agv", least_wh - below)
    play.order("o1")
    assert bool(play.state.visits) is begins


def test_who_can_not_make_a_trip_charges_first_and_then_takes_the_order() -> None:
    play = Play(agv_port(1))
    play.cars["agv-1"] = Car("p", 21_000)
    play.tell(e.VehicleJoined, "agv-1", "agv", 21_000)
    play.order("o1")
    assert errands(play) == {"agv-1": "to_charger"}
    play.drive_all("agv-1")
    assert play.asked(c.StartCharging)[0].station == "charger.1"
    play.run()
    assert play.state.visits == {}
    play.check()


def test_one_charger_serves_the_emptiest_first_and_is_free_once_it_is_left() -> None:
    play = Play(agv_port(3))
    for number, charge_wh in ((1, 60_000), (2, 40_000), (3, 50_000)):
        play.cars[f"agv-{number}"] = Car("p", charge_wh)
    play.tell(e.StationFailed, "charger.1")
    for name, car in play.cars.items():
        play.tell(e.VehicleJoined, name, "agv", car.charge_wh)
    assert list(errands(play).values()) == ["idle"] * 3
    play.tell(e.StationRepaired, "charger.1")
    assert errands(play)["agv-2"] == "to_charger"
    play.drive_all("agv-2")
    play.answer(play.asked(c.StartCharging)[0])
    assert play.state.places["charger"].busy == {0: "agv-2"}
    play.drive_all("agv-2")
    assert play.state.places["charger"].busy == {0: "agv-3"}
    play.run()
    assert play.state.places["charger"].busy == {}
    assert all(vehicle.charge_wh >= 95_000 for vehicle in play.state.vehicles.values())


def test_a_charging_vehicle_is_called_away_once_it_has_enough_for_a_waiting_order() -> None:
    play = Play(agv_port(1))
    play.cars["agv-1"] = Car("p", 22_000)
    play.tell(e.VehicleJoined, "agv-1", "agv", 22_000)
    play.drive_all("agv-1")
    play.order("o1")
    assert play.told(c.StopCharging) == []
    # Enough is 30.0 kWh, 8.01 kWh more than it has, at 100 kW.
    play.wait(4 * MINUTE)
    assert play.told(c.StopCharging) == []
    play.wait(MINUTE)
    assert len(play.told(c.StopCharging)) == 1
    play.order("o2")
    play.wait(MINUTE)
    assert len(play.told(c.StopCharging)) == 1
    play.answer(play.asked(c.StartCharging)[0], 30_100)
    assert errands(play) == {"agv-1": "order"}


def test_orders_left_over_begin_the_next_morning_and_none_begins_too_late() -> None:
    made = replace(agv_port(1), fleets={"agv": fleet(1, last_start_ms=HOUR)})
    play = Play(made)
    opened(play, "side:border", (0, 12), (24, 36))
    play.join(1)
    play.order("o1")
    play.order("o2")
    play.wait(11 * HOUR - 1)
    play.run()
    play.order("o3", papers=False)
    play.lodge("o3")
    play.run()
    assert play.state.orders == {}
    play.wait(1)
    play.order("o4")
    assert list(play.state.orders) == ["o4"]
    play.wait(13 * HOUR - 1)
    assert list(play.state.orders) == ["o4"]
    play.wait(1)
    assert play.state.orders == {}


def test_an_order_waits_for_its_papers_and_begins_with_them() -> None:
    play = started(agv_port(2, procedure=haul(load={"needs": (Need.MANIFEST,)})))
    play.order("o1", papers=False)
    assert errands(play) == {"agv-1": "idle", "agv-2": "idle"}
    play.lodge("o1")
    assert errands(play)["agv-1"] == "order"


def test_no_more_begin_than_the_first_place_has_room_for_and_the_next_as_it_empties() -> None:
    made = agv_port(4)
    made = replace(made, places={**made.places, "pit": place("yard", node="p", room=0)})
    play = started(made, 4)
    for number in range(4):
        play.order(f"o{number}")
    assert len(play.state.visits) == 1
    play.serve("o0", stage="load")
    play.drive("agv-1")
    assert len(play.state.visits) == 2
    play.run()
    assert play.state.visits == {}
    play.check()


@pytest.mark.parametrize("field", ["fleet", "mass"])
def test_an_order_that_no_vehicle_can_carry_is_refused(field: str) -> None:
    play = started()
    where, mass_kg = ("agv", 70_001) if field == "mass" else ("ships", 1)
    play.tell(e.TransportOrderPlaced, "o1", where, "coal", mass_kg, "coal", 1, "")
    assert "order refused" in play.told(c.RaiseAlarm)[0].text
    play.lodge("o1")
    assert play.state.orders == {}
    assert play.state.filings == {}
    assert play.state.early == {}


def test_an_order_that_is_not_begun_may_lapse() -> None:
    play = Play(agv_port(1))
    play.order("o1")
    play.tell(e.VisitLapsed, "o1")
    play.join(1)
    assert errands(play) == {"agv-1": "idle"}
    assert play.state.filings == {}
    assert play.state.manifests == {}


def test_strangers_and_too_many_vehicles_are_refused() -> None:
    play = started()
    play.tell(e.VehicleJoined, "agv-9", "agv", 1)
    play.tell(e.VehicleJoined, "x", "ships", 1)
    play.tell(e.VehicleJoined, "agv-1", "agv", 1)
    assert list(play.state.vehicles) == ["agv-1", "agv-2"]
    assert len(play.told(c.RaiseAlarm)) == 2
    assert play.state.vehicles["agv-1"].charge_wh == 100_000


# --- vehicles that stop -----------------------------------------------------------------------


def test_a_vehicle_stopped_while_idle_takes_no_order_until_it_recovers() -> None:
    play = started(count=1)
    play.tell(e.VehicleStopped, "agv-1", "lost position")
    play.order("o1")
    assert play.state.visits == {}
    play.tell(e.VehicleRecovered, "agv-1")
    play.run()
    assert play.state.orders == {}
    assert play.state.visits == {}


def test_a_vehicle_stopped_on_the_road_is_granted_nothing_and_goes_on_when_it_recovers() -> None:
    play = started()
    play.order("o1")
    play.serve("o1", stage="load")
    play.tell(e.VehicleStopped, "agv-1", "obstacle")
    told = len(play.told(c.DriveTo))
    play.drive("agv-1")
    assert len(play.told(c.DriveTo)) == told
    play.order("o2")
    play.serve("o2", stage="load")
    assert play.cars["agv-2"].ahead == []
    play.tell(e.VehicleRecovered, "agv-1")
    play.tell(e.VehicleRecovered, "agv-1")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_vehicle_stopped_in_a_station_keeps_it_until_it_drives_off() -> None:
    play = started()
    play.order("o1")
    play.order("o2")
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.tell(e.VehicleStopped, "agv-1", "empty battery")
    play.serve("o1", stage="cross")
    play.run()
    assert play.state.places["line"].busy == {0: "o1"}
    assert list(play.state.visits) == ["o1", "o2"]
    play.tell(e.VehicleRecovered, "agv-1")
    play.run()
    assert play.state.visits == {}
    play.check()


# --- turned back ------------------------------------------------------------------------------


def test_an_order_turned_back_ends_once_and_its_load_is_taken_off_by_hand_at_home() -> None:
    play = started(count=1)
    play.order("o1")
    play.order("o2")
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.serve("o1", e.Evidence("container", amount=2), stage="cross")
    assert play.state.visits == {}
    assert errands(play) == {"agv-1": "to_unload"}
    alarm = play.told(c.RaiseAlarm)[-1]
    assert alarm.subject == "agv-1"
    assert "unload 30000 kg by hand at park" in alarm.text
    play.drive_all("agv-1")
    assert play.cars["agv-1"].node == "p"
    assert [each.mass_kg for each in play.told(c.LoadVehicle)] == [30_000]
    play.wait(UNLOAD_MS - 1)
    assert play.state.visits == {}
    play.wait(1)
    assert [each.mass_kg for each in play.told(c.LoadVehicle)] == [30_000, 0]
    assert list(play.state.visits) == ["o2"]
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_load_is_not_taken_for_unloaded_while_its_vehicle_is_reported_stopped() -> None:
    play = started(count=1)
    play.order("o1")
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.serve("o1", e.Evidence("container", amount=2), stage="cross")
    play.drive_all("agv-1")
    play.tell(e.VehicleStopped, "agv-1", "being unloaded")
    play.wait(3 * HOUR)
    assert errands(play) == {"agv-1": "to_unload"}
    play.tell(e.VehicleRecovered, "agv-1")
    play.wait(UNLOAD_MS)
    assert errands(play) == {"agv-1": "idle"}


def test_a_vehicle_without_a_way_ends_its_order_with_an_alarm_and_keeps_its_station() -> None:
    made = agv_port(2, "p-l 600 100", "l-s 600 100 one_way", "p-c 100")
    play = started(made)
    play.order("o1")
    play.order("o2")
    play.run()
    texts = [each.text for each in play.told(c.RaiseAlarm)]
    assert sum("o1 turned back: no way to line" in text for text in texts) == 1
    assert sum("no way from s to p: move it by hand" in text for text in texts) == 1
    assert list(play.state.visits) == ["o2"]
    assert play.state.vehicles["agv-1"].stopped
    assert play.state.places["shed"].busy == {0: "o1"}


# --- places that close ------------------------------------------------------------------------


def test_who_comes_before_the_closing_is_served_and_the_next_waits_at_the_place() -> None:
    play = started()
    opened(play, "place:line", (0, 2), (24, 30))
    play.order("o1")
    play.order("o2")
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.serve("o2", stage="load")
    play.wait(2 * HOUR)
    assert play.asked(c.StartService)[0].visit == "o1"
    play.run()
    assert play.cars["agv-2"].node == "l"
    assert sorted(play.state.visits) == ["o1", "o2"]
    assert play.state.places["line"].queued == 2
    play.wait(22 * HOUR)
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_closed_port_begins_nothing_and_goes_on_afterwards() -> None:
    made = replace(agv_port(1), modes={ModeName.CLOSED: Mode()})
    play = started(made, 1)
    play.tell(e.ModeSwitched, "closed", "port_operator")
    play.order("o1")
    assert play.state.visits == {}
    play.tell(e.ModeSwitched, "normal", "port_operator")
    play.serve("o1", stage="load")
    play.tell(e.ModeSwitched, "closed", "port_operator")
    play.drive_all("agv-1")
    assert play.asked(c.StartService) == []
    play.tell(e.ModeSwitched, "normal", "port_operator")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_restricted_classes_begin_no_orders() -> None:
    made = replace(agv_port(1), modes={ModeName.RESTRICTED: Mode(classes=("food",))})
    play = started(made, 1)
    play.tell(e.ModeSwitched, "restricted", "port_operator")
    play.order("o1")
    assert play.state.visits == {}
    play.tell(e.ModeSwitched, "normal", "port_operator")
    assert list(play.state.visits) == ["o1"]


def test_headway_between_vehicles_is_waited_for() -> None:
    made = agv_port(2)
    slow = replace(made.roads.segments["s1"], headway_ms=5 * MINUTE)
    made = replace(made, roads=replace(made.roads, segments={**made.roads.segments, "s1": slow}))
    play = started(made)
    play.order("o1")
    play.order("o2")
    play.serve("o1", stage="load")
    play.drive("agv-1")
    play.drive("agv-1")
    play.serve("o2", stage="load")
    assert play.cars["agv-2"].ahead == []
    play.wait(5 * MINUTE)
    assert play.cars["agv-2"].ahead != []
    assert play.now_ms == START + 5 * MINUTE
