"""Machine-readable zones of travel documents (ICAO 9303): TD3 passports and TD1 cards.

Parsing is strict: each place has its layout, each check digit is compared, and names end in
fillers. What may be misread is repaired elsewhere, with the layouts given here.
"""

from dataclasses import dataclass

from kouan.identifiers.reading import DIGITS, FILLER, LETTERS, Reading, explained, read

KIND = "mrz"
LAYOUTS: dict[str, tuple[str, ...]] = {
    "TD3": (
        "Aa" + "Aaa" + "a" * 39,
        "x" * 9 + "9" + "Aaa" + "nnnnnn9" + "a" + "9999999" + "x" * 14 + "n" + "9",
    ),
    "TD1": (
        "Aa" + "Aaa" + "x" * 9 + "n" + "x" * 15,
        "nnnnnn9" + "a" + "9999999" + "Aaa" + "x" * 11 + "9",
        "a" * 30,
    ),
}
"""The signs of each line, place by place; `kouan.identifiers.reading.CHARACTERS` explains them."""

FIRST_LETTERS = {"TD3": "P", "TD1": "ACI"}
WEIGHTS = (7, 3, 1)
_VALUES = {FILLER: 0} | {each: value for value, each in enumerate(DIGITS + LETTERS)}
_BLANKS = " \t"
_LENGTHS = "2 lines of 44 characters (TD3) or 3 lines of 30 (TD1)"
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Mrz:
    """What a zone says. Dates are YYMMDD as written: the century is not in it.

    ``text`` has its lines apart by a line feed. Fields are without fillers; in a date of birth `<`
    stands for what is not known. ``sex`` is M, F or empty.
    """

    text: str
    form: str
    document_code: str
    issuer: str
    number: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    surname: str
    given_names: str
    optional: str


@dataclass(frozen=True, slots=True)
class _Places:
    """Where fields begin and end in the text without line ends."""

    number: slice
    number_check: int
    birth: int
    sex: int
    expiry: int
    nationality: slice
    names: slice
    optional: slice
    composite: tuple[slice, ...]
    composite_check: int


_TD3 = _Places(
    number=slice(44, 53),
    number_check=53,
    birth=57,
    sex=64,
    expiry=65,
    nationality=slice(54, 57),
    names=slice(5, 44),
    optional=slice(72, 86),
    composite=(slice(44, 54), slice(57, 64), slice(65, 87)),
    composite_check=87,
)
_TD1 = _Places(
    number=slice(5, 14),
    number_check=14,
    birth=30,
    sex=37,
    expiry=38,
    nationality=slice(45, 48),
    names=slice(60, 90),
    optional=slice(15, 30),
    composite=(slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)),
    composite_check=59,
)


def check_digit(field: str) -> str:
    """Return the digit that weights 7, 3, 1 give for a field of letters, digits and fillers."""
    total = sum(_VALUES[each] * WEIGHTS[place % 3] for place, each in enumerate(field))
    return str(total % 10)


@explained
def parse_mrz(text: str) -> Mrz:
    """Parse a zone of two lines of 44 or three of 30, with line ends or without.

    Raises IdentifierError.
    """
    reading = read(KIND, text, f"{_BLANKS}\r\n")
    form = _form(reading)
    reading.expect_layout("".join(LAYOUTS[form]))
    reading.expect(0, FIRST_LETTERS[form], f"one of {FIRST_LETTERS[form]} for {form}")
    places = _TD3 if form == "TD3" else _TD1
    reading.expect(places.sex, "MF<", 'M, F or "<"')
    number, rest = _number(reading, places)
    _check_date(reading, places.birth, "date of birth")
    _check_date(reading, places.expiry, "date of expiry")
    if form == "TD3":
        _check_personal_number(reading, places.optional)
    composite = "".join(reading.text[part] for part in places.composite)
    _compare(reading, places.composite_check, composite, "composite check digit")
    surname, given_names = _names(reading, places.names)
    return _mrz(reading.text, form, places, number, rest, surname, given_names)


