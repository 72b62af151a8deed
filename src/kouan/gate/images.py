"""Bytes to a picture, safely.

JPEG and PNG only, told by their first bytes. Size and completeness are judged from the bytes
before anything is decoded, so that neither a picture of 300 megapixels nor half a picture gets as
far as a decoder. What a file says about itself beside its pixels (EXIF) is ignored.
"""

import zlib
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from kouan.gate.errors import ImageError

Image: TypeAlias = NDArray[np.uint8]
"""Height x width x 3, blue-green-red."""

MOST_BYTES = 16_000_000
MOST_PIXELS = 26_000_000
LEAST_SIDE, MOST_SIDE = 16, 12_000
"""Assumption: gate cameras give 2 to 20 megapixels."""

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
EXPECTED = "expected a JPEG or PNG picture"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
FRAMES = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive frames: what a camera writes."""
OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)


def decode(content: bytes, name: str = "image") -> Image:
    """Decode a JPEG or PNG; ImageError names ``name``, what was wrong and what was expected."""
    if not content:
        raise ImageError(f"{name}: no bytes; {EXPECTED}")
    if len(content) > MOST_BYTES:
        raise ImageError(f"{name}: {len(content)} bytes; expected at most {MOST_BYTES}")
    if content.startswith(PNG_MAGIC):
        width, height = _png_size(content, name)
    elif content.startswith(JPEG_MAGIC):
        width, height = _jpeg_size(content, name)
    else:
        raise ImageError(f"{name}: begins with {content[:4].hex(' ')}; {EXPECTED}")
    _check_size(width, height, name)
    if content.startswith(PNG_MAGIC):
        _check_png_whole(content, name)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(f"{name}: can't be decoded ({error.err}); {EXPECTED}") from None
    if image is None:
        raise ImageError(f"{name}: can't be decoded; {EXPECTED}")
    if image.shape[:2] != (height, width):
        shape = f"{image.shape[1]} x {image.shape[0]}"
        raise ImageError(f"{name}: its header says {width} x {height}, decoded are {shape} pixels")
    return np.ascontiguousarray(image, np.uint8)


def _check_size(width: int, height: int, name: str) -> None:
    low, high = sorted((width, height))
    if low < LEAST_SIDE or high > MOST_SIDE:
        expected = f"expected sides of {LEAST_SIDE} to {MOST_SIDE}"
        raise ImageError(f"{name}: {width} x {height} pixels; {expected}")
    if width * height > MOST_PIXELS:
        raise ImageError(
            f"{name}: {width} x {height} pixels; expected at most {MOST_PIXELS} in all"
        )


# --- PNG ---------------------------------------------------------------------------------------


def _png_size(content: bytes, name: str) -> tuple[int, int]:
    if len(content) < 33 or content[12:16] != b"IHDR":
        raise ImageError(f"{name}: a PNG without its header; expected a whole one")
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _check_png_whole(content: bytes, name: str) -> None:
    """Walk all chunks to the end mark: each whole and as its check sum says."""
    at = len(PNG_MAGIC)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        kind = content[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(content):
            break
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            where = f"chunk {kind.decode('latin-1')!r} at byte {at}"
            raise ImageError(f"{name}: damaged, {where} differs from its check sum")
        if kind == b"IEND":
            return
        at = end
    raise ImageError(f"{name}: a PNG cut after {len(content)} bytes; expected a whole one")


# --- JPEG --------------------------------------------------------------------------------------


def _jpeg_size(content: bytes, name: str) -> tuple[int, int]:
    """Walk all segments from the first to the end mark; return width and height of the frame."""
    size = None
    at = 2
    while True:
        at, marker = _next_marker(content, at, name)
        if marker == END_OF_IMAGE:
            break
        length = int.from_bytes(content[at : at + 2])
        body = content[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:
            raise _cut(content, name)
        if marker in OTHER_FRAMES or (marker in FRAMES and (size or len(body) < 6)):
            raise ImageError(f"{name}: a JPEG of kind {marker:#x}; expected one ordinary frame")
        if marker in FRAMES:
            size = int.from_bytes(body[3:5]), int.from_bytes(body[1:3])
            # Judged here already: the rest of an oversize picture is not worth a walk.
            _check_size(*size, name)
        at += length
        if marker == START_OF_SCAN:
            at = _end_of_scan(content, at, name)
    if size is None:
        raise ImageError(f"{name}: a JPEG without a frame; {EXPECTED}")
    return size


def _next_marker(content: bytes, at: int, name: str) -> tuple[int, int]:
    if at + 1 >= len(content):
        raise _cut(content, name)
    if content[at] != 0xFF:
        raise ImageError(f"{name}: damaged, byte {at} is {content[at]:#x}; expected a marker 0xff")
    while at < len(content) and content[at] == 0xFF:
        at += 1
    if at >= len(content):
        raise _cut(content, name)
    return at + 1, content[at]


def _end_of_scan(content: bytes, at: int, name: str) -> int:
    """Where the compressed pixels end: the next marker that is neither padding nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise _cut(content, name)
        following = content[at + 1]
        if following not in (0x00, 0xFF) and not 0xD0 <= following <= 0xD7:
            return at
        at += 1 if following == 0xFF else 2


def _cut(content: bytes, name: str) -> ImageError:
    return ImageError(f"{name}: a JPEG cut after {len(content)} bytes; expected a whole one")
