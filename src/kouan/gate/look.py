"""One picture looked at once: where text stands, and each line read no more than once."""

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from kouan.gate.engine import Engine
from kouan.gate.images import Image
from kouan.gate.recogniser import NOTHING, Line
from kouan.gate.regions import Region

MOST_REGIONS = 60
"""Of more regions the largest are kept: a port's pictures have few, a page of text has many."""
MOST_LINES = 80
"""Lines read in one picture; what is beyond stays unread, so that no picture takes for ever."""


class Look:
    """A picture, its regions of text, and what was read in them so far."""

    def __init__(self, engine: Engine, image: Image) -> None:
        self.engine, self.image = engine, image
        self._lines: dict[tuple[str, tuple[float, ...]], Line] = {}
        self._count = 0

    @cached_property
    def regions(self) -> list[Region]:
        """Where text stands, upper ones first, at most MOST_REGIONS."""
        found = [Region(quad) for quad in self.engine.find(self.image)]
        if len(found) > MOST_REGIONS:
            least = sorted((each.height * each.width for each in found), reverse=True)[MOST_REGIONS]
            found = [each for each in found if each.height * each.width > least]
        return found

    def closer(self, region: Region, side: int, margin: float) -> list[Region]:
        """Look again for text in a region and around it, drawn to a longer side of ``side``.

        What was found in the whole picture is rough where the text is small.
        """
        around = region.grown(margin, margin)
        crop = around.crop(self.image)
        factor = side / max(crop.shape[:2])
        size = (max(32, round(crop.shape[1] * factor)), max(32, round(crop.shape[0] * factor)))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        drawn = np.asarray(cv2.resize(crop, size, interpolation=way), np.uint8)
        corners = np.asarray([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
        back = cv2.getPerspectiveTransform(corners, around.quad)
        return [
            Region(np.asarray(cv2.perspectiveTransform(quad[None], back)[0], np.float32))
            for quad in self.engine.find(drawn)
        ]

    def read(self, regions: Sequence[Region], alphabet: str) -> list[Line]:
        """Read the lines in regions, which bring their own margins."""
        keys = [(alphabet, (*each.quad.flat, each.stretch)) for each in regions]
        new = {
            key: region for key, region in zip(keys, regions, strict=True) if key not in self._lines
        }
        crops = [region.crop(self.image) for region in new.values()]
        self._lines.update(zip(new, self.read_crops(crops, alphabet), strict=True))
        return [self._lines[key] for key in keys]

    def read_crops(self, crops: Sequence[Image], alphabet: str) -> list[Line]:
        """Read lines that were cut out elsewhere; those beyond MOST_LINES stay unread."""
        some = list(crops[: max(0, MOST_LINES - self._count)])
        self._count += len(some)
        lines = self.engine.read(some, alphabet) if some else []
        return lines + [NOTHING] * (len(crops) - len(some))
