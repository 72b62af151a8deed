"""The frame around a container's check digit, painted over: framed, it is read as another sign."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kouan.gate.images import Image

SHAPES = (0.45, 1.3)
"""Widths in heights of a frame."""
LEAST_HEIGHT = 0.3
"""Least height of a frame, in heights of the line or widths of the column."""
MOST_FILLED = 0.5
"""A frame is mostly hollow."""
STAND_OUT = 12
"""How far paint stands out from what is around it, of 255."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Part:
    """A connected piece of paint."""

    label: int
    left: int
    top: int
    width: int
    height: int
    area: int

    def holds(self, other: "Part") -> bool:
        """Whether another piece of some size stands wholly inside."""
        return (
            self.left < other.left
            and self.top < other.top
            and other.left + other.width < self.left + self.width
            and other.top + other.height < self.top + self.height
            and other.height >= 0.35 * self.height
        )


def unframed(crop: Image) -> Image:
    """The same with what frames a single character painted over, if there is such a thing."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.int16)
    side = min(crop.shape[:2])
    size = max(3, side) | 1
    around = cv2.blur(grey.astype(np.float32), (size, size))
    for sign in (1, -1):
        paint = ((grey - around) * sign > STAND_OUT).astype(np.uint8)
        frames = list(_frames(paint, side))
        if frames:
            return _painted_over(crop, frames)
    return crop


def _frames(paint: Mask, side: int) -> Iterator[Mask]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(paint, connectivity=8)
    parts = [Part(at, *(int(each) for each in stats[at])) for at in range(1, count)]
    for part in parts:
        aspect = part.width / max(1, part.height)
        hollow = part.area / max(1, part.width * part.height)
        fits = SHAPES[0] <= aspect <= SHAPES[1] and part.height >= LEAST_HEIGHT * side
        if fits and hollow <= MOST_FILLED and any(part.holds(other) for other in parts):
            yield (labels == part.label).astype(np.uint8)


def _painted_over(crop: Image, frames: list[Mask]) -> Image:
    mask = np.zeros(crop.shape[:2], np.uint8)
    for frame in frames:
        mask |= cv2.dilate(frame, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(crop, mask * 255, 3, cv2.INPAINT_TELEA), np.uint8)
