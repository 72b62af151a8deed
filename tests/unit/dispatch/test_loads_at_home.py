"""Orders that are served at the node where their vehicle parks: seen, turned back, and the next."""

from dataclasses import replace
from typing import Any

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.places import Direction
from kouan.port.procedures import Work
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import agv_port, haul, procedure, stage


def home_port(**first: Any) -> Port:
    """One AGV that has its plate read while it is loaded beside its parking place."""
    load = stage("load", "pit", "plate", work=Work.LOAD, **first)
    desk = stage("desk", "pit", "documents", next="load")
    stages = (load, desk, *haul().stages[1:])
    return agv_port(1, procedure=procedure(*stages, carrier="agv", exit_needs_release=True))


def started(made: Port) -> Play:
    play = Play(made)
    play.join(1)
    play.order("o1")
    return play


def test_an_order_turned_back_where_its_vehicle_parks_has_ended() -> None:
    """It never drove; the load is taken off by hand, and the next order uses the same stations."""
    play = started(home_port(next="cross"))
    play.serve("o1", e.Evidence("plate", "agv-9"), stage="load")
    assert play.told(c.DriveTo) == []
    assert play.checkers.facts.ended.get("o1") == "turned_back"
    play.order("o2")
    play.wait(1_800_000)
    play.run()
    assert play.checkers.facts.visits == {}
    assert play.checkers.facts.ended.get("o2") == "finished"
    play.check()


def test_an_order_without_attempts_left_is_turned_back_and_not_dropped() -> None:
    """All that was found is settled by the desk, but the stage may not be tried again."""
    play = started(home_port(next="cross", on={"mismatch": "desk"}))
    play.serve("o1", e.Evidence("plate", "agv-9"), stage="load")
    play.serve("o1", stage="desk")
    (alarm,) = play.told(c.RaiseAlarm)
    assert alarm.text.startswith("order o1 turned back: load")
    assert play.checkers.facts.ended.get("o1") == "turned_back"
    play.check()


def test_nor_is_one_that_is_driven_home_from_elsewhere() -> None:
    load, cross, *others = haul().stages
    desk = stage("desk", "line", "documents", next="cross", direction=Direction.ENTRY)
    cross = replace(cross, on={"mismatch": "desk"}, next="unload")
    stages = (load, cross, desk, *others)
    play = started(agv_port(1, procedure=procedure(*stages, carrier="agv")))
    play.serve("o1", stage="load")
    play.drive_all("agv-1")
    play.serve("o1", e.Evidence("plate", "agv-9"), stage="cross")
    play.serve("o1", stage="desk")
    (alarm,) = play.told(c.RaiseAlarm)
    assert alarm.text.startswith("order o1 turned back: cross")
    assert play.told(c.DriveTo)[-1].order == ""
    assert play.checkers.facts.ended.get("o1") == "turned_back"
    play.check()
