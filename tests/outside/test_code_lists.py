"""Codes of places and goods as their authors publish them, with the rows known to be wrong."""

import csv
from pathlib import Path

import pytest

from kouan.identifiers.customs import parse_hs
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.place import LAND_PORTS, MISFILED, parse_locode

COUNTRIES = ("CN", "MN", "RU")


@pytest.fixture(scope="module")
def places(outside_data: Path) -> dict[str, list[str]]:
    """Rows of the three countries' lists by code; a row without a place is the country's own."""
    rows: dict[str, list[str]] = {}
    for country in COUNTRIES:
        with (outside_data / "codes" / f"locode-{country}.csv").open(encoding="utf-8") as file:
            rows |= {row[1] + row[2]: row for row in csv.reader(file) if row[2]}
    return rows


@pytest.fixture(scope="module")
def goods(outside_data: Path) -> list[dict[str, str]]:
    """Rows of the Harmonized System's list."""
    with (outside_data / "codes" / "hs2022.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_published_place_code_has_the_form(places: dict[str, list[str]]) -> None:
    assert len(places) > 2_500
    assert [code for code in places if parse_locode(code).text != code] == []


def test_land_ports_have_no_invented_code(places: dict[str, list[str]]) -> None:
    codes = [code for port in LAND_PORTS.values() for code in port.locodes]
    assert len(codes) == 13
    assert [code for code in codes if code not in places] == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("CNMLX", "Manzhouli"),
        ("CNERC", "Erlianhaote"),
        ("CNRLC", "Erenhot"),
        ("CNGQD", "Ganqmod"),
        ("CNCEK", "Ceke"),
        ("CNMDL", "Mandula"),
        ("CNZEQ", "Zhuengadabuqi"),
        ("CNARS", "Aershan"),
        ("CNEBD", "Ebuduge"),
        ("CNART", "Arhaxat"),
        ("CNHST", "Heishantou"),
        ("CNSWI", "Shiwei"),
        ("MNZUU", "Zamyn-Uud"),
    ],
)
def test_codes_of_land_ports_are_those_published(
    places: dict[str, list[str]], code: str, name: str
) -> None:
    assert places[code][4] == name


def test_ports_without_a_code_are_not_in_the_list(places: dict[str, list[str]]) -> None:
    names = [row[4].casefold() for row in places.values()]
    without = [port.name for port in LAND_PORTS.values() if not port.locodes]
    assert len(without) == 11
    assert [name for name in without if name.casefold() in names] == []


def test_misfiled_places_are_still_filed_so(places: dict[str, list[str]]) -> None:
    """The day the list is mended, this test says so."""
    assert [places[code][4] for code in MISFILED] == ["Gangimaodu", "Ulan Qab", "Ordos"]


def test_the_register_of_ports_is_the_published_one(outside_data: Path) -> None:
    with (outside_data / "ports" / "ports.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ids = dict.fromkeys(row["id"].removesuffix("-road").removesuffix("-rail") for row in rows)
    assert list(ids) == [port.id for port in LAND_PORTS.values() if port.country == "CN"]
    for row in rows:
        port = LAND_PORTS[row["id"].removesuffix("-road").removesuffix("-rail")]
        assert row["name_zh"].startswith(port.name_zh)
        assert row["name_en"].startswith(port.name)
        assert bool(port.neighbour) is bool(row["neighbour"])
        if port.neighbour:
            assert LAND_PORTS[port.neighbour].country == row["country"]


def test_every_published_code_of_goods_has_the_form(goods: list[dict[str, str]]) -> None:
    """All of six digits do. One row more is of five characters: the total, which is no code."""
    codes = [row["hscode"] for row in goods if row["level"] not in ("2", "4")]
    assert len(codes) == 5_614
    assert [code for code in codes if not _is_goods(code)] == ["TOTAL"]


def _is_goods(code: str) -> bool:
    try:
        return parse_hs(code).text == code
    except IdentifierError:
        return False


def test_every_chapter_of_the_list_is_a_chapter(goods: list[dict[str, str]]) -> None:
    chapters = [row["hscode"] for row in goods if row["level"] == "2"]
    assert [each for each in chapters if parse_hs(f"{each}0000").chapter != each] == []
    assert "77" not in chapters
    assert "00" not in chapters
