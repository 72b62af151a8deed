"""Plant models that others wrote: imported, exported valid by the official schemas, and equal."""

import json
from functools import cache
from math import hypot
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from lxml import etree
from typer.testing import CliRunner

from kouan.cli import app
from kouan.port.calendar import start_of_day_ms
from kouan.port.formats.plantmap import Format, Notes
from kouan.port.problems import PortError
from kouan.port.quantity import DAY_MS
from kouan.port.read import load_port
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import Scenario, simulate
from tests.unit.port.formats.samples import read, through_port, write

EXAMPLES = [f"lif/ex-10.{number}.json" for number in range(1, 20)]
MODELS = [f"opentcs/{name}" for name in ("Demo-01", "PlantModelV6.sample", "PlantModelV7.sample")]
FILES = [*EXAMPLES, *(f"{name}.xml" for name in MODELS)]


@cache
def lif_schema(root: Path) -> Draft7Validator:
    return Draft7Validator(json.loads((root / "lif" / "LIF.schema").read_text("utf-8")))


@cache
def xsd(root: Path, version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(root / "opentcs" / f"model-{version}.xsd")))


def problems(root: Path, content: bytes) -> list[str]:
    """What the official schema says against a plant model."""
    if not content.startswith(b"<"):
        found = lif_schema(root).iter_errors(json.loads(content))
        return [f"{error.json_path}: {error.message}" for error in found]
    model = etree.fromstring(content)
    schema = xsd(root, str(model.get("version")))
    return [] if schema.validate(model) else [str(schema.error_log)]


@pytest.mark.parametrize("name", FILES)
def test_round_trip(outside_data: Path, name: str) -> None:
    """By way of the port file's text; the file written again is valid."""
    plant = read((outside_data / name).read_bytes())
    notes = Notes("port")
    again = through_port(plant, notes)
    assert again == plant
    assert notes.found == []
    written = write(again, Format(plant.origin))
    assert problems(outside_data, written) == []
    assert read(written) == plant


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("form", "version"), [("lif", ""), ("opentcs", "6.0.0"), ("opentcs", "7.0.0")]
)
def test_every_format_is_valid(outside_data: Path, name: str, form: str, version: str) -> None:
    plant = read((outside_data / name).read_bytes())
    written = write(plant, Format(form), version=version)
    assert problems(outside_data, written) == []
    assert [node.name for node in read(written).nodes] == [node.name for node in plant.nodes]


@pytest.mark.parametrize("name", EXAMPLES)
def test_printed_examples_are_read_with_a_warning(outside_data: Path, name: str) -> None:
    """None of them is valid as printed: each lacks stations, or tells a height as text."""
    content = (outside_data / name).read_bytes()
    assert problems(outside_data, content)
    notes = Notes(name)
    read(content, notes)
    assert any("stations" in str(note) or "stationHeight" in str(note) for note in notes.found)


def test_length_is_what_the_model_says(outside_data: Path) -> None:
    plant = read((outside_data / "opentcs/Demo-01.xml").read_bytes())
    ends = {node.name: node for node in plant.nodes}
    curved = []
    for path in plant.paths:
        start, end = ends[path.start], ends[path.end]
        straight = hypot(end.x_mm - start.x_mm, end.y_mm - start.y_mm)
        if abs(path.length_mm - straight) > path.length_mm / 20:
            curved.append(path.name)
    assert (len(plant.nodes), len(plant.paths), len(curved)) == (59, 75, 60)


def test_cut_anywhere_is_refused(outside_data: Path) -> None:
    for name in ("opentcs/Demo-01.xml", "lif/ex-10.16.json"):
        content = (outside_data / name).read_bytes().rstrip()
        for share in range(1, 20):
            with pytest.raises(PortError):
                read(content[: len(content) * share // 20])


def test_demo_runs_with_its_four_vehicles(outside_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "demo.toml"
    source = str(outside_data / "opentcs/Demo-01.xml")
    result = CliRunner().invoke(app, ["import", source, "-o", str(file)])
    assert result.exit_code == 0, result.output
    port, _ = load_port(file)
    assert sum(fleet.count for fleet in port.fleets.values()) == 4
    start_ms = start_of_day_ms(port, "2026-10-12")
    end_ms = start_ms + DAY_MS
    scenario = Scenario(port, 1, start_ms, end_ms, end_ms, None)
    checkers, fold = Checkers(port), Summary(port)
    fold.days, fold.until_ms = 1, end_ms
    simulate(scenario, MemoryJournal(scenario.header()), [fold, checkers])
    assert list(checkers.violations) == []
    visits = fold.as_json()["visits"]
    assert visits["started"] == 400
    assert visits["finished"] >= 398


def test_commands_there_and_back(outside_data: Path, tmp_path: Path) -> None:
    run, source = CliRunner(), outside_data / "lif/ex-10.7.json"
    port, model = tmp_path / "port.toml", tmp_path / "again.json"
    assert run.invoke(app, ["import", str(source), "-o", str(port)]).exit_code == 0
    assert run.invoke(app, ["check", str(port)]).exit_code == 0
    command = ["export-map", str(port), "--to", "lif", "-o", str(model)]
    assert run.invoke(app, command).exit_code == 0
    assert read(model.read_bytes()) == read(source.read_bytes())
    again = run.invoke(app, command)
    assert again.exit_code == 2
    assert "exists already" in again.output
