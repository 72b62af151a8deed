"""Container numbers (ISO 6346): owner, category, serial number, check digit, and type.

The check digit is read and compared. It is never computed for a number that has none: a reader
that saw ten characters has not read the number.
"""

from dataclasses import dataclass

from kouan.identifiers.reading import LETTERS, Reading, explained, read

KIND = "container"
LAYOUT = "AAAA9999999"
"""Four letters, of which the last is the category, six digits, and the check digit."""
TYPE_LAYOUT = "XXAX"
"""Length, height and type as they are painted below the number: 22G1, 45R1."""
CATEGORIES = "UJZ"
"""Freight container, equipment that can be taken off, trailer or chassis."""

_CHECK = 10
_LENGTH = "11 (owner, U, J or Z, six digits, and a check digit that is read), or 15 with the type"


def _letter_values() -> dict[str, int]:
    """Letters count up from 10 and leave multiples of 11 out."""
    counting = [number for number in range(10, 39) if number % 11]
    return dict(zip(LETTERS, counting, strict=True))


_VALUES = {str(digit): digit for digit in range(10)} | _letter_values()


@dataclass(frozen=True, slots=True)
class Container:
    """A container number and its parts.

    ``is_weak`` says that the ten characters give 10 or 0. Both are written as 0, so that some
    single wrong digits stay unseen: such a number deserves a second look.
    """

    text: str
    owner: str
    category: str
    serial: str
    check_digit: str
    type_code: str
    is_weak: bool

    @property
    def number(self) -> str:
        """The eleven characters without the type."""
        return self.text[: len(LAYOUT)]


@explained
def parse_container(text: str) -> Container:
    """Parse a number such as CSQU3054383, with its type or without, with separators or without.

    Raises IdentifierError.
    """
    reading = read(KIND, text, " -/\n")
    reading.expect_length(_LENGTH, len(LAYOUT), len(LAYOUT) + len(TYPE_LAYOUT))
    reading.expect_layout(LAYOUT)
    reading.expect(3, CATEGORIES, "U, J or Z")
    if len(reading.text) > len(LAYOUT):
        reading.expect_layout(TYPE_LAYOUT, len(LAYOUT))
    return _checked(reading)


def _checked(reading: Reading) -> Container:
    number = reading.text
    total = sum(_VALUES[each] << place for place, each in enumerate(number[:_CHECK]))
    remainder = total % 11
    if number[_CHECK] != str(remainder % 10):
        raise reading.wrong_check(_CHECK, str(remainder % 10))
    return Container(
        text=number,
        owner=number[:3],
        category=number[3],
        serial=number[4:_CHECK],
        check_digit=number[_CHECK],
        type_code=number[len(LAYOUT) :],
        is_weak=remainder in (0, 10),
    )
