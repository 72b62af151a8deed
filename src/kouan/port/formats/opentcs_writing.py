"""A plant as an openTCS model of version 6 or 7."""

from typing import Any

from lxml import etree

from kouan.port.formats import opentcs_shapes as shapes
from kouan.port.formats.opentcs import (
    DEFAULT_SPEED_MM_S,
    MRAD_OF_HALF_TURN,
    VERSIONS,
    placed,
    without,
)
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
)
from kouan.port.formats.shapes import Shape


def write(plant: PlantMap, notes: Notes, version: str = "") -> bytes:
    """Return the model of a plant, by default in its own version, otherwise 7.0.0."""
    own = plant.origin == Format.OPENTCS
    version = version or (plant.kept.get("version", "") if own else "") or VERSIONS[-1]
    kept = plant.kept if own else {}
    starts: dict[str, list[Plain]] = {}
    for path in plant.paths:
        starts.setdefault(path.start, []).append({"name": path.name})
    model = {
        "version": version,
        "name": plant.name,
        "point": [_write_node(node, own, starts.get(node.name, [])) for node in plant.nodes],
        "path": [_write_path(path, own, notes) for path in plant.paths],
        "vehicle": [_write_vehicle(vehicle, own) for vehicle in plant.vehicles],
        "locationType": kept.get("locationType", []) if own else _kinds(plant),
        "location": _write_locations(plant, own, notes),
        **without(kept, "version", "locationType"),
    }
    for part, layout in (("point", "pointLayout"), ("location", "locationLayout")):
        model[part] = [placed(_copied(each, layout), layout, version) for each in model[part]]
    if not own:
        _name_lost(plant, notes)
    root = _element("model", model, shapes.MODEL)
    text: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True, standalone=True
    )
    return text


def _copied(table: Plain, layout: str) -> Plain:
    """A copy whose layouts can be changed."""
    if layout not in table:
        return table
    return {**table, layout: [dict(each) for each in table[layout]]}


def _write_node(node: MapNode, own: bool, starts: list[Plain]) -> Plain:
    written: Plain = {
        "maxVehicleBoundingBox": [shapes.DEFAULT_BOX],
        "positionZ": 0,
        "name": node.name,
        "positionX": node.x_mm,
        "positionY": node.y_mm,
        "type": "PARK_POSITION" if node.parking else "HALT_POSITION",
        "outgoingPath": starts,
    }
    if own and node.kept:
        return {**written, **node.kept}
    if node.heading_mrad is not None:
        written["vehicleOrientationAngle"] = node.heading_mrad * 180 / MRAD_OF_HALF_TURN
    return written


def _write_path(path: MapPath, own: bool, notes: Notes) -> Plain:
    speed = path.speed_mm_s
    if speed is None:
        speed = DEFAULT_SPEED_MM_S
        notes.note(f'path "{path.name}"', None, f"no speed limit, written as {speed} mm/s")
    return {
        "name": path.name,
        "sourcePoint": path.start,
        "destinationPoint": path.end,
        "length": path.length_mm,
        "maxVelocity": speed,
        "maxReverseVelocity": path.back_mm_s,
        "locked": path.locked,
        **(path.kept if own else {}),
    }


def _write_vehicle(vehicle: MapVehicle, own: bool) -> Plain:
    box = {**shapes.DEFAULT_BOX, "length": vehicle.length_mm or shapes.DEFAULT_BOX["length"]}
    levels = {
        key: slot.default for key, slot in shapes.VEHICLE.slots.items() if key.startswith("energy")
    }
    return {
        "name": vehicle.name,
        "boundingBox": [box],
        **levels,
        "maxVelocity": vehicle.speed_mm_s if own else vehicle.speed_mm_s or DEFAULT_SPEED_MM_S,
        "maxReverseVelocity": 0,
        **(vehicle.kept if own else {}),
    }


OPERATIONS = {Task.LOAD: "Load cargo", Task.UNLOAD: "Unload cargo", Task.CHARGE: "CHARGE"}


def _kind_name(location: MapLocation) -> str:
    return " and ".join(location.tasks) or "place"


def _kinds(plant: PlantMap) -> list[Plain]:
    """A location type for each combination of tasks."""
    found = {_kind_name(location): location.tasks for location in plant.locations}
    return [
        {"name": name, "allowedOperation": [{"name": OPERATIONS[task]} for task in tasks]}
        for name, tasks in found.items()
    ]


def _write_locations(plant: PlantMap, own: bool, notes: Notes) -> list[Plain]:
    ends = {node.name: node for node in plant.nodes}
    kinds = [kind["name"] for kind in plant.kept.get("locationType", ())] if own else []
    written = []
    for location in plant.locations:
        links = [{"point": name} for name in location.nodes]
        table: Plain = {"name": location.name, "link": links}
        if own and not location.kept and not kinds:
            notes.note(f'location "{location.name}"', None, "of no type of this model; left out")
            continue
        if own and location.kept:
            written.append({**table, **location.kept})
            continue
        node = ends[location.nodes[0]] if location.nodes else None
        table["positionX"] = node.x_mm if node else 0
        table["positionY"] = node.y_mm if node else 0
        kind = kinds[0] if own else _kind_name(location)
        written.append({**table, "positionZ": 0, "type": kind, "locked": False})
    return written


def _name_lost(plant: PlantMap, notes: Notes) -> None:
    """Say what another format said that openTCS can't hold."""
    for label, items in (
        ("node", plant.nodes),
        ("edge", plant.paths),
        ("station", plant.locations),
    ):
        for item in items:
            if item.kept:
                found = ", ".join(item.kept)
                notes.note(
                    f'{label} "{item.name}"', None, f"openTCS can't hold its {found}; left out"
                )
    for key in plant.kept:
        notes.note(key, None, "openTCS can't hold it; left out")


def _element(tag: str, table: Plain, shape: Shape) -> etree._Element:
    """An element of a table, its children in the order of the shape."""
    made = etree.Element(tag)
    for key, slot in shape.slots.items():
        value: Any = table.get(key)
        if isinstance(slot.kind, Shape):
            for child in value or ():
                made.append(_element(key, child, slot.kind))
        elif value is not None:
            made.set(key, str(value).lower() if isinstance(value, bool) else str(value))
    return made
