"""The rules of docs/vda5050.md, one by one."""

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.memory import BACK_OFF_MS, MOST_SENDS
from tests.unit.live.vda5050.support import Stage, begun, drive, error


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


def test_rule_6_a_cleared_list_is_no_progress_though_the_order_is_still_named(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n2")
    stage.puppet.nodes, stage.puppet.edges = [], []
    stage.puppet.mode = m.Mode.MANUAL
    stage.report()
    assert (stage.passed(), stage.count(i.OrderLost)) == ([], 1)


def test_rule_6_nodes_of_an_update_that_did_not_arrive_are_not_passed(stage: Stage) -> None:
    begun(stage, "n1", last=False)
    stage.lossy = True
    stage.want(drive("n2", first=2))
    stage.puppet.pass_node()
    stage.puppet.last = ("n1", 99)
    stage.report()
    assert stage.passed() == [("n1", 1)]


def test_rule_5_an_order_that_is_being_cancelled_is_not_finished(stage: Stage) -> None:
    begun(stage, "n1")
    stage.puppet.slow = True
    stage.want(i.Cancel())
    stage.puppet.nodes, stage.puppet.edges = [], []
    stage.report()
    assert (stage.count(i.OrderFinished), stage.count(i.OrderCancelled)) == (0, 0)
    stage.puppet.settle()
    stage.report()
    assert (stage.count(i.OrderFinished), stage.count(i.OrderCancelled)) == (0, 1)


def test_an_action_is_done_once_not_again_where_the_next_order_begins(stage: Stage) -> None:
    for step in (1, 2):
        leg = i.Leg(f"n{step}", step, action="pick", last=True)
        stage.want(i.Drive("job", (leg,)))
        stage.report()
        stage.pass_nodes()
    assert [[len(node.actions) for node in one.nodes] for one in stage.orders()] == [[0, 1]] * 2


def test_ways_that_were_granted_together_are_orders_of_their_own(stage: Stage) -> None:
    stage.connect(m.Link.OFFLINE)
    stage.want(drive("n1", "n2"))
    stage.want(drive("n3", first=3))
    stage.connect(m.Link.ONLINE)
    stage.report()
    stage.report()
    stage.pass_nodes(2)
    ways = [[node.node_id for node in one.nodes] for one in stage.orders()]
    assert ways == [["n0", "n1", "n2"], ["n2", "n3"]]


def test_a_horizon_that_changed_is_sent_though_no_base_is_new(stage: Stage) -> None:
    begun(stage, "n1", last=False, ahead=("n2",))
    stage.want(drive("n1", last=False, ahead=("m2", "m3")))
    stage.report()
    update = stage.orders()[1]
    assert [(one.node_id, one.released) for one in update.nodes] == [
        ("n1", True),
        ("m2", False),
        ("m3", False),
    ]
    assert stage.count(i.OrderAccepted) == 2
