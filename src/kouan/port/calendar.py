"""Hours, shifts, closed days and holidays compiled into open intervals of Unix milliseconds.

Keys of calendars:

* ``side:home``, ``side:neighbour``, and ``side:border``, open while both are;
* ``place:<id>``: its side's hours, within its own, within its crew's shifts;
* ``lane:<id>``: its place's, within its own;
* ``crew:<id>``: its shifts; adjacent ones stay apart, because a shift's end is an event;
* ``conversion:<lane>:<number>``: when a lane's conversion (from 0) applies;
* ``day``: the local days of the home side, one interval each.

A key that is declared open always has no calendar. A local time that a clock change skips becomes
the moment of the change; one that comes twice means its first coming. On a closed day nothing
begins, and what began the day before ends at midnight.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import holidays

from kouan.port.hours import ALWAYS, DAY_MINUTES, EVERY_DAY, Span, parse_hours
from kouan.port.model import Port, Side
from kouan.port.places import SideName
from kouan.port.problems import Finding, error, known_name
from kouan.port.quantity import DAY_MS, MINUTE_MS

DAY_KEY = "day"
LOOK_AHEAD_DAYS = (8, 60, 400)
REFERENCE_MONDAYS = ("2026-01-12", "2026-07-13")
"""A week in winter and one in summer stand for all when hours are compared."""

Intervals = list[tuple[int, int]]


class Calendar(NamedTuple):
    """The open intervals of one key: sorted, disjoint, clipped to the range asked for."""

    key: str
    opens: tuple[int, ...]
    closes: tuple[int, ...]


class DemandDay(NamedTuple):
    """One local day of a demand stream: its midnight, and when visits of that day may arrive."""

    day_start_ms: int
    opens: tuple[int, ...]
    closes: tuple[int, ...]


def compile_calendars(port: Port, from_ms: int, to_ms: int) -> tuple[Calendar, ...]:
    """Return the calendars of every key that is not always open, for a range of Unix ms."""
    compiler = _Compiler(port, from_ms, to_ms)
    return tuple(_calendar(key, compiler.intervals(key)) for key in calendar_keys(port))


def calendar_keys(port: Port) -> tuple[str, ...]:
    """Return the keys that have a calendar, in a fixed order."""
    keys = [f"side:{name.value}" for name in SideName]
    keys += [f"place:{name}" for name in port.places]
    keys += [f"lane:{name}" for name in port.lanes]
    keys += [f"crew:{name}" for name in port.crews]
    for name, lane in port.lanes.items():
        keys += [f"conversion:{name}:{number}" for number in range(len(lane.conversions))]
    return (*(key for key in keys if not _always_open(port, key)), DAY_KEY)


def next_opening(port: Port, key: str, at_ms: int) -> int:
    """Return ``at_ms`` if the key is open then, otherwise when it next opens.

    Raises LookupError when it does not open within 400 days, or when there is no such key.
    """
    if key != DAY_KEY and _always_open(port, key):
        return at_ms
    for days in LOOK_AHEAD_DAYS:
        intervals = _Compiler(port, at_ms, at_ms + days * DAY_MS).intervals(key)
        if intervals:
            return intervals[0][0]
    raise LookupError(f"{key} does not open within {LOOK_AHEAD_DAYS[-1]} days")


def start_of_day_ms(port: Port, iso_date: str) -> int:
    """Return the home side's midnight that begins a date such as "2026-03-10"."""
    return _moment(home_zone(port), date.fromisoformat(iso_date), 0)


def home_zone(port: Port) -> ZoneInfo:
    """Return the home side's time zone."""
    return ZoneInfo(port.sides.home.time_zone)


def demand_windows(port: Port, demand_id: str, from_ms: int, to_ms: int) -> tuple[DemandDay, ...]:
    """Return the local days that overlap a range, each with the whole of its arrival windows.

    Windows are not clipped to the range, so that a day's volume can be spread before arrivals
    outside the range are left out. On a day when either side is closed nobody comes.
    """
    zone = home_zone(port)
    spans = parse_hours(port.demand[demand_id].hours)
    found = []
    for day in _days(_local_date(zone, from_ms), _local_date(zone, to_ms - 1)):
        if _is_closed(port.sides.home, day) or _is_closed(port.sides.neighbour, day):
            continue
        intervals = _merged(_on_day(spans, zone, day))
        opens, closes = _ends(intervals)
        found.append(DemandDay(_moment(zone, day, 0), opens, closes))
    return tuple(found)


