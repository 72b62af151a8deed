"""What is to happen: a heap of (time, order of entry, thing), plain data that can be frozen."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any


@dataclass(slots=True)
class Heap:
    """Things by time; those of one time come out in the order they were put in.

    A thing is a kind (the name of an event, or "@" and what the site itself does) and its fields.
    """

    items: list[tuple[int, int, str, Any]] = field(default_factory=list)
    counter: int = 0

    def push(self, at_ms: int, kind: str, fields: Any) -> None:
        """Put a thing in."""
        self.counter = number = self.counter + 1
        heappush(self.items, (at_ms, number, kind, fields))

    def next_number(self) -> int:
        """Take the place in the order of entry that a thing put in now would have."""
        self.counter = number = self.counter + 1
        return number

    def next_at_ms(self) -> int | None:
        """Time of the next thing."""
        return self.items[0][0] if self.items else None

    def pop(self) -> tuple[int, int, str, Any]:
        """Take the next thing out."""
        return heappop(self.items)
