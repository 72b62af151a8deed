"""Number plates: Chinese, Russian, Mongolian. Sizes in millimetres and colours are assumptions."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from kouan.gate.drawing.fonts import CHINESE, NARROW, SANS, Face
from kouan.gate.drawing.sheet import Box, Colour, Sheet, around

WHITE, BLACK, RED = (245, 245, 245), (25, 22, 22), (40, 30, 200)


class Paint(NamedTuple):
    """A plate's colours: ground and letters; ``bottom`` where the ground runs to another."""

    ground: Colour
    letters: Colour
    bottom: Colour | None = None


PAINTS: dict[str, Paint] = {
    "blue": Paint((168, 72, 12), WHITE),
    "yellow": Paint((20, 180, 240), BLACK),
    "green": Paint((235, 245, 235), BLACK, (95, 190, 85)),
    "black": Paint(BLACK, WHITE),
    "white": Paint((240, 240, 238), BLACK),
}
LARGE_GREEN = Paint((95, 190, 85), BLACK)


def single_row(text: str, colour: str, px_mm: float) -> tuple[Sheet, Box]:
    """A Chinese plate of seven characters in a row, or eight of new energy; and the text's box."""
    eight = len(text) == 8
    sheet = Sheet(480 if eight else 440, 140, px_mm, PAINTS[colour].ground)
    paint = _ground(sheet, text, colour)
    width = 43 if eight else 45
    gap = 9 if eight else 12
    x, boxes = 15.5 if eight else 15.0, []
    for place, character in enumerate(text):
        cell = Box(x, 25, width, 90)
        ink = _ink(text, place, paint.letters)
        boxes.append(sheet.character(character, cell, _face(character), ink))
        x += width + gap
        if place == 1:
            if not eight:
                sheet.disc(x + 5, 70, 5, paint.letters)
            x += 40 if eight else 22
    _bolts(sheet, (110, sheet.width_mm - 110), (12, 128))
    return sheet, around(boxes)


def double_row(text: str, colour: str, px_mm: float) -> tuple[Sheet, Box]:
    """A Chinese plate in two rows, as lorries and trailers carry it behind."""
    sheet = Sheet(440, 220, px_mm, PAINTS[colour].ground)
    paint = _ground(sheet, text, colour)
    boxes = []
    for place, character in enumerate(text[:2]):
        cell = Box(110 + place * 140, 15, 80, 60)
        boxes.append(sheet.character(character, cell, _face(character), paint.letters))
    sheet.disc(220, 45, 5, paint.letters)
    for place, character in enumerate(text[2:]):
        cell = Box(27 + place * 80, 90, 65, 110)
        ink = _ink(text, place + 2, paint.letters)
        boxes.append(sheet.character(character, cell, _face(character), ink))
    _bolts(sheet, (60, 380), (45, 45))
    return sheet, around(boxes)


def russian(text: str, px_mm: float) -> tuple[Sheet, Box]:
    """Letter, digits, letters and the region in a box of its own."""
    sheet = Sheet(520, 112, px_mm, PAINTS["white"].ground)
    _rim(sheet, BLACK)
    boxes, x = [], 24.0
    for character in text[:6]:
        high = 76.0 if character.isdigit() else 58.0
        width = 48.0 if character.isdigit() else 46.0
        cell = Box(x, 94 - high, width, high)
        boxes.append(sheet.character(character, cell, SANS, BLACK))
        x += width + 11
    sheet.fill(Box(387, 3, 3, 106), BLACK)
    region = text[6:]
    step = 38.0 if len(region) == 3 else 46.0
    x = 454 - step * len(region) / 2
    for character in region:
        cell = Box(x + 2, 12, step - 6, 56)
        boxes.append(sheet.character(character, cell, SANS, BLACK))
        x += step
    sheet.words("RUS", 405, 80, 25, SANS, BLACK)
    for row, stripe in enumerate((WHITE, (150, 60, 20), RED)):
        sheet.fill(Box(465, 82 + row * 6, 28, 6), stripe)
    _bolts(sheet, (12, 380), (56, 56))
    return sheet, around(boxes)


def mongolian(text: str, px_mm: float) -> tuple[Sheet, Box]:
    """Four digits and three letters in a row (the form is an assumption)."""
    sheet = Sheet(520, 112, px_mm, PAINTS["white"].ground)
    _rim(sheet, BLACK)
    sheet.fill(Box(8, 8, 44, 96), (150, 70, 20))
    sheet.words("MNG", 11, 72, 20, SANS, WHITE)
    sheet.disc(30, 40, 12, RED)
    boxes, x = [], 66.0
    for place, character in enumerate(text):
        cell = Box(x, 22, 50, 70)
        boxes.append(sheet.character(character, cell, SANS, BLACK))
        x += 60 + (22 if place == 3 else 0)
    _bolts(sheet, (58, 512), (56, 56))
    return sheet, around(boxes)


def _face(character: str) -> Face:
    return NARROW if character.isascii() else CHINESE


def _ink(text: str, place: int, letters: Colour) -> Colour:
    return RED if text[place] == "警" else letters


def _ground(sheet: Sheet, text: str, colour: str) -> Paint:
    """Paint the plate; a green one of a large vehicle is yellow where the province stands."""
    paint = PAINTS[colour]
    if colour == "green" and text[-1].isalpha():
        paint = LARGE_GREEN
        sheet.picture[:] = paint.ground
        sheet.fill(Box(0, 0, 135, sheet.height_mm), PAINTS["yellow"].ground)
    elif paint.bottom is not None:
        part = np.linspace(0, 1, sheet.picture.shape[0])[:, None, None] ** 1.5
        mixed = np.asarray(paint.ground) * (1 - part) + np.asarray(paint.bottom) * part
        sheet.picture[:] = mixed.astype(np.uint8)
    _rim(sheet, paint.letters)
    return paint


def _rim(sheet: Sheet, colour: Colour) -> None:
    box = Box(0, 0, sheet.width_mm, sheet.height_mm).grown(-4)
    sheet.frame(box, colour, 3, 8)


def _bolts(sheet: Sheet, columns: tuple[float, float], rows: tuple[float, float]) -> None:
    for x in columns:
        for y in rows:
            sheet.disc(x, y, 5, (120, 120, 120))
            sheet.disc(x - 1, y - 1, 2.5, (190, 190, 190))


def shaded(sheet: Sheet, dice: Generator) -> None:
    """Give the plate its age: a little lighter to one side, a little duller all over."""
    ramp = np.linspace(1, float(dice.uniform(0.9, 1.0)), sheet.picture.shape[1])[None, :, None]
    dull = float(dice.uniform(0.0, 0.08))
    picture = sheet.picture * ramp * (1 - dull) + 128 * dull
    sheet.picture[:] = picture.astype(np.uint8)
