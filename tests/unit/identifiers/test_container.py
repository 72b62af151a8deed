"""Container numbers: the standard's digits, what is found wrong, and what is never computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from kouan.identifiers.container import CATEGORIES, parse_container
from kouan.identifiers.errors import Candidate, IdentifierError

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
SERIALS = st.text("0123456789", min_size=6, max_size=6)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Draw a valid number; its check digit is another library's."""
    stem = draw(LETTERS) + draw(st.sampled_from(CATEGORIES)) + draw(SERIALS)
    return stem + iso6346.calc_check_digit(stem)


@pytest.mark.parametrize(
    "text", ["CSQU3054383", "csqu 305438 3", "CSQU-305438-3", "CSQU\n305438/3"]
)
def test_one_number_in_many_hands(text: str) -> None:
    found = parse_container(text)
    assert found.text == found.number == "CSQU3054383"
    assert (found.owner, found.category, found.serial) == ("CSQ", "U", "305438")
    assert (found.check_digit, found.type_code, found.is_weak) == ("3", "", False)


@pytest.mark.parametrize("type_code", ["22G1", "45R1", "L5G1", "22GP"])
def test_the_type_may_follow(type_code: str) -> None:
    found = parse_container(f"CSQU3054383 {type_code}")
    assert (found.number, found.type_code) == ("CSQU3054383", type_code)


@pytest.mark.parametrize(
    ("text", "index", "found", "expected"),
    [
        ("CSQU3054384", 10, "4", "3"),
        ("CSQ U305438-4", 12, "4", "3"),
        ("C5QU3054383", 1, "5", "a letter A to Z"),
        ("CSQU30S4383", 6, "S", "a digit"),
        ("CSQX3054383", 3, "X", "U, J or Z"),
        ("CSQU3054383 22G", -1, "14 characters", "11 "),
        ("CSQU3054383 2211", 14, "1", "a letter A to Z"),
        ("CSQU305438", -1, "10 characters", "11 "),
        ("", -1, "0 characters", "11 "),
        ("ＣSQU3054383", 0, "Ｃ", "a letter A to Z"),
        ("CSQU305438３", 10, "３", "a digit"),
        ("CSQU30٥4383", 6, "٥", "a digit"),
        ("ЅSQU3054383", 0, "Ѕ", "a letter A to Z"),
    ],
)
def test_says_what_is_wrong(text: str, index: int, found: str, expected: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_container(text)
    error = caught.value
    assert (error.kind, error.text) == ("container", text)
    assert (error.index, error.found) == (index, found)
    assert error.expected.startswith(expected)
    assert expected in str(error)


def test_the_wrong_check_digit_is_told_with_the_right_one() -> None:
    with pytest.raises(
        IdentifierError, match=r"check digit \(character 11\) is 4, the rest gives 3"
    ):
        parse_container("CSQU3054384")


def test_a_missing_check_digit_is_never_made_up() -> None:
    with pytest.raises(IdentifierError, match="10 characters"):
        parse_container("CSQU305438")
    with pytest.raises(IdentifierError):
        parse_container("CSQU305438 22G1")


def test_look_alikes_are_candidates_and_no_more() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_container("CSQU30S4383")
    assert caught.value.candidates == (Candidate(6, "S", "5"),)
    assert "it would be right with 5 for S at character 7" in str(caught.value)


def test_a_misread_letter_is_a_candidate_of_the_check_digit() -> None:
    """G for C is no look-alike; Q and O are."""
    with pytest.raises(IdentifierError) as caught:
        parse_container("CSOU3054383")
    assert caught.value.index == 10
    assert Candidate(2, "O", "Q") in caught.value.candidates


@given(numbers())
def test_what_another_library_makes_is_taken_as_it_is(number: str) -> None:
    assert parse_container(number).text == number
    assert iso6346.is_valid(number)


@given(st.text("ABUJZ0123", min_size=11, max_size=11))
def test_agrees_with_another_library(text: str) -> None:
    assert _is_taken(text) == iso6346.is_valid(text)


@given(numbers(), st.integers(4, 10), st.integers(1, 9))
def test_any_wrong_digit_is_found_but_between_ten_and_nought(
    number: str, place: int, more: int
) -> None:
    """The remainder 10 is written 0: only where both numbers are weak may it stay unseen."""
    digit = (int(number[place]) + more) % 10
    changed = f"{number[:place]}{digit}{number[place + 1 :]}"
    if _is_taken(changed):
        assert parse_container(number).is_weak
        assert parse_container(changed).is_weak


def _is_taken(text: str) -> bool:
    try:
        parse_container(text)
    except IdentifierError:
        return False
    return True
