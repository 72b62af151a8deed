"""The whole way from a picture to readings, with the real engine on drawn pictures."""

import numpy as np
import pytest

from kouan.gate.drawing.scene import draw_scene
from kouan.gate.images import Image
from kouan.gate.reading import ALL_KINDS, read_image
from kouan.gate.words import Kind, Reading
from kouan.identifiers.plate import parse_plate

READ = (
    "plate-blue", "plate-yellow", "plate-green", "plate-trailer", "plate-learner",
    "plate-police", "plate-black", "plate-russian", "container-horizontal",
    "container-vertical", "mrz-td3", "mrz-td1", "code-qr", "code-code128", "code-pdf417",
    "code-datamatrix",
)  # fmt: skip


def only(image: Image, kind: Kind) -> Reading:
    (reading,) = read_image(image, [kind])
    return reading


@pytest.mark.parametrize("scene", READ)
def test_clean_pictures_are_read(scene: str) -> None:
    frame, truth = draw_scene(scene, 2)
    reading = only(frame, Kind(truth.kind))
    expected = parse_plate(truth.text).text if truth.kind == "plate" else truth.text
    assert reading.text == expected
    assert reading.confidence_ppm > 500_000
    left, top, right, bottom = reading.box
    x, y = truth.box[0] + truth.box[2], truth.box[1] + truth.box[3]
    assert left < right
    assert top < bottom
    assert left <= x
    assert top <= y
    if scene.startswith("plate-") and truth.colour:
        assert reading.variety in (truth.colour, "russian")


def test_of_a_mongolian_plate_only_the_digits_are_read() -> None:
    frame, truth = draw_scene("plate-mongolian", 2)
    reading = only(frame, Kind.PLATE)
    assert reading.text == truth.text[:4]
    assert "digits only" in reading.reason


@pytest.mark.parametrize("scene", ["container-horizontal", "container-vertical"])
def test_a_wrong_check_digit_is_no_reading(scene: str) -> None:
    frame, _ = draw_scene(scene, 2, "clean", "CSQU3054384")
    reading = only(frame, Kind.CONTAINER)
    assert reading.text == ""
    assert "check digit" in reading.reason


def test_a_document_with_a_wrong_check_digit_is_no_reading_and_tells_no_name() -> None:
    lines = (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C46UTO7408122F1204159ZE184226B<<<<<10"
    )
    frame, _ = draw_scene("mrz-td3", 2, "clean", lines)
    reading = only(frame, Kind.MRZ)
    assert reading.text == ""
    assert "check digit" in reading.reason
    assert "ERIKSSON" not in reading.reason


def test_every_kind_says_why_there_is_nothing() -> None:
    grain = np.random.default_rng(1).integers(90, 160, (480, 640, 3)).astype(np.uint8)
    for image in (grain, np.zeros((480, 640, 3), np.uint8)):
        readings = read_image(image)
        assert [reading.kind for reading in readings] == list(ALL_KINDS)
        assert all(reading.reason and not reading.text for reading in readings)


def test_a_container_is_no_plate_and_a_plate_no_container() -> None:
    plate, container = draw_scene("plate-green", 3)[0], draw_scene("container-vertical", 3)[0]
    assert only(plate, Kind.CONTAINER).text == ""
    assert all(not each.text for each in read_image(container, [Kind.PLATE]))
