"""Whether a picture can be read at all: exposure and sharpness.

Judged before anything is looked for, so that an unread picture says what is wrong with the camera
rather than with the truck. All figures are of brightness, 0 to 255. The bounds are `calibrated` to
drawn pictures (docs/gate-reading.md): they refuse only what nothing could be read in.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kouan.gate.images import Image

BLACK = 16
"""A frame that is nowhere brighter is black: lens covered, camera without light."""
DARK = 48
"""Where the brightest hundredth is darker, letters can't be told from their ground."""
BRIGHT = 232
"""Where the darkest hundredth is brighter, the frame is overexposed."""
LEAST_RANGE = 24
"""Least distance between the darkest and the brightest hundredth."""
LEAST_EDGE = 0.07
"""Steepest step between neighbouring pixels, as a share of the frame's range."""
LONG_SIDE = 1280
"""Side that pictures are shrunk to before they are judged, so that all are judged alike."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a picture is like; ``reason`` says why it can't be read, "" when it can."""

    dark: int
    bright: int
    edge_ppm: int
    reason: str = ""


def judge(image: Image) -> Quality:
    """Judge exposure and sharpness of a whole picture."""
    grey = _shrunk(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8))
    low, high = (int(figure) for figure in np.percentile(grey, (1, 99)))
    spread = max(1, high - low)
    edge = _steepest(grey) / spread
    quality = Quality(low, high, round(edge * 1_000_000))
    return Quality(low, high, quality.edge_ppm, _reason(quality, int(grey.max())))


def _reason(quality: Quality, brightest: int) -> str:
    low, high = quality.dark, quality.bright
    if brightest <= BLACK:
        return f"black frame: nowhere brighter than {brightest} of 255"
    if high < DARK:
        return f"too dark: brightest part {high} of 255, expected {DARK} or more"
    if low > BRIGHT:
        return f"too bright: darkest part {low} of 255, expected {BRIGHT} or less"
    if high - low < LEAST_RANGE:
        return f"no contrast: from {low} to {high} of 255, expected {LEAST_RANGE} apart or more"
    if quality.edge_ppm < LEAST_EDGE * 1_000_000:
        found, least = quality.edge_ppm // 10_000, round(LEAST_EDGE * 100)
        return f"blurred: steepest edge {found} % of the range a pixel, expected {least} % or more"
    return ""


def _shrunk(grey: Image) -> Image:
    height, width = grey.shape[:2]
    factor = LONG_SIDE / max(height, width)
    if factor >= 1:
        return grey
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _steepest(grey: Image) -> float:
    """Step between neighbours that one pixel in a thousand exceeds, noise smoothed away."""
    calm = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
    across = np.abs(np.diff(calm, axis=1))
    down = np.abs(np.diff(calm, axis=0))
    return float(max(np.percentile(across, 99.9), np.percentile(down, 99.9)))
