"""Papers, channel, release and holds: only customs release, and nobody leaves without it."""

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.clearance import MOST_MANIFESTS
from kouan.dispatch.early import MOST_KEPT, MOST_KNOWN
from kouan.port.model import Port
from kouan.port.procedures import Need
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import place, port, procedure, stage, truck_port


def exit_only(*until: Need, **fields: object) -> Port:
    return port(
        {"out": place(), "scale": place("scale", room=0)},
        {
            "p": procedure(
                stage("leave", "out", until=until, barrier=True, **fields),
                exit_needs_release=True,
            )
        },
    )


def at_exit(*until: Need) -> Play:
    play = Play(exit_only(*until))
    play.come("t1")
    play.run_papers()
    play.serve("t1")
    return play


@pytest.mark.parametrize("until", [(), (Need.RELEASE,)])
def test_nobody_leaves_without_a_release(until: tuple[Need, ...]) -> None:
    play = at_exit(*until)
    play.wait(90_000)
    assert play.told(c.LeaveBy) == []
    assert play.told(c.OpenBarrier) == []
    play.answer(play.asked(c.ReportArrival)[0])
    assert len(play.told(c.LeaveBy)) == len(play.told(c.OpenBarrier)) == 1
    play.check()


def test_a_hold_placed_before_the_release_keeps_the_visit_until_it_is_lifted_by_who_placed_it() -> (
    None
):
    play = at_exit()
    play.tell(e.HoldPlaced, "D-t1", "plant protection", "pest")
    play.tell(e.HoldPlaced, "D-t1", "customs", "value")
    play.answer(play.asked(c.ReportArrival)[0])
    play.tell(e.HoldLifted, "D-t1", "customs")
    play.tell(e.HoldLifted, "D-t1", "somebody else")
    assert play.told(c.LeaveBy) == []
    play.tell(e.HoldLifted, "D-t1", "plant protection")
    assert len(play.told(c.LeaveBy)) == 1
    play.check()


def test_a_hold_placed_after_the_release_stops_who_still_waits_for_room() -> None:
    made = port(
        {"out": place(node="o"), "scale": place("scale", room=0, node="s")},
        {
            "p": procedure(
                stage("leave", "out", until=(Need.RELEASE,), barrier=True),
                stage("after", "scale"),
                exit_needs_release=True,
            )
        },
    )
    play = Play(made)
    for name in ("t1", "t2"):
        play.come(name)
        play.run_papers()
        play.serve(name, stage="leave")
        play.answer(play.asked(c.ReportArrival, visit=name)[0])
    assert play.state.visits["t2"].phase == "lined"
    play.tell(e.HoldPlaced, "D-t2", "customs", "value")
    play.run()
    assert list(play.state.visits) == ["t2"]
    assert play.told(c.OpenBarrier, visit="t2") == []
    play.tell(e.HoldLifted, "D-t2", "customs")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_manifest_that_differs_is_asked_about_until_it_is_right() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.arrive("t1")
    play.lodge("t1", mass_kg=40_000)
    asked = play.asked(c.AskCorrection)
    assert [each.reason for each in asked] == ["mass 40000 kg, announced 30000 kg"]
    play.lodge("t1", mass_kg=40_000)
    assert play.asked(c.AskCorrection) == asked
    play.tell(e.ManifestLodged, "M-t1", "t1", "PL-t1", 30_000, 2, "SE-t1")
    assert [each.reason for each in play.told(c.AskCorrection)][1:] == ["2 containers, announced 1"]
    assert play.asked(c.StartService) == []
    play.lodge("t1")
    assert play.asked(c.StartService)[0].stage == "gate_in"
    play.run()
    assert play.state.visits == {}


@pytest.mark.parametrize(
    ("plate", "seal", "said"), [("OTHER", "SE-t1", "plate OTHER"), ("", "OTHER", "seal OTHER")]
)
def test_plate_and_seal_of_a_manifest_are_compared(plate: str, seal: str, said: str) -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.tell(e.ManifestLodged, "M-t1", "t1", plate, 30_000, 1, seal)
    assert play.asked(c.AskCorrection)[0].reason.startswith(said)


def test_a_manifest_that_turns_wrong_after_the_release_keeps_the_visit() -> None:
    play = at_exit()
    play.lodge("t1", mass_kg=50_000)
    play.answer(play.asked(c.ReportArrival)[0])
    assert play.told(c.LeaveBy) == []
    play.run()
    assert play.state.visits == {}
    play.check()


def test_customs_may_release_without_being_asked() -> None:
    play = Play(exit_only())
    play.come("t1")
    play.run_papers()
    play.tell(e.Released, "D-t1", "customs")
    play.serve("t1")
    assert len(play.told(c.LeaveBy)) == 1


def test_findings_are_reported_unless_a_stage_they_led_to_settled_them() -> None:
    made = port(
        {"gate": place(), "desk": place("desk"), "out": place()},
        {
            "p": procedure(
                stage("gate", "gate", "seal", on={"mismatch": "look", "unread": "out"}, next="out"),
                stage("look", "desk", "inspection", next="out"),
                stage("out", "out", needs=(Need.RELEASE,)),
                exit_needs_release=True,
            )
        },
    )
    play = Play(made)
    for name in ("settled", "open"):
        play.come(name)
        play.run_papers()
    play.serve("settled", e.Evidence("seal", "WRONG"))
    play.serve("settled", stage="look")
    play.serve("open", e.Evidence("seal", ""))
    play.run()
    reported = {each.visit: each.findings for each in play.told(c.ReportArrival)}
    assert reported == {"settled": "none", "open": "gate: seal: could not be read"}


