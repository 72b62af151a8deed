"""When places are open, as the calendars in the journal say."""

from bisect import bisect_right

from kouan.dispatch.events import CalendarExtended

KEPT = 512
"""Intervals kept for one calendar; older ones are dropped."""


class OpenTimes:
    """Open intervals by calendar key, as far as they were extended."""

    def __init__(self) -> None:
        self.opens: dict[str, list[int]] = {}
        self.closes: dict[str, list[int]] = {}
        self.to_ms: dict[str, int] = {}

    def extend(self, event: CalendarExtended) -> None:
        """Take in one calendar's further intervals; those known before are not added again.

        An opening without a closing, or the other way round, is passed over.
        """
        opens = self.opens.setdefault(event.key, [])
        closes = self.closes.setdefault(event.key, [])
        known_to_ms = self.to_ms.get(event.key, -1)
        for opening_ms, closing_ms in zip(event.opens, event.closes, strict=False):
            if closes and opening_ms <= closes[-1] < closing_ms:
                closes[-1] = closing_ms
            elif opening_ms >= known_to_ms or not closes:
                opens.append(opening_ms)
                closes.append(closing_ms)
        self.to_ms[event.key] = max(known_to_ms, event.to_ms)
        del opens[:-KEPT], closes[:-KEPT]

    def knows(self, key: str) -> bool:
        """Whether anything was ever said about a calendar."""
        return key in self.to_ms

    def is_open(self, key: str, at_ms: int) -> bool:
        """Whether a calendar is open at a time: from its opening to just before its closing."""
        index = bisect_right(self.opens.get(key, []), at_ms) - 1
        return index >= 0 and at_ms < self.closes[key][index]
