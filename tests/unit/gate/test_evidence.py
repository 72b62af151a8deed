"""Readings become evidence; what is personal does not."""

import pytest

from kouan.dispatch.events import Evidence
from kouan.gate.errors import GateError
from kouan.gate.evidence import evidence_of, pseudonym
from kouan.gate.words import Kind, Reading
from kouan.port.procedures import CheckKind

KEY = b"0123456789abcdef"
ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def read(kind: Kind, text: str, confidence_ppm: int = 990_000, variety: str = "") -> Reading:
    return Reading(kind, text, confidence_ppm, variety=variety)


def test_a_plate_is_evidence_as_it_was_read() -> None:
    found = evidence_of(CheckKind.PLATE, read(Kind.PLATE, "蒙L12345", 9), KEY)
    assert found == Evidence("plate", "蒙L12345", confidence_ppm=9)
    unread = Reading(Kind.PLATE, reason="too dark")
    found = evidence_of(CheckKind.PLATE, unread, KEY)
    assert found == Evidence("plate", confidence_ppm=0, ok=False, reason="too dark")


def test_digits_alone_are_never_certain() -> None:
    reading = read(Kind.PLATE, "1234", variety="mongolian")
    assert evidence_of(CheckKind.PLATE, reading, KEY).confidence_ppm == 0


def test_a_driver_is_a_pseudonym() -> None:
    found = evidence_of(CheckKind.DRIVER, read(Kind.MRZ, ZONE), KEY)
    assert (found.found, found.confidence_ppm) == (pseudonym(KEY, "L898902C3", "UTO"), 990_000)
    for personal in ("ERIKSSON", "L898902C3", "740812", "ZE184226B"):
        assert personal not in str(found)


@pytest.mark.parametrize("text", ["", "no zone at all"])
def test_a_page_that_names_nobody_is_no_evidence(text: str) -> None:
    found = evidence_of(CheckKind.DRIVER, read(Kind.MRZ, text), KEY)
    assert (found.found, found.ok) == ("", False)


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
