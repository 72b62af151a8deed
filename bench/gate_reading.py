"""Reading at the gate on synthetic pictures: Kouan beside bare rapidocr and Tesseract.

All pictures are drawn (`kouan.gate.drawing`); nothing here says how real ones would be read. Seeds
of TUNING are free for any use; those of TEST are for this run only and were never used to choose
anything. `--small` reads pictures of the tuning set.

Accepted is what a port would take without a person: a text whose stated confidence reaches the
threshold of a port file. A text below it, or none, goes to the desk.
"""

import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy.stats import beta

from bench.gate_readers import Answer, Reader, canonical, readers
from bench.results import ROOT, Json, Results, table
from kouan.gate.drawing.levels import LEVELS
from kouan.gate.drawing.scene import SCENES, Truth, draw_scene
from kouan.port.procedures import Verification

AIM = (
    "no false accept of container and zone; accepted: plates 97 % clean, 90 % mild; "
    "containers 95, 85; zones 97, 90"
)
TUNING = range(1, 1_000_000)
TEST = range(20_000_001, 21_000_000)
"""Those from 10,000,001 on were one, until their wrong readings were looked at."""
PER_CELL, AT_ONCE = 100, 5
LEAST_PPM = Verification().confidence_ppm
AIMS = {
    "plate-blue": (97, 90), "plate-yellow": (97, 90), "plate-green": (97, 90),
    "container-horizontal": (95, 85), "container-vertical": (95, 85),
    "mrz-td3": (97, 90), "mrz-td1": (97, 90),
}  # fmt: skip
RIGHT, WRONG, RIGHT_BELOW, WRONG_BELOW, UNREAD = "RFrfU"
"""Accepted right or wrong; a text below the threshold, right or wrong; no text."""


def run(results: Results, small: bool) -> None:
    """Read so many pictures of every cell, the same ones by every reader, in rounds.

    Cells are shared among the processors; each figure is the processor time of one.
    """
    seeds = TUNING[:2] if small else TEST[:PER_CELL]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for start in range(0, len(seeds), AT_ONCE):
            some = seeds[start : start + AT_ONCE]
            jobs = {
                key: pool.submit(read_some, cell, scene, difficulty, some)
                for key, cell, scene, difficulty in waiting(results, start)
            }
            for key, job in jobs.items():
                cell = job.result()
                results.add(key, cell)
                # At once, so that a run that is stopped has its figures too.
                results.figures = figures(results.runs)
                results.keep()
                print(f"{key}: {line(cell)}", flush=True)
    results.figures = figures(results.runs)
    results.keep()


def waiting(results: Results, start: int) -> Iterator[tuple[str, Json, str, str]]:
    """The cells that have not been read beyond ``start`` pictures, with what is kept of them."""
    for scene, difficulty in cells():
        key, reading = f"{scene}, {difficulty}", known(SCENES[scene].kind)
        cell = kept(results.runs.get(key), reading)
        if cell["pictures"] <= start and reading:
            yield key, cell, scene, difficulty


@cache
def known(kind: str) -> dict[str, Reader]:
    """The readers of a kind, made once in a process."""
    return readers(kind)


def read_some(cell: Json, scene: str, difficulty: str, seeds: Sequence[int]) -> Json:
    """Add the pictures of some seeds to a cell; return it."""
    for seed in seeds:
        add_picture(cell, known(SCENES[scene].kind), scene, difficulty, seed)
    return cell


def cells() -> Iterator[tuple[str, str]]:
    """Every kind at every difficulty; those with an aim first, so that a short run has them."""
    scenes = [*AIMS, *(scene for scene in SCENES if scene not in AIMS)]
    return ((scene, difficulty) for scene in scenes for difficulty in LEVELS)


def kept(cell: Json | None, reading: dict[str, Reader]) -> Json:
    """A cell to go on with; a new one when other readers, or another state of them, began it."""
    code = code_of_reader()
    if cell is not None and cell["code"] == code and list(cell["readers"]) == list(reading):
        # A copy: a round that is stopped half way must leave what is kept as it was.
        return deepcopy(cell)
    empty = {"verdicts": "", "ms": "", "confidence_percent": "", "reasons": {}, "wrong": {}}
    return {
        "pictures": 0,
        "code": code,
        "readers": {name: {**empty, "reasons": {}, "wrong": {}} for name in reading},
    }


