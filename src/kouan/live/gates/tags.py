"""What a reader's text is evidence of: tags and seals by their number, portals by a word."""

from kouan.dispatch.events import Evidence
from kouan.gate.evidence import pseudonym
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.masks import masked
from kouan.identifiers.mrz import parse_mrz
from kouan.port.devices import Device
from kouan.port.procedures import CheckKind

ALARM = "alarm"
OF_CARD = "card"
"""Stands for the issuing state in the pseudonym of a card's holder."""
BY_WORD = (CheckKind.RADIATION, CheckKind.DISINFECTION)


def tag_evidence(device: Device, text: str, key: bytes) -> tuple[Evidence, ...]:
    """The evidence for each check that a reader serves; ``key`` makes pseudonyms."""
    return tuple(_one(check, text, key) for check in device.checks)


def _one(check: CheckKind, text: str, key: bytes) -> Evidence:
    if check in BY_WORD:
        return Evidence(check, text, ok=text != ALARM)
    if check is CheckKind.DRIVER:
        return Evidence(check, _holder(text, key), ok=bool(text))
    return Evidence(check, masked(check, text), ok=bool(text))


def _holder(text: str, key: bytes) -> str:
    """The pseudonym of whoever has a travel document or a card; "" for nothing."""
    try:
        document = parse_mrz(text)
    except IdentifierError:
        return pseudonym(key, text, OF_CARD) if text.strip("<") else ""
    return pseudonym(key, document.number, document.issuer)
