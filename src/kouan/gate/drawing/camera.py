"""From a drawn thing to a photograph: perspective, light, weather, optics, sensor, compression."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.levels import Level, Range
from kouan.gate.drawing.sheet import Box, Sheet

FOCAL_PX = 1400.0
MARGIN_PX = 24

Floats = NDArray[np.float32]
Points = NDArray[np.float64]


class Subject(NamedTuple):
    """A drawn thing, the box to be read on it, and what of it must be in the frame."""

    sheet: Sheet
    box: Box
    whole: Box

    def centre(self) -> tuple[float, float]:
        """The middle of the box; the thing is turned about it."""
        return self.box.left + self.box.width / 2, self.box.top + self.box.height / 2


class Conditions(NamedTuple):
    """How one picture is taken."""

    px_mm: float
    turn: float
    nod: float
    roll: float
    light: float
    defocus_px: float
    motion_px: float
    motion_angle: float
    noise: float
    dirt: float
    jpeg: int
    night: bool
    rain: bool
    glare: bool


def conditions(level: Level, px_mm: float, dice: Generator) -> Conditions:
    """Draw what a level leaves open."""

    def among(bounds: Range) -> float:
        return float(dice.uniform(*bounds))

    def either(bounds: Range) -> float:
        return among(bounds) * (1 if dice.random() < 0.5 else -1)

    return Conditions(
        px_mm=px_mm,
        turn=either(level.turn),
        nod=either(level.nod),
        roll=either(level.roll),
        light=among(level.light),
        defocus_px=among(level.defocus_px),
        motion_px=among(level.motion_px),
        # Vehicles come towards a camera: the picture runs down rather than across.
        motion_angle=float(dice.normal(90, 25)),
        noise=among(level.noise),
        dirt=among(level.dirt),
        jpeg=round(among(level.jpeg)),
        night=bool(dice.random() < level.night_chance),
        rain=bool(dice.random() < level.rain_chance),
        glare=bool(dice.random() < level.glare_chance),
    )


def projected(points_mm: Points, centre: tuple[float, float], how: Conditions) -> Points:
    """Points of a turned sheet as the camera sees them, its centre at the origin."""
    turn, nod, roll = (np.deg2rad(angle) for angle in (how.turn, how.nod, how.roll))
    x, y = points_mm[:, 0] - centre[0], points_mm[:, 1] - centre[1]
    x, y = x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)
    x, depth = x * np.cos(turn), x * np.sin(turn)
    y, depth = y * np.cos(nod) - depth * np.sin(nod), y * np.sin(nod) + depth * np.cos(nod)
    away = FOCAL_PX / how.px_mm
    # Nothing comes nearer than a third of the way: what would is out of the picture anyway.
    scale = FOCAL_PX / np.maximum(away + depth, away / 3)
    return np.stack((x * scale, y * scale), axis=1)


def corners(box: Box) -> Points:
    """Top left, top right, bottom right, bottom left."""
    right, bottom = box.left + box.width, box.top + box.height
    return np.array(
        [(box.left, box.top), (right, box.top), (right, bottom), (box.left, bottom)], np.float64
    )


def aim(
    what: Subject, size_px: tuple[int, int], how: Conditions, dice: Generator
) -> tuple[Conditions, Points]:
    """Point the camera so that all that must be seen is in the frame, if need be from farther."""
    centre = what.centre()
    room = np.array(size_px) - 2 * MARGIN_PX
    seen = projected(corners(what.whole), centre, how)
    for _ in range(8):
        part = float((room / (seen.max(axis=0) - seen.min(axis=0))).min())
        if part >= 1:
            break
        how = how._replace(px_mm=how.px_mm * part * 0.98)
        seen = projected(corners(what.whole), centre, how)
    low = MARGIN_PX - seen.min(axis=0)
    high = MARGIN_PX + room - seen.max(axis=0)
    # Mostly near the middle: a camera is set up to look there.
    aside = np.clip(dice.normal(0, 0.3, 2), -1, 1)
    return how, (low + high) / 2 + (high - low) / 2 * aside


def photograph(
    what: Subject, behind: Sheet, how: Conditions, dice: Generator, *, outdoors: bool
) -> tuple[Picture, Points]:
    """The frame, as large as what is behind, and where the corners of the box are in it."""
    rows, columns = behind.picture.shape[:2]
    how, offset = aim(what, (columns, rows), how, dice)
    quad = projected(corners(what.box), what.centre(), how) + offset
    image = _placed(what, behind, offset, how).astype(np.float32)
    image = _lit(image, quad.mean(axis=0), how, dice, outdoors=outdoors)
    image = _blurred(image, how)
    if how.rain and outdoors:
        image = _rained(image, dice)
    noise = dice.standard_normal(image.shape, dtype=np.float32)
    # Lighter parts are noisier, as the shot noise of a sensor is.
    image += noise * how.noise * np.sqrt(0.35 + np.clip(image, 0, 255) / 255)
    return _compressed(np.clip(image, 0, 255).astype(np.uint8), how.jpeg), quad


def _placed(what: Subject, behind: Sheet, offset: Points, how: Conditions) -> Picture:
    """The sheet in perspective before what is behind it."""
    centre, scale = what.centre(), what.sheet.px_mm
    # Near the centre, so that the clipping of what is too near does not bend the plane.
    reach = 50 / how.px_mm
    near = corners(Box(centre[0] - reach, centre[1] - reach, 2 * reach, 2 * reach))
    seen = (projected(near, centre, how) + offset).astype(np.float32)
    # A pixel's middle is its place; a sheet's millimetres begin at the first one's edge.
    matrix = cv2.getPerspectiveTransform((near * scale - 0.5).astype(np.float32), seen)
    picture = what.sheet.picture
    shrink = scale / how.px_mm
    if shrink > 1.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * shrink), np.uint8)
    rows, columns = behind.picture.shape[:2]
    warped = cv2.warpPerspective(picture, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    for gap in what.sheet.gaps:
        left, top = what.sheet.px(gap.left), what.sheet.px(gap.top)
        mask[top : top + what.sheet.px(gap.height), left : left + what.sheet.px(gap.width)] = 0
    for x, y, radius in what.sheet.over:
        middle = (what.sheet.px(x), what.sheet.px(y))
        cv2.circle(mask, middle, what.sheet.px(radius), 255, -1)
    part = cv2.warpPerspective(mask, matrix, (columns, rows)).astype(np.float32) / 255
    weight = part[:, :, None]
    rolled = cv2.getRotationMatrix2D((columns / 2, rows / 2), -how.roll, 1.1)
    back = cv2.warpAffine(behind.picture, rolled, (columns, rows), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped * weight + back * (1 - weight), np.uint8)


def _spot(shape: tuple[int, ...], middle: Points, radius_px: float) -> Floats:
    """A round patch of light, one at its middle."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    distance = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
    return np.asarray(np.exp(-distance / (2 * radius_px**2)), np.float32)


