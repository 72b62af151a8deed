"""The table of difficulties: ranges that can be drawn from, and harder from row to row."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from kouan.gate.drawing.levels import LEVELS, Level

RANGES = tuple(name for name in Level._fields if not name.endswith("_chance"))
CHANCES = tuple(name for name in Level._fields if name.endswith("_chance"))
SMALLER_IS_HARDER = ("plate_px", "container_px", "mrz_px", "module_px", "jpeg")
LARGER_IS_HARDER = (
    "turn", "nod", "roll", "defocus_px", "motion_px", "noise", "dirt", *CHANCES,
)  # fmt: skip


@pytest.mark.parametrize("name", LEVELS)
def test_ranges_rise_and_chances_are_parts_of_one(name: str) -> None:
    level = LEVELS[name]
    for field in RANGES:
        low, high = getattr(level, field)
        assert 0 <= low <= high, field
    assert all(0 <= getattr(level, field) <= 1 for field in CHANCES)
    assert level.jpeg[1] <= 100
    assert level.dirt[1] < 0.5


def test_each_level_is_harder_than_the_one_before() -> None:
    assert list(LEVELS) == ["clean", "mild", "hard"]
    for easy, hard in pairwise(LEVELS.values()):
        for field in SMALLER_IS_HARDER:
            assert sum(getattr(hard, field)) < sum(getattr(easy, field)), field
        for field in LARGER_IS_HARDER:
            more, less = getattr(hard, field), getattr(easy, field)
            if field in CHANCES:
                assert more > less, field
            else:
                assert sum(more) > sum(less), field
        assert hard.light[0] < easy.light[0] < easy.light[1] < hard.light[1]


def shown(field: str, level: Level) -> str:
    """A condition as the page writes it."""
    value = getattr(level, field)
    if field in CHANCES:
        return f"{100 * value:g}"
    low, high = (100 * each if field == "dirt" else each for each in value)
    return f"{low:g} to {high:g}"


def test_the_page_has_this_table() -> None:
    page = Path(__file__).parents[4] / "docs" / "drawn-pictures.md"
    rows = re.findall(r"^\| .+? \| (.+) \| (.+) \| (.+) \|$", page.read_text("utf-8"), re.M)
    assert rows == [
        tuple(shown(field, level) for level in LEVELS.values()) for field in Level._fields
    ]
