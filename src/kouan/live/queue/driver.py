"""The page that a driver opens by a QR code: how it stands with one visit, and when it is called.

It shows nothing of a person, and of the plate the last letters. The page itself is the same for
everybody; what it shows it asks for by the token in its address.
"""

import io
import time
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files

import msgspec
import segno
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.live.accounts.gatekeeper import needs
from kouan.live.accounts.rights import Right
from kouan.live.queue.forecasts import Forecast
from kouan.live.queue.tickets import Tickets
from kouan.port.model import Port

PAGE_FILES = {
    "/driver.css": "text/css; charset=utf-8",
    "/driver.js": "text/javascript; charset=utf-8",
    "/driver-texts.json": "application/json",
}
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
QUIET = 2
"""Modules of quiet zone round a QR code; the page round it adds more."""


class Limiter:
    """Lets so many requests through, of each address and of all together; tells for how long not.

    Each has a bucket that fills evenly. Addresses beyond a bound are forgotten, oldest first: they
    begin with a full bucket, and the bucket of all still holds.
    """

    def __init__(
        self,
        per_s: float = 2.0,
        burst: int = 30,
        *,
        all_per_s: float = 100.0,
        most: int = 2_000,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Allow ``per_s`` of an address after ``burst`` at once."""
        self._per_s, self._burst, self._all_per_s, self._most = per_s, burst, all_per_s, most
        self._now_s = now_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._all = (2 * all_per_s, now_s())

    def wait_s(self, address: str) -> float:
        """Count a request, and return 0; or do not count it, and return how long to wait."""
        now_s = self._now_s()
        full = (float(self._burst), now_s)
        mine = _filled(self._buckets.get(address, full), self._per_s, self._burst, now_s)
        everybody = _filled(self._all, self._all_per_s, 2 * self._all_per_s, now_s)
        wait_s = max((1 - mine) / self._per_s, (1 - everybody) / self._all_per_s)
        taken = 0 if wait_s > 0 else 1
        self._buckets[address] = (mine - taken, now_s)
        self._buckets.move_to_end(address)
        self._all = (everybody - taken, now_s)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return max(0.0, wait_s)


def _filled(bucket: tuple[float, float], per_s: float, most: float, now_s: float) -> float:
    left, since_s = bucket
    return min(most, left + (now_s - since_s) * per_s)


class DriverPages:
    """Pages of visits by their tokens; a part of the application."""

    def __init__(
        self,
        port: Port,
        tickets: Tickets,
        forecast: Callable[[], Forecast],
        now_ms: Callable[[], int],
        *,
        simulated: bool,
        public_url: str = "",
        limiter: Limiter | None = None,
    ) -> None:
        """Show what tickets and forecast say; codes lead to ``public_url`` or the host asked."""
        self._tickets = tickets
        self._forecast = forecast
        self._now_ms = now_ms
        self._public_url = public_url.rstrip("/")
        self._limiter = limiter or Limiter()
        home, countries = port.sides.home, (port.sides.home.country, port.sides.neighbour.country)
        self._places = {
            name: {"id": name, "name": one.name, "name_zh": one.name_zh}
            for name, one in port.places.items()
        }
        self._head = {
            "port": {
                "name": port.name,
                "name_zh": port.name_zh,
                "time_zone": home.time_zone,
                "countries": countries,
            },
            "simulated": simulated,
        }

    def add_to(self, app: FastAPI) -> None:
        """Answer /q/{token}, its JSON and its code, and the files of the page."""
        folder = files("kouan.live.queue") / "page"

        def add(path: str, name: str, media_type: str) -> None:
            content = (folder / name).read_bytes()

            @app.get(path)
            @needs(Right.SIGN_IN)
            async def _read(request: Request) -> Response:
                return self._too_many(request) or Response(content, media_type=media_type)

        for path, media_type in PAGE_FILES.items():
            add(path, path[1:], media_type)

        @app.get("/q/{token}.json")
        @needs(Right.DRIVER_PAGE)
        async def _state(token: str, request: Request) -> Response:
            return self._too_many(request) or self._answer(token)

        @app.get("/q/{token}.svg")
        @needs(Right.DRIVER_PAGE)
        async def _code(token: str, request: Request) -> Response:
            if refused := self._too_many(request):
                return refused
            if self._tickets.visit_of(token) is None:
                return _unknown()
            return Response(self.code(token, str(request.base_url)), media_type=SVG)

        add("/q/{token}", "driver.html", HTML)

    def path(self, visit: str) -> str:
        """The path of a visit's page."""
        return f"/q/{self._tickets.token(visit)}"

    def code(self, token: str, base_url: str) -> bytes:
        """A QR code with the address of a page, as SVG."""
        base = self._public_url or base_url.rstrip("/")
        found = io.BytesIO()
        made = segno.make(f"{base}/q/{token}", error="m", micro=False)
        made.save(found, kind="svg", border=QUIET, scale=8, xmldecl=False, light="#fff")
        return found.getvalue()

    def _too_many(self, request: Request) -> Response | None:
        address = request.client.host if request.client else ""
        wait_s = self._limiter.wait_s(address)
        if not wait_s:
            return None
        problem = {"problem": "too many requests: expected fewer from this address"}
        return JSONResponse(problem, 429, {"retry-after": str(int(wait_s) + 1)})

    def _answer(self, token: str) -> Response:
        visit = self._tickets.visit_of(token)
        found = self._tickets.find(visit) if visit else None
        if found is None:
            return _unknown()
        forecast = self._forecast()
        call = forecast.visits.get(found.visit)
        shown = {
            **self._head,
            "now_ms": self._now_ms(),
            "standing": found.standing,
            "place": self._places.get(found.place),
            "station": found.station,
            "position": found.position,
            "slot_ms": (found.slot_from_ms, found.slot_to_ms) if found.slot_to_ms else None,
            "by_ms": found.by_ms or None,
            "missing": found.missing,
            "plate_end": found.plate_end,
            "call": None
            if call is None
            else {"label": "predicted", "made_ms": forecast.made_ms, "quantiles_ms": call[1:]},
        }
        return Response(msgspec.json.encode(shown), media_type="application/json")


def _unknown() -> Response:
    return JSONResponse({"problem": "this page's address is not good, or not any more"}, 404)
