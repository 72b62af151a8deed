"""The page of a visit: what it answers, to whom, how often, and in which languages."""

import io
import json
import re
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from kouan.dispatch.commands import SendTo
from kouan.live.accounts.gatekeeper import Gatekeeper, Unauthorised
from kouan.live.accounts.rights import ROLES, Caller, Role, anyone
from kouan.live.http import Guard
from kouan.live.metrics import Metrics
from kouan.live.queue.calls import HookPlan
from kouan.live.queue.driver import DriverPages, Limiter
from kouan.live.queue.forecasts import Forecast
from kouan.live.queue.side import QueuePlan, QueueSide
from kouan.live.queue.tickets import Tickets
from kouan.live.queue.view import PAPERS, QueuePicture, Standing
from kouan.port.model import Port
from kouan.runtime.worlds import Prediction
from tests.unit.dispatch.play import START
from tests.unit.live.queue.forecasters import answering
from tests.unit.live.queue.queue_port import busy_play, queue_port

FOLDER = files("kouan.live.queue") / "page"
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "driver-texts.json").read_text("utf-8"))
LANGUAGES = ["en", "mn", "ru", "zh"]


class Stage:
    """Pages of a busy queue, behind the gatekeeper."""

    def __init__(self, limiter: Limiter | None = None, public_url: str = "") -> None:
        made = queue_port()
        self.tickets = Tickets(b"k" * 32)
        self.tickets.show(QueuePicture(made).take(busy_play().state))
        self.forecast = Forecast(START, 900, {"waiting": Prediction("waiting", 1, 2, 0)})
        self.pages = self.make(made, limiter, public_url)
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.pages.add_to(app)
        guarded = Guard(Gatekeeper(app, app.routes, self.identify), ("127.0.0.1",))
        self.client = TestClient(guarded, base_url="http://127.0.0.1:8080")

    def make(self, made: Port, limiter: Limiter | None, public_url: str) -> DriverPages:
        return DriverPages(
            made,
            self.tickets,
            lambda: self.forecast,
            lambda: START,
            simulated=True,
            public_url=public_url,
            limiter=limiter or Limiter(burst=1_000),
        )

    async def identify(self, _request: object, page_token: str) -> Caller:
        """As the port's identification does for a driver."""
        if not page_token:
            return anyone(require_sign_in=True)
        if self.tickets.visit_of(page_token) is None:
            raise Unauthorised(401, "this page's address is not good, or not any more")
        return Caller("driver", (Role.DRIVER,), ROLES[Role.DRIVER].rights)

    def ask(self, visit: str, suffix: str = ".json") -> Any:
        return self.client.get(self.pages.path(visit) + suffix)


def test_a_page_says_how_it_stands_and_nothing_of_a_person() -> None:
    stage = Stage()
    answer = stage.ask("waiting")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["standing"], shown["position"], shown["plate_end"]) == ("waiting", 1, "ing")
    assert shown["place"] == {"id": "area", "name": "", "name_zh": "待检区"}
    assert shown["call"] == {"label": "predicted", "made_ms": START, "quantiles_ms": [1, 2, 0]}
    assert "PL-" not in answer.text
    assert "DR-" not in answer.text
    assert stage.ask("booked").json()["slot_ms"][0] > START
    assert stage.ask("booked").json()["call"] is None
    assert stage.ask("lacking").json()["missing"] == ["manifest"]


@pytest.mark.parametrize("suffix", [".json", ".svg"])
def test_a_wrong_token_is_told_nothing(suffix: str) -> None:
    answer = Stage().client.get(f"/q/{'x' * 24}{suffix}")
    assert answer.status_code == 401
    assert answer.json() == {"problem": "this page's address is not good, or not any more"}


