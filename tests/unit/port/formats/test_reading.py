"""Both formats are read: units, what is assumed with a warning, and what can't be understood."""

import json
from typing import Any

import pytest

from kouan.port.formats.plantmap import Notes, Task
from kouan.port.problems import PortError
from tests.unit.port.formats.samples import (
    KINDS,
    PATHS,
    POINTS,
    ROUND,
    edge,
    layout,
    lif_file,
    location,
    model,
    node,
    path,
    point,
    read,
    vehicle,
)


def said(content: bytes) -> list[str]:
    notes = Notes("plant")
    read(content, notes)
    return [str(note) for note in notes.found]


def refused(content: bytes) -> str:
    with pytest.raises(PortError) as caught:
        read(content)
    return str(caught.value)


def test_good_plants_need_no_warning() -> None:
    assert said(lif_file()) == []
    outgoing = [note for note in said(model()) if "outgoingPath" not in note]
    assert outgoing == []


def test_lif_units() -> None:
    plant = read(lif_file(layout(nodes=[node("N1", 0, 0), node("N2", 3.2, 4), node("N3", 9, 4)])))
    assert (plant.nodes[1].x_mm, plant.nodes[1].y_mm, plant.nodes[1].heading_mrad) == (
        3_200,
        4_000,
        1_500,
    )
    assert [path.length_mm for path in plant.paths] == [5_122, 5_800, 9_849]
    assert plant.paths[0].speed_mm_s == 1_250


def test_lif_trajectory_is_measured() -> None:
    """A quarter of a circle of 10 m, as an exact rational curve."""
    half = 2**0.5
    ends = [{"x": x, "y": y, "weight": half} for x, y in ((10, 0), (0, 10))]
    points = [ends[0], {"x": 10, "y": 10}, ends[1]]
    curve = {"degree": 2, "knotVector": [0, 0, 0, 1, 1, 1], "controlPoints": points}
    nodes = [node("N1", 10, 0), node("N2", 0, 10)]
    edges = [edge("N1", "N2", trajectory=curve)]
    plant = read(lif_file(layout(nodes=nodes, edges=edges, stations=[])))
    assert abs(plant.paths[0].length_mm - 15_708) <= 1


def test_curve_that_is_none_is_straight() -> None:
    curve = {"knotVector": [0, 1], "controlPoints": [{"x": 0, "y": 0}]}
    content = lif_file(layout(edges=[edge("N1", "N2", trajectory=curve)]))
    assert read(content).paths[0].length_mm == 5_000
    assert "length assumed straight, 5000 mm" in said(content)[0]


def test_opentcs_units_and_tasks() -> None:
    turned = point("D", 0, 9, more=' vehicleOrientationAngle="90.0"')
    plant = read(model(ROUND.replace(POINTS, POINTS + turned)))
    assert plant.nodes[3].heading_mrad == 1_571
    assert plant.nodes[0].heading_mrad is None
    assert plant.nodes[0].parking
    assert [path.length_mm for path in plant.paths] == [5_000, 6_500, 9_000]  # not the chord
    assert plant.locations[0].tasks == (Task.LOAD, Task.UNLOAD)
    assert plant.locations[2].tasks == (Task.CHARGE,)


def changed(**keys: Any) -> bytes:
    """A LIF file whose only layout has other values, or None for no such key."""
    table = {key: value for key, value in layout(**keys).items() if value is not None}
    return lif_file(table)


def station(height: Any) -> dict[str, Any]:
    return {"stationId": "S", "interactionNodeIds": ["N1"], "stationHeight": height}


LENIENT = [
    (changed(stations=None), 'layout "ground".stations: absent, assumed []'),
    (changed(layoutVersion=3), 'layout "ground".layoutVersion: 3: a number, read as text'),
    (changed(colour="red"), 'layout "ground".colour: unknown, left out'),
    (
        changed(stations=[station("0.5")]),
        'layout "ground" station "S".stationHeight: "0.5": a text, read as the number 0.5',
    ),
    (
        changed(stations=[station(-1)]),
        'layout "ground" station "S".stationHeight: -1: expected at least 0; left out',
    ),
    (changed(nodes=[node("N1", 0.00012, 0)], edges=[], stations=[]), "rounded to 0 mm"),
    (lif_file().replace(b'"theta": 1.5', b'"theta": 1e9'), "expected at most 3.15; left out"),
    (lif_file().replace(b'"1.0.0"', b'"0.11.0"'), '"0.11.0": read as 1.0.0'),
    (json.dumps({"layouts": [layout()]}).encode(), "metaInformation: absent, assumed"),
    (model(ROUND.replace('version="7', ""), "5.0.0"), 'model.version: "5.0.0": read as 7.0.0'),
    (
        model(ROUND + '<property name="key " value="v"/>'),
        'property: "key": spaces around the key stripped',
    ),
    (model(ROUND.replace('length="6500"', 'length="0"')), "assumed straight, 5000 mm"),
    (model(ROUND.replace('type="PARK_POSITION"', 'type="REST"')), "assumed 'HALT_POSITION'"),
    (model(ROUND + "<balloon/>"), ".balloon: unknown, left out"),
]


