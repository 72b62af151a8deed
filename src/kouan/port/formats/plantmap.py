"""The neutral plant map, and the notes that say what was assumed on the way to it.

Lengths are millimetres, angles milliradians, speeds millimetres a second, all whole numbers. What
a format says beyond that is kept as it was, in plain tables (``kept``) that only its own format
understands.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kouan.port.problems import PortError, Problem, shown

Plain = dict[str, Any]
MOST_ELEMENTS = 20_000
"""Nodes, paths, locations or vehicles that a plant may have of each."""
MOST_BYTES = 20_000_000
"""Size of a plant model that is read at all."""
MOST_MM = 1_000_000_000
"""A thousand kilometres: positions and lengths beyond it are a mistake."""
MOST_PROBLEMS = 50


class Format(StrEnum):
    """Plant model formats."""

    LIF = "lif"
    OPENTCS = "opentcs"


class Task(StrEnum):
    """What a location is for, as far as its operations tell."""

    LOAD = "load"
    UNLOAD = "unload"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class MapNode:
    """A point where vehicles may stand."""

    name: str
    x_mm: int
    y_mm: int
    heading_mrad: int | None = None
    parking: bool = False
    layer: str = ""
    """Layout of LIF it belongs to; "" in openTCS."""
    kept: Plain = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapPath:
    """A way from one node to another; ``back_mm_s`` above 0 may also be driven in reverse."""

    name: str
    start: str
    end: str
    length_mm: int
    speed_mm_s: int | None = None
    """Speed limit forwards; None is no limit, 0 not driven forwards."""
    back_mm_s: int = 0
    locked: bool = False
    layer: str = ""
    kept: Plain = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapLocation:
    """A place beside the road where vehicles do something, at one of its nodes."""

    name: str
    nodes: tuple[str, ...]
    tasks: tuple[Task, ...] = ()
    layer: str = ""
    kept: Plain = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapVehicle:
    """A vehicle, or with LIF a vehicle type, of which one vehicle is assumed."""

    name: str
    length_mm: int = 0
    """0 where the format does not say."""
    speed_mm_s: int = 0
    kept: Plain = field(default_factory=dict)
    kind: str = field(default="", compare=False)
    """Type that a port file gives it, for a format that knows types only; "" is its name."""


@dataclass(frozen=True, slots=True)
class PlantMap:
    """A whole plant; ``origin`` is the format that its kept tables are of, "" for none."""

    name: str
    origin: str
    nodes: tuple[MapNode, ...] = ()
    paths: tuple[MapPath, ...] = ()
    locations: tuple[MapLocation, ...] = ()
    vehicles: tuple[MapVehicle, ...] = ()
    kept: Plain = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A warning: the element, its value as found, and what was made of it."""

    element: str
    value: str
    said: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.element, self.value, self.said) if part)


class Notes:
    """Collects warnings, and problems that forbid the import; ``settle`` raises those."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Note] = []
        self.problems: list[Problem] = []

    def note(self, element: str, value: Any, said: str) -> None:
        """Add a warning; ``value`` None shows none."""
        self.found.append(Note(element, "" if value is None else shown(value), said))

    def problem(self, element: str, value: Any, expected: str, line: int = 0) -> None:
        """Add a problem; only the first fifty are kept."""
        if len(self.problems) < MOST_PROBLEMS:
            text = "" if value is None else shown(value)
            self.problems.append(Problem(self.file, line, element, text, expected))

    def settle(self) -> None:
        """Raise PortError when there are problems."""
        if self.problems:
            raise PortError(tuple(self.problems))


def text_of(content: bytes, notes: Notes) -> str:
    """The content as text; raises PortError where it is too large or not UTF-8."""
    if len(content) > MOST_BYTES:
        notes.problem("", f"{len(content)} bytes", f"at most {MOST_BYTES} bytes")
        notes.settle()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        notes.problem("", "other bytes", "UTF-8 text", line)
    notes.settle()
    return ""


def check_names(plant: PlantMap, notes: Notes) -> None:
    """Names are told apart, and every node that a path or location names exists."""
    named: tuple[tuple[str, list[str]], ...] = (
        ("node", [node.name for node in plant.nodes]),
        ("path", [path.name for path in plant.paths]),
        ("location", [location.name for location in plant.locations]),
        ("vehicle", [vehicle.name for vehicle in plant.vehicles]),
    )
    for kind, names in named:
        _check_each_once(kind, names, notes)
    nodes = dict.fromkeys(node.name for node in plant.nodes)
    if not nodes:
        notes.problem("", "no nodes", "a plant with at least one node")
    used = [(f'path "{path.name}"', end) for path in plant.paths for end in (path.start, path.end)]
    used += [(f'location "{each.name}"', name) for each in plant.locations for name in each.nodes]
    for element, name in used:
        if name not in nodes:
            notes.problem(element, name, "a node of this plant")


def _check_each_once(kind: str, names: list[str], notes: Notes) -> None:
    if len(names) > MOST_ELEMENTS:
        notes.problem(kind, len(names), f"at most {MOST_ELEMENTS}")
    known: dict[str, None] = {}
    for name in names:
        if name in known or not name:
            notes.problem(kind, name, "a name that no other has, not empty")
        known[name] = None
