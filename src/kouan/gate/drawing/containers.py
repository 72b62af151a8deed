"""A container's wall: painted steel with its number. Sizes and colours are assumptions."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from kouan.gate.drawing.fonts import CHINESE, NARROW, SANS, Face
from kouan.gate.drawing.sheet import Box, Colour, Sheet, around

STEEL: dict[str, Colour] = {
    "brown": (38, 48, 110),
    "blue": (120, 62, 20),
    "green": (70, 92, 24),
    "orange": (30, 92, 205),
    "grey": (128, 126, 122),
    "white": (222, 224, 222),
    "red": (40, 34, 150),
}
LETTERS: tuple[Face, ...] = (CHINESE, SANS, NARROW)
END_MM, SIDE_MM, HEIGHT_MM = 2438.0, 6058.0, 2591.0
HIGH_MM, WIDE_MM, STEP_MM = 100.0, 62.0, 82.0
DOWN_MM = 132.0
FOLD_MM = 250.0


class Marking(NamedTuple):
    """What is painted on a container, in which colour of steel, and which way it runs."""

    number: str
    size_type: str
    steel: str
    direction: str


def wall(width_mm: float, mark: Marking, dice: Generator, px_mm: float) -> tuple[Sheet, Box]:
    """An end or a side with the number lengthwise, in two rows or downwards; the number's box."""
    number, size_type, steel, direction = mark
    sheet = Sheet(width_mm, HEIGHT_MM, px_mm, STEEL[steel])
    bright = sum(STEEL[steel]) > 420
    ink: Colour = (30, 30, 30) if bright else (235, 236, 236)
    face = LETTERS[int(dice.integers(len(LETTERS)))]
    if direction == "vertical":
        box = _down(sheet, number, size_type, face, ink, dice)
    else:
        box = _along(sheet, number, size_type, face, ink, rows=2 if direction == "rows" else 1)
    _plates(sheet, ink, direction)
    _worn(sheet, dice)
    _folded(sheet, dice)
    _ironwork(sheet, STEEL[steel], direction)
    return sheet, box


def _along(sheet: Sheet, number: str, size_type: str, face: Face, ink: Colour, rows: int) -> Box:
    """Owner, serial, check digit in its frame; the size and type code below."""
    left, top = sheet.width_mm - (1108 if rows == 1 else 918), 330.0 if rows == 1 else 300.0
    boxes, x = [], left
    for place, character in enumerate(number):
        if place == 4 and rows == 2:
            x, top = left, top + 150
        elif place in (4, 10):
            x += 30
        boxes.append(sheet.character(character, Box(x, top, WIDE_MM, HIGH_MM), face, ink))
        x += STEP_MM
    sheet.frame(boxes[-1].grown(16), ink, 7)
    for place, character in enumerate(size_type):
        cell = Box(left + 160 + place * STEP_MM, top + 150, WIDE_MM, HIGH_MM)
        sheet.character(character, cell, face, ink)
    return around(boxes)


def _down(
    sheet: Sheet, number: str, size_type: str, face: Face, ink: Colour, dice: Generator
) -> Box:
    """One character under the other; the size and type code below, or in a column beside."""
    left, y, boxes = sheet.width_mm - 418, 260.0, []
    for place, character in enumerate(number):
        if place in (4, 10):
            y += 30
        boxes.append(sheet.character(character, Box(left, y, WIDE_MM, HIGH_MM), face, ink))
        y += DOWN_MM
    sheet.frame(boxes[-1].grown(14), ink, 7)
    beside = bool(dice.random() < 0.5)
    for place, character in enumerate(size_type):
        cell = (
            Box(left + 170, 260 + place * DOWN_MM, WIDE_MM, HIGH_MM)
            if beside
            else Box(left - 120 + place * STEP_MM, y + 40, WIDE_MM, HIGH_MM)
        )
        sheet.character(character, cell, face, ink)
    return around(boxes)


