"""openTCS plant models, versions 6 and 7: XML in millimetres, millimetres a second and degrees.

``length`` of a path is what it says, not the distance of its ends: paths are curved. XML is read
without document types, entities and network.
"""

from math import hypot, pi

from lxml import etree

from kouan.port.formats import opentcs_shapes as shapes
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

VERSIONS = ("6.0.0", "7.0.0")
MRAD_OF_HALF_TURN = 1_000 * pi
DEEPEST = 6
"""Elements within elements, more than any version has."""
DEFAULT_SPEED_MM_S = 1_000
"""Written for paths and vehicles of no known speed."""
TASKS = {"unload": Task.UNLOAD, "load": Task.LOAD, "charge": Task.CHARGE, "recharge": Task.CHARGE}
SINGLE = (
    "pointLayout",
    "pathLayout",
    "vehicleLayout",
    "locationTypeLayout",
    "locationLayout",
    "blockLayout",
    "visualLayout",
    "maxVehicleBoundingBox",
    "boundingBox",
)
"""Elements that stand at most once."""


def read(content: bytes, notes: Notes) -> PlantMap:
    """Return the plant of an openTCS model; raises PortError where it can't be understood."""
    root = _parse(text_of(content, notes), notes)
    raw = _table(root, notes, 0)
    notes.settle()
    taken = Walker(notes, texts=True).table(shapes.MODEL, raw, "")
    notes.settle()
    version = taken["version"]
    if version not in VERSIONS:
        made = VERSIONS[0] if version.startswith("6.") else VERSIONS[-1]
        notes.note("model.version", version, f"read as {made}")
        taken["version"] = version = made
    kinds = {kind["name"]: kind for kind in taken.get("locationType", ())}
    points = {point["name"]: point for point in taken["point"]}
    plant = PlantMap(
        taken["name"],
        Format.OPENTCS,
        tuple(_node(point, version, notes) for point in taken["point"]),
        tuple(_path(path, points, notes) for path in taken.get("path", ())),
        tuple(_location(each, kinds, version, notes) for each in taken.get("location", ())),
        tuple(_vehicle(vehicle) for vehicle in taken.get("vehicle", ())),
        {key: taken[key] for key in KEPT if key in taken},
    )
    check_names(plant, notes)
    _check_members(plant, kinds, notes)
    _check_outgoing(taken, notes)
    notes.settle()
    return plant


KEPT = ("version", "locationType", "block", "visualLayout", "property")


def _parse(text: str, notes: Notes) -> etree._Element:
    for mark in ("<!DOCTYPE", "<!ENTITY"):
        at = text.find(mark)
        if at >= 0:
            notes.problem("", mark, "no document type or entities", text.count("\n", 0, at) + 1)
            notes.settle()
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as problem:
        notes.problem("", problem.msg or "broken", "well-formed XML", problem.lineno or 0)
        notes.settle()
        raise
    if root.tag != "model":
        notes.problem("", str(root.tag), 'an openTCS plant model: root element "model"')
        notes.settle()
    return root


def _table(element: etree._Element, notes: Notes, depth: int) -> Plain:
    """An element as a table: attributes, and children in lists by their name."""
    made: Plain = {str(key): value for key, value in element.attrib.items()}
    if made.get("vehicleOrientationAngle") == "NaN":
        del made["vehicleOrientationAngle"]  # the format's word for none
    if element.tag == "property" and "name" in made and made["name"] != made["name"].strip():
        made["name"] = made["name"].strip()
        notes.note("property", made["name"], "spaces around the key stripped")
    if depth == DEEPEST:
        notes.problem(str(element.tag), None, "fewer elements within elements", _line(element))
        return made
    for child in element:
        tag = str(child.tag)
        if tag in made and not isinstance(made[tag], list):
            notes.problem(tag, None, "no element of an attribute's name", _line(child))
            continue
        known = made.setdefault(tag, [])
        if tag in SINGLE and known:
            notes.note(f'{element.tag} "{made.get("name", "")}".{tag}', None, "again, left out")
            continue
        known.append(_table(child, notes, depth + 1))
    return made


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0


def without(table: Plain, *keys: str) -> Plain:
    return {key: value for key, value in table.items() if key not in keys}


def _bounded(value: int, element: str, notes: Notes) -> int:
    if abs(value) > MOST_MM:
        notes.problem(element, value, f"at most {MOST_MM} mm")
    return value


