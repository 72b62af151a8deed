"""The typefaces that pictures are lettered with: free ones, from Debian's packages."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kouan.gate.drawing.errors import FontMissing

Picture = NDArray[np.uint8]
"""Rows x columns x 3, blue, green, red; a mask has no third axis."""

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
)
GLYPH_PX = 160


class Face(NamedTuple):
    """One typeface: what it calls itself, its file, and the package that brings it."""

    family: str
    style: str
    file: str
    package: str


CHINESE = Face("Noto Sans CJK SC", "Bold", "NotoSansCJK-Bold.ttc", "fonts-noto-cjk")
CHINESE_THIN = Face("Noto Sans CJK SC", "Regular", "NotoSansCJK-Regular.ttc", "fonts-noto-cjk")
SANS = Face("DejaVu Sans", "Condensed Bold", "DejaVuSansCondensed-Bold.ttf", "fonts-dejavu-extra")
NARROW = Face("OSP-DIN", "DIN", "OSP-DIN.ttf", "fonts-opendin")
MACHINE = Face("OCR B", "Regular", "OCRB.otf", "fonts-ocr-b")
FACES = (CHINESE, CHINESE_THIN, SANS, NARROW, MACHINE)


@lru_cache(maxsize=32)
def find(face: Face, folders: tuple[Path, ...] = FOLDERS) -> tuple[Path, int]:
    """The file of a face and its number within the file; raises FontMissing."""
    for folder in folders:
        for path in sorted(folder.rglob(face.file)):
            for index in range(12):
                try:
                    font = ImageFont.truetype(path, GLYPH_PX, index)
                except OSError:
                    break
                if font.getname() == (face.family, face.style):
                    return path, index
    raise FontMissing(
        f"font {face.family} {face.style} ({face.file}): not found in "
        f"{', '.join(map(str, folders))}; expected Debian's package {face.package} "
        f"(apt-get install {face.package})"
    )


@lru_cache(maxsize=32)
def load(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    """The face at a size; raises FontMissing."""
    path, index = find(face)
    return ImageFont.truetype(path, size_px, index)


@lru_cache(maxsize=2048)
def glyph(face: Face, character: str) -> Picture:
    """A character as a mask, cut to its ink, large."""
    font = load(face, GLYPH_PX)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), character, fill=255, font=font)
    mask = np.asarray(image)
    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


def fitted(mask: Picture, width_px: int, height_px: int) -> Picture:
    """A mask at another size."""
    method = cv2.INTER_AREA if height_px < mask.shape[0] else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(mask, (max(1, width_px), max(1, height_px)), interpolation=method), np.uint8
    )
