"""Reads lines of text with a model of rapidocr, within an alphabet.

The model knows 18,000 characters; a plate knows 70. Asked for a plate, it may answer only what a
plate can hold: dots, frames and bolts are no characters, and of a province half hidden by mud the
nearest that exists is taken. How sure the model was is kept as it was: a figure for a character
that the model took for another one is low.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kouan.gate.images import Image
from kouan.identifiers.plate import PROVINCES, SUFFIXES
from kouan.identifiers.reading import DIGITS, FILLER, LETTERS

HEIGHT = 48
"""Height of a line that the model takes, in pixels."""
LEAST_WIDTH, MOST_WIDTH = 320, 2_400
MOST_TOGETHER = 6
CROWDED, PASSED_OVER = 0.5, 1.5
"""Steps of characters of one pitch, in usual ones: up to the first two stand in one place, from the
second on one is left out."""
BLANK = 0
"""The model's sign for "nothing new here" comes first."""

PLATE = PROVINCES + "".join(SUFFIXES) + LETTERS + DIGITS
CONTAINER = LETTERS + DIGITS
ZONE = LETTERS + DIGITS + FILLER
ALPHABETS = (PLATE, CONTAINER, ZONE)
ALIASES = {FILLER: "《〈«‹＜≪"}
"""Signs that the model writes for one of an alphabet; capitals also take their small letters."""

Figures = NDArray[np.float32]
Choices: TypeAlias = tuple[tuple[str, float], ...]
MOST_CHOICES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it was read; for each character how sure it is, and its place.

    ``scores`` are parts of one; ``places`` are shares of the line's length, 0 to 1; ``choices``
    are what else it could be, the likeliest first and itself among them, with figures.
    """

    text: str
    scores: tuple[float, ...]
    places: tuple[float, ...]
    choices: tuple[Choices, ...]

    def __getitem__(self, part: slice) -> "Line":
        """Some of its characters."""
        return Line(self.text[part], self.scores[part], self.places[part], self.choices[part])

    def __add__(self, other: "Line") -> "Line":
        """One line after another; places stay those of each."""
        return Line(
            self.text + other.text,
            self.scores + other.scores,
            self.places + other.places,
            self.choices + other.choices,
        )

    @property
    def is_even(self) -> bool:
        """Whether, in a line of one pitch, each place has one character."""
        steps = np.diff(np.asarray(self.places))
        if not len(steps):
            return False
        usual = float(np.median(steps))
        return CROWDED * usual < float(steps.min()) and float(steps.max()) < PASSED_OVER * usual

    def kept(self, characters: str) -> "Line":
        """Only these characters of it."""
        at = [index for index, each in enumerate(self.text) if each in characters]
        return sum((self[index : index + 1] for index in at), NOTHING)


NOTHING = Line("", (), (), ())


class Recogniser:
    """A model in memory, and its characters sorted into alphabets."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        known = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        characters = ["", *known, " "]
        self._columns = {each: _columns(each, characters) for each in ALPHABETS}

    def read(self, crops: Sequence[Image], alphabet: str) -> list[Line]:
        """Read lines, each written from left to right, in the order given."""
        scaled = [_scaled(crop) for crop in crops]
        order = sorted(range(len(scaled)), key=lambda at: scaled[at].shape[1])
        lines = [NOTHING] * len(scaled)
        for start in range(0, len(order), MOST_TOGETHER):
            some = order[start : start + MOST_TOGETHER]
            width = max(LEAST_WIDTH, *(scaled[at].shape[1] for at in some))
            batch = np.zeros((len(some), 3, HEIGHT, width), np.float32)
            for row, at in enumerate(some):
                batch[row, :, :, : scaled[at].shape[1]] = _normal(scaled[at])
            answer = np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)
            for row, at in enumerate(some):
                share = scaled[at].shape[1] / width
                figures = _within(answer[row], self._columns[alphabet])
                lines[at] = decode(figures, alphabet, share)
        return lines


def decode(figures: Figures, alphabet: str, share: float = 1.0) -> Line:
    """Take the likeliest at each step; equal neighbours are one character.

    ``figures`` has a row for each step: first the figure for nothing, then the alphabet's.
    ``share`` is the part of the steps that the line covers; padding is behind it.
    """
    best = figures.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(best))
    length = max(1.0, len(best) * share)
    text, places, choices = "", [], []
    for start, end in zip(starts, ends, strict=True):
        index = int(best[start])
        if index == BLANK:
            continue
        text += alphabet[index - 1]
        places.append(min(1.0, float(start + end) / 2 / length))
        step = figures[start + int(figures[start:end, index].argmax())]
        likeliest = (np.argsort(-step[1:])[:MOST_CHOICES]).tolist()
        choices.append(tuple((alphabet[each], float(step[each + 1])) for each in likeliest))
    scores = tuple(each[0][1] for each in choices)
    return Line(text, scores, tuple(places), tuple(choices))


def _columns(alphabet: str, characters: Sequence[str]) -> list[list[int]]:
    """For nothing, then for each character of an alphabet, the model's columns that mean it.

    Signs that are neither letter nor digit, and in no alphabet, mean nothing: dots and frames.
    """
    means: dict[str, int] = {each: at + 1 for at, each in enumerate(alphabet)}
    for character, at in list(means.items()):
        for alias in character.lower() + ALIASES.get(character, ""):
            means[alias] = at
    columns: list[list[int]] = [[BLANK], *([] for _ in alphabet)]
    for column, character in enumerate(characters):
        if column == BLANK:
            continue
        if character in means:
            columns[means[character]].append(column)
        elif not character.isalnum():
            columns[BLANK].append(column)
    return columns


def _within(figures: Figures, columns: Sequence[Sequence[int]]) -> Figures:
    return np.stack([figures[:, list(each)].sum(axis=1) for each in columns], axis=1)


def _scaled(crop: Image) -> Image:
    height, width = crop.shape[:2]
    long = min(MOST_WIDTH, max(8, round(width * HEIGHT / height)))
    way = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (long, HEIGHT), interpolation=way), np.uint8)


def _normal(crop: Image) -> Figures:
    return np.asarray((crop.transpose(2, 0, 1) / 255 - 0.5) / 0.5, np.float32)
