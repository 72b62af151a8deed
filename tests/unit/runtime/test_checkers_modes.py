"""What the checkers know of the mode in force, and of a vehicle that loads before it drives."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Mode, ModeName
from kouan.port.procedures import Check, CheckKind, Stage
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.modes import Modes
from tests.unit.runtime.example_port import HAUL, PORT, at

WITH_MODES = replace(
    PORT, modes={ModeName.MANUAL: Mode(("shift_leader",)), ModeName.CLOSED: Mode()}
)

PLATE = (Check(CheckKind.PLATE),)
LOADS_AT_HOME = replace(
    PORT,
    procedures={
        **PORT.procedures,
        "haul": replace(HAUL, stages=(replace(HAUL.stages[0], checks=PLATE), *HAUL.stages[1:])),
    },
)
SEEN_AT_HOME = replace(
    PORT,
    procedures={
        **PORT.procedures,
        "haul": replace(HAUL, stages=(Stage("see", "pit", checks=PLATE), *HAUL.stages)),
    },
)


@pytest.mark.parametrize(
    ("asked", "mode"),
    [
        ([("manual", "shift_leader")], ModeName.MANUAL),
        ([("manual", "port_operator")], ModeName.NORMAL),
        ([("restricted", "port_operator")], ModeName.NORMAL),
        ([("no such mode", "port_operator")], ModeName.NORMAL),
        ([("manual", "shift_leader"), ("normal", "shift_leader")], ModeName.MANUAL),
        ([("manual", "shift_leader"), ("normal", "port_operator")], ModeName.NORMAL),
        ([("manual", "shift_leader"), ("closed", "port_operator")], ModeName.CLOSED),
    ],
)
def test_a_switch_counts_only_by_a_role_that_may(
    asked: list[tuple[str, str]], mode: ModeName
) -> None:
    modes = Modes(WITH_MODES)
    for name, role in asked:
        modes.switched(e.ModeSwitched(at(0), name, role))
    assert modes.mode is mode


def test_in_manual_mode_people_look_again_at_what_devices_found() -> None:
    modes = Modes(WITH_MODES)
    plate, papers = Check(CheckKind.PLATE), Check(CheckKind.DOCUMENTS)
    stages = [
        (Stage("gate", "gate", checks=(plate,)), True),
        (Stage("gate", "gate", checks=(papers, plate)), True),
        (Stage("gate", "gate", checks=(papers,)), False),
        (Stage("gate", "gate"), False),
        (Stage("desk", "desk", checks=(plate,)), False),
    ]
    modes.served(7)
    assert not any(modes.sends_to_people(stage, 8) for stage, _ in stages)
    modes.switched(e.ModeSwitched(at(0), "manual", "shift_leader"))
    assert [(stage, modes.sends_to_people(stage, 8)) for stage, _ in stages] == stages
    assert not any(modes.sends_to_people(stage, 7) for stage, _ in stages), "begun before"


def test_a_vehicle_that_loads_where_it_stands_is_known_once_it_drives() -> None:
    facts = Facts(PORT)
    facts.event(e.TransportOrderPlaced(at(0), "o", "agv", "coal", 65_000, "coal", 2, "s"))
    facts.command(c.StartService(1, "o", "load", "pit.1", 1))
    assert facts.visits["o"].declared.plate == ""
    facts.command(c.DriveTo(2, "a1", "o", 1, ("north.1",), (), ""))
    assert facts.visits["o"].declared.plate == "a1"
    facts.command(c.DriveTo(3, "a1", "o", 2, ("north.2",), (), ""))
    assert facts.visits["o"].declared.plate == "a1"


def test_the_plate_of_a_vehicle_that_loads_where_it_parks_is_compared() -> None:
    plate = e.Evidence("plate", "a2")
    for commands, result in (
        ((c.LoadVehicle(2, "a1", 65_000),), "mismatch"),
        ((c.LoadVehicle(2, "a2", 65_000),), "match"),
        ((c.RaiseAlarm(2, "a1", "order o turned back: plate"),), "mismatch"),
    ):
        facts = Facts(LOADS_AT_HOME)
        facts.event(e.TransportOrderPlaced(at(0), "o", "agv", "coal", 65_000, "coal", 2, "s"))
        facts.command(c.StartService(1, "o", "load", "pit.1", 1))
        visit = facts.visits["o"]
        facts.begin(1, at(1), commands)
        facts.event(e.ServiceEnded(at(1), "o", "load", "pit.1", 1, (plate,)))
        assert visit.verdict == result


@pytest.mark.parametrize(("vehicle", "unresolved"), [("a1", {"see": "turn_back"}), ("a2", {})])
def test_a_plate_read_before_the_vehicle_is_named_is_compared_once_it_is(
    vehicle: str, unresolved: dict[str, str]
) -> None:
    facts = Facts(SEEN_AT_HOME)
    facts.event(e.TransportOrderPlaced(at(0), "o", "agv", "coal", 65_000, "coal", 2, "s"))
    facts.command(c.StartService(1, "o", "see", "pit.1", 1))
    evidence = (e.Evidence("plate", "a2"),)
    facts.begin(1, at(1), (c.StartService(2, "o", "load", "pit.1", 1),))
    facts.event(e.ServiceEnded(at(1), "o", "see", "pit.1", 1, evidence))
    assert facts.visits["o"].unresolved == {}
    facts.command(c.DriveTo(3, vehicle, "o", 1, ("north.1",), (), ""))
    assert facts.visits["o"].unresolved == unresolved