@cache
def code_of_reader() -> str:
    """What the commit has of the rooms that draw and read, as this process began to use them."""
    rooms = ("HEAD:src/kouan/gate", "HEAD:src/kouan/identifiers")
    said = subprocess.run(
        ["git", "rev-parse", "--short=10", *rooms], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return " ".join(said.stdout.split())


def add_picture(
    cell: Json, reading: dict[str, Reader], scene: str, difficulty: str, seed: int
) -> None:
    """Draw one, let every reader read it, and write down what came of it."""
    frame, truth = draw_scene(scene, seed, difficulty)
    cell["pictures"] += 1
    for name, read in reading.items():
        answer = read(frame, truth)
        into = cell["readers"][name]
        verdict = judged(answer, truth)
        into["verdicts"] += verdict
        into["ms"] = f"{into['ms']} {answer.cpu_ms:.0f}".strip()
        percent = answer.confidence_ppm / 10_000 if answer.text else 0
        into["confidence_percent"] = f"{into['confidence_percent']} {percent:.1f}".strip()
        if verdict == UNREAD:
            reason = shortened(answer.reason)
            into["reasons"][reason] = into["reasons"].get(reason, 0) + 1
        elif verdict in (WRONG, WRONG_BELOW):
            into["wrong"][str(seed)] = f"read {answer.text}, is {truth.text}"


def judged(answer: Answer, truth: Truth) -> str:
    """The letter for an answer."""
    if not answer.text:
        return UNREAD
    right = canonical(truth.kind, answer.text) == canonical(truth.kind, truth.text)
    if answer.confidence_ppm < LEAST_PPM:
        if truth.scene == "plate-mongolian":
            # Its letters are beyond the reader, which says so: only digits are asked of it.
            right = answer.text == truth.text[:4]
        return RIGHT_BELOW if right else WRONG_BELOW
    return RIGHT if right else WRONG


def shortened(reason: str) -> str:
    """A reason without its figures and quoted parts, so that like ones are counted together."""
    words = ("…" if any(each.isdigit() for each in word) else word for word in reason.split())
    return " ".join(words)[:90] or "no reason given"


def upper_bound(wrong: int, count: int, confidence: float = 0.95) -> float:
    """The rate that ``wrong`` of ``count`` leaves possible: one-sided, exact (Clopper-Pearson)."""
    if not 0 <= wrong <= count or count == 0:
        raise ValueError(f"{wrong} of {count}: expected 0 to {count} of at least 1")
    return 1.0 if wrong == count else float(beta.ppf(confidence, wrong + 1, count - wrong))


def figures(runs: dict[str, Json]) -> Json:
    """Every cell by reader; by kind, over all difficulties, what was wrong.

    Wrong texts are false accepts and those that would have been, were every text accepted.
    """
    found: Json = {"cells": {}, "kinds": {}, "packages": packages()}
    totals: dict[tuple[str, str], str] = {}
    for key, cell in runs.items():
        if not cell["pictures"]:
            continue
        kind = SCENES[key.partition(", ")[0]].kind
        found["cells"][key] = {}
        for name, one in cell["readers"].items():
            found["cells"][key][name] = summed(one)
            totals[kind, name] = totals.get((kind, name), "") + one["verdicts"]
    for (kind, name), verdicts in totals.items():
        wrong, below = verdicts.count(WRONG), verdicts.count(WRONG_BELOW)
        found["kinds"].setdefault(kind, {})[name] = {
            "pictures": len(verdicts),
            "false_accepts": wrong,
            "at_most_percent": round(100 * upper_bound(wrong, len(verdicts)), 3),
            "wrong_texts": wrong + below,
            "wrong_texts_at_most_percent": round(
                100 * upper_bound(wrong + below, len(verdicts)), 3
            ),
        }
    return found


def summed(one: Json) -> Json:
    """The figures of one reader in one cell."""
    counts: Counter[str] = Counter(one["verdicts"])
    pictures = len(one["verdicts"])
    spent_ms = [float(each) for each in one["ms"].split()]
    return {
        "pictures": pictures,
        "accepted_right": counts[RIGHT],
        "false_accepts": counts[WRONG],
        "at_most_percent": round(100 * upper_bound(counts[WRONG], pictures), 2),
        "to_desk": pictures - counts[RIGHT] - counts[WRONG],
        "to_desk_with_right_text": counts[RIGHT_BELOW],
        "to_desk_with_wrong_text": counts[WRONG_BELOW],
        "unread": counts[UNREAD],
        "reasons": dict(Counter(one["reasons"]).most_common(3)),
        "median_ms": round(float(np.median(spent_ms))),
        "p95_ms": round(float(np.percentile(spent_ms, 95))),
    }


def packages() -> Json:
    """Versions of what reads and draws, as far as they are installed."""
    names = ("rapidocr", "onnxruntime", "opencv-python-headless", "pillow", "zxing-cpp")
    found: Json = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def line(cell: Json) -> str:
    """One cell in a line, while it runs."""
    return "; ".join(f"{name} {one['verdicts']}" for name, one in cell["readers"].items())


def show(results: Results) -> str:
    """The figures as text: cells, then false accepts by kind."""
    found = results.figures
    rows = [row(key, by_reader) for key, by_reader in found["cells"].items()]
    head = (
        "synthetic", "n", "accepted", "aim", "text right", "false", "at most %", "ms", "p95",
        "rapidocr", "false", "ms", "tesseract", "false", "ms",
    )  # fmt: skip
    lines = [table(head, rows), "", f"false accepts, one-sided 95 % bound; {absent(found)}"]
    totals = [
        [kind, name, one["pictures"], one["false_accepts"], f"{one['at_most_percent']:.2f} %",
         one["wrong_texts"], f"{one['wrong_texts_at_most_percent']:.2f} %"]
        for kind, by_reader in found["kinds"].items()
        for name, one in by_reader.items()
    ]  # fmt: skip
    heading = (
        "kind", "reader", "pictures", "false accepts", "at most",
        "wrong at any confidence", "at most",
    )  # fmt: skip
    lines.append(table(heading, totals))
    lines += ["", "why Kouan read nothing:"]
    for key, by_reader in found["cells"].items():
        reasons = by_reader.get("kouan", {}).get("reasons", {})
        lines += [f"  {key}: {count} x {reason}" for reason, count in reasons.items()]
    return "\n".join(lines)


def absent(found: Json) -> str:
    """Which readers did not take part."""
    present = {name for cell in found["cells"].values() for name in cell}
    missing = [name for name in ("kouan", "rapidocr", "tesseract") if name not in present]
    return f"not installed: {', '.join(missing)}" if missing else "all readers took part"


def row(key: str, by_reader: dict[str, Json]) -> Sequence[object]:
    """One line of the table; what a reader was not asked stays empty."""
    scene, _, difficulty = key.partition(", ")
    aims = dict(zip(LEVELS, AIMS.get(scene, ()), strict=False))
    own = by_reader.get("kouan")
    cells: list[Any] = [key, next(iter(by_reader.values()))["pictures"]]
    if own is None:
        cells += ["", f"{aims[difficulty]} %" if difficulty in aims else "", *[""] * 5]
    else:
        cells += [
            percent(own["accepted_right"], own["pictures"]),
            f"{aims[difficulty]} %" if difficulty in aims else "",
            percent(own["accepted_right"] + own["to_desk_with_right_text"], own["pictures"]),
            own["false_accepts"], own["at_most_percent"], own["median_ms"], own["p95_ms"],
        ]  # fmt: skip
    for name in ("rapidocr", "tesseract"):
        peer = by_reader.get(name)
        cells += (
            [percent(peer["accepted_right"], peer["pictures"]), peer["false_accepts"],
             peer["median_ms"]]
            if peer is not None
            else [""] * 3
        )  # fmt: skip
    return cells


def percent(part: int, whole: int) -> str:
    """A part of a whole in whole percent."""
    return f"{100 * part / whole:.0f} %"
