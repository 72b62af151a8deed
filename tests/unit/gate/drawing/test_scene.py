"""Drawn pictures: the same for the same seed, with the text where the truth says it is."""

import numpy as np
import pytest
import zxingcpp

from kouan.gate.drawing.errors import UnknownScene
from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.levels import LEVELS
from kouan.gate.drawing.scene import BY_TEXT, SCENES, Truth, draw_scene, scene_of
from kouan.gate.drawing.trucks import draw_truck
from kouan.identifiers.container import parse_container
from kouan.identifiers.mrz import parse_mrz
from kouan.identifiers.plate import parse_plate

ZONE = "P<MNGWANG<<XIAOMING".ljust(44, "<") + "\n{}6631348MNG7310227M3209158" + "<" * 15 + "4"
PAIRS = {
    "plate-blue": ("蒙A11111", "京Z88888"),
    "plate-green": ("蒙AD11111", "京ZF88888"),
    "plate-trailer": ("蒙A1111挂", "京Z8888挂"),
    "plate-russian": ("А111АА75", "Х888ХХ38"),
    "plate-mongolian": ("1111ААА", "8888ШШШ"),
    "container-horizontal": ("AAAU1111111", "ZZZU8888888"),
    "container-vertical": ("AAAU1111111", "ZZZU8888888"),
}
"""Two texts that differ nearly everywhere."""


