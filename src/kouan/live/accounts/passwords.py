"""Passwords: what one has to be, and its hash by argon2 with the library's own parameters."""

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kouan.live.accounts.people import AccountError

LEAST_LETTERS = 12
MOST_LETTERS = 256
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that are taken for one another when somebody reads them out."""
ONE_TIME_LENGTH = 16


def check_password(name: str, password: str) -> None:
    """Raise AccountError when an account of this name can't have this password."""
    letters = _normal(password)
    if not LEAST_LETTERS <= len(letters) <= MOST_LETTERS:
        raise AccountError(
            f"the password has {len(letters)} letters: expected {LEAST_LETTERS} to {MOST_LETTERS}"
        )
    if len(dict.fromkeys(letters)) == 1:
        raise AccountError("the password is one letter again and again: expected several")
    bare = letters.casefold()
    if bare.replace(name, "") in ("", *"0123456789") or bare in name:
        raise AccountError("the password is the account's name: expected another")


def one_time_password() -> str:
    """Return a password by chance, for people to read out and type: 79 bits."""
    letters = "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(ONE_TIME_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, ONE_TIME_LENGTH, 4))


def _normal(password: str) -> str:
    """The same letters however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and verifies, each about as long as the library's parameters ask for."""

    def __init__(self) -> None:
        """Use the library's parameters."""
        self._hasher = PasswordHasher()
        self._guard = threading.Lock()
        self._decoy = ""

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(_normal(password)[:MOST_LETTERS])

    def verify(self, stored: str, password: str) -> bool:
        """Return whether it is the password; without one it takes as long to say no."""
        kept = stored or self._any_hash()
        try:
            right = self._hasher.verify(kept, _normal(password)[: MOST_LETTERS + 1])
        except (VerificationError, InvalidHashError):
            return False
        return right and bool(stored)

    def is_old(self, stored: str) -> bool:
        """Return whether the library would hash it with other parameters now."""
        return self._hasher.check_needs_rehash(stored)

    def _any_hash(self) -> str:
        """The hash of a password that nobody has."""
        with self._guard:
            self._decoy = self._decoy or self._hasher.hash(secrets.token_urlsafe())
            return self._decoy
