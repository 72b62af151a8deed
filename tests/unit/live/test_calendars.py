"""Opening times come in good time, and a piece at a time gives what the whole would have given."""

from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import CalendarExtended
from kouan.live.calendars import AHEAD_MS, EXTENT_MS, Calendars
from kouan.port.calendar import calendar_keys, compile_calendars
from kouan.port.quantity import DAY_MS
from tests.unit.live.support import morning_ms, tiny_port

LONG = (
    "sides.home.hours='24h'",
    "sides.neighbour.hours='mon-fri 08:00-20:00'",
    'sides.home.closed_days=["2026-11-03"]',
)


def test_extended_bit_by_bit_is_the_whole() -> None:
    """From a start in the middle of a day, over half a year, a dispatcher learns the same."""
    port = tiny_port(*LONG)
    start_ms = morning_ms(port)
    dispatcher, calendars = Dispatcher(port), Calendars(port)
    known_ms = start_ms + 20 * DAY_MS
    for one in compile_calendars(port, start_ms, known_ms):
        event = CalendarExtended(start_ms, one.key, known_ms, one.opens, one.closes)
        dispatcher.handle(event)
        calendars.note(event)
    now_ms = start_ms
    while now_ms < start_ms + 180 * DAY_MS:
        for extended in calendars.extend(now_ms):
            dispatcher.handle(extended)
            calendars.note(extended)
        assert calendars.due_ms() > now_ms
        now_ms = max(now_ms + 5 * DAY_MS, calendars.due_ms())
    whole = compile_calendars(port, start_ms, min(calendars.known_ms.values()))
    learned = dispatcher.state.calendars
    assert sum(len(times.opens) for times in learned.values()) > 1_000
    for one in whole:
        kept = len(learned[one.key].opens)  # the past may have been dropped
        assert (one.key, learned[one.key].opens) == (one.key, list(one.opens[-kept:]))
        assert (one.key, learned[one.key].closes) == (one.key, list(one.closes[-kept:]))


def test_unknown_calendars_are_due_at_once() -> None:
    port = tiny_port()
    calendars = Calendars(port)
    now_ms = morning_ms(port)
    assert calendars.due_ms() <= now_ms
    extended = calendars.extend(now_ms)
    assert [event.key for event in extended if isinstance(event, CalendarExtended)] == list(
        calendar_keys(port)
    )
    for event in extended:
        calendars.note(event)
    assert calendars.due_ms() == now_ms + EXTENT_MS - AHEAD_MS
    assert calendars.extend(now_ms) == []
