"""VDMA Layout Interchange Format 1.0.0: JSON in metres and radians.

Reads what the schema has; whatever it can do without is left out or assumed, with a note. Layouts
may share edges: ids are unique in the whole file.
"""

import json
from math import hypot
from typing import Any

import numpy as np
from scipy.interpolate import BSpline

from kouan.port.formats import lif_shapes as shapes
from kouan.port.formats.plantmap import (
    MOST_MM,
    Format,
    MapLocation,
    MapNode,
    MapPath,
    MapVehicle,
    Notes,
    Plain,
    PlantMap,
    Task,
    check_names,
    text_of,
)
from kouan.port.formats.shapes import Walker

VERSION = "1.0.0"
MM = 1_000
MRAD = 1_000
SAMPLES = 201
"""Points of a trajectory that its length is measured by."""
NEVER = "1970-01-01T00:00:00.00Z"
ANY_VEHICLE = "vehicle"
"""Vehicle type of a plant that has none."""


def read(content: bytes, notes: Notes) -> PlantMap:
    """Return the plant of a LIF file; raises PortError where it can't be understood."""
    raw = _parse(text_of(content, notes), notes)
    taken = Walker(notes, texts=False).table(shapes.FILE, raw, "")
    notes.settle()
    meta = taken["metaInformation"]
    if meta["lifVersion"] != VERSION:
        notes.note("metaInformation.lifVersion", meta["lifVersion"], f"read as {VERSION}")
        meta["lifVersion"] = VERSION
    layouts = taken["layouts"]
    positions = {
        node["nodeId"]: node["nodePosition"] for layout in layouts for node in layout["nodes"]
    }
    plant = PlantMap(
        meta["projectIdentification"] or "plant",
        Format.LIF,
        tuple(_node(layout, node, notes) for layout in layouts for node in layout["nodes"]),
        tuple(
            _path(layout, edge, positions, notes) for layout in layouts for edge in layout["edges"]
        ),
        tuple(_station(layout, each) for layout in layouts for each in layout["stations"]),
        _vehicles(layouts),
        {"metaInformation": meta, "layouts": [_without(one, *PARTS) for one in layouts]},
    )
    _check_layouts(plant, notes)
    check_names(plant, notes)
    notes.settle()
    return _with_tasks(plant, layouts)


PARTS = ("nodes", "edges", "stations")


def _parse(text: str, notes: Notes) -> Plain:
    def constant(name: str) -> Any:
        notes.problem("", name, "finite numbers")

    def table(pairs: list[tuple[str, Any]]) -> Plain:
        made: Plain = {}
        for key, value in pairs:
            if key in made:
                notes.problem(key, None, "each key once in its table")
            made[key] = value
        return made

    raw: Any = None
    try:
        raw = json.loads(text, parse_constant=constant, object_pairs_hook=table)
    except json.JSONDecodeError as problem:
        notes.problem("", problem.msg, "JSON", problem.lineno)
    except (RecursionError, ValueError):
        notes.problem("", "a number or nesting without bounds", "JSON within bounds")
    if not notes.problems and not (isinstance(raw, dict) and isinstance(raw.get("layouts"), list)):
        notes.problem(
            "", type(raw).__name__, "a LIF file: a table with metaInformation and layouts"
        )
    notes.settle()
    return raw if isinstance(raw, dict) else {}


def _without(table: Plain, *keys: str) -> Plain:
    return {key: value for key, value in table.items() if key not in keys}


def _millimetres(value: float, element: str, notes: Notes) -> int:
    made = round(value * MM)
    if abs(value * MM - made) > 1e-6:
        notes.note(element, value, f"rounded to {made} mm")
    if abs(made) > MOST_MM:
        notes.problem(element, value, f"at most {MOST_MM // MM} m")
    return made


def _node(layout: Plain, node: Plain, notes: Notes) -> MapNode:
    element = f'layout "{layout["layoutId"]}" node "{node["nodeId"]}"'
    kinds = node["vehicleTypeNodeProperties"]
    if not kinds:
        notes.note(f"{element}.vehicleTypeNodeProperties", None, "empty: no vehicle may stand here")
    headings = [kind["theta"] for kind in kinds if "theta" in kind]
    return MapNode(
        node["nodeId"],
        _millimetres(node["nodePosition"]["x"], f"{element}.x", notes),
        _millimetres(node["nodePosition"]["y"], f"{element}.y", notes),
        round(headings[0] * MRAD) if headings else None,
        False,
        layout["layoutId"],
        _without(node, "nodeId", "nodePosition"),
    )


