"""Places of text in a picture: put upright, joined to rows, split into characters."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kouan.gate.engine import Quad
from kouan.gate.images import Image
from kouan.gate.words import Box

MOST_CROP = 4_000
"""Longest side of a crop."""
LEAST_OVERLAP = 0.5
"""Share of the lower one's height by which two pieces of one row overlap."""


@dataclass(frozen=True, slots=True)
class Region:
    """A quadrilateral with text along its upper edge."""

    quad: Quad
    stretch: float = 1.0
    """How far its crop is drawn out along the text: narrow characters are told apart better."""

    @property
    def width(self) -> float:
        """Mean length of the edges along the text."""
        a, b, c, d = self.quad
        return float(np.linalg.norm(b - a) + np.linalg.norm(c - d)) / 2

    @property
    def height(self) -> float:
        """Mean length of the edges across the text."""
        a, b, c, d = self.quad
        return float(np.linalg.norm(d - a) + np.linalg.norm(c - b)) / 2

    @property
    def aspect(self) -> float:
        """Width in heights."""
        return self.width / max(1.0, self.height)

    @property
    def centre(self) -> NDArray[np.float32]:
        """The middle of its corners."""
        return np.asarray(self.quad.mean(axis=0), np.float32)

    @property
    def box(self) -> Box:
        """The upright rectangle around it."""
        left, top = self.quad.min(axis=0)
        right, bottom = self.quad.max(axis=0)
        return Box(max(0, int(left)), max(0, int(top)), int(np.ceil(right)), int(np.ceil(bottom)))

    def grown(self, along: float, across: float) -> "Region":
        """The same with margins at both ends and both sides, in heights of the text."""
        a, b, c, d = self.quad
        height = self.height
        ahead = _unit((b - a) + (c - d)) * along * height
        down = _unit((d - a) + (c - b)) * across * height
        corners = (a - ahead - down, b + ahead - down, c + ahead + down, d - ahead + down)
        return Region(np.asarray(corners, np.float32))

    def lengthened(self, by: float) -> "Region":
        """The same with more at the end of the text, in its heights."""
        a, b, c, d = self.quad
        ahead = _unit((b - a) + (c - d)) * by * self.height
        return Region(np.asarray((a, b + ahead, c + ahead, d), np.float32))

    def drawn_out(self, by: float) -> "Region":
        """The same, to be cropped so many times as long."""
        return Region(self.quad, by)

    def crop(self, image: Image) -> Image:
        """Its part of the picture, put upright."""
        width = int(np.clip(round(self.width * self.stretch), 8, MOST_CROP))
        height = int(np.clip(round(self.height), 8, MOST_CROP))
        corners = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(self.quad, corners)
        upright = cv2.warpPerspective(
            image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.ascontiguousarray(upright, np.uint8)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / max(1e-6, float(np.linalg.norm(vector))), np.float32)


def join(regions: Sequence[Region]) -> Region:
    """The region around several that stand in one row or one column: the smallest, turned alike."""
    widest = max(regions, key=lambda region: region.width)
    along = _unit((widest.quad[1] - widest.quad[0]) + (widest.quad[2] - widest.quad[3]))
    across = np.asarray((-along[1], along[0]), np.float32)
    points = np.concatenate([region.quad for region in regions])
    x, y = points @ along, points @ across
    corners = ((x.min(), y.min()), (x.max(), y.min()), (x.max(), y.max()), (x.min(), y.max()))
    return Region(np.asarray([along * u + across * v for u, v in corners], np.float32))


def rows(regions: Sequence[Region], most_gap: float) -> list[list[Region]]:
    """Regions that stand beside one another in rows, from left to right.

    ``most_gap`` is the widest gap within a row, in heights of its text.
    """
    joined: list[list[Region]] = []
    for region in sorted(regions, key=lambda each: float(each.quad[:, 0].min())):
        for row in joined:
            if _continues(row[-1], region, most_gap):
                row.append(region)
                break
        else:
            joined.append([region])
    return joined


def _continues(left: Region, right: Region, most_gap: float) -> bool:
    """Whether one region goes on where another ends."""
    heights = sorted((left.height, right.height))
    if heights[0] < 0.5 * heights[1]:
        return False
    end = (left.quad[1] + left.quad[2]) / 2
    start = (right.quad[0] + right.quad[3]) / 2
    along = _unit(left.quad[1] - left.quad[0])
    ahead = float((start - end) @ along)
    aside = abs(float((start - end) @ np.asarray((-along[1], along[0]), np.float32)))
    # Ends of found regions reach into one another a little.
    return -heights[0] <= ahead <= most_gap * heights[1] and aside <= LEAST_OVERLAP * heights[0]
