"""Twins of cameras and readers: what they send, and how that goes wrong."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kouan.live.devices.twins.images import black_png
from kouan.live.devices.twins.spec import Picture, TwinError
from kouan.live.devices.twins.wires import image_fields, multipart, push, wall_ms

HUGE = (20_000, 15_000)
"""300 megapixels."""
BLACK = (640, 480)
MOST_FILE_BYTES = 12_000_000
FLOOD = 40

Publish = Callable[[str, bytes], None]


@dataclass(slots=True)
class _Numbers:
    """Numbers of messages that grow, also over restarts."""

    newest: int = 0

    def next(self) -> int:
        self.newest = max(self.newest + 1, wall_ms())
        return self.newest


class CameraTwin:
    """One camera."""

    def __init__(self, name: str, url: str, token: str) -> None:
        self.fault = ""
        self.shows: Picture | None = None
        self._url = f"{url.rstrip('/')}/api/devices/{name}/"
        self._token = token
        self._numbers = _Numbers()
        self._before: bytes = b""

    async def take(self, picture: Picture) -> list[int]:
        """Send a picture as its fault has it; return the statuses of the answers."""
        if self.fault == "silent":
            return []
        if self.fault == "shows" and self.shows is not None:
            picture = self.shows
        image = await asyncio.to_thread(content_of, picture)
        image = self._spoiled(image)
        self._before = image
        number = self._numbers.newest if self.fault == "replay" else self._numbers.next()
        times = FLOOD if self.fault == "flood" else 1
        statuses = []
        for more in range(times):
            number = self._numbers.next() if more else number
            readings = [] if self.fault in ("black", "frozen") else picture.readings
            content_type, body = multipart(image, image_fields(readings, number))
            statuses.append(await self._push("image", content_type, body))
        return statuses

    async def live(self) -> int:
        """Send a heartbeat."""
        return 0 if self.fault == "silent" else await self._push("alive", "text/plain", b"")

    async def _push(self, path: str, content_type: str, body: bytes) -> int:
        token = "forged" if self.fault == "forged" else self._token
        return await asyncio.to_thread(push, self._url + path, token, content_type, body)

    def _spoiled(self, image: bytes) -> bytes:
        match self.fault:
            case "black":
                return black_png(*BLACK)
            case "huge":
                return black_png(*HUGE)
            case "frozen":
                return self._before or image
            case "cut":
                return image[: len(image) // 2]
        return image


def content_of(picture: Picture) -> bytes:
    """The bytes of a picture; raises TwinError when its file can't be read."""
    if not picture.file:
        return picture.content
    path = Path(picture.file)
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise TwinError(f"{path}: expected at most {MOST_FILE_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise TwinError(f"{path}: {error.strerror}: expected an image") from error


class ReaderTwin:
    """One reader over MQTT."""

    def __init__(self, topic: str, token: str, publish: Publish) -> None:
        self.fault = ""
        self._topic, self._token, self._publish = topic, token, publish
        self._numbers = _Numbers()

    def read(self, text: str) -> None:
        """Tell a text, "" for a heartbeat, as its fault has it."""
        if self.fault == "silent":
            return
        if self.fault == "garbage":
            self._publish(self._topic, b'{"text": "E4-')
            return
        number = self._numbers.newest if self.fault == "replay" else self._numbers.next()
        for more in range(FLOOD if self.fault == "flood" and text else 1):
            number = self._numbers.next() if more else number
            token = "forged" if self.fault == "forged" else self._token
            body = {"token": token, "sequence": number, "text": text}
            self._publish(self._topic, json.dumps(body, ensure_ascii=False).encode())
