"""Properties of what a port file may say: figures, hours, and whole files of nonsense."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.port import quantity
from kouan.port.decode import decode_port
from kouan.port.hours import DAY_MINUTES, DAYS, Span, parse_hours
from kouan.port.problems import PortError
from kouan.port.quantity import Quantity
from kouan.port.read import load_port
from kouan.port.starter import starter_text

QUANTITIES = [kind for kind in vars(quantity).values() if isinstance(kind, Quantity)]
MASKS = st.integers(1, 127)
MINUTES = st.integers(0, DAY_MINUTES - 1)


def written(span: Span) -> str:
    days = ",".join(DAYS[day] for day in range(7) if span.on(day))
    end = span.to_minute if span.to_minute <= DAY_MINUTES else span.to_minute - DAY_MINUTES
    return f"{days} {clock(span.from_minute)}-{clock(end)}"


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(MINUTES)
    length = draw(st.integers(1, DAY_MINUTES - 1))
    return Span(draw(MASKS), start, start + length)


@pytest.mark.parametrize("kind", QUANTITIES, ids=lambda kind: kind.suffix)
@given(value=st.integers(0, 10**12))
def test_a_figure_in_its_base_unit_comes_back(kind: Quantity, value: int) -> None:
    exact = [(unit, scale) for unit, scale in kind.units.items() if scale == (1, 1)]
    for unit, _ in exact:
        assert kind.parse(f"{value} {unit}") == value
        assert kind.parse(f"{value:_} {unit}") == value
    for unit, (base, divisor) in kind.units.items():
        assert kind.parse(f"{value} {unit}") == (2 * value * base + divisor) // (2 * divisor)


@pytest.mark.parametrize("kind", QUANTITIES, ids=lambda kind: kind.suffix)
@given(text=st.text(max_size=20))
def test_a_figure_is_read_or_refused_with_what_was_expected(kind: Quantity, text: str) -> None:
    value, refused = 0, ""
    try:
        value = kind.parse(text)
    except ValueError as problem:
        refused = str(problem)
    assert not refused or refused.startswith(kind.expected())
    assert kind.signed or value >= 0


@given(st.lists(spans(), min_size=1, max_size=5))
def test_hours_come_back(given_spans: list[Span]) -> None:
    assert parse_hours("; ".join(written(span) for span in given_spans)) == tuple(given_spans)


@given(st.text(alphabet="monfriSat0123459:-,; h24", max_size=30))
def test_hours_are_read_or_refused(text: str) -> None:
    refused = ""
    found: tuple[Span, ...] = ()
    try:
        found = parse_hours(text)
    except ValueError as problem:
        refused = str(problem)
    assert bool(found) != bool(refused)
    assert not refused or refused.startswith("hours such as")
    assert all(0 <= span.from_minute < span.to_minute < 2 * DAY_MINUTES for span in found)


NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "basis",
                    "home",
                    "id",
                    "stages",
                    "gate",
                    "kind",
                    "nodes",
                    "x",
                    "time",
                    "room",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TOP = st.sampled_from(
    ["name", "sides", "places", "roads", "procedures", "demand", "weather", "basis", "sources"]
)


@given(st.dictionaries(TOP, NONSENSE, max_size=6))
def test_any_document_gets_a_port_or_faults(document: dict[str, Any]) -> None:
    decoded = decode_port(document)
    assert decoded.faults or decoded.port is not None
    assert all(fault.expected and fault.value for fault in decoded.faults)


ROWS = starter_text("Test").splitlines()
VALUES = ["0", "-1", "true", "[]", "{}", '""', '"24h"', '"gate_in"', '"0 m"', "{ value = 1 }"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ports")


@given(
    removed=st.lists(st.integers(0, len(ROWS) - 1), max_size=3),
    changed=st.dictionaries(st.integers(0, len(ROWS) - 1), st.sampled_from(VALUES), max_size=3),
)
def test_a_spoiled_file_loads_or_is_explained(
    folder: Path, removed: list[int], changed: dict[int, str]
) -> None:
    """Nothing but PortError comes out, and each of its problems names the file and a line."""
    rows = [
        f"{row.partition('=')[0]}= {changed[number]}" if number in changed and "=" in row else row
        for number, row in enumerate(ROWS)
        if number not in removed
    ]
    path = folder / "port.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    problems: tuple[object, ...] = ()
    try:
        load_port(path)
    except PortError as refused:
        problems = refused.problems
    assert all(str(problem).startswith("port.toml:") for problem in problems)
