"""Virtual vehicles by the rules of VDA 5050: orders, updates, horizons, actions, faults."""

from dataclasses import replace

import pytest

from kouan.live.virtual.memory import OrderReceived
from kouan.live.virtual.vehicle import Vehicle
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

WHOLE_MS = 19_000
"""30 m at 2 m/s with 0.5 m/s2 up and down."""


@pytest.fixture
def vehicle() -> Vehicle:
    return Vehicle(SPEC)


def test_an_order_is_driven_to_its_end_with_speeding_up_and_braking(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3))
    assert vehicle.memory.left_node
    assert run_out(vehicle) == pytest.approx(WHOLE_MS, abs=5)
    memory = vehicle.memory
    assert (memory.last_node, memory.last_sequence, memory.x_mm) == ("n3", 6, 30_000)
    assert not memory.unfinished
    assert memory.charge_mwh == SPEC.charge_wh * 1_000 - 9_000


def test_nodes_on_the_way_are_passed_without_a_stop(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3))
    at_ms = vehicle.next_at_ms()
    assert at_ms is not None
    vehicle.advance(at_ms)
    assert vehicle.memory.last_node == "n1"
    assert vehicle.place(at_ms)[4] == 2_000


def test_where_it_is_on_the_way(vehicle: Vehicle) -> None:
    give(vehicle, way(1, 1))
    vehicle.advance(2_000)
    assert vehicle.place(2_000) == (1_000, 0, 0, 1_000, 1_000)


# --- base and horizon ------------------------------------------------------------------------


def test_it_stops_at_the_decision_point_and_asks_for_base(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 1))
    assert vehicle.wants_base
    run_out(vehicle)
    memory = vehicle.memory
    assert (memory.last_node, [one.name for one in memory.nodes]) == ("n1", ["n2", "n3"])
    assert not memory.drive.moving
    assert memory.unfinished
    assert vehicle.wants_base


def test_an_update_in_time_is_stitched_without_a_stop(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 1))
    vehicle.advance(1_000)
    give(vehicle, way(3, 3, update_id=1, first=1), 1_000)
    assert not vehicle.wants_base
    assert run_out(vehicle) == pytest.approx(WHOLE_MS, abs=5)
    assert not kinds(vehicle)


def test_an_update_at_the_decision_point_goes_on_from_a_stand(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 1))
    run_out(vehicle)
    give(vehicle, way(3, 3, update_id=1, first=1), 60_000)
    run_out(vehicle)
    assert vehicle.memory.last_node == "n3"


def test_a_horizon_may_change(vehicle: Vehicle) -> None:
    give(vehicle, way(5, 1))
    give(vehicle, way(2, 2, update_id=1, first=1), 100)
    run_out(vehicle)
    assert not vehicle.memory.unfinished
    assert vehicle.memory.last_node == "n2"


def back() -> OrderReceived:
    """The way from n1 to n0."""
    order = way(1, 1, order_id="back")
    n0, n1 = order.nodes
    order.nodes = [replace(n1, sequence=0), replace(n0, sequence=2)]
    order.edges = [replace(order.edges[0], start="n1", end="n0")]
    return replace(order, number=2, at_ms=2_000)


def test_a_copy_of_an_order_long_done_is_not_driven_again(vehicle: Vehicle) -> None:
    there = replace(way(1, 1), number=1, at_ms=1_000)
    give(vehicle, replace(there))
    run_out(vehicle)
    give(vehicle, back(), 50_000)
    run_out(vehicle)
    assert vehicle.memory.last_node == "n0"
    give(vehicle, replace(there), 100_000)
    assert not vehicle.memory.unfinished
    assert (vehicle.memory.order_id, kinds(vehicle)) == ("back", [])