def _path(layout: Plain, edge: Plain, positions: Plain, notes: Notes) -> MapPath:
    element = f'layout "{layout["layoutId"]}" edge "{edge["edgeId"]}"'
    kinds = edge["vehicleTypeEdgeProperties"]
    speeds = [kind["maxSpeed"] for kind in kinds if "maxSpeed" in kind]
    limit = None
    if kinds and len(speeds) == len(kinds):
        limit = max(round(speed * MM) for speed in speeds)
        if len(dict.fromkeys(speeds)) > 1:
            notes.note(f"{element}.maxSpeed", None, f"by vehicle type; {limit} mm/s for the road")
    if not kinds:
        notes.note(f"{element}.vehicleTypeEdgeProperties", None, "empty: no vehicle drives here")
    curves = [kind["trajectory"] for kind in kinds if "trajectory" in kind]
    length = _chord(positions, edge)
    if curves:
        length = _curve_mm(curves[0], length, f"{element}.trajectory", notes)
    return MapPath(
        edge["edgeId"],
        edge["startNodeId"],
        edge["endNodeId"],
        max(1, length),
        limit,
        0,
        not kinds,
        layout["layoutId"],
        _without(edge, "edgeId", "startNodeId", "endNodeId"),
    )


def _chord(positions: Plain, edge: Plain) -> int:
    """Straight length in millimetres; 0 for an unknown end, which is told elsewhere."""
    start, end = positions.get(edge["startNodeId"]), positions.get(edge["endNodeId"])
    if not start or not end:
        return 0
    return round(hypot(end["x"] - start["x"], end["y"] - start["y"]) * MM)


def _curve_mm(curve: Plain, chord: int, element: str, notes: Notes) -> int:
    """Length of a NURBS, measured along its samples; the chord where it is no such curve."""
    points, knots = curve["controlPoints"], curve["knotVector"]
    degree = int(curve.get("degree", 3))
    if len(points) <= degree or len(knots) != len(points) + degree + 1 or knots != sorted(knots):
        expected = "knots rise and are as many as control points + degree + 1"
        notes.note(element, None, f"no curve ({expected}); length assumed straight, {chord} mm")
        return chord
    weight = np.array([point.get("weight", 1.0) for point in points])
    flat = np.array([[point["x"], point["y"]] for point in points]) * weight[:, None]
    spline = BSpline(np.array(knots), np.column_stack([flat, weight]), degree)
    samples = spline(np.linspace(knots[degree], knots[-degree - 1], SAMPLES))
    at = samples[:, :2] / samples[:, 2:]
    length = float(np.hypot(*np.diff(at, axis=0).T).sum()) * MM
    return min(MOST_MM, round(length)) if np.isfinite(length) else chord


def _station(layout: Plain, station: Plain) -> MapLocation:
    nodes = tuple(dict.fromkeys(station["interactionNodeIds"]))
    kept = _without(station, "stationId", "interactionNodeIds")
    return MapLocation(station["stationId"], nodes, (), layout["layoutId"], kept)


def _vehicles(layouts: list[Plain]) -> tuple[MapVehicle, ...]:
    kinds: dict[str, None] = {}
    for layout in layouts:
        for part, key in (("edges", "vehicleTypeEdgeProperties"), ("nodes", NODE_KINDS)):
            for item in layout[part]:
                kinds.update(dict.fromkeys(kind["vehicleTypeId"] for kind in item[key]))
    return tuple(MapVehicle(kind) for kind in kinds)


NODE_KINDS = "vehicleTypeNodeProperties"
TASKS = {
    "pick": Task.LOAD,
    "load": Task.LOAD,
    "drop": Task.UNLOAD,
    "unload": Task.UNLOAD,
    "startCharging": Task.CHARGE,
    "charge": Task.CHARGE,
}


def _with_tasks(plant: PlantMap, layouts: list[Plain]) -> PlantMap:
    """Give stations the tasks that the actions at their nodes tell."""
    by_node: dict[str, dict[Task, None]] = {}
    for layout in layouts:
        for node in layout["nodes"]:
            actions = [a for kind in node[NODE_KINDS] for a in kind.get("actions", ())]
            found = [TASKS[a["actionType"]] for a in actions if a["actionType"] in TASKS]
            by_node[node["nodeId"]] = dict.fromkeys(found)
    locations = []
    for each in plant.locations:
        there = {task: None for node in each.nodes for task in by_node.get(node, {})}
        tasks = tuple(task for task in Task if task in there)
        locations.append(MapLocation(each.name, each.nodes, tasks, each.layer, each.kept))
    return PlantMap(
        plant.name,
        plant.origin,
        plant.nodes,
        plant.paths,
        tuple(locations),
        plant.vehicles,
        plant.kept,
    )


