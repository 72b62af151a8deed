"""A column is split into its characters, missing and joined ones too."""

import numpy as np

from kouan.gate.images import Image
from kouan.gate.stacks import bands

PITCH, HIGH = 40, 30


def column(written: list[int], joined: int = -1) -> Image:
    """Eleven places one below the other, with strokes at those written."""
    grey = np.full((11 * PITCH, 36), 60, np.uint8)
    for place in written:
        top = place * PITCH + 5
        bottom = top + (HIGH + PITCH if place == joined else HIGH)
        grey[top:bottom, 8:28:4] = 220
    return grey


def test_each_character_is_a_band() -> None:
    found = bands(column(list(range(11))))
    assert len(found) == 11
    for place, (top, bottom) in enumerate(found):
        assert top <= place * PITCH + 5 < bottom
        assert abs((top + bottom) / 2 - (place * PITCH + 20)) <= 4


def test_a_faded_character_keeps_its_place() -> None:
    assert len(bands(column([0, 1, 2, 3, 4, 6, 7, 8, 10]))) == 11


def test_joined_characters_are_parted() -> None:
    assert len(bands(column(list(range(11)), joined=4))) == 11
