"""Machine-readable zones of travel documents: two lines of 44 characters or three of 30.

Characters stand at one pitch, so each is put at its place by where it was seen: a filler that the
engine did not count twice leaves a hole that can be told. Then look-alikes are repaired by the
kind of each place, and all check digits have to agree. What agrees with none is no reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kouan.gate.look import Look
from kouan.gate.recogniser import ZONE, Choices, Line
from kouan.gate.regions import Region, join, rows
from kouan.gate.spelling import Spelt, places, repaired_places, spell, why_uncertain
from kouan.gate.voting import Verdict, vote
from kouan.gate.words import Box, Kind, Reading
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.mrz import LAYOUTS, parse_mrz
from kouan.identifiers.reading import FILLER

GAP = 12.0
"""Widest gap within a line, in heights: a row of fillers is sometimes found as nothing."""
LEAST_ASPECT = 9.0
MOST_ROWS = 8
LEAST_CHARACTERS = 22
MARGINS = ((0.3, 0.1), (0.5, 0.25))
"""Margins of the looks at a line, along and across it, in heights."""
MOST_ASIDE = 0.42
"""Farthest that a character may stand from its place, in pitches."""
MOST_MISSED, MOST_EXTRA = 12, 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be a line of a zone, and what each look saw there."""

    region: Region
    looks: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """One line of a zone after the vote: its text, and what is to be said about it."""

    verdict: Verdict
    repaired: tuple[int, ...]
    reason: str


def read_zones(look: Look) -> list[Reading]:
    """The zone of the document in a picture, or one reading that says why there is none."""
    found = list(_lines(look))
    nearest = ""
    for form, layout in LAYOUTS.items():
        for first in range(len(found) - len(layout) + 1):
            reading = _read_block(form, layout, found[first : first + len(layout)])
            if reading.text:
                return [reading]
            nearest = nearest or reading.reason
    return [Reading(Kind.MRZ, reason=nearest or _why(look, len(found)))]


def _why(look: Look, lines: int) -> str:
    if not look.regions:
        return "no text found"
    return f"no machine-readable zone: {lines} long lines of text, expected 2 or 3"


def _lines(look: Look) -> Iterator[Row]:
    """Long rows that hold little but letters, digits and fillers, upper ones first."""
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(look.regions, GAP)]
    long = [each for each in joined if each.aspect >= LEAST_ASPECT]
    long.sort(key=lambda each: -each.width)
    for region in sorted(long[:MOST_ROWS], key=lambda each: float(each.centre[1])):
        looks = look.read([region.grown(*each) for each in MARGINS], ZONE)
        if any(len(line.text) >= LEAST_CHARACTERS for line in looks):
            yield Row(region, tuple(looks))


def _read_block(form: str, layout: Sequence[str], block: Sequence[Row]) -> Reading:
    settled = []
    for number, (row, signs) in enumerate(zip(block, layout, strict=True), 1):
        line = _settle(row, signs)
        if isinstance(line, str):
            return Reading(Kind.MRZ, reason=f"{form} line {number}: {line}", box=_around(block))
        settled.append(line)
    text = "\n".join(line.verdict.text for line in settled)
    try:
        parse_mrz(text)
    except IdentifierError as error:
        return Reading(Kind.MRZ, reason=str(error), box=_around(block))
    return _reading(form, text, settled, _around(block))


def _settle(row: Row, signs: str) -> Settled | str:
    """Put each look on the grid, repair it by position and vote; or say why that can't be."""
    spelt: list[Spelt] = []
    gridded = [each for each in (on_grid(line, len(signs)) for line in row.looks) if each]
    if not gridded:
        most = max(len(line.text) for line in row.looks)
        return f"{most} characters seen, expected {len(signs)} at one pitch"
    for line, supplied in gridded:
        fitted = spell(line, places(signs))
        if fitted is not None:
            repaired = tuple(sorted({*fitted.repaired, *supplied}))
            spelt.append(Spelt(fitted.text, fitted.choices, repaired))
    if not spelt:
        return _misfit(gridded[0][0].text, signs)
    verdict = vote([each.ballot for each in spelt])
    scores = tuple(score * len(spelt) / len(row.looks) for score in verdict.scores)
    counted = Verdict(verdict.text, scores, verdict.disputed)
    return Settled(counted, repaired_places(verdict, spelt), why_uncertain(verdict, spelt))


def on_grid(line: Line, length: int) -> tuple[Line, tuple[int, ...]] | None:
    """Put a line's characters at ``length`` places of one pitch; None if they stand on none.

    The places returned are those of fillers that only their hole showed.
    """
    count = len(line.text)
    if count == length:
        # As many as there should be: each is where it was read, whatever a place's jitter.
        return line, ()
    if not length - MOST_MISSED <= count <= length + MOST_EXTRA:
        return None
    at = np.asarray(line.places)
    pitch = (at[-1] - at[0]) / (length - 1)
    exact = (at - at[0]) / max(float(pitch), 1e-9)
    index = np.rint(exact).astype(int)
    if float(np.abs(exact - index).max()) > MOST_ASIDE:
        return None
    return _filled(line, index.tolist(), length)


def _filled(line: Line, index: Sequence[int], length: int) -> tuple[Line, tuple[int, ...]] | None:
    """Take the surest of several at one place; fill a hole behind a filler, and no other."""
    taken: dict[int, int] = {}
    for seen, where in enumerate(index):
        if where not in taken or line.scores[seen] > line.scores[taken[where]]:
            taken[where] = seen
    text, choices, supplied = "", [], []
    for where in range(length):
        if where in taken:
            seen = taken[where]
            text += line.text[seen]
            choices.append(line.choices[seen])
        elif text.endswith(FILLER):
            text += FILLER
            choices.append(_guessed(choices[-1]))
            supplied.append(where)
        else:
            return None
    scores = tuple(each[0][1] for each in choices)
    at = tuple((where + 0.5) / length for where in range(length))
    return Line(text, scores, at, tuple(choices)), tuple(supplied)


def _guessed(neighbour: Choices) -> Choices:
    """A filler that was not counted is worth half of the one before it."""
    return ((FILLER, neighbour[0][1] / 2),)


def _misfit(text: str, signs: str) -> str:
    """Name the first place that holds what it can't; never the text, which is personal."""
    for at, (character, allowed) in enumerate(zip(text, places(signs), strict=True)):
        if character not in allowed:
            return f"character {at + 1} is not of the kind of its place"
    return "does not fit"


def _reading(form: str, text: str, settled: Sequence[Settled], box: Box) -> Reading:
    repaired: list[int] = []
    reasons = []
    start = 0
    for number, line in enumerate(settled, 1):
        repaired += [start + at for at in line.repaired]
        # One line feed parts the lines of a reading's text.
        start += len(line.verdict.text) + 1
        if line.reason:
            reasons.append(f"line {number}: {line.reason}")
    scores = [score for line in settled for score in line.verdict.scores]
    return Reading(
        Kind.MRZ,
        text,
        reason="; ".join(reasons),
        box=box,
        variety=form.lower(),
        score_ppm=round(min(scores) * 1_000_000),
        repaired=tuple(repaired),
        characters_ppm=tuple(round(each * 1_000_000) for each in scores),
    )


def _around(block: Sequence[Row]) -> Box:
    boxes = [row.region.box for row in block]
    return Box(
        min(each.left for each in boxes),
        min(each.top for each in boxes),
        max(each.right for each in boxes),
        max(each.bottom for each in boxes),
    )
