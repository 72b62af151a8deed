"""The summary of runs written by hand, with figures worked out by hand."""

import json

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.report.summary import Json, Summary
from kouan.runtime.checkers import Violation
from tests.unit.runtime.example_port import (
    PORT,
    Script,
    at,
    join,
    place_order,
    seen,
    trip,
    truck,
)


def summary_of(script: Script, days: int | None = None) -> Json:
    summary = Summary(PORT)
    summary.days = days
    script.play(summary)
    return summary.as_json()


@pytest.fixture(name="trucks")
def _trucks() -> Json:
    """Two trucks that stay 19 minutes each, one turned back after 4, one that never comes."""
    script = Script()
    script.open()
    truck(script, "v1", 0)
    truck(script, "v2", 30)
    script.announce("v3", 60)
    gate = script.start("v3", "gate_in", "in_2")
    script.arrived("v3", "gate", 61, gate)
    wrong = (e.Evidence("plate", "XX"), e.Evidence("driver", "dr"))
    script.ended(gate, 63, wrong, c.TurnBack(script.request(), "v3", "plate"))
    script.add(e.LeftPort(at(65), "v3"))
    script.announce("v4", 66)
    script.add(e.VisitLapsed(at(70), "v4"))
    script.announce("v5", 75)
    script.arrived("v5", "gate", 80)
    script.add(e.Woke(at(100), ""))
    return summary_of(script)


def test_visits_are_counted(trucks: Json) -> None:
    visits = trucks["visits"]
    assert visits["announced"] == 5
    assert (visits["started"], visits["finished"], visits["in_port"]) == (4, 3, 1)
    assert visits["by_state"] == {"left": 2, "no_show": 1, "turned_back": 1}
    assert visits["turned_back"] == 1
    assert visits["tonnes"] == 80.0
    assert visits["by_class"] == {
        "coal": {"started": 4, "finished": 3, "turned_back": 1, "tonnes": 80.0}
    }
    assert visits["label"] == "predicted"


def test_one_way_and_two_way_counts_stand_apart(trucks: Json) -> None:
    assert trucks["visits"]["one_way_crossings"] == {"entry": 2, "exit": 0}
    assert trucks["visits"]["two_way_crossings"] == 2


def test_stay_and_buffer_time(trucks: Json) -> None:
    """Stays of 19, 19 and 4 minutes: mean 14, P95 19, buffer 5, index 35.714 %."""
    assert trucks["visits"]["carec_tfi1_h_mean"] == 0.233
    assert trucks["visits"]["stay_min"]["import"] == {
        "n": 3,
        "mean": 14.0,
        "median": pytest.approx(19, rel=0.004),
        "p90": pytest.approx(19, rel=0.004),
        "p95": pytest.approx(19, rel=0.004),
        "max": 19.0,
        "buffer": pytest.approx(5, abs=0.08),
        "buffer_index_percent": pytest.approx(35.714, abs=0.6),
    }


def test_stages_wait_and_service(trucks: Json) -> None:
    gate, scale = trucks["stages"]["import"]["gate_in"], trucks["stages"]["import"]["scale"]
    assert (gate["count"], gate["service_min"]["mean"], gate["wait_min"]["mean"]) == (3, 2.0, 0.0)
    assert (scale["count"], scale["service_min"]["mean"]) == (2, 1.0)
    assert "xray" not in trucks["stages"]["import"]


def test_station_use_is_over_open_hours(trucks: Json) -> None:
    """in_1 served 2 x 2 minutes and in_2 2 minutes of the run's 100, all of them open."""
    assert trucks["stations"]["in_1"] == {
        "services": 2,
        "busy_h": 0.067,
        "open_h": 1.667,
        "use_percent": 4.0,
    }
    assert trucks["stations"]["in_2"]["use_percent"] == 2.0


