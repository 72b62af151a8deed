"""What people do to vehicles and orders: halts, silence, take-over, removal, cancelling."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.model import Port
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import agv_port, place
from tests.unit.dispatch.test_fleet import errands, started


def under_way(count: int = 2) -> Play:
    """The first vehicle is loaded and has been granted the beginning of its way."""
    play = started(count=count)
    play.order("o1")
    play.serve("o1", stage="load")
    assert play.cars["agv-1"].ahead == ["s1.1", "s1.2", "s1.3"]
    return play


def grants(play: Play, vehicle: str = "agv-1") -> int:
    return len(play.told(c.DriveTo, vehicle=vehicle))


@pytest.mark.parametrize(
    ("fleet", "vehicle"), [("", ""), ("agv", ""), ("", "agv-1"), ("agv", "agv-1")]
)
def test_who_is_held_drives_its_base_and_gets_no_more(fleet: str, vehicle: str) -> None:
    play = under_way()
    play.tell(e.VehiclesHalted, fleet, vehicle, "hold", "operator", "fog")
    before = grants(play)
    assert play.drive_all("agv-1") == "s1.3"
    assert grants(play) == before
    assert play.told(c.PauseVehicle) == []
    play.tell(e.VehiclesFreed, fleet, vehicle, "operator")
    assert grants(play) > before
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_pause_stands_at_once_and_a_stop_is_lifted_for_the_fleet_only() -> None:
    play = under_way()
    play.tell(e.VehiclesHalted, "", "agv-1", "pause", "operator", "person on the road")
    play.tell(e.VehiclesHalted, "agv", "", "stop", "operator", "fire")
    assert [each.vehicle for each in play.told(c.PauseVehicle)] == ["agv-1", "agv-2"]
    play.tell(e.VehiclesHalted, "", "agv-1", "hold", "operator", "milder")
    play.tell(e.VehiclesFreed, "", "agv-1", "operator")
    assert play.told(c.ResumeVehicle) == []
    assert "whole fleet only" in play.told(c.RaiseAlarm)[-1].text
    play.tell(e.VehiclesFreed, "", "", "operator")
    assert [each.vehicle for each in play.told(c.ResumeVehicle)] == ["agv-1", "agv-2"]
    play.run()
    assert play.state.visits == {}
    play.check()


def test_halted_vehicles_take_no_order_until_they_are_freed() -> None:
    play = started()
    play.tell(e.VehiclesHalted, "agv", "", "hold", "operator", "inspection")
    play.order("o1")
    assert play.state.visits == {}
    play.tell(e.VehiclesFreed, "agv", "", "operator")
    assert play.state.visits["o1"].vehicle == "agv-1"
    play.check()


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (("", "agv-9", "hold", "operator", "x"), "is no vehicle of this port"),
        (("fleet", "", "hold", "operator", "x"), "is no fleet of this port"),
        (("agv", "", "slow", "operator", "x"), "halt slow is none of hold, pause, stop"),
    ],
)
def test_a_halt_of_a_stranger_or_of_an_unknown_kind_is_told(
    event: tuple[str, ...], text: str
) -> None:
    play = started()
    play.tell(e.VehiclesHalted, *event)
    assert play.told(c.RaiseAlarm)[-1].text == text
    play.check()


def test_a_silent_vehicle_keeps_what_it_holds_and_takes_nothing() -> None:
    play = under_way()
    play.tell(e.VehicleSilent, "agv-1", "no state for 31 s")
    held = play.held("agv-1")
    assert held
    play.tell(e.VehicleSilent, "agv-1", "no state for 60 s")
    assert len(play.told(c.RaiseAlarm)) == 1
    play.wait(3_600_000)
    assert play.held("agv-1") == held
    play.tell(e.VehicleHeard, "agv-1")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_an_order_not_begun_goes_to_another_vehicle_before_all_others() -> None:
    play = started(far_pit(1), count=1)
    for name in ("o1", "o2", "o3"):
        play.order(name)
    assert play.state.visits["o1"].phase is Phase.MOVING
    play.drive("agv-1")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    assert [*play.state.orders] == ["o1", "o2", "o3"]
    assert play.state.places["pit"].coming == 1
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    assert play.state.places["pit"].coming == 1
    assert play.state.visits["o1"].vehicle == "agv-1"
    play.run()
    assert (play.state.visits, play.state.orders) == ({}, {})
    play.check()


@pytest.mark.parametrize(("nodes", "coming", "busy"), [(1, 1, 0), (5, 1, 0), (6, 0, 1)])
def test_what_was_set_aside_for_a_vehicle_is_free_once_it_is_back(
    nodes: int, coming: int, busy: int
) -> None:
    """On the way room for it, and its station once it is served there."""
    play = started(far_pit(1), count=1)
    play.order("o1")
    for _ in range(nodes):
        play.drive("agv-1")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    pit = play.state.places["pit"]
    assert (pit.queued, pit.coming, len(pit.busy)) == (0, coming, busy)
    play.tell(e.OrderCancelled, "o1", "operator", "not wanted any more")
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    play.open.clear()
    pit = play.state.places["pit"]
    assert (sorted(pit.free), pit.busy, pit.queued, pit.coming) == ([0, 1], {}, 0, 0)
    play.check()


def far_pit(count: int) -> Port:
    """The pit lies at the line: an order begins with a way to it."""
    made = agv_port(count)
    return replace(made, places={**made.places, "pit": place("yard", node="l", stations=2)})


def _alarms(play: Play) -> list[str]:
    return [each.text for each in play.told(c.RaiseAlarm)]


def test_who_is_taken_keeps_its_blocks_until_a_person_brings_it_back() -> None:
    play = under_way()
    play.drive("agv-1")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    assert play.told(c.ReleaseVehicle, vehicle="agv-1")
    held = play.held("agv-1")
    assert held
    play.order("o2")
    assert play.state.visits["o2"].vehicle == "agv-2"
    play.serve("o2", stage="load")
    assert play.held("agv-1") == held
    assert not any(cell in held for cell in play.held("agv-2"))
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    vehicle = play.state.vehicles["agv-1"]
    assert (vehicle.node, vehicle.load_kg, vehicle.charge_wh) == ("p", 0, 100_000)
    assert play.held("agv-1") == []
    assert play.told(c.PlaceVehicle)[-1][1:3] == ("agv-1", "p")
    play.run()
    play.order("o3")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_nobody_comes_near_a_vehicle_that_a_person_drives_on_the_road() -> None:
    play = under_way()
    play.drive("agv-1")
    play.drive("agv-1")
    play.order("o2")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    play.serve("o2", stage="load")
    assert play.cars["agv-2"].ahead == []
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    assert play.cars["agv-2"].ahead == ["s1.1", "s1.2", "s1.3"]
    assert play.state.traffic.blocked == []
    play.run()
    assert play.state.visits == {}
    play.check()


def test_late_words_of_the_way_before_say_nothing_after_a_return() -> None:
    play = under_way()
    play.drive("agv-1")
    late = play.history[-1]
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    play.tell(e.VehicleReturned, "agv-1", 90_000, "operator")
    play.again(late)
    assert play.state.vehicles["agv-1"].node == "p"
    play.order("o2")
    play.run()
    assert play.state.visits == {}
    assert play.state.vehicles["agv-1"].node == "p"
    play.check()


def test_who_is_removed_frees_everything_and_its_name_is_free_for_another() -> None:
    play = under_way()
    play.drive("agv-1")
    play.tell(e.VehicleRemoved, "agv-1", "operator", "sold")
    assert "agv-1" not in play.state.vehicles
    assert not any(play.state.traffic.cells)
    assert "order o1 turned back: its vehicle was taken from it" in _alarms(play)[0]
    play.tell(e.VehicleMoved, "agv-1", "s1.2", 2, 1)
    play.join(1)
    assert errands(play) == {"agv-2": "idle", "agv-1": "idle"}
    play.check()


def test_a_waiting_order_is_cancelled_at_once_with_its_papers() -> None:
    play = started(count=1)
    play.order("o1")
    play.order("o2")
    play.tell(e.OrderCancelled, "o2", "operator", "customer withdrew")
    assert play.state.orders == {}
    assert "o2" not in play.state.filings
    play.tell(e.OrderCancelled, "o2", "operator", "again")
    assert _alarms(play)[-1] == "operator can't cancel it: no such order is open"
    play.run()
    play.check()


def test_an_order_under_way_is_turned_back_where_its_vehicle_next_stands() -> None:
    play = under_way()
    play.tell(e.OrderCancelled, "o1", "operator", "wrong box")
    assert play.state.visits["o1"].phase is Phase.MOVING
    play.drive_all("agv-1")
    assert play.state.visits == {}
    assert "order o1 turned back: cancelled by operator: wrong box" in _alarms(play)[-1]
    assert play.told(c.StartService, stage="unload") == []
    assert errands(play)["agv-1"] == "to_unload"
    play.run()
    play.check()


def test_an_order_being_served_is_turned_back_after_its_service() -> None:
    play = started()
    play.order("o1")
    assert play.state.visits["o1"].phase is Phase.SERVED
    play.tell(e.OrderCancelled, "o1", "operator", "wrong box")
    assert play.state.visits["o1"].phase is Phase.SERVED
    play.serve("o1", stage="load")
    assert play.state.visits == {}
    play.check()
