"""What a comparison measures: time in an area, and what of it was served, driven and waited."""

import pytest

from bench.compare import span
from bench.passages import PassageFold, percentile, unhindered_s
from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.report.fold import Folds

AREA = ("gate", "bay")


def folded() -> PassageFold:
    """A truck that waits at the gate, is sent to the bay, and is sent out of the area."""
    fold = PassageFold(AREA)
    folds = Folds([fold])
    steps: list[tuple[e.Event, list[c.Command]]] = [
        (e.VisitAnnounced(1, "t", "express", "box", "T1", "P1", 1, 1, "cargo", 1, "S1"), []),
        (e.Arrived(5_000, "t", "before"), [c.SendTo(1, "t", "before", "gate")]),
        (e.Arrived(10_000, "t", "gate"), []),
        (e.Woke(40_000, "any"), [c.StartService(2, "t", "stop", "lane", 1)]),
        (e.ServiceEnded(60_000, "t", "stop", "lane", 2, ()), []),
        (e.Woke(65_000, "any"), [c.SendTo(3, "t", "gate", "bay")]),
        (e.Arrived(80_000, "t", "bay"), [c.StartService(4, "t", "bay", "bay.1", 1)]),
        (
            e.ServiceEnded(100_000, "t", "bay", "bay.1", 4, ()),
            [c.SendTo(5, "t", "bay", "yard")],
        ),
        (e.Arrived(120_000, "t", "yard"), []),
    ]
    for number, (event, commands) in enumerate(steps, 1):
        folds(number, event, commands)
    return fold


def test_a_passage_is_taken_apart() -> None:
    (one,) = folded().passages
    assert (one.visit, one.visit_class) == ("t", "box")
    assert (one.begun_ms, one.ended_ms) == (10_000, 100_000)
    assert (one.served_ms, one.driven_ms, one.stops) == (40_000, 15_000, 2)
    assert one.waited_ms == 35_000, "30 s in the queue, and 5 s at a station it could not leave"


def test_those_whom_a_person_looked_at_are_hindered() -> None:
    (reviewed,) = folded().passages
    plain = reviewed._replace(stops=1, served_ms=20_000, driven_ms=0)
    back = reviewed._replace(stops=0, served_ms=900_000)
    assert unhindered_s([plain, plain, reviewed, back]) == 20


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (95, 4), (100, 4), (1, 1)])
def test_a_percentile_is_of_nearest_rank(percent: int, expected: int) -> None:
    assert percentile([4, 1, 3, 2], percent) == expected
    assert percentile([], percent) == 0


def test_a_span_says_what_is_certain() -> None:
    assert span((1.234, 1.1, 1.3)) == "1.23 (1.10 to 1.30)"
    assert span((-12.34, -13, -11), "+") == "-12.3 (-13.0 to -11.0)"
    assert span((0.5, -0.1, 1.1), "+") == "+0.50 (-0.10 to +1.10)"
    assert span((3, 3, 3)) == "3.00"
