"""Text written downwards: found as columns, split into characters, stitched to a line."""

from collections.abc import Sequence

import cv2
import numpy as np

from kouan.gate.frames import unframed
from kouan.gate.images import Image
from kouan.gate.regions import Region

LEAST_CELLS = 6
APART = (0.0, 0.08)
"""Room on both sides of a stitched character, in heights."""


def columns(regions: Sequence[Region]) -> list[Region]:
    """Regions that stand one below the other, joined; only those that are tall in all."""
    narrow = [each for each in regions if each.aspect <= 1.6]
    joined: list[list[Region]] = []
    for region in sorted(narrow, key=lambda each: each.box.top):
        for column in joined:
            if _goes_on(column[-1], region):
                column.append(region)
                break
        else:
            joined.append([region])
    whole = [_around(column) for column in joined]
    return [each for each in whole if each.height >= LEAST_CELLS * each.width]


def _goes_on(upper: Region, lower: Region) -> bool:
    a, b = upper.box, lower.box
    width = max(a.right - a.left, b.right - b.left)
    aside = abs((a.left + a.right) - (b.left + b.right)) / 2
    return b.top - a.bottom <= 2.5 * width and aside <= 0.6 * width


def _around(column: Sequence[Region]) -> Region:
    """From the upper edge of the first to the lower edge of the last."""
    first, last = column[0].quad, column[-1].quad
    return Region(np.asarray([first[0], first[1], last[2], last[3]], np.float32))


def stitched(column: Region, image: Image) -> list[Image]:
    """The characters of a column side by side, upright, as one line: once narrow, once wide."""
    crop = unframed(column.crop(image))
    cells = [crop[top:bottom] for top, bottom in bands(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY))]
    if not cells:
        return []
    return [_line(cells, apart) for apart in APART]


def _line(cells: Sequence[Image], apart: float) -> Image:
    height = max(each.shape[0] for each in cells)
    line: list[Image] = []
    for cell in cells:
        above, below = (height - cell.shape[0]) // 2, (height - cell.shape[0] + 1) // 2
        aside = round(apart * height)
        # What is at its edge goes on: a hard edge would be read as a stroke.
        padded = cv2.copyMakeBorder(cell, above, below, aside, aside, cv2.BORDER_REPLICATE)
        line.append(np.asarray(padded, np.uint8))
    return np.ascontiguousarray(np.concatenate(line, axis=1))


def bands(grey: Image) -> list[tuple[int, int]]:
    """Rows of a column in which something is written, as pairs of first and one past the last."""
    height, width = grey.shape[:2]
    detail = np.abs(np.diff(cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32), axis=1))
    profile = detail.mean(axis=1)
    level = 0.35 * float(np.percentile(profile, 80))
    written = profile > level
    edges = np.flatnonzero(np.diff(np.concatenate(([0], written.astype(np.int8), [0]))))
    pairs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    margin = round(0.12 * width)
    least = 0.4 * width
    return [
        (max(0, top - margin), min(height, bottom + margin))
        for top, bottom in pairs
        if bottom - top >= least
    ]
