"""Repair by position: a look-alike where what was read can't stand, and nothing else.

A digit's place holds no O, so an O read there was a 0. Where the place allows what was read, it
stays. The reading names the places; whoever has check digits must then see every one agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kouan.gate.recogniser import Choices, Line
from kouan.gate.voting import Ballot, Verdict
from kouan.identifiers.look_alikes import look_alikes
from kouan.identifiers.reading import CHARACTERS

UNITS = ("KGS", "KG", "LBS", "LB", "CUM")
"""Behind digits these tell a container's mass or volume: no letters of a plate, and no number."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A text that fits its places, what each could be, and the places that were repaired.

    ``doubtful`` are repaired places at which the engine thought more of another character that may
    stand there.
    """

    text: str
    choices: tuple[Choices, ...]
    repaired: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()

    @property
    def ballot(self) -> Ballot:
        """What this look votes for."""
        return Ballot(self.choices)


def places(layout: str) -> tuple[str, ...]:
    """What may stand at each place of a layout of `kouan.identifiers`."""
    return tuple(CHARACTERS[sign] for sign in layout)


def spell(line: Line, allowed: Sequence[str]) -> Spelt | None:
    """Fit a line to its places; None if it is longer or shorter, or a look-alike does not do it.

    Of several look-alikes the one is taken that the engine found likeliest there.
    """
    if len(line.text) != len(allowed):
        return None
    text, choices, repaired, doubtful = "", [], [], []
    for at, (character, may) in enumerate(zip(line.text, allowed, strict=True)):
        seen = tuple(each for each in line.choices[at] if each[0] in may)
        if character not in may:
            others = [each for each in look_alikes(character) if each in may]
            if not others:
                return None
            figures = dict(seen)
            best = max(others, key=lambda each: figures.get(each, 0.0))
            # Worth what it was seen as, and no more: it may be right, it was not read.
            seen = ((best, line.scores[at] / 2),)
            repaired.append(at)
            if any(figure > figures.get(best, 0.0) for figure in figures.values()):
                doubtful.append(at)
            character = best
        text += character
        choices.append(seen)
    return Spelt(text, tuple(choices), tuple(repaired), tuple(doubtful))


def why_uncertain(verdict: Verdict, spelt: Sequence[Spelt]) -> str:
    """Name what was repaired and what was disputed; "" when all looks saw the same."""
    reasons = []
    repaired = repaired_places(verdict, spelt)
    if repaired:
        where = ", ".join(f"{verdict.text[at]} at {at + 1}" for at in repaired)
        reasons.append(f"repaired by position: {where}")
    for at, others in verdict.disputed:
        reasons.append(f"{verdict.text[at]} at {at + 1} may be {' or '.join(others)}")
    return "; ".join(reasons)


def repaired_places(verdict: Verdict, spelt: Sequence[Spelt]) -> tuple[int, ...]:
    """Places of a verdict that no look read as it stands: all that say so had to repair it."""
    found = []
    for at, character in enumerate(verdict.text):
        saying = [
            each
            for each in spelt
            if len(each.text) == len(verdict.text) and each.text[at] == character
        ]
        if saying and all(at in each.repaired for each in saying):
            found.append(at)
    return tuple(found)
