"""What can't be read is told apart before it is looked at."""

import cv2
import numpy as np
import pytest

from kouan.gate.drawing.scene import draw_scene
from kouan.gate.images import Image
from kouan.gate.quality import judge

FRAME: Image = draw_scene("plate-blue", 3)[0]


def dimmed(factor: float, offset: float = 0) -> Image:
    return np.asarray(np.clip(FRAME * factor + offset, 0, 255), np.uint8)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros_like(FRAME), "black frame"),
        (dimmed(0.08), "too dark"),
        (dimmed(0.05, 240), "too bright"),
        (dimmed(0.05, 100), "no contrast"),
        (np.asarray(cv2.GaussianBlur(FRAME, (0, 0), 15), np.uint8), "blurred"),
    ],
)
def test_a_frame_that_can_t_be_read_says_what_is_wrong(image: Image, says: str) -> None:
    assert says in judge(image).reason


@pytest.mark.parametrize("difficulty", ["clean", "mild", "hard"])
@pytest.mark.parametrize("kind", ["plate-yellow", "container-vertical", "mrz-td3"])
def test_drawn_pictures_may_be_looked_at(kind: str, difficulty: str) -> None:
    assert judge(draw_scene(kind, 7, difficulty)[0]).reason == ""
