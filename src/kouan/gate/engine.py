"""The engine that finds and reads text: models of rapidocr on onnxruntime, one thread, no output.

Loaded on first use and never at import: a port that reads no pictures needs none of it.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from kouan.gate.errors import ReaderMissing
from kouan.gate.images import Image
from kouan.gate.recogniser import Line, Recogniser

Quad = NDArray[np.float32]
"""Four corners x, y, clockwise from the upper left."""

FINDER, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
"""Models that come inside the package; nothing is fetched from anywhere."""
FIND_SIDE = 640
"""Longer side of the picture that text is looked for in: larger finds no more here, and is slow."""


class Engine:
    """Finds text in a picture, and reads lines of it."""

    def __init__(self) -> None:
        folder = Path(rapidocr.__file__).parent / "models"
        missing = [name for name in (FINDER, READER) if not (folder / name).is_file()]
        if missing:
            names = ", ".join(missing)
            raise ReaderMissing(f"pictures can't be read: rapidocr has no {names}; expected 3.10")
        # One thread: pictures are read side by side in processes, not within one picture.
        cv2.setNumThreads(1)
        threads = "EngineConfig.onnxruntime"
        self._finder = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.max_side_len": 100_000,
                "Det.model_path": str(folder / FINDER),
                "Det.limit_type": "max",
                "Det.limit_side_len": FIND_SIDE,
                f"{threads}.intra_op_num_threads": 1,
                f"{threads}.inter_op_num_threads": 1,
            }
        )
        self._reader = Recogniser(folder / READER)

    def find(self, image: Image) -> list[Quad]:
        """Where lines of text stand, upper ones first."""
        # What a call says sticks to the next one, so each says all three.
        found = self._finder(image, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(found, "boxes", None)
        return [] if boxes is None else [np.asarray(box, np.float32) for box in boxes]

    def read(self, crops: Sequence[Image], alphabet: str) -> list[Line]:
        """Read lines, each written from left to right, in one of recogniser.ALPHABETS."""
        return self._reader.read(crops, alphabet)


@cache
def shared_engine() -> Engine:
    """The one engine of this process, made on first use."""
    return Engine()
