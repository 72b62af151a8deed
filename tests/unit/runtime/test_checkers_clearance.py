"""Barriers and the exit: each rule broken on purpose."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.runtime.checkers import Checkers
from kouan.runtime.checkers.clearance import BarrierChecker, ReleaseChecker
from tests.unit.runtime.example_port import PORT, Script, at, join, seen, trip, truck


def found(script: Script, port: Port = PORT) -> list[tuple[str, str]]:
    checkers = Checkers(port, kinds=(BarrierChecker, ReleaseChecker))
    script.play(checkers)
    return [(violation.rule, violation.subject) for violation in checkers.violations]


def at_gate(evidence: tuple[e.Evidence, ...]) -> list[tuple[str, str]]:
    """The gate finds this, and the barrier opens all the same."""
    script = Script()
    script.announce("v", 0)
    gate = script.start("v", "gate_in", "in_1")
    script.arrived("v", "gate", 1, gate)
    script.ended(gate, 2, evidence, script.barrier("in_1", "v"))
    return found(script)


DRIVER = e.Evidence("driver", "dr")
NOT_A_MATCH = {
    "unread": (e.Evidence("plate", ""), DRIVER),
    "wrong": (e.Evidence("plate", "XX"), DRIVER),
    "uncertain": (e.Evidence("plate", "Pv", 0, 899_999), DRIVER),
    "missing": (e.Evidence("plate", "Pv"),),
}


@pytest.mark.parametrize("evidence", NOT_A_MATCH.values(), ids=NOT_A_MATCH)
def test_barrier_opened_without_a_match_is_caught(evidence: tuple[e.Evidence, ...]) -> None:
    assert at_gate(evidence) == [("barrier", "v")]


def test_barrier_opened_on_a_match_is_fine() -> None:
    assert at_gate(seen("v")) == []


def test_barrier_opened_before_the_verdict_is_caught() -> None:
    script = Script()
    script.announce("v", 0)
    gate = script.start("v", "gate_in", "in_1")
    script.arrived("v", "gate", 1, gate, script.barrier("in_1", "v"))
    assert found(script) == [("barrier", "v")]


def test_barrier_opened_twice_or_for_a_stranger_is_caught() -> None:
    script = Script()
    script.announce("v", 0)
    gate = script.start("v", "gate_in", "in_1")
    script.arrived("v", "gate", 1, gate)
    opening = script.barrier("in_1", "v")
    script.ended(gate, 2, seen("v"), opening, opening)
    assert found(script) == []
    script.add(e.Woke(at(3), ""), script.barrier("in_1", "v"), script.barrier("in_1", "w"))
    assert found(script) == [("barrier", "v"), ("barrier", "w")]


def test_barrier_where_none_is_declared_is_caught() -> None:
    script = Script()
    script.announce("v", 0)
    scale = script.start("v", "scale", "scale.1")
    script.arrived("v", "scale", 1, scale)
    weighed = (e.Evidence("mass", amount=58_000),)
    script.ended(scale, 2, weighed, script.barrier("scale.1", "v"))
    assert found(script) == [("barrier", "v")]


def without(script: Script, kind: type[e.Event]) -> Script:
    """The same run without any event of a kind; its commands stay, on a wake-up."""
    kept = Script()
    for _, event, commands in script.entries:
        kept.add(e.Woke(event.at_ms, "") if isinstance(event, kind) else event, *commands)
    return kept


def test_a_truck_that_leaves_without_release_is_caught() -> None:
    script = Script()
    truck(script, "v", 0)
    assert found(script) == []
    assert found(without(script, e.Released)) == [("barrier", "v"), ("exit", "v"), ("exit", "v")]


def test_an_agv_that_passes_the_border_without_release_is_caught() -> None:
    script = Script()
    join(script, "a1")
    trip(script, "a1", "o", 0)
    assert found(script) == []
    rules = [rule for rule, _ in found(without(script, e.Released))]
    assert rules[:2] == ["barrier", "exit"]


def test_a_truck_that_leaves_under_a_hold_is_caught() -> None:
    script = Script()
    truck(script, "v", 0)
    held = Script()
    for _, event, commands in script.entries:
        if isinstance(event, e.Released):
            held.add(e.HoldPlaced(event.at_ms, "dv", "quarantine", "papers"))
        held.add(event, *commands)
    assert found(held) == [("barrier", "v"), ("hold", "v"), ("hold", "v")]


@pytest.mark.parametrize(("weighed_kg", "rules"), [(60_000, []), (60_001, ["finding"] * 2)])
def test_a_mass_out_of_tolerance_is_caught(weighed_kg: int, rules: list[str]) -> None:
    script = Script()
    truck(script, "v", 0, weighed_kg)
    reported = ["release"] if rules else []
    assert [rule for rule, _ in found(script)] == reported + rules


def test_a_mass_that_an_inspection_settled_is_fine() -> None:
    """More than 4 t off leads to the bay; what matches there settles it."""
    script = Script()
    truck(script, "v", 0, weighed_kg=63_000)
    assert ("finding", "v") in found(script)
    settled = Script()
    for _, event, commands in script.entries:
        if isinstance(event, e.Arrived) and event.place == "exit":
            bay = c.StartService(99, "v", "bay", "bay.1", 1)
            settled.add(e.Arrived(event.at_ms, "v", "bay"), bay)
            settled.ended(bay, 7, (e.Evidence("inspection"),))
        settled.add(event, *commands)
    assert found(settled) == []


def test_an_unmatched_manifest_is_caught_until_corrected() -> None:
    script = Script()
    truck(script, "v", 0)
    wrong, corrected = Script(), Script()
    for _, event, commands in script.entries:
        if isinstance(event, e.ManifestLodged):
            bad = event._replace(containers=1)
            wrong.add(bad, *commands)
            corrected.add(bad, *commands)
        else:
            wrong.add(event, *commands)
        corrected.add(event, *commands)
    assert found(wrong) == [("manifest", "v")] * 2
    assert found(corrected) == []


@pytest.mark.parametrize(("channel", "count"), [("green", 0), ("yellow", 2), ("red", 2)])
def test_an_inspection_that_was_asked_for_and_never_held_is_caught(
    channel: str, count: int
) -> None:
    script = Script()
    truck(script, "v", 0)
    risky = Script()
    for _, event, commands in script.entries:
        if isinstance(event, e.ChannelAssigned):
            event = event._replace(channel=channel)
        risky.add(event, *commands)
    assert found(risky) == [("inspection", "v")] * count


@pytest.mark.parametrize("opened", [True, False])
def test_an_image_that_an_inspection_settled_counts_as_taken(opened: bool) -> None:
    """An image that shows something sends even a visit on the yellow channel to the bay."""
    stages = [
        replace(stage, on={"mismatch": "bay"}, checks=stage.checks[:1])
        if stage.id == "xray"
        else stage
        for stage in PORT.procedures["import"].stages
    ]
    sends = replace(PORT.procedures["import"], stages=tuple(stages))
    port = replace(PORT, procedures={**PORT.procedures, "import": sends})
    day = Script()
    truck(day, "v", 0)
    script = Script()
    for _, event, commands in day.entries:
        if isinstance(event, e.ChannelAssigned):
            event = event._replace(channel="yellow")
        if isinstance(event, e.Arrived) and event.place == "exit":
            xray = c.StartService(98, "v", "xray", "xray.1", 1)
            script.add(e.Arrived(event.at_ms, "v", "xray"), xray)
            script.ended(xray, 7, (e.Evidence("image", ok=False),))
            bay = c.StartService(99, "v", "bay", "bay.1", 1)
            script.add(e.Arrived(event.at_ms, "v", "bay"), bay)
            script.ended(bay, 7, (e.Evidence("inspection", ok=opened),))
        script.add(event, *commands)
    assert (found(script, port) == []) is opened


def test_an_awaited_result_keeps_the_inspection_open() -> None:
    script = Script()
    truck(script, "v", 0)
    risky = Script()
    for _, event, commands in script.entries:
        if isinstance(event, e.ChannelAssigned):
            event = event._replace(channel="yellow")
        if isinstance(event, e.Arrived) and event.place == "exit":
            xray = c.StartService(99, "v", "xray", "xray.1", 1)
            risky.add(e.Arrived(event.at_ms, "v", "xray"), xray)
            risky.ended(xray, 7.5, (e.Evidence("image"),))
        if isinstance(event, e.Released):
            assert found(risky) == []
            opened = Script([*risky.entries])
            opened.add(event, *commands)
            assert found(opened) == [("inspection", "v")] * 2
            risky.add(e.ResultArrived(event.at_ms, "v", "xray", e.Evidence("sample")))
        risky.add(event, *commands)
    assert found(risky) == []


def test_a_port_whose_exit_needs_no_release_lets_out() -> None:
    script = Script()
    truck(script, "v", 0)
    free = replace(PORT.procedures["import"], exit_needs_release=False)
    stages = (*free.stages[:-1], replace(free.stages[-1], until=()))
    port = replace(PORT, procedures={"import": replace(free, stages=stages)}, fleets={})
    checkers = Checkers(port, kinds=(BarrierChecker, ReleaseChecker))
    without(script, e.Released).play(checkers)
    assert checkers.violations == []
