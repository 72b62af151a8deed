"""The mission driver alone: what it sends for each command, and what it makes of each word."""

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.missions.memory import BACK_OFF_MS
from kouan.live.missions.messages import Connection, State, Topic
from tests.unit.live.missions.support import Desk, way


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.report()
    return made


def test_a_grant_becomes_a_mission_with_gates_before_what_is_not_permitted(desk: Desk) -> None:
    desk.do(way(1, 1, 2, ahead=2))
    mission = desk.mission
    assert [stop.node for stop in mission.stops] == ["n1", "n2", "n3", "n4"]
    assert mission.gates == (3, 4)
    assert (mission.revision, mission.vehicle, mission.passed, mission.final) == (
        1,
        "agv-1",
        0,
        False,
    )
    assert (mission.stops[1].x_mm, mission.stops[1].length_mm) == (40_000, 20_000)


def test_more_of_the_way_is_a_higher_revision_of_the_same_mission(desk: Desk) -> None:
    desk.do(way(1, 1, 2, ahead=2))
    desk.status("started")
    desk.do(way(2, 3, 4, action="order"))
    first, second = desk.missions
    assert (first.id, 2) == (second.id, second.revision)
    assert (second.gates, second.final, second.action) == ((), True, "order")


def test_stops_on_a_slowed_road_have_the_lower_speed_from_then_on(desk: Desk) -> None:
    desk.do(way(1, 1, 2, ahead=2))
    desk.status("started")
    desk.do(c.SlowTo(2, "s-n2", 500_000))
    desk.do(way(3, 3, 4, ahead=1))
    assert [stop.speed_mm_s for stop in desk.mission.stops] == [2_000, 2_000, 1_000, 2_000, 2_000]
    desk.do(c.SlowTo(4, "s-n2", 1_000_000))
    assert len(desk.missions) == 2


def test_nodes_are_told_once_in_order_whatever_comes_twice_or_late(desk: Desk) -> None:
    desk.do(way(1, 1, 4))
    desk.status("started", passed=2)
    desk.status("started", passed=1)
    desk.status("started", passed=2)
    desk.status("waiting", passed=4)
    moved = [event for event in desk.events if isinstance(event, e.VehicleMoved)]
    assert [(event.node, event.step) for event in moved] == [(f"n{i}", i) for i in range(1, 5)]
    assert moved[0].charge_wh == 20_000


def test_a_node_that_was_not_permitted_is_never_told_and_stops_the_vehicle(desk: Desk) -> None:
    desk.do(way(1, 1, 2, ahead=2))
    desk.status("started", passed=3)
    assert desk.kinds() == ["VehicleJoined", "VehicleMoved", "VehicleMoved", "VehicleStopped"]
    assert "permitted up to 2" in desk.faults[0]


def test_a_mission_without_an_answer_is_sent_again_ever_more_seldom_and_given_up(
    desk: Desk,
) -> None:
    desk.do(way(1, 1, 2))
    at_ms = [desk.now_ms]
    for _ in range(40):
        desk.report()
        before = len(desk.missions)
        desk.wait(5_000)
        at_ms += [desk.now_ms] * (len(desk.missions) - before)
    assert len(desk.missions) == len(BACK_OFF_MS)
    assert len({one.sent for one in desk.missions}) == 1
    assert desk.kinds() == ["VehicleJoined", "VehicleStopped"]
    desk.status("started", passed=1)
    assert desk.kinds()[2:] == ["VehicleMoved", "VehicleRecovered"]


def test_an_acknowledged_mission_is_asked_for_and_not_while_nothing_is_heard(desk: Desk) -> None:
    desk.do(way(1, 1, 2))
    desk.status("started")
    desk.wait(300_000)
    assert len(desk.missions) == 1
    assert desk.asks == 3
    assert desk.kinds() == ["VehicleJoined", "VehicleSilent"]
    desk.report()
    assert desk.kinds()[-1] == "VehicleHeard"
    assert desk.asks == 4


