"""Readings as Evidence: what the dispatcher compares with what was declared.

Personal values never become Evidence. A travel document's number becomes the keyed pseudonym under
which its holder was announced; names and dates stay where they were read.
"""

import hashlib
import hmac

from kouan.dispatch.events import Evidence
from kouan.gate.errors import GateError
from kouan.gate.words import Reading
from kouan.identifiers.errors import IdentifierError
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


def evidence_of(check: CheckKind, reading: Reading, key: bytes) -> Evidence:
    """One reading as the evidence of a check, or why there is none; ``key`` makes pseudonyms.

    A plate of which the digits alone can be read is never certain: a person sees the letters.
    """
    if check is CheckKind.DRIVER:
        return _holder(reading, key)
    certain_ppm = 0 if reading.variety == DIGITS_ONLY else reading.confidence_ppm
    return Evidence(
        check,
        reading.text,
        confidence_ppm=certain_ppm,
        ok=bool(reading.text),
        reason=reading.reason,
    )


def _holder(reading: Reading, key: bytes) -> Evidence:
    """The pseudonym of a travel document's holder: nothing of the document itself."""
    if not reading.text:
        return Evidence(CheckKind.DRIVER, ok=False, reason=reading.reason)
    try:
        document = parse_mrz(reading.text)
        name = pseudonym(key, document.number, document.issuer)
    except (IdentifierError, GateError):
        return Evidence(CheckKind.DRIVER, ok=False, reason="no whole document number")
    return Evidence(
        CheckKind.DRIVER, name, confidence_ppm=reading.confidence_ppm, reason=reading.reason
    )
