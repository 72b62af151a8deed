"""The declared port as pages need it: names, sides, places, lanes, and the compiled roads."""

from dataclasses import dataclass

import msgspec

from kouan.port.flow import station_places
from kouan.port.model import Port, Side
from kouan.traffic.roadmap import compile_roads


@dataclass(frozen=True, slots=True)
class SideCard:
    """One side of the border."""

    name: str
    name_zh: str
    country: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """A place; ``stations`` are the names of what serves there, ``room`` None is without limit."""

    id: str
    name: str
    name_zh: str
    kind: str
    side: str
    node: str
    stations: tuple[str, ...]
    room: int | None
    slots: int


@dataclass(frozen=True, slots=True)
class LaneCard:
    """A lane through a gate."""

    id: str
    at: str
    direction: str


@dataclass(frozen=True, slots=True)
class NodeCard:
    """A point of the roads, in mm east and north; blocks end at points that nobody declared."""

    id: str
    x_mm: int
    y_mm: int
    declared: bool


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """A piece of road between two nodes."""

    id: str
    start: str
    end: str
    length_mm: int
    speed_mm_s: int
    one_way: bool
    single_lane: bool


@dataclass(frozen=True, slots=True)
class FleetCard:
    """A fleet, for what its vehicles' charges and loads are measured by."""

    id: str
    count: int
    battery_wh: int
    payload_kg: int


@dataclass(frozen=True, slots=True)
class PortCard:
    """The whole port; ``lang`` is the language a page begins in.

    ``simulated`` says that vehicles, devices and authorities are, which the page tells everybody.
    """

    name: str
    name_zh: str
    lang: str
    simulated: bool
    sides: dict[str, SideCard]
    places: tuple[PlaceCard, ...]
    lanes: tuple[LaneCard, ...]
    nodes: tuple[NodeCard, ...]
    segments: tuple[SegmentCard, ...]
    fleets: tuple[FleetCard, ...]


def port_json(port: Port, lang: str, *, simulated: bool) -> bytes:
    """Return the port for pages, as JSON."""
    stations: dict[str, list[str]] = {name: [] for name in port.places}
    for station, place in station_places(port).items():
        stations[place].append(station)
    nodes = compile_roads(port.roads).nodes
    card = PortCard(
        port.name,
        port.name_zh,
        lang,
        simulated,
        {"home": _side(port.sides.home), "neighbour": _side(port.sides.neighbour)},
        tuple(
            PlaceCard(
                name,
                one.name,
                one.name_zh,
                one.kind,
                one.side,
                one.node,
                tuple(stations[name]),
                one.room,
                one.slots,
            )
            for name, one in port.places.items()
        ),
        tuple(LaneCard(name, one.at, one.direction) for name, one in port.lanes.items()),
        tuple(
            NodeCard(name, one.x_mm, one.y_mm, name in port.roads.nodes)
            for name, one in nodes.items()
        ),
        tuple(
            SegmentCard(
                name,
                one.start,
                one.end,
                one.length_mm,
                one.speed_mm_s,
                one.one_way,
                one.single_lane,
            )
            for name, one in port.roads.segments.items()
        ),
        tuple(
            FleetCard(name, one.count, one.battery_wh, one.payload_kg)
            for name, one in port.fleets.items()
        ),
    )
    return msgspec.json.encode(card)


def _side(side: Side) -> SideCard:
    return SideCard(side.name, side.name_zh, side.country, side.time_zone)