def test_papers_may_come_before_their_visit_and_in_any_order() -> None:
    play = Play(truck_port())
    play.tell(e.DeclarationLodged, "D-t1", "M-t1")
    play.arrive("t1")
    play.tell(e.ManifestLodged, "M-t1", "t1", "PL-t1", 30_000, 1, "SE-t1")
    play.tell(e.ManifestLodged, "M-t1", "t1", "PL-t1", 30_000, 1, "SE-t1")
    assert len(play.told(c.RaiseAlarm)) == 3
    play.announce("t1")
    assert play.state.early == {}
    assert len(play.asked(c.SubmitDeclaration)) == len(play.asked(c.StartService)) == 1
    play.run()
    assert play.state.visits == {}


def test_what_nobody_announces_is_kept_within_a_bound() -> None:
    play = Play(truck_port(), frozen=False)
    for number in range(MOST_KNOWN + 5):
        play.arrive(f"t{number}")
    assert len(play.state.early) == MOST_KNOWN
    assert "t4" not in play.state.early
    for number in range(2 * MOST_KEPT):
        play.tell(e.ManifestLodged, f"M{number}", "t9", "", 1, 1, "")
    assert len(play.state.early["t9"]) == MOST_KEPT


def test_one_manifest_is_for_one_visit_and_a_visit_has_one_declaration() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.announce("t2")
    play.lodge("t1")
    play.tell(e.ManifestLodged, "M-t1", "t2", "PL-t2", 30_000, 1, "SE-t2")
    play.tell(e.DeclarationLodged, "D-other", "M-t1")
    alarms = [(each.subject, each.text) for each in play.told(c.RaiseAlarm)]
    assert alarms == [
        ("M-t1", "lodged for t2, but it is the manifest of t1"),
        ("D-other", "lodged for t1, but D-t1 was lodged before"),
    ]
    assert play.state.filings["t1"].declaration == "D-t1"
    assert "t2" not in play.state.filings


def test_a_correction_may_have_a_number_of_its_own() -> None:
    play = Play(truck_port())
    play.announce("t1")
    play.lodge("t1", mass_kg=99_000)
    play.tell(e.ManifestLodged, "M2", "t1", "PL-t1", 30_000, 1, "SE-t1")
    play.arrive("t1")
    play.run()
    assert play.state.visits == {}
    assert play.state.manifests == {}
    assert play.state.filings == {}


def test_a_visit_waits_for_its_booking_where_one_is_needed() -> None:
    made = port({"gate": place()}, {"p": procedure(stage("pass", "gate", needs=(Need.BOOKING,)))})
    play = Play(made)
    play.come("t1")
    assert play.asked(c.StartService) == []
    play.tell(e.BookingRequested, "t1", play.now_ms)
    assert len(play.asked(c.StartService)) == 1


def test_needs_for_channel_declaration_and_results_are_waited_for() -> None:
    needs = (Need.DECLARATION, Need.CHANNEL)
    made = port(
        {"gate": place(), "lab": place("laboratory")},
        {
            "p": procedure(
                stage("pass", "gate", needs=needs),
                stage("sample", "lab", "sample", late=("sample",)),
                stage("back", "gate", needs=(Need.RESULTS,)),
            )
        },
    )
    play = Play(made)
    play.announce("t1")
    play.arrive("t1")
    assert play.asked(c.StartService) == []
    play.lodge("t1")
    assert play.asked(c.StartService) == []
    play.run_papers()
    play.serve("t1", stage="pass")
    play.serve("t1", stage="sample")
    assert play.asked(c.StartService) == []
    play.tell(e.ResultArrived, *play.late.pop())
    play.serve("t1", stage="back")
    play.run()
    assert play.state.visits == {}


def test_manifests_of_one_visit_are_bounded() -> None:
    play = Play(truck_port())
    play.announce("t1")
    for number in range(MOST_MANIFESTS + 3):
        play.tell(e.ManifestLodged, f"M{number}", "t1", "", 30_000, 1, "SE-t1")
    assert len(play.state.manifests) == MOST_MANIFESTS
    assert len(play.told(c.RaiseAlarm)) == 3


def test_only_customs_release() -> None:
    play = at_exit()
    play.tell(e.Released, "D-t1", "somebody at the gate")
    assert play.told(c.LeaveBy) == []
    assert "only customs release" in play.told(c.RaiseAlarm)[-1].text
    play.answer(play.asked(c.ReportArrival)[0])
    assert len(play.told(c.LeaveBy)) == 1
    play.check()


def test_a_channel_that_nobody_knows_is_not_taken() -> None:
    play = Play(exit_only())
    play.come("t1")
    play.lodge("t1")
    for channel, by in (("RED", "customs"), ("red", "the weather")):
        play.tell(e.ChannelAssigned, "D-t1", channel, by)
        assert play.state.filings["t1"].channel == ""
        assert "expected green, yellow or red by customs" in play.told(c.RaiseAlarm)[-1].text
