"""What a port needs to work and a plant model does not tell: where vehicles park, load and unload.

Everything chosen here is an assumption, and the port file says so beside each figure.
"""

from dataclasses import dataclass, field

from kouan.port.formats.plantmap import MapLocation, MapVehicle, Notes, PlantMap, Task
from kouan.port.formats.roads import Ids, Roads

Links = dict[str, list[str]]


@dataclass
class PlannedPlace:
    """A place to be written, by the ids of the port file."""

    name: str
    kind: str
    node: str
    label: str
    stations: int = 1


@dataclass
class PlannedFleet:
    """Vehicles of one type."""

    name: str
    vehicles: list[MapVehicle]


@dataclass
class Operations:
    """Places by id, ids of locations by name, and the trip of the fleets; "" where none is."""

    places: dict[str, PlannedPlace] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)
    fleets: list[PlannedFleet] = field(default_factory=list)
    parking: str = ""
    charger: str = ""
    load: str = ""
    unload: str = ""


def plan_operations(plant: PlantMap, roads: Roads, notes: Notes) -> Operations:
    """Choose places, fleets and the trip that they drive."""
    made = Operations()
    ids = Ids("place")
    for location in plant.locations:
        _place(location, roads, made, ids, notes)
    made.fleets = _fleets(plant)
    _trip(plant, roads, made, ids, notes)
    return made


def _place(location: MapLocation, roads: Roads, made: Operations, ids: Ids, notes: Notes) -> None:
    element = f'location "{location.name}"'
    if not location.nodes:
        notes.note(element, None, "at no node: kept, but no place of the port")
        return
    if len(location.nodes) > 1:
        notes.note(element, None, f"at {len(location.nodes)} nodes; the port uses the first")
    kind = "station"
    if Task.LOAD in location.tasks or Task.UNLOAD in location.tasks:
        kind = "crane"
    elif Task.CHARGE in location.tasks:
        kind = "charger"
    name = ids.take(location.name)
    node = roads.nodes[location.nodes[0]]
    made.places[name] = PlannedPlace(name, kind, node, location.name)
    made.locations[location.name] = name


def _fleets(plant: PlantMap) -> list[PlannedFleet]:
    """A fleet for each type: the vehicles that a model tells nothing different of."""
    ids = Ids("fleet")
    fleets: list[tuple[tuple[int, int, str], PlannedFleet]] = []
    for vehicle in plant.vehicles:
        own = {k: v for k, v in vehicle.kept.items() if k not in ("property", "vehicleLayout")}
        kind = (vehicle.length_mm, vehicle.speed_mm_s, repr(own) if own else vehicle.name)
        same = [fleet for known, fleet in fleets if known == kind]
        if same:
            same[0].vehicles.append(vehicle)
        else:
            label = "vehicles" if own else vehicle.name
            fleets.append((kind, PlannedFleet(ids.take(label), [vehicle])))
    return [fleet for _, fleet in fleets]


def _trip(plant: PlantMap, roads: Roads, made: Operations, ids: Ids, notes: Notes) -> None:
    """Parking, charger, and a first and last place that can be driven to in a round."""
    out, back = _links(roads)
    homes = [roads.nodes[node.name] for node in plant.nodes if node.parking]
    homes += [place.node for place in made.places.values() if place.kind == "charger"]
    homes += list(roads.nodes.values())
    tasks = {made.locations.get(each.name, ""): each.tasks for each in plant.locations}
    for home in dict.fromkeys(homes):
        reached, left = _search(home, out), _search(home, back)
        there = [p for p in made.places.values() if p.node in reached and p.node in left]
        loads = [place for place in there if Task.LOAD in tasks[place.name]]
        ends = [place for place in there if Task.UNLOAD in tasks[place.name]]
        pairs = [(a, b) for a in loads for b in reversed(ends) if a.node != b.node]
        if not pairs:
            continue
        made.load, made.unload = pairs[0][0].name, pairs[0][1].name
        chargers = [place for place in there if place.kind == "charger"]
        made.charger = chargers[0].name if chargers else ""
        _stand(made, home, plant, ids, notes)
        return
    if made.fleets:
        made.fleets = []
        said = "no place to load and another to unload on a round: the port gets no fleet"
        notes.note("plant", None, f"{said}, vehicles are kept")


def _stand(made: Operations, home: str, plant: PlantMap, ids: Ids, notes: Notes) -> None:
    """One parking place takes all vehicles, and one charger, as the port's fleets have one each."""
    vehicles = max(1, sum(len(fleet.vehicles) for fleet in made.fleets))
    made.parking = ids.take("parking")
    place = PlannedPlace(made.parking, "parking", home, "Parking", vehicles)
    made.places[made.parking] = place
    notes.note("parking", home, f"assumed to have room for all {vehicles} vehicles")
    others = sum(node.parking for node in plant.nodes) - 1
    if others > 0:
        notes.note("parking", None, f"{others} more parking nodes: kept, a fleet has one")
    if made.charger:
        made.places[made.charger].stations = vehicles
        notes.note(made.charger, None, f"assumed to charge {vehicles} vehicles: a fleet has one")


def _links(roads: Roads) -> tuple[Links, Links]:
    out: Links = {}
    back: Links = {}
    for road in roads.segments.values():
        ways = [(road.start, road.end)] + ([] if road.one_way else [(road.end, road.start)])
        for start, end in ways:
            out.setdefault(start, []).append(end)
            back.setdefault(end, []).append(start)
    return out, back


def _search(origin: str, links: Links) -> dict[str, None]:
    found: dict[str, None] = {origin: None}
    waiting = [origin]
    while waiting:
        for after in links.get(waiting.pop(), ()):
            if after not in found:
                found[after] = None
                waiting.append(after)
    return found
