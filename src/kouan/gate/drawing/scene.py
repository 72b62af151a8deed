"""`draw_scene`: one picture of one thing, and the truth about it."""

import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from kouan.gate.drawing import camera, codes, containers, numbers, papers, plates, vehicles
from kouan.gate.drawing.errors import UnknownScene
from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.levels import LEVELS, Level
from kouan.gate.drawing.sheet import Box, Sheet
from kouan.identifiers.plate import PROVINCES, SUFFIXES

DOCUMENT_PX = (1600, 1200)
"""A reader of documents sees the whole page."""
FINER = 1.25
"""A sheet is drawn finer than it will be seen, so that perspective costs no sharpness."""


class Truth(NamedTuple):
    """What is to be read in a picture, and where it is.

    ``kind`` is what a reader should call it: plate, container, mrz, code. ``scene`` is what was
    drawn: a key of SCENES.
    ``box`` is left, top, right, bottom in pixels; ``corners`` go round from the top left.
    """

    kind: str
    text: str
    box: tuple[int, int, int, int]
    corners: tuple[tuple[float, float], ...]
    scene: str
    colour: str
    direction: str
    extra: str
    difficulty: str
    seed: int


class Drawn(NamedTuple):
    """A thing on its carrier, before it is photographed."""

    sheet: Sheet
    box: Box
    colour: str = ""
    direction: str = "horizontal"
    extra: str = ""
    whole: Box | None = None
    """What has to be in the frame, where that is more than the box."""


class Form(NamedTuple):
    """What texts can be drawn: a pattern for the whole text, and the same in words."""

    pattern: str
    expected: str


CHINESE_SIGN = f"[A-Z0-9{PROVINCES}{''.join(SUFFIXES)}]"
SEVEN = Form(CHINESE_SIGN + "{7}", "seven characters of a Chinese plate")
EIGHT = Form(CHINESE_SIGN + "{8}", "eight characters of a Chinese plate of new energy")
RUSSIAN = Form(r"[А-Я]\d{3}[А-Я]{2}\d{2,3}", "a Russian plate in Cyrillic: А123ВС75")
MONGOLIAN = Form(r"\d{4}[А-ЯӨҮ]{3}", "four digits and three Cyrillic letters: 1234УБА")
CONTAINER = Form("[A-Z0-9]{10,11}", "ten or eleven capital letters and digits")
TD3 = Form(r"[A-Z0-9<]{44}\n[A-Z0-9<]{44}", "two lines of 44 characters A-Z, 0-9 or <")
TD1 = Form(r"([A-Z0-9<]{30}\n){2}[A-Z0-9<]{30}", "three lines of 30 characters A-Z, 0-9 or <")
CODE = Form("[ -~]{1,100}", "1 to 100 printable ASCII characters")


class Scene(NamedTuple):
    """One kind of picture: how its text is made up, how it is drawn, and how large it is seen."""

    kind: str
    invent: Callable[[Generator], str]
    draw: Callable[[str, float, Generator], Drawn]
    letter_mm: float
    """Height of what a level's size in pixels is about."""
    size: Callable[[Level], tuple[float, float]]
    form: Form
    outdoors: bool = True
    frame_px: tuple[int, int] = (1280, 720)


def _chinese(colour: str, *, double: bool = False) -> Callable[[str, float, Generator], Drawn]:
    def draw(text: str, px_mm: float, dice: Generator) -> Drawn:
        form = plates.double_row if double else plates.single_row
        return _hung(form(text, colour, px_mm), colour, dice, double=double)

    return draw


def _hung(made: tuple[Sheet, Box], colour: str, dice: Generator, *, double: bool = False) -> Drawn:
    """The plate on a vehicle that carries such a one."""
    plate, text_box = made
    plates.shaded(plate, dice)
    if double:
        vehicle, place = vehicles.trailer_back(dice, plate)
    elif colour in ("yellow", "white, foreign") or dice.random() < 0.3:
        vehicle, place = vehicles.lorry_front(dice, plate)
    else:
        vehicle, place = vehicles.car_front(dice, plate)
    box = text_box._replace(left=text_box.left + place.left, top=text_box.top + place.top)
    return Drawn(vehicle, box, colour, "double" if double else "horizontal")