def test_the_page_is_the_same_for_every_token_and_loads_nothing_else() -> None:
    stage = Stage()
    right, wrong = stage.ask("waiting", ""), stage.client.get("/q/anything")
    assert right.status_code == wrong.status_code == 200
    assert right.content == wrong.content
    page = right.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(on\w+|style)=", page)
    for name in ("driver.js", "driver.css"):
        text = (FOLDER / name).read_text("utf-8")
        assert "//" not in re.sub(r"(^|\s)//.*", "", text, flags=re.MULTILINE), name
        assert "innerHTML" not in text
        assert stage.client.get(f"/{name}").status_code == 200


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [("", "http://127.0.0.1:8080"), ("https://port.example/kouan", "https://port.example/kouan")],
)
def test_the_code_leads_to_the_page(public_url: str, expected: str) -> None:
    stage = Stage(public_url=public_url)
    answer = stage.ask("waiting", ".svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert b"<script" not in answer.content
    made = io.BytesIO()
    address = expected + stage.pages.path("waiting")
    segno.make(address, error="m", micro=False).save(made, kind="png", scale=4, border=2)
    found = zxingcpp.read_barcodes(np.array(Image.open(made).convert("L")))
    assert [one.text for one in found] == [address]
    # The same modules: as many drawn lines as the code of this address has.
    again = io.BytesIO()
    options = {"border": 2, "scale": 8, "xmldecl": False, "light": "#fff"}
    segno.make(address, error="m", micro=False).save(again, kind="svg", **options)
    assert answer.content == again.getvalue()


# --- how often ----------------------------------------------------------------------------------


def test_an_address_that_asks_too_often_is_told_how_long_to_wait() -> None:
    now = [0.0]
    stage = Stage(Limiter(1.0, 3, now_s=lambda: now[0]))
    assert [stage.ask("waiting").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = stage.ask("waiting")
    assert answer.headers["retry-after"] == "2"
    now[0] = 1.0
    assert [stage.ask("waiting").status_code for _ in range(2)] == [200, 429]


def test_all_addresses_together_have_a_bound_and_so_has_what_is_remembered() -> None:
    limiter = Limiter(1.0, 3, all_per_s=10.0, most=5, now_s=lambda: 0.0)
    waits = [limiter.wait_s(str(number)) for number in range(30)]
    assert waits[:20] == [0.0] * 20
    assert all(wait > 0 for wait in waits[20:])
    assert len(limiter._buckets) == 5


# --- the texts ----------------------------------------------------------------------------------


def test_every_text_is_there_in_four_languages_with_the_same_figures() -> None:
    for key, text in TEXTS.items():
        assert sorted(text) == LANGUAGES, key
        assert all(text.values()), key
        figures = {one: sorted(re.findall(r"\{\w+\}", text[one])) for one in LANGUAGES}
        assert len({str(each) for each in figures.values()}) == 1, key


def test_each_language_is_in_its_own_letters() -> None:
    for key, text in TEXTS.items():
        if key == "at_station":
            continue
        assert re.search(r"[\u4e00-\u9fff]", text["zh"]), key
        assert re.search(r"[А-Яа-яЁёӨөҮү]", text["mn"]), key
        assert re.search(r"[А-Яа-яЁё]", text["ru"]), key
        assert not re.search(r"[ӨөҮү]", text["ru"]), key
        assert re.fullmatch(r"[\x20-\x7e]*", text["en"]), key


def test_every_text_that_can_be_shown_is_there_and_every_one_is_used() -> None:
    source = (FOLDER / "driver.js").read_text("utf-8")
    page = (FOLDER / "driver.html").read_text("utf-8")
    used = re.findall(r'data-text="(\w+)"', page) + re.findall(r'say\("(\w+)"', source)
    used += re.findall(r'\? "(\w+)" : "(\w+)"\)', source)[0]
    used += ["unknown_says", "no_answer_says", "advice_called_by", "position", "slot"]
    for standing in Standing:
        used += [f"standing_{standing}", f"advice_{standing}"]
    used += [f"need_{need}" for need in PAPERS]
    assert sorted(set(used) - set(TEXTS)) == []
    assert sorted(set(TEXTS) - set(used)) == []


def test_machine_translations_are_marked() -> None:
    source = (FOLDER / "driver.js").read_text("utf-8")
    assert 'const TRANSLATED = ["mn", "ru"];' in source
    assert 'TRANSLATED.includes(state.language) ? say("translated")' in source


def test_the_side_knows_a_driver_by_token_only(tmp_path: Any) -> None:
    side = QueueSide(queue_port(), tmp_path, lambda: START, QueuePlan(), simulated=True)
    assert side.driver("x") is None
    side.show(busy_play().state)
    token = Tickets(bytes.fromhex((tmp_path / "tickets.key").read_text())).token("waiting")
    driver = side.driver(token)
    assert driver is not None
    assert driver.subject == "waiting"
    assert [right.value for right in driver.rights] == ["driver_page"]


def test_calls_are_told_and_a_monitoring_system_reads_what_came_of_them(tmp_path: Any) -> None:
    plan = QueuePlan(HookPlan("http://127.0.0.1:1/", "s" * 16), answering)
    side = QueueSide(queue_port(), tmp_path, lambda: START, plan, simulated=True)
    metrics = Metrics()
    side.watch(metrics.registry)
    assert side.hook is not None
    side.hook.counts.lost = 7
    for origin in ("gate", "area", ""):
        side(SendTo(1, "v", origin, "gate"))
    assert side.hook._waiting.qsize() == 2
    text = metrics.text().decode()
    assert 'kouan_calls{outcome="lost"} 7.0' in text
    assert "kouan_forecasts_failed 0.0" in text
