"""The report page: one file, both languages, sound references, and the figures of the summary."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kouan.port.model import Basis, BasisKind, Source
from kouan.report.charts import VARIABLES, bars, placed
from kouan.report.html import render
from kouan.report.summary import Json, Summary
from kouan.runtime.checkers import Violation
from tests.unit.runtime.example_port import PORT, Script, join, trip, truck

HASH = "0123456789abcdef" * 4
VOID = ("meta", "link", "input", "br", "img")


class Page(HTMLParser):
    """What a page refers to and is made of; raises AssertionError where tags don't match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        self._attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and value and value.startswith("#"):
                self.targets.append(value[1:])
            if name == "aria-labelledby" and value:
                self.targets.append(value)
            self.targets += re.findall(r"url\(#([^)]+)\)", value or "")


@pytest.fixture(name="summary", scope="module")
def _summary() -> Json:
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    truck(script, "v1", 40)
    port = replace(
        PORT,
        name_zh="示例口岸",
        sources={"news": Source("A newspaper", "2024-06", "50 min <a round trip>")},
        basis={"fleets.agv.count": Basis(BasisKind.ASSUMPTION, "nobody says")},
    )
    summary = Summary(port)
    summary.journal_sha256 = HASH
    script.play(summary)
    return summary.as_json()


@pytest.fixture(name="text", scope="module")
def _text(summary: Json) -> str:
    return render(summary, command="kouan simulate example.toml --seed 7")


def test_the_page_is_sound(text: str) -> None:
    page = Page(text)
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert [name for name in page.targets if name not in page.ids] == []
    assert page.tags["main"] == page.tags["h1"] == page.tags["nav"] == 2
    assert page.tags["table"] == page.tags["caption"]
    assert page.tags["script"] == 0


def test_the_page_asks_nobody_else_for_anything(text: str) -> None:
    loading = [
        value
        for _, name, value in Page(text).attributes
        if name in ("src", "href", "srcset", "action") and not value.startswith(("#", "data:"))
    ]
    assert loading == []
    addresses = re.findall(r"\b(?:https?:)?//[\w.]+[^\s\"']*", text)
    assert [name for name in addresses if name != "http://www.w3.org/2000/svg"] == []
    assert "@import" not in text


def test_both_languages_have_the_same_sections(text: str) -> None:
    ids = Page(text).ids
    english = [name[3:] for name in ids if name.startswith("en-")]
    chinese = [name[3:] for name in ids if name.startswith("zh-")]
    assert english == chinese
    assert "headline" in english
    assert "示例口岸：运行报告" in text
    assert "Example: report of a run" in text


@pytest.mark.parametrize(("language", "title"), [("en", "Example"), ("zh", "示例口岸")])
def test_the_page_opens_in_the_language_asked_for(summary: Json, language: str, title: str) -> None:
    text = render(summary, language=language)  # type: ignore[arg-type]
    assert f'<html lang="{language}">' in text
    assert f"<title>{title}" in text
    checked = re.findall(r'id="language-(\w+)" checked', text)
    assert checked == [language]


def test_figures_hash_and_command_are_there(text: str) -> None:
    assert text.count(HASH) == 2
    assert text.count("kouan simulate example.toml --seed 7") == 2
    card = '<dt>Round trips a day</dt><dd class="value">1</dd><dd><span class="badge">predicted'
    assert card in text
    assert "No rule was broken." in text
    assert "未违反任何规则。" in text
    assert "nobody says" in text
    assert '<th scope="row">Exit, one way</th><td>1</td>' in text
    assert '<th scope="row">Both ways added (two-way count)</th><td>3</td>' in text


def test_what_comes_from_data_is_escaped(summary: Json, text: str) -> None:
    assert "50 min &lt;a round trip&gt;" in text
    found = Violation(3, "room", "<b>", 'a "quoted" & <script>')._asdict()
    broken = render(summary | {"violations_found": [found], "violations": 5}, command="<x>")
    assert "<script" not in broken
    assert "<x>" not in broken
    assert "5 times; the first 1 are listed." in broken
    Page(broken)


def test_charts_take_colours_from_the_page_and_speak(text: str) -> None:
    assert [colour for colour in VARIABLES if colour in text] == []
    assert "var(--series-1)" in text
    pictures = [
        value for tag, name, value in Page(text).attributes if (tag, name) == ("svg", "aria-label")
    ]
    assert len(pictures) == 8
    assert "One bar of 20 min, split into: Driving 7 min, Loading 4 min" in pictures[1]
    assert "font-family" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_two_charts_on_a_page_share_no_id() -> None:
    chart = bars([("gate", (1.0, 2.0), "3")])
    first, second = placed(chart, "a", "one"), placed(chart, "b", "two")
    ids = [Page(svg).ids for svg in (first, second)]
    assert ids[0]
    assert not [name for name in ids[0] if name in ids[1]]
    Page(first + second)


def test_the_page_is_the_same_each_time(summary: Json, text: str) -> None:
    assert render(summary, command="kouan simulate example.toml --seed 7") == text


def test_an_empty_run_has_a_page() -> None:
    page = Page(render(Summary(PORT).as_json()))
    assert page.tags["svg"] == 0
