"""`kouan gate read`: readings of the good files, and the bad ones told."""

import json
from pathlib import Path
from unittest.mock import patch

import cv2
import pytest
from typer.testing import CliRunner

from kouan.cli.main import app
from kouan.gate.drawing.scene import draw_scene


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "plate.jpg"
    assert cv2.imwrite(str(path), draw_scene("plate-yellow", 2)[0])
    return path


def test_what_is_read_is_said(plate: Path) -> None:
    truth = draw_scene("plate-yellow", 2)[1]
    done = CliRunner().invoke(app, ["gate", "read", "--kind", "plate", str(plate)])
    assert done.exit_code == 0, done.output
    assert f"plate yellow: {truth.text}" in done.stdout
    assert "%" in done.stdout


def test_bad_files_are_named_and_the_others_read(plate: Path, tmp_path: Path) -> None:
    cut, missing = tmp_path / "cut.jpg", tmp_path / "missing.jpg"
    cut.write_bytes(plate.read_bytes()[:3000])
    words = ["gate", "read", "--json", "--kind", "code", str(cut), str(missing), str(plate)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    (one,) = json.loads(done.stdout)["images"]
    assert one["file"] == str(plate)
    assert one["readings"][0]["reason"] == "no code found"
    assert f"{cut}: a JPEG cut after 3000 bytes" in done.stderr
    assert f"{missing}: No such file" in done.stderr


def test_without_the_engine_the_extra_is_named(plate: Path) -> None:
    with patch("kouan.gate.installed.NEEDED", ("cv2", "no_such_reader")):
        done = CliRunner().invoke(app, ["gate", "read", str(plate)])
    assert done.exit_code == 2
    assert "no_such_reader not installed" in done.stderr
    assert "kouan[gate]" in done.stderr
