"""Readings as Evidence: what the dispatcher compares with what was declared.

Personal values never become Evidence. A travel document's number becomes the keyed pseudonym under
which its holder was announced; names and dates stay where they were read.
"""

import hashlib
import hmac
from collections.abc import Sequence

from kouan.dispatch.events import Evidence
from kouan.gate.errors import GateError
from kouan.gate.words import Kind, Reading
from kouan.identifiers.mrz import parse_mrz
from kouan.port.procedures import CheckKind

LEAST_KEY_BYTES = 16
PSEUDONYM_DIGITS = 32
DIGITS_ONLY = "mongolian"
"""Variety of plates of which the digits alone can be read."""


def pseudonym(key: bytes, document_number: str, issuing_state: str) -> str:
    """The name under which a travel document's holder is known in events: HMAC-SHA-256, keyed.

    Who has the key can tell whether two documents are the same; who has not can't try all numbers.
    """
    if len(key) < LEAST_KEY_BYTES:
        raise GateError(f"key: {len(key)} bytes; expected {LEAST_KEY_BYTES} or more")
    number, state = document_number.replace("<", ""), issuing_state.replace("<", "")
    if not number or not state:
        raise GateError("pseudonym: document number or issuing state is empty; expected both")
    message = f"{state}\n{number}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def plate_evidence(readings: Sequence[Reading]) -> Evidence:
    """The plate as it was read, the surest of several.

    A plate of Mongolia has only its digits read: its confidence is 0, so that it matches nothing
    by itself; `matches_digits` tells whoever judges it whether they are those declared.
    """
    best = _surest(Kind.PLATE, readings)
    if best is None:
        return Evidence(CheckKind.PLATE, confidence_ppm=0)
    certain = 0 if best.variety == DIGITS_ONLY else best.confidence_ppm
    return Evidence(CheckKind.PLATE, best.text, confidence_ppm=certain)


def matches_digits(reading: Reading, declared: str) -> bool:
    """Whether the digits of a plate of which no more can be read are those of the declared one."""
    digits = "".join(each for each in declared if each.isdecimal())
    return reading.variety == DIGITS_ONLY and bool(digits) and reading.text == digits


def container_evidence(readings: Sequence[Reading]) -> Evidence:
    """The container numbers as they were read, parted by commas, and how many they are."""
    read: dict[str, Reading] = {}
    for reading in readings:
        if reading.kind == Kind.CONTAINER and reading.text:
            known = read.get(reading.text)
            if known is None or known.confidence_ppm < reading.confidence_ppm:
                read[reading.text] = reading
    least = min((each.confidence_ppm for each in read.values()), default=0)
    return Evidence(
        CheckKind.CONTAINER, ",".join(sorted(read)), amount=len(read), confidence_ppm=least
    )


def driver_evidence(readings: Sequence[Reading], key: bytes) -> Evidence:
    """The pseudonym of the travel document's holder: nothing of the document itself."""
    best = _surest(Kind.MRZ, readings)
    if best is None:
        return Evidence(CheckKind.DRIVER, confidence_ppm=0)
    zone = parse_mrz(best.text)
    name = pseudonym(key, zone.number, zone.issuer)
    return Evidence(CheckKind.DRIVER, name, confidence_ppm=best.confidence_ppm)


def _surest(kind: Kind, readings: Sequence[Reading]) -> Reading | None:
    read = [each for each in readings if each.kind == kind and each.text]
    return max(read, key=lambda each: each.confidence_ppm, default=None)
