"""Plates of vehicles: China in one row or two, Russia; of Mongolia the digits.

The engine knows no Mongolian Cyrillic, so of such a plate only the digits count; whoever knows what
was declared can compare those. Each plate is looked at several times, and what the looks say is
voted on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kouan.gate.colours import plate_colour
from kouan.gate.elections import elect
from kouan.gate.look import Look
from kouan.gate.recogniser import PLATE, Line
from kouan.gate.regions import Region, join, rows
from kouan.gate.spelling import UNITS, Spelt, spell
from kouan.gate.words import Kind, Reading
from kouan.identifiers.look_alikes import LATIN
from kouan.identifiers.plate import (
    NEW_ENERGY_LETTERS,
    PROVINCES,
    SERIAL,
    SUFFIXES,
    parse_plate_china,
    parse_plate_russia,
)
from kouan.identifiers.reading import DIGITS, LETTERS

SHAPES = (1.1, 9.0)
"""Widths in heights of what may be a plate, roughly found."""
ROW_SHAPES = (0.9, 8.0)
MOST_PLACES, MOST_ROWS = 6, 6
CLOSER_PX, CLOSER_MARGIN = 320, 0.25
GAP = 1.3
"""Widest gap within a row of a plate, in heights."""
LOOKS = ((0.15, 0.05, 1.0), (0.3, 0.15, 1.0), (0.2, 0.02, 1.35))
"""Looks at a row: margins along and across it, in heights, and how far it is drawn out."""
SERIALS = {
    7: ((SERIAL,) * 5, (SERIAL,) * 4),
    8: ((NEW_ENERGY_LETTERS, SERIAL, *[DIGITS] * 4), (*[DIGITS] * 5, NEW_ENERGY_LETTERS)),
}
"""What may follow a Chinese plate's letter, by its length; the shorter one before a suffix."""
LAYOUTS_RUSSIA = ("A999AA99", "A999AA999", "AA999999", "AA9999999")
MONGOLIAN_DIGITS = 4
EMBASSY = (*[DIGITS] * 6, "使")
SUFFIXES_ONLY = "".join(SUFFIXES)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be a plate, and what each look saw there."""

    region: Region
    looks: tuple[Line, ...]


def read_plates(look: Look) -> list[Reading]:
    """Every plate in a picture, the surest first; or one reading that says why there is none."""
    nearest = ""
    digits: list[Reading] = []
    for fine in (False, True):
        found: dict[str, Reading] = {}
        for candidate in _candidates(look, look.finer if fine else look.regions):
            reading = _china(look, candidate) or _russia(candidate)
            if reading is None:
                digits += _mongolia(look, candidate)
            elif not reading.text:
                nearest = nearest or reading.reason
            elif reading.text not in found or found[reading.text].score_ppm < reading.score_ppm:
                found[reading.text] = reading
        if found:
            return sorted(found.values(), key=lambda each: -each.score_ppm)
        if digits:
            return digits[:1]
    return [Reading(Kind.PLATE, reason=_why(look, nearest))]


def _why(look: Look, nearest: str) -> str:
    if not look.regions:
        return "no text found"
    return nearest or f"no plate among {len(look.regions)} places with text"


# --- where plates may be -----------------------------------------------------------------------


def _candidates(look: Look, regions: Sequence[Region]) -> Iterator[Candidate]:
    """Pairs of rows that can be one plate, then single rows, of the largest places with text."""
    low, high = SHAPES
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(regions, GAP)]
    shaped = [each for each in joined if low <= each.aspect <= high]
    shaped.sort(key=lambda each: -each.width * each.height)
    seen: list[Region] = []
    for place in shaped[:MOST_PLACES]:
        # The other row of a plate in two is often found by itself.
        if any(_covers(known, place) for known in seen):
            continue
        closer = look.closer(place, CLOSER_PX, CLOSER_MARGIN)
        closer = [join(row) if len(row) > 1 else row[0] for row in rows(closer, GAP)]
        closer.sort(key=lambda each: -each.width * each.height)
        closer = [each for each in closer if ROW_SHAPES[0] <= each.aspect <= ROW_SHAPES[1]]
        seen += closer
        yield from _paired(look, closer[:MOST_ROWS])


def _covers(known: Region, place: Region) -> bool:
    x, y = place.centre
    box = known.box
    return bool(box.left <= x <= box.right and box.top <= y <= box.bottom)


def _paired(look: Look, found: Sequence[Region]) -> Iterator[Candidate]:
    looks = [_looks(look, region) for region in found]
    for upper, head in zip(found, looks, strict=True):
        for lower, tail in zip(found, looks, strict=True):
            if _stands_above(upper, lower):
                both = tuple(a + b for a, b in zip(head, tail, strict=True))
                yield Candidate(join([lower, upper]), both)
    for region, lines in zip(found, looks, strict=True):
        yield Candidate(region, lines)


def _looks(look: Look, region: Region) -> tuple[Line, ...]:
    return tuple(look.read([region.grown(x, y).drawn_out(by) for x, y, by in LOOKS], PLATE))


def _stands_above(upper: Region, lower: Region) -> bool:
    """Whether two rows can be those of one plate: the upper one shorter, and close."""
    x, y = lower.centre - upper.centre
    apart = y / (upper.height + lower.height) * 2
    return bool(
        0.6 <= apart <= 1.8
        and abs(float(x)) <= 0.25 * lower.width
        and 0.3 <= upper.width / lower.width <= 0.95
        and 0.35 <= upper.height / lower.height <= 1.1
    )


# --- what they say -----------------------------------------------------------------------------


def _china(look: Look, seen: Candidate) -> Reading | None:
    """A plate of China, or why it is none; None if nothing Chinese is written there."""
    if not any(each in PROVINCES or each in SUFFIXES for line in seen.looks for each in line.text):
        return None
    colour = plate_colour(seen.region.crop(look.image))
    return elect(Kind.PLATE, seen.region.box, seen.looks, _spell_china, parse_plate_china, colour)


def _russia(seen: Candidate) -> Reading | None:
    """A plate of Russia, its letters in their Latin shapes; None if it is none."""
    box = seen.region.box
    reading = elect(Kind.PLATE, box, seen.looks, _spell_russia, parse_plate_russia, "russian")
    return reading if reading.text else None


def _spell_china(line: Line) -> Spelt | None:
    start = next((at for at, each in enumerate(line.text) if each in PROVINCES), None)
    if start is None:
        return spell(line, EMBASSY)
    line = line[start:]
    suffix = line.text[-1:] if line.text[-1:] in SUFFIXES else ""
    ends = (SUFFIXES_ONLY,) if suffix else ()
    return _least_repaired(
        [
            spell(line, (PROVINCES, LETTERS, *serial, *ends))
            for serial in SERIALS.get(len(line.text), ())
        ]
    )


def _least_repaired(ways: Sequence[Spelt | None]) -> Spelt | None:
    fitting = [each for each in ways if each is not None]
    return min(fitting, key=lambda each: len(each.repaired), default=None)


def _spell_russia(line: Line) -> Spelt | None:
    line = line.kept(LETTERS + DIGITS)
    if line.text.endswith("RUS"):
        line = line[:-3]
    ways = [
        spell(line, [LATIN if sign == "A" else DIGITS for sign in layout])
        for layout in LAYOUTS_RUSSIA
    ]
    return _least_repaired(ways)


def _mongolia(look: Look, seen: Candidate) -> list[Reading]:
    """The digits of a plate of Mongolia, as an uncertain reading."""
    if plate_colour(seen.region.crop(look.image)) != "white":
        return []
    box = seen.region.box
    reading = elect(Kind.PLATE, box, seen.looks, _spell_mongolia, str, "mongolian")
    if not reading.text:
        return []
    why = "digits only: Mongolian letters can't be read"
    return [_with_reason(reading, why)]


def _with_reason(reading: Reading, why: str) -> Reading:
    reason = f"{why}; {reading.reason}" if reading.reason else why
    return replace(reading, reason=reason)


def _spell_mongolia(line: Line) -> Spelt | None:
    line = line.kept(LETTERS + DIGITS)
    if line.text.startswith("MNG"):
        line = line[3:]
    head, rest = line[:MONGOLIAN_DIGITS], line.text[MONGOLIAN_DIGITS:]
    if len(head.text) < MONGOLIAN_DIGITS or any(each not in DIGITS for each in head.text):
        return None
    if len(rest) > 3 or any(each in DIGITS for each in rest[1:]) or rest in UNITS:
        return None
    return Spelt(head.text, head.choices)
