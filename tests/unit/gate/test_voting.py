"""Looks are voted on by place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.gate.voting import Ballot, vote

TEXTS = st.text("AB01", min_size=1, max_size=4)


def ballot(text: str, figure: float = 0.9) -> Ballot:
    return Ballot(tuple(((each, figure),) for each in text))


def test_the_commonest_wins_and_the_rest_is_named() -> None:
    verdict = vote([ballot("AQ1"), ballot("A01"), ballot("A01")])
    assert verdict.text == "A01"
    assert verdict.disputed == ((1, "Q"),)
    assert verdict.scores[1] == pytest.approx(0.6)


def test_a_look_of_another_length_counts_against_all() -> None:
    verdict = vote([ballot("A01"), ballot("A01"), ballot("A0")])
    assert verdict.text == "A01"
    assert max(verdict.scores) == pytest.approx(0.6)


@given(st.lists(TEXTS.map(ballot), min_size=1, max_size=5))
def test_the_order_of_looks_changes_nothing(ballots: list[Ballot]) -> None:
    forth, back = vote(ballots), vote(ballots[::-1])
    assert (forth.text, forth.disputed) == (back.text, back.disputed)
