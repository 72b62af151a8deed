"""Zones of travel documents: the specimens of ICAO 9303, each check digit, and names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.identifiers.errors import Candidate, IdentifierError
from kouan.identifiers.kinds import parse_every
from kouan.identifiers.mrz import LAYOUTS, check_digit, parse_mrz
from kouan.identifiers.reading import CHARACTERS, WORDS

TD3 = """P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10"""
TD1 = """I<UTOD231458907<<<<<<<<<<<<<<<
7408122F1204159UTO<<<<<<<<<<<6
ERIKSSON<<ANNA<MARIA<<<<<<<<<<"""
DIGITS_WITH_A_CHECK = {
    TD3: [*range(44 + 1, 44 + 7), *range(58, 65), *range(66, 73), 87, 88],
    TD1: [*range(6, 15), *range(31, 38), *range(39, 46), 60],
}


def test_passport_of_the_specification() -> None:
    found = parse_mrz(TD3)
    assert found.text == TD3
    assert (found.form, found.document_code, found.issuer) == ("TD3", "P", "UTO")
    assert (found.surname, found.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (found.number, found.nationality, found.optional) == ("L898902C3", "UTO", "ZE184226B")
    assert (found.birth, found.sex, found.expiry) == ("740812", "F", "120415")


def test_card_of_the_specification() -> None:
    found = parse_mrz(TD1)
    assert found.text == TD1
    assert (found.form, found.document_code, found.issuer) == ("TD1", "I", "UTO")
    assert (found.surname, found.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (found.number, found.nationality, found.optional) == ("D23145890", "UTO", "")
    assert (found.birth, found.sex, found.expiry) == ("740812", "F", "120415")


@pytest.mark.parametrize("zone", [TD3, TD1])
def test_lines_may_be_together_apart_or_in_small_letters(zone: str) -> None:
    for text in (zone.replace("\n", ""), zone.replace("\n", "\r\n\r\n"), f"  {zone.lower()} \n"):
        assert parse_mrz(text).text == zone


def test_a_long_document_number_of_a_card_goes_on_behind_its_filler() -> None:
    """The specification's own way: D23145890734 and its check digit 9 (ICAO 9303 part 5)."""
    found = parse_mrz(_card("D23145890<7349<<<<<<<<<<<"))
    assert found.number == "D23145890734"
    with pytest.raises(IdentifierError, match=r"document number .* is 8, the rest gives 9"):
        parse_mrz(_card("D23145890<7348<<<<<<<<<<<"))
    with pytest.raises(IdentifierError, match="expected the check digit of the document number"):
        parse_mrz(_card("D23145890<<<<<<<<<<<<<<<<"))


