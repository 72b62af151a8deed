"""The way in: a picture and what to look for, and out come readings."""

from collections.abc import Callable, Sequence

import numpy as np

from kouan.gate.calibration import calibrated
from kouan.gate.codes import read_codes
from kouan.gate.containers import read_containers
from kouan.gate.engine import Engine, shared_engine
from kouan.gate.images import Image, decode
from kouan.gate.look import Look
from kouan.gate.plates import read_plates
from kouan.gate.quality import judge
from kouan.gate.recogniser import ALPHABETS
from kouan.gate.words import Kind, Reading
from kouan.gate.zones import read_zones

__all__ = ["ALL_KINDS", "Kind", "Reading", "read_image", "warm_up"]

ALL_KINDS = tuple(Kind)
READERS: dict[Kind, Callable[[Look], list[Reading]]] = {
    Kind.PLATE: read_plates,
    Kind.CONTAINER: read_containers,
    Kind.MRZ: read_zones,
    Kind.CODE: lambda look: read_codes(look.image),
}


def read_image(
    image: Image | bytes,
    kinds: Sequence[Kind] = ALL_KINDS,
    name: str = "image",
    engine: Engine | None = None,
) -> list[Reading]:
    """Read a picture, decoded or as its file's bytes, for each of ``kinds``.

    Every kind gives at least one reading, whose reason says why nothing was read. Raises
    ImageError, which calls the picture by ``name``, and ReaderMissing.
    """
    if isinstance(image, bytes):
        image = decode(image, name)
    quality = judge(image)
    if quality.reason:
        return [Reading(kind, reason=quality.reason) for kind in kinds]
    look = Look(engine or shared_engine(), image)
    return [calibrated(reading) for kind in kinds for reading in READERS[kind](look)]


def warm_up() -> None:
    """Load the engine and let it read once, so that the first picture is not a slow one."""
    blank = np.full((96, 320, 3), 200, np.uint8)
    engine = shared_engine()
    engine.find(blank)
    for alphabet in ALPHABETS:
        engine.read([blank], alphabet)
