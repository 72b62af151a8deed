"""What can go wrong with a virtual vehicle, and how it goes on afterwards."""

from pathlib import Path

import pytest

from kouan.live.errors import LiveError
from kouan.live.virtual import keeping
from kouan.live.virtual.faults import FAULTS, Fault, parse_fault
from kouan.live.virtual.memory import VehicleMemory
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle
from kouan.runtime.codec import encode_state, state_decoder
from tests.unit.live.virtual_support import (
    SPEC,
    action,
    give,
    instant,
    kinds,
    run_out,
    statuses,
    way,
)


@pytest.fixture
def vehicle() -> Vehicle:
    return Vehicle(SPEC)


@pytest.mark.parametrize("kind", [one for one in FAULTS if one != "manual"])
def test_a_fault_holds_it_and_then_it_goes_on(vehicle: Vehicle, kind: str) -> None:
    give(vehicle, way(3, 3))
    vehicle.inject(Fault(kind, 60_000), 6_000)
    assert not vehicle.memory.drive.moving
    vehicle.advance(60_000)
    assert vehicle.place(60_000)[3:] == (8_000, 0)
    assert run_out(vehicle) > 66_000
    assert (vehicle.memory.last_node, vehicle.memory.fault) == ("n3", "")


def test_lost_position_is_found_by_init_position(vehicle: Vehicle) -> None:
    vehicle.inject(Fault("lost"), 0)
    assert not vehicle.memory.localized
    give(vehicle, way(1, 1), 10)
    assert kinds(vehicle) == ["MOBILE_ROBOT_NOT_AVAILABLE"]
    found = instant(vehicle, "initPosition", 20, x=1, y=2, theta=0, mapId="local", lastNodeId="n7")
    assert (found.status, vehicle.memory.last_node) == ("FINISHED", "n7")
    assert (vehicle.memory.x_mm, vehicle.memory.y_mm) == (1_000, 2_000)
    assert (vehicle.memory.localized, vehicle.memory.fault) == (True, "")
    assert instant(vehicle, "initPosition", 30, x="here").status == "FAILED"


def test_by_hand_it_loses_its_order_and_takes_none(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3))
    vehicle.inject(Fault("manual"), 6_000)
    assert (vehicle.memory.order_id, vehicle.memory.x_mm) == ("", 8_000)
    give(vehicle, way(3, 3, order_id="o2"), 7_000)
    assert kinds(vehicle) == ["MOBILE_ROBOT_NOT_AVAILABLE"]
    vehicle.recover(8_000)
    give(vehicle, way(3, 3, order_id="o2"), 9_000)
    run_out(vehicle)
    assert vehicle.memory.last_node == "n3"


def test_an_empty_battery_stops_it_at_the_next_node() -> None:
    vehicle = Vehicle(VehicleSpec("V1", charge_wh=1, consumption_empty_wh_km=60))
    give(vehicle, way(3, 3))
    run_out(vehicle)
    assert (vehicle.memory.last_node, vehicle.memory.fault) == ("n2", "empty")
    # Somebody brings it a charger.
    instant(vehicle, "startCharging", 100_000)
    run_out(vehicle)
    assert (vehicle.memory.last_node, vehicle.memory.fault) == ("n3", "")


def test_it_goes_on_from_its_memory_after_a_restart(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3, actions={6: [action("p")]}))
    vehicle.advance(8_000)
    vehicle.memory.drive.settle(8_000, 500, 500)
    kept = state_decoder(VehicleMemory)(encode_state(vehicle.memory))
    again = Vehicle(SPEC, kept)
    again.thaw(1_000_000)
    assert again.memory.last_node == "n1"
    run_out(again)
    assert again.memory.last_node == "n3"
    assert statuses(again) == {"p": "FINISHED"}


def test_what_is_kept_is_where_it_is_and_what_it_charged(tmp_path: Path) -> None:
    vehicle = Vehicle(SPEC)
    give(vehicle, way(1, 1))
    vehicle.advance(2_000)
    keeping.write(tmp_path, vehicle, 2_000)
    kept = keeping.read(tmp_path, SPEC)
    assert kept is not None
    assert (kept.drive.driven_mm, kept.drive.moving, kept.order_id) == (1_000, False, "o1")
    run_out(vehicle)
    before_mwh = vehicle.memory.charge_mwh
    instant(vehicle, "startCharging", 100_000)
    keeping.write(tmp_path, vehicle, 460_000)
    kept = keeping.read(tmp_path, SPEC)
    assert kept is not None
    assert kept.charge_mwh == before_mwh + 2_000_000
    again = Vehicle(SPEC, kept)
    again.thaw(5_000)
    assert again.memory.charging_since_ms == 5_000


def test_a_timed_fault_ends_with_its_process(vehicle: Vehicle) -> None:
    give(vehicle, way(1, 1))
    vehicle.inject(Fault("stop", 60_000), 2_000)
    again = Vehicle(SPEC, vehicle.memory)
    again.thaw(1_000)
    run_out(again)
    assert (again.memory.last_node, again.memory.fault) == ("n1", "")


def test_faults_are_read_and_mistakes_told() -> None:
    planned = parse_fault("V2:offline@30+20")
    assert (planned.serial, planned.at_ms, planned.fault) == (
        "V2",
        30_000,
        Fault("offline", 20_000),
    )
    assert parse_fault("stop@5").fault == Fault("stop")
    for text in ("rust@5", "stop", "offline@5", "stop@x"):
        with pytest.raises(LiveError, match="expected"):
            parse_fault(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"serial": "a/b"},
        {"serial": "a", "battery_wh": 0},
        {"serial": "a", "state_every_ms": 40_000},
    ],
)
def test_a_vehicle_that_can_not_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LiveError, match="expected"):
        VehicleSpec(**wrong)  # type: ignore[arg-type]