@pytest.mark.parametrize(("content", "expected"), LENIENT)
def test_read_with_a_warning(content: bytes, expected: str) -> None:
    assert any(expected in note for note in said(content)), said(content)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE model [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<model version="7.0.0" name="&b;"></model>"""

REFUSED = [
    (model()[:200], "well-formed XML"),
    (BOMB, "no document type or entities"),
    (b'<!DOCTYPE model SYSTEM "http://example.org/a.dtd"><model/>', "no document type or entities"),
    (b'<model name="&other;" version="7.0.0"/>', "well-formed XML"),
    (b"<plant/>", 'root element "model"'),
    ("<model/>".encode("utf-16"), "UTF-8 text"),
    (model(""), "point"),
    (model(POINTS + path("A 1", "Z")), 'path "A 1 to Z": "Z": expected a node of this plant'),
    (model(ROUND + location("X", "Z")), 'location "X": "Z": expected a node of this plant'),
    (model(ROUND + location("X", "B", "None")), 'location "X".type'),
    (model(ROUND + vehicle("V1")), 'vehicle: "V1": expected a name that no other has'),
    (model(POINTS + POINTS), 'node: "B": expected a name that no other has'),
    (model(POINTS + PATHS + path("B", "C")), 'path: "B to C": expected a name that no other has'),
    (model(POINTS + path("A 1", "B", -5)), 'path "A 1 to B".length: "-5": expected at least 0'),
    (model(POINTS + path("A 1", "B", "NaN")), 'path "A 1 to B".length: "NaN"'),
    (model(POINTS + path("A 1", "B", "9" * 30)), "expected a whole number"),
    (model(POINTS + path("A 1", "B", speed="fast")), '.maxVelocity: "fast"'),
    (model(point("A", 10**9 + 1, 0)), 'point "A".positionX'),
    (
        model(ROUND + '<block name="K" type="SINGLE_VEHICLE_ONLY"><member name="Q"/></block>'),
        'block "K": "Q": expected a known member',
    ),
    (model("<point>" * 12 + "</point>" * 12), "fewer elements within elements"),
    (lif_file()[:-9], "JSON"),
    (b"", "JSON"),
    (b"[1]", "a LIF file"),
    (b"\xff\xfe{", "UTF-8 text"),
    (b"[" * 100_000, "JSON within bounds"),
    (b'{"layouts": [' + b"9" * 5_000 + b"]}", "JSON within bounds"),
    (lif_file().replace(b'"x": 3', b'"x": NaN'), "finite numbers"),
    (lif_file().replace(b'"x": 3', b'"x": 1e400'), 'node "N2" nodePosition.x'),
    (lif_file().replace(b'"x": 3', b'"x": 1e300'), 'node "N2" nodePosition.x'),
    (lif_file().replace(b'"x": 3', b'"x": "east"'), '"east": expected a number'),
    (lif_file().replace(b'"x": 3', b'"x": 2000000'), "at most 1000000 m"),
    (
        lif_file().replace(b'"maxSpeed": 1.25', b'"maxSpeed": -1'),
        "maxSpeed: -1: expected at least 0",
    ),
    (lif_file().replace(b'"nodeId": "N2"', b'"nodeId": "N1"'), 'node: "N1"'),
    (lif_file().replace(b'"endNodeId": "N3"', b'"endNodeId": "N9"'), 'path "N2-N3": "N9"'),
    (lif_file().replace(b'["N3"]', b'["N9"]'), 'location "S2": "N9"'),
    (lif_file(layout(), layout()), 'layout: "ground"'),
    (lif_file(layout(layoutId="")), "an id that no other has, not empty"),
    (model(POINTS + point("", 0, 0)), "a name that no other has, not empty"),
    (lif_file(layout(nodes=[], edges=[], stations=[])), "at least one node"),
    (lif_file(layout(nodes="many")), 'layout "ground".nodes: "many": expected a list'),
    (lif_file(layout(nodes=["one"])), 'layout "ground".nodes: "one": expected a table'),
    (lif_file().replace(b'"nodeId": "N2", ', b""), "nodeId: expected text"),
    (lif_file().replace(b'"layouts"', b'"layouts": [], "layouts"'), "each key once"),
]


@pytest.mark.parametrize(("content", "expected"), REFUSED)
def test_refused_with_a_reason(content: bytes, expected: str) -> None:
    assert expected in refused(content)


def test_too_many_and_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kouan.port.formats.plantmap.MOST_ELEMENTS", 2)
    assert "node: 3: expected at most 2" in refused(model())
    monkeypatch.setattr("kouan.port.formats.plantmap.MOST_BYTES", 10)
    assert "at most 10 bytes" in refused(lif_file())


def test_problems_are_told_at_once_and_bounded() -> None:
    one = refused(model(POINTS + path("A 1", "B", -1) + path("B", "C", -1)))
    assert one.count("expected at least 0") == 2
    many = "".join(path("B", f"Z{number}") for number in range(200))
    assert len(refused(model(POINTS + many)).splitlines()) == 50


def test_kinds_of_a_link_go_before_those_of_its_type() -> None:
    link = '<link point="B"><allowedOperation name="Load cargo"/></link>'
    only = location("In", "B").replace('<link point="B"/>', link)
    assert read(model(POINTS + PATHS + KINDS + only)).locations[0].tasks == (Task.LOAD,)
