"""Stacks: never below nothing nor above their slots, and loads handed over by way of them."""

from dataclasses import replace

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.procedures import Work
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import agv_port, fleet, place, port, procedure, stage
from tests.unit.traffic.maps import roads


def shed_port(slots: int = 1, stations: int = 2) -> Port:
    """Trucks bring to the shed and other trucks fetch from it, at the same cranes."""
    return port(
        {"shed": place("shed", slots=slots, stations=stations)},
        {
            "bring": procedure(stage("unload", "shed", work=Work.UNLOAD, stack="shed")),
            "fetch": procedure(stage("load", "shed", work=Work.LOAD, stack="shed")),
        },
    )


def served(play: Play) -> list[str]:
    return [each.visit for each in play.asked(c.StartService)]


def test_a_full_stack_takes_nothing_until_a_slot_is_freed() -> None:
    play = Play(shed_port())
    play.come("b1", "bring")
    play.come("b2", "bring")
    assert served(play) == ["b1"]
    play.serve("b1")
    assert served(play) == []
    play.tell(e.SlotFreed, "shed", 1)
    assert served(play) == ["b2"]
    assert play.state.places["shed"].stock == 0
    play.run()
    assert play.state.places["shed"].stock == 1
    play.check()


def test_an_empty_stack_gives_nothing_and_a_crane_is_not_kept_from_who_would_fill_it() -> None:
    play = Play(shed_port(stations=1))
    play.come("f1", "fetch", "empty")
    assert served(play) == []
    play.come("b1", "bring")
    assert served(play) == ["b1"]
    play.serve("b1")
    assert served(play) == ["f1"]
    play.run()
    assert play.state.visits == {}
    assert play.state.places["shed"].stock == 0
    play.check()


def test_a_slot_being_emptied_is_not_yet_free() -> None:
    play = Play(shed_port())
    play.come("b1", "bring")
    play.serve("b1")
    play.come("f1", "fetch", "empty")
    play.come("b2", "bring")
    assert served(play) == ["f1"]
    play.serve("f1")
    assert served(play) == ["b2"]
    play.run()
    play.check()


def test_stock_never_falls_below_nothing_nor_below_what_a_crane_is_taking() -> None:
    play = Play(shed_port(slots=5))
    play.tell(e.SlotFreed, "shed", 7)
    assert play.state.places["shed"].stock == 0
    play.come("b1", "bring")
    play.serve("b1")
    play.come("f1", "fetch", "empty")
    play.tell(e.SlotFreed, "shed", 1)
    assert play.state.places["shed"].stock == 1
    play.serve("f1")
    assert play.state.places["shed"].stock == 0
    play.tell(e.SlotFreed, "shed", -3)
    play.tell(e.SlotFreed, "nowhere", 1)
    assert play.state.places["shed"].stock == 0


def test_a_stack_that_nobody_fills_here_gives_without_limit() -> None:
    made = shed_port(slots=1)
    play = Play(replace(made, procedures={"fetch": made.procedures["fetch"]}))
    for number in range(3):
        play.come(f"f{number}", "fetch", "empty")
    play.run()
    assert play.state.visits == {}


def test_a_truck_hands_over_to_an_agv_by_way_of_the_shed() -> None:
    made = port(
        {
            "shed": place("shed", node="s", slots=2),
            "yard": place("yard", node="y"),
            "park": place("parking", node="y"),
        },
        {
            "bring": procedure(stage("unload", "shed", work=Work.UNLOAD, stack="shed")),
            "haul": procedure(
                stage("load", "shed", work=Work.LOAD, stack="shed"),
                stage("drop", "yard", work=Work.UNLOAD, stack="yard"),
                carrier="agv",
            ),
        },
        roads("y-s 300 100"),
        fleets={"agv": fleet(1)},
    )
    play = Play(made)
    play.join(1)
    play.order("o1")
    play.drive_all("agv-1")
    assert play.cars["agv-1"].node == "s"
    assert served(play) == []
    play.come("t1", "bring")
    play.serve("t1")
    assert served(play) == ["o1"]
    play.serve("o1", stage="load")
    assert play.state.places["shed"].stock == 0
    assert play.told(c.LoadVehicle)[0][1:] == ("agv-1", 30_000)
    play.run()
    assert [each.mass_kg for each in play.told(c.LoadVehicle)] == [30_000, 0]
    assert play.state.visits == {}
    assert play.cars["agv-1"].node == "y"
    play.check()


def test_a_full_shed_keeps_agvs_before_it_and_they_go_on_when_it_empties() -> None:
    play = Play(agv_port(3))
    play.join(3)
    for number in range(6):
        play.order(f"o{number}")
    play.run()
    assert play.state.places["shed"].stock == 4
    assert len(play.state.visits) == 2
    play.tell(e.SlotFreed, "shed", 2)
    play.run()
    assert play.state.visits == {}
    play.check()
