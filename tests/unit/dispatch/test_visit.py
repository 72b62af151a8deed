"""A truck's walk through its procedure, step by step."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Phase
from kouan.port.procedures import Work
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import MINUTES, place, port, procedure, stage, truck_port


def at_gate() -> Play:
    play = Play(truck_port())
    play.come("t1")
    play.run_papers()
    return play


def test_a_green_truck_passes_gate_scale_and_exit() -> None:
    play = at_gate()
    play.serve("t1", stage="gate_in")
    play.answer(play.asked(c.SendTo, origin="gate", place="scale")[0])
    play.serve("t1", stage="weigh")
    play.answer(play.asked(c.SendTo, origin="scale", place="out")[0])
    play.serve("t1", stage="leave")
    assert play.told(c.LeaveBy) == []
    play.answer(play.asked(c.ReportArrival, findings="none")[0])
    play.answer(play.asked(c.LeaveBy)[0])
    assert play.state.visits == {}
    assert [each.reason for each in play.told(c.OpenBarrier)] == ["gate_in: match", "leave: match"]
    play.check()


def test_what_can_not_be_read_goes_to_the_desk_and_no_barrier_opens_for_it() -> None:
    play = at_gate()
    play.serve("t1", e.Evidence("plate", ""), stage="gate_in")
    assert play.told(c.OpenBarrier) == []
    assert play.asked(c.StartService)[0].stage == "by_hand"
    play.serve("t1")
    play.run()
    assert play.told(c.ReportArrival)[0].findings == "none"
    assert play.state.visits == {}
    play.check()


def test_a_mismatch_without_an_answer_turns_the_visit_back() -> None:
    play = at_gate()
    commands = play.serve("t1", e.Evidence("plate", "ANOTHER"))
    assert [type(each) for each in commands] == [c.TurnBack]
    assert "read ANOTHER, declared PL-t1" in play.told(c.TurnBack)[0].reason
    play.run()
    assert play.state.visits == {}
    assert play.told(c.OpenBarrier) == []
    assert play.told(c.LeaveBy) == []
    play.check()


def test_a_result_leads_to_the_stage_it_names_whatever_the_channel() -> None:
    play = at_gate()
    play.serve("t1")
    play.answer(play.asked(c.SendTo)[0])
    play.serve("t1", e.Evidence("mass", amount=60_000), stage="weigh")
    assert play.asked(c.StartService)[0].stage == "by_hand_2"
    play.serve("t1")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_the_channel_decides_which_stages_follow() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.arrive("t1")
    play.lodge("t1")
    play.serve("t1")
    play.answer(play.asked(c.SendTo)[0])
    play.serve("t1", stage="weigh")
    assert play.state.visits["t1"].phase is Phase.HELD
    play.answer(play.asked(c.SubmitDeclaration)[0], "yellow")
    assert play.asked(c.StartService)[0].stage == "sample"
    play.run()
    assert play.state.visits == {}
    play.check()


def test_attempts_are_counted_and_then_the_visit_is_turned_back() -> None:
    made = port(
        {"gate": place()},
        {"p": procedure(stage("only", "gate", "plate", on={"unread": "only"}, attempts=3))},
    )
    play = Play(made)
    play.come("t1")
    for attempt in (1, 2, 3):
        assert play.asked(c.StartService)[0].attempt == attempt
        play.serve("t1", e.Evidence("plate", ""))
    assert play.told(c.TurnBack)[0].reason == "only: plate: could not be read"
    play.run()
    assert play.state.visits == {}


def test_a_second_attempt_that_matches_passes() -> None:
    made = port(
        {"gate": place()},
        {"p": procedure(stage("only", "gate", "plate", on={"unread": "only"}, attempts=2))},
    )
    play = Play(made)
    play.come("t1")
    play.serve("t1", e.Evidence("plate", ""))
    play.serve("t1")
    play.run()
    assert (len(play.told(c.LeaveBy)), play.state.visits) == (1, {})


def test_waiting_without_a_time_takes_a_station_until_there_is_room() -> None:
    made = port(
        {"area": place("waiting_area", stations=2), "gate": place(room=0)},
        {
            "p": procedure(
                stage("wait", "area", work=Work.WAIT), stage("pass", "gate", time=MINUTES)
            )
        },
    )
    play = Play(made)
    for name in ("t1", "t2", "t3"):
        play.come(name)
    assert play.state.places["area"].busy == {0: "t2", 1: "t3"}
    assert play.state.visits["t2"].phase is Phase.LINED
    play.serve("t1")
    assert [each.visit for each in play.asked(c.StartService)] == ["t2"]
    play.run()
    assert play.state.visits == {}


def test_full_room_blocks_the_station_before_it() -> None:
    made = port(
        {"gate": place(node="g"), "scale": place("scale", room=1, node="s")},
        {"p": procedure(stage("a", "gate"), stage("b", "scale"))},
    )
    play = Play(made)
    for number in range(5):
        play.come(f"t{number}")
    for number in range(3):
        play.serve(f"t{number}", stage="a")
    assert len(play.told(c.SendTo)) == 2
    assert play.state.visits["t2"].phase is Phase.LINED
    assert play.asked(c.StartService) == []
    play.answer(play.asked(c.SendTo)[0])
    assert len(play.told(c.SendTo)) == 2
    play.serve("t0", stage="b")
    assert len(play.told(c.SendTo)) == 3
    assert play.asked(c.StartService)[0].visit == "t3"
    play.run()
    play.check()
    assert play.state.visits == {}


def test_a_visit_that_lapses_gives_its_slot_back_and_one_that_came_does_not_lapse() -> None:
    play = Play(truck_port())
    for name in ("t1", "t2"):
        play.announce(name)
        play.tell(e.BookingRequested, name, play.now_ms)
    assert len(play.told(c.IssueSlot)) == 2
    slot_ms = play.told(c.IssueSlot)[0].from_ms
    assert play.state.slots[slot_ms] == 1
    play.arrive("t2")
    play.tell(e.VisitLapsed, "t2")
    play.tell(e.VisitLapsed, "t1")
    assert list(play.state.visits) == ["t2"]
    assert slot_ms not in play.state.slots


def test_results_that_come_later_are_awaited_before_the_release_is_asked_for() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.arrive("t1")
    play.lodge("t1")
    play.answer(play.asked(c.SubmitDeclaration)[0], "red")
    while not play.late:
        play.answer(next(iter(play.open.values())))
    for _ in range(4):
        if play.open:
            play.answer(next(iter(play.open.values())))
    assert play.told(c.ReportArrival) == []
    bad = e.Evidence("sample", "pest", ok=False)
    play.tell(e.ResultArrived, "t1", "sample", bad)
    assert play.told(c.ReportArrival)[0].findings == "sample: sample: pest"
    play.tell(e.ResultArrived, "t1", "sample", bad)
    play.late.clear()
    play.run()
    assert play.state.visits == {}
    assert len(play.told(c.ReportArrival)) == 1
    play.check()


def test_a_result_may_overtake_the_end_of_its_service() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.arrive("t1")
    play.lodge("t1")
    play.answer(play.asked(c.SubmitDeclaration)[0], "red")
    while not play.asked(c.StartService, stage="sample"):
        play.answer(next(iter(play.open.values())))
    play.tell(e.ResultArrived, "t1", "sample", e.Evidence("sample"))
    play.serve("t1", stage="sample")
    play.late.clear()
    assert play.state.visits["t1"].results_due == []
    play.run()
    assert play.state.visits == {}
