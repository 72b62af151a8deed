"""What users of other controllers complained about, and what else goes wrong between two ends."""

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.memory import MOST_SENDS
from tests.unit.live.vda5050.support import Stage, begun, drive, factsheet


def test_an_idle_vehicle_is_given_work_again_and_again(stage: Stage) -> None:
    for step in range(1, 30):
        stage.want(drive(f"n{step}", first=step))
        stage.report()
        stage.pass_nodes()
    assert stage.count(i.OrderFinished) == 29
    assert stage.reasons() == []


def test_a_question_that_is_never_answered_does_not_keep_a_vehicle_from_work(
    stage: Stage,
) -> None:
    stage.puppet.slow = True
    stage.want(i.AskState())
    stage.report()
    stage.want(drive("n1"))
    stage.report()
    assert len(stage.orders()) == 1


def test_a_cancel_that_only_appeared_is_not_over(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.puppet.slow = True
    stage.want(i.Release())
    for _ in range(50):
        stage.report()
    assert stage.count(i.OrderCancelled) == 0
    assert len(stage.instants("cancelOrder")) == 1
    stage.puppet.settle()
    stage.report()
    assert stage.count(i.OrderCancelled) == 1


def test_a_vehicle_that_rebooted_in_mid_order_is_not_sent_cancels_for_ever(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.lossy = True
    stage.want(i.Release())
    stage.puppet.reboot()
    for _ in range(300):
        stage.report(after_ms=1_000)
    assert len(stage.instants("cancelOrder")) == 1
    assert stage.count(i.OrderCancelled) == 1
    assert stage.reasons() == []


def test_a_cancel_that_nobody_answers_ends_after_a_bounded_number(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.lossy = True
    stage.want(i.Cancel())
    for _ in range(600):
        stage.wait(500)
        stage.report(after_ms=500)
    cancels = stage.instants("cancelOrder")
    assert len(cancels) == MOST_SENDS
    assert all(one == cancels[0] for one in cancels)
    assert stage.reasons() == ["cancelOrder is not answered"]


def test_a_rebooted_vehicle_goes_on_with_the_rest_of_its_way(stage: Stage) -> None:
    begun(stage, "n1", "n2", "n3")
    stage.pass_nodes()
    stage.puppet.reboot()
    stage.report()
    assert (stage.count(i.Rebooted), stage.count(i.OrderLost)) == (1, 1)
    assert [one.node_id for one in stage.orders()[-1].nodes] == ["n1", "n2", "n3"]
    stage.report()
    stage.pass_nodes(2)
    assert [step for _, step in stage.passed()] == [1, 2, 3]


def test_an_order_that_is_always_lost_is_not_sent_for_ever(stage: Stage) -> None:
    begun(stage, "n1")
    for _ in range(20):
        stage.puppet.forget()
        stage.report()
        stage.report()
    assert len(stage.orders()) == 3
    assert "was lost" in stage.reasons()[-1]
    stage.want(i.Resume())
    stage.report()
    assert len(stage.orders()) == 4


def test_a_left_over_horizon_does_not_block_the_next_way(stage: Stage) -> None:
    begun(stage, "n1", last=False, ahead=("n2", "n3"))
    stage.pass_nodes()
    stage.want(drive("m2", "m3", first=2))
    stage.report()
    first, update = stage.orders()
    assert update.order_id == first.order_id
    assert [one.node_id for one in update.nodes] == ["n1", "m2", "m3"]
    stage.pass_nodes(2)
    assert stage.passed() == [("n1", 1), ("m2", 2), ("m3", 3)]
    assert stage.count(i.OrderFinished) == 1


def test_a_left_over_horizon_can_be_cancelled(stage: Stage) -> None:
    begun(stage, "n1", last=False, ahead=("n2",))
    stage.pass_nodes()
    stage.want(i.Cancel())
    stage.report()
    assert stage.count(i.OrderCancelled) == 1
    stage.want(drive("m2", first=2))
    assert [one.node_id for one in stage.orders()[-1].nodes] == ["n1", "m2"]


def test_an_order_goes_on_when_the_controller_restarts(stage: Stage) -> None:
    begun(stage, "n1", "n2", last=False, ahead=("n3",))
    stage.pass_nodes()
    stage.restart()
    stage.pass_nodes()
    stage.want(drive("n3", first=3))
    stage.restart()
    stage.report()
    stage.restart()
    stage.pass_nodes()
    assert stage.passed() == [("n1", 1), ("n2", 2), ("n3", 3)]
    assert len(stage.orders()) == 2
    assert stage.count(i.OrderFinished) == 1


def test_an_order_that_was_on_its_way_when_the_controller_stopped_is_sent_again(
    stage: Stage,
) -> None:
    stage.lossy = True
    stage.want(drive("n1"))
    stage.restart()
    stage.lossy = False
    stage.wait(1_000)
    stage.report()
    assert stage.orders()[0] == stage.orders()[1]
    assert stage.count(i.OrderAccepted) == 1


def test_a_controller_that_lost_its_memory_takes_over(stage: Stage) -> None:
    begun(stage, "n1", "n2", "n3")
    fresh = Stage(stage.version)
    fresh.puppet, fresh.now_ms = stage.puppet, stage.now_ms
    fresh.report()
    fresh.want(drive("n1", "n2", "n3"))
    fresh.report()
    assert len(fresh.instants("cancelOrder")) == 1
    assert [one.node_id for one in fresh.orders()[-1].nodes] == ["n0", "n1", "n2", "n3"]
    assert fresh.orders()[-1].order_id != stage.orders()[-1].order_id


def test_a_released_vehicle_keeps_no_task_and_takes_none(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    stage.want(i.Release())
    stage.report()
    stage.want(drive("n1", "n2"))
    stage.report()
    assert (len(stage.orders()), stage.puppet.nodes) == (1, [])
    stage.want(i.Place("n0", 2))
    stage.want(drive("n1", first=3))
    stage.report()
    assert len(stage.orders()) == 2


def test_a_released_vehicle_that_heard_no_cancel_is_told_again_once_it_is_back(
    stage: Stage,
) -> None:
    begun(stage, "n1", "n2")
    stage.lossy = True
    stage.want(i.Release())
    stage.wait(600_000)
    assert len(stage.instants("cancelOrder")) == MOST_SENDS
    stage.lossy = False
    stage.connect(m.Link.ONLINE)
    stage.report()
    assert stage.puppet.nodes != []
    stage.connect(m.Link.CONNECTION_BROKEN)
    stage.connect(m.Link.ONLINE)
    stage.report()
    stage.report()
    assert stage.puppet.nodes == []
    assert stage.count(i.OrderCancelled) == 1


def test_an_order_that_was_cancelled_and_stays_asks_for_a_person(stage: Stage) -> None:
    begun(stage, "n1", "n2")
    rest = list(stage.puppet.nodes)
    stage.want(i.Cancel())
    stage.puppet.nodes = rest
    stage.report()
    stage.want(drive("n1"))
    assert (stage.count(i.OrderCancelled), stage.reasons()) == (1, [])
    stage.report(after_ms=30_000)
    stage.report(after_ms=31_000)
    assert "cancelled and is not gone" in stage.reasons()[0]
    assert len(stage.orders()) == 1


def test_an_older_grant_does_not_bring_its_horizon_back(stage: Stage) -> None:
    begun(stage, "n1", last=False, ahead=("n2", "n3"))
    stage.want(drive("n2", first=2, last=False, ahead=("n3",)))
    stage.report()
    stage.want(drive("n1", last=False, ahead=("m2", "m3")))
    stage.report()
    assert len(stage.orders()) == 2


def test_a_charging_vehicle_is_given_no_order_before_it_has_ended(stage: Stage) -> None:
    stage.want(i.Charge())
    stage.report()
    assert stage.count(i.ChargingBegan) == 1
    stage.want(drive("n1"))
    stage.report()
    assert stage.orders() == []
    stage.want(i.EndCharge())
    stage.report()
    assert stage.count(i.ChargingOver) == 1
    assert len(stage.orders()) == 1


def test_a_full_vehicle_ends_charging_by_itself(stage: Stage) -> None:
    stage.want(i.Charge())
    stage.report()
    stage.puppet.charge_ppm = 999_000
    stage.report()
    stage.report()
    assert stage.count(i.ChargingOver) == 1
    assert not stage.puppet.charging
    stage.want(i.EndCharge())
    assert stage.count(i.ChargingOver) == 2


def test_a_vehicle_that_is_full_already_need_not_charge(stage: Stage) -> None:
    stage.puppet.charge_ppm = 1_000_000
    stage.puppet.slow = True
    stage.want(i.Charge())
    stage.report()
    for name, one in stage.puppet.instants.items():
        stage.puppet.instants[name] = m.ActionState(name, m.Status.FINISHED, one.action_type)
    stage.report()
    assert stage.count(i.ChargingOver) == 1


def test_charging_that_fails_stops_the_vehicle(stage: Stage) -> None:
    stage.puppet.slow = True
    stage.want(i.Charge())
    for name, one in stage.puppet.instants.items():
        stage.puppet.instants[name] = m.ActionState(name, m.Status.FAILED, one.action_type)
    stage.report()
    assert stage.reasons() == ["startCharging failed"]


def test_a_paused_vehicle_gets_nothing_more_until_it_goes_on(stage: Stage) -> None:
    begun(stage, "n1", last=False)
    stage.want(i.Pause())
    stage.report()
    assert stage.count(i.Paused) == 1
    stage.want(drive("n2", first=2))
    stage.report()
    assert len(stage.orders()) == 1
    stage.want(i.Resume())
    stage.report()
    assert stage.count(i.Resumed) == 1
    assert len(stage.orders()) == 2


def test_a_pause_outlasts_a_reboot(stage: Stage) -> None:
    stage.want(i.EmergencyStop())
    stage.report()
    stage.puppet.paused = False
    stage.puppet.reboot()
    stage.report()
    stage.report()
    assert stage.puppet.paused
    assert len(stage.instants("startPause")) == 2


def test_a_word_that_comes_twice_changes_nothing(stage: Stage) -> None:
    for _ in range(3):
        stage.want(drive("n1", "n2"))
        stage.want(i.AskState())
        stage.report()
    assert len(stage.orders()) == 1
    stage.pass_nodes(2)
    stage.want(drive("n1", "n2"))
    assert stage.passed() == [("n1", 1), ("n2", 2), ("n2", 2)]


def test_a_grant_with_a_hole_before_it_is_left_to_the_next(stage: Stage) -> None:
    stage.want(drive("n3", first=3))
    assert stage.orders() == []
    stage.want(drive("n1", "n2", "n3"))
    assert len(stage.orders()[0].nodes) == 4


def test_an_old_state_after_a_goodbye_does_not_bring_a_vehicle_back(stage: Stage) -> None:
    stage.connect(m.Link.CONNECTION_BROKEN)
    heard = stage.count(i.Heard)
    stage.report(after_ms=500)
    assert stage.count(i.Heard) == heard
    stage.report(after_ms=5_000)
    assert stage.count(i.Heard) == heard + 1


def test_loads_and_wanted_base_are_told_when_they_change(stage: Stage) -> None:
    stage.puppet.loads = (m.Load("c1", mass_kg=20_000),)
    stage.report()
    stage.report()
    stage.puppet.loads = None
    stage.report()
    changed = [one for one in stage.facts if isinstance(one, i.LoadChanged)]
    assert changed == [i.LoadChanged(("c1",), 20_000)]


def test_a_factsheet_may_be_empty(stage: Stage) -> None:
    header = factsheet().header
    empty = type(factsheet())(header)
    assert stage.master.receive(empty, stage.now_ms).facts == (i.FactsheetRead(()),)
    begun(stage, "n1")
    assert len(stage.orders()) == 1
