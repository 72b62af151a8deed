"""Readings become evidence; what is personal does not."""

import pytest

from kouan.dispatch.events import Evidence
from kouan.gate.errors import GateError
from kouan.gate.evidence import (
    container_evidence,
    driver_evidence,
    matches_digits,
    plate_evidence,
    pseudonym,
)
from kouan.gate.words import Kind, Reading

KEY = b"0123456789abcdef"
ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def read(kind: Kind, text: str, confidence_ppm: int = 990_000, variety: str = "") -> Reading:
    return Reading(kind, text, confidence_ppm, variety=variety)


def test_the_surest_plate_is_the_evidence() -> None:
    readings = [read(Kind.PLATE, "蒙L12345", 5), read(Kind.PLATE, "蒙L12346", 9)]
    assert plate_evidence(readings) == Evidence("plate", "蒙L12346", confidence_ppm=9)
    assert plate_evidence([Reading(Kind.PLATE)]) == Evidence("plate", confidence_ppm=0)


def test_digits_alone_are_never_certain() -> None:
    reading = read(Kind.PLATE, "1234", variety="mongolian")
    assert plate_evidence([reading]).confidence_ppm == 0
    assert matches_digits(reading, "1234УБА")
    assert not matches_digits(reading, "1235УБА")
    assert not matches_digits(read(Kind.PLATE, "1234"), "1234УБА")


def test_containers_are_counted_once_each_with_the_least_confidence() -> None:
    numbers = ("CSQU3054383", "MSCU1234566", "CSQU3054383")
    readings = [read(Kind.CONTAINER, each, 900_000 + at) for at, each in enumerate(numbers)]
    found = container_evidence(readings)
    assert (found.found, found.amount) == ("CSQU3054383,MSCU1234566", 2)
    assert found.confidence_ppm == 900_001


def test_a_driver_is_a_pseudonym() -> None:
    found = driver_evidence([read(Kind.MRZ, ZONE)], KEY)
    assert found.found == pseudonym(KEY, "L898902C3", "UTO")
    for personal in ("ERIKSSON", "L898902C3", "740812", "ZE184226B"):
        assert personal not in str(found)
    assert driver_evidence([], KEY) == Evidence("driver", confidence_ppm=0)


def test_a_pseudonym_depends_on_key_number_and_state_alone() -> None:
    assert pseudonym(KEY, "L898902C3<", "UTO") == pseudonym(KEY, "L898902C3", "UTO")
    others = {
        pseudonym(KEY, "L898902C3", "UTO"),
        pseudonym(KEY, "L898902C4", "UTO"),
        pseudonym(KEY, "L898902C3", "UTP"),
        pseudonym(KEY[::-1], "L898902C3", "UTO"),
    }
    assert len(others) == 4


@pytest.mark.parametrize(
    ("key", "number", "state"), [(b"short", "A1", "UTO"), (KEY, "<<", "UTO"), (KEY, "A1", "")]
)
def test_a_pseudonym_of_nothing_is_refused(key: bytes, number: str, state: str) -> None:
    with pytest.raises(GateError, match="expected"):
        pseudonym(key, number, state)
