"""The rules by which pictures are removed, by the keys of the port file's table ``privacy``."""

from enum import StrEnum

from kouan.port.model import Privacy


class Rule(StrEnum):
    """How long a picture is kept."""

    PICTURES = "pictures_kept"
    DOCUMENTS = "documents_kept"
    """Of cameras that take travel documents, whatever else they show."""


def kept_ms(privacy: Privacy, rule: Rule) -> int:
    """How long a port keeps the pictures of a rule."""
    return privacy.documents_kept_ms if rule is Rule.DOCUMENTS else privacy.pictures_kept_ms
