"""The page in a real browser, before a real process: it shows what happens and loads nothing else.

One process serves all tests of this module; the last ones disturb it, so order matters little.
"""

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Watched, browser_on
from tests.e2e.live_process import MORNING, LiveProcess, live

ASKED = (
    *("--start", MORNING, "--time-scale", 30, "--seed", 5),
    *("--set", "demand.trucks.per_day=60", "--set", "demand.trucks.hours=09:00-11:00"),
    *("--set", "demand.coal.per_day=40", "--set", "demand.coal.hours=08:58-11:00"),
    *("--set", "fleets.agv.count=3", "--set", "fleets.agv.battery=60 kWh"),
)
WIDTHS = (1440, 390)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProcess]:
    """A busy little port, some minutes after nine."""
    with live(tmp_path_factory.mktemp("live") / "data", *ASKED) as process:
        time.sleep(12)
        yield process


@pytest.fixture(params=WIDTHS)
def seen(process: LiveProcess, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """The page, on a wide and on a narrow screen."""
    with browser_on(process.url, width=request.param, height=800) as watched:
        yield watched


def positions(page: Page) -> dict[str, tuple[float, float]]:
    """Where the vehicles are drawn."""
    found: dict[str, list[float]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#map .vehicle")].map((mark) => {
            const { x, y } = mark.getBoundingClientRect();
            return [mark.parentElement.querySelector("title").textContent, [x, y]];
        }))"""
    )
    return {name: (x, y) for name, (x, y) in found.items()}


def test_vehicles_move_smoothly(seen: Watched) -> None:
    """Between two answers of the port, which come once a second, they move in small steps."""
    seen.page.wait_for_function("() => document.querySelectorAll('#map .vehicle').length === 3")
    tracks: list[dict[str, tuple[float, float]]] = []
    for _ in range(60):
        tracks.append(positions(seen.page))
        seen.page.wait_for_timeout(50)
    moved = {
        name: len({track[name] for track in tracks}) for name in tracks[0] if name in tracks[-1]
    }
    assert sorted(moved) == ["agv-1", "agv-2", "agv-3"]
    assert max(moved.values()) > 20, moved
    assert seen.complaints == []


def test_nothing_from_outside_and_no_complaints(process: LiveProcess, seen: Watched) -> None:
    seen.page.wait_for_timeout(2_500)
    assert seen.outside(process.url) == []
    polls = [request for request in seen.requests if request.endswith("/api/view")]
    assert 3 <= len(polls) <= 5
    assert seen.complaints == []


def test_figures_and_tables_follow_the_port(seen: Watched) -> None:
    page = seen.page
    finished = page.locator("[data-key=finished] dd")
    expect(finished).not_to_have_text("0")
    number = page.locator("#footer").inner_text()
    expect(page.locator("#footer")).not_to_have_text(number)
    assert page.locator("#place-table tbody tr").count() == 10
    assert page.locator("#vehicle-table tbody tr").count() == 3
    expect(page.locator("#vehicle-table")).to_contain_text("agv-2")
    expect(page.locator("#side-home .state")).to_have_text("open until 20:00")
    expect(page.locator("#side-neighbour .clock")).to_have_text(
        re.compile(r"12 Oct.* 09:\d\d:\d\d")
    )
    expect(page.locator("#rehearsal")).to_contain_text("simulated")


def test_both_languages(seen: Watched) -> None:
    page = seen.page
    expect(page.locator("h1")).to_have_text("Tiny")
    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("h1")).to_have_text("微型口岸")
    expect(page.locator("#places-title")).to_have_text("场所")
    expect(page.locator("#side-border .state")).to_have_text("开放至 20:00")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.reload()
    expect(page.locator("#vehicles-title")).to_have_text("车辆")
    shown = page.locator("main").inner_text()
    assert not re.search(r"\b(open|waiting|idle|order|empty|undefined|NaN|null)\b", shown)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("#vehicles-title")).to_have_text("Vehicles")
    assert not re.search(r"undefined|NaN|null|\{\w+\}", page.locator("body").inner_text())
    assert seen.complaints == []


def test_nothing_is_cut_off_or_laid_over(seen: Watched) -> None:
    """The page is no wider than the screen, and no name on the map lies over another."""
    page = seen.page
    for _ in range(2):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == page.evaluate("document.documentElement.clientWidth")
        boxes: list[list[float]] = page.evaluate(
            """() => [...document.querySelectorAll("#map .label")].map((one) => {
                const { left, top, right, bottom } = one.getBoundingClientRect();
                return [left, top, right, bottom];
            })"""
        )
        assert len(boxes) == 3
        for index, one in enumerate(boxes):
            for other in boxes[index + 1 :]:
                apart = one[2] <= other[0] or other[2] <= one[0]
                assert apart or one[3] <= other[1] or other[3] <= one[1]
        page.locator("#language").click()


def test_dark_and_light(seen: Watched) -> None:
    page = seen.page
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(243, 244, 241)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(16, 22, 26)"
    page.locator("#theme").click()
    expect(page.locator("#theme")).to_have_text("Colours: light")
    assert page.evaluate(ground) == "rgb(243, 244, 241)"
    page.locator("#theme").click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(16, 22, 26)"


def test_keyboard_reaches_everything(process: LiveProcess) -> None:
    with browser_on(process.url) as watched:
        page = watched.page
        for expected in ("To the tables", "Port", "Desk", "Lanes", "中文", "Colours: automatic"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.textContent") == expected
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#map-title")).to_have_text("地图")


def test_reduced_motion_is_respected(process: LiveProcess) -> None:
    """Vehicles are put where they are when an answer comes, and stand still in between."""
    with browser_on(process.url, reduced_motion="reduce") as watched:
        watched.page.wait_for_function("() => document.querySelector('#map .vehicle')")
        seen = []
        for _ in range(40):
            seen.append(positions(watched.page))
            watched.page.wait_for_timeout(50)
        changes = sum(one != other for one, other in itertools.pairwise(seen))
        assert changes <= 5


@pytest.mark.slow
def test_lost_connection_is_told_and_mended(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with live(data, *ASKED) as process, browser_on(process.url) as watched:
        port = process.url.rsplit(":", 1)[1].rstrip("/")
        note = watched.page.locator("#connection")
        expect(note).to_be_hidden()
        process.kill()
        expect(note).to_be_visible(timeout=10_000)
        expect(note).to_contain_text("No connection since")
        with live(data, *ASKED, "--port", port):
            expect(note).to_be_hidden(timeout=20_000)