def test_a_lost_mission_is_given_again_three_times_at_most(desk: Desk) -> None:
    desk.do(way(1, 1, 2))
    for _ in range(5):
        desk.status("accepted")
        desk.status("unknown", revision=0)
    assert [one.revision for one in desk.missions] == [1, 2, 3]
    assert desk.kinds() == ["VehicleJoined", "VehicleStopped"]
    desk.do(c.ResumeVehicle(2, "agv-1"))
    assert (desk.mission.revision, len({one.id for one in desk.missions})) == (1, 2)
    assert desk.kinds()[-1] == "VehicleRecovered"


@pytest.mark.parametrize("state", ["rejected", "failed"])
def test_a_mission_that_ends_badly_waits_for_a_person(desk: Desk, state: State) -> None:
    desk.do(way(1, 1, 3))
    desk.status(state, passed=1, reason="no")
    desk.wait(20_000)
    assert len(desk.missions) == 1
    stopped = desk.events[-1]
    assert isinstance(stopped, e.VehicleStopped)
    assert stopped.reason == f"mission {state}: no"
    desk.do(c.ResumeVehicle(2, "agv-1"))
    assert [stop.node for stop in desk.mission.stops] == ["n2", "n3"]
    assert desk.mission.passed == 1


def test_a_vehicle_that_its_manager_reports_ready_again_goes_on_by_itself(desk: Desk) -> None:
    desk.do(way(1, 1, 3))
    desk.report("stopped")
    desk.status("failed", reason="drive")
    desk.report("ready")
    assert desk.kinds() == ["VehicleJoined", "VehicleStopped", "VehicleRecovered"]
    assert len({one.id for one in desk.missions}) == 2


def test_pause_and_resume_are_the_hold_of_the_mission(desk: Desk) -> None:
    desk.do(way(1, 1, 3))
    desk.do(c.PauseVehicle(2, "agv-1"))
    desk.do(c.ResumeVehicle(3, "agv-1"))
    desk.do(c.PauseVehicle(2, "agv-1"))
    assert [one.hold for one in desk.missions] == [False, True, False]


def test_a_released_vehicle_is_commanded_again_only_where_it_was_placed(desk: Desk) -> None:
    desk.do(way(1, 1, 3))
    desk.do(c.ReleaseVehicle(2, "agv-1"))
    assert desk.mission.cancel
    desk.do(c.PlaceVehicle(3, "agv-1", "n5", 5))
    desk.do(way(1, 1, 3))
    desk.do(way(4, 6, 7))
    assert desk.mission.cancel
    desk.status("cancelled", passed=2)
    assert (desk.mission.node, desk.mission.passed) == ("n5", 5)
    assert [stop.node for stop in desk.mission.stops] == ["n6", "n7"]
    assert desk.kinds() == ["VehicleJoined"]


def test_an_unknown_mission_is_no_answer_to_its_cancellation(desk: Desk) -> None:
    desk.do(way(1, 1, 3))
    desk.status("started")
    desk.do(c.ReleaseVehicle(2, "agv-1"))
    desk.status("unknown", revision=0)
    assert (desk.mission.cancel, desk.mission.revision) == (True, 3)


def test_charging_is_a_mission_and_its_end_is_told(desk: Desk) -> None:
    desk.do(c.StartCharging(1, "agv-1", "charger#1"))
    assert (desk.mission.kind, desk.mission.stops) == ("charge", ())
    desk.report(charge_ppm=1_000_000)
    desk.status("done")
    assert desk.events[-1] == e.ChargingEnded(desk.now_ms, "agv-1", 40_000)
    desk.do(c.StartCharging(1, "agv-1", "charger#1"))
    assert desk.kinds().count("ChargingEnded") == 2
    assert len(desk.missions) == 1