def test_a_master_that_counts_anew_is_heard_as_its_clock_goes_on(vehicle: Vehicle) -> None:
    give(vehicle, replace(way(1, 1), number=7, at_ms=1_000))
    run_out(vehicle)
    give(vehicle, replace(back(), number=1), 50_000)
    run_out(vehicle)
    assert vehicle.memory.last_node == "n0"


def test_a_loop_comes_by_the_same_node_twice(vehicle: Vehicle) -> None:
    order = way(4, 4)
    order.nodes[2].name, order.nodes[2].x_mm = "n0", 0
    order.edges[1].end = order.edges[2].start = "n0"
    give(vehicle, order)
    run_out(vehicle)
    assert vehicle.memory.last_sequence == 8


# --- what is refused -------------------------------------------------------------------------


def test_a_repeated_order_changes_nothing(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 1))
    give(vehicle, way(3, 1), 500)
    assert not kinds(vehicle)
    assert len(vehicle.memory.nodes) == 3


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (way(3, 2, update_id=1), "SAME_ORDER_UPDATE_ID"),
        (way(3, 3, update_id=2, first=2), "INVALID_ORDER_UPDATE"),
        (way(3, 3, update_id=2), "INVALID_ORDER_UPDATE"),
        (way(3, 3, update_id=0, first=1), "OUTDATED_ORDER_UPDATE"),
        (way(3, 3, order_id="o2"), "OTHER_ORDER_ACTIVE"),
        (
            way(2, 2, update_id=2, first=1, actions={4: [action("a", "dance")]}),
            "INVALID_ORDER_ACTION",
        ),
    ],
    ids=["same", "beyond the base", "whole base again", "older", "unfinished", "action"],
)
def test_an_order_that_does_not_follow_is_refused(
    vehicle: Vehicle, order: OrderReceived, error: str
) -> None:
    give(vehicle, way(3, 1, update_id=1))
    vehicle.receive_order(order, "other", 500)
    assert kinds(vehicle) == [error]
    assert (vehicle.memory.order_id, vehicle.memory.update_id) == ("o1", 1)
    references = dict(vehicle.memory.errors[0].references)
    assert references["topic"] == "order"
    vehicle.receive_order(order, "other", 600)
    assert len(vehicle.memory.errors) == 1


def test_an_order_whose_elements_do_not_fit_is_refused(vehicle: Vehicle) -> None:
    for spoil in (
        lambda order: order.edges.pop(),
        lambda order: setattr(order.nodes[0], "released", False),
        lambda order: setattr(order.nodes[1], "released", False),
        lambda order: setattr(order.nodes[2], "sequence", 8),
        lambda order: setattr(order.edges[1], "end", "n9"),
        lambda order: order.nodes[1].actions.extend([action("a"), action("a")]),
    ):
        order = way(3, 3)
        spoil(order)
        give(vehicle, order)
        assert kinds(vehicle)[-1] == "VALIDATION_FAILURE"
        assert not vehicle.memory.order_id


def test_an_order_that_begins_elsewhere_has_no_route(vehicle: Vehicle) -> None:
    order = way(3, 3)
    order.nodes[0].name = order.edges[0].start = "far"
    order.nodes[0].x_mm = 500_000
    give(vehicle, order)
    assert kinds(vehicle) == ["START_NODE_OUT_OF_RANGE"]
    order.nodes[0].x_mm = 900
    give(vehicle, order)
    assert not kinds(vehicle)


def test_a_leg_without_length_and_position_is_refused_and_a_length_is_enough(
    vehicle: Vehicle,
) -> None:
    order = way(1, 1)
    order.nodes[1].map_id = ""
    give(vehicle, order)
    assert kinds(vehicle) == ["VALIDATION_FAILURE"]
    order.edges[0].length_mm = 4_000
    give(vehicle, order)
    assert vehicle.place(2_000)[3] == 1_000
    run_out(vehicle)
    assert (vehicle.memory.last_node, vehicle.memory.x_mm) == ("n1", 0)


