"""Codes of squares and bars, by zxing-cpp: only kinds that carry a check of their own."""

from collections.abc import Sequence
from dataclasses import replace

import zxingcpp

from kouan.gate.images import Image
from kouan.gate.words import Box, Kind, Reading

FORMATS = (
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.MicroQRCode,
    zxingcpp.BarcodeFormat.DataMatrix,
    zxingcpp.BarcodeFormat.Aztec,
    zxingcpp.BarcodeFormat.PDF417,
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.EAN13,
)
"""Code 39, Codabar and ITF are left out: bars misread there make another valid text."""
MOST_CODES = 16
MOST_CHARACTERS = 4_000
CERTAIN_PPM, DISPUTED_PPM = 1_000_000, 0


def read_codes(image: Image) -> list[Reading]:
    """Every code in a picture, or one reading that says that there is none."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(FORMATS))
    readings = [_reading(each) for each in found[:MOST_CODES] if each.valid]
    return undisputed(readings) or [Reading(Kind.CODE, reason="no code found")]


def undisputed(readings: Sequence[Reading]) -> list[Reading]:
    """Of two texts read from one place the one seen over more of it, with a doubt.

    Bars carry a check of one in a hundred: a streak across them now and then makes another text.
    """
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda each: -_area(each.box)):
        rivals = [at for at, other in enumerate(kept) if _overlap(reading.box, other.box)]
        if not rivals:
            kept.append(reading)
            continue
        at = rivals[0]
        if kept[at].text != reading.text:
            reason = "another text was read in a part of it"
            kept[at] = replace(kept[at], reason=reason, score_ppm=DISPUTED_PPM)
    return kept


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > 0 and down > 0


def _reading(found: zxingcpp.Barcode) -> Reading:
    corners = found.position
    points = (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
    x, y = [point.x for point in points], [point.y for point in points]
    box = Box(max(0, min(x)), max(0, min(y)), max(x), max(y))
    variety = str(found.format)
    if len(found.text) > MOST_CHARACTERS:
        reason = f"{len(found.text)} characters; expected at most {MOST_CHARACTERS}"
        return Reading(Kind.CODE, reason=reason, box=box, variety=variety)
    return Reading(Kind.CODE, found.text, box=box, variety=variety, score_ppm=CERTAIN_PPM)
