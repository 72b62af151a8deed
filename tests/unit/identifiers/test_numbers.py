"""Wagons, companies, persons, customs and places: known numbers, wrong ones, another library."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric, uscc

from kouan.identifiers.company import ALPHABET, parse_credit_code
from kouan.identifiers.customs import parse_entry_number, parse_hs
from kouan.identifiers.errors import Candidate, IdentifierError
from kouan.identifiers.kinds import Identifier
from kouan.identifiers.person import parse_identity_number
from kouan.identifiers.place import LAND_PORTS, MISFILED, land_port_of, parse_locode
from kouan.identifiers.wagon import parse_wagon_1520, parse_wagon_uic

Parse = Callable[[str], Identifier]


def _is_taken(parse: Parse, text: str) -> bool:
    try:
        parse(text)
    except IdentifierError:
        return False
    return True


def digits(count: int) -> st.SearchStrategy[str]:
    """Draw texts of so many digits."""
    return st.text("0123456789", min_size=count, max_size=count)


# --- wagons ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["21-81-2471217-3", "218124712173", "21 81 2471 217-3"])
def test_uic_wagon(text: str) -> None:
    found = parse_wagon_uic(text)
    assert found.text == "218124712173"
    assert (found.vehicle_type, found.country) == ("21", "81")
    assert (found.features, found.serial, found.check_digit) == ("2471", "217", "3")


def test_another_published_uic_wagon() -> None:
    assert parse_wagon_uic("51-80-0843001-0").country == "80"


def test_broad_gauge_wagon_by_hand() -> None:
    """5 2 3 4 5 6 7 times 2 1 2 1 2 1 2: digits 1+0 2 6 4 1+0 6 1+4 add up to 25, so 5."""
    found = parse_wagon_1520("5234 5675")
    assert (found.text, found.wagon_type, found.check_digit) == ("52345675", "5", "5")


@given(digits(12))
def test_uic_agrees_with_another_library(text: str) -> None:
    assert _is_taken(parse_wagon_uic, text) == luhn.is_valid(text)


@given(digits(8))
def test_broad_gauge_agrees_with_another_library(text: str) -> None:
    assert _is_taken(parse_wagon_1520, text) == luhn.is_valid(text)


@given(st.sampled_from([(parse_wagon_uic, 11), (parse_wagon_1520, 7)]), st.data())
def test_any_wrong_digit_of_a_wagon_is_found(kind: tuple[Parse, int], data: st.DataObject) -> None:
    parse, count = kind
    stem = data.draw(digits(count))
    number = stem + luhn.calc_check_digit(stem)
    assert parse(number).text == number
    place = data.draw(st.integers(0, count))
    more = data.draw(st.integers(1, 9))
    changed = f"{number[:place]}{(int(number[place]) + more) % 10}{number[place + 1 :]}"
    assert not _is_taken(parse, changed)


@pytest.mark.parametrize(
    ("parse", "text", "index", "expected"),
    [
        (parse_wagon_uic, "21-81-2471217-4", 14, "3"),
        (parse_wagon_uic, "21-81-2471217", -1, "12 digits"),
        (parse_wagon_uic, "21-8I-2471217-3", 4, "a digit"),
        (parse_wagon_1520, "52345676", 7, "5"),
        (parse_wagon_1520, "5234567", -1, "8 digits"),
        (parse_wagon_1520, "5234567٥", 7, "a digit"),
    ],
)
def test_wagons_say_what_is_wrong(parse: Parse, text: str, index: int, expected: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse(text)
    assert (caught.value.index, caught.value.expected) == (index, expected)


# --- companies and persons -------------------------------------------------------------------

COMPANY = "91110000600037341L"


def test_credit_code() -> None:
    found = parse_credit_code(" 9111 0000 6000 3734 1l ")
    assert (found.text, found.authority, found.category) == (COMPANY, "9", "1")
    assert (found.division, found.organisation, found.check_character) == (
        "110000",
        "600037341",
        "L",
    )


@given(st.text(ALPHABET, min_size=9, max_size=9), digits(8))
def test_credit_code_agrees_with_another_library(organisation: str, start: str) -> None:
    stem = start + organisation
    code = stem + uscc.calc_check_digit(stem)
    assert parse_credit_code(code).text == code
    wrong = [stem + each for each in ALPHABET if each != code[-1]]
    assert [text for text in wrong if _is_taken(parse_credit_code, text)] == []


@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_wrong_character_of_a_credit_code_is_found(place: int, other: str) -> None:
    changed = COMPANY[:place] + other + COMPANY[place + 1 :]
    assert _is_taken(parse_credit_code, changed) == (changed == COMPANY) == uscc.is_valid(changed)


def test_a_letter_the_code_does_not_have_is_told_with_its_look_alike() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_credit_code("9111000060003734IL")
    assert (caught.value.index, caught.value.found) == (16, "I")
    assert caught.value.candidates == (Candidate(16, "I", "1"),)


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("91110000600037341M", 17, "L"),
        ("9111O000600037341L", 4, "a digit of the administrative division"),
        ("9111000060003734L", -1, "18 characters"),
    ],
)
def test_credit_code_says_what_is_wrong(text: str, index: int, expected: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_credit_code(text)
    assert (caught.value.index, caught.value.expected) == (index, expected)


# Numbers are made up: the area is real, the sequence belongs to nobody known.


def _person(stem: str) -> str:
    """Complete 17 digits; the other library wants 18 characters and leaves the last one out."""
    return stem + ric.calc_check_digit(f"{stem}0")


def test_identity_number() -> None:
    number = _person("15010219920229001")
    found = parse_identity_number(number.lower())
    assert (found.text, found.area, found.birth) == (number, "150102", "19920229")
    assert (found.sequence, found.sex) == ("001", "M")
    assert parse_identity_number(_person("15010219920229002")).sex == "F"


@given(st.dates(), digits(3))
def test_identity_number_agrees_with_another_library(birth: object, sequence: str) -> None:
    day = f"{birth}".replace("-", "")
    stem = f"150102{day}{sequence}"
    fits = day[:2] in ("18", "19", "20")
    taken = [each for each in "0123456789X" if _is_taken(parse_identity_number, stem + each)]
    assert [stem + each for each in taken] == ([_person(stem)] if fits else [])


@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_wrong_digit_of_an_identity_number_is_found(place: int, other: str) -> None:
    number = _person("15010219920229001")
    changed = number[:place] + other + number[place + 1 :]
    assert _is_taken(parse_identity_number, changed) == (changed == number)


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("15010219900229001X", 12, "a day of birth 01 to 28"),
        ("15010219001301001X", 10, "a month of birth 01 to 12"),
        ("15010231001201001X", 6, "a year of birth in 1800 to 2099"),
        ("1501021992022900AX", 16, "a digit"),
        ("15010219920229001Y", 17, "a digit or X"),
        ("150102199202290", -1, "18 characters"),
    ],
)
def test_identity_number_says_what_is_wrong_and_masks_it(
    text: str, index: int, expected: str
) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_identity_number(text)
    assert (caught.value.index, caught.value.expected) == (index, expected)
    assert text not in str(caught.value)
    assert text[6:14] not in repr(caught.value)


# --- customs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("flag", "is_import"), [("1", True), ("0", False)])
def test_entry_number(flag: str, is_import: bool) -> None:
    found = parse_entry_number(f"0705 2026 {flag} 000012345")
    assert found.text == f"07052026{flag}000012345"
    assert (found.office, found.year, found.serial) == ("0705", "2026", "000012345")
    assert found.is_import is is_import


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("070520262000012345", 8, "1 for import or 0 for export"),
        ("070530261000012345", 4, "a year in 1900 to 2099"),
        ("07052026100001234", -1, "18 digits"),
        ("07052026100001234O", 17, "a digit"),
    ],
)
def test_entry_number_says_what_is_wrong(text: str, index: int, expected: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_entry_number(text)
    assert (caught.value.index, caught.value.expected) == (index, expected)


@pytest.mark.parametrize(
    ("text", "canonical", "national"),
    [("270112", "270112", ""), ("2701.12", "270112", ""), ("2701121000", "2701121000", "1000")],
)
def test_code_of_goods(text: str, canonical: str, national: str) -> None:
    found = parse_hs(text)
    assert (found.text, found.chapter, found.heading) == (canonical, "27", "2701")
    assert (found.subheading, found.national) == ("270112", national)


@pytest.mark.parametrize(
    ("text", "index"),
    [("27011", -1), ("2701121", -1), ("001122", 0), ("770000", 0), ("27O112", 2), ("27011２", 5)],
)
def test_code_of_goods_says_what_is_wrong(text: str, index: int) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_hs(text)
    assert caught.value.index == index


# --- places ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["CNERC", "cn erc"])
def test_locode(text: str) -> None:
    found = parse_locode(text)
    assert (found.text, found.country, found.place) == ("CNERC", "CN", "ERC")


@pytest.mark.parametrize(
    ("text", "index"), [("C1ERC", 1), ("CNER1", 4), ("CNER0", 4), ("CNER", -1), ("CNERЅ", 4)]
)
def test_locode_says_what_is_wrong(text: str, index: int) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_locode(text)
    assert caught.value.index == index


def test_neighbours_name_one_another() -> None:
    pairs = [(port, LAND_PORTS[port.neighbour]) for port in LAND_PORTS.values() if port.neighbour]
    assert len(pairs) == 18
    assert [a.id for a, b in pairs if b.neighbour != a.id or a.country == b.country] == []


def test_codes_have_their_form_their_country_and_one_port() -> None:
    codes = [(code, port) for port in LAND_PORTS.values() for code in port.locodes]
    for code, port in codes:
        assert parse_locode(code).country == port.country
        assert land_port_of(code) is port
    assert land_port_of("CNERC") is land_port_of("CNRLC") is LAND_PORTS["erenhot"]
    assert [code for code in MISFILED if land_port_of(code)] == []


@pytest.mark.parametrize("name", ["gashuun_sukhait", "hangi", "shivee_khuren", "bichigt"])
def test_a_place_may_have_no_code(name: str) -> None:
    assert LAND_PORTS[name].locodes == ()
