"""A visit from its announcement to its end, as its driver sees it in a real browser."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import executable
from tests.e2e.live_process import MORNING, LiveProcess, live

ASKED = (
    *("--start", MORNING, "--time-scale", 30, "--set", "demand.trucks.per_day=0"),
    *("--set", "demand.coal.per_day=0"),
    # Nobody sits at the desk to which an unread plate would lead.
    *("--set", "procedures.truck.stages.gate.checks.0.unread=0 %"),
)
WIDTHS = (1440, 390)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live") / "data"


@pytest.fixture(scope="module")
def process(data: Path) -> Iterator[LiveProcess]:
    with live(data, *ASKED) as process:
        yield process


def ask(process: LiveProcess, data: Path, path: str, body: object = None) -> Any:
    """Ask as the operator."""
    token = (data / "operator.token").read_text()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(process.url + path.lstrip("/"), content, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def page_of(process: LiveProcess, data: Path, visit: str) -> str:
    """The address of a visit's page, once the port knows the visit."""
    for _ in range(100):
        for one in ask(process, data, "api/queue")["visits"]:
            if one["visit"] == visit:
                return f"{process.url}{one['page'].lstrip('/')}"
        time.sleep(0.1)
    raise AssertionError(f"{visit} is not in the queue")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_driver_sees_how_it_stands_in_four_languages(
    process: LiveProcess, data: Path, width: int
) -> None:
    visit = f"truck-{width}"
    body = {"visit": visit, "procedure": "truck", "plate": "蒙L12345", "mass_kg": 30_000}
    load = {"tare_kg": 18_000, "containers": 1, "seal": "S1", "visit_class": "trucks"}
    said = ask(process, data, "api/queue/announce", body | load)
    assert said == {"taken": ["VisitAnnounced", "ManifestLodged", "DeclarationLodged"]}
    complaints: list[str] = []
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": width, "height": 800}, locale="en-GB")
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_of(process, data, visit))
        expect(page.locator("#standing")).to_have_text("Announced")
        expect(page.locator("#plate")).to_have_text("Plate ending in 345")
        languages(page)
        ask(process, data, "api/queue/here", {"visit": visit, "place": "waiting_area"})
        expect(page.locator("#standing")).to_have_text("Done", timeout=60_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
    assert complaints == []
    assert [one for one in requests if not one.startswith(process.url)] == []


def languages(page: Page) -> None:
    """Go through the languages; those that a machine translated say so."""
    for name, text, marked in (
        ("中文", "已预告", False),
        ("Монгол", "Мэдэгдсэн", True),
        ("Русский", "Заявлен", True),
        ("English", "Announced", False),
    ):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#standing")).to_have_text(text)
        expect(page.locator("#translated")).to_be_visible(visible=marked)


def test_a_wrong_address_says_so_in_plain_words(process: LiveProcess) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(locale="zh-CN")
        page.goto(f"{process.url}q/{'x' * 24}")
        expect(page.locator("#standing")).to_have_text("页面地址无效")
        browser.close()


def test_strangers_see_neither_queue_nor_forecast(process: LiveProcess) -> None:
    for path in ("api/queue", "api/forecast"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(process.url + path, timeout=20)
        assert refused.value.code == 401
        refused.value.close()
