"""A plant map of a port file: its roads and places, with what ``[plant]`` kept beside them."""

from dataclasses import replace
from typing import Any

from kouan.port.formats import lif, lif_shapes, opentcs, opentcs_shapes
from kouan.port.formats.plantmap import (
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
)
from kouan.port.formats.shapes import Kind, Shape, Slot, Walker
from kouan.port.model import Port
from kouan.port.places import PlaceKind, Segment

TEXT = Slot(Kind.TEXT)
NAME = Slot(Kind.TEXT, required=True)
COUNT = Slot(Kind.WHOLE, least=0, strict=True)
FLAG = Slot(Kind.TRUTH)
ORIGINS = tuple(origin.value for origin in Format)
META = lif_shapes.FILE.slots["metaInformation"]
BARE_LAYOUT = Shape(
    "layout",
    {key: slot for key, slot in lif_shapes.LAYOUT.slots.items() if key not in lif.PARTS},
    "layoutId",
)
KEPT: dict[str, dict[str, Shape]] = {
    "lif": {
        "plant": Shape("kept", {"metaInformation": META, "layouts": Slot(BARE_LAYOUT, many=True)}),
        "nodes": lif_shapes.NODE,
        "paths": lif_shapes.EDGE,
        "locations": lif_shapes.STATION,
        "vehicles": Shape("vehicle"),
    },
    "opentcs": {
        "plant": Shape("kept", {key: opentcs_shapes.MODEL.slots[key] for key in opentcs.KEPT}),
        "nodes": opentcs_shapes.POINT,
        "paths": opentcs_shapes.PATH,
        "locations": opentcs_shapes.LOCATION,
        "vehicles": opentcs_shapes.VEHICLE,
    },
}
TASKS = {
    PlaceKind.CRANE: (Task.LOAD, Task.UNLOAD),
    PlaceKind.YARD: (Task.LOAD, Task.UNLOAD),
    PlaceKind.SHED: (Task.LOAD, Task.UNLOAD),
    PlaceKind.CHARGER: (Task.CHARGE,),
}


def read_port_map(port: Port, beside: Any, notes: Notes) -> PlantMap:
    """Return the map of a port and its table ``[plant]``, None where it has none.

    Raises PortError where that table was changed so that it can't be understood.
    """
    if beside is None:
        return _of_roads(port, notes)
    if not isinstance(beside, dict):
        notes.problem("plant", beside, "a table")
        notes.settle()
    origin = beside.get("origin")
    if origin not in ORIGINS:
        notes.problem("plant.origin", str(origin), f"one of {', '.join(ORIGINS)}")
        notes.settle()
    table = Walker(notes, texts=False).table(_shape(origin), beside, "")
    notes.settle()
    names = {entry["node"]: entry["name"] for entry in table["nodes"]}
    nodes = _nodes(port, table["nodes"], names, notes)
    plant = PlantMap(
        table["name"],
        origin,
        tuple(nodes),
        tuple(_paths(port, table.get("paths", []), names, notes)),
        tuple(_locations(table.get("locations", []), nodes, notes)),
        tuple(_vehicle(entry) for entry in table.get("vehicles", [])),
        table.get("kept", {}),
    )
    check_names(plant, notes)
    _check_counts(port, table.get("vehicles", []), notes)
    notes.settle()
    return plant


def _shape(origin: str) -> Shape:
    """The table ``[plant]`` with the details of a format."""
    kept = {part: Slot(_optional(shape)) for part, shape in KEPT[origin].items()}
    nodes = {"name": NAME, "node": NAME, "heading_mrad": Slot(Kind.WHOLE), "parking": FLAG}
    paths = {"name": NAME, "segment": TEXT, "reversed": FLAG, "start": TEXT, "end": TEXT}
    paths |= {"length_mm": COUNT, "speed_mm_s": COUNT, "unlimited": FLAG, "back_mm_s": COUNT}
    tasks = Slot(Kind.TEXT, many=True, choices=tuple(task.value for task in Task))
    points = Slot(Kind.TEXT, required=True, many=True)
    parts = {
        "nodes": nodes,
        "paths": {**paths, "locked": FLAG},
        "locations": {"name": NAME, "place": TEXT, "nodes": points, "tasks": tasks},
        "vehicles": {"name": NAME, "fleet": TEXT, "length_mm": COUNT, "speed_mm_s": COUNT},
    }
    slots = {"name": NAME, "origin": NAME, "kept": kept["plant"]}
    for part, own in parts.items():
        shape = Shape(part, {**own, "layer": TEXT, "kept": kept[part]}, "name")
        slots[part] = Slot(shape, required=part == "nodes", many=True)
    return Shape("plant", slots)


def _optional(shape: Shape) -> Shape:
    """The shape of what is kept of an element: the name and geometry may be absent."""
    slots = {key: replace(slot, required=False) for key, slot in shape.slots.items()}
    return Shape("kept", slots)


