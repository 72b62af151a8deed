"""A slowed road and a load reach a virtual vehicle: it drives slower, and uses more."""

import itertools
from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.factsheet import ArrayLimits
from tests.unit.live.vda5050.yard import AGV, PORT, ROADS, WAY, Yard, grant

FLEET = PORT.fleets["agv"]
HALF = 500_000
LOAD_KG = 20_000


def edges(yard: Yard) -> dict[str, m.OrderEdge]:
    """The edges of the newest order message, by the node to which they lead."""
    sent = yard.driver.memory.master.sent
    assert sent is not None
    return {edge.end: edge for edge in sent.message.edges}


def ordinary(before: str, node: str) -> int:
    return min(ROADS.arcs[before, node].speed_mm_s, FLEET.speed_empty_mm_s)


def block_times_ms(yard: Yard) -> list[int]:
    """Times between the nodes of a way."""
    times = [one.at_ms for one in yard.events if isinstance(one, e.VehicleMoved)]
    return [after - before for before, after in itertools.pairwise(times)]


def test_a_slowed_road_s_edges_have_the_lower_speed_from_then_on(yard: Yard) -> None:
    yard.tell(grant(1, 1, 1))
    base = edges(yard)["north.1"]
    yard.tell(c.SlowTo(2, ROADS.arcs["north.1", "north.2"].segment, HALF))
    assert edges(yard)["north.1"] == base
    yard.tell(grant(3, 1, 4))
    found = edges(yard)
    assert "north.1" not in found, "the base is not sent again"
    assert found["north.2"].speed_mm_s == ordinary("north.1", "north.2") // 2
    assert found["south.1"].speed_mm_s == ordinary("line", "south.1")


def test_what_waits_to_be_sent_is_slowed_and_lifted_too(yard: Yard) -> None:
    north, south = (ROADS.arcs[key].segment for key in (("yard", "north.1"), ("line", "south.1")))
    shares = [(north, HALF), (south, HALF), (north, 1_000_000)]
    yard.tell(c.PauseVehicle(1, AGV))
    yard.tell(grant(2, 1, 6, "order"))
    for request, (segment, share) in enumerate(shares, 3):
        yard.tell(c.SlowTo(request, segment, share))
    yard.restart()
    yard.tell(c.ResumeVehicle(9, AGV))
    found = edges(yard)
    assert found["north.1"].speed_mm_s == ordinary("yard", "north.1")
    assert found["south.1"].speed_mm_s == ordinary("line", "south.1") // 2


def test_a_vehicle_on_a_slowed_road_really_drives_slower(yard: Yard) -> None:
    other = Yard(yard.driver.spec.master.version)
    yard.tell(c.SlowTo(1, ROADS.arcs["line", "south.1"].segment, HALF))
    for one in (yard, other):
        one.tell(grant(2, 1, 6, "order"))
        one.run(1_200_000)
        assert [step for _, step in one.moved()] == [1, 2, 3, 4, 5, 6]
    slow, fast = block_times_ms(yard), block_times_ms(other)
    assert slow[0] == fast[0]
    cruised = 3
    assert slow[cruised] == pytest.approx(2 * fast[cruised], rel=0.02)
    assert slow[-1] > 1.3 * fast[-1], "it brakes to a stand in both"


def used_wh(yard: Yard) -> int:
    charge = [one.charge_wh for one in yard.events if isinstance(one, e.VehicleMoved)]
    return charge[0] - charge[-1]