def _card(number_and_rest: str, second: str = "7408122F1204159UTO<<<<<<<<<<<") -> str:
    """A card of the specimen's holder, its composite check digit made to fit."""
    composite = check_digit(number_and_rest + second[:7] + second[8:15] + second[18:29])
    return f"I<UTO{number_and_rest}\n{second}{composite}\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "L898902C36",
            "L898902C37",
            "check digit of the document number (line 2, character 10) is 7, the rest gives 6",
        ),
        (
            "7408122F",
            "7408123F",
            "check digit of the date of birth (line 2, character 20) is 3, the rest gives 2",
        ),
        (
            "1204159Z",
            "1204158Z",
            "check digit of the date of expiry (line 2, character 28) is 8, the rest gives 9",
        ),
        (
            "<<<<<10",
            "<<<<<20",
            "check digit of the personal number (line 2, character 43) is 2, the rest gives 1",
        ),
        (
            "<<<<<10",
            "<<<<<11",
            "composite check digit (line 2, character 44) is 1, the rest gives 0",
        ),
        ("<<<<<10", "<<<<<<0", 'line 2, character 43 is "<", expected a digit'),
        ("7408122F", "7408122X", 'line 2, character 21 is "X", expected M, F or "<"'),
        ("7408122F", "74O8122F", 'line 2, character 16 is "O", expected a digit'),
        ("P<UTO", "I<UTO", 'line 1, character 1 is "I", expected one of P'),
        ("UTOERIK", "UT0ERIK", 'line 1, character 5 is "0", expected a letter'),
        (
            "<<<\nL",
            "<K<\nL",
            'line 1, character 43 is "K", expected only "<" behind the given names',
        ),
        ("ERIKSSON<<ANNA", "<<ERIKSSONANNA", "expected the first letter of a name"),
        ("L898902C36", "<<<<<<<<<0", "expected a document number"),
        ("36UTO", "36UT", "lines of 44 + 43 characters"),
        ("7408122F", "7４08122F", "U+FF14"),
    ],
)
def test_says_what_is_wrong_with_a_passport(old: str, new: str, says: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_mrz(TD3.replace(old, new))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("date", "says"),
    [
        ("741312", "a month 01 to 12"),
        ("740012", "a month 01 to 12"),
        ("740432", "a day 01 to 30"),
        ("740230", "a day 01 to 29"),
        ("740800", "a day 01 to 31"),
        ("7408<1", "two digits or two fillers"),
        ("<40812", "two digits or two fillers"),
    ],
)
def test_there_is_such_a_day(date: str, says: str) -> None:
    second = f"{date}{check_digit(date)}F1204159UTO<<<<<<<<<<<"
    with pytest.raises(IdentifierError) as caught:
        parse_mrz(_card("D231458907<<<<<<<<<<<<<<<", second))
    assert says in str(caught.value)


@pytest.mark.parametrize("date", ["7408<<", "74<<<<", "<<<<<<", "000229"])
def test_a_part_of_the_birth_may_be_unknown(date: str) -> None:
    second = f"{date}{check_digit(date)}<1204159UTO<<<<<<<<<<<"
    found = parse_mrz(_card("D231458907<<<<<<<<<<<<<<<", second))
    assert (found.birth, found.sex) == (date, "")


def test_a_surname_alone_is_a_name() -> None:
    found = parse_mrz(TD3.replace("ERIKSSON<<ANNA<MARIA", "ERIKSSON<ANNA<MARIA<"))
    assert (found.surname, found.given_names) == ("ERIKSSON ANNA MARIA", "")


def test_a_misread_digit_has_its_candidates() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_mrz(TD3.replace("L898902C36", "L89B902C36"))
    assert caught.value.index == 54
    assert Candidate(48, "B", "8") in caught.value.candidates


def test_no_sentence_tells_the_person() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_mrz(TD3.replace("<<10", "<<11"))
    for text in (str(caught.value), repr(caught.value)):
        assert "L******C3" in text
        assert [part for part in ("L898", "ERIKSSON", "740812", "ZE18") if part in text] == []


def test_layouts_are_as_long_as_their_lines_and_explained() -> None:
    assert [len(line) for line in LAYOUTS["TD3"]] == [44, 44]
    assert [len(line) for line in LAYOUTS["TD1"]] == [30, 30, 30]
    signs = sorted(dict.fromkeys("".join(line for form in LAYOUTS.values() for line in form)))
    assert [sign for sign in signs if sign not in CHARACTERS or sign not in WORDS] == []


@given(st.sampled_from([TD3, TD1]), st.data())
def test_any_wrong_digit_under_a_check_is_found(zone: str, data: st.DataObject) -> None:
    place = data.draw(
        st.sampled_from([at for at in DIGITS_WITH_A_CHECK[zone] if zone[at].isdigit()])
    )
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != zone[place]]))
    with pytest.raises(IdentifierError):
        parse_mrz(f"{zone[:place]}{digit}{zone[place + 1 :]}")


@given(st.sampled_from([TD3, TD1]), st.integers(0, 93), st.characters())
def test_one_character_more_or_other_is_told_or_taken(zone: str, place: int, other: str) -> None:
    at = place % len(zone)
    for text in (zone[:at] + other + zone[at + 1 :], zone[:at] + other + zone[at:]):
        found = parse_every(text)["mrz"]
        if isinstance(found, IdentifierError):
            assert -1 <= found.index < len(text)
        else:
            assert parse_mrz(found.text) == found