def test_charging_is_cancelled_when_it_is_to_end_early(desk: Desk) -> None:
    desk.do(c.StartCharging(1, "agv-1", "charger#1"))
    desk.do(c.StopCharging(2, "agv-1"))
    assert desk.mission.cancel
    assert "ChargingEnded" not in desk.kinds()
    desk.status("cancelled")
    assert desk.kinds().count("ChargingEnded") == 1


def test_what_follows_a_final_mission_waits_for_its_end(desk: Desk) -> None:
    desk.do(way(1, 1, 2, action="order"))
    desk.status("started", passed=2)
    desk.do(way(2, 3, 4))
    assert len(desk.missions) == 1
    desk.status("done", passed=2)
    assert [stop.step for stop in desk.mission.stops] == [3, 4]


def test_a_manager_that_drives_on_beyond_a_final_mission_is_not_believed(desk: Desk) -> None:
    desk.do(way(1, 1, 2, action="order"))
    desk.do(way(2, 3, 4))
    desk.status("started", passed=4)
    moved = [event.step for event in desk.events if isinstance(event, e.VehicleMoved)]
    assert moved == [1, 2]
    assert desk.kinds()[-1] == "VehicleStopped"


def test_a_grant_again_changes_nothing_and_repeats_its_answer(desk: Desk) -> None:
    desk.do(way(1, 1, 2))
    desk.do(way(1, 1, 2))
    desk.status("waiting", passed=2)
    desk.do(way(1, 1, 2))
    assert len(desk.missions) == 1
    assert desk.kinds() == ["VehicleJoined"] + ["VehicleMoved"] * 3


@pytest.mark.parametrize(
    ("grant", "fault"),
    [
        (c.DriveTo(2, "agv-1", "o", 5, ("n5",), (), ""), "step 5 granted: expected 3 at most"),
        (c.DriveTo(2, "agv-1", "o", 2, ("n9",), (), ""), "step 2: n9: granted before as n2"),
    ],
)
def test_a_grant_that_does_not_fit_is_a_fault(desk: Desk, grant: c.DriveTo, fault: str) -> None:
    desk.do(way(1, 1, 2))
    desk.do(grant)
    assert desk.faults == [fault]
    assert len(desk.missions) == 1


def test_a_manager_that_goes_offline_leaves_its_vehicles_silent(desk: Desk) -> None:
    desk.hear(Topic.CONNECTION, Connection(version="1.0", online=False))
    desk.report("offline")
    desk.report()
    assert desk.kinds() == ["VehicleJoined", "VehicleSilent", "VehicleHeard"]


def test_an_older_report_says_nothing(desk: Desk) -> None:
    desk.now_ms -= 5_000
    desk.report("stopped")
    assert desk.kinds() == ["VehicleJoined"]


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"{", "status: "),
        (b"[]", "status: Expected `object`"),
        (b'{"version":"2.0","sent":"x","id":"a","state":"done"}', "$.version"),
        (b'{"version":"1.0","sent":"2026-01-01T00:00:00Z","id":"a","state":"done"}', "$.sent"),
        (b" " * 300_000, "expected at most 262,144"),
    ],
)
def test_what_cant_be_read_is_a_fault_and_changes_nothing(
    desk: Desk, payload: bytes, problem: str
) -> None:
    driven = desk.driver.receive(Topic.STATUS, payload, desk.now_ms)
    assert problem in driven.fault
    assert not driven.publish


def test_unknown_fields_are_ignored() -> None:
    payload = (
        b'{"version":"1.7","sent":"2026-01-01T00:00:00.000Z","new":{"a":1},"vehicles":'
        b'[{"vehicle":"agv-1","state":"stopped","charge_ppm":1,"more":[]}]}'
    )
    fresh = Desk()
    driven = fresh.driver.receive(Topic.VEHICLES, payload, fresh.now_ms)
    assert [type(event).__name__ for event in driven.events] == ["VehicleJoined", "VehicleStopped"]