def _lit(
    image: Floats, middle: Points, how: Conditions, dice: Generator, *, outdoors: bool
) -> Floats:
    """Exposure, night with a lamp beside the camera, and glare."""
    image = image * how.light
    if how.night and outdoors:
        lamp = _spot(image.shape, middle + dice.normal(0, 120, 2), float(dice.uniform(260, 520)))[
            :, :, None
        ]
        tint = np.array([0.86, 0.95, 1.0], np.float32)
        image = image * tint * (0.16 + float(dice.uniform(0.45, 0.85)) * lamp)
    if how.glare:
        away = dice.normal(0, 90, 2)
        spot = _spot(image.shape, middle + away, float(dice.uniform(25, 90)))[:, :, None]
        image = image + float(dice.uniform(90, 240)) * spot
    return image.astype(np.float32)


def _blurred(image: Floats, how: Conditions) -> Floats:
    """Motion along a line, then defocus."""
    if how.motion_px >= 1:
        size = 2 * int(np.ceil(how.motion_px / 2)) + 1
        kernel = np.zeros((size * 4, size * 4), np.float32)
        middle = np.array((size * 2, size * 2), np.float64)
        angle = np.deg2rad(how.motion_angle)
        half = np.array((np.cos(angle), np.sin(angle))) * how.motion_px * 2
        start, stop = (np.rint(middle + sign * half).astype(int) for sign in (-1, 1))
        cv2.line(kernel, (int(start[0]), int(start[1])), (int(stop[0]), int(stop[1])), 1.0, 4)
        small = cv2.resize(kernel, (size, size), interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.filter2D(image, -1, small / small.sum()), np.float32)
    if how.defocus_px > 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), how.defocus_px), np.float32)
    return image


def _rained(image: Floats, dice: Generator) -> Floats:
    """Streaks, and a veil that takes contrast."""
    rows, columns = image.shape[:2]
    streaks = np.zeros((rows, columns), np.uint8)
    lean = float(dice.normal(0, 0.15))
    for _ in range(int(dice.integers(150, 500))):
        x, y = int(dice.integers(columns)), int(dice.integers(rows))
        length = int(dice.integers(12, 48))
        stop = (int(x + lean * length), y + length)
        cv2.line(streaks, (x, y), stop, int(dice.integers(40, 130)), 1, cv2.LINE_AA)
    streaks = np.asarray(cv2.GaussianBlur(streaks, (0, 0), 0.8), np.uint8)
    veil = float(dice.uniform(0.03, 0.12))
    mean = float(image.mean())
    wet: Floats = image * (1 - veil) + mean * veil + streaks[:, :, None] * 0.6
    return wet.astype(np.float32)


def _compressed(image: Picture, quality: int) -> Picture:
    """Through JPEG and back."""
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    if decoded is None:
        raise RuntimeError("a drawn picture could not be compressed")
    return np.asarray(decoded, np.uint8)


def soiled(sheet: Sheet, box: Box, part: float, thick: float, dice: Generator) -> None:
    """Mud on and around a box of the sheet over that part of it; ``thick`` 1 hides all below."""
    area = box.grown(box.height * 0.15)
    left, top = max(0, sheet.px(area.left)), max(0, sheet.px(area.top))
    right, bottom = sheet.px(area.left + area.width), sheet.px(area.top + area.height)
    region = sheet.picture[top:bottom, left:right]
    if part < 0.002 or region.size == 0:
        return
    rows, columns = region.shape[:2]
    fine = max(8, min(rows, columns) // 6)
    grid = dice.normal(0, 1, (max(3, rows // fine), max(3, columns // fine)))
    clouds = cv2.resize(grid.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    # Mud is thrown up from below.
    clouds = clouds + np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None]
    edge = float(np.quantile(clouds, 1 - part))
    weight = np.clip((clouds - edge) * 2.5 + 0.3, 0, thick)[:, :, None]
    mud = np.array((70, 88, 104), np.float32) * float(dice.uniform(0.7, 1.2))
    region[:] = (region * (1 - weight) + mud * weight).astype(np.uint8)
