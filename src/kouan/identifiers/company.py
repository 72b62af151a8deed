"""China's unified social credit code: 18 characters that name a company (GB 32100)."""

from dataclasses import dataclass

from kouan.identifiers.reading import DIGITS, explained, read

KIND = "credit_code"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z."""

_LENGTH, _CHECK, _MODULUS = 18, 17, 31


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A code: authority that registered (1), category (1), division (6), organisation (9), check.

    ``organisation`` holds a check of its own, which is not compared here.
    """

    text: str
    authority: str
    category: str
    division: str
    organisation: str
    check_character: str


@explained
def parse_credit_code(text: str) -> CreditCode:
    """Parse a code such as 91110000600037341L. Raises IdentifierError."""
    reading = read(KIND, text)
    code = reading.text
    reading.expect_length("18 characters", _LENGTH)
    for index in range(_LENGTH):
        if 2 <= index < 8:
            reading.expect(index, DIGITS, "a digit of the administrative division")
        else:
            reading.expect(index, ALPHABET, "a digit or a letter but I, O, S, V and Z")
    total = sum(
        ALPHABET.index(each) * pow(3, place, _MODULUS) for place, each in enumerate(code[:_CHECK])
    )
    expected = ALPHABET[-total % _MODULUS]
    if code[_CHECK] != expected:
        raise reading.wrong_check(_CHECK, expected, "check character")
    return CreditCode(code, code[0], code[1], code[2:8], code[8:_CHECK], code[_CHECK])
