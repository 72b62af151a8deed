"""`kouan import` and `kouan export-map` with what is wrong: exit code 2, a reason, no file."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kouan.cli import app
from tests.unit.port.formats.samples import POINTS, lif_file, model, path, read

BAD = [
    (b"<model", "plant.xml", "well-formed XML"),
    (b"{", "plant.xml", "JSON"),
    (model(POINTS + path("A 1", "B", -5)), "plant.xml", 'path "A 1 to B".length: "-5"'),
    (b"<!DOCTYPE a []><model/>", "plant.xml:1", "no document type"),
]


@pytest.mark.parametrize(("content", "where", "expected"), BAD)
def test_bad_plant(content: bytes, where: str, expected: str, tmp_path: Path) -> None:
    source, target = tmp_path / "plant.xml", tmp_path / "port.toml"
    source.write_bytes(content)
    result = CliRunner().invoke(app, ["import", str(source), "-o", str(target)])
    assert result.exit_code == 2
    assert where in result.output
    assert expected in result.output
    assert "Traceback" not in result.output
    assert not target.exists()


def test_no_such_file(tmp_path: Path) -> None:
    command = ["import", str(tmp_path / "none.xml"), "-o", str(tmp_path / "port.toml")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "a file that can be read" in result.output


@pytest.mark.parametrize("content", [model(), lif_file()])
def test_there_and_back(content: bytes, tmp_path: Path) -> None:
    source, port, again = (tmp_path / name for name in ("plant", "port.toml", "again"))
    source.write_bytes(content)
    run = CliRunner()
    assert run.invoke(app, ["import", str(source), "-o", str(port)]).exit_code == 0
    form = "opentcs" if content.startswith(b"<") else "lif"
    result = run.invoke(app, ["export-map", str(port), "--to", form, "-o", str(again)])
    assert result.exit_code == 0, result.output
    assert read(again.read_bytes()) == read(content)
    assert run.invoke(app, ["import", str(source), "-o", str(port)]).exit_code == 2


@pytest.mark.parametrize("form", ["lif", "opentcs"])
def test_any_port_has_a_map(form: str, tmp_path: Path) -> None:
    mandula = Path(__file__).parents[4] / "ports" / "mandula.toml"
    target = tmp_path / "map"
    result = CliRunner().invoke(app, ["export-map", str(mandula), "--to", form, "-o", str(target)])
    assert result.exit_code == 0, result.output
    plant = read(target.read_bytes())
    assert "gate_cn_south" in [node.name for node in plant.nodes]
    # LIF knows types only.
    assert len(plant.vehicles) == (1 if form == "lif" else 10)


def test_version_is_of_opentcs_only(tmp_path: Path) -> None:
    mandula = Path(__file__).parents[4] / "ports" / "mandula.toml"
    command = ["export-map", str(mandula), "--to", "lif", "-o", str(tmp_path / "map")]
    result = CliRunner().invoke(app, [*command, "--model-version", "6.0.0"])
    assert result.exit_code == 2
    assert "--model-version" in result.output