def _russian(text: str, px_mm: float, dice: Generator) -> Drawn:
    return _hung(plates.russian(text, px_mm), "white, foreign", dice)._replace(colour="white")


def _mongolian(text: str, px_mm: float, dice: Generator) -> Drawn:
    return _hung(plates.mongolian(text, px_mm), "white, foreign", dice)._replace(colour="white")


def _container(direction: str) -> Callable[[str, float, Generator], Drawn]:
    def draw(text: str, px_mm: float, dice: Generator) -> Drawn:
        steel = numbers.pick(dice, tuple(containers.STEEL))
        size_type = numbers.pick(dice, numbers.SIZE_TYPES)
        way = direction
        if way == "horizontal" and dice.random() < 0.25:
            way = "rows"
        mark = containers.Marking(text, size_type, steel, way)
        wall, box = containers.wall(containers.END_MM, mark, dice, px_mm)
        return Drawn(vehicles.on_chassis(wall), box, steel, way, size_type)

    return draw


def _paper(text: str, px_mm: float, dice: Generator) -> Drawn:
    sheet, box = papers.page(tuple(text.split("\n")), dice, px_mm)
    return Drawn(sheet, box, whole=sheet.whole())


def _code(kind: str) -> Callable[[str, float, Generator], Drawn]:
    def draw(text: str, px_mm: float, dice: Generator) -> Drawn:
        sheet, box = codes.slip(kind, text, 1.0, px_mm)
        del dice
        return Drawn(sheet, box, whole=sheet.whole())

    return draw


def _payload(dice: Generator) -> str:
    return f"KOUAN-{int(dice.integers(10**6)):06d}-{numbers.several(dice, numbers.LATIN, 4)}"


def _suffixed(suffixes: str) -> Callable[[Generator], str]:
    return lambda dice: numbers.chinese_plate(dice, numbers.pick(dice, suffixes))


def _plate(
    invent: Callable[[Generator], str],
    draw: Callable[[str, float, Generator], Drawn],
    form: Form = SEVEN,
    letter_mm: float = 90,
) -> Scene:
    return Scene("plate", invent, draw, letter_mm, lambda level: level.plate_px, form)


def _box(direction: str) -> Scene:
    return Scene(
        "container", numbers.container_number, _container(direction), containers.HIGH_MM,
        lambda level: level.container_px, CONTAINER,
    )  # fmt: skip


def _zone(lines: Callable[[papers.Holder], tuple[str, ...]], form: Form) -> Scene:
    return Scene(
        "mrz", lambda dice: "\n".join(lines(papers.holder(dice))), _paper, papers.CAPITAL_MM,
        lambda level: level.mrz_px, form, outdoors=False, frame_px=DOCUMENT_PX,
    )  # fmt: skip


def _matrix(kind: str) -> Scene:
    return Scene(
        "code", _payload, _code(kind), 1.0, lambda level: level.module_px, CODE, outdoors=False
    )


SCENES: dict[str, Scene] = {
    "plate-blue": _plate(numbers.chinese_plate, _chinese("blue")),
    "plate-yellow": _plate(numbers.chinese_plate, _chinese("yellow")),
    "plate-green": _plate(numbers.new_energy_plate, _chinese("green"), EIGHT),
    "plate-trailer": _plate(_suffixed("挂"), _chinese("yellow", double=True), SEVEN, 110),
    "plate-learner": _plate(_suffixed("学"), _chinese("yellow")),
    "plate-police": _plate(_suffixed("警"), _chinese("white")),
    "plate-black": _plate(_suffixed("港澳领"), _chinese("black")),
    "plate-embassy": _plate(numbers.embassy_plate, _chinese("black")),
    "plate-russian": _plate(numbers.russian_plate, _russian, RUSSIAN, 76),
    "plate-mongolian": _plate(numbers.mongolian_plate, _mongolian, MONGOLIAN, 70),
    "container-horizontal": _box("horizontal"),
    "container-vertical": _box("vertical"),
    "mrz-td3": _zone(papers.td3, TD3),
    "mrz-td1": _zone(papers.td1, TD1),
    "code-qr": _matrix("qr"),
    "code-code128": _matrix("code128"),
    "code-pdf417": _matrix("pdf417"),
    "code-datamatrix": _matrix("datamatrix"),
}
BY_TEXT: dict[str, tuple[str, ...]] = {
    "plate": ("plate-yellow", "plate-green", "plate-russian", "plate-mongolian"),
    "container": ("container-horizontal",),
    "mrz": ("mrz-td3", "mrz-td1"),
    "code": ("code-qr",),
}
"""Kinds that leave it to the text which scene is drawn: the first one that takes it."""
BY_SUFFIX = {
    "挂": "plate-trailer", "学": "plate-learner", "警": "plate-police", "港": "plate-black",
    "澳": "plate-black", "领": "plate-black", "使": "plate-embassy",
}  # fmt: skip


