"""Lanes over HTTP: what stands in them, and what people say about it."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.live.accounts.gatekeeper import needs
from kouan.live.accounts.rights import Right
from kouan.live.devices.signals import DeviceHealth
from kouan.live.gates.notes import LaneNote
from kouan.live.gates.view import GateView
from kouan.live.words import Name, Post, Reason, Refused, Word, Words
from kouan.port.flow import looped_stations
from kouan.port.model import Port


class NameIt(Word, frozen=True):
    """Say which visit the carrier in a lane is."""

    right: ClassVar[Right] = Right.LANES_WORK
    station: Name
    visit: Name

    def events(self, by: str) -> list[e.Event]:
        """One name."""
        return [e.CarrierNamed(0, self.station, self.visit, by)]


class Refuse(Word, frozen=True):
    """Send the stranger in a lane away."""

    right: ClassVar[Right] = Right.LANES_WORK
    station: Name
    reason: Reason

    def events(self, by: str) -> list[e.Event]:
        """One refusal."""
        return [e.CarrierRefused(0, self.station, by, self.reason)]


class Empty(Word, frozen=True):
    """Say that a lane is empty, where its loops can't; ``carriers`` went past its barrier."""

    right: ClassVar[Right] = Right.LANES_WORK
    station: Name
    carriers: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0

    def events(self, by: str) -> list[e.Event]:
        """One end of the lane's being occupied."""
        return [e.CarrierLeft(0, self.station, self.carriers, by)]


WORDS: dict[str, type[Word]] = {"name": NameIt, "refuse": Refuse, "empty": Empty}
"""Every word by its path below /api/lanes/."""


class LaneRoutes:
    """Lanes and devices over HTTP."""

    def __init__(
        self,
        port: Port,
        view: Callable[[], GateView],
        health: Callable[[], dict[str, DeviceHealth]],
        post: Post,
    ) -> None:
        self._lanes = looped_stations(port)
        self._view = view
        self._health = health
        self._words = Words("/api/lanes", WORDS, self._check, post)

    def add_to(self, app: FastAPI) -> None:
        """Answer on /api/lanes and below it."""
        self._words.add_to(app)

        @app.get("/api/lanes")
        @needs(Right.LANES_SEE)
        async def _lanes(_request: Request) -> Response:
            return JSONResponse(self.shown())

    def _check(self, word: str, said: Word) -> None:
        station = getattr(said, "station", "")
        if station not in self._lanes:
            expected = ", ".join(self._lanes) or "none"
            raise Refused(422, f"{word}: lane {station}: expected {expected}")
        visit = getattr(said, "visit", "")
        if visit and visit not in self._view().declared:
            raise Refused(422, f"{word}: visit {visit}: expected one that was announced")

    def shown(self) -> dict[str, Any]:
        """All lanes with devices, and how it stands with the devices."""
        view = self._view()
        health = self._health()
        return {
            "lanes": {
                name: _lane(view.lanes.get(name, LaneNote()), name in view.real)
                for name in dict.fromkeys([*self._lanes, *view.lanes])
            },
            "devices": {
                name: {"station": one.station, "state": one.state, "reason": one.reason}
                for name, one in health.items()
            },
        }


def _lane(lane: LaneNote, real: bool) -> dict[str, Any]:
    service, leaving = lane.service, lane.leaving
    return {
        "seen_ms": lane.seen_ms,
        "plate": lane.plate,
        "reason": lane.reason,
        "virtual": not real and bool(service or leaving),
        "visit": service.visit if service else leaving.visit if leaving else "",
        "stage": service.stage if service else "",
        "found": [
            {"check": note.check, "device": note.device, "read": bool(note.found or note.ok)}
            for note in lane.taken
        ],
        "leaving": leaving is not None,
        "by_barrier": leaving is not None and not leaving.way_out,
        "to": leaving.place if leaving else "",
        "why": leaving.reason if leaving else "",
    }
