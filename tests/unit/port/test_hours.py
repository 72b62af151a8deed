"""Hours: the grammar's cases worked by hand."""

import pytest

from kouan.port.hours import ALWAYS, EVERY_DAY, Span, parse_hours

MON_FRI = 0b0011111
SAT_SUN = 0b1100000


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("24h", ALWAYS),
        ("00:00-24:00", ALWAYS),
        ("08:00-20:00", (Span(EVERY_DAY, 480, 1200),)),
        ("08:00-12:00, 14:00-18:00", (Span(EVERY_DAY, 480, 720), Span(EVERY_DAY, 840, 1080))),
        ("20:00-04:00", (Span(EVERY_DAY, 1200, 1680),)),
        (
            "mon-fri 08:00-18:00; sat,sun 10:00-14:00",
            (Span(MON_FRI, 480, 1080), Span(SAT_SUN, 600, 840)),
        ),
        ("sat-mon 24h", (Span(SAT_SUN | 1, 0, 1440),)),
        ("wed 09:15-09:16", (Span(0b100, 555, 556),)),
        ("mon-tue, sun 22:00-24:00", (Span(0b1000011, 1320, 1440),)),
    ],
)
def test_hours_are_parsed(text: str, spans: tuple[Span, ...]) -> None:
    assert parse_hours(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "",
        "always",
        "8:00-20:00",
        "08:00",
        "08:00-08:00",
        "24:00-08:00",
        "08:00-24:01",
        "08:60-20:00",
        "mo 08:00-20:00",
        "mon- 08:00-20:00",
        "mon-fri",
        "08:00-12:00;",
        "08.00-12.00",
        "٠٨:00-12:00",
        "08:00-12:00-14:00",
    ],
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='hours such as "24h"'):
        parse_hours(text)


def test_a_span_knows_its_days() -> None:
    span = parse_hours("tue,sat 08:00-09:00")[0]
    assert [day for day in range(7) if span.on(day)] == [1, 5]
