"""`kouan gate draw`: files with what was asked for, and mistakes told."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from kouan.cli.main import app
from kouan.gate.drawing.scene import draw_scene


def drawn(*words: str) -> list[str]:
    """Lines that the command prints."""
    done = CliRunner().invoke(app, ["gate", "draw", *words])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_a_file_holds_the_picture_and_the_line_says_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "plate.png"
    (line,) = drawn("--kind", "plate", "--text", "蒙L12345", "-o", str(path), "--json")
    frame, truth = draw_scene("plate", 1, "clean", "蒙L12345")
    kept = cv2.imread(str(path))
    assert kept is not None
    assert np.array_equal(kept, frame)
    said = json.loads(line)
    assert said["text"] == "蒙L12345"
    assert tuple(said["box"]) == truth.box


def test_a_truck_is_two_files(tmp_path: Path) -> None:
    words = ("--kind", "truck", "--text", "蒙L12345 CSQU3054383", "-o", str(tmp_path / "t.jpg"))
    front, side = drawn(*words)
    assert front.startswith(f"{tmp_path / 't-front.jpg'}: plate-yellow 蒙L12345 at ")
    assert side.startswith(f"{tmp_path / 't-side.jpg'}: truck-side CSQU3054383 at ")
    assert (tmp_path / "t-front.jpg").exists()
    assert (tmp_path / "t-side.jpg").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--kind", "plate-blue", "-o", "x.gif"), "x.gif: expected a name that ends in .jpg"),
        (("--kind", "boat", "-o", "x.jpg"), "kind 'boat': expected one of plate-blue"),
        (("--kind", "truck", "-o", "x.jpg"), "for a truck expected a plate and a container"),
        (("--kind", "plate-blue", "-o", "nowhere/x.jpg"), "nowhere/x.jpg: No such file"),
    ],
)
def test_a_mistake_is_told(
    words: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["gate", "draw", *words])
    assert done.exit_code == 2
    assert expected in done.output
    assert list(tmp_path.iterdir()) == []
