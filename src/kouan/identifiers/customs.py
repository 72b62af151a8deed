"""Numbers of China's customs: the entry number of a declaration, and codes of goods (HS).

Neither has a check digit. Whether a code of goods exists is for whoever has the table.
"""

from dataclasses import dataclass

from kouan.identifiers.reading import explained, read

ENTRY, HS = "entry_number", "hs"
IMPORT, EXPORT = "1", "0"


@dataclass(frozen=True, slots=True)
class EntryNumber:
    """A number: customs office (4 digits), year (4), import or export (1), serial (9)."""

    text: str
    office: str
    year: str
    is_import: bool
    serial: str


@dataclass(frozen=True, slots=True)
class HsCode:
    """A code of goods: chapter (2 digits), heading (4), subheading (6), all as they count up.

    ``national`` are China's digits 7 to 8 or 10, empty in a code of six.
    """

    text: str
    chapter: str
    heading: str
    subheading: str
    national: str


@explained
def parse_entry_number(text: str) -> EntryNumber:
    """Parse the 18 digits of a declaration's entry number. Raises IdentifierError."""
    reading = read(ENTRY, text)
    number = reading.text
    reading.expect_length("18 digits", 18)
    reading.expect_layout("9" * 18)
    if number[4:6] not in ("19", "20"):
        raise reading.wrong(4, "a year in 1900 to 2099")
    reading.expect(8, IMPORT + EXPORT, "1 for import or 0 for export")
    return EntryNumber(number, number[:4], number[4:8], number[8] == IMPORT, number[9:])


@explained
def parse_hs(text: str) -> HsCode:
    """Parse a code of 6 digits (HS 2022), or China's of 8 or 10, with dots or without.

    The form only, and that the chapter is not 00 or 77, which the HS keeps free. Raises
    IdentifierError.
    """
    reading = read(HS, text, " .")
    code = reading.text
    reading.expect_length("6, 8 or 10 digits", 6, 8, 10)
    reading.expect_layout("9" * len(code))
    if code[:2] in ("00", "77"):
        raise reading.wrong(0, f"a chapter 01 to 99, and {code[:2]} is not one")
    return HsCode(code, code[:2], code[:4], code[:6], code[6:])
