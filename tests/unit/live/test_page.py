"""The page's files: every text in both languages, nothing inline, nothing from outside."""

import json
import re
from importlib.resources import files

from kouan.dispatch.state import Errand
from kouan.live.http import PAGE_FILES
from kouan.port.model import ModeName
from kouan.port.places import PlaceKind, SideName

FOLDER = files("kouan.live") / "page"
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
SCRIPTS = ("page.js", "map.js", "layout.js", "words.js", "icons.js")


def source(name: str) -> str:
    """Return one of the page's files."""
    return (FOLDER / name).read_text("utf-8")


def test_every_text_is_there_in_both_languages() -> None:
    assert len(TEXTS) > 80
    for key, text in TEXTS.items():
        assert sorted(text) == ["en", "zh"], key
        assert all(text.values()), key
        english, chinese = (sorted(re.findall(r"\{\w+\}", text[name])) for name in ("en", "zh"))
        assert english == chinese, key


def test_chinese_is_chinese() -> None:
    plain = ("drives", "none", "language", "language_says")  # symbols, and the other's own name
    for key, text in TEXTS.items():
        if key not in plain:
            assert re.search(r"[\u4e00-\u9fff]", text["zh"]), key
            assert not re.search(r"[\u4e00-\u9fff]", text["en"].replace("中文", "")), key


def test_every_text_that_is_used_is_in_the_catalogue() -> None:
    used = re.findall(r'data-text="(\w+)"', source("index.html"))
    for name in SCRIPTS:
        used += re.findall(r'say\("(\w+)"', source(name))
    families: dict[str, list[str]] = {
        "kind_": [kind.value for kind in PlaceKind],
        "mode_": [mode.value for mode in ModeName],
        "errand_": [*(errand.value for errand in Errand), "driving"],
        "side_": [side.value for side in SideName],
        "theme_": ["auto", "light", "dark"],
        "legend_": ["loaded", "empty", "charging", "stopped"],
    }
    used += [prefix + one for prefix, names in families.items() for one in names]
    assert len(used) > 60
    assert [key for key in used if key not in TEXTS] == []


def test_every_text_is_used() -> None:
    sources = source("index.html") + "".join(source(name) for name in SCRIPTS)
    prefixes = re.findall(r"`(\w+_)\$\{", sources)
    unused = [
        key
        for key in TEXTS
        if not re.search(rf'["\'`]{key}["\'`]', sources) and not key.startswith(tuple(prefixes))
    ]
    assert unused == []


def test_every_kind_of_place_has_an_icon() -> None:
    drawn = re.findall(r"^  (\w+): \"M", source("icons.js"), re.MULTILINE)
    assert sorted(drawn) == sorted(kind.value for kind in PlaceKind)


def test_nothing_inline_and_nothing_from_outside() -> None:
    page = source("index.html")
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(on\w+|style)=", page)
    for name in (*(path[1:] for path in PAGE_FILES), "index.html"):
        text = source(name).replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"(^|\s)//.*", "", text, flags=re.MULTILINE), name
        assert "innerHTML" not in text


def test_every_file_is_served() -> None:
    served = {path[1:] for path in PAGE_FILES} | {"index.html"}
    assert served == {one.name for one in FOLDER.iterdir()}
