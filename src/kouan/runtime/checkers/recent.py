"""A memory of what came last, bounded: for rules about things that are over."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")
REMEMBERED = 20_000
"""Entries remembered at least; twice as many at most."""


class Recent(Generic[Value]):
    """A mapping that forgets its older half whenever the newer one is full."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.remembered = remembered
        self.newer: dict[str, Value] = {}
        self.older: dict[str, Value] = {}

    def get(self, key: str) -> Value | None:
        """The value, or None where the key is unknown or forgotten."""
        value = self.newer.get(key)
        return self.older.get(key) if value is None else value

    def put(self, key: str, value: Value) -> None:
        """Remember a value."""
        self.newer[key] = value
        if len(self.newer) > self.remembered:
            self.older, self.newer = self.newer, {}

    def pop(self, key: str) -> Value | None:
        """Take a value out."""
        older = self.older.pop(key, None)
        value = self.newer.pop(key, None)
        return older if value is None else value

    def __contains__(self, key: str) -> bool:
        return key in self.newer or key in self.older

    def values(self) -> Iterator[Value]:
        """The values remembered, oldest first."""
        yield from self.older.values()
        yield from self.newer.values()
