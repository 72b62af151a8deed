"""What people type, as the port's cameras and papers tell it: plates, containers, persons."""

from typing import Annotated

import msgspec

from kouan.gate.evidence import pseudonym
from kouan.identifiers.container import parse_container
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.plate import parse_plate


class TravelDocument(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What of a person's travel document the port makes a pseudonym of; it keeps neither."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[A-Z0-9]+$")]
    issuer: Annotated[str, msgspec.Meta(min_length=1, max_length=3, pattern=r"^[A-Z]+$")]

    def holder(self, key: bytes) -> str:
        """The pseudonym under which announcements and readings know the holder."""
        return pseudonym(key, self.number, self.issuer)


def plate_of(text: str) -> str:
    """A plate as it is read; of a country or kind that is not known here in capital letters."""
    try:
        return parse_plate(text).text
    except IdentifierError:
        return text.upper()


def container_of(text: str) -> str:
    """A container number as it is read; raises IdentifierError."""
    return parse_container(text).text
