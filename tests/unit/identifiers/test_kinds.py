"""What holds of every kind: one exception, text that parses to itself, masks, and transport."""

import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kouan.identifiers.errors import Candidate, IdentifierError
from kouan.identifiers.kinds import PARSERS, parse_every
from kouan.identifiers.look_alikes import CYRILLIC, LATIN, LOOK_ALIKES, look_alikes
from kouan.identifiers.masks import masked
from kouan.identifiers.plate import PROVINCES, SUFFIXES, parse_plate
from kouan.identifiers.reading import MOST_CHARACTERS

VALID: dict[str, str] = {
    "container": "CSQU3054383",
    "mrz": (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
    ),
    "wagon_uic": "218124712173",
    "wagon_1520": "52345675",
    "credit_code": "91110000600037341L",
    "identity_number": "11010519491231002X",
    "plate_china": "蒙AD12345",
    "plate_russia": "A123BC77",
    "plate_mongolia": "1234YБA",
    "entry_number": "070520261000012345",
    "locode": "CNERC",
    "hs": "270112",
}


def test_there_is_one_of_every_kind() -> None:
    assert list(VALID) == list(PARSERS)


@pytest.mark.parametrize("kind", PARSERS)
def test_a_text_is_its_own_kind(kind: str) -> None:
    found = parse_every(VALID[kind])[kind]
    assert not isinstance(found, IdentifierError)
    assert found.text == VALID[kind]


AWKWARD = "０１１٣१Ａａ<<OIBS挂\ud800\x00\n\u2028\u200b. -·蒙"


@given(st.one_of(st.text(), st.text("0123456789ABCDEFOIZ <蒙挂１٣A\n-"), st.text(AWKWARD)))
@example("")
@example("\ud800" * 11)
@example("１" * 18)
@example("٣" * 12)
@example("²" * 8)
@example("ß" * 9)
@example("1" * 100_000)
@example(VALID["mrz"] + "\u2028")
def test_no_text_raises_anything_else(text: str) -> None:
    for kind, found in parse_every(text).items():
        if isinstance(found, IdentifierError):
            assert (found.kind, found.text) == (kind, text)
            assert -1 <= found.index < max(len(text), 1)
            assert len(str(found)) < 2_000
            assert str(found).isprintable()
        else:
            assert PARSERS[kind](found.text) == found
            assert all(each not in "１٣" for each in found.text)


@given(st.sampled_from(list(PARSERS)), st.integers(0, 100), st.characters(codec="utf-8"))
def test_one_other_character_is_told_or_taken(kind: str, place: int, other: str) -> None:
    at = place % len(VALID[kind])
    text = VALID[kind][:at] + other + VALID[kind][at + 1 :]
    found = parse_every(text)[kind]
    if not isinstance(found, IdentifierError):
        assert PARSERS[kind](found.text) == found


@given(st.text())
def test_plates_of_any_country_raise_one_error(text: str) -> None:
    found = [each for kind, each in parse_every(text).items() if kind.startswith("plate_")]
    if all(isinstance(each, IdentifierError) for each in found):
        with pytest.raises(IdentifierError):
            parse_plate(text)
    elif not any(each in PROVINCES or each in SUFFIXES for each in text):
        assert parse_plate(text) in found


@given(st.sampled_from(list(PARSERS)), st.integers(0, 100), st.sampled_from("".join(LOOK_ALIKES)))
def test_every_candidate_is_right_and_one_character_away(kind: str, place: int, other: str) -> None:
    at = place % len(VALID[kind])
    text = VALID[kind][:at] + other + VALID[kind][at + 1 :]
    found = parse_every(text)[kind]
    if isinstance(found, IdentifierError):
        for item in found.candidates:
            repaired = text[: item.index] + item.instead + text[item.index + 1 :]
            PARSERS[kind](repaired)
            assert item.read == text[item.index]
            assert item.instead in look_alikes(item.read)
        was = VALID[kind][at]
        if was in look_alikes(other):
            assert Candidate(at, other, was) in found.candidates


def test_a_text_that_is_far_too_long_is_not_looked_at() -> None:
    for found in parse_every("1" * (MOST_CHARACTERS + 1)).values():
        assert isinstance(found, IdentifierError)
        assert found.found == f"{MOST_CHARACTERS + 1} characters"
        assert "..." in str(found) or "*" in str(found)


def test_an_error_passes_from_one_process_to_another() -> None:
    with pytest.raises(IdentifierError) as caught:
        PARSERS["container"]("CSQU30S4383")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert vars(copied) == vars(caught.value)
    assert str(copied) == str(caught.value)
    assert copied.candidates == (Candidate(6, "S", "5"),)


def test_look_alikes_are_mutual() -> None:
    for group in LOOK_ALIKES:
        for each in group:
            assert all(each in look_alikes(other) for other in look_alikes(each))
    assert look_alikes("0") == "ODQ"
    assert look_alikes("X") == ""
    assert len(CYRILLIC) == len(LATIN) == 12


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("identity_number", "11010519491231002X", "11************002X"),
        ("identity_number", "1101051949123100", "1***************"),
        ("passport", "E12345678", "E******78"),
        ("passport", "E1234", "E****"),
        ("passport", "", ""),
        ("mrz", VALID["mrz"], "P<UTO L******C3"),
        ("mrz", VALID["mrz"].replace("\n", ""), "P<UTO L******C3"),
        ("mrz", "I<UTOD231458907" + "<" * 75, "I<UTO D******90"),
        ("mrz", "P<UTOERIKSSON", "P************"),
        ("container", "CSQU3054383", "CSQU3054383"),
        ("container", "11010519491231002X", "11************002X"),
        ("entry_number", "070520261000012345", "070520261000012345"),
        ("hs", VALID["mrz"], "P<UTO L******C3"),
        ("hs", VALID["mrz"][:44], "P" + "*" * 43),
        ("plate_china", "蒙A12345", "蒙A12345"),
    ],
)
def test_masks(kind: str, text: str, expected: str) -> None:
    assert masked(kind, text) == expected


@given(st.sampled_from(["identity_number", "passport", "mrz"]), st.text(max_size=120))
def test_a_mask_keeps_less_than_half(kind: str, text: str) -> None:
    bare = "".join(text.split())
    kept = [each for each in masked(kind, text) if each not in "* "]
    assert len(kept) <= max(1, len(bare) // 2)
