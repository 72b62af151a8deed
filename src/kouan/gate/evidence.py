"""Readings as Evidence: what the dispatcher compares with what was declared.

Personal values never become Evidence. A travel document's number becomes the keyed pseudonym under
which its holder was announced; names and dates stay where they were read.
"""

import hashlib
import hmac

from kouan.gate.errors import GateError

LEAST_KEY_BYTES = 16
PSEUDONYM_DIGITS = 32


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
