"""Signing in by name and password, and what else a person does with a password of their own."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from kouan.live.accounts.book import Accounts
from kouan.live.accounts.passwords import Passwords, check_password, one_time_password
from kouan.live.accounts.people import PERSON, Account, AccountError, clean_name
from kouan.live.accounts.throttle import BY_ADDRESS, BY_NAME, Throttle
from kouan.port.quantity import DAY_MS

log = logging.getLogger(__name__)

ONE_TIME_DAYS = 3
"""How long a one-time password is good. Assumption: over a weekend."""


class SignInRefused(Exception):
    """Nobody was signed in: status, why, and for how many seconds to wait."""

    def __init__(self, status: int, problem: str, wait_s: int = 0) -> None:
        super().__init__(problem)
        self.status = status
        self.wait_s = wait_s


class SignedIn(NamedTuple):
    """A new session: its secret and its account."""

    session: str
    account: Account


def _ignore(_result: str) -> None:
    """Tell nobody."""


class SigningIn:
    """Everything that hashes a password: it takes long, so call it in a thread."""

    def __init__(self, accounts: Accounts, count: Callable[[str], None] = _ignore) -> None:
        """Sign people in; ``count`` is told how each attempt ended."""
        self._accounts = accounts
        self._count = count
        self._passwords = Passwords()
        self._by_name = Throttle(BY_NAME, accounts.now_ms)
        self._by_address = Throttle(BY_ADDRESS, accounts.now_ms)

    def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """Begin a session; raise SignInRefused. An unknown name takes as long as a known one."""
        try:
            cleaned = clean_name(name)
        except AccountError:
            cleaned = ""
        found = self._accounts.people.find(cleaned)
        # A name that nobody has may be a password in the wrong field: it is not logged.
        who = found.name if found is not None else "a name that nobody has"
        self._wait(cleaned, address, who)
        stored, until_ms = self._accounts.people.password(cleaned)
        right = self._passwords.verify(stored, password)
        ended = bool(until_ms) and until_ms <= self._accounts.now_ms()
        if not right or found is None or found.kind != PERSON or found.disabled or ended:
            self._tell("refused", who, address)
            raise SignInRefused(401, "name or password is not right, or the account is disabled")
        self._by_name.clear(cleaned)
        self._by_address.undo(address)
        if self._passwords.is_old(stored):
            self._accounts.people.renew_hash(found.name, self._passwords.hash(password))
        self._tell("signed_in", who, address)
        return SignedIn(self._accounts.sessions.begin(found.name), found)

    def _wait(self, name: str, address: str, who: str) -> None:
        wait_ms = self._by_address.begin(address) or self._by_name.begin(name)
        if wait_ms:
            self._tell("too_often", who, address)
            wait_s = -(-wait_ms // 1_000)
            raise SignInRefused(429, f"too many attempts: expected the next in {wait_s} s", wait_s)

    def _tell(self, result: str, who: str, address: str) -> None:
        self._count(result)
        # A warning even when all is well, so that it is seen without setting up any logging.
        log.warning("sign-in of %s from %s: %s", who, address, result)

    def change(self, name: str, old: str, new: str, address: str) -> None:
        """Change one's own password, which ends all one's sessions; raise SignInRefused."""
        self._wait(name, address, name)
        stored, _ = self._accounts.people.password(name)
        if not self._passwords.verify(stored, old):
            self._tell("refused", name, address)
            raise SignInRefused(401, "the present password is not right")
        self._by_name.clear(name)
        self._by_address.undo(address)
        if self._passwords.verify(stored, new):
            raise SignInRefused(422, "the new password is the old one: expected another")
        self.set_password(name, new, name)

    def set_password(self, name: str, password: str, by: str) -> None:
        """Give a person this password; raise AccountError when it is none."""
        found = self._accounts.people.known(name, PERSON)
        check_password(found.name, password)
        self._accounts.people.set_password(found.name, self._passwords.hash(password), by)
        self._accounts.sessions.end_all(found.name)

    def reset(self, name: str, by: str) -> str:
        """Give a person a one-time password, ending sessions and tokens; return it."""
        found = self._accounts.people.known(name, PERSON)
        password = one_time_password()
        until_ms = self._accounts.now_ms() + ONE_TIME_DAYS * DAY_MS
        stored = self._passwords.hash(password)
        self._accounts.people.set_password(
            found.name, stored, by, must_change=True, until_ms=until_ms
        )
        self._accounts.sessions.end_all(found.name)
        self._accounts.tokens.revoke(found.name, by)
        return password
