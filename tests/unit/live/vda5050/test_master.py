"""The rules of docs/vda5050.md, one by one."""

from dataclasses import replace

import pytest

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.factsheet import OptionalParameter, StringLimits
from kouan.live.vda5050.memory import BACK_OFF_MS, MOST_SENDS
from kouan.live.vda5050.messages import Support
from kouan.live.vda5050.versions import VERSIONS, Version
from tests.unit.live.vda5050.support import Stage, drive, error, factsheet


@pytest.fixture(params=VERSIONS.values(), ids=list(VERSIONS))
def stage(request: pytest.FixtureRequest) -> Stage:
    version: Version = request.param
    return Stage(version)


def begun(stage: Stage, *names: str, last: bool = True, ahead: tuple[str, ...] = ()) -> Stage:
    """Let the vehicle have an order."""
    stage.want(drive(*names, last=last, ahead=ahead))
    stage.report()
    return stage


def test_rule_1_an_update_begins_at_the_last_base_node_and_repeats_nothing_else(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n2", last=False, ahead=("n3", "n4"))
    stage.want(drive("n3", "n4", first=3))
    first, update = stage.orders()
    assert (first.order_id, first.update_id) == (update.order_id, 0)
    assert update.update_id == 1
    assert [(one.node_id, one.sequence_id) for one in update.nodes] == [
        ("n2", 4),
        ("n3", 6),
        ("n4", 8),
    ]
    assert [one.sequence_id for one in update.edges] == [5, 7]


def test_rule_2_numbers_run_on_and_updates_rise(stage: Stage) -> None:
    begun(stage, "n1", last=False)
    for step in range(2, 6):
        stage.want(drive(f"n{step}", first=step, last=False))
        stage.report()
    assert [one.update_id for one in stage.orders()] == [0, 1, 2, 3, 4]
    assert [one.nodes[-1].sequence_id for one in stage.orders()] == [2, 4, 6, 8, 10]


def test_rule_3_no_second_order_before_the_vehicle_is_idle(stage: Stage) -> None:
    begun(stage, "n1")
    stage.want(drive("n2", first=2))
    stage.report()
    assert len(stage.orders()) == 1
    stage.pass_nodes()
    assert [one.nodes[0].node_id for one in stage.orders()] == ["n0", "n1"]
    assert stage.orders()[0].order_id != stage.orders()[1].order_id


def test_rule_3_an_action_that_runs_is_not_idle(stage: Stage) -> None:
    begun(stage, "n1")
    stage.puppet.actions["x"] = m.ActionState("x", m.Status.RUNNING)
    stage.pass_nodes()
    stage.want(drive("n2", first=2))
    stage.report()
    assert len(stage.orders()) == 1
    stage.puppet.actions["x"] = m.ActionState("x", m.Status.FAILED)
    stage.report()
    assert len(stage.orders()) == 2


def test_rule_4_the_horizon_comes_after_the_base_and_is_not_released(stage: Stage) -> None:
    begun(stage, "n1", last=False, ahead=("n2", "n3"))
    (order,) = stage.orders()
    assert [one.released for one in order.nodes] == [True, True, False, False]
    assert [one.released for one in order.edges] == [True, False, False]


def test_rule_5_a_cancel_is_over_at_finished_and_no_update_goes_out_meanwhile(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n2", last=False)
    stage.puppet.slow = True
    stage.want(i.Cancel())
    stage.report()
    assert stage.count(i.OrderCancelled) == 0
    stage.want(drive("n1", "n2", "n3"))
    stage.report()
    assert (len(stage.orders()), stage.count(i.OrderCancelled)) == (1, 0)
    stage.puppet.settle()
    stage.report()
    assert stage.count(i.OrderCancelled) == 1
    assert [one.nodes[0].node_id for one in stage.orders()] == ["n0", "n0"]


def test_rule_6_progress_is_the_removal_of_node_and_number_though_nodes_come_again(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n0", "n1", "n2")
    assert stage.passed() == []
    stage.pass_nodes()
    assert stage.passed() == [("n1", 1)]
    stage.pass_nodes(3)
    assert stage.passed() == [("n1", 1), ("n0", 2), ("n1", 3), ("n2", 4)]
    assert stage.count(i.OrderFinished) == 1


def test_rule_6_the_last_node_alone_is_no_progress(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.puppet.last = ("n2", 4)
    stage.report()
    assert stage.passed() == []


def test_rule_6_states_that_were_left_out_are_made_up_for(stage: Stage) -> None:
    begun(stage, "n1", "n2", "n3")
    stage.puppet.pass_node()
    stage.puppet.pass_node()
    stage.report()
    assert stage.passed() == [("n1", 1), ("n2", 2)]


def test_rule_7_connection_messages_are_not_filtered_by_number_or_time(stage: Stage) -> None:
    begun(stage, "n1")
    old = m.Header(0, 0, "Maker", "007")
    stage.master.memory.header_ids["connection"] = 99
    stage.facts.clear()
    stage.facts += stage.master.receive(
        m.Connection(old, m.Link.CONNECTION_BROKEN), stage.now_ms
    ).facts
    assert stage.facts == [i.Silent("connection CONNECTION_BROKEN")]
    stage.connect(m.Link.ONLINE)
    stage.report()
    assert stage.count(i.Heard) == 1
    assert stage.count(i.Rebooted) == 0


def test_rule_8_the_identical_message_is_sent_again_with_back_off_until_it_is_echoed(
    stage: Stage,
) -> None:
    stage.lossy = True
    stage.want(drive("n1"))
    stage.wait(BACK_OFF_MS[0] + BACK_OFF_MS[1] + BACK_OFF_MS[2] - 1)
    assert len(stage.orders()) == 3
    stage.lossy = False
    stage.wait(1)
    assert len(stage.orders()) == 4
    assert all(one == stage.orders()[0] for one in stage.orders())
    stage.report()
    for _ in range(20):
        stage.report(after_ms=10_000)
    assert len(stage.orders()) == 4
    assert stage.count(i.OrderAccepted) == 1


def test_rule_8_an_order_that_is_never_echoed_is_given_up(stage: Stage) -> None:
    stage.lossy = True
    stage.want(drive("n1"))
    for _ in range(60):
        stage.wait(5_000)
        stage.report()
    assert len(stage.orders()) == MOST_SENDS
    assert len(stage.reasons()) == 1
    assert "is not answered" in stage.reasons()[0]


def test_rule_8_many_states_don_t_make_many_resends(stage: Stage) -> None:
    stage.lossy = True
    stage.want(drive("n1"))
    for _ in range(310):
        stage.report(after_ms=10)
    assert len(stage.orders()) == 3


def test_rule_8_a_rejection_ends_the_resends(stage: Stage) -> None:
    begun(stage, "n1", last=False)
    stage.lossy = True
    stage.want(drive("n2", first=2))
    (_, update) = stage.orders()
    stage.puppet.errors = (error("orderUpdateError", orderId=update.order_id, orderUpdateId="1"),)
    stage.report()
    stage.wait(25_000)
    assert [one.update_id for one in stage.orders()] == [0, 1]
    rejected = [one for one in stage.facts if isinstance(one, i.OrderRejected)]
    assert rejected == [
        i.OrderRejected(update.order_id, 1, "orderUpdateError: as the vehicle says")
    ]
    assert stage.instants("cancelOrder")


def test_rule_8_after_many_rejections_a_person_has_to_look(stage: Stage) -> None:
    stage.lossy = True
    stage.want(drive("n1"))
    for number in range(10):
        order_id = stage.orders()[-1].order_id
        stage.puppet.errors = (error("noRouteError", orderId=order_id, number=str(number)),)
        stage.report()
        stage.report()
    assert len(stage.orders()) == 3
    assert "was refused" in stage.reasons()[-1]
    assert stage.count(i.OrderRejected) == 3


def test_rule_9_silence_beyond_30_s_and_a_margin_is_told_once_and_frees_nothing(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n2")
    stage.wait(35_000)
    assert stage.count(i.Silent) == 0
    stage.wait(60_000)
    assert stage.count(i.Silent) == 1
    assert [one.leg.node for one in stage.master.memory.route] == ["n1", "n2"]
    heard = stage.count(i.Heard)
    stage.pass_nodes(2)
    assert stage.count(i.Heard) == heard + 1
    assert stage.passed() == [("n1", 1), ("n2", 2)]


def test_rule_9_nothing_is_sent_to_a_vehicle_that_is_offline(stage: Stage) -> None:
    stage.connect(m.Link.OFFLINE)
    stage.sent.clear()
    stage.want(drive("n1"))
    stage.wait(600_000)
    assert stage.sent == []
    stage.connect(m.Link.ONLINE)
    stage.report()
    assert len(stage.orders()) == 1


def test_rule_10_a_header_number_that_drops_is_a_reboot(stage: Stage) -> None:
    begun(stage, "n1")
    stage.puppet.header_id = 0
    stage.report()
    assert stage.count(i.Rebooted) == 1
    stage.report()
    assert stage.count(i.Rebooted) == 1
    assert stage.count(i.OrderLost) == 0


def test_rule_10_a_header_number_that_runs_over_is_no_reboot(stage: Stage) -> None:
    stage.puppet.header_id = (1 << 32) - 2
    stage.report()
    stage.puppet.header_id = 0
    stage.report()
    assert stage.count(i.Rebooted) == 0


def test_rule_13_a_final_state_is_remembered_though_it_vanishes(stage: Stage) -> None:
    leg = i.Leg("n1", 1, 10_000, 2_000, action="pick", last=True)
    stage.want(i.Drive("job", (leg,)))
    stage.report()
    name = stage.orders()[0].nodes[1].actions[0].action_id
    stage.puppet.actions[name] = m.ActionState(name, m.Status.FINISHED)
    stage.report()
    stage.puppet.pass_node()
    stage.puppet.actions = {}
    stage.report()
    assert stage.passed() == [("n1", 1)]
    assert stage.count(i.OrderFinished) == 1


def test_rule_13_a_node_counts_once_its_action_is_over(stage: Stage) -> None:
    leg = i.Leg("n1", 1, 10_000, 2_000, action="pick", last=True)
    stage.want(i.Drive("job", (leg,)))
    stage.puppet.pass_node()
    (name,) = stage.puppet.actions
    stage.puppet.actions[name] = m.ActionState(name, m.Status.RUNNING)
    stage.report()
    assert stage.passed() == []
    stage.puppet.actions[name] = m.ActionState(name, m.Status.FINISHED)
    stage.report()
    assert stage.passed() == [("n1", 1)]


def test_rule_13_a_node_whose_action_failed_stops_the_vehicle(stage: Stage) -> None:
    leg = i.Leg("n1", 1, 10_000, 2_000, action="pick", last=True)
    stage.want(i.Drive("job", (leg,)))
    stage.puppet.pass_node()
    (name,) = stage.puppet.actions
    stage.puppet.actions[name] = m.ActionState(name, m.Status.FAILED)
    stage.report()
    assert (stage.passed(), stage.reasons()) == ([], ["pick at n1 failed"])


def test_rule_14_limits_of_the_factsheet_are_kept(stage: Stage) -> None:
    stage.master.receive(factsheet(nodes=3), stage.now_ms)
    begun(stage, "n1", "n2", "n3", "n4", "n5")
    assert [one.node_id for one in stage.orders()[0].nodes] == ["n0", "n1", "n2"]
    assert {one.speed_mm_s for one in stage.orders()[0].edges} == {1_200}
    for _ in range(5):
        stage.pass_nodes()
        assert len(stage.puppet.nodes) <= 2
        stage.report()
    assert [node for node, _ in stage.passed()] == ["n1", "n2", "n3", "n4", "n5"]
    assert stage.count(i.OrderFinished) == 1


def test_rule_14_ids_have_the_length_and_form_that_the_vehicle_takes(stage: Stage) -> None:
    sheet = factsheet()
    assert sheet.limits is not None
    short = replace(sheet.limits, strings=StringLimits(id_length=14, id_digits_only=True))
    stage.master.receive(replace(sheet, limits=short), stage.now_ms)
    begun(stage, "n1")
    (order,) = stage.orders()
    assert (order.order_id, order.edges[0].edge_id) == (str(stage.now_ms - 100), "1")


def test_rule_14_orders_keep_the_vehicle_s_shortest_interval(stage: Stage) -> None:
    stage.master.receive(factsheet(every_ms=5_000), stage.now_ms)
    begun(stage, "n1", last=False)
    stage.want(drive("n2", first=2))
    stage.report()
    assert len(stage.orders()) == 1
    stage.wait(5_000)
    assert len(stage.orders()) == 2


def test_rule_14_parameters_that_a_vehicle_does_not_know_are_left_out(stage: Stage) -> None:
    key = "order.nodes.nodePosition"
    needed = OptionalParameter("order.nodes.nodeDescription", Support.REQUIRED)
    known = OptionalParameter(key, Support.SUPPORTED)
    facts = stage.master.receive(factsheet(known, needed), stage.now_ms).facts
    assert i.FactsheetRead(("order.nodes.nodeDescription",)) in facts
    begun(stage, "n1")
    (edge,) = stage.orders()[0].edges
    assert (edge.speed_mm_s, edge.length_mm) == (None, None)


def test_rule_15_orders_go_only_to_vehicles_that_drive_by_themselves(stage: Stage) -> None:
    for mode in (m.Mode.MANUAL, m.Mode.SERVICE, m.Mode.TEACH_IN):
        stage.puppet.mode = mode
        stage.report()
        stage.want(drive("n1"))
        stage.report()
        assert stage.orders() == []
    stage.puppet.mode = m.Mode.SEMIAUTOMATIC
    stage.report()
    assert len(stage.orders()) == 1


def test_rule_15_manual_clears_the_order_and_the_rest_is_planned_anew(stage: Stage) -> None:
    begun(stage, "n1", "n2", "n3")
    stage.pass_nodes()
    stage.puppet.forget()
    stage.puppet.mode = m.Mode.MANUAL
    stage.report()
    assert (stage.count(i.OrderLost), stage.reasons()) == (1, ["mode MANUAL"])
    assert stage.passed() == [("n1", 1)]
    stage.puppet.last = ("n2", 0)
    stage.puppet.mode = m.Mode.AUTOMATIC
    stage.report()
    assert stage.passed() == [("n1", 1), ("n2", 2)]
    assert stage.count(i.Recovered) == 1
    assert [one.node_id for one in stage.orders()[-1].nodes] == ["n2", "n3"]


def test_rule_15_a_vehicle_that_was_put_elsewhere_asks_for_a_person(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.puppet.forget()
    stage.puppet.last = ("n9", 0)
    stage.report()
    assert stage.reasons() == ["stands at n9: expected n0, n1, n2"]
    stage.want(i.Place("n9", 7))
    stage.want(drive("n8", first=8))
    stage.report()
    assert [one.node_id for one in stage.orders()[-1].nodes] == ["n9", "n8"]


def test_rule_15_a_fatal_error_stops_and_duplicates_are_told_once(stage: Stage) -> None:
    begun(stage, "n1", last=False)
    fatal = error("laser", m.Level.FATAL)
    stage.puppet.errors = (fatal, fatal)
    for _ in range(3):
        stage.report()
    stage.want(drive("n2", first=2))
    stage.report()
    assert len(stage.orders()) == 1
    assert stage.reasons() == ["laser: as the vehicle says"]
    assert stage.count(i.ErrorAppeared) == 1
    stage.puppet.errors = ()
    stage.report()
    assert (stage.count(i.ErrorGone), stage.count(i.Recovered)) == (1, 1)
    assert len(stage.orders()) == 2


def test_an_emergency_stop_and_a_lost_position_stop_too(stage: Stage) -> None:
    stage.puppet.emergency = m.EmergencyStop.MANUAL
    stage.report()
    stage.puppet.emergency = m.EmergencyStop.NONE
    stage.report()
    stage.puppet.localized = False
    stage.report()
    assert stage.reasons() == ["emergency stop (MANUAL)", "position lost"]
    assert stage.count(i.Recovered) == 1


def test_new_orders_begin_at_update_0(stage: Stage) -> None:
    for step in range(1, 4):
        stage.want(drive(f"n{step}", first=step))
        stage.pass_nodes()
    assert [one.update_id for one in stage.orders()] == [0, 0, 0]
    assert len({one.order_id for one in stage.orders()}) == 3
