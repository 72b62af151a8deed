"""From several looks at one place to one reading: spell each, vote, and judge the outcome."""

from collections.abc import Callable, Sequence

from kouan.gate.recogniser import Line
from kouan.gate.spelling import Spelt, repaired_places, why_uncertain
from kouan.gate.voting import vote
from kouan.gate.words import Box, Kind, Reading
from kouan.identifiers.errors import IdentifierError

Spell = Callable[[Line], Spelt | None]
Parse = Callable[[str], object]
"""Raises IdentifierError for what is no identifier of its kind."""


def elect(
    kind: Kind, box: Box, looks: Sequence[Line], spelling: Spell, parse: Parse, variety: str
) -> Reading:
    """Vote among the looks that can be spelt; unread, with a reason, unless the outcome parses.

    A look that could not be spelt, or was spelt otherwise, counts against the figure: where looks
    differ the outcome may be none of what they saw.
    """
    spelt = [each for each in (spelling(line) for line in looks) if each is not None]
    if not spelt:
        seen = max((line.text for line in looks), key=len, default="")
        return Reading(kind, reason=f'"{seen}" does not fit', box=box)
    verdict = vote([each.ballot for each in spelt])
    try:
        parse(verdict.text)
    except IdentifierError as error:
        return Reading(kind, reason=str(error), box=box)
    share = sum(each.text == verdict.text for each in spelt) / len(looks)
    return Reading(
        kind,
        verdict.text,
        reason=why_uncertain(verdict, spelt),
        box=box,
        variety=variety,
        score_ppm=round(min(verdict.scores) * share * 1_000_000),
        repaired=repaired_places(verdict, spelt),
        characters_ppm=tuple(round(each * 1_000_000) for each in verdict.scores),
    )
