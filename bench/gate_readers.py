"""Who reads the pictures of `gate_reading`: Kouan, bare rapidocr, and Tesseract for zones.

Each answers with one text or none, and the processor time it took on one core.
"""

import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from time import process_time
from typing import NamedTuple

import cv2
import numpy as np

from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.scene import Truth, draw_scene
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.plate import PROVINCES, SUFFIXES, parse_plate


class Answer(NamedTuple):
    """What a reader says: a text, or why it has none; ``confidence_ppm`` where it states one."""

    text: str
    reason: str
    cpu_ms: float
    confidence_ppm: int = 1_000_000


Reader = Callable[[Picture, Truth], Answer]

ENDS = "".join(SUFFIXES)
CHINESE = rf"[{PROVINCES}][A-Z][A-Z0-9]{{4,5}}[A-Z0-9{ENDS}]|\d{{6}}使"
RUSSIAN = r"[A-ZА-Я]\d{3}[A-ZА-Я]{2}\d{2,3}"
MONGOLIAN = r"\d{4}[A-ZА-ЯӨҮ]{3}"
PATTERNS = {
    "plate": f"{CHINESE}|{RUSSIAN}|{MONGOLIAN}",
    "container": r"[A-Z]{3}[UJZ]\d{7}",
    "mrz": r"P[A-Z0-9<]{87}|[ACI][A-Z0-9<]{89}",
    "code": r"[ -~]+",
}
SEPARATORS = str.maketrans("", "", " \t\r\n·.•-[]|")


def readers(kind: str) -> dict[str, Reader]:
    """Who can read a kind and is installed, by name."""
    found: dict[str, Reader] = {}
    if find_spec("kouan.gate.reading") is not None:
        found["kouan"] = kouan_reader()
    if kind != "code" and find_spec("rapidocr") is not None:
        found["rapidocr"] = bare_rapidocr()
    if kind == "mrz" and shutil.which("tesseract"):
        found["tesseract"] = tesseract
    return found


def canonical(kind: str, text: str) -> str:
    """A text as it is compared: a plate's letters by their shape, a zone without line ends."""
    if kind == "plate":
        try:
            return parse_plate(text).text
        except IdentifierError:
            return text
    return text.replace("\n", "") if kind == "mrz" else text


def kouan_reader() -> Reader:
    """Kouan's own way in, asked for the kind that the camera is there for."""
    from kouan.gate.evidence import DIGITS_ONLY
    from kouan.gate.reading import read_image
    from kouan.gate.words import Kind

    # The first picture loads the models: it is not one of those that count.
    read_image(draw_scene("plate-blue", 1)[0])

    def read(frame: Picture, truth: Truth) -> Answer:
        begun = process_time()
        readings = read_image(frame, (Kind(truth.kind),))
        cpu_ms = (process_time() - begun) * 1e3
        texts = [one for one in readings if one.text]
        if not texts:
            return Answer("", readings[0].reason if readings else "no reading", cpu_ms)
        best = max(texts, key=lambda one: one.confidence_ppm)
        # Evidence of digits alone has no confidence: a person sees the letters.
        known = best.variety != DIGITS_ONLY
        return Answer(best.text, best.reason, cpu_ms, best.confidence_ppm if known else 0)

    return read


@cache
def bare_rapidocr() -> Reader:
    """rapidocr as it comes, on one thread: the best text that has the kind's form."""
    from rapidocr import RapidOCR

    threads = "EngineConfig.onnxruntime"
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            f"{threads}.intra_op_num_threads": 1,
            f"{threads}.inter_op_num_threads": 1,
        }
    )

    def ask(frame: Picture) -> tuple[Sequence[str], Sequence[float]]:
        # What a call says sticks to the next one, so each says all three.
        said = engine(frame, use_det=True, use_cls=True, use_rec=True)
        return getattr(said, "txts", None) or (), getattr(said, "scores", None) or ()

    ask(np.full((96, 320, 3), 200, np.uint8))

    def read(frame: Picture, truth: Truth) -> Answer:
        begun = process_time()
        texts, scores = ask(frame)
        cpu_ms = (process_time() - begun) * 1e3
        best = best_of(texts, scores, truth.kind)
        return Answer(best, "" if best else "no text of that form", cpu_ms)

    return read


def best_of(texts: Sequence[str], scores: Sequence[float], kind: str) -> str:
    """The text with the best score that has the form, alone or with the line after it."""
    lines = [
        (text.upper().translate(SEPARATORS), float(score))
        for text, score in zip(texts, scores, strict=True)
    ]
    if kind == "mrz":
        return zone_of([text for text, _ in lines if text])
    # A number may be found in two pieces, or in two rows.
    joined = [(a + b, min(one, other)) for (a, one), (b, other) in pairwise(lines)]
    fitting = [
        (found.group(), score)
        for text, score in lines + joined
        if (found := re.search(PATTERNS[kind], text)) is not None
    ]
    return max(fitting, key=lambda one: one[1])[0] if fitting else ""


def zone_of(lines: Sequence[str]) -> str:
    """The first lines that make a zone, or none.

    Readers lose count of a long row of fillers: where a line may end in them, it gets its length.
    """
    for start in range(len(lines)):
        for width, open_ended in ((44, (True, False)), (30, (True, False, True))):
            some = lines[start : start + len(open_ended)]
            if len(some) < len(open_ended):
                continue
            full = [
                line.rstrip("<").ljust(width, "<") if ends else line
                for line, ends in zip(some, open_ended, strict=True)
            ]
            if re.fullmatch(PATTERNS["mrz"], "".join(full)) and len(full[0]) == width:
                return "".join(full)
    return ""


def tesseract(frame: Picture, truth: Truth) -> Answer:
    """Tesseract with its own English model, shown only the zone: more than the others are told."""
    left, top, right, bottom = truth.box
    crop = frame[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12]
    png = cv2.imencode(".png", crop)[1].tobytes()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [
            "tesseract", "stdin", "stdout", "--psm", "6", "-l", "eng",
            "-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<",
            "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0",
        ],
        input=png, capture_output=True, check=True, env={"OMP_THREAD_LIMIT": "1"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_ms = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    best = best_of(lines, [1.0] * len(lines), "mrz")
    return Answer(best, "" if best else "no text of that form", cpu_ms)
