"""A plant map as the text of a port file.

Roads and places carry the geometry; ``[plant]`` beside them keeps what a port does not know: names
as they were, and each element's own details. ``kouan export-map`` puts both together again.
"""

from kouan.port.formats.operations import Operations, PlannedFleet, plan_operations
from kouan.port.formats.plantmap import Format, Notes, Plain, PlantMap
from kouan.port.formats.roads import Roads, plan_roads
from kouan.port.formats.tomltext import table

GIVEN = "input: plant"
NONE_TOLD = "assumption: imported plant has no demand"
ASSUMED = "assumption: the plant model does not say"
LONGEST_LABEL = 200
DEFAULT_LENGTH_MM = 2_000
DEFAULT_SPEED_MM_S = 1_000
ORDERS_A_VEHICLE = 100
NAMES = {Format.LIF: "VDMA LIF", Format.OPENTCS: "openTCS"}

HEAD = """\
# A plant model of {format}, imported from {file} by `kouan import`.
#
# Nodes, lengths and speed limits are the plant's. Sides, energy, service times and demand are not
# in a plant model: each says that it is an assumption, to be replaced by figures of your own.
# [plant] at the end keeps what a port does not use, for `kouan export-map`.
"""


def write_port(plant: PlantMap, file: str, notes: Notes) -> str:
    """Return the port file of a plant that was read from a file of this name."""
    roads = plan_roads(plant, notes)
    operations = plan_operations(plant, roads, notes)
    _not_enforced(plant, notes)
    parts = [
        HEAD.format(format=NAMES[Format(plant.origin)], file=_label(file)),
        table("", {"name": _label(plant.name)}).lstrip(),
        *_frame(plant, file),
        *_roads(plant, roads),
        *_places(operations),
        *_trip(operations),
        *_kept(plant, roads, operations),
    ]
    return "\n".join(parts)