def _plates(sheet: Sheet, ink: Colour, direction: str) -> None:
    """What else is written on a container: its masses, smaller."""
    aside, top = (1098, 820.0) if direction != "vertical" else (1738, 700.0)
    left = sheet.width_mm - aside
    lines = (
        ("MAX. GROSS", "30,480 KGS", "67,200 LBS"),
        ("TARE", "2,250 KGS", "4,960 LBS"),
        ("PAYLOAD", "28,230 KGS", "62,240 LBS"),
        ("CU. CAP.", "33.2 CU.M", "1,172 CU.FT"),
    )
    for row, (name, *values) in enumerate(lines):
        sheet.words(name, left, top + row * 150, 52, SANS, ink)
        for place, value in enumerate(values):
            sheet.words(value, left + 430, top + row * 150 + place * 62, 52, SANS, ink)


def _worn(sheet: Sheet, dice: Generator) -> None:
    """Rust, scratches, and paint that has faded in clouds."""
    picture = sheet.picture
    small = dice.normal(0, 1, (9, 9)).astype(np.float32)
    height, width = picture.shape[:2]
    clouds = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    np.copyto(picture, np.clip(picture * (1 + 0.035 * clouds[:, :, None]), 0, 255).astype(np.uint8))
    for _ in range(int(dice.integers(4, 20))):
        x, y = dice.uniform(0, sheet.width_mm), dice.uniform(0, sheet.height_mm)
        sheet.disc(x, y, float(dice.uniform(2, 12)), (30, 55, 95))
    for _ in range(int(dice.integers(2, 9))):
        x, y = int(dice.integers(width)), int(dice.integers(height))
        across, down = (int(dice.normal(0, 60 * sheet.px_mm)) for _ in range(2))
        cv2.line(picture, (x, y), (x + across, y + down), (110, 115, 125), 1, cv2.LINE_AA)


def _folded(sheet: Sheet, dice: Generator) -> None:
    """Corrugation: slopes catch light or shade, and shift what is painted on them a little."""
    height, width = sheet.picture.shape[:2]
    x_mm = np.arange(width, dtype=np.float32) / sheet.px_mm
    wave = np.sin(2 * np.pi * (x_mm / FOLD_MM + float(dice.random())))
    depth = np.clip(wave * 2.5, -1, 1)
    slope = np.gradient(depth)
    slope /= max(float(np.abs(slope).max()), 1e-6)
    shift = (float(dice.uniform(2, 7)) * sheet.px_mm * depth).astype(np.float32)
    columns = np.broadcast_to(np.arange(width, dtype=np.float32) + shift, (height, width))
    rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))
    folded = cv2.remap(
        sheet.picture, np.ascontiguousarray(columns), np.ascontiguousarray(rows),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    light = 1 + float(dice.uniform(0.1, 0.3)) * slope + 0.03 * depth
    sheet.picture = np.clip(folded * light[None, :, None], 0, 255).astype(np.uint8)


def _ironwork(sheet: Sheet, steel: Colour, direction: str) -> None:
    """Posts, rails, corner castings and, on an end with doors, the rods that lock them."""
    wide = sheet.width_mm
    dark: Colour = (int(steel[0] * 0.75), int(steel[1] * 0.75), int(steel[2] * 0.75))
    for box in (
        Box(0, 0, 90, HEIGHT_MM), Box(wide - 90, 0, 90, HEIGHT_MM),
        Box(0, 0, wide, 100), Box(0, HEIGHT_MM - 140, wide, 140),
    ):  # fmt: skip
        sheet.fill(box, dark)
    for x in (0, wide - 162):
        for y in (0, HEIGHT_MM - 118):
            sheet.fill(Box(x, y, 162, 118), dark)
            sheet.fill(Box(x + 50, y + 30, 62, 55), (20, 20, 20), 20)
    if direction == "vertical" or wide > END_MM:
        return
    sheet.fill(Box(wide / 2 - 8, 100, 16, HEIGHT_MM - 240), (30, 30, 30))
    for x in (420, 960, 1290, 2330):
        sheet.fill(Box(x - 18, 110, 36, HEIGHT_MM - 260), (150, 152, 152))
        sheet.fill(Box(x - 18, 110, 10, HEIGHT_MM - 260), (190, 192, 192))
        for y in (300, 1250, 2200):
            sheet.fill(Box(x - 34, y, 68, 40), (110, 112, 112))
