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
LOOKS = ((0.3, 0.08, 1.0), (0.35, 0.02, 1.2), (0.3, 0.14, 1.35), (0.4, -0.05, 1.0))
"""Looks at a line: margins along and across it, in heights, and how far it is drawn out."""
FIRST_LOOKS = 2
"""So many looks are enough where they agree with every check digit."""
MOST_ASIDE = 0.42
"""Farthest that a character may stand from its place, in pitches."""
MOST_MISSED, MOST_EXTRA = 12, 4
SAME_WEIGHT = {"6": "G", "G": "6", "1": "L", "L": "1"}
"""Look-alikes that check digits can't tell apart: 6 counts as 6 and G as 16, 1 as 1 and L as 21."""
MOST_DOUBT = 0.1
"""Greatest mean figure of the other one of such a pair."""


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
    nearest = ""
    regions = _regions(look)
    for looks in (LOOKS[:FIRST_LOOKS], LOOKS):
        found = [Row(each, _read(look, each, looks)) for each in regions]
        found = [row for row in found if len(row.looks[0].text) >= LEAST_CHARACTERS]
        for form, block in _blocks(found):
            reading = _read_block(form, block)
            if reading.text:
                return [reading]
            nearest = reading.reason
    return [Reading(Kind.MRZ, reason=nearest or _why(look, len(found)))]


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


def _regions(look: Look) -> list[Region]:
    """The longest rows, upper ones first."""
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(look.regions, GAP)]
    long = [each for each in joined if each.aspect >= LEAST_ASPECT]
    long.sort(key=lambda each: -each.width)
    return sorted(long[:MOST_ROWS], key=lambda each: float(each.centre[1]))


def _read(
    look: Look, region: Region, looks: Sequence[tuple[float, float, float]]
) -> tuple[Line, ...]:
    return tuple(look.read([region.grown(x, y).drawn_out(by) for x, y, by in looks], ZONE))


def _read_block(form: str, block: Sequence[Row]) -> Reading:
    """What all looks say together; else what a single one says, if all check digits agree to it."""
    box = _around(block)
    lines: list[list[Spelt]] = []
    for number, (row, signs) in enumerate(zip(block, LAYOUTS[form], strict=True), 1):
        spelt = _spelt(row, signs)
        if isinstance(spelt, str):
            return Reading(Kind.MRZ, reason=f"{form} line {number}: {spelt}", box=box)
        lines.append(spelt)
    most = len(block[0].looks)
    together = [_settle(line, line, most) for line in lines]
    apart = [
        [_settle(line[at : at + 1] or line[:1], line, most) for line in lines] for at in range(most)
    ]
    first = ""
    for settled in (together, *apart):
        text = "\n".join(line.verdict.text for line in settled)
        try:
            parse_mrz(text)
        except IdentifierError as error:
            first = first or str(error)
            continue
        unsure = _unprovable(form, lines, text)
        if unsure:
            return Reading(Kind.MRZ, reason=unsure, box=box)
        return _reading(form, text, settled, box)
    return Reading(Kind.MRZ, reason=first, box=box)


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
            spelt.append(Spelt(fitted.text, fitted.choices, repaired))
    return spelt or _misfit(gridded[0][0].text, signs)


def _settle(voting: Sequence[Spelt], spelt: Sequence[Spelt], most: int) -> Settled:
    """Let some looks vote; what the others saw counts against the figures all the same."""
    verdict = vote([each.ballot for each in voting])
    text = verdict.text
    scores, disputed = [], []
    for at, character in enumerate(text):
        scores.append(sum(_figure(each, at, character) for each in spelt) / most)
        others = sorted({each.text[at] for each in spelt} - {character})
        if others:
            disputed.append((at, "".join(others)))
    counted = Verdict(text, tuple(scores), tuple(disputed))
    return Settled(counted, repaired_places(counted, voting), why_uncertain(counted, voting))


def _figure(spelt: Spelt, at: int, character: str) -> float:
    return dict(spelt.choices[at]).get(character, 0.0)


def _unprovable(form: str, lines: Sequence[Sequence[Spelt]], text: str) -> str:
    """Why a zone stays unread though its check digits agree: a 6 and a G weigh the same in them."""
    for number, (spelt, line) in enumerate(zip(lines, text.split("\n"), strict=True), 1):
        signs = places(LAYOUTS[form][number - 1])
        for at, character in enumerate(line):
            other = SAME_WEIGHT.get(character, "")
            if not other or other not in signs[at] or character not in signs[at]:
                continue
            figure = sum(_figure(each, at, other) for each in spelt) / len(spelt)
            if figure > MOST_DOUBT:
                where = f"character {at + 1} of line {number}"
                return f"{form}: {where} may be {character} or {other}: check digits are the same for both"
    return ""


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
