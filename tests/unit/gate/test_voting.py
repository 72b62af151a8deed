"""Looks are voted on by place; frames are fused to what one of them read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.gate.errors import GateError
from kouan.gate.fusion import fuse
from kouan.gate.voting import Ballot, vote
from kouan.gate.words import Kind, Reading

TEXTS = st.text("AB01", min_size=1, max_size=4)
READINGS = st.builds(Reading, st.just(Kind.PLATE), TEXTS, confidence_ppm=st.integers(0, 1_000_000))


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


@given(READINGS, st.integers(1, 4))
def test_equal_readings_fuse_to_that_reading(reading: Reading, count: int) -> None:
    assert fuse([reading] * count) == reading


@given(st.lists(READINGS, min_size=1, max_size=6))
def test_what_is_fused_was_read_and_disagreement_costs(readings: list[Reading]) -> None:
    fused = fuse(readings)
    same = [each for each in readings if each.text == fused.text]
    assert same
    most = max(each.confidence_ppm for each in same)
    assert fused.confidence_ppm <= most
    others = {each.text for each in readings} - {fused.text}
    if others:
        assert "frames disagree" in fused.reason
        assert all(each in fused.reason for each in others)
    rivals = [each for each in readings if each.text != fused.text and each.confidence_ppm > 10]
    if rivals and most > 10:
        assert fused.confidence_ppm < most


def test_unread_frames_cost_nothing() -> None:
    read = Reading(Kind.PLATE, "A1", confidence_ppm=900_000)
    unread = Reading(Kind.PLATE, reason="too dark")
    assert fuse([unread, read]) == read
    assert fuse([unread]) == unread


def test_personal_texts_are_not_told_in_a_reason() -> None:
    frames = [Reading(Kind.MRZ, text, confidence_ppm=9) for text in ("P<UTOA", "P<UTOB")]
    assert "UTO" not in fuse(frames).reason


def test_kinds_are_not_mixed() -> None:
    with pytest.raises(GateError, match="expected one kind"):
        fuse([Reading(Kind.PLATE), Reading(Kind.MRZ)])
    with pytest.raises(GateError, match="expected one or more"):
        fuse([])
