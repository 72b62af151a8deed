"""Calendars: open intervals worked by hand, clock changes and closed days included."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kouan.port.calendar import (
    Calendar,
    calendar_keys,
    compile_calendars,
    demand_windows,
    next_opening,
    start_of_day_ms,
    weekly_minutes,
)
from kouan.port.model import Demand, Port, Side, Sides
from kouan.port.places import Conversion, Crew, Direction, Lane, Place, PlaceKind, SideName

HOUR = 3_600_000
DAY = 24 * HOUR


def port_of(home: Side, neighbour: Side | None = None) -> Port:
    gate = Place(PlaceKind.GATE, SideName.BORDER)
    desk = Place(PlaceKind.DESK, hours="09:00-19:00", crew="officers")
    conversion = Conversion("12:00-14:00", Direction.EXIT)
    return Port(
        name="Test",
        sides=Sides(home, neighbour or home),
        places={"gate": gate, "desk": desk},
        lanes={
            "lane": Lane("gate", Direction.ENTRY, hours="06:00-10:00", conversions=(conversion,))
        },
        crews={"officers": Crew("08:00-14:00, 14:00-20:00")},
        demand={"trucks": Demand(procedure="p", per_day=5, hours="20:00-04:00")},
    )


CHINA = Side("CN", "Asia/Shanghai", "08:00-20:00")
MONGOLIA = Side("MN", "Asia/Ulaanbaatar", "07:00-18:30")
GERMANY = Side("DE", "Europe/Berlin", "08:00-20:00")


def at(zone: str, text: str) -> int:
    """Return the Unix ms of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000