def _label(text: str) -> str:
    """A text that stands on one line."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[:LONGEST_LABEL].strip() or "plant"


def _frame(plant: PlantMap, file: str) -> list[str]:
    meta = plant.kept.get("metaInformation", {})
    published = str(meta.get("exportTimestamp", "unknown"))
    source = {
        "publisher": _label(str(meta.get("creator", file))),
        "published": _label(published),
        "says": _label(f"{NAMES[Format(plant.origin)]} plant model in {file}"),
    }
    side = {"country": "CN", "time_zone": "Asia/Shanghai", "hours": "24h"}
    basis = {"basis": "assumption: a plant model knows no border"}
    return [
        table("[sources.plant]", source),
        table("[sides.home]", {**basis, "name": "Home", **side}),
        table("[sides.neighbour]", {**basis, "name": "Neighbour", **side}),
    ]


def _roads(plant: PlantMap, roads: Roads) -> list[str]:
    nodes = {
        roads.nodes[node.name]: {
            "x": f"{node.x_mm} mm",
            "y": f"{node.y_mm} mm",
            "basis": GIVEN,
        }
        for node in plant.nodes
    }
    parts = [table("[roads.nodes]", nodes)]
    for road in roads.segments.values():
        speed = {"value": f"{road.speed_mm_s} mm/s", "basis": f"{ASSUMED}; no limit"}
        values = {
            "basis": GIVEN,
            "start": road.start,
            "end": road.end,
            "length": f"{road.length_mm} mm",
            "speed": f"{road.speed_mm_s} mm/s" if road.limited else speed,
            "one_way": True if road.one_way else None,
            "single_lane": True if road.single_lane else None,
        }
        parts.append(table(f"[roads.segments.{road.name}]", values))
    return parts


def _places(operations: Operations) -> list[str]:
    stacks = [operations.load, operations.unload]
    parts = []
    for place in operations.places.values():
        values = {
            "basis": ASSUMED,
            "kind": place.kind,
            "node": place.node,
            "name": _label(place.label),
            "stations": place.stations,
        }
        parts.append(table(f"[places.{place.name}]", values))
        if place.name in stacks:
            values = {"kind": "yard", "node": place.node, "name": _label(f"{place.label}, goods")}
            parts.append(table(f"[places.{_stack(place.name)}]", {"basis": ASSUMED, **values}))
    return parts


def _stack(place: str) -> str:
    return f"{place}_goods"


def _trip(operations: Operations) -> list[str]:
    if not operations.fleets:
        return []
    procedure = {
        "carrier": "agv",
        "direction": "entry",
        "round_trip": True,
        "exit_needs_release": False,
    }
    parts = [table("[procedures.carry]", procedure)]
    for name, work, place, stamp in (
        ("loading", "load", operations.load, "loaded"),
        ("unloading", "unload", operations.unload, "discharge"),
    ):
        values = {
            "id": name,
            "at": place,
            "work": work,
            "stack": _stack(place),
            "time": {"value": "30 s", "basis": ASSUMED},
            "stamp": stamp,
        }
        parts.append(table("[[procedures.carry.stages]]", values))
    parts += [
        table(f"[fleets.{each.name}]", _fleet(operations, each)) for each in operations.fleets
    ]
    for fleet in operations.fleets:
        load = {"share": "100 %", "mass": "500 kg", "goods": "goods", "containers": 1}
        demand = {
            "basis": NONE_TOLD,
            "fleet": fleet.name,
            "per_day": ORDERS_A_VEHICLE * len(fleet.vehicles),
            "arrivals": "random",
            "payload": [load],
        }
        parts.append(table(f"[demand.{fleet.name}_orders]", demand))
    return parts


def _fleet(operations: Operations, fleet: PlannedFleet) -> Plain:
    first = fleet.vehicles[0]
    given = {"basis": GIVEN}
    length = {"value": f"{first.length_mm or DEFAULT_LENGTH_MM} mm"}
    speed = {"value": f"{first.speed_mm_s or DEFAULT_SPEED_MM_S} mm/s"}
    critical = first.kept.get("energyLevelCritical")
    reserve = {"value": f"{20 if critical is None else critical} %"}
    charging = bool(operations.charger)
    told = {"value": len(fleet.vehicles), **(given if first.kept else {})}
    told.setdefault("basis", f"{ASSUMED}; one of each type")
    return {
        "basis": ASSUMED,
        "procedure": "carry",
        "count": told,
        "parking": operations.parking,
        "charger": operations.charger or None,
        "length": {**length, **given} if first.length_mm else length["value"],
        "payload": "1 t",
        "speed_loaded": {**speed, **given} if first.speed_mm_s else speed["value"],
        "speed_empty": {**speed, **given} if first.speed_mm_s else speed["value"],
        "acceleration": "0.5 m/s2",
        "braking": "0.5 m/s2",
        "battery": "10 kWh",
        "reserve": reserve["value"] if critical is None else {**reserve, **given},
        "consumption_loaded": "0.3 kWh/km" if charging else "0 Wh/km",
        "consumption_empty": "0.2 kWh/km" if charging else "0 Wh/km",
        "charging": "5 kW",
    }


def _kept(plant: PlantMap, roads: Roads, operations: Operations) -> list[str]:
    """The table beside the port."""
    whole = {"name": plant.name, "origin": str(plant.origin), "kept": plant.kept or None}
    parts = ["# --- kept for export, no part of the port ---\n", table("[plant]", whole)]
    for node in plant.nodes:
        values: Plain = {
            "name": node.name,
            "node": roads.nodes[node.name],
            "heading_mrad": node.heading_mrad,
            "parking": node.parking or None,
            "layer": node.layer or None,
            "kept": node.kept or None,
        }
        parts.append(table("[[plant.nodes]]", values))
    parts += [table("[[plant.paths]]", entry) for entry in roads.paths]
    for location in plant.locations:
        values = {
            "name": location.name,
            "place": operations.locations.get(location.name),
            "nodes": list(location.nodes),
            "tasks": [str(task) for task in location.tasks] or None,
            "layer": location.layer or None,
            "kept": location.kept or None,
        }
        parts.append(table("[[plant.locations]]", values))
    fleets = {v.name: fleet.name for fleet in operations.fleets for v in fleet.vehicles}
    for vehicle in plant.vehicles:
        values = {
            "name": vehicle.name,
            "fleet": fleets.get(vehicle.name),
            "length_mm": vehicle.length_mm or None,
            "speed_mm_s": vehicle.speed_mm_s or None,
            "kept": vehicle.kept or None,
        }
        parts.append(table("[[plant.vehicles]]", values))
    return parts


IGNORED = {
    "peripheralOperation": "not carried out",
    "vehicleEnvelope": "not looked at",
    "actions": "not sent",
    "loadRestriction": "not enforced",
    "trajectory": "used for the length only",
}


def _not_enforced(plant: PlantMap, notes: Notes) -> None:
    """Say what is kept, but has no effect in the port."""
    for block in plant.kept.get("block", ()):
        said = "kept, but not enforced: the port keeps vehicles apart by segment only"
        notes.note(f'block "{block["name"]}"', block["type"], said)
    for label, items in (("node", plant.nodes), ("path", plant.paths)):
        for item in items:
            kinds = [item.kept, *item.kept.get("vehicleTypeNodeProperties", ())]
            kinds += item.kept.get("vehicleTypeEdgeProperties", ())
            for key, why in IGNORED.items():
                if any(key in kind for kind in kinds):
                    notes.note(f'{label} "{item.name}".{key}', None, f"kept, but {why}")
    if plant.origin == Format.LIF and len(plant.vehicles) > 1:
        said = "kept, but in the port every type may drive everywhere"
        notes.note("vehicleTypeId", [vehicle.name for vehicle in plant.vehicles], said)
