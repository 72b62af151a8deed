"""Wagon numbers: twelve digits of UIC, eight digits of the 1520 mm gauge.

Both take the digits before the last alternately times 2 and 1, beginning with 2 at both ends, and
add up the digits of the products: the check digit fills up to the next ten (Luhn).
"""

from dataclasses import dataclass

from kouan.identifiers.reading import Reading, explained, read

UIC, BROAD = "wagon_uic", "wagon_1520"


@dataclass(frozen=True, slots=True)
class UicWagon:
    """A UIC number: kind of vehicle (2 digits), country (2), features (4), serial (3), check."""

    text: str
    vehicle_type: str
    country: str
    features: str
    serial: str
    check_digit: str


@dataclass(frozen=True, slots=True)
class BroadGaugeWagon:
    """A number of the 1520 mm gauge: the first digit is the kind of wagon, the last the check."""

    text: str
    wagon_type: str
    check_digit: str


@explained
def parse_wagon_uic(text: str) -> UicWagon:
    """Parse a number such as 21-81-2471217-3. Raises IdentifierError."""
    number = _checked(read(UIC, text), 12).text
    return UicWagon(number, number[:2], number[2:4], number[4:8], number[8:11], number[11])


@explained
def parse_wagon_1520(text: str) -> BroadGaugeWagon:
    """Parse a number of eight digits. Raises IdentifierError."""
    number = _checked(read(BROAD, text), 8).text
    return BroadGaugeWagon(number, number[0], number[7])


def _checked(reading: Reading, length: int) -> Reading:
    """Both lengths are even, so the first digit counts twice in both."""
    reading.expect_length(f"{length} digits", length)
    reading.expect_layout("9" * length)
    *digits, last = (int(each) for each in reading.text)
    total = sum(sum(divmod(digit * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    expected = -total % 10
    if last != expected:
        raise reading.wrong_check(length - 1, str(expected))
    return reading
