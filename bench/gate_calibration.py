"""Fit the confidence of readings on drawn pictures: `python -m bench.gate_calibration [SEEDS]`.

For each kind and difficulty of the tuning set pictures are read, and whether each reading was right
is fitted over the engine's figure by isotonic regression, so that more never means less. A step of
n readings of which k were right is stated as (k + 1) / (n + 2): never more than the sample allows.
Pictures read are kept in `bench/results/gate_calibration.jsonl`, so that it can be gone on with
as long as the committed reader is the same.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from bench.gate_reading import code_of_reader
from kouan.gate.drawing.scene import SCENES, draw_scene
from kouan.gate.reading import Kind, read_image
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.plate import parse_plate

FIRST_SEED, SEEDS = 700_000, 40
"""Of the tuning set; no others of it are used for calibration."""
DIFFICULTIES = ("clean", "mild", "hard")
KEPT = Path(__file__).parent / "results" / "gate_calibration.jsonl"
TABLE = Path(__file__).parents[1] / "src" / "kouan" / "gate" / "calibration.json"
MADE_BY = "python -m bench.gate_calibration"

Row = tuple[int, bool]


def main(count: int = SEEDS) -> None:
    """Read what is not read yet, fit, and write the table."""
    done = {(row["scene"], row["difficulty"], row["seed"]) for row in _kept()}
    with KEPT.open("a", encoding="utf-8") as kept:
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            for scene in SCENES:
                for difficulty in DIFFICULTIES:
                    if (scene, difficulty, seed) not in done:
                        row = _row(scene, difficulty, seed)
                        kept.write(json.dumps(row, ensure_ascii=False) + "\n")
            kept.flush()
            print(f"seed {seed}", file=sys.stderr)
    TABLE.write_text(json.dumps(_table(), indent=1) + "\n", "utf-8")


def _kept() -> Iterator[dict[str, object]]:
    if not KEPT.exists():
        return
    code = code_of_reader()
    rows = (json.loads(line) for line in KEPT.read_text("utf-8").splitlines())
    yield from (row for row in rows if row["code"] == code)


def _row(scene: str, difficulty: str, seed: int) -> dict[str, object]:
    frame, truth = draw_scene(scene, seed, difficulty)
    readings = [each for each in read_image(frame, (Kind(truth.kind),)) if each.text]
    expected = _canonical(truth.kind, truth.text)
    if scene == "plate-mongolian":
        expected = "".join(each for each in expected if each in "0123456789")
    seen = [[each.score_ppm, each.text == expected] for each in readings]
    where = {"scene": scene, "difficulty": difficulty, "seed": seed, "kind": truth.kind}
    where["code"] = code_of_reader()
    return {**where, "readings": seen}


def _canonical(kind: str, text: str) -> str:
    if kind != "plate":
        return text
    try:
        return parse_plate(text).text
    except IdentifierError:
        return text


def _table() -> dict[str, object]:
    rows: dict[str, list[Row]] = defaultdict(list)
    pictures: dict[str, int] = defaultdict(int)
    for row in _kept():
        kind, readings = str(row["kind"]), row["readings"]
        pictures[kind] += 1
        assert isinstance(readings, list)
        rows[kind] += [(int(score), bool(right)) for score, right in readings]
    kinds = {
        kind: {
            "pictures": pictures[kind],
            "readings": len(seen),
            "wrong": sum(not right for _, right in seen),
            "steps": fit(seen),
        }
        for kind, seen in sorted(rows.items())
    }
    return {
        "made_by": MADE_BY,
        "pictures": "synthetic, of the tuning set, all difficulties",
        "method": "isotonic regression; (right + 1) / (readings + 2) by step",
        "kinds": kinds,
    }


def fit(seen: list[Row]) -> list[tuple[int, int]]:
    """Steps of (lowest score, confidence), both in ppm, rising."""
    ordered = sorted(each for each in seen if each[0])
    right = np.asarray([float(each) for _, each in ordered])
    if not len(right):
        return []
    blocks = isotonic_regression(right).blocks
    steps: list[Step] = []
    for start, end in zip(blocks[:-1].tolist(), blocks[1:].tolist(), strict=True):
        steps.append(Step(int(ordered[start][0]), int(right[start:end].sum()), end - start))
        while len(steps) > 1 and _belong_together(steps[-2], steps[-1]):
            upper, lower = steps.pop(), steps.pop()
            steps.append(Step(lower.low, lower.right + upper.right, lower.size + upper.size))
    # Below the lowest figure of the sample nothing is known, so nothing is claimed.
    return [(step.low, step.confidence_ppm) for step in steps]


class Step(NamedTuple):
    """Readings of a figure from ``low`` up to the next step's, and how many of them were right."""

    low: int
    right: int
    size: int

    @property
    def confidence_ppm(self) -> int:
        """What the step's sample allows to claim."""
        return round((self.right + 1) / (self.size + 2) * 1_000_000)


def _belong_together(lower: Step, upper: Step) -> bool:
    """Whether two steps are one: the upper may claim no more than the lower."""
    return upper.confidence_ppm <= lower.confidence_ppm


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
