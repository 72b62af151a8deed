"""Where cameras push their images: HTTP, with a token for each device.

``POST /api/devices/{device}/image`` takes an image, ``POST /api/devices/{device}/alive`` a
heartbeat. Who sends is found out by the gatekeeper before; a device speaks for itself only. Bodies
are bounded and read within a time, images are checked beside HTTP's loop, and whatever is refused
is counted and answered with what was expected.
"""

import asyncio
from typing import Annotated

from fastapi import FastAPI, Request
from pydantic import StringConstraints
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.rights import Right
from kouan.live.devices.bodies import MOST_BODY_BYTES, Malformed, Post, read_post
from kouan.live.devices.hub import Hub
from kouan.live.devices.rates import Rates
from kouan.live.devices.sequences import Sequences
from kouan.live.devices.signals import CheckImage, ImageTaken, State
from kouan.port.devices import DeviceKind

BODY_S = 15.0
"""How long a body may take to come."""
MOST_A_SECOND, MOST_AT_ONCE = 4, 12
"""Requests of one device."""
MOST_BODIES = 8
"""Bodies held at a time, of all devices; more are answered with 503."""
MOST_CHECKED = 2
"""Images checked at a time."""

Name = Annotated[str, StringConstraints(max_length=64)]


class CameraIntake:
    """Takes what cameras push."""

    def __init__(self, hub: Hub, check_image: CheckImage, sequences: Sequences) -> None:
        self._hub = hub
        self._check_image, self._sequences = check_image, sequences
        self._rates = Rates(MOST_A_SECOND, MOST_AT_ONCE)
        self._bodies = 0
        self._checking = asyncio.Semaphore(MOST_CHECKED)

    def add_to(self, app: FastAPI) -> None:
        """Answer on the two paths of every device."""

        @app.post("/api/devices/{device}/image")
        @needs(Right.DEVICE_SEND)
        async def _image(device: Name, request: Request) -> Response:
            return await self._answer(device, request, heartbeat=False)

        @app.post("/api/devices/{device}/alive")
        @needs(Right.DEVICE_SEND)
        async def _alive(device: Name, request: Request) -> Response:
            return await self._answer(device, request, heartbeat=True)

    async def _answer(self, device: str, request: Request, *, heartbeat: bool) -> Response:
        try:
            self._admit(device, request)
            if heartbeat:
                self._hub.hear(device)
                self._hub.judge(device, State.OK)
                return JSONResponse({"heard": device})
            post = await self._read(device, request)
            await self._look(device, post)
            return JSONResponse({"taken": post.sequence}, 202)
        except Malformed as problem:
            return JSONResponse({"problem": str(problem)}, problem.status)

    def _admit(self, device: str, request: Request) -> None:
        """Let only cameras in that speak for themselves, and not too often."""
        name = caller(request).name
        known = device in self._hub.devices
        if name != device or not known:
            # Whoever has another's token does not speak for it: its state stays what it is.
            self._count(device if known else "unknown", "forged")
            raise Malformed(403, f"{name} may not speak for {device}: expected its own token")
        if self._hub.devices[device].kind is not DeviceKind.CAMERA:
            raise Malformed(404, f"{device} is a {self._hub.devices[device].kind}, no camera")
        if not self._rates.allow(device):
            self._refuse(
                device, "flood", 429, f"expected at most {MOST_A_SECOND} requests a second"
            )

    async def _read(self, device: str, request: Request) -> Post:
        """Read and take apart a body; raises Malformed."""
        if self._bodies >= MOST_BODIES:
            self._count(device, "busy")
            raise Malformed(503, "too many images at a time: send it again later")
        self._bodies += 1
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
            content_type = request.headers.get("content-type", "")
            return read_post(self._hub.devices[device], content_type, body)
        except TimeoutError:
            self._refuse(device, "too_slow", 408, f"expected a whole body within {BODY_S:g} s")
        except ClientDisconnect:
            self._refuse(device, "cut_off", 400, "expected a whole body")
        except Malformed as problem:
            self._refuse(device, "malformed", problem.status, str(problem))
        finally:
            self._bodies -= 1
        raise AssertionError("refused above")

    async def _look(self, device: str, post: Post) -> None:
        """Check the image, then take its number and hand it over; raises Malformed."""
        async with self._checking:
            problem = await asyncio.to_thread(self._check_image, post.image)
        if problem:
            self._refuse(device, "bad_image", 422, f"image: {problem}")
        problem = self._sequences.take(device, post.sequence)
        if problem:
            self._refuse(device, "replayed", 409, problem)
        self._hub.hear(device)
        self._hub.judge(device, State.OK)
        station = self._hub.devices[device].at
        self._hub.say(
            ImageTaken(device, station, post.image, post.readings, post.taken_at_ms, post.sequence)
        )

    def _count(self, device: str, what: str) -> None:
        self._hub.counts.count(device, what)

    def _refuse(self, device: str, what: str, status: int, problem: str) -> None:
        self._count(device, what)
        self._hub.judge(device, State.REFUSED, problem)
        raise Malformed(status, problem)


async def _body(request: Request) -> bytes:
    """The request's body, within its bound."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Malformed(413, f"expected at most {MOST_BODY_BYTES:,} bytes")
    return bytes(body)