def test_station_use_leaves_closed_time_out() -> None:
    """The gate is open for 60 minutes; a service from minute 58 to 64 counts for 2 of them."""
    script = Script()
    script.open(hours=1)
    script.announce("v", 57)
    gate = script.start("v", "gate_in", "in_1")
    script.arrived("v", "gate", 58, gate)
    script.ended(gate, 64, seen("v"))
    script.add(e.Woke(at(600), ""))
    assert summary_of(script)["stations"]["in_1"] == {
        "services": 1,
        "busy_h": 0.033,
        "open_h": 1.0,
        "use_percent": 3.333,
    }


def test_a_wait_and_a_queue() -> None:
    """v arrives at 0 and is served 0-4, w arrives at 1 and x at 2; w waits 3 and x 6 minutes.

    Queue: 0 until 1, 1 until 2, 2 until 4, 1 until 8, 0 until 10: mean 9/10, P50 1, P95 2.
    """
    script = Script()
    script.open()
    for visit in ("v", "w", "x"):
        script.announce(visit, 0)
    first, second, third = (script.start(visit, "gate_in", "in_1") for visit in ("v", "w", "x"))
    script.arrived("v", "gate", 0, first)
    script.arrived("w", "gate", 1)
    script.arrived("x", "gate", 2)
    script.ended(first, 4, seen("v"), script.send("v", "gate", "scale"), second)
    script.ended(second, 8, seen("w"), script.send("w", "gate", "scale"), third)
    script.ended(third, 10, seen("x"))
    result = summary_of(script)
    wait = result["stages"]["import"]["gate_in"]["wait_min"]
    assert (wait["n"], wait["mean"], wait["max"]) == (3, 3.0, 6.0)
    assert result["queues"]["gate"] == {"mean": 0.9, "p50": 1, "p95": 2, "max": 2}
    assert result["profile"]["queue"][8] == 0.15
    assert result["profile"]["visits_begun"][8] == 3.0


def test_release_intervals(trucks: Json) -> None:
    """Declared before arrival: nothing until the declaration, 17 to the release, 2 to the gate."""
    release = trucks["release"]["import"]
    assert sorted(release) == ["all", "channel_green", "pre_arrival"]
    assert release["all"]["n"] == 2
    means = {name: spread["mean"] for name, spread in release["all"].items() if name != "n"}
    assert means == {
        "arrival_to_declaration_min": 0.0,
        "declaration_to_release_min": 17.0,
        "arrival_to_release_min": 17.0,
        "release_to_gate_out_min": 2.0,
        "arrival_to_gate_out_min": 19.0,
    }


def test_a_declaration_after_arrival_is_its_own_group() -> None:
    script = Script()
    truck(script, "v", 0)
    late = Script()
    for _, event, commands in script.entries:
        if not isinstance(event, e.DeclarationLodged):
            late.add(event, *commands)
        if isinstance(event, e.Arrived) and event.place == "gate":
            late.add(e.DeclarationLodged(at(11), "dv", "mv"))
    release = summary_of(late)["release"]["import"]
    assert sorted(release) == ["after_arrival", "all"]
    assert release["all"]["arrival_to_declaration_min"]["mean"] == 10.0
    assert release["all"]["declaration_to_release_min"]["mean"] == 7.0


@pytest.fixture(name="agv")
def _agv() -> Json:
    """Two round trips of one vehicle, 20 minutes each, and one order that is never begun."""
    script = Script()
    script.open(hours=1)
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    trip(script, "a1", "o2", 30, step=11)
    place_order(script, "o3", 60)
    result: Json = summary_of(script, days=2)["agv"]
    return result


def test_round_trips_and_loaded_crossings(agv: Json) -> None:
    assert (agv["orders"], agv["round_trips"], agv["loaded_one_way_crossings"]) == (3, 2, 2)
    assert (agv["round_trips_per_day"], agv["tonnes_per_day"]) == (1.0, 65.0)
    assert (agv["tonnes"], agv["tonnes_per_trip"], agv["turned_back"]) == (130.0, 65.0, 0)


