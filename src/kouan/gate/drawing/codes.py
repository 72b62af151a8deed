"""A paper slip with a QR code or a bar code on it."""

import io

import numpy as np
import segno
import zxingcpp
from PIL import Image

from kouan.gate.drawing.fonts import CHINESE_THIN, SANS, Picture, fitted
from kouan.gate.drawing.sheet import Box, Colour, Sheet

INK: Colour = (25, 25, 25)
BARS = {"code128": "Code128", "pdf417": "PDF417", "datamatrix": "DataMatrix"}


def modules(kind: str, text: str) -> Picture:
    """The code as dark (0) and light (255), one pixel a module; bar codes are a few pixels high."""
    if kind == "qr":
        kept = io.BytesIO()
        segno.make(text, error="m", micro=False).save(kept, kind="png", border=0)
        return np.array(Image.open(kept).convert("L"), np.uint8)
    bars = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(BARS[kind]))
    image = np.array(zxingcpp.write_barcode_to_image(bars, scale=1, add_quiet_zones=False))
    return image.astype(np.uint8)


def slip(kind: str, text: str, module_mm: float, px_mm: float) -> tuple[Sheet, Box]:
    """A slip with the code and a few printed words; and the code's box."""
    code = modules(kind, text)
    width = code.shape[1] * module_mm
    height = 18.0 if kind == "code128" else code.shape[0] * module_mm
    sheet = Sheet(max(74.0, width + 20), height + 44, px_mm, (242, 244, 244))
    box = Box((sheet.width_mm - width) / 2, 22, width, height)
    # Whole pixels a module would hide what a printer and a lens do: any scale will do here.
    dark = 255 - np.repeat(np.repeat(code, 8, axis=0), 8, axis=1)
    sheet.stamp(
        fitted(dark, sheet.px(width), sheet.px(height)), sheet.px(box.left), sheet.px(22), INK
    )
    sheet.words("口岸 通行单", 6, 4, 5.5, CHINESE_THIN, INK)
    sheet.words("Show this at the lane.", 6, 13, 3, SANS, INK)
    sheet.words(text if text.isascii() else "", 6, sheet.height_mm - 12, 3.2, SANS, INK)
    return sheet, box
