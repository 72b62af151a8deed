"""From a plant's paths to the segments of a port, and ids for its names.

Two paths that join the same nodes in opposite directions and are equally long are taken for one
lane: the port then lets nobody meet there. Paths that are locked, lead nowhere or repeat another
are no road; the port file keeps them beside it.
"""

from dataclasses import dataclass, field

from kouan.port.formats.plantmap import MapPath, Notes, Plain, PlantMap

ASSUMED_SPEED_MM_S = 1_000
LONGEST_ID = 60
Ends = tuple[str, str]
TAKEN = ("basis", "turn_back", "value")
"""Words that mean something else in a port file."""


class Ids:
    """Ids of a port file for names of any kind, each once."""

    def __init__(self, otherwise: str) -> None:
        self.otherwise = otherwise
        self.used: dict[str, None] = dict.fromkeys(TAKEN)

    def take(self, name: str) -> str:
        """Return a new id that is as near to the name as can be."""
        letters = [c if c.isascii() and c.isalnum() else " " for c in name.lower()]
        base = "_".join("".join(letters).split())[:LONGEST_ID].rstrip("_")
        if not base or not base[0].isalpha():
            base = f"{self.otherwise}_{base}".rstrip("_")
        made, number = base, 2
        while made in self.used:
            made, number = f"{base}_{number}", number + 1
        self.used[made] = None
        return made


@dataclass
class Road:
    """One segment to be written, by the ids of the port file."""

    name: str
    start: str
    end: str
    length_mm: int
    speed_mm_s: int
    limited: bool
    one_way: bool = True
    single_lane: bool = False


@dataclass
class Roads:
    """Node ids by plant name, segments by id, and how each path of the plant is kept."""

    nodes: dict[str, str] = field(default_factory=dict)
    segments: dict[str, Road] = field(default_factory=dict)
    paths: list[Plain] = field(default_factory=list)


def plan_roads(plant: PlantMap, notes: Notes) -> Roads:
    """Lay out the segments of a plant."""
    roads = Roads()
    ids, names = Ids("node"), Ids("segment")
    for node in plant.nodes:
        roads.nodes[node.name] = ids.take(node.name)
    by_ends: dict[Ends, Road] = {}
    for path in plant.paths:
        why = _no_road(path, by_ends)
        if why:
            notes.note(f'path "{path.name}"', None, f"{why}: kept, but no road of the port")
            roads.paths.append(_entry(path, None, roads))
        else:
            roads.paths.append(_entry(path, _road(path, roads, by_ends, names, notes), roads))
    for entry in roads.paths:
        road = roads.segments.get(entry.get("segment", ""))
        if road and road.speed_mm_s == entry.get("speed_mm_s"):
            del entry["speed_mm_s"]
    return roads


def _ends(path: MapPath) -> Ends:
    """Where driving begins and ends: a path of speed 0 is driven in reverse only."""
    return (path.end, path.start) if path.speed_mm_s == 0 else (path.start, path.end)


def _no_road(path: MapPath, by_ends: dict[Ends, Road]) -> str:
    """Why a path is no road of the port; "" where it is one."""
    if path.locked:
        return "locked"
    if path.speed_mm_s == 0 and not path.back_mm_s:
        return "of no speed in either direction"
    if path.start == path.end:
        return "ends where it starts"
    ends = _ends(path)
    both = path.speed_mm_s != 0 and path.back_mm_s > 0
    for way in (ends, ends[::-1]) if both else (ends,):
        if way in by_ends:
            return f"leads where segment {by_ends[way].name} leads"
    return ""


def _road(path: MapPath, roads: Roads, by_ends: dict[Ends, Road], names: Ids, notes: Notes) -> Road:
    """The segment of a path: a new one, or the lane of the path that leads back."""
    ends = _ends(path)
    element = f'path "{path.name}"'
    speeds = [speed for speed in (path.speed_mm_s, path.back_mm_s) if speed]
    other = by_ends.get(ends[::-1])
    if other and other.length_mm == path.length_mm:
        notes.note(element, None, f"taken for one lane with segment {other.name}, both ways")
        other.one_way, other.single_lane = False, True
        road, speeds = other, [*speeds, other.speed_mm_s]
    else:
        start, end = (roads.nodes[name] for name in ends)
        limited = path.speed_mm_s is not None
        road = Road(names.take(path.name), start, end, path.length_mm, max(speeds or [0]), limited)
        road.speed_mm_s = road.speed_mm_s or ASSUMED_SPEED_MM_S
        roads.segments[road.name] = road
    by_ends[ends] = road
    if path.speed_mm_s != 0 and path.back_mm_s:
        road.one_way, road.single_lane = False, True
        by_ends[ends[::-1]] = road
    if speeds and min(speeds) != road.speed_mm_s:
        road.speed_mm_s = min(speeds)
        notes.note(element, None, f"limits differ by direction; {road.speed_mm_s} mm/s for both")
    return road


def _entry(path: MapPath, road: Road | None, roads: Roads) -> Plain:
    """How a path is kept: what its segment does not tell, or all of it where it has none."""
    entry: Plain = {"name": path.name}
    if road:
        entry["segment"] = road.name
        if roads.nodes[path.start] != road.start:
            entry["reversed"] = True
    else:
        entry.update(start=path.start, end=path.end, length_mm=path.length_mm)
    if path.speed_mm_s is None:
        entry["unlimited"] = True
    else:
        entry["speed_mm_s"] = path.speed_mm_s
    for key, value in (
        ("back_mm_s", path.back_mm_s),
        ("locked", path.locked),
        ("layer", path.layer),
        ("kept", path.kept),
    ):
        if value:
            entry[key] = value
    return entry
