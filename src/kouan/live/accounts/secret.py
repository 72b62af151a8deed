"""Secrets by chance: made once, kept as a hash, compared in constant time."""

import secrets
from hashlib import sha256
from typing import NamedTuple

SECRET_BYTES = 32
MOST_LETTERS = 256
"""A longer text is no secret of ours, and is not hashed."""


class Print(NamedTuple):
    """What is kept of a secret: an id that may be shown, and the hash."""

    id: str
    hash: bytes


def make_secret() -> str:
    """Return a new secret as letters for headers, cookies and addresses."""
    return secrets.token_urlsafe(SECRET_BYTES)


def print_of(secret: str) -> Print:
    """Return what is kept of a secret. By chance as long as ours, it needs no slow hash."""
    digest = sha256(secret.encode("utf-8", "surrogatepass")).digest()
    return Print(digest[:8].hex(), digest)


def same(one: bytes | str, other: bytes | str) -> bool:
    """Compare in a time that does not tell where the two differ."""
    return secrets.compare_digest(_bytes(one), _bytes(other))


def _bytes(value: bytes | str) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def derive(secret: str, purpose: str) -> str:
    """Return a second secret that follows from a first and does not give it away."""
    return sha256(f"{purpose}:{secret}".encode("utf-8", "surrogatepass")).hexdigest()