def differing(one: Picture, other: Picture) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of where two frames differ by more than compression does."""
    rows, columns = np.nonzero(np.abs(one.astype(int) - other.astype(int)).max(axis=2) > 40)
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_box_holds_all_that_another_text_changes(kind: str, seed: int) -> None:
    first, second = PAIRS[kind]
    one, truth = draw_scene(kind, seed, "clean", first)
    other, same = draw_scene(kind, seed, "clean", second)
    assert truth.box == same.box
    found = differing(one, other)
    left, top, right, bottom = truth.box
    # Compression works in blocks of 16 pixels.
    assert found[0] >= left - 16
    assert found[1] >= top - 16
    assert found[2] <= right + 16
    assert found[3] <= bottom + 16
    # And the box is no larger than it must be.
    assert found[2] - found[0] >= 0.75 * (right - left)
    assert found[3] - found[1] >= 0.6 * (bottom - top)


@pytest.mark.parametrize("kind", SCENES)
def test_the_same_seed_gives_the_same_picture(kind: str) -> None:
    one, truth = draw_scene(kind, 7, "mild")
    again, same = draw_scene(kind, 7, "mild")
    assert np.array_equal(one, again)
    assert truth == same
    other, different = draw_scene(kind, 8, "mild")
    assert different.text != truth.text
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("kind", SCENES)
@pytest.mark.parametrize("difficulty", LEVELS)
def test_what_is_to_be_read_is_in_the_frame(kind: str, difficulty: str) -> None:
    frame, truth = draw_scene(kind, 3, difficulty)
    left, top, right, bottom = truth.box
    assert 0 < left < right < frame.shape[1]
    assert 0 < top < bottom < frame.shape[0]
    assert truth.kind == SCENES[kind].kind
    assert (truth.scene, truth.difficulty, truth.seed) == (kind, difficulty, 3)


def valid(truth: Truth) -> bool:
    """Whether the text is one of its kind; raises IdentifierError where it is not."""
    if truth.kind == "plate":
        country = {"plate-russian": "RU", "plate-mongolian": "MN"}.get(truth.scene, "CN")
        return parse_plate(truth.text).country == country
    if truth.kind == "container":
        return parse_container(truth.text).number == truth.text
    return parse_mrz(truth.text).text == truth.text if truth.kind == "mrz" else True


@pytest.mark.parametrize("kind", SCENES)
def test_invented_texts_are_valid_and_can_be_drawn_again(kind: str) -> None:
    for seed in range(60):
        text = SCENES[kind].invent(np.random.default_rng(seed))
        truth = Truth(SCENES[kind].kind, text, (0, 0, 0, 0), (), kind, "", "", "", "clean", seed)
        assert valid(truth)
        assert scene_of(kind, text) == kind


@pytest.mark.parametrize("kind", [kind for kind in SCENES if kind.startswith("code")])
def test_a_code_says_its_text_within_its_box(kind: str) -> None:
    frame, truth = draw_scene(kind, 5, "clean", "KOUAN 42")
    codes = zxingcpp.read_barcodes(frame)
    assert [code.text for code in codes] == ["KOUAN 42"]
    place = codes[0].position
    points = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    left, top, right, bottom = truth.box
    assert all(left - 6 <= point.x <= right + 6 for point in points)
    assert all(top - 6 <= point.y <= bottom + 6 for point in points)


def test_the_zone_of_a_passport_is_in_the_box() -> None:
    one, truth = draw_scene("mrz-td3", 2, "clean", ZONE.format("111"))
    other, _ = draw_scene("mrz-td3", 2, "clean", ZONE.format("111")[:-2] + "88")
    left, top, right, bottom = differing(one, other)
    assert truth.box[0] <= left < right <= truth.box[2] + 16
    assert truth.box[1] <= top < bottom <= truth.box[3] + 16


def test_a_wrong_number_is_drawn_as_it_is_given() -> None:
    _, truth = draw_scene("container", 1, "clean", "CSQU3054384")
    assert (truth.text, truth.scene) == ("CSQU3054384", "container-horizontal")


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("蒙L12345", "plate-yellow"),
        ("蒙L1234挂", "plate-trailer"),
        ("蒙L1234警", "plate-police"),
        ("蒙AD12345", "plate-green"),
        ("А123ВС75", "plate-russian"),
        ("1234УБА", "plate-mongolian"),
    ],
)
def test_a_plate_is_drawn_as_its_text_says(text: str, scene: str) -> None:
    assert scene_of("plate", text) == scene


@pytest.mark.parametrize(
    ("kind", "difficulty", "text", "expected"),
    [
        ("lorry", "clean", None, "kind 'lorry': expected one of plate-blue, "),
        ("plate", "clean", None, "with a text also plate, container"),
        ("plate-blue", "easy", None, "difficulty 'easy': expected one of clean, mild, hard"),
        ("plate-blue", "clean", "蒙L1234", "text '蒙L1234': for plate-blue expected seven"),
        ("container", "clean", "csqu", "text 'csqu': for container expected ten or eleven"),
        ("mrz", "clean", "P<CHN", "two lines of 44 .* three lines of 30"),
        ("code", "clean", "口岸", "1 to 100 printable ASCII"),
    ],
)
def test_what_cannot_be_drawn_says_what_was_expected(
    kind: str, difficulty: str, text: str | None, expected: str
) -> None:
    with pytest.raises(UnknownScene, match=expected):
        draw_scene(kind, 1, difficulty, text)


def test_general_kinds_name_scenes() -> None:
    assert all(scene in SCENES for scenes in BY_TEXT.values() for scene in scenes)


def test_a_truck_shows_its_plate_before_and_its_number_at_the_side() -> None:
    front, side = draw_truck("蒙L12345", "CSQU3054383", 4)
    assert (front.name, front.truth.text, front.truth.kind) == ("front", "蒙L12345", "plate")
    assert (side.name, side.truth.text, side.truth.kind) == ("side", "CSQU3054383", "container")
    _, other = draw_truck("蒙L12345", "ZZZU8888888", 4)
    left, top, right, bottom = differing(side.frame, other.frame)
    assert side.truth.box[0] - 16 <= left < right <= side.truth.box[2] + 16
    assert side.truth.box[1] - 16 <= top < bottom <= side.truth.box[3] + 16


def test_a_truck_needs_a_number_that_can_be_painted() -> None:
    with pytest.raises(UnknownScene, match="text 'CSQU': for container expected"):
        draw_truck("蒙L12345", "CSQU", 1)
