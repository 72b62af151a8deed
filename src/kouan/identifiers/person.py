"""China's identity number: 18 characters that name a person (GB 11643). Mask it: `masks.masked`."""

from dataclasses import dataclass

from kouan.identifiers.reading import DIGITS, Reading, explained, read

KIND = "identity_number"
_CHECKS = "10X98765432"
"""The check character for each remainder of 11."""
_LENGTH, _CHECK = 18, 17
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number: area (6 digits), date of birth (YYYYMMDD), sequence (3), check character."""

    text: str
    area: str
    birth: str
    sequence: str
    check_character: str

    @property
    def sex(self) -> str:
        """Return M for an odd sequence, F for an even one."""
        return "M" if int(self.sequence) % 2 else "F"


@explained
def parse_identity_number(text: str) -> IdentityNumber:
    """Parse a number of 17 digits and a digit or X; the area is not looked up.

    Raises IdentifierError.
    """
    reading = read(KIND, text)
    number = reading.text
    reading.expect_length("18 characters", _LENGTH)
    reading.expect_layout("9" * _CHECK)
    reading.expect(_CHECK, f"{DIGITS}X", "a digit or X")
    _check_birth(reading)
    total = sum(
        int(each) * pow(2, _CHECK - place, 11) for place, each in enumerate(number[:_CHECK])
    )
    expected = _CHECKS[total % 11]
    if number[_CHECK] != expected:
        raise reading.wrong_check(_CHECK, expected, "check character")
    return IdentityNumber(number, number[:6], number[6:14], number[14:_CHECK], number[_CHECK])


def _check_birth(reading: Reading) -> None:
    number = reading.text
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if number[6:8] not in ("18", "19", "20"):
        raise reading.wrong(6, "a year of birth in 1800 to 2099")
    if not 1 <= month <= 12:
        raise reading.wrong(10, "a month of birth 01 to 12")
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    most = _DAYS[month - 1] + (month == 2 and leap)
    if not 1 <= day <= most:
        raise reading.wrong(12, f"a day of birth 01 to {most}")
