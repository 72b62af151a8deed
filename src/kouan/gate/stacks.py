"""Text written downwards: found as columns, split into characters, stitched to a line."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from kouan.gate.frames import unframed
from kouan.gate.images import Image
from kouan.gate.regions import Region

LEAST_CELLS = 5
WRITTEN = 0.28
"""Detail in a written row, between an empty row's and a well written one's."""
LEAST_CELL, CELL_MARGIN = 0.35, 0.12
"""Least height of a character, and the margin around it, in widths of the column."""
TWO_CELLS = 1.25
"""Pitch of characters, in their heights."""
WIDE_GAP = 1.55
"""From here on a distance between two characters, in pitches, is one of more than one step."""
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
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)
    cells = [crop[top:bottom] for top, bottom in bands(grey)]
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
    """Rows of a column in which a character stands, as pairs of first and one past the last.

    Where a character is missing between two others, faded or under mud, its place is taken all the
    same: the recogniser may see more in it than this does.
    """
    height, width = grey.shape[:2]
    detail = np.abs(np.diff(cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32), axis=1))
    profile = detail.mean(axis=1)
    ground = float(np.percentile(profile, 5))
    level = ground + WRITTEN * (float(np.percentile(profile, 80)) - ground)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (profile > level).astype(np.int8), [0]))))
    pairs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    pairs = [(top, bottom) for top, bottom in pairs if bottom - top >= LEAST_CELL * width]
    margin = round(CELL_MARGIN * width)
    return [(max(0, a - margin), min(height, b + margin)) for a, b in _completed(pairs)]


def _parted(pair: tuple[int, int], usual: float) -> list[tuple[int, int]]:
    """Characters that mud or a frame joins, by how many usual ones they would be."""
    top, bottom = pair
    count = max(1, round((bottom - top) / (TWO_CELLS * usual)))
    edges = [round(top + (bottom - top) * at / count) for at in range(count + 1)]
    return list(pairwise(edges))


def _completed(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """With the places of characters that are missing between others."""
    if len(pairs) < LEAST_CELLS:
        return list(pairs)
    usual = float(np.median([bottom - top for top, bottom in pairs]))
    pairs = [part for pair in pairs for part in _parted(pair, usual)]
    middles = [(top + bottom) / 2 for top, bottom in pairs]
    pitch = float(np.median(np.diff(middles)))
    half = float(np.median([bottom - top for top, bottom in pairs])) / 2
    whole = [pairs[0]]
    for at in range(1, len(pairs)):
        apart = middles[at] - middles[at - 1]
        # Between owner, serial and check digit the gap is wider, but by less than this.
        count = round(apart / pitch) if apart > WIDE_GAP * pitch else 1
        for step in range(1, count):
            middle = middles[at - 1] + apart * step / count
            whole.append((round(middle - half), round(middle + half)))
        whole.append(pairs[at])
    return whole
