"""Travel documents with a machine-readable zone. The look is an assumption, no holder is real."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from kouan.gate.drawing.fonts import MACHINE, SANS, Picture, fitted, load
from kouan.gate.drawing.numbers import LATIN, pick, several
from kouan.gate.drawing.sheet import Box, Colour, Sheet, around
from kouan.identifiers.mrz import check_digit
from kouan.identifiers.reading import DIGITS

PITCH_MM = 2.54
LINE_MM = 6.35
CAPITAL_MM = 2.46
INK: Colour = (35, 30, 30)
SURNAMES = (
    "WANG", "LI", "ZHANG", "BATBAYAR", "GANBOLD", "DORJ", "IVANOV", "PETROVA", "SOKOLOV",
    "OYUNGEREL", "NERGUI", "BAYARSAIKHAN", "KUZNETSOV", "ALTANTSETSEG", "ZHAO", "BAO",
)  # fmt: skip
GIVEN = (
    "XIAOMING", "LI NA", "BAT ERDENE", "TSEREN", "ANNA", "SERGEI", "OLGA MARIA", "MUNKH",
    "TEMUULEN", "WEI", "GERELTUYA", "DMITRII", "QING", "ENKH AMGALAN",
)  # fmt: skip
STATES = ("CHN", "MNG", "RUS", "KAZ", "UTO")


class Holder(NamedTuple):
    """What a document says about its holder."""

    state: str
    surname: str
    given: str
    number: str
    born: str
    sex: str
    expires: str
    personal: str


def holder(dice: Generator) -> Holder:
    """A person who does not exist."""
    born = f"{int(dice.integers(50, 100)):02d}{_day(dice)}"
    expires = f"{int(dice.integers(26, 37)):02d}{_day(dice)}"
    letters = several(dice, LATIN, int(dice.integers(0, 3)))
    number = letters + several(dice, DIGITS, 9 - len(letters))
    personal = several(dice, DIGITS, 10) if dice.random() < 0.4 else ""
    state, sex = pick(dice, STATES), pick(dice, "MF")
    return Holder(
        state, pick(dice, SURNAMES), pick(dice, GIVEN), number, born, sex, expires, personal
    )


def _day(dice: Generator) -> str:
    return f"{int(dice.integers(1, 13)):02d}{int(dice.integers(1, 29)):02d}"


def td3(who: Holder) -> tuple[str, ...]:
    """The two lines of a passport."""
    names = who.surname.replace(" ", "<") + "<<" + who.given.replace(" ", "<")
    number = who.number.ljust(9, "<")
    personal = who.personal.ljust(14, "<")
    dates = (who.born + check_digit(who.born), who.expires + check_digit(who.expires))
    # An empty personal number may have a filler for its check digit.
    kept = personal + (check_digit(personal) if who.personal else "<")
    total = check_digit(number + check_digit(number) + dates[0] + dates[1] + kept)
    second = number + check_digit(number) + who.state + dates[0] + who.sex + dates[1] + kept + total
    return (f"P<{who.state}{names}"[:44].ljust(44, "<"), second)


def td1(who: Holder) -> tuple[str, ...]:
    """The three lines of an identity card."""
    number = who.number.ljust(9, "<")
    first = f"I<{who.state}{number}{check_digit(number)}{who.personal}".ljust(30, "<")
    dates = (who.born + check_digit(who.born), who.expires + check_digit(who.expires))
    optional = "<" * 11
    total = check_digit(first[5:] + dates[0] + dates[1] + optional)
    second = dates[0] + who.sex + dates[1] + who.state + optional + total
    names = who.surname.replace(" ", "<") + "<<" + who.given.replace(" ", "<")
    return (first, second, names[:30].ljust(30, "<"))


def page(lines: tuple[str, ...], dice: Generator, px_mm: float) -> tuple[Sheet, Box]:
    """A passport's page, or for three lines an identity card; and the zone's box."""
    card = len(lines) == 3
    width, height = (85.6, 54.0) if card else (125.0, 88.0)
    sheet = Sheet(width, height, px_mm, (236, 238, 240) if card else (232, 236, 240))
    _pattern(sheet, dice)
    if not card:
        _visual(sheet, lines, dice)
    else:
        # A card's zone is on its back: no portrait there.
        sheet.words("SPECIMEN", 8, 6, 3.2, SANS, (120, 100, 80))
        sheet.fill(Box(8, 14, 12, 9), (90, 170, 205), 1.5)
    top = height - (23.0 if not card else 22.5) + 3.5
    left = (width - len(lines[0]) * PITCH_MM) / 2
    boxes = [_line(sheet, line, left, top + row * LINE_MM) for row, line in enumerate(lines)]
    return sheet, around(boxes)


def _line(sheet: Sheet, line: str, left: float, top: float) -> Box:
    """One line of the zone at its exact pitch."""
    font = load(MACHINE, 100)
    advance = font.getlength("0")
    ascent = font.getbbox("H")[1]
    image = Image.new("L", (round(advance * len(line)), 110))
    ImageDraw.Draw(image).text((0, 10 - ascent), line, fill=255, font=font)
    high = 110 * PITCH_MM / advance
    box = Box(left, top, PITCH_MM * len(line), high)
    mask = fitted(np.asarray(image, np.uint8), sheet.px(box.width), sheet.px(high))
    sheet.stamp(mask, sheet.px(left), sheet.px(top), INK)
    return Box(left, top, box.width, high * 0.8)


def _pattern(sheet: Sheet, dice: Generator) -> None:
    """The fine waves of a document's ground, and a wash of two colours."""
    width = sheet.picture.shape[1]
    tint = np.linspace(0, 1, width)[None, :, None]
    wash = np.asarray((238, 226, 216)) * (1 - tint) + np.asarray((216, 228, 240)) * tint
    sheet.picture[:] = ((sheet.picture + wash) / 2).astype(np.uint8)
    x = np.arange(width)
    swing, phase = float(dice.uniform(2, 5)), float(dice.random() * 6)
    for row in range(-10, int(sheet.height_mm) + 10, 2):
        y = (row + swing * np.sin(x / sheet.px_mm / 9 + row / 7 + phase)) * sheet.px_mm
        points = np.stack((x, y), axis=1).astype(np.int32)[:, None, :]
        cv2.polylines(sheet.picture, [points], False, (206, 204, 214), 1, cv2.LINE_AA)


