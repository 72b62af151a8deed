"""What a reading is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What can be looked for in a picture."""

    PLATE = "plate"
    CONTAINER = "container"
    MRZ = "mrz"
    CODE = "code"


class Box(NamedTuple):
    """Where something stands in a picture, in pixels; all 0 when nowhere."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one kind in one picture, or why nothing could be.

    ``text`` is canonical, as `identifiers` writes it, lines parted by a line feed, "" when unread.
    ``confidence_ppm`` is calibrated (calibration.py) from ``score_ppm``, the engine's own figure.
    ``repaired`` are positions in ``text`` where another character was seen; ``characters_ppm`` the
    engine's figures for the single characters, empty where it gives none. ``variety`` says more
    about the kind: a plate's colour, "td3", "QRCode". ``reason`` says why it is unread or
    uncertain.
    """

    kind: Kind
    text: str = ""
    confidence_ppm: int = 0
    reason: str = ""
    box: Box = Box()
    variety: str = ""
    score_ppm: int = 0
    repaired: tuple[int, ...] = ()
    characters_ppm: tuple[int, ...] = ()
