"""Container numbers (ISO 6346), written along one row, in two rows, or downwards.

The check digit is read like the rest. A number whose check digit was not seen, or does not fit, is
no reading: the reason says which.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kouan.gate.elections import elect
from kouan.gate.frames import unframed
from kouan.gate.look import Look
from kouan.gate.recogniser import CONTAINER, Line
from kouan.gate.regions import Region, join, rows
from kouan.gate.spelling import Spelt, places, spell
from kouan.gate.stacks import columns, stitched
from kouan.gate.words import Kind, Reading
from kouan.identifiers.container import CATEGORIES, LAYOUT, parse_container
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.reading import DIGITS, LETTERS

GAP = 2.2
"""Widest gap within a row of a container's number, in heights."""
OWNER, LENGTH = 4, len(LAYOUT)
PLACES = (*places(LAYOUT[: OWNER - 1]), CATEGORIES, *places(LAYOUT[OWNER:]))
LETTERS_SEEN, DIGITS_SEEN = 3, 5
"""So many of them make a row worth a closer look."""
MOST_ROWS, MOST_ANCHORS = 12, 3
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
    for search in (_flat, _columns, _closer):
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
    box = row.region.box
    return elect(Kind.CONTAINER, box, row.looks, _spell, parse_container, row.direction)


def _spell(line: Line) -> Spelt | None:
    """Eleven characters that can be a number; of several the one whose check digit fits."""
    fitting = None
    for start in range(len(line.text) - LENGTH + 1):
        spelt = spell(line[start : start + LENGTH], PLACES)
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
    whole = [row for row in seen if any(_spell(line) is not None for line in row.looks)]
    if whole:
        return _judge(whole[0]).reason
    for row in seen:
        for line in row.looks:
            for start in range(len(line.text) - LENGTH + 2):
                head = spell(line[start : start + LENGTH - 1], PLACES[:-1])
                if head is not None:
                    return f"{head.text}: its check digit was not seen"
    return f"no container number among {len(look.regions)} places with text"


# --- where numbers may be ----------------------------------------------------------------------


def _flat(look: Look) -> Iterator[Row]:
    return _rows(look, look.regions)


def _closer(look: Look) -> Iterator[Row]:
    """Around what looks like a part of a number, drawn larger."""
    for anchor in _promising(look, look.regions)[:MOST_ANCHORS]:
        around = anchor.grown(CLOSER_ALONG, CLOSER_ACROSS)
        yield from _rows(look, look.closer(around, CLOSER_PX, 0.0))


def _promising(look: Look, regions: Sequence[Region]) -> list[Region]:
    """Rows with letters or digits enough to be a part of a number, large ones first."""
    flat = [each for each in regions if each.aspect > 1.2]
    joined = [join(row) if len(row) > 1 else row[0] for row in rows(flat, GAP)]
    joined = sorted(joined, key=lambda each: -each.height)[:MOST_ROWS]
    lines = look.read([each.grown(*MARGINS[0]) for each in joined], CONTAINER)
    return [each for each, line in zip(joined, lines, strict=True) if _is_promising(line.text)]


def _is_promising(text: str) -> bool:
    letters = sum(each in LETTERS for each in text)
    digits = sum(each in DIGITS for each in text)
    return (letters >= LETTERS_SEEN and len(text) <= OWNER + 1) or digits >= DIGITS_SEEN


def _rows(look: Look, regions: Sequence[Region]) -> Iterator[Row]:
    """Rows, then pairs of rows of which one goes on with the other's number."""
    found = []
    for region in _promising(look, regions):
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
    for column in columns(look.regions):
        lines = look.read_crops(stitched(column, look.image), CONTAINER)
        yield Row(column, tuple(lines), "vertical")