def test_errors_are_forgotten_once_an_order_is_accepted(vehicle: Vehicle) -> None:
    give(vehicle, way(1, 1, order_id="o0", actions={0: [action("a", "dance")]}))
    vehicle.refuse("no JSON", ("topic", "order"))
    assert kinds(vehicle) == ["INVALID_ORDER_ACTION", "VALIDATION_FAILURE"]
    give(vehicle, way(1, 1))
    assert not kinds(vehicle)


# --- actions ---------------------------------------------------------------------------------


def test_actions_at_nodes_and_loads(vehicle: Vehicle) -> None:
    given = {2: [action("p", weight=20_000)], 4: [action("d", "drop", duration=1)]}
    give(vehicle, way(2, 2, actions=given))
    assert statuses(vehicle) == {"p": "WAITING", "d": "WAITING"}
    vehicle.advance(10_000)
    assert statuses(vehicle)["p"] == "RUNNING"
    assert not vehicle.memory.drive.moving
    vehicle.advance(15_000)
    assert (vehicle.memory.load_id, vehicle.memory.load_kg) == ("p", 20_000)
    run_out(vehicle)
    assert statuses(vehicle) == {"p": "FINISHED", "d": "FINISHED"}
    assert not vehicle.memory.load_id


def test_an_action_that_can_not_be_done_fails_with_its_reason(vehicle: Vehicle) -> None:
    give(vehicle, way(1, 1, actions={2: [action("d", "drop")]}))
    run_out(vehicle)
    assert statuses(vehicle) == {"d": "FAILED"}
    assert kinds(vehicle) == ["ACTION_FAILED"]
    assert not vehicle.memory.unfinished


def test_hard_actions_run_one_after_the_other_and_others_together(vehicle: Vehicle) -> None:
    soft = [action("a", "stopCharging", blocking="SOFT", duration=3), action("b", "pick")]
    give(vehicle, way(1, 1, actions={0: soft}))
    assert statuses(vehicle) == {"a": "RUNNING", "b": "WAITING"}
    vehicle.advance(3_000)
    assert statuses(vehicle) == {"a": "FINISHED", "b": "RUNNING"}
    assert not vehicle.memory.left_node
    vehicle.advance(8_000)
    assert vehicle.memory.left_node


def test_an_action_that_blocks_nothing_is_done_while_driving(vehicle: Vehicle) -> None:
    given = {1: [action("e", "stopCharging", blocking="NONE", duration=500)]}
    give(vehicle, way(1, 1, actions=given))
    assert vehicle.memory.drive.moving
    assert statuses(vehicle) == {"e": "RUNNING"}
    run_out(vehicle)
    # It ends with its edge at the latest.
    assert statuses(vehicle) == {"e": "FINISHED"}


def test_a_blocking_action_on_an_edge_is_done_before_it_is_driven(vehicle: Vehicle) -> None:
    give(vehicle, way(2, 2, actions={3: [action("e", "stopCharging", duration=4)]}))
    vehicle.advance(9_100)
    assert statuses(vehicle) == {"e": "RUNNING"}
    assert vehicle.place(9_100)[3:] == (0, 0)
    run_out(vehicle)
    assert statuses(vehicle) == {"e": "FINISHED"}
    assert vehicle.memory.last_node == "n2"


def test_actions_begun_while_it_brakes_past_a_node_are_done_later(vehicle: Vehicle) -> None:
    given = {
        2: [action("n", "stopCharging", blocking="NONE")],
        3: [action("e", "stopCharging", blocking="NONE")],
    }
    give(vehicle, way(3, 3, actions=given))
    instant(vehicle, "startPause", 6_000)
    run_out(vehicle)
    assert (vehicle.memory.last_node, vehicle.memory.left_node) == ("n1", True)
    instant(vehicle, "stopPause", 30_000)
    run_out(vehicle)
    assert not vehicle.memory.unfinished


