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
