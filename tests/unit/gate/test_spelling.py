"""Repair exchanges look-alikes where what was read can't stand, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.gate.proof import prove
from kouan.gate.recogniser import Line
from kouan.gate.spelling import Spelt, places, spell
from kouan.gate.words import NOWHERE
from kouan.gate.zones import on_grid
from kouan.identifiers.container import LAYOUT
from kouan.identifiers.look_alikes import look_alikes
from kouan.identifiers.mrz import LAYOUTS, check_digit, parse_mrz
from kouan.identifiers.reading import FILLER

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
"""The specimen of ICAO 9303 part 4."""
WEIGHTED = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")


def line(text: str, figure: float = 0.9) -> Line:
    count = len(text)
    choices = tuple(((each, figure),) for each in text)
    return Line(text, (figure,) * count, tuple(at / max(1, count) for at in range(count)), choices)


def spelt(texts: tuple[str, ...]) -> list[list[Spelt]] | None:
    found = [spell(line(text), places(signs)) for text, signs in zip(texts, LAYOUTS["TD3"])]  # noqa: B905
    return None if None in found else [[each] for each in found if each is not None]


def test_what_may_stand_there_stays() -> None:
    kept = spell(line("CSQU3054383"), places(LAYOUT))
    assert kept is not None
    assert (kept.text, kept.repaired) == ("CSQU3054383", ())


def test_a_look_alike_is_exchanged_and_named() -> None:
    repaired = spell(line("C5QU3O54383"), places(LAYOUT))
    assert repaired is not None
    assert (repaired.text, repaired.repaired) == ("CSQU3054383", (1, 5))
    assert repaired.choices[5][0][1] < 0.9


def test_what_looks_like_nothing_that_may_stand_there_is_not_repaired() -> None:
    assert spell(line("CSQUX054383"), places(LAYOUT)) is None
    assert spell(line("CSQU305438"), places(LAYOUT)) is None


@given(st.tuples(*[st.sampled_from("BDGIOQSZ0125688")] * 11).map("".join))
def test_repair_changes_nothing_but_look_alikes_at_the_places_it_names(text: str) -> None:
    found = spell(line(text), places(LAYOUT))
    assert found is not None
    for at, (before, after) in enumerate(zip(text, found.text, strict=True)):
        assert (before != after) == (at in found.repaired)
        assert before == after or after in look_alikes(before)


def test_a_zone_with_its_check_digits_is_read_and_repaired_places_are_named() -> None:
    seen = (TD3[0], TD3[1].replace("UTO", "UT0"))
    lines = spelt(seen)
    assert lines is not None
    reading = prove("TD3", lines, 1, NOWHERE)
    assert reading.text == "\n".join(TD3)
    assert reading.repaired == (45 + 12,)
    assert "repaired by position" in reading.reason


@given(st.lists(st.tuples(st.integers(0, 87), WEIGHTED), min_size=1, max_size=3))
def test_no_zone_is_read_whose_check_digits_disagree(changes: list[tuple[int, str]]) -> None:
    whole = list("".join(TD3))
    for at, character in changes:
        whole[at] = character
    lines = spelt(("".join(whole[:44]), "".join(whole[44:])))
    if lines is None:
        return
    reading = prove("TD3", lines, 1, NOWHERE)
    if reading.text:
        parse_mrz(reading.text)
    else:
        assert reading.reason


def test_a_six_that_may_be_a_g_stays_unread() -> None:
    """Check digits can't tell them apart, so nobody but a person can."""
    number, dates = "G12345676", ("7408122", "1204159")
    checked = number + check_digit(number)
    total = check_digit(checked + dates[0] + dates[1] + "<" * 15)
    second = f"{checked}UTO{dates[0]}F{dates[1]}{'<' * 15}{total}"
    parse_mrz(TD3[0] + second)
    wrong = "6" + second[1:]
    parse_mrz(TD3[0] + wrong)
    sure = spelt((TD3[0], wrong))
    assert sure is not None
    assert prove("TD3", sure, 1, NOWHERE).text
    (doubtful,) = sure[1]
    trace = ((("6", 0.99), ("G", 0.01)), *doubtful.choices[1:])
    reading = prove("TD3", [sure[0], [Spelt(wrong, trace)]], 1, NOWHERE)
    assert reading.text == ""
    assert "6 or G" in reading.reason