def _visual(sheet: Sheet, lines: tuple[str, ...], dice: Generator) -> None:
    """Portrait and printed fields, as the zone says them."""
    _portrait(sheet, Box(6, 12, 33, 43), dice)
    surname, _, given = lines[0][5:].partition("<<")
    second = lines[1]
    fields = (
        ("Type / Code / Passport No.", f"P    {lines[0][2:5]}    {second[:9].strip('<')}"),
        ("Surname", surname.replace("<", " ")),
        ("Given names", given.replace("<", " ").strip()),
        ("Nationality", second[10:13]),
        ("Date of birth / Sex", f"{second[17:19]}.{second[15:17]}.{second[13:15]}   {second[20]}"),
        ("Date of expiry", f"{second[25:27]}.{second[23:25]}.{second[21:23]}"),
    )
    sheet.words("PASSPORT", 44, 3, 4, SANS, (110, 70, 60))
    for row, (name, value) in enumerate(fields):
        sheet.words(name, 44, 10 + row * 8.6, 1.9, SANS, (140, 110, 90))
        sheet.words(value, 44, 12.6 + row * 8.6, 3.4, SANS, INK)


def _portrait(sheet: Sheet, box: Box, dice: Generator) -> None:
    """Head and shoulders as plain shapes."""
    sheet.fill(box, (225, 215, 205))
    skin: Colour = (150, 180, int(dice.integers(205, 235)))
    hair: Colour = (int(dice.integers(15, 60)), int(dice.integers(20, 60)), 45)
    middle, top = box.left + box.width / 2, box.top
    shape = sheet.picture[
        sheet.px(top) : sheet.px(top + box.height),
        sheet.px(box.left) : sheet.px(box.left + box.width),
    ]
    kept: Picture = sheet.picture.copy()
    for y, across, down, colour in (
        (41, 15, 12, (90, 70, 60)), (18, 9.6, 12.5, hair), (21, 8.2, 11, skin),
    ):  # fmt: skip
        centre = (sheet.px(middle), sheet.px(top + y))
        axes = (sheet.px(across), sheet.px(down))
        cv2.ellipse(sheet.picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    for x in (-3.2, 3.2):
        sheet.disc(middle + x, top + 20, 0.8, (40, 40, 40))
    drawn = shape.copy()
    sheet.picture = kept
    sheet.picture[
        sheet.px(top) : sheet.px(top + box.height),
        sheet.px(box.left) : sheet.px(box.left + box.width),
    ] = drawn
