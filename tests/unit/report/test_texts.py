"""The catalogue of texts: both languages, the same places, and every key that is used."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from kouan.dispatch.state import Errand
from kouan.report import texts
from kouan.report.fleets import PARTS
from kouan.report.release import INTERVALS
from kouan.report.texts import TEXTS, named, text

SOURCE = Path(texts.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FROM_DATA = (
    *("measured", "input", "assumption", "calibrated"),
    *("channel_green", "channel_yellow", "channel_red"),
    *("no_show", "left", "finished"),
    *(f"kept_{why}" for why in ("hold", "pause", "stop", "silent", "taken")),
    *(f"errand_{errand.value}" for errand in Errand),
    *("errand_taken", "errand_driving"),
    *(key for key in TEXTS if key.startswith("live_") and key != "live_run"),
)
"""Labels, groups and states, which are named as the summary gives them."""
SAME_IN_BOTH = ("percent", "p50", "p90", "p95")


def places(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_every_key_has_both_languages(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english.strip()
    assert chinese.strip()
    assert not CHINESE.search(english)
    assert key in SAME_IN_BOTH or CHINESE.search(chinese)
    assert places(english) == places(chinese)


def used_keys() -> set[str]:
    """Keys written as the first argument of ``text`` anywhere in the room."""
    found = set()
    for path in SOURCE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in ("text", "self.text") and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def test_every_key_that_is_used_exists() -> None:
    used = used_keys()
    assert "headline" in used
    assert used <= set(TEXTS)
    assert {*PARTS, *INTERVALS} <= set(TEXTS)


def test_every_key_is_used() -> None:
    words = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (SOURCE, SOURCE.parent / "cli")
        for path in folder.glob("*.py")
        if path.name != "texts.py"
    ).replace("'", '"')
    unused = [key for key in TEXTS if f'"{key}"' not in words and key not in FROM_DATA]
    assert unused == []


def test_places_are_filled_and_unknown_keys_refused() -> None:
    assert text("fleet", "en", fleet="agv") == "Fleet agv"
    assert text("fleet", "zh", fleet="agv") == "车队 agv"
    assert named("coal", "zh") == "coal"
    with pytest.raises(KeyError):
        text("coal", "en")
