"""Lengths of time and the whole of a share are defined once, for everybody."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ONCE = ("MINUTE_MS", "HOUR_MS", "DAY_MS", "WHOLE_PPM")
HOME = ROOT / "src" / "kouan" / "port" / "quantity.py"


def assigned(path: Path) -> list[str]:
    """Names that a module gives a value to, outside functions and classes."""
    return [
        target.id
        for line in ast.parse(path.read_text("utf-8")).body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    ]


def test_units_are_defined_once() -> None:
    assert [name for name in assigned(HOME) if name in ONCE] == [*ONCE]
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("src", "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != HOME
        for name in assigned(path)
        if name in ONCE
    ]
    assert found == []