def intervals(port: Port, key: str, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    found = {each.key: each for each in compile_calendars(port, from_ms, to_ms)}[key]
    return list(zip(found.opens, found.closes, strict=True))


def test_both_sides_share_the_border_line() -> None:
    """Both clocks show the same time: 08:00-20:00 and 07:00-18:30 share 08:00-18:30."""
    start = at("Asia/Shanghai", "2026-03-10")
    assert start == at("Asia/Ulaanbaatar", "2026-03-10")
    port = port_of(CHINA, MONGOLIA)
    opens, closes = start + 8 * HOUR, start + 18 * HOUR + HOUR // 2
    assert intervals(port, "side:border", start, start + DAY) == [(opens, closes)]
    assert intervals(port, "place:gate", start, start + DAY) == [(opens, closes)]
    assert intervals(port, "lane:lane", start, start + DAY) == [(opens, start + 10 * HOUR)]
    shorter = intervals(port, "side:home", start + 9 * HOUR, start + 10 * HOUR)
    assert shorter == [(start + 9 * HOUR, start + 10 * HOUR)]


def test_time_zones_shift_the_hours() -> None:
    """08:00-20:00 in Berlin is 15:00-03:00 in Shanghai in winter."""
    start = at("Asia/Shanghai", "2026-01-15")
    port = port_of(CHINA, GERMANY)
    assert intervals(port, "side:border", start, start + DAY) == [
        (start + 15 * HOUR, start + 20 * HOUR)
    ]


def test_hours_past_midnight_and_their_merging() -> None:
    start = at("Asia/Shanghai", "2026-03-13")  # a Friday
    night = port_of(replace(CHINA, hours="fri 20:00-04:00; sat 04:00-06:00"))
    after_friday = (start + 20 * HOUR, start + 30 * HOUR)
    assert intervals(night, "side:home", start, start + 2 * DAY) == [after_friday]
    second_day = intervals(night, "side:home", start + DAY, start + 2 * DAY)
    assert second_day == [(start + DAY, start + 30 * HOUR)]


def test_shifts_stay_apart_but_their_places_do_not() -> None:
    start = at("Asia/Shanghai", "2026-03-10")
    port = port_of(CHINA)
    assert intervals(port, "crew:officers", start, start + DAY) == [
        (start + 8 * HOUR, start + 14 * HOUR),
        (start + 14 * HOUR, start + 20 * HOUR),
    ]
    assert intervals(port, "place:desk", start, start + DAY) == [
        (start + 9 * HOUR, start + 19 * HOUR)
    ]
    overlapping = replace(port, crews={"officers": Crew("08:00-15:00, 14:00-20:00")})
    assert intervals(overlapping, "crew:officers", start, start + DAY) == [
        (start + 8 * HOUR, start + 14 * HOUR),
        (start + 14 * HOUR, start + 20 * HOUR),
    ]


def test_conversions_and_days_have_calendars() -> None:
    start = at("Asia/Shanghai", "2026-03-10")
    port = port_of(CHINA)
    assert intervals(port, "conversion:lane:0", start, start + DAY) == [
        (start + 12 * HOUR, start + 14 * HOUR)
    ]
    assert intervals(port, "day", start + HOUR, start + 2 * DAY) == [
        (start + HOUR, start + DAY),
        (start + DAY, start + 2 * DAY),
    ]


@pytest.mark.parametrize(
    ("hours", "opened"),
    [
        ("01:00-04:00", [("01:00", "04:00")]),
        ("02:00-03:00", []),
        ("02:30-08:00", [("03:00", "08:00")]),
        ("01:00-02:30", [("01:00", "03:00")]),
    ],
)
def test_a_clock_change_in_spring(hours: str, opened: list[tuple[str, str]]) -> None:
    """On 29 March 2026 the clock in Berlin jumps from 02:00 to 03:00."""
    start, end = at("Europe/Berlin", "2026-03-29"), at("Europe/Berlin", "2026-03-30")
    assert end - start == 23 * HOUR
    expected = [
        (at("Europe/Berlin", f"2026-03-29T{a}"), at("Europe/Berlin", f"2026-03-29T{b}"))
        for a, b in opened
    ]
    assert intervals(port_of(replace(GERMANY, hours=hours)), "side:home", start, end) == expected


def test_a_clock_change_in_autumn() -> None:
    """On 25 October 2026 the hour from 02:00 comes twice; a time in it means the first."""
    start, end = at("Europe/Berlin", "2026-10-25"), at("Europe/Berlin", "2026-10-26")
    assert end - start == 25 * HOUR
    port = port_of(replace(GERMANY, hours="02:30-04:00"))
    assert intervals(port, "side:home", start, end) == [(start + 5 * HOUR // 2, start + 5 * HOUR)]
    assert intervals(port, "day", start, end) == [(start, end)]


def test_closed_days_cut_the_night_before() -> None:
    start = at("Asia/Shanghai", "2026-03-10")
    side = replace(CHINA, hours="20:00-04:00", closed_days=("2026-03-11",))
    assert intervals(port_of(side), "side:home", start, start + 3 * DAY) == [
        (start, start + 4 * HOUR),
        (start + 20 * HOUR, start + DAY),
        (start + 2 * DAY + 20 * HOUR, start + 3 * DAY),
    ]


def test_public_holidays_close_a_side_that_says_so() -> None:
    """1 January is a holiday in China and in Mongolia."""
    start = at("Asia/Shanghai", "2026-01-01")
    closed = port_of(replace(CHINA, closed_on_holidays=True))
    assert intervals(closed, "side:home", start, start + DAY) == []
    assert len(intervals(port_of(CHINA), "side:home", start, start + DAY)) == 1


def test_what_is_always_open_has_no_calendar() -> None:
    always = port_of(replace(CHINA, hours="24h"))
    keys = ("place:desk", "lane:lane", "crew:officers", "conversion:lane:0", "day")
    assert calendar_keys(always) == keys
    closed_once = replace(always.sides.home, closed_days=("2026-05-01",))
    assert "side:home" in calendar_keys(port_of(closed_once))
    start = at("Asia/Shanghai", "2026-03-10")
    assert all(isinstance(each, Calendar) for each in compile_calendars(always, start, start))
    assert next_opening(always, "place:gate", start) == start


def test_next_opening() -> None:
    start = at("Asia/Shanghai", "2026-03-10")
    port = port_of(CHINA)
    assert next_opening(port, "side:home", start) == start + 8 * HOUR
    assert next_opening(port, "side:home", start + 9 * HOUR) == start + 9 * HOUR
    assert next_opening(port, "side:home", start + 20 * HOUR) == start + 32 * HOUR
    with pytest.raises(LookupError, match="does not open within 400 days"):
        next_opening(port_of(CHINA, replace(CHINA, hours="21:00-22:00")), "side:border", start)
    with pytest.raises(LookupError, match="no calendar's key"):
        next_opening(port, "road:a", start)


def test_days_and_demand() -> None:
    start = at("Asia/Shanghai", "2026-03-10")
    port = port_of(replace(CHINA, closed_days=("2026-03-11",)))
    assert start_of_day_ms(port, "2026-03-10") == start
    days = demand_windows(port, "trucks", start + HOUR, start + 3 * DAY)
    assert [day.day_start_ms for day in days] == [start, start + 2 * DAY]
    assert (days[0].opens, days[0].closes) == ((start + 20 * HOUR,), (start + 28 * HOUR,))


def test_weekly_minutes_ignore_closed_days() -> None:
    minutes = weekly_minutes(port_of(replace(CHINA, closed_on_holidays=True), MONGOLIA))
    assert minutes["side:home"] == 7 * 12 * 60
    assert minutes["side:border"] == 7 * 630
    assert minutes["lane:lane"] == 7 * 120
    assert minutes["place:desk"] == 7 * 600


def test_weekly_minutes_are_the_mean_of_summer_and_winter() -> None:
    """Shanghai's evening meets Berlin's morning for five hours in winter, six in summer."""
    assert weekly_minutes(port_of(CHINA, GERMANY))["side:border"] == 7 * 330
