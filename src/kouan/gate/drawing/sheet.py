"""A flat thing to be seen: drawn in millimetres on a picture of so many pixels a millimetre."""

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from kouan.gate.drawing.fonts import Face, Picture, fitted, glyph, load

Colour = tuple[int, int, int]
"""Blue, green, red."""

SLIM = "1I|!"


class Box(NamedTuple):
    """A rectangle on a sheet, in millimetres."""

    left: float
    top: float
    width: float
    height: float

    def grown(self, by_mm: float) -> "Box":
        """The same with a margin."""
        return Box(
            self.left - by_mm, self.top - by_mm, self.width + 2 * by_mm, self.height + 2 * by_mm
        )


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds all of them."""
    left, top = min(one.left for one in boxes), min(one.top for one in boxes)
    right = max(one.left + one.width for one in boxes)
    return Box(left, top, right - left, max(one.top + one.height for one in boxes) - top)


class Sheet:
    """A picture with a scale; everything is drawn by millimetres."""

    def __init__(self, width_mm: float, height_mm: float, px_mm: float, colour: Colour) -> None:
        self.width_mm, self.height_mm, self.px_mm = width_mm, height_mm, px_mm
        shape = (max(2, round(height_mm * px_mm)), max(2, round(width_mm * px_mm)), 3)
        self.picture: Picture = np.full(shape, colour, np.uint8)
        self.gaps: list[Box] = []
        """Where the thing is not: what is behind it is seen there."""
        self.over: list[tuple[float, float, float]] = []
        """Discs that stand in the gaps all the same: wheels, by middle and radius."""

    def whole(self) -> Box:
        """All of it."""
        return Box(0, 0, self.width_mm, self.height_mm)

    def px(self, length_mm: float) -> int:
        """Millimetres as whole pixels."""
        return round(length_mm * self.px_mm)

    def fill(self, box: Box, colour: Colour, radius_mm: float = 0) -> None:
        """A filled rectangle, with round corners if asked."""
        left, top = self.px(box.left), self.px(box.top)
        right, bottom = self.px(box.left + box.width) - 1, self.px(box.top + box.height) - 1
        radius = self.px(radius_mm)
        if radius < 1:
            cv2.rectangle(self.picture, (left, top), (right, bottom), colour, -1)
            return
        cv2.rectangle(self.picture, (left + radius, top), (right - radius, bottom), colour, -1)
        cv2.rectangle(self.picture, (left, top + radius), (right, bottom - radius), colour, -1)
        for x in (left + radius, right - radius):
            for y in (top + radius, bottom - radius):
                cv2.circle(self.picture, (x, y), radius, colour, -1, cv2.LINE_AA)

    def frame(self, box: Box, colour: Colour, line_mm: float, radius_mm: float = 0) -> None:
        """A rectangle's outline: what is inside keeps its picture."""
        inner = box.grown(-line_mm)
        left, top = self.px(inner.left), self.px(inner.top)
        right, bottom = self.px(inner.left + inner.width), self.px(inner.top + inner.height)
        kept = self.picture[top:bottom, left:right].copy()
        self.fill(box, colour, radius_mm)
        self.picture[top:bottom, left:right] = kept

    def disc(self, x_mm: float, y_mm: float, radius_mm: float, colour: Colour) -> None:
        """A filled circle."""
        centre = (self.px(x_mm), self.px(y_mm))
        cv2.circle(self.picture, centre, max(1, self.px(radius_mm)), colour, -1, cv2.LINE_AA)

    def stamp(self, mask: Picture, left_px: int, top_px: int, colour: Colour) -> None:
        """Colour through a mask; what lies outside the sheet is cut off."""
        height, width = self.picture.shape[:2]
        top, left = max(0, top_px), max(0, left_px)
        bottom = min(height, top_px + mask.shape[0])
        right = min(width, left_px + mask.shape[1])
        if top >= bottom or left >= right:
            return
        part = mask[top - top_px : bottom - top_px, left - left_px : right - left_px]
        weight = part[:, :, None].astype(np.float32) / 255
        under = self.picture[top:bottom, left:right].astype(np.float32)
        mixed = under * (1 - weight) + np.asarray(colour, np.float32) * weight
        self.picture[top:bottom, left:right] = np.rint(mixed).astype(np.uint8)

    def character(self, character: str, cell: Box, face: Face, colour: Colour) -> Box:
        """One character as high as its cell and at most as wide, in its middle; the cell."""
        mask = glyph(face, character)
        natural = cell.height * mask.shape[1] / mask.shape[0]
        width = min(cell.width, natural) if character in SLIM else cell.width
        left = cell.left + (cell.width - width) / 2
        scaled = fitted(mask, self.px(width), self.px(cell.height))
        self.stamp(scaled, self.px(left), self.px(cell.top), colour)
        return cell

    def words(
        self, text: str, left: float, top: float, height: float, face: Face, colour: Colour
    ) -> Box:
        """A line of running text, its font that many millimetres high; its box."""
        font = load(face, max(4, self.px(height)))
        x0, y0, x1, y1 = (round(edge) for edge in font.getbbox(text))
        if x1 <= x0 or y1 <= y0:
            return Box(left, top, 0, height)
        image = Image.new("L", (x1 - x0, y1 - y0))
        ImageDraw.Draw(image).text((-x0, -y0), text, fill=255, font=font)
        self.stamp(np.asarray(image, np.uint8), self.px(left), self.px(top), colour)
        return Box(left, top, (x1 - x0) / self.px_mm, (y1 - y0) / self.px_mm)

    def paste(self, other: "Sheet", left_mm: float, top_mm: float) -> None:
        """Another sheet of the same scale on this one; all of it must fit."""
        top, left = self.px(top_mm), self.px(left_mm)
        height, width = other.picture.shape[:2]
        self.picture[top : top + height, left : left + width] = other.picture
