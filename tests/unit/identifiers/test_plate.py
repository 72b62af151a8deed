"""Plates of three countries, class by class."""

import pytest

from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.plate import (
    NEW_ENERGY_LETTERS,
    PROVINCES,
    SUFFIXES,
    Category,
    parse_plate,
    parse_plate_china,
    parse_plate_mongolia,
    parse_plate_russia,
)


@pytest.mark.parametrize(
    ("text", "canonical", "category", "region"),
    [
        ("蒙A12345", "蒙A12345", Category.ORDINARY, "蒙A"),
        ("蒙h·8k9z7", "蒙H8K9Z7", Category.ORDINARY, "蒙H"),
        ("京 O-12345", "京O12345", Category.ORDINARY, "京O"),
        ("蒙AD1234", "蒙AD1234", Category.ORDINARY, "蒙A"),
        ("蒙AD12345", "蒙AD12345", Category.NEW_ENERGY, "蒙A"),
        ("蒙A·DB2345", "蒙ADB2345", Category.NEW_ENERGY, "蒙A"),
        ("蒙A12345D", "蒙A12345D", Category.NEW_ENERGY, "蒙A"),
        ("蒙A1234挂", "蒙A1234挂", Category.TRAILER, "蒙A"),
        ("蒙A1234学", "蒙A1234学", Category.LEARNER, "蒙A"),
        ("蒙A1234警", "蒙A1234警", Category.POLICE, "蒙A"),
        ("粤Z1234港", "粤Z1234港", Category.HONG_KONG, "粤Z"),
        ("粤ZB234澳", "粤ZB234澳", Category.MACAO, "粤Z"),
        ("京A1234使", "京A1234使", Category.EMBASSY, "京A"),
        ("沪A0023领", "沪A0023领", Category.CONSULATE, "沪A"),
        ("224578使", "224578使", Category.EMBASSY, "224"),
        ("使224578", "使224578", Category.EMBASSY, "224"),
    ],
)
def test_china(text: str, canonical: str, category: Category, region: str) -> None:
    found = parse_plate_china(text)
    assert (found.text, found.category, found.region) == (canonical, category, region)
    assert found.country == "CN"
    assert found.displayed == canonical
    assert parse_plate(text) == found
    assert parse_plate_china(found.text) == found


@pytest.mark.parametrize("letter", "DABCEFGHJK")
def test_ten_letters_of_new_energy_first_and_last(letter: str) -> None:
    for text in (f"蒙A{letter}12345", f"蒙A12345{letter}"):
        assert parse_plate_china(text).category is Category.NEW_ENERGY
    assert len(NEW_ENERGY_LETTERS) == 10


@pytest.mark.parametrize("letter", "ILMNOPQRSTUVWXYZ")
def test_no_other_letter_is_of_new_energy(letter: str) -> None:
    for text, index in ((f"蒙A{letter}12345", 2), (f"蒙A12345{letter}", 7)):
        with pytest.raises(IdentifierError) as caught:
            parse_plate_china(text)
        assert caught.value.index == index


@pytest.mark.parametrize("province", PROVINCES)
def test_every_province(province: str) -> None:
    assert parse_plate_china(f"{province}A12345").region == f"{province}A"


def test_there_are_thirty_one_provinces_and_seven_suffixes() -> None:
    assert len(PROVINCES) == len(dict.fromkeys(PROVINCES)) == 31
    assert "".join(SUFFIXES) == "挂学警港澳使领"


@pytest.mark.parametrize(
    ("text", "index", "says"),
    [
        ("A1234567", 0, "the character of a province"),
        ("台A12345", 0, "the character of a province"),
        ("蒙112345", 1, "a letter A to Z"),
        ("蒙AO2345", 2, "a letter but I and O"),
        ("蒙A1234I", 6, "a letter but I and O, or one of 挂学警港澳使领"),
        ("蒙A123挂5", 5, "a letter but I and O"),
        ("蒙A1234車", 6, "one of 挂学警港澳使领"),
        ("蒙A1234５", 6, "one of"),
        ("蒙A1234X5", 6, "a digit"),
        ("蒙AD12Z45", 5, "a digit"),
        ("蒙A1234", -1, "7 characters, or 8 for new energy"),
        ("使22457A", 6, "a digit"),
        ("", -1, "7 characters"),
    ],
)
def test_china_says_what_is_wrong(text: str, index: int, says: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_plate_china(text)
    assert caught.value.index == index
    assert says in caught.value.expected


@pytest.mark.parametrize(
    ("text", "canonical", "category", "region", "displayed"),
    [
        ("А123ВС77", "A123BC77", Category.ORDINARY, "77", "А123ВС77"),
        ("A123BC77", "A123BC77", Category.ORDINARY, "77", "А123ВС77"),
        ("а 123 вс 177", "A123BC177", Category.ORDINARY, "177", "А123ВС177"),
        ("АB1234 75", "AB123475", Category.TRAILER, "75", "АВ123475"),
        ("Е001ТХ75", "E001TX75", Category.ORDINARY, "75", "Е001ТХ75"),
    ],
)
def test_russia(text: str, canonical: str, category: Category, region: str, displayed: str) -> None:
    found = parse_plate_russia(text)
    assert (found.text, found.category, found.region) == (canonical, category, region)
    assert (found.country, found.displayed) == ("RU", displayed)
    assert parse_plate(text) == parse_plate_russia(found.displayed) == found


@pytest.mark.parametrize(("cyrillic", "latin"), [*zip("АВЕКМНОРСТУХ", "ABEKMHOPCTYX", strict=True)])
def test_one_shape_is_one_letter(cyrillic: str, latin: str) -> None:
    for letter in (cyrillic, latin, cyrillic.lower(), latin.lower()):
        assert (
            parse_plate_russia(f"{letter}123{letter}{letter}75").text == f"{latin}123{latin * 2}75"
        )


@pytest.mark.parametrize(
    ("text", "index"),
    [("Б123ВС77", 0), ("Д123ВС77", 0), ("A1O3BC77", 2), ("A123DC77", 4), ("A123BC7", -1)],
)
def test_russia_says_what_is_wrong(text: str, index: int) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_plate_russia(text)
    assert caught.value.index == index


@pytest.mark.parametrize(
    ("text", "canonical", "digits"),
    [
        ("1234 УБА", "1234YБA", "1234"),
        ("уба 12-34", "YБA1234", "1234"),
        ("0012ӨМ", "0012ӨM", "0012"),
        ("5678", "5678", "5678"),
        ("1234UBA", "1234UBA", "1234"),
    ],
)
def test_mongolia_takes_what_has_digits(text: str, canonical: str, digits: str) -> None:
    found = parse_plate_mongolia(text)
    assert (found.text, found.serial, found.country) == (canonical, digits, "MN")
    assert parse_plate(text) == parse_plate_mongolia(found.displayed) == found


@pytest.mark.parametrize(
    ("text", "index"), [("УБА", -1), ("", -1), ("1234УБАУБАУ", -1), ("12१4УБА", 2), ("12 ?4", 3)]
)
def test_mongolia_says_what_is_wrong(text: str, index: int) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_plate_mongolia(text)
    assert caught.value.index == index
