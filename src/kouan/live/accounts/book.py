"""All of accounts under one roof: what the command line and the pages do with them."""

from collections.abc import Sequence
from pathlib import Path

from kouan.live.accounts import people as p
from kouan.live.accounts import tokens as k
from kouan.live.accounts.people import Account, AccountError, People, checked_roles, clean_name
from kouan.live.accounts.rights import TO_CHANGE_PASSWORD, Caller, Role, rights_of
from kouan.live.accounts.sessions import Sessions
from kouan.live.accounts.tables import Act, NowMs, Store
from kouan.live.accounts.tokens import Tokens
from kouan.live.clock import wall_now_ms
from kouan.port.quantity import DAY_MS

MOST_DAYS = 366
OF_TWIN = "twin"
"""Label of the token that a device's twin has."""
MOST_ACTS = 1_000
"""Acts that are told at a time."""


class Accounts:
    """The accounts of a port. Threads and processes may use them side by side."""

    def __init__(self, place: Path | str, now_ms: NowMs = wall_now_ms) -> None:
        """Open or make the accounts of a data folder, or at a database's URL.

        Raises LiveError or JournalError, each saying what to do.
        """
        self.now_ms = now_ms
        self._store = Store(place, now_ms)
        self.people = People(self._store)
        self.tokens = Tokens(self._store)
        self.sessions = Sessions(self._store)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def acts(self, most: int = MOST_ACTS) -> list[Act]:
        """Return what was done to accounts, the newest first."""
        return self._store.acts(most)

    def keep_operator(self, token: str) -> None:
        """Let the data folder's token be that of the built-in account of its owner."""
        self.people.keep_operator()
        self.tokens.keep(k.OF_FOLDER, p.OPERATOR, token)

    def add(self, name: str, roles: Sequence[str], by: str) -> str:
        """Make a person's account without a password; return its name as it is kept."""
        cleaned = clean_name(name)
        self.people.check_free(cleaned)
        self.people.add(cleaned, p.PERSON, checked_roles(roles), by)
        return cleaned

    def disable(self, name: str, by: str) -> None:
        """Disable an account: its sessions and tokens end at once and for good."""
        found = self.people.known(name, p.PERSON, p.DEVICE)
        self.people.set_disabled(found.name, True, by)
        self.sessions.end_all(found.name)
        self.tokens.revoke(found.name, by)

    def enable(self, name: str, by: str) -> None:
        """Enable an account again; it needs new tokens."""
        self.people.set_disabled(self.people.known(name, p.PERSON, p.DEVICE).name, False, by)

    def token(self, name: str, label: str, days: int, by: str) -> str:
        """Give a program a token of a person's account; return its text."""
        found = self.people.known(name, p.PERSON)
        if found.disabled:
            raise AccountError(f"account {name} is disabled: enable it first")
        return self.tokens.give(k.API, found.name, label, self._until(days), by)

    def _until(self, days: int) -> int:
        if not 1 <= days <= MOST_DAYS:
            raise AccountError(f"days {days}: expected 1 to {MOST_DAYS}")
        return self.now_ms() + days * DAY_MS

    def add_device(self, name: str, by: str) -> str:
        """Make a device's account; return its token's text."""
        if clean_name(name) != name:
            raise AccountError(f"device {name}: expected small letters")
        self.people.check_free(name)
        self.people.add(name, p.DEVICE, (Role.DEVICE,), by)
        return self.tokens.give(k.OF_DEVICE, name, "", 0, by)

    def twin_token(self, name: str) -> str:
        """Give the twin of a device a token, in place of the one of its last start."""
        found = self.people.find(name)
        if found is None:
            self.people.add(name, p.DEVICE, (Role.DEVICE,), "kouan")
        elif found.kind != p.DEVICE:
            raise AccountError(f"device {name}: an account of a person has this name")
        for token in self.tokens.of(name):
            if token.label == OF_TWIN:
                self.tokens.revoke(name, "kouan", token.id)
        return self.tokens.give(k.OF_DEVICE, name, OF_TWIN, 0, "kouan")

    def renew_device(self, name: str, by: str) -> str:
        """Give a device another token in place of all it has; return its text."""
        found = self.people.known(name, p.DEVICE)
        self.tokens.revoke(found.name, by)
        return self.tokens.give(k.OF_DEVICE, found.name, "", 0, by)

    def check(self, device: str, token: str) -> bool:
        """Return whether a token is that of this device and the device is not disabled."""
        found = self.bearer(token)
        return found is not None and (found.roles, found.name) == ((Role.DEVICE,), device)

    def bearer(self, token: str) -> Caller | None:
        """Return who has a program's, a device's or the folder's token, if it is good."""
        found = self.tokens.find(token)
        return None if found is None else self._caller(found.owner)

    def signed_in(self, session: str) -> Caller | None:
        """Return whose session it is, if it is good."""
        name = self.sessions.find(session)
        return self._caller(name) if name else None

    def _caller(self, name: str) -> Caller | None:
        found = self.people.find(name)
        return None if found is None or found.disabled else caller_of(found)


def caller_of(account: Account) -> Caller:
    """Return an account as who asks."""
    rights = TO_CHANGE_PASSWORD if account.must_change else rights_of(account.roles)
    return Caller(account.name, account.roles, rights, must_change=account.must_change)