def placed(table: Plain, layout: str, version: str) -> Plain:
    """Layouts hold positions in version 6, and must; in version 7 they must not."""
    for each in table.get(layout, ()):
        for key in ("positionX", "positionY"):
            if version == VERSIONS[0]:
                each.setdefault(key, table[key])
            else:
                each.pop(key, None)
    return table


def _node(point: Plain, version: str, notes: Notes) -> MapNode:
    element = f'point "{point["name"]}"'
    degrees = point.get("vehicleOrientationAngle")
    kept = placed(dict(point), "pointLayout", version)
    return MapNode(
        point["name"],
        _bounded(point["positionX"], f"{element}.positionX", notes),
        _bounded(point["positionY"], f"{element}.positionY", notes),
        None if degrees is None else round(degrees / 180 * MRAD_OF_HALF_TURN),
        point["type"] == "PARK_POSITION",
        "",
        without(kept, "name", "positionX", "positionY", "type", "outgoingPath"),
    )


def _path(path: Plain, points: Plain, notes: Notes) -> MapPath:
    length = path["length"]
    if length == 0:
        ends = [points.get(path[key]) for key in ("sourcePoint", "destinationPoint")]
        length = 1
        if ends[0] and ends[1]:
            across = [ends[1][key] - ends[0][key] for key in ("positionX", "positionY")]
            length = max(1, round(hypot(*across)))
        notes.note(f'path "{path["name"]}".length', 0, f"assumed straight, {length} mm")
    return MapPath(
        path["name"],
        path["sourcePoint"],
        path["destinationPoint"],
        length,
        path["maxVelocity"],
        path["maxReverseVelocity"],
        path["locked"],
        "",
        {key: path[key] for key in PATH_KEPT if key in path},
    )


PATH_KEPT = ("peripheralOperation", "vehicleEnvelope", "property", "pathLayout")


def _location(location: Plain, kinds: Plain, version: str, notes: Notes) -> MapLocation:
    nodes = tuple(dict.fromkeys(link["point"] for link in location.get("link", ())))
    allowed = [
        each for link in location.get("link", ()) for each in link.get("allowedOperation", ())
    ]
    allowed = allowed or kinds.get(location["type"], {}).get("allowedOperation", [])
    tasks: dict[Task, None] = {}
    for operation in allowed:
        word = operation["name"].lower().replace("_", " ").partition(" ")[0]
        if word in TASKS:
            tasks[TASKS[word]] = None
    if location["locked"] and tasks:
        notes.note(f'location "{location["name"]}"', None, "locked: kept, not used")
        tasks = {}
    kept = placed(dict(location), "locationLayout", version)
    return MapLocation(
        location["name"],
        nodes,
        tuple(task for task in Task if task in tasks),
        "",
        without(kept, "name"),
    )


def _vehicle(vehicle: Plain) -> MapVehicle:
    return MapVehicle(
        vehicle["name"],
        vehicle["boundingBox"][0]["length"],
        vehicle["maxVelocity"],
        without(vehicle, "name", "maxVelocity"),
    )


def _check_members(plant: PlantMap, kinds: Plain, notes: Notes) -> None:
    """Types and members that are named exist."""
    names = [item.name for part in (plant.nodes, plant.paths, plant.locations) for item in part]
    known = dict.fromkeys(names)
    for location in plant.locations:
        if location.kept["type"] not in kinds:
            element = f'location "{location.name}".type'
            notes.problem(element, location.kept["type"], "a locationType of this model")
    for block in plant.kept.get("block", ()):
        for member in block.get("member", ()):
            if member["name"] not in known:
                notes.problem(f'block "{block["name"]}"', member["name"], "a known member")
    places = dict.fromkeys(location.name for location in plant.locations)
    for path in plant.paths:
        for operation in path.kept.get("peripheralOperation", ()):
            if operation["locationName"] not in places:
                element = f'path "{path.name}" peripheralOperation'
                notes.problem(element, operation["locationName"], "a location of this model")


def _check_outgoing(taken: Plain, notes: Notes) -> None:
    """What points list as outgoing is told by the paths themselves; a difference is named."""
    starts: dict[str, list[str]] = {}
    for path in taken.get("path", ()):
        starts.setdefault(path["sourcePoint"], []).append(path["name"])
    for point in taken["point"]:
        listed = [each["name"] for each in point.get("outgoingPath", ())]
        if sorted(listed) != sorted(starts.get(point["name"], [])):
            element = f'point "{point["name"]}".outgoingPath'
            notes.note(element, listed, "differs from the paths that start there; paths hold")
