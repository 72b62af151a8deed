"""Tokens of drivers' pages: one for each visit, made of its name with the port's own key.

Nothing is stored: the same name gives the same token after every start. What a token stands for is
looked up among the visits that were there since the start, the newest of them.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from kouan.live.queue.view import Queue, Queued, Standing

TOKEN_BYTES = 18
"""144 bits: more than anybody can try."""
MOST_KNOWN = 20_000
"""Visits whose tokens are known, ended ones among them; of more the oldest is forgotten."""


class Tickets:
    """Who has which token. ``show`` is called by the loop, all else from any thread."""

    def __init__(self, key: bytes) -> None:
        """Make tokens with a key that nobody else has."""
        self._key = key
        self._visits: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._ends: dict[str, Queued] = {}
        self._queue: Queue = {}

    def token(self, visit: str) -> str:
        """The token of a visit's page."""
        digest = hmac.digest(self._key, visit.encode(), sha256)
        return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

    def show(self, queue: Queue) -> None:
        """Take the newest picture; what has left it is known by how it last stood."""
        before = self._queue
        for name in queue:
            if name not in self._tokens:
                token = self.token(name)
                self._tokens[name] = token
                self._visits[token] = name
        for name in before:
            if name not in queue:
                self._ends[name] = before[name]
        self._queue = queue
        while len(self._tokens) > MOST_KNOWN:
            self._forget(next(iter(self._tokens)))

    def _forget(self, visit: str) -> None:
        self._visits.pop(self._tokens.pop(visit), None)
        self._ends.pop(visit, None)

    def visit_of(self, token: str) -> str | None:
        """The visit that a token stands for; None for one that is not known."""
        return self._visits.get(token)

    def find(self, visit: str) -> Queued | None:
        """A visit as it stands, or as it last stood; one that left is done or was turned back."""
        found = self._queue.get(visit)
        if found is not None:
            return found
        last = self._ends.get(visit)
        if last is None or last.standing in (Standing.DONE, Standing.TURNED_BACK):
            return last
        return _ended(last)


def _ended(last: Queued) -> Queued:
    """One that is gone without having been let out: it lapsed, or it left between two pictures."""
    fields = {name: getattr(last, name) for name in Queued.__slots__}
    came = last.standing not in (Standing.ANNOUNCED, Standing.BOOKED)
    standing = Standing.DONE if came else Standing.TURNED_BACK
    return Queued(**{**fields, "standing": standing, "position": 0, "missing": ()})
