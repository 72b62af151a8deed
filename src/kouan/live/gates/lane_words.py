"""Lanes over HTTP: what stands in them, and what people say about it."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.dispatch import events as e
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Caller, Right
from kouan.live.devices.signals import DeviceHealth
from kouan.live.gates.notes import DeclaredNote, LaneNote
from kouan.live.gates.rounds import Round, awaited, stage_of
from kouan.live.gates.view import GateView
from kouan.live.words import Name, Post, Reason, Refused, Word, Words
from kouan.port.flow import looped_stations
from kouan.port.model import Port

MOST_VISITS = 500
"""Announced visits that are offered as names of a stranger."""


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
        shows: Callable[[], dict[str, str]],
        post: Post,
    ) -> None:
        """``health`` and ``shows`` are those of the devices that are connected."""
        self._port = port
        self._shows = shows
        self._lanes = looped_stations(port)
        self._view = view
        self._health = health
        self.words = Words("/api/lanes", WORDS, self._check, post)

    def add_to(self, app: FastAPI) -> None:
        """Answer on /api/lanes and below it."""
        self.words.add_to(app)

        @app.get("/api/lanes")
        @needs(Right.LANES_SEE)
        async def _lanes(request: Request) -> Response:
            return JSONResponse(self.shown(caller(request)))

    def _check(self, word: str, said: Word) -> None:
        station = getattr(said, "station", "")
        if station not in self._lanes:
            expected = ", ".join(self._lanes) or "none"
            raise Refused(422, f"{word}: lane {station}: expected {expected}")
        visit = getattr(said, "visit", "")
        if visit and visit not in self._view().declared:
            raise Refused(422, f"{word}: visit {visit}: expected one that was announced")

    def shown(self, who: Caller) -> dict[str, Any]:
        """All lanes with devices, how it stands with these, and whom a stranger may be.

        The visits are told to those who may name strangers, the newest first.
        """
        view = self._view()
        names = dict.fromkeys([*self._lanes, *view.lanes])
        visits = view.declared if who.may(Right.LANES_WORK) else {}
        newest = list(reversed(visits.items()))[:MOST_VISITS]
        return {
            "lanes": {name: self._lane(name, view) for name in names},
            "devices": self._devices(),
            "visits": [{"visit": visit, "plate": note.plate} for visit, note in newest],
        }

    def _devices(self) -> dict[str, Any]:
        health, shows = self._health(), self._shows()
        return {
            name: {
                "station": device.at,
                "kind": device.kind,
                "role": device.role or "",
                "checks": list(device.checks),
                "state": health[name].state,
                "reason": health[name].reason,
                "shows": shows.get(name, ""),
            }
            for name, device in self._port.devices.items()
            if name in health
        }

    def _lane(self, name: str, view: GateView) -> dict[str, Any]:
        lane = view.lanes.get(name, LaneNote())
        service, leaving = lane.service, lane.leaving
        visit = service.visit if service else leaving.visit if leaving else ""
        declared = view.declared.get(visit)
        return {
            "seen_ms": lane.seen_ms,
            "plate": lane.plate,
            "reason": lane.reason,
            "virtual": name not in view.real and bool(service or leaving),
            "visit": visit,
            "announced_plate": declared.plate if declared is not None else "",
            "stage": service.stage if service else "",
            "since_ms": service.began_ms if service else leaving.since_ms if leaving else 0,
            "found": [
                {"check": note.check, "device": note.device, "read": bool(note.found or note.ok)}
                for note in lane.taken
            ],
            "awaited": list(self._awaited(name, lane, declared)),
            "leaving": leaving is not None,
            "by_barrier": leaving is not None and not leaving.way_out,
            "to": leaving.place if leaving else "",
            "why": leaving.reason if leaving else "",
        }

    def _awaited(self, name: str, lane: LaneNote, declared: DeclaredNote | None) -> tuple[str, ...]:
        """The checks for which the lane's devices still have to bring something."""
        stage = stage_of(self._port, lane.service) if lane.service is not None else None
        if stage is None or lane.service is None:
            return ()
        devices = {key: device for key, device in self._port.devices.items() if device.at == name}
        return awaited(Round(lane.service, stage, declared, devices), lane)
