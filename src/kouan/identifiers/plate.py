"""Number plates of China, Russia and Mongolia.

China: GA 36 as far as it is known here: seven characters, eight for new energy, and one character
at the end for trailers, learners, police, Hong Kong, Macao, embassies and consulates. Russia: the
twelve letters that Cyrillic and Latin share, taken by their shape. Mongolia: no published format
was at hand, so nearly everything with digits is taken (assumption).
"""

from dataclasses import dataclass
from enum import StrEnum

from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.look_alikes import CYRILLIC, LATIN, to_cyrillic
from kouan.identifiers.reading import DIGITS, LETTERS, Reading, explained, read

CHINA, RUSSIA, MONGOLIA = "plate_china", "plate_russia", "plate_mongolia"

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
NEW_ENERGY_LETTERS = "DABCEFGHJK"
"""First or last of the six characters of a new-energy plate."""
SERIAL = "".join(each for each in LETTERS if each not in "IO") + DIGITS
"""A plate of China has no I and no O in its serial: they would be taken for 1 and 0."""

_SEPARATORS = " -·.•"
_SHAPES = str.maketrans(CYRILLIC + CYRILLIC.lower(), LATIN + LATIN)
_MONGOLIAN = "АБВГДЕЁЖЗИЙКЛМНОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ"
_TO_CAPITAL = str.maketrans(_MONGOLIAN.lower(), _MONGOLIAN)
_FEWEST_DIGITS, _MOST_MONGOLIAN = 2, 10


class Category(StrEnum):
    """What a plate says of its vehicle."""

    ORDINARY = "ordinary"
    NEW_ENERGY = "new_energy"
    TRAILER = "trailer"
    LEARNER = "learner"
    POLICE = "police"
    HONG_KONG = "hong_kong"
    MACAO = "macao"
    EMBASSY = "embassy"
    CONSULATE = "consulate"


SUFFIXES: dict[str, Category] = {
    "挂": Category.TRAILER,
    "学": Category.LEARNER,
    "警": Category.POLICE,
    "港": Category.HONG_KONG,
    "澳": Category.MACAO,
    "使": Category.EMBASSY,
    "领": Category.CONSULATE,
}


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate and its parts; ``region`` is what stands for a place, empty where nothing does.

    ``text`` is without separators, in capitals, and in Latin where Cyrillic has the same shape.
    """

    text: str
    country: str
    category: Category
    region: str
    serial: str

    @property
    def displayed(self) -> str:
        """The text as the plate itself writes it."""
        return to_cyrillic(self.text) if self.country in ("RU", "MN") else self.text


def parse_plate(text: str) -> Plate:
    """Parse a plate of any of the three countries.

    Chinese characters make it one of China, the Russian form one of Russia; anything else is
    tried as one of Mongolia. Raises IdentifierError.
    """
    if any(each in PROVINCES or each in SUFFIXES for each in text):
        return parse_plate_china(text)
    try:
        return parse_plate_russia(text)
    except IdentifierError:
        return parse_plate_mongolia(text)


@explained
def parse_plate_china(text: str) -> Plate:
    """Parse a plate such as 蒙A12345, 蒙AD12345 or 蒙A1234挂. Raises IdentifierError."""
    reading = read(CHINA, text, _SEPARATORS)
    reading.expect_length("7 characters, or 8 for new energy", 7, 8)
    plate = reading.text
    if len(plate) == 7 and (plate[0] in "使" + DIGITS and "使" in plate):
        return _embassy(reading)
    reading.expect(0, PROVINCES, "the character of a province")
    reading.expect(1, LETTERS, "a letter A to Z")
    category = _new_energy(reading) if len(plate) == 8 else _seven(reading)
    return Plate(plate, "CN", category, plate[:2], plate[2:])


def _seven(reading: Reading) -> Category:
    for index in range(2, 6):
        reading.expect(index, SERIAL, "a digit or a letter but I and O")
    last = reading.text[6]
    if last in SUFFIXES:
        return SUFFIXES[last]
    reading.expect(6, SERIAL, f"a digit, a letter but I and O, or one of {''.join(SUFFIXES)}")
    return Category.ORDINARY


def _new_energy(reading: Reading) -> Category:
    """Small vehicles have their letter first and may have a second; large ones have it last."""
    digit, letter = "a digit", f"one of {NEW_ENERGY_LETTERS}"
    if reading.text[2] in DIGITS:
        for index in range(3, 7):
            reading.expect(index, DIGITS, digit)
        reading.expect(7, NEW_ENERGY_LETTERS, letter)
        return Category.NEW_ENERGY
    reading.expect(2, NEW_ENERGY_LETTERS, f"{letter}, or a digit")
    reading.expect(3, SERIAL, "a digit or a letter but I and O")
    for index in range(4, 8):
        reading.expect(index, DIGITS, digit)
    return Category.NEW_ENERGY


def _embassy(reading: Reading) -> Plate:
    """Six digits with 使 before or behind: published descriptions name both, so both are taken."""
    plate = reading.text
    start = 1 if plate[0] == "使" else 0
    for index in range(start, start + 6):
        reading.expect(index, DIGITS, "a digit")
    digits = plate[start : start + 6]
    return Plate(plate, "CN", Category.EMBASSY, digits[:3], digits[3:])


@explained
def parse_plate_russia(text: str) -> Plate:
    """Parse a plate such as А123ВС77 or, of a trailer, АВ123477, in either alphabet.

    Raises IdentifierError.
    """
    reading = read(RUSSIA, text, _SEPARATORS, _SHAPES)
    reading.expect_length("8 or 9 characters", 8, 9)
    trailer = reading.text[1] in LATIN
    letters, most = ((0, 1), 6) if trailer else ((0, 4, 5), 6)
    for index in range(len(reading.text)):
        if index in letters:
            reading.expect(index, LATIN, f"one of {CYRILLIC}")
        else:
            reading.expect(index, DIGITS, "a digit")
    plate = reading.text
    category = Category.TRAILER if trailer else Category.ORDINARY
    return Plate(plate, "RU", category, plate[most:], plate[:most])


@explained
def parse_plate_mongolia(text: str) -> Plate:
    """Take any text of letters and at least two digits, at most ten characters in all.

    That is an assumption: it keeps nothing out but what can't be a plate. Raises IdentifierError.
    """
    reading = read(MONGOLIA, text, _SEPARATORS, _TO_CAPITAL | _SHAPES)
    plate = reading.text
    for index in range(min(len(plate), _MOST_MONGOLIAN)):
        reading.expect(index, LETTERS + DIGITS + _MONGOLIAN, "a digit or a letter")
    digits = "".join(each for each in plate if each in DIGITS)
    if len(digits) < _FEWEST_DIGITS or len(plate) > _MOST_MONGOLIAN:
        found = f"{len(plate)} characters with {len(digits)} digits"
        raise reading.wrong_whole(found, "at most 10 characters with at least 2 digits")
    letters = "".join(each for each in plate if each not in DIGITS)
    return Plate(plate, "MN", Category.ORDINARY, letters, digits)
