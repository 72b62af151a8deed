"""Port files for tests: the starter, with pieces of its text replaced."""

from pathlib import Path

import pytest

from kouan.port.model import Port
from kouan.port.problems import Finding, PortError, Problem, Severity
from kouan.port.read import load_port
from kouan.port.starter import starter_text

FILE = "mandula.toml"


def spoiled(*replacements: tuple[str, str]) -> str:
    """Return the starter's text with the first occurrence of each piece replaced."""
    text = starter_text("Mandula")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def write(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, *replacements: tuple[str, str]) -> tuple[Port, tuple[Finding, ...]]:
    return load_port(write(folder, spoiled(*replacements)))


def problems_of(folder: Path, *replacements: tuple[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(PortError) as caught:
        load(folder, *replacements)
    return caught.value.problems


def warnings_of(folder: Path, *replacements: tuple[str, str]) -> list[str]:
    findings = load(folder, *replacements)[1]
    assert all(finding.severity is Severity.WARNING for finding in findings)
    return [f"{finding.key}: {finding.value}" for finding in findings]


def line_of(text: str, piece: str) -> int:
    """Return the number of the first line that holds a piece of text."""
    return next(number for number, row in enumerate(text.splitlines(), 1) if piece in row)