def test_charging_until_full_or_told_to_stop(vehicle: Vehicle) -> None:
    began = instant(vehicle, "startCharging", 0)
    assert (began.status, vehicle.memory.charging_since_ms) == ("FINISHED", 0)
    assert run_out(vehicle) == 8_000 * 3_600 * 1_000 // 20_000
    assert vehicle.memory.charge_mwh == 40_000_000
    assert vehicle.memory.charging_since_ms == -1
    vehicle.memory.charge_mwh = 0
    instant(vehicle, "startCharging", 2_000_000)
    instant(vehicle, "stopCharging", 2_360_000)
    assert vehicle.memory.charge_mwh == 2_000_000


def test_pause_brakes_and_ends_once_it_stands(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3))
    paused = instant(vehicle, "startPause", 6_000)
    assert paused.status == "RUNNING"
    assert run_out(vehicle) == 10_000
    assert paused.status == "FINISHED"
    assert vehicle.place(20_000)[3:] == (2_000, 0)
    instant(vehicle, "stopPause", 30_000)
    run_out(vehicle)
    assert vehicle.memory.last_node == "n3"


def test_cancel_stops_at_the_next_node_and_only_then_ends(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 3, actions={6: [action("p")]}))
    vehicle.advance(3_000)
    cancelled = instant(vehicle, "cancelOrder", 3_000)
    assert cancelled.status == "RUNNING"
    assert statuses(vehicle)["p"] == "FAILED"
    give(vehicle, way(4, 4, update_id=1, first=3), 3_500)
    assert kinds(vehicle) == ["ORDER_UPDATE_FOLLOWING_CANCEL"]
    run_out(vehicle)
    assert cancelled.status == "FINISHED"
    assert vehicle.memory.last_node == "n1"
    assert not vehicle.memory.unfinished
    give(vehicle, way(4, 4, update_id=2, first=1), 59_000)
    assert kinds(vehicle)[-1] == "ORDER_UPDATE_FOLLOWING_CANCEL"
    give(vehicle, way(2, 2, order_id="o2", first=1), 60_000)
    run_out(vehicle)
    assert (vehicle.memory.last_node, kinds(vehicle)) == ("n2", [])


def test_cancel_at_a_decision_point_takes_the_horizon_away(vehicle: Vehicle) -> None:
    give(vehicle, way(3, 1))
    run_out(vehicle)
    assert instant(vehicle, "cancelOrder", 60_000).status == "FINISHED"
    assert not vehicle.memory.unfinished


def test_cancel_of_another_order_is_refused(vehicle: Vehicle) -> None:
    give(vehicle, way(1, 1))
    assert instant(vehicle, "cancelOrder", 10, orderId="o2").status == "FAILED"
    assert instant(vehicle, "cancelOrder", 20, orderId="o1").status == "RUNNING"


def test_cancel_without_an_order_is_refused(vehicle: Vehicle) -> None:
    assert instant(vehicle, "cancelOrder", 0).status == "FAILED"
    assert kinds(vehicle) == ["NO_ORDER_TO_CANCEL"]


def test_a_repeated_instant_action_is_done_once(vehicle: Vehicle) -> None:
    instant(vehicle, "cancelOrder", 5)
    instant(vehicle, "cancelOrder", 5)
    assert len(vehicle.memory.actions) == 1


def test_requests_and_unknown_instant_actions(vehicle: Vehicle) -> None:
    assert instant(vehicle, "stateRequest", 0).status == "FINISHED"
    assert not vehicle.factsheet_asked
    assert instant(vehicle, "factsheetRequest", 0).status == "FINISHED"
    assert vehicle.factsheet_asked
    assert instant(vehicle, "dance", 0).status == "FAILED"
    assert kinds(vehicle) == ["INVALID_INSTANT_ACTION"]


def test_ended_instant_actions_are_bounded(vehicle: Vehicle) -> None:
    for number in range(100):
        instant(vehicle, "stateRequest", number)
    assert len(vehicle.memory.actions) == 32
