"""What the engine's figures are worth: how often readings with such a figure were right.

Fitted on drawn pictures of the tuning set by `python -m bench.gate_calibration`, kept as data in
`calibration.json`, and stated in docs/gate-reading.md. Read, not made, here.
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from kouan.gate.words import Kind, Reading

FILE = "calibration.json"


class Step(NamedTuple):
    """From this figure on, readings are right so often."""

    from_score_ppm: int
    confidence_ppm: int


@cache
def steps() -> dict[str, tuple[Step, ...]]:
    """Every kind's steps, from the lowest figure up."""
    table = json.loads(files("kouan.gate").joinpath(FILE).read_text("utf-8"))
    return {
        kind: tuple(Step(*step) for step in made["steps"]) for kind, made in table["kinds"].items()
    }


def confidence_ppm(kind: Kind, score_ppm: int, table: Sequence[Step] | None = None) -> int:
    """How often a reading of such a figure was right; lower than any in the sample: 0."""
    known = steps()[kind] if table is None else table
    at = bisect_right([step.from_score_ppm for step in known], score_ppm)
    return known[at - 1].confidence_ppm if at else 0


def calibrated(reading: Reading) -> Reading:
    """A reading with its confidence; one that is unread has none."""
    if not reading.text:
        return reading
    return replace(reading, confidence_ppm=confidence_ppm(reading.kind, reading.score_ppm))
