"""Container numbers (ISO 6346), written along one row, in two rows, or downwards.

The check digit is read like the rest. A number whose check digit was not seen, or does not fit, is
no reading: the reason says which.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kouan.gate.elections import elect
from kouan.gate.frames import unframed
from kouan.gate.look import Look
from kouan.gate.recogniser import CONTAINER, Line
from kouan.gate.regions import Region, join, rows
from kouan.gate.spelling import UNITS, Spelt, places, spell
from kouan.gate.stacks import columns, stitched
from kouan.gate.words import Kind, Reading
from kouan.identifiers.container import CATEGORIES, LAYOUT, parse_container
from kouan.identifiers.errors import IdentifierError

GAP = 2.2
"""Widest gap within a row of a container's number, in heights."""
DOWNWARDS = "vertical"
OWNER, LENGTH = 4, len(LAYOUT)
PLACES = (*places(LAYOUT[: OWNER - 1]), CATEGORIES, *places(LAYOUT[OWNER:]))
PART = re.compile("[A-Z]{3}[UJZ0]|[0-9OIZSB]{6}")
"""What makes a row worth a closer look."""
AMOUNT = re.compile(rf"[0-9]({'|'.join(UNITS)})")
"""A mass or a volume: words and digits of such a row make a number once in eleven."""
FIRST_ROWS, MOST_ROWS, MOST_ANCHORS, MOST_COLUMNS = 5, 12, 2, 4
WIDER = (0.0, 0.15)
"""How much wider a column is cut out than it was found, at each side, in its widths."""
ABOVE, BELOW = 0.75, 0.35
"""How much longer a column may be than was found, in its heights: its owner, its check digit."""
CLOSER_PX, CLOSER_ALONG, CLOSER_ACROSS = 640, 4.5, 2.2
MARGINS = ((0.2, 0.08), (0.35, 0.18))
"""Margins of the looks at a row, along and across it, in heights."""
CHECK_MARGIN = 1.5
"""How far behind the serial a framed check digit ends, in heights: it is often not found."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of text, and what each look saw there."""

    region: Region
    looks: tuple[Line, ...]
    direction: str = "horizontal"

    @property
    def longest(self) -> str:
        """The longest text that a look saw."""
        return max((line.text for line in self.looks), key=len, default="")


def read_containers(look: Look) -> list[Reading]:
    """Every container number in a picture, or one reading that says why there is none."""
    seen: list[Row] = []
    for search in (_largest, _columns, _flat, _finer, _longer_columns, _closer):
        found: dict[str, Reading] = {}
        for row in search(look):
            seen.append(row)
            reading = _judge(row)
            known = found.get(reading.text)
            if reading.text and (known is None or known.score_ppm < reading.score_ppm):
                found[reading.text] = reading
        if found:
            return sorted(found.values(), key=lambda each: -each.score_ppm)
    return [Reading(Kind.CONTAINER, reason=_why(look, seen))]


def _judge(row: Row) -> Reading:
    box, spelling = row.region.box, _spelling(row)
    return elect(Kind.CONTAINER, box, row.looks, spelling, parse_container, row.direction)


def _spelling(row: Row) -> Callable[[Line], Spelt | None]:
    return _spell_stitched if row.direction == DOWNWARDS else _spell


def _spell(line: Line) -> Spelt | None:
    """Eleven characters that can be a number; of several the one whose check digit fits."""
    return None if AMOUNT.search(line.text) else _fitting(_parts(line))


def _spell_stitched(line: Line) -> Spelt | None:
    """The same of a line stitched from a column, with one character in each place.

    Below a number stands a type code: with one unread, its first digit would pass for the last.
    """
    return _fitting(part for part in _parts(line) if part.is_even)


def _parts(line: Line) -> Iterator[Line]:
    """Everything in a line that is as long as a number."""
    return (line[start : start + LENGTH] for start in range(len(line.text) - LENGTH + 1))


def _fitting(parts: Iterable[Line]) -> Spelt | None:
    """The first part whose check digit fits; or else the first that can be spelt."""
    fitting = None
    for part in parts:
        spelt = spell(part, PLACES)
        if spelt is None:
            continue
        try:
            parse_container(spelt.text)
        except IdentifierError:
            fitting = fitting or spelt
            continue
        return spelt
    return fitting


