"""Opening hours as a port file writes them, compiled into minutes of the week's days.

Grammar, spaces ignored around the separators::

    hours = group { ";" group }              mon-fri 08:00-18:00; sat,sun 10:00-14:00
    group = [ days " " ] times               no days: every day
    days  = day or day "-" day { "," ... }   mon tue wed thu fri sat sun; sat-mon goes round
    times = "24h" or time "-" time { "," time "-" time }

Times are local, "00:00" to "24:00". A span that ends before it begins ends the next day:
"20:00-04:00" on Friday lasts into Saturday.
"""

from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = 0b1111111
DAY_MINUTES = 1_440
EXPECTED = (
    'hours such as "24h", "08:00-12:00, 14:00-18:00" or "mon-fri 08:00-18:00; sat,sun 10:00-14:00"'
)


class Span(NamedTuple):
    """Open from minute to minute, on each day in ``weekdays`` (bit 0 is Monday).

    Minutes count from that day's midnight; ``to_minute`` is above 1,440 when it ends the next day.
    """

    weekdays: int
    from_minute: int
    to_minute: int

    def on(self, weekday: int) -> bool:
        """True when it begins on this weekday (0 is Monday)."""
        return bool(self.weekdays >> weekday & 1)


ALWAYS = (Span(EVERY_DAY, 0, DAY_MINUTES),)
"""What "24h" means: open without end."""


def parse_hours(text: str) -> tuple[Span, ...]:
    """Return the spans in the order written; raise ValueError saying what was expected."""
    spans: list[Span] = []
    for group in text.split(";"):
        spans += _group(group.strip())
    return tuple(spans)


def _group(text: str) -> list[Span]:
    """Split a group into days and times: the days end where the first digit stands."""
    first_digit = next((at for at, letter in enumerate(text) if letter.isdigit()), len(text))
    days, times = text[:first_digit].strip(), text[first_digit:]
    weekdays = _weekdays(days) if days else EVERY_DAY
    if times.strip() == "24h":
        return [Span(weekdays, 0, DAY_MINUTES)]
    return [_span(weekdays, part) for part in times.split(",")]


def _weekdays(text: str) -> int:
    mask = 0
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        start = _weekday(first)
        count = (_weekday(last) - start) % 7 if dash else 0
        for offset in range(count + 1):
            mask |= 1 << (start + offset) % 7
    return mask


def _weekday(name: str) -> int:
    if name not in DAYS:
        raise ValueError(EXPECTED)
    return DAYS.index(name)


def _span(weekdays: int, text: str) -> Span:
    start_text, _, end_text = text.partition("-")
    start, end = _minute(start_text.strip()), _minute(end_text.strip())
    if start in (end, DAY_MINUTES):
        raise ValueError(f"{EXPECTED}, ending at another time than they begin")
    return Span(weekdays, start, end if end > start else end + DAY_MINUTES)


def _minute(text: str) -> int:
    """Return the minute of the day of "08:30"."""
    hour, minute = text[:2], text[3:]
    if len(text) != 5 or text[2] != ":" or not (hour + minute).isascii():
        raise ValueError(EXPECTED)
    if not (hour + minute).isdigit() or int(minute) > 59 or int(hour + minute) > 2400:
        raise ValueError(EXPECTED)
    return int(hour) * 60 + int(minute)
