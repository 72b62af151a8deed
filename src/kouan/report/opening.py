"""Open hours as the calendars in the journal say, and local days and hours of the home side."""

from bisect import bisect_right
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kouan.dispatch.events import CalendarExtended
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS
from kouan.report.fold import Fold


class OpenHours(Fold):
    """Open intervals by calendar key; a key of which nothing was said is always open."""

    def __init__(self) -> None:
        super().__init__()
        self.opens: dict[str, list[int]] = {}
        self.closes: dict[str, list[int]] = {}
        self.on_event = {CalendarExtended: self._extended}

    def _extended(self, at_ms: int, event: CalendarExtended) -> None:
        del at_ms
        opens = self.opens.setdefault(event.key, [])
        closes = self.closes.setdefault(event.key, [])
        for opening_ms, closing_ms in zip(event.opens, event.closes, strict=False):
            if closes and opening_ms <= closes[-1]:
                closes[-1] = max(closes[-1], closing_ms)
            else:
                opens.append(opening_ms)
                closes.append(closing_ms)

    def open_ms(self, key: str, from_ms: int, to_ms: int) -> int:
        """How long a key is open between two times."""
        opens = self.opens.get(key)
        if opens is None:
            return max(0, to_ms - from_ms)
        closes = self.closes[key]
        total = 0
        for index in range(max(0, bisect_right(opens, from_ms) - 1), len(opens)):
            if opens[index] >= to_ms:
                break
            total += max(0, min(closes[index], to_ms) - max(opens[index], from_ms))
        return total


class LocalTime:
    """Days and hours of the home side; asked in the order of time, it looks each day up once."""

    def __init__(self, port: Port) -> None:
        self.zone = ZoneInfo(port.sides.home.time_zone)
        self._from_ms = 0
        self._to_ms = 0
        self._day = ""

    def day(self, at_ms: int) -> str:
        """The local date, such as "2026-03-02"."""
        if not self._from_ms <= at_ms < self._to_ms:
            midnight = datetime.fromtimestamp(at_ms / 1_000, self.zone).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            next_day = midnight.date() + timedelta(days=1)
            following = datetime(next_day.year, next_day.month, next_day.day, tzinfo=self.zone)
            self._from_ms = int(midnight.timestamp()) * 1_000
            self._to_ms = int(following.timestamp()) * 1_000
            self._day = midnight.date().isoformat()
        return self._day

    def hour(self, at_ms: int) -> int:
        """The local hour, 0 to 23; on a day when clocks change, hours since midnight."""
        self.day(at_ms)
        return min(23, (at_ms - self._from_ms) // HOUR_MS)

    def next_hour_ms(self, at_ms: int) -> int:
        """When the next local hour begins."""
        self.day(at_ms)
        return at_ms + HOUR_MS - (at_ms - self._from_ms) % HOUR_MS
