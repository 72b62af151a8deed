"""Codes of squares and bars, by zxing-cpp: only kinds that carry a check of their own."""

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
CERTAIN_PPM = 1_000_000


def read_codes(image: Image) -> list[Reading]:
    """Every code in a picture, or one reading that says that there is none."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(FORMATS))
    readings = [_reading(each) for each in found[:MOST_CODES] if each.valid]
    return readings or [Reading(Kind.CODE, reason="no code found")]


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