def level_of(difficulty: str) -> Level:
    """The level of that name; raises UnknownScene."""
    if difficulty not in LEVELS:
        raise UnknownScene(f"difficulty {difficulty!r}: expected one of {', '.join(LEVELS)}")
    return LEVELS[difficulty]


def scene_of(kind: str, text: str | None) -> str:
    """The key of SCENES for a kind, which may be a general one when a text is given.

    A Chinese plate of seven characters becomes a yellow one unless its suffix says otherwise: that
    is what lorries carry. Raises UnknownScene.
    """
    if kind in BY_TEXT and text is not None:
        fitting = [one for one in BY_TEXT[kind] if re.fullmatch(SCENES[one].form.pattern, text)]
        if not fitting:
            forms = "; ".join(SCENES[one].form.expected for one in BY_TEXT[kind])
            raise UnknownScene(f"text {text!r}: for {kind} expected {forms}")
        return BY_SUFFIX.get(text[-1], fitting[0]) if kind == "plate" else fitting[0]
    if kind not in SCENES:
        known = ", ".join(SCENES) + "; with a text also " + ", ".join(BY_TEXT)
        raise UnknownScene(f"kind {kind!r}: expected one of {known}")
    form = SCENES[kind].form
    if text is not None and not re.fullmatch(form.pattern, text):
        raise UnknownScene(f"text {text!r}: for {kind} expected {form.expected}")
    return kind


def draw_scene(
    kind: str, seed: int, difficulty: str = "clean", text: str | None = None
) -> tuple[Picture, Truth]:
    """A frame (rows x columns x blue, green, red) and the truth; the same for the same arguments.

    ``text`` is drawn as it is given, valid or not: a wrong number must be drawable too. Raises
    UnknownScene, and FontMissing where a typeface is not installed.
    """
    kind, level = scene_of(kind, text), level_of(difficulty)
    scene = SCENES[kind]
    dice = np.random.default_rng((seed, zlib.crc32(kind.encode())))
    invented = scene.invent(dice)
    shown = invented if text is None else text
    px_mm = float(dice.uniform(*scene.size(level))) / scene.letter_mm
    how = camera.conditions(level, px_mm, dice)
    drawn = scene.draw(shown, px_mm * FINER, dice)
    thick = 0.92 if scene.outdoors else 0.4
    camera.soiled(drawn.sheet, drawn.box, how.dirt, thick, dice)
    make = vehicles.yard if scene.outdoors else vehicles.bed
    behind = make(dice, *scene.frame_px)
    what = camera.Subject(drawn.sheet, drawn.box, drawn.whole or drawn.box)
    frame, quad = camera.photograph(what, behind, how, dice, outdoors=scene.outdoors)
    return frame, Truth(
        scene.kind, shown, bounds(quad), tuple((float(x), float(y)) for x, y in quad),
        kind, drawn.colour, drawn.direction, drawn.extra, difficulty, seed,
    )  # fmt: skip


def bounds(quad: camera.Points) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what holds all corners, in whole pixels."""
    low, high = np.floor(quad.min(axis=0)), np.ceil(quad.max(axis=0))
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