def _mrz(
    zone: str, form: str, at: _Places, number: str, rest: str, surname: str, given_names: str
) -> Mrz:
    width = len(LAYOUTS[form][0])
    second = zone[48:59].replace(FILLER, " ").strip() if form == "TD1" else ""
    optional = rest.replace(FILLER, " ").strip()
    return Mrz(
        text="\n".join(zone[start : start + width] for start in range(0, len(zone), width)),
        form=form,
        document_code=zone[:2].rstrip(FILLER),
        issuer=zone[2:5].rstrip(FILLER),
        number=number,
        nationality=zone[at.nationality].rstrip(FILLER),
        birth=zone[at.birth : at.birth + 6],
        sex=zone[at.sex].replace(FILLER, ""),
        expiry=zone[at.expiry : at.expiry + 6],
        surname=surname,
        given_names=given_names,
        optional=" ".join(part for part in (optional, second) if part),
    )


def _form(reading: Reading) -> str:
    """Tell the form by the length of each line, or of the whole where lines are not apart."""
    lines = reading.given.replace("\r", "\n").split("\n")
    counts = [len(line) - sum(line.count(blank) for blank in _BLANKS) for line in lines]
    lengths = [count for count in counts if count]
    for form, layouts in LAYOUTS.items():
        expected = [len(layout) for layout in layouts]
        if lengths in (expected, [sum(expected)]):
            return form
    found = " + ".join(str(length) for length in lengths[:5]) or "0"
    raise reading.wrong_whole(f"lines of {found} characters", _LENGTHS)


def _compare(reading: Reading, index: int, field: str, what: str) -> None:
    expected = check_digit(field)
    if reading.text[index] != expected:
        raise reading.wrong_check(index, expected, what)


def _number(reading: Reading, places: _Places) -> tuple[str, str]:
    """Return the document number, and the optional data that is not a part of it.

    A card's number of more than nine characters goes on in the optional data: a filler stands in
    the place of its check digit, which follows its last character.
    """
    zone, what = reading.text, "check digit of the document number"
    field, rest = zone[places.number], zone[places.optional]
    if not field.strip(FILLER):
        raise reading.wrong(places.number.start, "a document number")
    if zone[places.number_check] != FILLER:
        _compare(reading, places.number_check, field, what)
        return field.rstrip(FILLER), rest
    end = rest.find(FILLER)
    if end < 2:
        raise reading.wrong(places.number_check, "the check digit of the document number")
    number = field + rest[: end - 1]
    check = places.optional.start + end - 1
    reading.expect(check, DIGITS, f"a digit, the {what}")
    _compare(reading, check, number, what)
    return number, rest[end:]


def _check_date(reading: Reading, start: int, what: str) -> None:
    """Compare a date's check digit, then see that there is such a month and day."""
    zone = reading.text
    _compare(reading, start + 6, zone[start : start + 6], f"check digit of the {what}")
    month, day = zone[start + 2 : start + 4], zone[start + 4 : start + 6]
    for place, part in ((2, month), (4, day), (0, zone[start : start + 2])):
        if FILLER in part and part != FILLER * 2:
            raise reading.wrong(start + place, f"two digits or two fillers in the {what}")
    most = 31
    if month != FILLER * 2:
        if not 1 <= int(month) <= 12:
            raise reading.wrong(start + 2, f"a month 01 to 12 in the {what}")
        most = _DAYS[int(month) - 1]
    if day != FILLER * 2 and not 1 <= int(day) <= most:
        raise reading.wrong(start + 4, f"a day 01 to {most} in the {what}")


def _check_personal_number(reading: Reading, place: slice) -> None:
    """A personal number that is not there may have a filler for its check digit."""
    field, check = reading.text[place], place.stop
    if reading.text[check] != FILLER:
        _compare(reading, check, field, "check digit of the personal number")
    elif field.strip(FILLER):
        raise reading.wrong(check, "a digit, the check digit of the personal number")


def _names(reading: Reading, place: slice) -> tuple[str, str]:
    """Split at the double filler; behind the last name there are fillers only.

    Names have no check digit. This is the one thing about them that can be found wrong.
    """
    field = reading.text[place]
    if field[0] == FILLER:
        raise reading.wrong(place.start, "the first letter of a name")
    surname, _, rest = field.partition(FILLER * 2)
    given, _, behind = rest.partition(FILLER * 2)
    stray = behind.lstrip(FILLER)
    if stray:
        raise reading.wrong(place.stop - len(stray), 'only "<" behind the given names')
    if not given and rest.strip(FILLER):
        raise reading.wrong(place.stop - len(rest.lstrip(FILLER)), '"<": there is no given name')
    return surname.replace(FILLER, " ").strip(), given.replace(FILLER, " ").strip()
