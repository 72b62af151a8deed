"""The tables of a run in the terminal."""

import io
from datetime import UTC

import pytest
from rich.console import Console

from kouan.report.summary import Json, Summary
from kouan.report.tables import live_table, number, show, tables
from kouan.report.texts import Language
from kouan.runtime.checkers import Violation
from tests.unit.runtime.example_port import PORT, Script, join, trip, truck


@pytest.fixture(name="summary")
def _summary() -> Json:
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    truck(script, "v1", 40)
    summary = Summary(PORT)
    summary.violations = [Violation(7, "room", "scale", "stands there as number 3")]
    script.play(summary)
    return summary.as_json()


def shown(summary: Json, language: Language) -> str:
    console = Console(file=io.StringIO(), width=140, color_system=None)
    show(summary, console, language)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def cells(output: str, first: str) -> list[str]:
    line = next(line for line in output.splitlines() if line.startswith(f"│ {first} "))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_english_tables_show_the_figures(summary: Json) -> None:
    output = shown(summary, "en")
    assert cells(output, "Visits finished") == ["Visits finished", "2", "predicted"]
    assert cells(output, "Round trips a day") == ["Round trips a day", "1", "predicted"]
    assert cells(output, "Cycle, mean") == ["Cycle, mean", "20 min", "predicted"]
    assert cells(output, "Driving") == ["Driving", "7", "35 %"]
    assert cells(output, "gate") == ["gate", "2", "1", "0.03 h", "2 h", "1.67 %"]
    assert cells(output, "2026-03-02") == ["2026-03-02", "2", "2", "0", "105", "1"]
    assert cells(output, "7") == ["7", "room", "scale", "stands there as number 3"]


def test_chinese_tables_show_the_same_figures(summary: Json) -> None:
    output = shown(summary, "zh")
    assert cells(output, "完成车次") == ["完成车次", "2", "预测"]
    assert cells(output, "行驶") == ["行驶", "7", "35 %"]
    assert "Visits" not in output


def test_a_run_without_violations_shows_no_such_table(summary: Json) -> None:
    summary |= {"violations_found": [], "violations": 0}
    assert cells(shown(summary, "en"), "Broken rules") == ["Broken rules", "0", "checked"]
    assert tables(summary)[-1].row_count == 0


def test_a_run_of_less_than_a_day_says_so(summary: Json) -> None:
    summary["run"] |= {"days": 0, "hours": 2.5}
    summary["visits"]["tonnes_per_day"] = summary["agv"]["round_trips_per_day"] = None
    output = shown(summary, "en")
    assert "The run lasted 2.5 h: less than a day" in output
    assert cells(output, "Tonnes a day") == ["Tonnes a day", "-", "predicted"]
    assert cells(output, "Round trips a day") == ["Round trips a day", "-", "predicted"]
    assert "不足一天" in shown(summary, "zh")


def test_sections_are_labelled(summary: Json) -> None:
    output = shown(summary, "en")
    for title in ("Times by stage", "Use of stations", "Day by day"):
        assert f"{title}: predicted" in output


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", [("Visits finished", "1,234"), ("Broken rules", "-"), ("Lag of the loop", "0.25")]),
        ("zh", [("完成车次", "1,234"), ("违反的规则", "-"), ("循环滞后", "0.25")]),
    ],
)
def test_a_live_run_is_told_in_words(language: Language, expected: list[tuple[str, str]]) -> None:
    run = {
        "visits_finished": 1_234,
        "violations": None,
        "lag_p50_ms": 0.25,
        "journal_sha256": "ab12",
        "port_ms": 1_772_409_600_000,
    }
    console = Console(file=io.StringIO(), width=140, color_system=None)
    console.print(live_table(run, UTC, language))
    written = console.file
    assert isinstance(written, io.StringIO)
    output = written.getvalue()
    assert all(key not in output for key in run)
    for name, value in [*expected, ("", "ab12"), ("", "2026-03-02 00:00:00")]:
        lines = [line for line in output.splitlines() if line.startswith(f"│ {name}")]
        assert any(f" {value} │" in line for line in lines)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1234, "1,234"), (12.0, "12"), (12.345, "12.35"), (0.5, "0.5"), (1234.5, "1,234")],
)
def test_numbers_for_people(value: float, expected: str) -> None:
    assert number(value) == expected