def test_the_cycle_and_its_parts(agv: Json) -> None:
    """From the load's start at 1 to the end at the border at 21; the parts add up to it.

    Driving 5-8, 12-14 and 18-20 is 7 minutes, loading 4, unloading 4, gates 1 + 1, waiting 9-12.
    """
    assert agv["cycle_min_mean"] == 20.0
    assert agv["cycle_split_min"] == {
        "driving": 7.0,
        "loading": 4.0,
        "unloading": 4.0,
        "gates": 2.0,
        "waiting": 3.0,
    }
    assert sum(agv["cycle_split_min"].values()) == agv["cycle_min_mean"]


def test_energy_and_use(agv: Json) -> None:
    """Charge falls by 10,000 Wh to the first report, then by 2 + 1 + 1 + 2 Wh a trip.

    It is higher again after each stop, which is no use. One vehicle is on trips for 40 of the 60
    open minutes.
    """
    assert agv["vehicles"] == 1
    assert (agv["energy_kwh"], agv["kwh_per_tonne"]) == (10.012, 0.077)
    assert agv["vehicle_use_percent"] == pytest.approx(66.667)


def test_a_vehicle_turned_back_is_no_trip() -> None:
    script = Script()
    join(script, "a1")
    place_order(script, "o1", 0)
    first = c.DriveTo(50, "a1", "o1", 1, ("north.1", "north.2"), (), "")
    script.add(e.Woke(at(1), ""), first)
    script.add(e.Woke(at(5), ""), c.DriveTo(51, "a1", "", 3, ("l",), (), ""))
    result = summary_of(script)
    assert (result["agv"]["round_trips"], result["agv"]["turned_back"]) == (0, 1)
    assert result["visits"]["by_state"] == {"turned_back": 1}


def test_round_trips_count_once_each_way() -> None:
    script = Script()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    visits = summary_of(script)["visits"]
    assert visits["one_way_crossings"] == {"entry": 1, "exit": 1}
    assert visits["two_way_crossings"] == 2


def test_days_are_local_days_of_the_home_side() -> None:
    """Minute 960 is midnight in Shanghai."""
    script = Script()
    truck(script, "v1", 930)
    truck(script, "v2", 945)
    truck(script, "v3", 970)
    result = summary_of(script)
    assert result["run"]["days"] == 2
    assert [(row["day"], row["started"], row["finished"]) for row in result["days"]] == [
        ("2026-03-02", 2, 1),
        ("2026-03-03", 1, 2),
    ]
    assert result["visits"]["started_per_day"] == 1.5


def test_the_caller_adds_hash_and_violations() -> None:
    summary = Summary(PORT)
    Script().play(summary)
    summary.journal_sha256 = "ab" * 32
    summary.violations = [Violation(3, "room", "scale", "too many")]
    result = summary.as_json()
    assert result["journal_sha256"] == "ab" * 32
    assert result["violations_found"] == [
        {"number": 3, "rule": "room", "subject": "scale", "text": "too many"}
    ]
    assert result["violations"] == 1


def test_the_summary_is_the_same_text_each_time(trucks: Json) -> None:
    text = json.dumps(trucks)
    assert json.loads(text) == trucks
    script = Script()
    truck(script, "v1", 0)
    assert json.dumps(summary_of(script)) == json.dumps(summary_of(script))


def test_an_empty_run_has_a_summary() -> None:
    result = summary_of(Script())
    assert (result["visits"]["started"], result["agv"]["cycle_min_mean"]) == (0, 0.0)


def test_less_than_a_day_has_no_figures_a_day() -> None:
    """Told that the run is no whole day, nothing is divided by one; counts stay as they are."""
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    summary = summary_of(script, days=0)
    fleet = summary["agv"]
    per_day = [*_figures_a_day(summary["visits"]), *_figures_a_day(fleet)]
    assert len(per_day) == 7
    assert per_day == [None] * 7
    assert (fleet["round_trips"], summary["run"]["days"]) == (1, 0)
    assert summary["run"]["hours"] == round(
        (summary["run"]["to_ms"] - summary["run"]["from_ms"]) / 3_600_000, 3
    )
    whole = summary_of(script, days=2)
    assert whole["agv"]["round_trips_per_day"] == 0.5


def _figures_a_day(figures: Json) -> list[float | None]:
    return [value for key, value in figures.items() if key.endswith(("_per_day", "_and_day"))]
