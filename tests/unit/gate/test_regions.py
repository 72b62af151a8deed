"""Regions are cut out upright and joined to rows in their order."""

import numpy as np
import pytest

from kouan.gate.regions import Region, join, rows
from kouan.gate.words import Box


def region(left: float, top: float, width: float, height: float) -> Region:
    right, bottom = left + width, top + height
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Region(np.asarray(corners, np.float32))


def test_a_crop_is_what_stands_there() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[20:40, 50:110] = 255
    crop = region(50, 20, 60, 20).crop(image)
    assert crop.shape == (20, 60, 3)
    assert crop.mean() > 245
    assert region(50, 20, 60, 20).drawn_out(2).crop(image).shape == (20, 120, 3)


def test_pieces_of_one_row_are_joined_whatever_their_order() -> None:
    pieces = [region(300, 52, 40, 20), region(100, 50, 80, 20), region(200, 51, 80, 20)]
    below = region(100, 90, 80, 20)
    found = rows([*pieces, below], most_gap=1.5)
    assert [len(row) for row in found] == [3, 1]
    assert join(found[0]).box == Box(100, 50, 340, 72)


def test_what_stands_far_apart_is_not_one_row() -> None:
    assert len(rows([region(0, 0, 40, 20), region(200, 0, 40, 20)], most_gap=1.5)) == 2


def test_margins_are_in_heights_of_the_text() -> None:
    grown = region(100, 100, 80, 20).grown(0.5, 0.25)
    assert grown.box == Box(90, 95, 190, 125)
    assert grown.width == pytest.approx(100)
    assert region(100, 100, 80, 20).lengthened(1.0).box.right == 200
    assert region(100, 100, 20, 80).heightened(0.5, 0.25).box == Box(100, 60, 120, 200)
    assert region(100, 100, 20, 80).widened(0.5).box == Box(90, 100, 130, 180)
