"""What a plate hangs on: the front of a lorry or a car, the back of a trailer. Plain shapes."""

import cv2
import numpy as np
from numpy.random import Generator

from kouan.gate.drawing.sheet import Box, Colour, Sheet

BODIES: tuple[Colour, ...] = (
    (40, 36, 160), (120, 60, 30), (235, 236, 236), (60, 58, 55), (150, 148, 145),
    (40, 110, 50), (30, 130, 210), (205, 205, 200),
)  # fmt: skip
GLASS: Colour = (70, 62, 52)
RUBBER: Colour = (28, 27, 27)
LAMP: Colour = (232, 228, 222)


def lorry_front(dice: Generator, plate: Sheet) -> tuple[Sheet, Box]:
    """A cab seen from before, with the plate on its bumper; and where the plate hangs."""
    body = BODIES[int(dice.integers(len(BODIES)))]
    sheet = Sheet(2500, 3000, plate.px_mm, body)
    _shine(sheet)
    sheet.fill(Box(150, 250, 2200, 900), RUBBER, 60)
    sheet.fill(Box(180, 280, 2140, 840), GLASS, 50)
    sheet.fill(Box(180, 280, 2140, 200), (120, 112, 100), 50)
    sheet.fill(Box(350, 1260, 1800, 560), RUBBER, 40)
    for row in range(5):
        sheet.fill(Box(380, 1290 + row * 105, 1740, 55), (120, 120, 118), 10)
    sheet.fill(Box(60, 1900, 2380, 700), (70, 68, 66), 40)
    for x in (120, 1960):
        sheet.fill(Box(x, 1960, 420, 260), (45, 44, 44), 40)
        sheet.fill(Box(x + 30, 1985, 360, 200), LAMP, 60)
        sheet.disc(x + 130, 2085, 80, (250, 250, 248))
        sheet.disc(x + 300, 2085, 60, (60, 150, 240))
    sheet.fill(Box(600, 1960, 1300, 90), (40, 40, 40), 20)
    sheet.fill(Box(60, 2600, 2380, 400), (24, 24, 25))
    for x in (120, 1930):
        sheet.fill(Box(x, 2560, 450, 440), RUBBER, 60)
    return _hung(sheet, plate, 2200 if plate.height_mm < 180 else 2130)


def car_front(dice: Generator, plate: Sheet) -> tuple[Sheet, Box]:
    """A car seen from before."""
    body = BODIES[int(dice.integers(len(BODIES)))]
    sheet = Sheet(1850, 1500, plate.px_mm, body)
    _shine(sheet)
    sheet.fill(Box(180, 0, 1490, 420), GLASS, 40)
    sheet.fill(Box(180, 0, 1490, 90), (110, 104, 96))
    for x in (60, 1440):
        sheet.fill(Box(x, 640, 350, 170), (50, 48, 48), 60)
        sheet.fill(Box(x + 20, 655, 310, 140), LAMP, 50)
    sheet.fill(Box(520, 650, 810, 200), RUBBER, 50)
    for row in range(4):
        sheet.fill(Box(540, 668 + row * 46, 770, 14), (140, 140, 140))
    sheet.fill(Box(300, 1110, 1250, 150), RUBBER, 50)
    sheet.fill(Box(0, 1320, 1850, 180), (26, 26, 27))
    return _hung(sheet, plate, 900)


