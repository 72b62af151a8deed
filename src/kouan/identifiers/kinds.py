"""All kinds of identifiers by name, for those who do not know what a text is."""

from collections.abc import Callable

from kouan.identifiers.company import CreditCode, parse_credit_code
from kouan.identifiers.container import Container, parse_container
from kouan.identifiers.customs import EntryNumber, HsCode, parse_entry_number, parse_hs
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.mrz import Mrz, parse_mrz
from kouan.identifiers.person import IdentityNumber, parse_identity_number
from kouan.identifiers.place import Locode, parse_locode
from kouan.identifiers.plate import (
    Plate,
    parse_plate_china,
    parse_plate_mongolia,
    parse_plate_russia,
)
from kouan.identifiers.wagon import (
    BroadGaugeWagon,
    UicWagon,
    parse_wagon_1520,
    parse_wagon_uic,
)

Identifier = (
    Container
    | Mrz
    | UicWagon
    | BroadGaugeWagon
    | CreditCode
    | IdentityNumber
    | Plate
    | EntryNumber
    | Locode
    | HsCode
)

PARSERS: dict[str, Callable[[str], Identifier]] = {
    "container": parse_container,
    "mrz": parse_mrz,
    "wagon_uic": parse_wagon_uic,
    "wagon_1520": parse_wagon_1520,
    "credit_code": parse_credit_code,
    "identity_number": parse_identity_number,
    "plate_china": parse_plate_china,
    "plate_russia": parse_plate_russia,
    "plate_mongolia": parse_plate_mongolia,
    "entry_number": parse_entry_number,
    "locode": parse_locode,
    "hs": parse_hs,
}
"""What parses each kind; the name is also the ``kind`` of its error."""


def parse_every(text: str) -> dict[str, Identifier | IdentifierError]:
    """Return for each kind what a text is as one, or why it is none."""
    found: dict[str, Identifier | IdentifierError] = {}
    for kind, parse in PARSERS.items():
        try:
            found[kind] = parse(text)
        except IdentifierError as error:
            found[kind] = error
    return found
