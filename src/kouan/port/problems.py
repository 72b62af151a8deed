"""What can be wrong with a port file, and how it is said: the place, the value, what was expected.

A ``Fault`` knows the key only; ``port/read`` adds file and line and makes a ``Problem`` of it. A
``Finding`` comes from checking a port that could be read: errors forbid its use, warnings don't.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SHOWN_CHARACTERS = 60
"""A value longer than this is cut in messages."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that can't stand: its key path, the value as text, and what was expected."""

    key: str
    value: str
    expected: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault with file and line; line 0 means that it belongs to no line."""

    file: str
    line: int
    key: str
    value: str
    expected: str

    def __str__(self) -> str:
        return sentence(self.file, self.line, self.key, self.value, self.expected)


class PortError(Exception):
    """A port file that can't be used, with every problem found in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Severity(StrEnum):
    """An error forbids the port's use; a warning is for its author to judge."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What checking a readable port found; file and line are filled in by ``load_port``."""

    severity: Severity
    key: str
    value: str
    expected: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return sentence(self.file, self.line, self.key, self.value, self.expected)


def error(key: str, value: Any, expected: str) -> Finding:
    """Return an error about a value as it stands in the model."""
    return Finding(Severity.ERROR, key, shown(value), expected)


def warning(key: str, text: str, expected: str) -> Finding:
    """Return a warning; ``text`` is what was found, in words."""
    return Finding(Severity.WARNING, key, text, expected)


def sentence(file: str, line: int, key: str, value: str, expected: str) -> str:
    """Say ``mandula.toml:42: places.gate_in.room: "abc": expected a whole number``."""
    place = f"{file}:{line}" if file and line else file
    return ": ".join(part for part in (place, key, value, f"expected {expected}") if part)


def shown(value: Any) -> str:
    """Return a value as a port file would write it, cut where it is long."""
    text = _written(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_written(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return str(value)


def one_of(names: Iterable[str]) -> str:
    """Return ``one of a, b, c`` for names that a file may write."""
    return f"one of {', '.join(names)}"


def known_name(name: str, known: Iterable[str], what: str) -> str:
    """Say that a known name was expected: the nearest one if any is near, otherwise all."""
    names = sorted(known)
    near = min(names, key=lambda other: _distance(name, other), default="")
    if near and _distance(name, near) <= max(1, (len(name) + 2) // 3):
        return f'{what}, perhaps "{near}"'
    return f"{what} ({one_of(names)})" if names else f"{what}, and there is none"


def _distance(one: str, other: str) -> int:
    """Count the letters to insert, remove or replace to turn one word into the other."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], number
        for column, other_letter in enumerate(other, 1):
            cost = diagonal + (letter != other_letter)
            diagonal = row[column]
            row[column] = min(row[column] + 1, row[column - 1] + 1, cost)
    return row[-1]