def _check_layouts(plant: PlantMap, notes: Notes) -> None:
    layers: dict[str, None] = {}
    for layout in plant.kept["layouts"]:
        if layout["layoutId"] in layers or not layout["layoutId"]:
            notes.problem("layout", layout["layoutId"], "an id that no other has, not empty")
        layers[layout["layoutId"]] = None
    layer_of = {node.name: node.layer for node in plant.nodes}
    for path in plant.paths:
        if layer_of.get(path.start, path.layer) != path.layer:
            notes.note(f'edge "{path.name}"', path.start, "starts in another layout; kept so")


# --- writing -----------------------------------------------------------------------------------


def write(plant: PlantMap, notes: Notes) -> bytes:
    """Return the LIF file of a plant; what LIF can't hold is named in a note."""
    own = plant.origin == Format.LIF
    layouts = [dict(layout) for layout in plant.kept["layouts"]] if own else []
    layers = {layout["layoutId"]: layout for layout in layouts}
    first = next(iter(layers), "layout")
    used = [node.layer for node in plant.nodes] + [path.layer for path in plant.paths]
    used += [location.layer for location in plant.locations]
    for layer in (name or first for name in used):
        if layer not in layers:
            layers[layer] = {"layoutId": layer, "layoutVersion": "1"}
    for layout in layers.values():
        layout.update({part: [] for part in PARTS})
    named = [v.name if own else v.kind or v.name for v in plant.vehicles]
    kinds = list(dict.fromkeys(named)) or [ANY_VEHICLE]
    for node in plant.nodes:
        layers[node.layer or first]["nodes"].append(_write_node(node, kinds, own))
    ends = {node.name: node for node in plant.nodes}
    for path in plant.paths:
        edges = layers[path.layer or first]["edges"]
        edges.extend(_write_edges(path, kinds, own, ends, notes))
    for station in plant.locations:
        kept = station.kept if own else {}
        written = {"stationId": station.name, "interactionNodeIds": list(station.nodes), **kept}
        layers[station.layer or first]["stations"].append(written)
    if not own:
        _name_lost(plant, notes)
    meta = plant.kept["metaInformation"] if own else _meta(plant, notes)
    whole = {"metaInformation": meta, "layouts": list(layers.values())}
    return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"


def _meta(plant: PlantMap, notes: Notes) -> Plain:
    notes.note("metaInformation.exportTimestamp", None, f"not known, written as {NEVER}")
    return {
        "projectIdentification": plant.name,
        "creator": "Kouan",
        "exportTimestamp": NEVER,
        "lifVersion": VERSION,
    }


def _write_node(node: MapNode, kinds: list[str], own: bool) -> Plain:
    position = {"x": node.x_mm / MM, "y": node.y_mm / MM}
    written = {"nodeId": node.name, "nodePosition": position}
    if own and node.kept:
        return {**written, **node.kept}
    heading = {} if node.heading_mrad is None else {"theta": node.heading_mrad / MRAD}
    return {**written, NODE_KINDS: [{"vehicleTypeId": kind, **heading} for kind in kinds]}


def _write_edges(
    path: MapPath, kinds: list[str], own: bool, ends: dict[str, MapNode], notes: Notes
) -> list[Plain]:
    """One edge for each way that a path is driven."""
    if own and path.kept:
        edge = {"edgeId": path.name, "startNodeId": path.start, "endNodeId": path.end}
        return [{**edge, **path.kept}]
    element = f'path "{path.name}"'
    if path.locked:
        notes.note(element, None, "locked: left out, LIF knows no locked edges")
        return []
    start, end = ends[path.start], ends[path.end]
    chord = round(hypot(end.x_mm - start.x_mm, end.y_mm - start.y_mm))
    if path.length_mm != max(1, chord):
        notes.note(element, f"{path.length_mm} mm", f"LIF holds no length; straight is {chord} mm")
    ways = [(path.name, path.start, path.end, path.speed_mm_s)] if path.speed_mm_s != 0 else []
    if path.back_mm_s:
        ways.append((f"{path.name} (back)", path.end, path.start, path.back_mm_s))
    return [
        {
            "edgeId": name,
            "startNodeId": origin,
            "endNodeId": target,
            "vehicleTypeEdgeProperties": [
                {
                    "vehicleTypeId": kind,
                    "rotationAllowed": False,
                    **({} if speed is None else {"maxSpeed": speed / MM}),
                }
                for kind in kinds
            ],
        }
        for name, origin, target, speed in ways
    ]


def _name_lost(plant: PlantMap, notes: Notes) -> None:
    """Say what another format said that LIF can't."""
    for label, items in (
        ("node", plant.nodes),
        ("path", plant.paths),
        ("location", plant.locations),
        ("vehicle", plant.vehicles),
    ):
        for item in items:
            if item.kept:
                found = ", ".join(item.kept)
                notes.note(f'{label} "{item.name}"', None, f"LIF can't hold its {found}; left out")
    for key in plant.kept:
        notes.note(key, None, "LIF can't hold it; left out")
