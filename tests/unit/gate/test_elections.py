"""What several looks come to, and how much it is worth where they differ."""

import pytest

from kouan.gate.containers import PLACES, _spell
from kouan.gate.elections import elect
from kouan.gate.recogniser import Line
from kouan.gate.spelling import Spelt, spell
from kouan.gate.words import NOWHERE, Kind, Reading
from kouan.identifiers.container import parse_container

NUMBER = "CSQU3054383"


def look(text: str, figure: float = 0.9) -> Line:
    count = len(text)
    return Line(
        text,
        (figure,) * count,
        tuple(at / count for at in range(count)),
        tuple(((each, figure),) for each in text),
    )


def spelling(line: Line) -> Spelt | None:
    return spell(line, PLACES)


def elected(*texts: str) -> Reading:
    looks = [look(text) for text in texts]
    return elect(Kind.CONTAINER, NOWHERE, looks, spelling, parse_container, "horizontal")


def test_looks_that_agree_are_worth_what_they_saw() -> None:
    reading = elected(NUMBER, NUMBER, NUMBER)
    assert (reading.text, reading.score_ppm) == (NUMBER, 900_000)


@pytest.mark.parametrize("other", ["CSQU3054388", "CSQU30543"])
def test_a_look_that_saw_something_else_counts_against_the_figure(other: str) -> None:
    reading = elected(NUMBER, NUMBER, other)
    assert reading.text == NUMBER
    assert reading.score_ppm <= 600_000


def test_a_row_that_tells_a_mass_holds_no_number() -> None:
    """Its words and digits fit a check digit once in eleven, as these do."""
    found = _spell(look("MAXGRUS530480"))
    assert found is not None
    assert found.text == "XGRU5530480"
    assert _spell(look("MAXGRUS530480KGS")) is None


def test_what_no_single_look_saw_is_worth_nothing() -> None:
    """Voted together from parts of several, it fits by chance: one number in eleven does."""
    reading = elected("CSQU3054353", "CSQU3054783", "CSQU3954383")
    assert (reading.text, reading.score_ppm) == (NUMBER, 0)
