"""Paper slips: entered afterwards, once each, in the order of the stages, and no barrier opens."""

from dataclasses import replace
from typing import Any

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch import slips
from kouan.dispatch.state import Phase
from kouan.port.model import Mode, ModeName, Port
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, truck_port
from tests.unit.dispatch.test_arrivals import alarms, express, seen

LI = ("li/gate_officer",)
GATE = ("gate_in", "in_1")


def manual_port(made: Port | None = None) -> Port:
    return replace(made or truck_port(), modes={ModeName.MANUAL: Mode(("shift_leader",))})


def manual_play(*came: str, made: Port | None = None) -> Play:
    """A port where visits came, that was in manual mode for an hour and is not any more."""
    play = Play(manual_port(made))
    for name in came:
        play.come(name)
    play.run_papers()
    switch(play, "manual")
    play.wait(HOUR)
    switch(play, "normal")
    return play


def switch(play: Play, mode: str) -> None:
    role = "shift_leader" if mode == "manual" else "port_operator"
    play.tell(e.ModeSwitched, mode, role)


def slip(play: Play, number: str, visit: str, at: tuple[str, str] = GATE, **changes: Any) -> bool:
    """Enter a slip of half past; return whether it counts."""
    fields: dict[str, Any] = {
        "passed": True,
        "evidence": (e.Evidence("plate", f"PL-{visit}", by=LI[0]),),
        "decided_by": LI,
        "happened_ms": START + HOUR // 2,
        **changes,
    }
    told = play.tell(e.SlipEntered, number, visit, *at, *fields.values(), "wang/shift_leader")
    return any(isinstance(command, c.ConfirmSlip) for command in told)


def why(play: Play) -> str:
    return alarms(play)[-1].partition("nothing: ")[2]


def test_a_service_open_when_the_power_went_is_ended_by_its_slip() -> None:
    play = manual_play("a")
    (service,) = play.asked(c.StartService, visit="a")
    assert slip(play, "1", "a")
    visit = play.state.visits["a"]
    assert (visit.stage, visit.phase) == (0, Phase.MOVING)
    assert not play.told(c.OpenBarrier), "people opened it long ago"
    assert play.state.places["gate"].free == [0, 1]
    assert service.request not in play.state.requests
    play.answer(service)
    assert play.state.visits["a"].stage == 0, "the devices' own word comes too late"
    play.check()


def test_devices_may_end_what_they_had_begun_and_the_slip_then_comes_too_late() -> None:
    play = manual_play("a")
    play.serve("a", stage="gate_in")
    assert [one.visit for one in play.told(c.OpenBarrier)] == ["a"]
    assert not slip(play, "1", "a")
    assert why(play) == "stage weigh comes first"
    play.check()


def test_a_slip_settles_what_devices_did_not_read_when_the_power_was_back() -> None:
    play = manual_play("a")
    play.serve("a", e.Evidence("plate", ""), stage="gate_in")
    assert play.asked(c.StartService, stage="by_hand")
    assert slip(play, "1", "a")
    assert not play.state.visits["a"].findings
    assert play.asked(c.SendTo, visit="a", place="scale")
    assert play.state.places["desk"].free == [0, 1]
    play.check()


def test_slips_bring_a_visit_through_from_where_the_port_last_knew_it() -> None:
    play = Play(manual_port())
    play.announce("a")
    play.lodge("a")
    play.run_papers()
    switch(play, "manual")
    play.wait(HOUR)
    assert slip(play, "1", "a")
    assert slip(play, "2", "a", ("weigh", "scale.1"))
    visit = play.state.visits["a"]
    assert (visit.stage, visit.place) == (2, "out")
    switch(play, "normal")
    play.run()
    assert not play.state.visits
    assert play.checkers.facts.ended.get("a") == "left"
    play.check()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_a_slip_takes_its_visit_out_of_queues_and_lines(count: int) -> None:
    names = [f"v{number}" for number in range(count)]
    play = Play(manual_port())
    for name in names:
        play.come(name)
    play.run_papers()
    for name in names[:3]:
        play.serve(name, stage="gate_in")
    switch(play, "manual")
    play.wait(MINUTE)
    for number, name in enumerate(reversed(names)):
        at = ("weigh", "scale.1") if name in names[:3] else GATE
        assert slip(play, str(number), name, at, happened_ms=START)
    gate, scale = play.state.places["gate"], play.state.places["scale"]
    assert (gate.queued, gate.coming, sorted(gate.free)) == (0, 0, [0, 1])
    assert (scale.queued, scale.lined) == (0, scale.lined)
    play.run()
    switch(play, "normal")
    play.run()
    assert not play.state.visits
    play.check()


