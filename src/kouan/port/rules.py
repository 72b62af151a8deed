"""Rules about one table of a port file by itself: exactly one of, order, form of a text."""

from collections.abc import Callable, Iterator
from typing import Any

from kouan.port.device_rules import device_rules
from kouan.port.devices import Device
from kouan.port.model import Booking, Demand, Side, WeatherLimit
from kouan.port.places import Roads, Segment
from kouan.port.problems import shown
from kouan.port.procedures import Stage
from kouan.port.service import Distribution

Broken = tuple[str, str, str]
"""A rule that does not hold: key within the table, value as text, what was expected."""

MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HOURS_OF_DAY = 24


def is_id(text: str) -> bool:
    """True for small letters, digits and underscores, beginning with a letter."""
    letters = text.replace("_", "a")
    plain = letters.isascii() and letters.isalnum() and letters == letters.lower()
    return plain and text[0].isalpha()


def check_date(text: str) -> None:
    """Raise ValueError unless the text is a day of the calendar such as 2026-10-01."""
    year, month, day = text[:4], text[5:7], text[8:]
    digits = year + month + day
    expected = 'a date such as "2026-10-01"'
    if len(text) != 10 or text[4] + text[7] != "--" or not (digits.isascii() and digits.isdigit()):
        raise ValueError(expected)
    if not 1 <= int(month) <= 12 or int(year) == 0:
        raise ValueError(expected)
    leap = int(year) % 4 == 0 and (int(year) % 100 != 0 or int(year) % 400 == 0)
    days = 29 if leap and int(month) == 2 else MONTH_DAYS[int(month) - 1]
    if not 1 <= int(day) <= days:
        raise ValueError(f"{expected}; that month has {days} days")


def check_forms(time: Distribution) -> None:
    """Raise ValueError unless a distribution's durations are as many and as ordered as it needs."""
    if time.uniform_ms:
        _ordered("uniform", time.uniform_ms, 2, "the least and the most")
    if time.triangular_ms:
        _ordered("triangular", time.triangular_ms, 3, "the least, the most frequent and the most")
    if time.lognormal_ms:
        _ordered("lognormal", time.lognormal_ms, 2, "the median and the 95th percentile")
        if time.lognormal_ms[0] == 0:
            raise ValueError("lognormal with a median above 0")
    if time == Distribution():
        raise ValueError("durations, not an empty array")


def _ordered(form: str, durations: tuple[int, ...], count: int, meaning: str) -> None:
    if len(durations) != count or list(durations) != sorted(durations):
        raise ValueError(f"{form} with {count} durations that rise: {meaning}")


def _side(side: Side) -> Iterator[Broken]:
    code = side.country
    if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
        yield "country", shown(code), 'a country code of two capital letters such as "CN"'


def _weather(limit: WeatherLimit) -> Iterator[Broken]:
    given = {
        "wind_above": limit.wind_above_mm_s,
        "visibility_below": limit.visibility_below_mm,
        "snow_above": limit.snow_above_mm,
        "cold_below": limit.cold_below_mc,
    }
    yield from _exactly_one(given)
    if not limit.close and limit.slow_to_ppm == 0:
        yield "slow_to", "0", "more than 0, or close = true"
    if limit.places and not limit.close:
        names = ", ".join(limit.places)
        yield "places", names, "close = true: places are closed, only segments are slowed"


def _demand(demand: Demand) -> Iterator[Broken]:
    yield from _exactly_one({"procedure": demand.procedure, "fleet": demand.fleet}, absent="")
    yield from _exactly_one({"per_day": demand.per_day, "interval": demand.interval})
    if demand.profile and len(demand.profile) != HOURS_OF_DAY:
        yield "profile", f"{len(demand.profile)} weights", "24 weights, one an hour"
    if demand.profile and not sum(demand.profile):
        yield "profile", "only zeros", "at least one weight above 0"
    if demand.interval is not None and demand.interval.mean_ms() == 0:
        yield "interval", "0 on average", "a time above 0 between two arrivals"


def _exactly_one(given: dict[str, Any], absent: Any = None) -> Iterator[Broken]:
    present = [name for name, value in given.items() if value != absent]
    if len(present) != 1:
        expected = f"exactly one of {', '.join(given)}"
        yield (
            present[-1] if present else next(iter(given)),
            " and ".join(present) or "none",
            expected,
        )


def _roads(roads: Roads) -> Iterator[Broken]:
    if roads.truck_speed_mm_s == 0:
        yield "truck_speed", "0", "more than 0"


def _booking(booking: Booking) -> Iterator[Broken]:
    if booking.slot_ms == 0:
        yield "slot", "0", "more than 0"


def _stage(stage: Stage) -> Iterator[Broken]:
    if not (stage.id and is_id(stage.id)):
        yield "id", shown(stage.id), "an id of small letters, digits and _"


def _segment(segment: Segment) -> Iterator[Broken]:
    if segment.length_mm == 0:
        yield "length", "0", "more than 0"
    if segment.speed_mm_s == 0:
        yield "speed", "0", "more than 0"
    if segment.block_mm == 0:
        yield "block", "0", "more than 0"


RULES: dict[type, Callable[[Any], Iterator[Broken]]] = {
    Side: _side,
    WeatherLimit: _weather,
    Demand: _demand,
    Stage: _stage,
    Segment: _segment,
    Roads: _roads,
    Booking: _booking,
    Device: device_rules,
}
"""What must hold within one table, by its dataclass."""
