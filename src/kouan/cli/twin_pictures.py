"""Pictures of a truck for the twins of a lane's cameras, drawn by what each camera is for."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from kouan.cli.terminal import Mistake
from kouan.port.procedures import CheckKind

PAGE_FRAMES = 3
"""Pictures that are taken of a page: a name may be hard to read in one of them."""


class Shown(NamedTuple):
    """What a truck shows; "" is nothing of that kind."""

    plate: str = ""
    boxes: tuple[str, ...] = ()
    passport: str = ""
    issuer: str = "CHN"
    seal: str = ""


def pictures_of(
    shown: Shown, devices: Mapping[str, Mapping[str, object]], station: str, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Draw for every camera of a station what it would see; raises Mistake."""
    try:
        from kouan.gate.drawing.errors import DrawingError
    except ImportError as error:
        raise Mistake(f"{error.name}: not installed; expected the extra gate") from None
    for name, device in devices.items():
        if device["kind"] != "camera" or device["at"] != station:
            continue
        for check in device["checks"]:  # type: ignore[attr-defined]
            try:
                for content in DRAWN[check](shown, seed) if check in DRAWN else ():
                    yield name, content
            except DrawingError as error:
                raise Mistake(f"{check}: {error}") from None


def _plate(shown: Shown, seed: int) -> Iterator[bytes]:
    if shown.plate:
        yield _scene("plate", shown.plate, seed)


def _boxes(shown: Shown, seed: int) -> Iterator[bytes]:
    for number, box in enumerate(shown.boxes):
        yield _scene("container", box, seed + number)


def _driver(shown: Shown, seed: int) -> Iterator[bytes]:
    import numpy as np

    from kouan.gate.drawing import papers

    if shown.passport:
        person = papers.holder(np.random.default_rng(zlib.crc32(shown.passport.encode())))
        holder = person._replace(number=shown.passport, state=shown.issuer)
        for frame in range(PAGE_FRAMES):
            yield _scene("mrz", "\n".join(papers.td3(holder)), seed * PAGE_FRAMES + frame)


def _seal(shown: Shown, seed: int) -> Iterator[bytes]:
    if shown.seal:
        yield _scene("code", shown.seal, seed)


def _scene(kind: str, text: str, seed: int) -> bytes:
    import cv2

    from kouan.gate.drawing.scene import draw_scene

    frame, _ = draw_scene(kind, seed, "clean", text)
    _, data = cv2.imencode(".jpg", frame)
    return data.tobytes()


DRAWN: dict[str, Callable[[Shown, int], Iterator[bytes]]] = {
    CheckKind.PLATE: _plate,
    CheckKind.CONTAINER: _boxes,
    CheckKind.DRIVER: _driver,
    CheckKind.SEAL: _seal,
}
"""What is drawn for a camera, by the check that its pictures serve."""