def test_the_wrong_order_counts_for_nothing() -> None:
    play = manual_play("a")
    assert not slip(play, "1", "a", ("weigh", "scale.1"))
    assert why(play) == "stage gate_in comes first"
    assert slip(play, "1", "a")
    assert slip(play, "2", "a", ("weigh", "scale.1"))
    assert not slip(play, "3", "a")
    assert why(play) == "stage leave comes first"
    play.check()


def test_the_same_slip_twice_is_one_and_another_of_its_number_none() -> None:
    play = manual_play("a", "b")
    assert slip(play, "1", "a")
    told = len(alarms(play))
    assert not slip(play, "1", "a")
    assert len(alarms(play)) == told
    assert not slip(play, "1", "b")
    assert why(play) == "there is another of this number"
    assert slip(play, "2", "b")
    play.check()


@pytest.mark.parametrize("at_ms", [START - 1, START + HOUR + 1, START + 3 * HOUR])
def test_a_slip_is_of_a_time_in_manual_mode(at_ms: int) -> None:
    play = manual_play("a")
    play.wait(HOUR)
    assert not slip(play, "1", "a", happened_ms=at_ms)
    assert why(play) == "the port was not in manual mode at that time"
    switch(play, "manual")
    assert not slip(play, "1", "a", happened_ms=play.now_ms + 1), "nothing has happened yet"
    assert slip(play, "1", "a", happened_ms=play.now_ms)
    play.check()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"at": ("nowhere", "in_1")}, "import has no stage nowhere"),
        ({"at": ("gate_in", "scale.1")}, "gate has no station scale.1"),
        ({"visit": "x"}, "its visit is not announced"),
    ],
)
def test_what_is_no_slip_of_this_port_counts_for_nothing(
    changes: dict[str, Any], expected: str
) -> None:
    play = manual_play("a")
    assert not slip(play, "1", **{"visit": "a", **changes})
    assert why(play) == expected
    assert slip(play, "1", "a")
    play.check()


def test_who_was_not_passed_is_turned_back_as_the_slip_says() -> None:
    play = manual_play("a")
    found = e.Evidence("documents", "forged", ok=False, by=LI[0])
    assert slip(play, "1", "a", passed=False, evidence=(found,))
    (back,) = play.told(c.TurnBack)
    assert back.reason == "documents: forged"
    play.run()
    assert not slip(play, "2", "a", ("weigh", "scale.1"))
    play.check()


def test_passing_over_a_mismatch_takes_two_on_a_slip_too() -> None:
    play = Play(manual_port(express()))
    play.announce("a")
    seen(play, "PL-a")
    play.serve("a", e.Evidence("plate", "XX-1"))
    switch(play, "manual")
    look = ("look", "bay.1")
    assert slip(play, "1", "a", look, happened_ms=START)
    assert play.state.visits["a"].result == "review"
    both = (*LI, "zhao/supervisor")
    assert slip(play, "2", "a", look, happened_ms=START, decided_by=both)
    assert play.asked(c.StartService, stage="park")
    play.check()


def test_a_lane_that_was_left_by_hand_is_free_after_the_slip() -> None:
    play = Play(manual_port(express()))
    for name in ("a", "b"):
        play.announce(name)
    seen(play, "PL-a")
    switch(play, "manual")
    play.tell(e.CarrierLeft, "lane_1")
    assert slip(play, "1", "a", ("verify", "lane_1"), happened_ms=START)
    assert not play.told(c.OpenBarrier)
    assert not play.told(c.LeadOut)
    switch(play, "normal")
    seen(play, "PL-b")
    assert play.asked(c.StartService, visit="b")
    play.check()


def test_a_held_visit_that_people_let_pass_is_still_held() -> None:
    play = manual_play("a")
    play.tell(e.VisitHeld, "a", "border_inspection", "w-1")
    assert slip(play, "1", "a")
    assert play.state.visits["a"].reason.startswith("border inspection")
    play.check()


def test_memory_of_slips_and_modes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slips, "MOST_SLIPS", 2)
    monkeypatch.setattr(slips, "MOST_PERIODS", 3)
    play = manual_play("a", "b", "d")
    for name in ("a", "b", "d"):
        assert slip(play, name, name)
    assert list(play.state.slips) == ["b", "d"]
    for _ in range(5):
        switch(play, "manual")
        switch(play, "manual")
        play.wait(MINUTE)
        switch(play, "normal")
    assert len(play.state.manual_periods) == 3
    assert all(from_ms < to_ms for from_ms, to_ms in play.state.manual_periods)


@pytest.mark.parametrize("fault", ["twice", "time"])
def test_the_checker_sees_a_slip_that_may_not_count(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    play = manual_play("a", "b")
    slip(play, "1", "a")
    if fault == "twice":
        play.state.slips.clear()
        slip(play, "1", "b")
    else:
        monkeypatch.setattr(slips, "in_manual_mode", lambda *_: True)
        slip(play, "2", "b", happened_ms=START - HOUR)
    (found,) = play.checkers.violations
    assert found.rule == "slip"
