"""Machine-readable zones of travel documents: two lines of 44 characters or three of 30.

This module finds the lines and puts them on their grid; `proof` decides what may be believed.
Characters stand at one pitch, so each is put at its place by where it was seen: a filler that the
engine did not count twice leaves a hole that can be told. Then look-alikes are repaired by the
kind of each place, and all check digits have to agree. What agrees with none is no reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kouan.gate.look import Look
from kouan.gate.proof import prove
from kouan.gate.recogniser import ZONE, Choices, Line
from kouan.gate.regions import Region, join, rows
from kouan.gate.spelling import Spelt, places, spell
from kouan.gate.words import Box, Kind, Reading
from kouan.identifiers.mrz import LAYOUTS
from kouan.identifiers.reading import FILLER

GAP = 12.0
"""Widest gap within a line, in heights: a row of fillers is sometimes found as nothing."""
LEAST_ASPECT = 9.0
MOST_ROWS = 8
LEAST_CHARACTERS = 22
LOOKS = ((0.3, 0.08, 1.0), (0.35, 0.02, 1.2), (0.3, 0.14, 1.35), (0.4, -0.05, 1.0))
"""Looks at a line: margins along and across it, in heights, and how far it is drawn out."""
FIRST_LOOKS = 2
"""So many looks are enough where they agree with every check digit."""
MOST_ASIDE = 0.42
"""Farthest that a character may stand from its place, in pitches."""
CLOSER_PX, CLOSER_ACROSS = 640, 3.0
MOST_MISSED, MOST_EXTRA = 12, 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be a line of a zone, and what each look saw there."""

    region: Region
    looks: tuple[Line, ...]


def read_zones(look: Look) -> list[Reading]:
    """The zone of the document in a picture, or one reading that says why there is none."""
    nearest, lines = "", 0
    for regions, looks in _searches(look):
        found = [Row(each, _read(look, each, looks)) for each in regions]
        found = [row for row in found if len(row.looks[0].text) >= LEAST_CHARACTERS]
        lines = max(lines, len(found))
        for form, block in _blocks(found):
            reading = _read_block(form, block)
            if reading.text:
                return [reading]
            nearest = reading.reason
    return [Reading(Kind.MRZ, reason=nearest or _why(look, lines))]


def _searches(look: Look) -> Iterator[tuple[list[Region], tuple[tuple[float, float, float], ...]]]:
    """A few looks, then more, then more again around the longest line, drawn larger."""
    regions = _regions(look.regions)
    yield regions, LOOKS[:FIRST_LOOKS]
    yield regions, LOOKS
    if regions:
        longest = max(regions, key=lambda each: each.width)
        closer = look.closer(longest.grown(1.0, CLOSER_ACROSS), CLOSER_PX, 0.0)
        yield _regions(closer), LOOKS


def _blocks(found: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """Rows that can be a zone together, by their number and length, with the zone's form."""
    for form, layout in LAYOUTS.items():
        for first in range(len(found) - len(layout) + 1):
            block = found[first : first + len(layout)]
            counts = [len(row.looks[0].text) - len(layout[0]) for row in block]
            if all(-MOST_MISSED <= each <= MOST_EXTRA for each in counts):
                yield form, block


def _why(look: Look, lines: int) -> str:
    if not look.regions:
        return "no text found"
    return f"no machine-readable zone: {lines} long lines of text, expected 2 or 3"


def _regions(found: Sequence[Region]) -> list[Region]:
    """The longest rows, upper ones first."""
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(found, GAP)]
    long = [each for each in joined if each.aspect >= LEAST_ASPECT]
    long.sort(key=lambda each: -each.width)
    return sorted(long[:MOST_ROWS], key=lambda each: float(each.centre[1]))


def _read(
    look: Look, region: Region, looks: Sequence[tuple[float, float, float]]
) -> tuple[Line, ...]:
    return tuple(look.read([region.grown(x, y).drawn_out(by) for x, y, by in looks], ZONE))


def _read_block(form: str, block: Sequence[Row]) -> Reading:
    box = _around(block)
    lines: list[list[Spelt]] = []
    for number, (row, signs) in enumerate(zip(block, LAYOUTS[form], strict=True), 1):
        spelt = _spelt(row, signs)
        if isinstance(spelt, str):
            return Reading(Kind.MRZ, reason=f"{form} line {number}: {spelt}", box=box)
        lines.append(spelt)
    return prove(form, lines, len(block[0].looks), box)


def _spelt(row: Row, signs: str) -> list[Spelt] | str:
    """Put each look on the grid and repair it by position; or say why that can't be."""
    gridded = [each for each in (on_grid(line, len(signs)) for line in row.looks) if each]
    if not gridded:
        most = max(len(line.text) for line in row.looks)
        return f"{most} characters seen, expected {len(signs)} at one pitch"
    spelt: list[Spelt] = []
    for line, supplied in gridded:
        fitted = spell(line, places(signs))
        if fitted is not None:
            repaired = tuple(sorted({*fitted.repaired, *supplied}))
            spelt.append(replace(fitted, repaired=repaired))
    return spelt or _misfit(gridded[0][0].text, signs)


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
    # From end to end; or, where fillers at the end were not counted, by the common step.
    pitches = [float(at[-1] - at[0]) / (length - 1)]
    if line.text.endswith(FILLER):
        pitches.append(float(np.median(np.diff(at))))
    for pitch in pitches:
        exact = (at - at[0]) / max(pitch, 1e-9)
        index = np.rint(exact).astype(int)
        slope, start = np.polyfit(index, exact, 1) if index[-1] > index[0] else (1.0, 0.0)
        exact = (exact - start) / slope
        index = np.rint(exact).astype(int)
        fits = float(np.abs(exact - index).max()) <= MOST_ASIDE
        if fits and index[0] == 0 and index[-1] < length:
            filled = _filled(line, index.tolist(), length)
            if filled is not None:
                return filled
    return None


def _filled(line: Line, index: Sequence[int], length: int) -> tuple[Line, tuple[int, ...]] | None:
    """Take one of several fillers at one place, fill a hole among fillers, and do nothing else.

    Two characters at one place are two that no grid fits. Between a filler and a letter nobody
    knows whether a letter was passed over.
    """
    taken: dict[int, int] = {}
    for seen, where in enumerate(index):
        if where in taken and {line.text[seen], line.text[taken[where]]} != {FILLER}:
            return None
        taken[where] = seen
    text, choices, supplied = "", [], []
    for where in range(length):
        if where in taken:
            seen = taken[where]
            if where - 1 in supplied and line.text[seen] != FILLER:
                return None
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


def _around(block: Sequence[Row]) -> Box:
    boxes = [row.region.box for row in block]
    return Box(
        min(each.left for each in boxes),
        min(each.top for each in boxes),
        max(each.right for each in boxes),
        max(each.bottom for each in boxes),
    )
