"""A lorry with a container as two cameras of a lane see it: from before, and from the side."""

import zlib
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from kouan.gate.drawing import camera, containers, numbers, vehicles
from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.scene import FINER, Truth, bounds, draw_scene, level_of, scene_of

SIDE_PX = (1920, 1080)
SEEN_PX = (30.0, 38.0)
"""A painted character's height in the view from the side, as far as the frame allows."""


class View(NamedTuple):
    """One camera's frame and what is to be read in it."""

    name: str
    frame: Picture
    truth: Truth


def draw_truck(
    plate: str, container: str, seed: int, difficulty: str = "clean"
) -> tuple[View, View]:
    """The lorry from before, with its plate, and from the side, with its container's number.

    Raises UnknownScene for a difficulty, plate or number that can't be drawn, and FontMissing.
    """
    level = level_of(difficulty)
    scene_of("container", container)
    front = draw_scene("plate", seed, difficulty, plate)
    dice = np.random.default_rng((seed, zlib.crc32(b"truck-side")))
    px_mm = float(dice.uniform(*SEEN_PX)) / containers.HIGH_MM
    how = camera.conditions(level, px_mm, dice)
    return View("front", *front), _side(container, how, dice, (difficulty, seed))


def _side(number: str, how: camera.Conditions, dice: Generator, drawn: tuple[str, int]) -> View:
    difficulty, seed = drawn
    steel = numbers.pick(dice, tuple(containers.STEEL))
    size_type = numbers.pick(dice, ("22G1", "22U1", "22R1"))
    mark = containers.Marking(number, size_type, steel, "horizontal")
    wall, text_box = containers.wall(containers.SIDE_MM, mark, dice, how.px_mm * FINER)
    sheet, place = vehicles.lorry_side(dice, wall)
    box = text_box._replace(left=text_box.left + place.left, top=text_box.top + place.top)
    camera.soiled(sheet, box, how.dirt, 0.92, dice)
    # The whole container and the frame below it; of the cab what comes into view.
    whole = place._replace(height=place.height + 300)
    what = camera.Subject(sheet, box, whole)
    behind = vehicles.yard(dice, *SIDE_PX)
    frame, quad = camera.photograph(what, behind, how, dice, outdoors=True)
    corners = tuple((float(x), float(y)) for x, y in quad)
    truth = Truth(
        "container", number, bounds(quad), corners, "truck-side", steel, "horizontal",
        size_type, difficulty, seed,
    )  # fmt: skip
    return View("side", frame, truth)