def _nodes(port: Port, entries: list[Plain], names: Plain, notes: Notes) -> list[MapNode]:
    made = []
    for entry in entries:
        node = port.roads.nodes.get(entry["node"])
        if node is None:
            notes.note(f'node "{entry["name"]}"', entry["node"], "no node of the port; left out")
            continue
        heading, layer = entry.get("heading_mrad"), entry.get("layer", "")
        parking, kept = entry.get("parking", False), entry.get("kept", {})
        made.append(MapNode(entry["name"], node.x_mm, node.y_mm, heading, parking, layer, kept))
    for name, node in port.roads.nodes.items():
        if name not in names:
            names[name] = name
            made.append(MapNode(name, node.x_mm, node.y_mm))
    return made


def _paths(port: Port, entries: list[Plain], names: Plain, notes: Notes) -> list[MapPath]:
    made = []
    known: dict[str, None] = {}
    for entry in entries:
        segment = port.roads.segments.get(entry.get("segment", ""))
        known[entry.get("segment", "")] = None
        path = _path(entry, segment, names)
        if path is None:
            found = entry.get("segment")
            notes.note(f'path "{entry["name"]}"', found, "no segment of the port; left out")
        else:
            made.append(path)
    for name, segment in port.roads.segments.items():
        if name not in known:
            made += _of_segment(name, segment, names)
    return made


def _path(entry: Plain, segment: Segment | None, names: Plain) -> MapPath | None:
    """The path of an entry, on its segment or by itself; None where the segment is gone."""
    speed = entry.get("speed_mm_s")
    if segment is not None:
        start, end = names[segment.start], names[segment.end]
        if entry.get("reversed"):
            start, end = end, start
        length, limit = segment.length_mm, segment.speed_mm_s
    else:
        if "segment" in entry or not all(key in entry for key in ("start", "end", "length_mm")):
            return None
        start, end, length, limit = entry["start"], entry["end"], entry["length_mm"], 0
    return MapPath(
        entry["name"],
        start,
        end,
        length,
        None if entry.get("unlimited") else limit if speed is None else speed,
        entry.get("back_mm_s", 0),
        entry.get("locked", False),
        entry.get("layer", ""),
        entry.get("kept", {}),
    )


def _of_segment(name: str, segment: Segment, names: Plain) -> list[MapPath]:
    """A path for each way that a segment is driven."""
    start, end = names[segment.start], names[segment.end]
    length, speed = segment.length_mm, segment.speed_mm_s
    made = [MapPath(name, start, end, length, speed)]
    if not segment.one_way:
        made.append(MapPath(f"{name} back", end, start, length, speed))
    return made


def _locations(entries: list[Plain], nodes: list[MapNode], notes: Notes) -> list[MapLocation]:
    known = dict.fromkeys(node.name for node in nodes)
    made = []
    for entry in entries:
        there = tuple(name for name in entry["nodes"] if name in known)
        for name in entry["nodes"]:
            if name not in known:
                notes.note(f'location "{entry["name"]}"', name, "no node of the port; left out")
        tasks = tuple(Task(task) for task in entry.get("tasks", ()))
        layer, kept = entry.get("layer", ""), entry.get("kept", {})
        made.append(MapLocation(entry["name"], there, tasks, layer, kept))
    return made


def _vehicle(entry: Plain) -> MapVehicle:
    length, speed = entry.get("length_mm", 0), entry.get("speed_mm_s", 0)
    kept, kind = entry.get("kept", {}), entry.get("fleet", "")
    return MapVehicle(entry["name"], length, speed, kept, kind)


def _check_counts(port: Port, entries: list[Plain], notes: Notes) -> None:
    """Vehicles that were added to a fleet, or taken from it, have no name to be written by."""
    for name, fleet in port.fleets.items():
        listed = sum(entry.get("fleet") == name for entry in entries)
        if listed != fleet.count:
            notes.note(
                f"fleets.{name}.count", fleet.count, f"plant.vehicles has {listed}; those hold"
            )


def _of_roads(port: Port, notes: Notes) -> PlantMap:
    """The map of a port that was never a plant model."""
    names = {name: name for name in port.roads.nodes}
    parking = dict.fromkeys(p.node for p in port.places.values() if p.kind is PlaceKind.PARKING)
    nodes = tuple(
        MapNode(name, node.x_mm, node.y_mm, None, name in parking)
        for name, node in port.roads.nodes.items()
    )
    paths = []
    for name, segment in port.roads.segments.items():
        paths += _of_segment(name, segment, names)
        if segment.single_lane and not segment.one_way:
            notes.note(f"roads.segments.{name}.single_lane", None, "no plant model holds it")
        if segment.block_mm or segment.headway_ms:
            notes.note(f"roads.segments.{name}", None, "no plant model holds block and headway")
    locations = []
    for name, place in port.places.items():
        if not place.node:
            notes.note(f"places.{name}", None, "at no node; left out")
        else:
            locations.append(MapLocation(name, (place.node,), TASKS.get(place.kind, ())))
    vehicles = tuple(
        MapVehicle(
            f"{name}_{number}",
            fleet.length_mm,
            max(fleet.speed_loaded_mm_s, fleet.speed_empty_mm_s),
            kind=name,
        )
        for name, fleet in port.fleets.items()
        for number in range(1, fleet.count + 1)
    )
    notes.note("", None, "procedures, hours, energy and demand of a port are in no plant model")
    plant = PlantMap(port.name, "", nodes, tuple(paths), tuple(locations), vehicles)
    check_names(plant, notes)
    notes.settle()
    return plant
