"""The tables of a run in the terminal."""

import io

import pytest
from rich.console import Console

from kouan.report.summary import Json, Summary
from kouan.report.tables import number, show, tables
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


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1234, "1,234"), (12.0, "12"), (12.345, "12.35"), (0.5, "0.5"), (1234.5, "1,234")],
)
def test_numbers_for_people(value: float, expected: str) -> None:
    assert number(value) == expected
