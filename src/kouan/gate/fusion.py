"""Several frames of one thing, fused to one reading."""

from collections.abc import Sequence

from kouan.gate.errors import GateError
from kouan.gate.recogniser import Choices
from kouan.gate.voting import Ballot, vote
from kouan.gate.words import Kind, Reading

PART = 1_000_000


def fuse(readings: Sequence[Reading]) -> Reading:
    """Vote by position, weighted by confidence; what the frames dispute is named and counts.

    All have to be of one kind. Unread ones say nothing and cost nothing: a frame may have been
    taken too early. The outcome is always a text that one of the frames read: a mixture of two is
    nobody's reading. Readings that all say the same give that reading, the surest of them.
    """
    if not readings:
        raise GateError("no readings to fuse; expected one or more")
    kinds = sorted({reading.kind for reading in readings})
    if len(kinds) > 1:
        raise GateError(f"readings of {' and '.join(kinds)} can't be fused; expected one kind")
    read = [reading for reading in readings if reading.text]
    if not read:
        return readings[0]
    texts = sorted({reading.text for reading in read})
    if len(texts) == 1:
        return max(read, key=lambda each: each.confidence_ppm)
    return _disputed(read, texts)


def _disputed(read: Sequence[Reading], texts: Sequence[str]) -> Reading:
    verdict = vote([Ballot(_choices(reading)) for reading in read])
    weights = {
        text: sum(each.confidence_ppm for each in read if each.text == text) for text in texts
    }
    voted = verdict.text if verdict.text in texts else ""
    text = voted or max(texts, key=lambda each: weights[each])
    best = max((each for each in read if each.text == text), key=lambda each: each.confidence_ppm)
    others = [each for each in texts if each != text]
    total = sum(weights.values())
    share = weights[text] / total if total else 1 / len(texts)
    # The text of a travel document is personal, and a reason is shown.
    seen = f"{len(others)} other" if best.kind == Kind.MRZ else ", ".join(others)
    reason = f"frames disagree: also read {seen}"
    return Reading(
        best.kind,
        text,
        confidence_ppm=int(best.confidence_ppm * share),
        reason=f"{reason}; {best.reason}" if best.reason else reason,
        box=best.box,
        variety=best.variety,
        score_ppm=int(best.score_ppm * share),
        repaired=best.repaired,
        characters_ppm=best.characters_ppm,
    )


def _choices(reading: Reading) -> tuple[Choices, ...]:
    """Every character of a reading, worth its own figure as far as it has one, times all of it."""
    whole = reading.confidence_ppm / PART
    figures = [figure / PART for figure in reading.characters_ppm]
    if len(figures) != len(reading.text):
        figures = [1.0] * len(reading.text)
    return tuple(
        ((character, figure * whole),)
        for character, figure in zip(reading.text, figures, strict=True)
    )