@pytest.mark.parametrize(("own", "rival", "is_read"), [("R", 0.04, True), ("R", 0.06, False)])
def test_a_letter_of_a_name_that_one_look_saw_otherwise_stays_unread(
    own: str, rival: float, is_read: bool
) -> None:
    """No check digit covers names, and looks at one picture err alike."""
    sure = spelt(TD3)
    assert sure is not None
    (first,), second = sure
    place = TD3[0].index("R")
    unsure = (*first.choices[:place], ((own, 0.7), ("P", rival)), *first.choices[place + 1 :])
    looks = [first, first, Spelt(first.text, unsure)]
    reading = prove("TD3", [looks, second * 3], 3, NOWHERE)
    assert bool(reading.text) == is_read
    assert is_read or "character 7 is not sure" in reading.reason


def test_a_letter_that_every_look_took_for_a_digit_is_read() -> None:
    """A name holds no digit, so that nothing else but the letter can have been seen."""
    seen = spelt((TD3[0].replace("O", "0"), TD3[1]))
    assert seen is not None
    reading = prove("TD3", seen, 1, NOWHERE)
    assert reading.text == "\n".join(TD3)
    assert "O at 5, O at 12" in reading.reason


def test_reasons_do_not_tell_personal_values() -> None:
    wrong = (TD3[0], TD3[1].replace("L898902C3", "L898902C4"))
    lines = spelt(wrong)
    assert lines is not None
    reading = prove("TD3", lines, 1, NOWHERE)
    assert reading.text == ""
    assert "L898902C" not in reading.reason
    assert "ERIKSSON" not in reading.reason


def test_a_place_without_a_character_and_one_with_two_show_in_a_line_of_one_pitch() -> None:
    even = line("CSQU3054383")
    gap = tuple(at + (0.02 if place > 3 else 0.0) for place, at in enumerate(even.places))
    assert replace(even, places=gap).is_even
    assert not (even[:4] + even[5:]).is_even
    crowded = (*even.places[:5], even.places[4] + 0.03, *even.places[5:10])
    assert not replace(even, places=crowded).is_even
    assert not line("").is_even


def at_places(text: str, *where: float) -> Line:
    return replace(line(text), places=tuple((each + 0.5) / 44 for each in where))


@pytest.mark.parametrize(
    "fillers", [[*range(25, 40), 42, 43], [*range(25, 30), 29.6, *range(30, 43)]]
)
def test_fillers_not_counted_or_counted_twice_are_put_right(fillers: list[float]) -> None:
    name, counted = TD3[0].rstrip(FILLER), [*range(25), *fillers]
    found = on_grid(at_places(name + FILLER * len(fillers), *counted), 44)
    assert found is not None
    assert found[0].text == TD3[0]


@pytest.mark.parametrize("passed_over", [3, 15, 20])
def test_a_letter_that_was_passed_over_is_no_filler(passed_over: int) -> None:
    """Behind a letter as behind a filler."""
    counted = [at for at in range(44) if at != passed_over]
    text = "".join(TD3[0][at] for at in counted)
    assert on_grid(at_places(text, *counted), 44) is None


def test_two_letters_at_one_place_are_on_no_grid() -> None:
    counted = [0, 1, 2, 3.2, 3.4, *range(5, 43)]
    text = "".join(TD3[0][round(at + 0.2)] for at in counted)
    assert len(text) == 43
    assert on_grid(at_places(text, *counted), 44) is None
