"""docs/express-lane.md says what was kept, and what was kept comes out again."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench import desks, green_lane, one_stop
from bench.compare import span
from bench.results import Results

PAGE = Path(__file__).parents[3] / "docs" / "express-lane.md"
SEEDS = 10
COMPARED = {"one_stop": one_stop, "green_lane": green_lane}


def kept(name: str) -> Results:
    return Results.of(name, "", kept=True)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows(name: str, module: ModuleType) -> Iterator[str]:
    """Rows of a comparison's table: each way, and how the last differs from the first."""
    arms = list(module.ARMS)
    for demand, found in kept(name).figures["demands"].items():
        for figure, label in module.NAMES.items():
            if figure.endswith("_hour") == (demand == module.SATURATED):
                spans = [span(found["arms"][arm][figure]) for arm in arms]
                spans.append(span(found["differences"][arms[-1]][figure], "+"))
                yield f"| {label} | {' | '.join(spans)} |"


@pytest.mark.parametrize("name", COMPARED)
def test_tables_have_what_was_kept(name: str, page: str) -> None:
    expected = list(rows(name, COMPARED[name]))
    assert len(expected) > 10
    assert [row for row in expected if row not in page] == []
    assert all(len(run["seeds"]) == SEEDS for run in kept(name).runs.values())


def test_every_demand_and_way_was_run() -> None:
    for name, module in COMPARED.items():
        demands = [*module.DEMANDS, module.SATURATED]
        assert list(kept(name).figures["demands"]) == demands
        assert sorted(kept(name).runs) == sorted(
            f"{arm}, {demand}" for arm in module.ARMS for demand in demands
        )


def test_desks_have_what_was_kept(page: str) -> None:
    enough: dict[str, int] = {}
    for key, found in kept("desks").figures.items():
        review, _, number = key.rpartition(", ")
        spans = f"{span(found['wait_mean_min'])} | {span(found['wait_p95_min'])}"
        row = f"| {number} | {found['reviews'][0]:.0f} | {spans} |"
        assert row in page, key
        assert found["trucks"][0] == 3_109
        if found["keeps"]:
            enough[review] = int(number)
    assert enough == {"as declared": 1, "3 times as long": 3, "6 times as long": 5}


def test_figures_in_the_text_are_those_kept(page: str) -> None:
    arms = kept("one_stop").figures["demands"]["30 an hour"]["arms"]
    serial_s, stop_s = (arms[arm]["unhindered_s"][0] for arm in ("serial", "one stop"))
    assert f"| {serial_s:.0f} s, or {serial_s / 60:.1f} min | predicted |" in page
    assert f"| {stop_s:.1f} s | predicted |" in page
    assert f"3,600 / ({stop_s:.1f} + 10) = {3_600 / (stop_s + 10):.0f} an hour" in page
    green = kept("green_lane").figures["demands"]["an ordinary day"]["arms"]["green lane"]
    mean, p95 = green["release_mean_min"][0], green["release_p95_min"][0]
    assert f"| {mean:.1f} and {p95:.1f} min | predicted |" in page


CASES: list[tuple[str, str, Any]] = [
    ("one_stop", "one stop, 30 an hour", lambda: one_stop.figures_of("one stop", "30 an hour", 1)),
    (
        "green_lane",
        "green lane, an ordinary day",
        lambda: green_lane.figures_of("green lane", "an ordinary day", 1),
    ),
    ("desks", "as declared, 1", lambda: desks.Task("as declared", 1)(1)),
]


@pytest.mark.parametrize(("name", "key", "again"), CASES, ids=[case[0] for case in CASES])
def test_what_was_kept_comes_out_again(name: str, key: str, again: Any) -> None:
    """If a change is meant to change it: python -m bench NAME --anew, and the page."""
    assert again() == pytest.approx(kept(name).runs[key]["seeds"][0], abs=1e-4)
