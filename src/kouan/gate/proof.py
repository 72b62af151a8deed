"""Which zone of a travel document may be believed: all check digits agree, and where they are
blind nothing was guessed.

Weights 7, 3, 1 and a sum modulo 10 can't tell 6 from G nor 1 from L. Names, states and sex have no
check digit at all. The engine, used to numbers, takes a G for a 6 and a Z for a 2 but never the
other way (`calibrated` to drawn pictures, docs/gate-reading.md), and a trace of doubt shows it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kouan.gate.spelling import Spelt, repaired_places, why_uncertain
from kouan.gate.voting import Verdict, vote
from kouan.gate.words import Box, Kind, Reading
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.look_alikes import look_alikes
from kouan.identifiers.mrz import LAYOUTS, parse_mrz
from kouan.identifiers.reading import CHARACTERS, FILLER

BLIND = {"6": "G", "1": "L"}
"""Read as the first, a character may be the second, and no check digit tells."""
TRACE = 0.0002
"""A figure that is more than nothing."""
LEAST_SURE = 0.25
"""Least mean figure of a letter that no check digit covers; one seen as a digit counts half."""
RIVAL = 0.05
"""Where no check digit covers, a look that gives another character so much makes it a guess."""
UNCOVERED: dict[str, tuple[tuple[int, ...], ...]] = {
    "TD3": (tuple(range(1, 44)), (10, 11, 12, 20)),
    "TD1": (tuple(range(1, 5)), (7, 15, 16, 17), tuple(range(30))),
}
"""Places of each line that no check digit covers, but for the first, which says the form."""


@dataclass(frozen=True, slots=True)
class Settled:
    """One line of a zone after the vote: its text, and what is to be said about it."""

    verdict: Verdict
    repaired: tuple[int, ...]
    reason: str

    @property
    def text(self) -> str:
        """What the line says."""
        return self.verdict.text


def prove(form: str, lines: Sequence[Sequence[Spelt]], looks: int, box: Box) -> Reading:
    """Take what all looks say together, or one alone, or all but for one look-alike that was seen.

    The first of these to which every check digit agrees is the reading; else the reason says which
    did not. ``looks`` is how many there were, those that did not fit the lines counted in.
    """
    first = ""
    for settled in _ways(form, lines, looks):
        text = "\n".join(line.text for line in settled)
        try:
            parse_mrz(text)
        except IdentifierError as error:
            first = first or str(error)
            continue
        doubt = _doubt(form, lines, settled)
        if doubt:
            return Reading(Kind.MRZ, reason=f"{form} {doubt}", box=box)
        return _reading(form, text, settled, box)
    return Reading(Kind.MRZ, reason=first, box=box)


def _ways(form: str, lines: Sequence[Sequence[Spelt]], looks: int) -> Iterator[list[Settled]]:
    together = [_settle(line, line, looks) for line in lines]
    yield together
    for at in range(looks):
        yield [_settle(line[at : at + 1] or line[:1], line, looks) for line in lines]
    swapped = [way for way in _swapped(form, lines, together) if _parses(way)]
    # Two that fit both is as good as none.
    if len(swapped) == 1:
        yield swapped[0]


def _parses(settled: Sequence[Settled]) -> bool:
    try:
        parse_mrz("\n".join(line.text for line in settled))
    except IdentifierError:
        return False
    return True


def _swapped(
    form: str, lines: Sequence[Sequence[Spelt]], settled: Sequence[Settled]
) -> Iterator[list[Settled]]:
    """With one character exchanged for a look-alike that the engine saw a trace of."""
    for number, (line, signs) in enumerate(zip(settled, LAYOUTS[form], strict=True)):
        for at, sign in enumerate(signs):
            if at in UNCOVERED[form][number]:
                continue
            for other in look_alikes(line.text[at]):
                figure = _figure(lines[number], at, other)
                if other in CHARACTERS[sign] and figure >= TRACE:
                    way = list(settled)
                    way[number] = _exchanged(line, at, other)
                    yield way


def _exchanged(line: Settled, at: int, other: str) -> Settled:
    """The character was not read but inferred: its figure is 0, so that a person sees it."""
    text = line.text[:at] + other + line.text[at + 1 :]
    scores = (*line.verdict.scores[:at], 0.0, *line.verdict.scores[at + 1 :])
    reason = f"{other} for {line.text[at]} at {at + 1}, to which the check digits agree"
    return Settled(
        replace(line.verdict, text=text, scores=scores),
        tuple(sorted({*line.repaired, at})),
        f"{line.reason}; {reason}" if line.reason else reason,
    )


def _settle(voting: Sequence[Spelt], spelt: Sequence[Spelt], looks: int) -> Settled:
    """Let some looks vote; what the others saw counts against the figures all the same."""
    text = vote([each.ballot for each in voting]).text
    scores, disputed = [], []
    for at, character in enumerate(text):
        scores.append(_figure(spelt, at, character) * len(spelt) / looks)
        others = sorted({each.text[at] for each in spelt} - {character})
        if others:
            disputed.append((at, "".join(others)))
    verdict = Verdict(text, tuple(scores), tuple(disputed))
    return Settled(verdict, repaired_places(verdict, voting), why_uncertain(verdict, voting))


def _figure(spelt: Sequence[Spelt], at: int, character: str) -> float:
    """Mean figure of a character at a place."""
    return sum(dict(each.choices[at]).get(character, 0.0) for each in spelt) / len(spelt)


def _doubt(form: str, lines: Sequence[Sequence[Spelt]], settled: Sequence[Settled]) -> str:
    """Why a zone is not believed though its check digits agree; "" when it is."""
    for number, (line, spelt) in enumerate(zip(settled, lines, strict=True)):
        for at, character in enumerate(line.text):
            where = f"line {number + 1}: character {at + 1}"
            other = BLIND.get(character, "")
            sign = LAYOUTS[form][number][at]
            if other and other in CHARACTERS[sign] and _figure(spelt, at, other) >= TRACE:
                return f"{where} may be {character} or {other}: check digits are the same for both"
            if at in UNCOVERED[form][number] and _is_guessed(character, spelt, at):
                return f"{where} is not sure, and no check digit covers it"
    return ""


def _is_guessed(character: str, spelt: Sequence[Spelt], at: int) -> bool:
    """Whether any look saw something else that may stand there, or all saw too little.

    One look alone is enough: looks at one picture are alike, and err alike.
    """
    rivals = (choice for each in spelt for choice in each.choices[at] if choice[0] != character)
    if any(figure >= RIVAL for _, figure in rivals) or any(at in each.doubtful for each in spelt):
        return True
    return character != FILLER and _figure(spelt, at, character) < LEAST_SURE


def _reading(form: str, text: str, settled: Sequence[Settled], box: Box) -> Reading:
    repaired: list[int] = []
    reasons = []
    start = 0
    for number, line in enumerate(settled, 1):
        repaired += [start + at for at in line.repaired]
        # One line feed parts the lines of a reading's text.
        start += len(line.text) + 1
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
