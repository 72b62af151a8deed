"""Codes are read once each; two texts from one place are a doubt."""

from kouan.gate.codes import read_codes, undisputed
from kouan.gate.drawing.scene import draw_scene
from kouan.gate.words import Box, Kind, Reading


def code(text: str, box: Box) -> Reading:
    return Reading(Kind.CODE, text, box=box, score_ppm=1_000_000)


def test_codes_side_by_side_are_both_read() -> None:
    readings = [code("A", Box(0, 0, 10, 10)), code("B", Box(20, 0, 30, 10))]
    assert undisputed(readings) == readings


def test_the_same_text_twice_is_one_reading() -> None:
    (kept,) = undisputed([code("A", Box(0, 4, 10, 6)), code("A", Box(0, 0, 10, 10))])
    assert kept == code("A", Box(0, 0, 10, 10))


def test_a_part_that_says_otherwise_is_a_doubt() -> None:
    (kept,) = undisputed([code("B", Box(0, 4, 10, 6)), code("A", Box(0, 0, 10, 10))])
    assert (kept.text, kept.score_ppm) == ("A", 0)
    assert "another text" in kept.reason


def test_bars_that_make_another_text_in_a_streak_are_told() -> None:
    """Found when confidence was calibrated: a part of these bars passes its check sum."""
    frame, truth = draw_scene("code-code128", 500_006)
    (reading,) = read_codes(frame)
    assert reading.text == truth.text
    assert reading.score_ppm == 0
