"""The ground colour of a plate: blue, yellow, green, black or white."""

import cv2
import numpy as np

from kouan.gate.images import Image

HUES = {"yellow": (12, 36), "green": (37, 88), "blue": (92, 132)}
"""Of 180, as OpenCV counts them. Assumption."""
LEAST_COLOUR = 0.22
"""Share of a plate's pixels that have to show a hue before it counts as one."""
SATURATED, LIT = 70, 40


def plate_colour(crop: Image) -> str:
    """Name the ground colour of a plate that fills the crop; by the share of pixels of each hue."""
    hue, saturation, value = cv2.split(cv2.cvtColor(crop, cv2.COLOR_BGR2HSV))
    vivid = (saturation >= SATURATED) & (value >= LIT)
    shares = {
        name: float(np.mean(vivid & (hue >= low) & (hue <= high)))
        for name, (low, high) in HUES.items()
    }
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= LEAST_COLOUR:
        # A large vehicle's green plate is yellow where the province stands.
        return "green" if shares["green"] >= LEAST_COLOUR else best
    # Letters cover less of a plate than its ground.
    threshold, _ = cv2.threshold(value, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return "white" if float(np.mean(value > threshold)) > 0.5 else "black"