def trailer_back(dice: Generator, plate: Sheet) -> tuple[Sheet, Box]:
    """The underrun bar and lamps of a trailer, below its load."""
    body = BODIES[int(dice.integers(len(BODIES)))]
    sheet = Sheet(2500, 2300, plate.px_mm, body)
    _shine(sheet)
    for x in range(100, 2500, 300):
        sheet.fill(Box(x, 0, 60, 1100), (body[0] // 2, body[1] // 2, body[2] // 2))
    sheet.fill(Box(0, 1100, 2500, 260), (58, 58, 60))
    for place in range(10):
        sheet.fill(Box(place * 250, 1120, 250, 60), ((40, 30, 190), LAMP)[place % 2])
    sheet.fill(Box(0, 1360, 2500, 940), (34, 34, 36))
    for x in (150, 1950):
        sheet.fill(Box(x, 1400, 400, 150), (35, 28, 150), 20)
        sheet.fill(Box(x + 250, 1400, 150, 150), (40, 130, 235), 20)
    sheet.fill(Box(100, 1800, 2300, 160), (85, 84, 82))
    return _hung(sheet, plate, 1400)


def on_chassis(wall: Sheet) -> Sheet:
    """A container's end on a trailer, seen from behind."""
    top = wall.height_mm
    sheet = Sheet(wall.width_mm, top + 1350, wall.px_mm, (30, 30, 31))
    sheet.paste(wall, 0, 0)
    sheet.fill(Box(0, top, wall.width_mm, 150), (64, 62, 60))
    for x in (120, wall.width_mm - 520):
        sheet.fill(Box(x, top + 180, 400, 110), (35, 28, 150), 20)
    sheet.fill(Box(60, top + 480, wall.width_mm - 120, 120), (92, 92, 90))
    for x in (100.0, wall.width_mm - 700):
        sheet.fill(Box(x, top + 640, 600, 710), (20, 19, 19), 60)
    sheet.gaps = [Box(720, top + 760, wall.width_mm - 1440, 590)]
    return sheet


def lorry_side(dice: Generator, wall: Sheet) -> tuple[Sheet, Box]:
    """A lorry with a container on it, its cab to the left; and where the container is."""
    cab, base = 2500.0, 1350.0
    body = BODIES[int(dice.integers(len(BODIES)))]
    total, high = cab + wall.width_mm + 200, wall.height_mm + base
    sheet = Sheet(total, high, wall.px_mm, body)
    sheet.paste(wall, cab, 0)
    sheet.fill(Box(250, 800, 1050, 800), GLASS, 60)
    sheet.fill(Box(250, 1900, 1050, 900), (body[0] // 2, body[1] // 2, body[2] // 2), 10)
    sheet.fill(Box(262, 1912, 1026, 876), body, 10)
    sheet.fill(Box(1100, 2050, 130, 50), RUBBER, 10)
    frame_top = wall.height_mm
    sheet.fill(Box(1900, frame_top, total - 1900, 260), (52, 50, 50))
    sheet.gaps = [
        Box(0, 0, 1900, 500),
        Box(1900, 0, cab - 1900, frame_top),
        Box(cab + wall.width_mm, 0, 200, frame_top),
        Box(0, frame_top + 850, total, base - 850),
        Box(1900, frame_top + 260, total - 1900, base - 260),
    ]
    sheet.over = [
        (x, frame_top + 830, 515.0)
        for x in (950.0, 2750.0, total - 2900, total - 1750, total - 600)
    ]
    for x, y, radius in sheet.over:
        sheet.disc(x, y, radius, RUBBER)
        sheet.disc(x, y, radius * 0.55, (150, 150, 150))
        sheet.disc(x, y, radius * 0.2, (90, 90, 90))
    return sheet, Box(cab, 0, wall.width_mm, wall.height_mm)


def _hung(sheet: Sheet, plate: Sheet, top: float) -> tuple[Sheet, Box]:
    """Plate and its shadow in the middle of the vehicle."""
    left = (sheet.width_mm - plate.width_mm) / 2
    box = Box(left, top, plate.width_mm, plate.height_mm)
    sheet.fill(box.grown(12), (30, 30, 30), 8)
    sheet.paste(plate, left, top)
    return sheet, box


def _shine(sheet: Sheet) -> None:
    """Paint is lighter above than below."""
    ramp = np.linspace(1.08, 0.82, sheet.picture.shape[0])[:, None, None]
    sheet.picture[:] = np.clip(sheet.picture * ramp, 0, 255).astype(np.uint8)


def yard(dice: Generator, width_px: int, height_px: int) -> Sheet:
    """What is behind a vehicle: sky, a roof, ground with lane marks."""
    sheet = Sheet(width_px, height_px, 1, (200, 190, 178))
    horizon = int(height_px * float(dice.uniform(0.3, 0.5)))
    sky = np.linspace(1.1, 0.95, horizon)[:, None, None]
    sheet.picture[:horizon] = np.clip(sheet.picture[:horizon] * sky, 0, 255).astype(np.uint8)
    sheet.fill(Box(0, 0, width_px, horizon * 0.3), (96, 92, 90))
    for x in range(int(dice.integers(60, 260)), width_px, 420):
        sheet.fill(Box(x, 0, 26, horizon + 40), (120, 124, 128))
    sheet.fill(Box(0, horizon, width_px, height_px - horizon), (104, 106, 108))
    grain = dice.normal(0, 6, (height_px // 2, width_px // 2)).astype(np.float32)
    ground = cv2.resize(grain, (width_px, height_px))[horizon:, :, None]
    part = sheet.picture[horizon:] + ground
    sheet.picture[horizon:] = np.clip(part, 0, 255).astype(np.uint8)
    for x in (width_px // 5, width_px * 4 // 5):
        cv2.line(sheet.picture, (width_px // 2, horizon), (x, height_px), (190, 200, 205), 7)
    return sheet


def bed(dice: Generator, width_px: int, height_px: int) -> Sheet:
    """What is behind a document: a reader's dark bed, or a desk."""
    tone = int(dice.integers(25, 110))
    sheet = Sheet(width_px, height_px, 1, (tone, tone + 2, tone + 6))
    light = np.linspace(1.1, 0.85, width_px)[None, :, None]
    grain = dice.normal(0, 2, (height_px, width_px, 1))
    sheet.picture[:] = np.clip(sheet.picture * light + grain, 0, 255).astype(np.uint8)
    return sheet