def weekly_minutes(port: Port) -> dict[str, int]:
    """Return the open minutes of an ordinary week (no closed days) by key, always open included.

    The mean of a winter and a summer week, rounded up, so that 0 means that it never opens.
    """
    keys = [key for key in calendar_keys(port) if key != DAY_KEY]
    total = dict.fromkeys(keys, 0)
    for monday in REFERENCE_MONDAYS:
        start = start_of_day_ms(port, monday)
        compiler = _Compiler(port, start, start + 7 * DAY_MS, closures=False)
        for key in keys:
            total[key] += sum(close - opens for opens, close in compiler.intervals(key))
    half = len(REFERENCE_MONDAYS) * MINUTE_MS
    return {key: -(-open_ms // half) for key, open_ms in total.items()}


def check_sides(port: Port) -> Iterator[Finding]:
    """Find time zones that don't exist and countries whose holidays are not known."""
    for name, side in (("home", port.sides.home), ("neighbour", port.sides.neighbour)):
        try:
            ZoneInfo(side.time_zone)
        except (LookupError, ValueError, OSError):
            expected = known_name(side.time_zone, available_timezones(), "an IANA time zone")
            if len(expected) > 200:
                expected = 'an IANA time zone such as "Asia/Shanghai"'
            yield error(f"sides.{name}.time_zone", side.time_zone, expected)
        if side.closed_on_holidays and side.country not in holidays.list_supported_countries():
            expected = "a country whose public holidays are known, or closed_on_holidays = false"
            yield error(f"sides.{name}.country", side.country, expected)


class _Compiler:
    """Compiles keys for one range; ``closures`` False leaves closed days and holidays out."""

    def __init__(self, port: Port, from_ms: int, to_ms: int, *, closures: bool = True) -> None:
        self.port = port
        self.range = [(from_ms, to_ms)] if from_ms < to_ms else []
        self.closures = closures

    def intervals(self, key: str) -> Intervals:
        """Return a key's open intervals; raise LookupError if there is no such key."""
        kind, _, name = key.partition(":")
        if kind == "side":
            return self.side(SideName(name))
        if kind == "place":
            return self.place(name)
        if kind == "lane":
            return self.lane(name)
        if kind == "crew":
            return self.crew(name)
        if kind == "conversion":
            return self.conversion(*name.split(":"))
        if key == DAY_KEY:
            whole_days = (Span(EVERY_DAY, 0, DAY_MINUTES),)
            return self.clipped(self.spans(whole_days, home_zone(self.port)))
        raise LookupError(f"{key} is no calendar's key")

    def side(self, name: SideName) -> Intervals:
        sides = self.port.sides
        if name is SideName.BORDER:
            return _common(self.side(SideName.HOME), self.side(SideName.NEIGHBOUR))
        side = sides.home if name is SideName.HOME else sides.neighbour
        zone = ZoneInfo(side.time_zone)
        days = [day for day in self.days(zone) if not (self.closures and _is_closed(side, day))]
        spans = parse_hours(side.hours)
        worked = [interval for day in days for interval in _on_day(spans, zone, day)]
        following = timedelta(days=1)
        whole = [(_moment(zone, day, 0), _moment(zone, day + following, 0)) for day in days]
        return self.clipped(_common(_merged(worked), _merged(whole)))

    def place(self, name: str) -> Intervals:
        place = self.port.places[name]
        zone = _zone(self.port, place.side)
        intervals = self.side(place.side)
        if place.hours is not None:
            intervals = _common(intervals, _merged(self.spans(parse_hours(place.hours), zone)))
        if place.crew:
            shifts = parse_hours(self.port.crews[place.crew].shifts)
            intervals = _common(intervals, _merged(self.spans(shifts, zone)))
        return intervals

    def lane(self, name: str) -> Intervals:
        lane = self.port.lanes[name]
        intervals = self.place(lane.at)
        if lane.hours is None:
            return intervals
        zone = _zone(self.port, self.port.places[lane.at].side)
        return _common(intervals, _merged(self.spans(parse_hours(lane.hours), zone)))

    def crew(self, name: str) -> Intervals:
        """Return the shifts one by one; one that overlaps the next ends where that begins."""
        shifts = sorted(
            self.spans(parse_hours(self.port.crews[name].shifts), crew_zone(self.port, name))
        )
        starts = [start for start, _ in shifts]
        cut = [
            (start, min([end, *starts[number : number + 1]]))
            for number, (start, end) in enumerate(shifts, 1)
        ]
        return self.clipped([(start, end) for start, end in cut if start < end])

    def conversion(self, lane_name: str, number: str) -> Intervals:
        lane = self.port.lanes[lane_name]
        zone = _zone(self.port, self.port.places[lane.at].side)
        spans = parse_hours(lane.conversions[int(number)].hours)
        return self.clipped(_merged(self.spans(spans, zone)))

    def spans(self, spans: tuple[Span, ...], zone: ZoneInfo) -> Intervals:
        return [interval for day in self.days(zone) for interval in _on_day(spans, zone, day)]

    def days(self, zone: ZoneInfo) -> list[date]:
        """Return the local days that touch the range, and the one before for spans past it."""
        if not self.range:
            return []
        start, end = self.range[0]
        first = _local_date(zone, start) - timedelta(days=1)
        return list(_days(first, _local_date(zone, end)))

    def clipped(self, intervals: Intervals) -> Intervals:
        return _common(intervals, self.range)


def crew_zone(port: Port, crew: str) -> ZoneInfo:
    """Return the zone of a crew's shifts: that of the side whose places it serves."""
    sides = [place.side for place in port.places.values() if place.crew == crew]
    return _zone(port, sides[0] if sides else SideName.HOME)


def _zone(port: Port, side: SideName) -> ZoneInfo:
    """Return a side's zone; the border line's own hours are written in home time."""
    sides = port.sides
    return ZoneInfo((sides.neighbour if side is SideName.NEIGHBOUR else sides.home).time_zone)


def _always_open(port: Port, key: str) -> bool:
    """True when the declaration names no hours, closed days or holidays that close the key."""
    kind, _, name = key.partition(":")
    if kind == "side":
        both = name == SideName.BORDER
        sides = [port.sides.home] if both or name == SideName.HOME else []
        sides += [port.sides.neighbour] if both or name == SideName.NEIGHBOUR else []
        return all(_never_closes(side) for side in sides)
    if kind == "place":
        place = port.places[name]
        crew_hours = port.crews[place.crew].shifts if place.crew else None
        return _always_open(port, f"side:{place.side}") and _whole(place.hours, crew_hours)
    if kind == "lane":
        lane = port.lanes[name]
        return _always_open(port, f"place:{lane.at}") and _whole(lane.hours)
    if kind == "crew":
        return _whole(port.crews[name].shifts)
    if kind == "conversion":
        lane_name, _, number = name.partition(":")
        return _whole(port.lanes[lane_name].conversions[int(number)].hours)
    return False


def _never_closes(side: Side) -> bool:
    return _whole(side.hours) and not side.closed_days and not side.closed_on_holidays


def _whole(*hours: str | None) -> bool:
    return all(text is None or parse_hours(text) == ALWAYS for text in hours)


def _is_closed(side: Side, day: date) -> bool:
    holiday = side.closed_on_holidays and day in _holidays(side.country, day.year)
    return holiday or day.isoformat() in side.closed_days


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=year, expand=False)


def _on_day(spans: tuple[Span, ...], zone: ZoneInfo, day: date) -> Intervals:
    """Return the spans that begin on a local day, without those that a clock change swallows."""
    found = [
        (_moment(zone, day, span.from_minute), _moment(zone, day, span.to_minute))
        for span in spans
        if span.on(day.weekday())
    ]
    return sorted((start, end) for start, end in found if start < end)


def _moment(zone: ZoneInfo, day: date, minute: int) -> int:
    """Return the Unix ms of a minute counted from a local midnight."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
    at = _unix_minute(local.replace(tzinfo=zone))
    if datetime.fromtimestamp(at * 60, zone).replace(tzinfo=None) == local:
        return at * MINUTE_MS
    # The clock jumps over it: between the readings by the later and the earlier offset lies the
    # moment of the jump, the first minute with the later offset.
    later = local.replace(tzinfo=zone, fold=1).utcoffset()
    start = _unix_minute(local.replace(tzinfo=zone, fold=1))
    jump = bisect_left(
        range(start, at),
        True,
        key=lambda m: datetime.fromtimestamp(m * 60, zone).utcoffset() == later,
    )
    return (start + jump) * MINUTE_MS


def _unix_minute(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1)


def _local_date(zone: ZoneInfo, at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms // 1_000, zone).date()


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _merged(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """Return sorted intervals in which overlapping and adjacent ones are one."""
    merged: Intervals = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(some: Intervals, others: Intervals) -> Intervals:
    """Return what two sorted lists of disjoint intervals share."""
    shared: Intervals = []
    at = 0
    for start, end in some:
        while at < len(others) and others[at][1] <= start:
            at += 1
        following = at
        while following < len(others) and others[following][0] < end:
            shared.append((max(start, others[following][0]), min(end, others[following][1])))
            following += 1
    return shared


def _ends(intervals: Intervals) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(start for start, _ in intervals), tuple(end for _, end in intervals)


def _calendar(key: str, intervals: Intervals) -> Calendar:
    return Calendar(key, *_ends(intervals))
