"""Frames of scales out of any stream of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.live.devices.frames import LONGEST_LINE, Frame, FrameReader

GOOD = b"ST,GS,+ 045670kg\r\n"


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        (b"ST,GS,+ 045670kg", Frame(45_670)),
        (b"ST,GS,+045670kg", Frame(45_670)),
        (b"US,GS,+ 045660kg", Frame(45_660, stable=False)),
        (b"ST,NT,+ 012000kg", Frame(12_000, net=True)),
        (b"ST,GS,- 000040kg", Frame(-40)),
        (b"ST,GS,+  45.67 t", Frame(45_670)),
        (b"ST,GS,+ 045670", Frame(45_670)),
        (b"OL,GS,+ ------kg", Frame(0, stable=False, overload=True)),
        (b"OL,GS,", Frame(0, stable=False, overload=True)),
    ],
)
def test_frames_of_the_common_form(line: bytes, frame: Frame) -> None:
    assert FrameReader().feed(line + b"\r\n") == ([frame], [])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"ST,GS,+ 0456", ""),
        (b"ST,GS,+ 04x670kg\r\n", "no_frame"),
        (b"ST,GS,+ 45670lb\r\n", "no_frame"),
        (b"ST,GS,+ 99999999t\r\n", "no_frame"),
        (b"ST,GS,kg\r\n", "no_frame"),
        (b"ST,GS,nan kg\r\n", "no_frame"),
        (b"GS,+ 045670kg\r\n", "no_frame"),
        ("ST,GS,+ ０４５kg\r\n".encode(), "not_ascii"),
        (b"\xff\xfe\r\n", "not_ascii"),
        (b"9" * (LONGEST_LINE + 1) + b"\r\n", "line_too_long"),
        (b"9" * 100_000 + b"\r\n", "line_too_long"),
    ],
)
def test_what_is_no_frame_is_told_and_the_next_one_is_read(line: bytes, fault: str) -> None:
    reader = FrameReader()
    frames, faults = reader.feed(line)
    assert (frames, faults) == ([], [fault] if fault else [])
    assert reader.feed(b"\r\n" + GOOD)[0][-1:] == [Frame(45_670)]


def test_a_form_of_ones_own() -> None:
    reader = FrameReader(r"\x02?(?P<status>[ DO])(?P<mass>[0-9]{6})(?P<unit>kg)")
    frames, faults = reader.feed(b"\x02 045670kg\x03\r\nD045600kg\nO......kg\r\n")
    assert frames == [Frame(45_670), Frame(45_600, stable=False)]
    assert faults == ["no_frame"]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes_do_no_harm(chunks: list[bytes]) -> None:
    reader = FrameReader()
    for chunk in chunks:
        reader.feed(chunk)
        assert len(reader._line) <= LONGEST_LINE
    assert reader.feed(b"\n" + GOOD)[0][-1:] == [Frame(45_670)]


@given(st.lists(st.integers(0, 99_999), min_size=1, max_size=8), st.data())
def test_frames_may_be_cut_anywhere(masses: list[int], data: st.DataObject) -> None:
    stream = b"".join(f"ST,GS,+ {mass:06d}kg\r\n".encode() for mass in masses)
    reader, found = FrameReader(), []
    while stream:
        length = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:length])[0]
        stream = stream[length:]
    assert [frame.mass_kg for frame in found] == masses
