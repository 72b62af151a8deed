"""Confidence is what a sample shows: rising with the figure, and never more than counted."""

from hypothesis import given
from hypothesis import strategies as st

from bench.gate_calibration import fit
from kouan.gate.calibration import Step, calibrated, confidence_ppm, steps
from kouan.gate.words import Kind, Reading

SEEN = st.lists(st.tuples(st.integers(0, 1_000_000), st.booleans()), min_size=1, max_size=200)


def test_every_kind_has_rising_steps_from_nothing_up() -> None:
    table = steps()
    assert sorted(table) == sorted(Kind)
    for found in table.values():
        assert found[0].from_score_ppm > 0
        assert list(found) == sorted(found)
        assert all(0 < step.confidence_ppm < 1_000_000 for step in found)
        confidences = [step.confidence_ppm for step in found]
        assert confidences == sorted(confidences)


def test_a_figure_is_worth_its_step() -> None:
    table = (Step(0, 100), Step(500, 700))
    found = [confidence_ppm(Kind.PLATE, score, table) for score in (0, 499, 500, 9_000)]
    assert found == [100, 100, 700, 700]


def test_an_unread_one_has_no_confidence() -> None:
    unread = Reading(Kind.PLATE, reason="too dark")
    assert calibrated(unread) == unread
    assert calibrated(Reading(Kind.PLATE, "A1", score_ppm=1_000_000)).confidence_ppm > 0


@given(SEEN)
def test_a_fit_rises_and_claims_no_more_than_the_sample_allows(
    seen: list[tuple[int, bool]],
) -> None:
    made = fit(seen)
    scores = [score for score, _ in seen if score]
    assert [each for each, _ in made[:1]] == sorted(scores)[:1]
    assert made == sorted(made)
    assert [each for _, each in made] == sorted(each for _, each in made)
    most = (len(seen) + 1) / (len(seen) + 2)
    assert all(0 < confidence <= round(most * 1_000_000) for _, confidence in made)


def test_what_is_right_above_and_wrong_below_is_told_apart() -> None:
    made = fit([(at, at >= 50) for at in range(100)])
    assert made == [(1, round(1 / 51 * 1e6)), (50, round(51 / 52 * 1e6))]


def test_a_few_low_figures_do_not_borrow_from_many_high_ones() -> None:
    made = fit([(1, True), (2, False), *((at, True) for at in range(100, 200))])
    assert made == [(1, 500_000), (100, round(101 / 102 * 1e6))]