def test_a_load_is_told_by_pick_and_drop_and_costs_what_a_loaded_vehicle_uses(yard: Yard) -> None:
    yard.tell(c.LoadVehicle(1, AGV, LOAD_KG))
    yard.tell(grant(2, 1, 6, "order"))
    yard.run(1_200_000)
    assert yard.vehicle.memory.load_kg == LOAD_KG
    state = yard.driver.memory.master.state
    assert state is not None
    assert [(one.load_id, one.mass_kg) for one in state.loads or ()] == [("job", LOAD_KG)]
    driven_mm = sum(ROADS.arcs[key].length_mm for key in itertools.pairwise(WAY))
    loaded_wh = driven_mm * FLEET.consumption_loaded_wh_km // 1_000_000
    assert used_wh(yard) == pytest.approx(loaded_wh, abs=2 + FLEET.battery_wh // 1_000_000)
    yard.events.clear()
    yard.tell(c.LoadVehicle(3, AGV, 0))
    back = ("south.2", "south.1", "line", "north.2", "north.1", "yard")
    yard.tell(c.DriveTo(4, AGV, "", 7, back, (), "to_parking"))
    yard.run(1_200_000)
    assert (yard.vehicle.memory.load_id, yard.vehicle.memory.load_kg) == ("", 0)
    empty_mm = sum(ROADS.arcs[key].length_mm for key in itertools.pairwise(back))
    empty_wh = empty_mm * FLEET.consumption_empty_wh_km // 1_000_000
    assert used_wh(yard) == pytest.approx(empty_wh, abs=2 + FLEET.battery_wh // 1_000_000)


def begun(yard: Yard) -> list[str]:
    """The actions with which the newest order begins."""
    sent = yard.driver.memory.master.sent
    assert sent is not None
    return [action.action_type for action in sent.message.nodes[0].actions]


def test_what_its_loads_say_already_is_not_asked_for_again(yard: Yard) -> None:
    yard.tell(c.LoadVehicle(1, AGV, LOAD_KG))
    yard.tell(grant(2, 1, 2, "order"))
    assert begun(yard) == ["pick"]
    yard.restart()
    yard.run()
    yard.tell(c.LoadVehicle(1, AGV, LOAD_KG))
    yard.tell(c.DriveTo(3, AGV, "job", 3, WAY[2:4], (), "order"))
    assert begun(yard) == []
    yard.run()
    yard.tell(c.LoadVehicle(4, AGV, LOAD_KG + 1))
    yard.tell(c.DriveTo(5, AGV, "job", 5, WAY[4:6], (), "order"))
    assert begun(yard) == ["drop", "pick"]
    yard.run()
    assert yard.vehicle.memory.load_kg == LOAD_KG + 1
    assert not any(isinstance(one, i.Stopped) for one in yard.facts)


@pytest.mark.parametrize("why", ["not wanted", "no factsheet", "not listed", "loads unknown"])
def test_a_vehicle_that_is_not_to_be_told_drives_as_before(yard: Yard, why: str) -> None:
    master = yard.driver.master
    sheet = master.memory.factsheet
    assert sheet is not None
    assert sheet.features is not None
    match why:
        case "not wanted":
            master.spec = replace(master.spec, tells_loads=False)
        case "no factsheet":
            master.memory.factsheet = None
        case "not listed":
            master.memory.factsheet = replace(sheet, features=replace(sheet.features, actions=()))
        case _:
            assert master.memory.state is not None
            master.memory.state = replace(master.memory.state, loads=None)
    yard.tell(c.LoadVehicle(1, AGV, LOAD_KG))
    yard.tell(grant(2, 1, 2, "order"))
    assert begun(yard) == []
    yard.run()
    assert [step for _, step in yard.moved()] == [1, 2]


def test_a_vehicle_that_takes_one_action_at_a_node_gets_one(yard: Yard) -> None:
    yard.tell(c.LoadVehicle(1, AGV, LOAD_KG))
    yard.tell(grant(2, 1, 2, "order"))
    yard.run()
    memory = yard.driver.memory.master
    assert memory.factsheet is not None
    assert memory.factsheet.limits is not None
    limits = replace(memory.factsheet.limits, arrays=ArrayLimits(node_actions=1))
    memory.factsheet = replace(memory.factsheet, limits=limits)
    yard.tell(c.LoadVehicle(3, AGV, LOAD_KG + 1))
    yard.tell(c.DriveTo(4, AGV, "job", 3, WAY[2:4], (), "order"))
    assert begun(yard) == ["drop"]
