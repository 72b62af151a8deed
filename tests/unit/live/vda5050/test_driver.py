"""Commands reach a virtual vehicle as payloads, and its states come back as events."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.driver import Driven
from kouan.live.vda5050.topics import Topic
from kouan.live.virtual.faults import Fault
from kouan.live.virtual.spec import of_fleet
from kouan.live.virtual.words import Words
from tests.unit.live.vda5050.yard import AGV, PORT, ROADS, START_MS, WAY, Yard, grant


def test_a_vehicle_joins_when_it_is_first_heard(yard: Yard) -> None:
    battery_wh = PORT.fleets["agv"].battery_wh
    assert yard.events == [e.VehicleJoined(START_MS, AGV, "agv", battery_wh)]
    assert yard.count(e.VehicleHeard) == 0


def test_a_way_is_driven_grant_by_grant(yard: Yard) -> None:
    yard.tell(grant(1, 1, 2))
    yard.run()
    assert yard.moved() == [("north.1", 1), ("north.2", 2)]
    yard.tell(grant(2, 3, 2))
    yard.tell(grant(2, 3, 2))
    yard.run()
    yard.tell(grant(3, 5, 2, "order"))
    yard.run()
    assert yard.moved() == list(zip(WAY, range(1, 7), strict=True))
    assert yard.vehicle.memory.last_node == "shed"
    assert sum(isinstance(one, i.OrderFinished) for one in yard.facts) == 1
    charge = [one.charge_wh for one in yard.events if isinstance(one, e.VehicleMoved)]
    assert charge == sorted(charge, reverse=True)
    assert charge[-1] < PORT.fleets["agv"].battery_wh


def test_the_next_way_begins_where_the_last_one_ended(yard: Yard) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run()
    yard.tell(c.DriveTo(2, AGV, "", 7, ("south.2", "south.1"), (), "to_parking"))
    yard.run()
    assert yard.moved()[-2:] == [("south.2", 7), ("south.1", 8)]


def test_grants_that_come_while_it_drives_extend_the_order(yard: Yard) -> None:
    yard.tell(grant(1, 1, 2))
    yard.run(1_000)
    assert yard.moved() == []
    yard.tell(grant(2, 1, 4))
    yard.run()
    assert yard.vehicle.memory.update_id == 1
    assert [step for _, step in yard.moved()] == [1, 2, 3, 4]


def test_a_repeated_grant_of_what_is_driven_repeats_where_the_vehicle_is(yard: Yard) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run()
    yard.tell(grant(1, 1, 6, "order"))
    assert yard.moved()[-2:] == [("shed", 6), ("shed", 6)]


def test_edges_have_the_road_map_s_figures(yard: Yard) -> None:
    yard.driver.spec = replace(yard.driver.spec, speed_loaded_mm_s=3_000)
    yard.tell(c.LoadVehicle(1, AGV, 20_000))
    yard.tell(grant(2, 1, 1))
    sent = yard.driver.memory.master.sent
    assert sent is not None
    edge, arc = sent.message.edges[0], ROADS.arcs["yard", "north.1"]
    assert edge.length_mm == arc.length_mm
    assert edge.speed_mm_s == 3_000
    position = sent.message.nodes[1].position
    assert position is not None
    assert position.x_mm == ROADS.nodes["north.1"].x_mm


def test_charging_ends_full_or_when_it_is_called_away(yard: Yard) -> None:
    yard.vehicle.memory.charge_mwh //= 2
    yard.tell(c.StartCharging(1, AGV, "c1"))
    yard.tell(c.StartCharging(1, AGV, "c1"))
    yard.run(60_000)
    assert yard.count(e.ChargingEnded) == 0
    yard.tell(c.StopCharging(2, AGV))
    assert yard.count(e.ChargingEnded) == 1
    yard.tell(c.StartCharging(3, AGV, "c1"))
    yard.run(6 * 3_600_000)
    assert yard.count(e.ChargingEnded) == 2
    ended = yard.events[-1]
    assert isinstance(ended, e.ChargingEnded)
    assert ended.charge_wh >= PORT.fleets["agv"].battery_wh * 99 // 100


def test_an_end_of_charging_that_was_lost_is_told_again(yard: Yard) -> None:
    yard.tell(c.StartCharging(1, AGV, "c1"))
    yard.run(60_000)
    told = yard.count(e.ChargingEnded)
    assert told == 1
    yard.tell(c.StartCharging(1, AGV, "c1"))
    assert yard.count(e.ChargingEnded) == 2


def test_a_paused_vehicle_stands_until_it_is_let_go_on(yard: Yard) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run(3_000)
    yard.tell(c.PauseVehicle(2, AGV))
    yard.run()
    stood = yard.moved()
    assert len(stood) < 6
    yard.tell(c.ResumeVehicle(3, AGV))
    yard.run()
    assert len(yard.moved()) == 6


def test_a_numbered_command_is_carried_out_once(yard: Yard) -> None:
    yard.tell(c.PauseVehicle(1, AGV))
    yard.tell(c.ResumeVehicle(2, AGV))
    yard.tell(c.PauseVehicle(1, AGV))
    assert not yard.vehicle.memory.paused
    assert not yard.driver.memory.master.pause_wanted


@pytest.mark.parametrize("kind", ["stop", "lost", "emergency", "manual"])
def test_a_fault_stops_and_its_end_recovers(yard: Yard, kind: str) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run(3_000)
    yard.vehicle.inject(Fault(kind, 30_000), yard.now_ms)
    yard.run()
    assert (yard.count(e.VehicleStopped), yard.count(e.VehicleRecovered)) == (1, 1)
    assert len(yard.moved()) == 6


def test_a_vehicle_that_reboots_drives_the_rest(yard: Yard) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run(20_000)
    yard.vehicle.forget_order(yard.now_ms)
    yard.words.restart()
    yard.run()
    assert sum(isinstance(one, i.Rebooted) for one in yard.facts) == 1
    assert sum(isinstance(one, i.OrderLost) for one in yard.facts) == 1
    assert yard.moved() == list(zip(WAY, range(1, 7), strict=True))


def test_a_released_vehicle_stands_and_goes_on_once_it_is_placed(yard: Yard) -> None:
    yard.tell(grant(1, 1, 6, "order"))
    yard.run(3_000)
    yard.tell(c.ReleaseVehicle(2, AGV))
    yard.run()
    moved = len(yard.moved())
    assert yard.vehicle.memory.nodes == []
    yard.vehicle.memory.last_node = "yard"
    yard.vehicle.memory.x_mm, yard.vehicle.memory.y_mm = (
        ROADS.nodes["yard"].x_mm,
        ROADS.nodes["yard"].y_mm,
    )
    yard.tell(c.PlaceVehicle(3, AGV, "yard", 6))
    yard.tell(c.DriveTo(4, AGV, "", 7, ("north.1",), (), "to_parking"))
    yard.run()
    assert yard.moved()[moved:] == [("north.1", 7)]


def test_a_silent_vehicle_is_told_and_heard_again(yard: Yard) -> None:
    yard.take(yard.driver.tick(yard.now_ms + 40_000))
    yard.now_ms += 41_000
    assert yard.count(e.VehicleSilent) == 1
    yard.vehicle.changed = True
    yard.settle()
    assert yard.count(e.VehicleHeard) == 1


def test_nothing_is_lost_when_payloads_are_and_the_driver_restarts(yard: Yard) -> None:
    yard.lost = True
    yard.tell(grant(1, 1, 6, "order"))
    yard.run(2_500)
    yard.lost = False
    for _ in range(40):
        yard.restart()
        yard.run(7_000)
    assert yard.moved() == list(zip(WAY, range(1, 7), strict=True))


def test_commands_to_others_and_unreadable_payloads_change_nothing(yard: Yard) -> None:
    assert yard.driver.carry_out(c.PauseVehicle(1, "agv_2"), yard.now_ms) == Driven()
    assert yard.driver.carry_out(c.RaiseAlarm(1, AGV, "x"), yard.now_ms) == Driven()
    driven = yard.driver.receive(Topic.STATE, b"{}", yard.now_ms)
    assert driven == Driven(fault="version: None: expected text of 0 to 64 characters")


def test_a_message_in_another_s_name_is_refused(yard: Yard) -> None:
    other = Words(of_fleet(PORT.fleets["agv"], "agv_2", version=yard.spec.master.version.number))
    driven = yard.driver.receive(Topic.CONNECTION, other.connection(m.Link.OFFLINE), yard.now_ms)
    assert "agv_2" in driven.fault
    assert driven.events == ()
