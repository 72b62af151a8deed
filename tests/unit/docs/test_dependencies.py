"""docs/dependencies.md says of every package why it is here, and of no other."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OPTIONAL = PROJECT["project"]["optional-dependencies"]


def names(requirements: list[str]) -> set[str]:
    """Names of packages, without extras and versions."""
    return {re.split(r"[\[<>=~!]", one)[0] for one in requirements}


def rows(title: str) -> dict[str, list[str]]:
    """A section's rows by package."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return {name: rest for name, *rest in cells[1:]}


@pytest.mark.parametrize(
    ("title", "declared"),
    [
        ("To run", names(PROJECT["project"]["dependencies"])),
        ("Optional: `gate`", names(OPTIONAL["gate"])),
        ("Optional: `postgres`", names(OPTIONAL["postgres"])),
        (
            "To develop",
            names(OPTIONAL["dev"] + PROJECT["build-system"]["requires"])
            - names(OPTIONAL["postgres"]),
        ),
    ],
)
def test_every_package_has_its_row(title: str, declared: set[str]) -> None:
    found = rows(title)
    assert set(found) == declared
    assert all(len(cells) == 3 and all(cells) for cells in found.values())