def _why(look: Look, seen: Sequence[Row]) -> str:
    """The nearest that anything came to a number."""
    if not look.regions:
        return "no text found"
    for row in seen:
        if any(_spelling(row)(line) is not None for line in row.looks):
            return _judge(row).reason
    for row in seen:
        for line in row.looks:
            uneven = _spell(line)
            if uneven is not None:
                return f"{uneven.text}: not one character in each place of the column"
            for start in range(len(line.text) - LENGTH + 2):
                head = spell(line[start : start + LENGTH - 1], PLACES[:-1])
                if head is not None:
                    return f"{head.text}: its check digit was not seen"
    return f"no container number among {len(look.regions)} places with text"


# --- where numbers may be ----------------------------------------------------------------------


def _largest(look: Look) -> Iterator[Row]:
    return _rows(look, look.regions, FIRST_ROWS)


def _flat(look: Look) -> Iterator[Row]:
    return _rows(look, look.regions, MOST_ROWS)


def _closer(look: Look) -> Iterator[Row]:
    """Around what looks like a part of a number, drawn larger."""
    for anchor in _promising(look, look.regions, MOST_ROWS)[:MOST_ANCHORS]:
        around = anchor.grown(CLOSER_ALONG, CLOSER_ACROSS)
        yield from _rows(look, look.closer(around, CLOSER_PX, 0.0), FIRST_ROWS)


def _promising(look: Look, regions: Sequence[Region], most: int) -> list[Region]:
    """Rows that can be a part of a number, large ones first."""
    flat = [each for each in regions if each.aspect > 1.2]
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(flat, GAP)]
    joined = sorted(joined, key=lambda each: -each.height)[:most]
    lines = look.read([each.grown(*MARGINS[0]) for each in joined], CONTAINER)
    return [each for each, line in zip(joined, lines, strict=True) if PART.search(line.text)]


def _rows(look: Look, regions: Sequence[Region], most: int) -> Iterator[Row]:
    """Rows, then pairs of rows of which one goes on with the other's number."""
    found = []
    for region in _promising(look, regions, most):
        longer = region.lengthened(CHECK_MARGIN)
        grown = [each.grown(*MARGINS[0]) for each in (region, longer)]
        bare = unframed(longer.grown(*MARGINS[1]).crop(look.image))
        looks = look.read(grown, CONTAINER) + look.read_crops([bare], CONTAINER)
        found.append(Row(region, tuple(looks)))
    yield from found
    for upper in found:
        for lower in found:
            if OWNER <= len(upper.longest) <= OWNER + 1 and _stands_above(upper, lower):
                both = tuple(a + b for a, b in zip(upper.looks, lower.looks, strict=True))
                yield Row(join([lower.region, upper.region]), both, "two rows")


def _stands_above(upper: Row, lower: Row) -> bool:
    x, y = lower.region.quad[0] - upper.region.quad[0]
    height = max(upper.region.height, lower.region.height)
    return bool(0.5 * height <= y <= 3 * height and abs(x) <= 2.5 * height)


def _columns(look: Look) -> Iterator[Row]:
    return _all_columns(look, look.regions)


def _all_columns(look: Look, regions: Sequence[Region]) -> Iterator[Row]:
    for column in columns(regions)[:MOST_COLUMNS]:
        yield _column(look, column)


def _longer_columns(look: Look) -> Iterator[Row]:
    """The same with what may stand above and below and was not found."""
    for column in columns(look.regions)[:MOST_COLUMNS]:
        yield _column(look, column.heightened(0.0, BELOW))
        yield _column(look, column.heightened(ABOVE, 0.0))


def _finer(look: Look) -> Iterator[Row]:
    """In what is found when the picture is looked at in parts."""
    yield from _all_columns(look, look.finer)
    yield from _rows(look, look.finer, FIRST_ROWS)


def _column(look: Look, column: Region) -> Row:
    crops = [crop for by in WIDER for crop in stitched(column.widened(by), look.image)]
    return Row(column, tuple(look.read_crops(crops, CONTAINER)), DOWNWARDS)
