"""The rules of docs/vda5050.md from 9 on: silence, reboots, limits, modes."""

from dataclasses import replace

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.factsheet import OptionalParameter, StringLimits
from kouan.live.vda5050.memory import MOST_FAILURES
from kouan.live.vda5050.messages import Support
from tests.unit.live.vda5050.support import Stage, begun, drive, error, factsheet


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


def test_rule_10_a_state_that_was_overtaken_is_no_reboot_and_says_nothing(stage: Stage) -> None:
    before = stage.puppet.state()
    begun(stage, "n1")
    stage.pass_nodes()
    stage.want(drive("n2", first=2))
    stage.report()
    for _ in range(MOST_FAILURES):
        stage.report(before)
    assert stage.count(i.Rebooted) == stage.count(i.OrderLost) == 0
    assert stage.reasons() == []
    assert stage.master.memory.state == stage.puppet.state(count=False)
    assert len(stage.orders()) == 2


def test_rule_10_an_overtaken_state_whose_number_ran_over_says_nothing(stage: Stage) -> None:
    stage.puppet.header_id = (1 << 32) - 3
    stage.report()
    before = stage.puppet.state()
    stage.puppet.header_id = 0
    begun(stage, "n1")
    stage.pass_nodes()
    stage.report(before)
    assert stage.master.memory.state == stage.puppet.state(count=False)


def test_rule_10_a_clock_that_began_anew_is_believed_after_silence(stage: Stage) -> None:
    begun(stage, "n1")
    stage.report()
    stage.puppet.reboot()
    stage.puppet.at_ms -= 10**12
    stage.report()
    assert stage.count(i.Rebooted) == 0
    stage.wait(stage.spec.stale_ms + 1)
    stage.report()
    assert stage.count(i.Rebooted) == 1
    stage.report()
    assert len(stage.orders()) == 2


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
