"""Typefaces are found by what they call themselves; a missing one names its package."""

import re
import shutil
from pathlib import Path

import pytest

from kouan.gate.drawing.errors import FontMissing
from kouan.gate.drawing.fonts import CHINESE, FACES, MACHINE, NARROW, Face, find, glyph


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.family)
def test_a_missing_font_names_the_package_that_brings_it(face: Face, tmp_path: Path) -> None:
    with pytest.raises(FontMissing) as failed:
        find(face, (tmp_path,))
    assert face.family in str(failed.value)
    assert f"apt-get install {face.package}" in str(failed.value)
    assert str(tmp_path) in str(failed.value)


def test_a_file_of_that_name_with_another_face_is_not_taken(tmp_path: Path) -> None:
    shutil.copy(find(NARROW)[0], tmp_path / MACHINE.file)
    with pytest.raises(FontMissing, match=re.escape(MACHINE.file)):
        find(MACHINE, (tmp_path,))


def test_a_collection_is_searched_for_the_face() -> None:
    path, index = find(CHINESE)
    assert path.name == CHINESE.file
    assert index > 0


def test_a_glyph_is_cut_to_its_ink() -> None:
    mask = glyph(CHINESE, "蒙")
    assert mask[0].any()
    assert mask[-1].any()
    assert mask[:, 0].any()
    assert mask[:, -1].any()
