"""Opening times for a port that runs on and on: more of them, always in good time.

A simulation compiles its whole horizon; live operation brings more as a journalled event, because
the holidays a package knows may change with an upgrade and a journal may not.
"""

from bisect import bisect_right

from kouan.dispatch.events import CalendarExtended, Event
from kouan.port.calendar import Calendar, calendar_keys, compile_calendars
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS

AHEAD_MS = 14 * DAY_MS
"""How far ahead opening times are known at the least."""
EXTENT_MS = 60 * DAY_MS
"""How far ahead they are known once they were extended."""


class Calendars:
    """Watches how far each calendar is known and says when to extend which."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._keys = calendar_keys(port)
        self.known_ms: dict[str, int] = {}
        """Time up to which each calendar is known, by key."""

    def note(self, event: Event) -> None:
        """Take in how far a calendar has become known."""
        if isinstance(event, CalendarExtended):
            self.known_ms[event.key] = max(event.to_ms, self.known_ms.get(event.key, 0))

    def due_ms(self) -> int:
        """Port time at which the next extension is due; 0 while a calendar is not known at all."""
        return min(self.known_ms.get(key, AHEAD_MS) for key in self._keys) - AHEAD_MS

    def extend(self, now_ms: int) -> list[Event]:
        """Return the extensions that are due."""
        short = [key for key in self._keys if self.known_ms.get(key, 0) <= now_ms + AHEAD_MS]
        if not short:
            return []
        first_ms = min(self.known_ms.get(key, now_ms) for key in short)
        to_ms = now_ms + EXTENT_MS
        # From the day before: an interval cut at the end of what was known is given whole, so that
        # it grows instead of beginning anew.
        compiled = compile_calendars(self._port, min(first_ms, now_ms) - DAY_MS, to_ms)
        return [self._fresh(one, now_ms, to_ms) for one in compiled if one.key in short]

    def _fresh(self, calendar: Calendar, now_ms: int, to_ms: int) -> CalendarExtended:
        """The intervals of a calendar that end after what is known of it."""
        known_ms = self.known_ms.get(calendar.key, now_ms)
        first = bisect_right(calendar.closes, known_ms)
        return CalendarExtended(
            now_ms, calendar.key, to_ms, calendar.opens[first:], calendar.closes[first:]
        )
