"""Words of an operator: who may say them, what they have to be, and what becomes of them."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from kouan.dispatch import events as e
from kouan.live.access import (
    ADDRESS_FILE,
    TOKEN_FILE,
    forget_address,
    operator_token,
    read_address,
    tell_address,
)
from kouan.live.accounts.gatekeeper import Gatekeeper
from kouan.live.accounts.rights import Caller, Role, rights_of
from kouan.live.control import fleet_words
from kouan.live.errors import InboxFull, LiveError
from kouan.live.http import Guard
from kouan.live.view import VehicleView, View
from kouan.live.words import MOST_BODY_BYTES
from tests.unit.live.support import Bench, tiny_port

JSON = {"content-type": "application/json"}
OPERATOR = Caller("li.na", (Role.PORT_OPERATOR,), rights_of((Role.PORT_OPERATOR,)))
VEHICLE = VehicleView("agv-1", "agv", "n", "", 0, 0, 0, 1, "idle", "", 0, "", ())


class Inbox:
    """Keeps what was posted, or is full."""

    def __init__(self) -> None:
        self.posted: list[e.Event] = []
        self.full = False

    def post(self, events: list[e.Event]) -> None:
        if self.full:
            raise InboxFull("the inbox is full")
        self.posted += events


async def identify_operator(_request: Request, _page_token: str) -> Caller:
    return OPERATOR


async def say(
    inbox: Inbox, word: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    view = View(vehicles=(VEHICLE,))
    fleet_words(tiny_port(), lambda: view, inbox.post).add_to(app)
    guarded = Guard(Gatekeeper(app, app.routes, identify_operator), ("localhost",))
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        path = f"/api/fleet/{word}"
        answer = await client.post(path, content=body, headers=headers or JSON)
        return answer.status_code, answer.json()


def said(inbox: Inbox, word: str, body: dict[str, Any], **more: Any) -> tuple[int, Any]:
    return asyncio.run(say(inbox, word, json.dumps(body).encode(), **more))


def test_words_become_events_that_name_who_said_them() -> None:
    inbox = Inbox()
    words: list[tuple[str, dict[str, Any]]] = [
        ("halt", {"how": "pause", "vehicle": "agv-1", "reason": "person on the road"}),
        ("free", {"fleet": "agv"}),
        ("take", {"vehicle": "agv-1", "reason": "flat tyre"}),
        ("return", {"vehicle": "agv-1", "charge_wh": 90_000}),
        ("remove", {"vehicle": "agv-1", "reason": "sold"}),
        ("cancel", {"order": "o1", "reason": "withdrawn"}),
    ]
    for word, body in words:
        assert said(inbox, word, body)[0] == 202
    assert inbox.posted == [
        e.VehiclesHalted(0, "", "agv-1", "pause", "li.na/port_operator", "person on the road"),
        e.VehiclesFreed(0, "agv", "", "li.na/port_operator"),
        e.VehicleTaken(0, "agv-1", "li.na/port_operator", "flat tyre"),
        e.VehicleReturned(0, "agv-1", 90_000, "li.na/port_operator"),
        e.VehicleRemoved(0, "agv-1", "li.na/port_operator", "sold"),
        e.OrderCancelled(0, "o1", "li.na/port_operator", "withdrawn"),
    ]


def test_an_order_is_placed_with_its_papers() -> None:
    inbox = Inbox()
    status, answer = said(inbox, "order", {"order": "x-1", "fleet": "agv", "mass_kg": 30_000})
    assert (status, len(answer["taken"])) == (202, 3)
    kinds = [type(event) for event in inbox.posted]
    assert kinds == [e.TransportOrderPlaced, e.ManifestLodged, e.DeclarationLodged]
    assert [getattr(event, "by", "") for event in inbox.posted] == ["li.na/port_operator", "", ""]


@pytest.mark.parametrize(
    ("word", "body", "status", "problem"),
    [
        ("fly", {}, 404, "/api/fleet/fly: nothing is here"),
        ("halt", {"how": "slow", "reason": "x"}, 422, "Invalid enum value 'slow' - at `$.how`"),
        ("halt", {"how": "hold", "reason": ""}, 422, "length >= 1 - at `$.reason`"),
        ("halt", {"how": "hold", "reason": "x", "who": "me"}, 422, "unknown field `who`"),
        ("take", {"vehicle": "agv-9", "reason": "x"}, 422, "agv-9: expected agv-1"),
        ("free", {"fleet": "trucks"}, 422, "fleet trucks: expected agv"),
        ("order", {"order": "a b", "fleet": "agv", "mass_kg": 1}, 422, "matching regex"),
        ("return", {"vehicle": "agv-1", "charge_wh": -1}, 422, ">= 0"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_posted(
    word: str, body: dict[str, Any], status: int, problem: str
) -> None:
    inbox = Inbox()
    found, answer = said(inbox, word, body)
    assert found == status
    assert problem in answer["problem"]
    assert inbox.posted == []


def test_as_a_form_nothing_is_taken() -> None:
    inbox = Inbox()
    assert said(inbox, "free", {}, headers={"content-type": "text/plain"})[0] == 415
    assert inbox.posted == []


def test_a_body_beyond_its_bound_and_a_full_inbox_are_refused() -> None:
    inbox = Inbox()
    assert said(inbox, "free", {"fleet": "x" * MOST_BODY_BYTES})[0] == 413
    inbox.full = True
    assert said(inbox, "free", {}) == (503, {"problem": "the inbox is full"})


def test_the_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    token = operator_token(tmp_path / "data")
    assert operator_token(tmp_path / "data") == token
    path = tmp_path / "data" / TOKEN_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short")
    with pytest.raises(LiveError, match=r"operator\.token: expected a token of at least 32"):
        operator_token(tmp_path / "data")


def test_the_address_is_known_while_the_port_runs(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="no port of this data folder runs"):
        read_address(tmp_path)
    tell_address(tmp_path, "http://127.0.0.1:1/")
    assert read_address(tmp_path) == "http://127.0.0.1:1/"
    forget_address(tmp_path)
    assert not (tmp_path / ADDRESS_FILE).exists()


def test_an_order_placed_by_hand_is_carried_by_the_virtual_port() -> None:
    bench = Bench(tiny_port("demand.coal.per_day=0", "demand.trucks.per_day=0"))
    assert bench.loop.step()
    placed = (e.TransportOrderPlaced(0, "x-1", "agv", "coal", 30_000, "coal", 1, "S"),)
    papers = (
        e.ManifestLodged(0, "M-x", "x-1", "", 30_000, 1, "S"),
        e.DeclarationLodged(0, "D-x", "M-x"),
    )
    bench.world.post_all((*placed, *papers))
    assert bench.loop.step()
    for _ in range(60):
        before = bench.world.freeze()
        bench.restart()
        assert bench.world.freeze() == before
        if bench.ledger.memory.total.trips:
            break
        assert bench.loop.step()
    assert bench.ledger.memory.total.mass_kg == 30_000
