"""A plant becomes a port that checks, keeps what a port does not use, and comes back equal."""

from dataclasses import replace
from pathlib import Path

import pytest

from kouan.port.formats.fromport import read_port_map
from kouan.port.formats.plantmap import Format, Notes
from kouan.port.formats.portfile import write_port
from kouan.port.formats.roads import Ids
from kouan.port.formats.tomltext import toml
from kouan.port.model import BasisKind
from kouan.port.problems import PortError, Severity
from kouan.port.read import load_port
from tests.unit.port.formats.samples import (
    PATHS,
    POINTS,
    ROUND,
    layout,
    lif_file,
    model,
    path,
    read,
    through_port,
    to_port,
    write,
)

PLANTS = {
    "round": model(),
    "version 6": model(version="6.0.0"),
    "both ways": model(POINTS + PATHS + path("B", "A 1") + path("C", "B", 1)),
    "reverse": model(
        POINTS
        + path("A 1", "B", more='maxReverseVelocity="300" locked="false"')
        + path("B", "C", speed=0, more='maxReverseVelocity="300" locked="false"')
    ),
    "no road": model(
        POINTS
        + path("A 1", "A 1")
        + path("A 1", "B", more='maxReverseVelocity="0" locked="true"')
        + path("B", "C", speed=0)
    ),
    "standing vehicle": model(ROUND.replace('maxVelocity="900"', 'maxVelocity="0"')),
    "lif": lif_file(),
    "two layouts": lif_file(layout(), {"layoutId": "up", "layoutVersion": "1", "nodes": []}),
}


@pytest.mark.parametrize("name", PLANTS)
def test_round_trip(name: str) -> None:
    plant = read(PLANTS[name])
    assert through_port(plant) == plant
    assert read(write(through_port(plant), Format(plant.origin))) == plant


def loaded(content: bytes, folder: Path) -> tuple[int, list[str]]:
    """Vehicles and findings of the port file of a plant; raises PortError for errors."""
    file = folder / "plant.toml"
    file.write_text(write_port(read(content), "plant.xml", Notes("plant")), "utf-8")
    port, findings = load_port(file)
    assert all(finding.severity is Severity.WARNING for finding in findings)
    return sum(fleet.count for fleet in port.fleets.values()), [str(each) for each in findings]


def test_port_checks_and_every_figure_has_a_basis(tmp_path: Path) -> None:
    vehicles, findings = loaded(model(), tmp_path)
    assert vehicles == 3
    assert not any("no basis" in finding for finding in findings)
    assert loaded(lif_file(), tmp_path)[0] == 1


def test_one_fleet_for_each_type_and_assumptions_are_called_so() -> None:
    port, _ = to_port(read(model()))
    assert [(fleet.count, fleet.length_mm) for fleet in port.fleets.values()] == [
        (2, 1_200),
        (1, 3_000),
    ]
    assert {fleet.reserve_ppm for fleet in port.fleets.values()} == {250_000}
    demand = next(iter(port.demand))
    assert port.basis[f"demand.{demand}.per_day"].text == "imported plant has no demand"
    assert port.basis["roads.segments.b_to_c.length"].kind is BasisKind.INPUT
    assert port.basis["fleets.vehicles.battery"].kind is BasisKind.ASSUMPTION


def test_opposite_paths_are_one_lane() -> None:
    notes = Notes("plant")
    port, _ = to_port(read(PLANTS["both ways"]), notes)
    lane = port.roads.segments["a_1_to_b"]
    assert lane.single_lane
    assert not lane.one_way
    # Of another length it is another road.
    assert port.roads.segments["c_to_b"].one_way
    assert any("taken for one lane" in note.said for note in notes.found)


def test_paths_that_are_no_road_are_named() -> None:
    notes = Notes("plant")
    port, beside = to_port(read(PLANTS["no road"]), notes)
    assert port.roads.segments == {}
    assert [entry["name"] for entry in beside["paths"]] == ["A 1 to A 1", "A 1 to B", "B to C"]
    said = [note.said for note in notes.found if note.element.startswith("path")]
    assert [text.partition(":")[0] for text in said] == [
        "ends where it starts",
        "locked",
        "of no speed in either direction",
    ]


def test_plant_without_a_round_has_no_fleet() -> None:
    notes = Notes("plant")
    port, _ = to_port(read(model(ROUND.replace(path("C", "A 1", 9_000), ""))), notes)
    assert port.fleets == {}
    assert any("the port gets no fleet" in note.said for note in notes.found)


def test_blocks_are_said_not_to_be_enforced() -> None:
    block = '<block name="K" type="SINGLE_VEHICLE_ONLY"><member name="B"/></block>'
    notes = Notes("plant")
    to_port(read(model(ROUND + block)), notes)
    assert any(note.element == 'block "K"' and "not enforced" in note.said for note in notes.found)


def test_edited_roads_are_exported() -> None:
    plant = read(model())
    port, beside = to_port(plant)
    segments = dict(port.roads.segments)
    segments["b_to_c"] = replace(segments["b_to_c"], length_mm=7_777)
    del segments["c_to_a_1"]
    segments["new"] = replace(segments["b_to_c"], start="c", end="b")
    port = replace(port, roads=replace(port.roads, segments=segments))
    notes = Notes("port")
    edited = read_port_map(port, beside, notes)
    assert [(each.name, each.length_mm) for each in edited.paths] == [
        ("A 1 to B", 5_000),
        ("B to C", 7_777),
        ("new", 7_777),
    ]
    assert [note.element for note in notes.found] == ['path "C to A 1"']
    assert read(write(edited, Format.OPENTCS)).paths[2].name == "new"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("origin", "dxf", "plant.origin"),
        ("nodes", [{"name": "A 1"}], ".node: expected text"),
        ("paths", [{"name": "P", "length_mm": -1}], ".length_mm: -1"),
        ("paths", [{"name": "P", "start": "A 1", "end": "Q", "length_mm": 1}], '"Q"'),
    ],
)
def test_spoiled_table_is_refused(key: str, value: object, expected: str) -> None:
    port, beside = to_port(read(model()))
    with pytest.raises(PortError) as caught:
        read_port_map(port, {**beside, key: value}, Notes("port.toml"))
    assert expected in str(caught.value)


def test_table_that_is_none_is_refused() -> None:
    port, _ = to_port(read(model()))
    with pytest.raises(PortError):
        read_port_map(port, 7, Notes("port.toml"))


def test_other_format_names_what_is_lost() -> None:
    for content, other in ((model(), Format.LIF), (lif_file(), Format.OPENTCS)):
        plant, notes = read(content), Notes("plant")
        again = read(write(plant, other, notes))
        assert [node.name for node in again.nodes] == [node.name for node in plant.nodes]
        assert [(p.start, p.end) for p in again.paths] == [(p.start, p.end) for p in plant.paths]
        named = [note.element for note in notes.found if "can't hold" in note.said]
        assert all(f'node "{node.name}"' in named for node in plant.nodes)


def test_ids() -> None:
    ids = Ids("node")
    names = ["Point-0001", "point 0001", "1", "口岸", "basis", "x" * 100]
    assert [ids.take(name) for name in names] == [
        "point_0001",
        "point_0001_2",
        "node_1",
        "node",
        "basis_2",
        "x" * 60,
    ]


def test_no_toml_for_nothing() -> None:
    with pytest.raises(TypeError):
        toml(None)
