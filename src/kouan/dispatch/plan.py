"""The declared port, compiled for deciding: stages by index, stations by place, roads as a graph.

Nothing here changes while the port runs; it is derived from the port alone.
"""

import itertools
from dataclasses import dataclass
from functools import cached_property

from kouan.port.flow import lanes_at, looped_stations, stations_of
from kouan.port.model import Fleet, Port
from kouan.port.places import Direction, Lane, Place, PlaceKind, ShiftEnd
from kouan.port.procedures import TURN_BACK, Procedure, Stage, Work
from kouan.port.quantity import WHOLE_PPM
from kouan.traffic.gate_model import GateRules, Passage
from kouan.traffic.network import Network, Shape, network_of_roads
from kouan.traffic.planner import Planner
from kouan.traffic.roadmap import RoadMap, compile_roads

ALWAYS_OPEN = (PlaceKind.PARKING, PlaceKind.CHARGER)
"""Places of vehicles that stand still; they don't keep the hours of a side."""
WIDTH_MM = 3_000
"""Width of a vehicle for which none is declared, unless its length is less (assumption)."""
LOOK_AHEAD = 3
"""Blocks of road released ahead of the node that a vehicle passed last."""
ENDS_PROCEDURE = -1
TURNS_BACK = -2


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with its successors as indices; ENDS_PROCEDURE or TURNS_BACK where there is none.

    ``line`` is what the names of its place's lines begin with: the direction where there are lanes,
    the work and the stack where a load is moved.
    """

    declared: Stage
    index: int
    follows_match: int
    follows: dict[str, int]
    direction: Direction
    line: str

    def after(self, result: str) -> int:
        """Index of the stage that follows a result."""
        if result == "match":
            return self.follows_match
        return self.follows.get(result, TURNS_BACK)


@dataclass(frozen=True, slots=True)
class PlannedProcedure:
    """A procedure's stages; its visits come loaded unless the first load they move is taken on."""

    declared: Procedure
    stages: tuple[PlannedStage, ...]
    comes_loaded: bool


@dataclass(frozen=True, slots=True)
class PlannedPlace:
    """A place with its stations: lanes in declared order, or numbered from 1."""

    name: str
    declared: Place
    stations: tuple[str, ...]
    lanes: tuple[Lane, ...]
    sequence: tuple[str, ...]
    calendar: str
    hands_over: str

    def index_of(self, station: str) -> int:
        """Index of a station by its name; -1 when the place has no such station."""
        return self.stations.index(station) if station in self.stations else -1


class Plan:
    """The compiled port."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.roadmap: RoadMap = compile_roads(port.roads)
        self.procedures = {
            name: _plan_procedure(port, procedure) for name, procedure in port.procedures.items()
        }
        self.places = {name: _plan_place(port, name) for name in port.places}
        self.place_of_station = {
            station: place.name for place in self.places.values() for station in place.stations
        }
        self.looped = looped_stations(port)
        """Stations whose lanes have loops that tell when they are empty again."""
        self.looped_places = dict.fromkeys(self.place_of_station[name] for name in self.looped)
        self.places_of_fleets: dict[str, None] = {}
        """Where a change may let an order begin or a vehicle charge: first places and chargers."""
        for fleet in port.fleets.values():
            first = port.procedures[fleet.procedure].stages[0].at
            self.places_of_fleets |= {first: None, fleet.charger: None}
        self.places_at_stack: dict[str, tuple[str, ...]] = {}
        self.moves_loads: dict[str, None] = {}
        """Places where loads are moved from or to a stack."""
        self._fed: dict[str, bool] = {}
        for procedure in port.procedures.values():
            for stage in procedure.stages:
                known = self.places_at_stack.get(stage.stack, ())
                if stage.stack and stage.at not in known:
                    self.places_at_stack[stage.stack] = (*known, stage.at)
                    self.moves_loads[stage.at] = None
                if stage.stack and stage.work is Work.UNLOAD:
                    self._fed[stage.stack] = True

    def counted_slots(self, stack: str) -> int:
        """Slots of a yard or shed whose stock is counted; 0 where it is without limit."""
        return self.port.places[stack].slots if self._fed.get(stack) else 0

    @cached_property
    def network(self) -> Network:
        """The roads compiled for planning, with a stop at every node where vehicles stand.

        Those who send a vehicle to a place see that there is room for it, so stops are shared.
        """
        places = [place for fleet in self.port.fleets.values() for place in self.places_of(fleet)]
        stops = {self.stop_of(place): self.port.places[place].node for place in places}
        return network_of_roads(self.port.roads, _shape(self.port), stops, list(stops))

    @cached_property
    def gates(self) -> dict[str, GateRules]:
        """Roads of one lane for both directions, as gates whose sides take turns."""
        if not self.port.fleets:
            return {}
        shape = self.network.shape
        found: dict[str, GateRules] = {}
        for name, road in self.port.roads.segments.items():
            if road.single_lane and not road.one_way and road.start != road.end:
                drive_ms = -(-road.length_mm * 1_000 // min(road.speed_mm_s, shape.speed_mm_s))
                passage = Passage(max(1, shape.start_ms + drive_ms), road.headway_ms)
                found[name] = GateRules({road.start: passage, road.end: passage})
        return found

    def first_section(self, origin: str, target: str) -> tuple[str, str]:
        """The first road of one lane on the fastest way, and the end where it is entered, or ""."""
        if not self.gates:
            return "", ""
        for arc in itertools.pairwise(self.roadmap.path(origin, target)):
            section = self.roadmap.arcs[arc].section
            if section in self.gates:
                return section, arc[0]
        return "", ""

    @cached_property
    def planner(self) -> Planner:
        """Plans the ways of the vehicles."""
        return Planner(self.network, LOOK_AHEAD)

    def places_of(self, fleet: Fleet) -> tuple[str, ...]:
        """The places where vehicles of a fleet stand: parking, charger, and those of its stages."""
        stages = self.port.procedures[fleet.procedure].stages
        names = [fleet.parking, fleet.charger, *(stage.at for stage in stages)]
        return tuple(dict.fromkeys(name for name in names if name))

    def stop_of(self, place: str) -> str:
        """Name of the stop beside the road at a place's node."""
        return stop_at(self.port.places[place].node)

    @cached_property
    def trip_wh(self) -> dict[str, int]:
        """Energy that an order takes with the way to a charger, by fleet, counted loaded."""
        return {name: self._trip_wh(fleet) for name, fleet in self.port.fleets.items()}

    @cached_property
    def least_wh(self) -> dict[str, int]:
        """Charge with which an order may be begun, by fleet: that of the trip above the reserve."""
        return {
            name: min(
                fleet.battery_wh,
                -(-fleet.battery_wh * fleet.reserve_ppm // WHOLE_PPM) + self.trip_wh[name],
            )
            for name, fleet in self.port.fleets.items()
        }

    def _trip_wh(self, fleet: Fleet) -> int:
        stages = self.procedures[fleet.procedure].stages
        stops = [fleet.parking, *(stage.declared.at for stage in stages), fleet.parking]
        if fleet.charger:
            stops.append(fleet.charger)
        length = 0
        for origin, target in itertools.pairwise(stops):
            path = self.roadmap.path(self.port.places[origin].node, self.port.places[target].node)
            length += self.roadmap.length_mm(path)
        return -(-length * fleet.consumption_loaded_wh_km // 1_000_000)


def stop_at(node: str) -> str:
    """Name of the stop beside the road at a node."""
    return f"at {node}"


def _shape(port: Port) -> Shape:
    """The vehicle that ways are planned for: as long and wide, as slow and weakly braked as any.

    What speeding up and braking cost is added where a vehicle sets out and where it halts.
    """
    fleets = list(port.fleets.values())
    speed = min(min(fleet.speed_loaded_mm_s, fleet.speed_empty_mm_s) for fleet in fleets)
    braking = min(fleet.braking_mm_s2 for fleet in fleets)
    acceleration = min(fleet.acceleration_mm_s2 for fleet in fleets)
    return Shape(
        max(fleet.length_mm for fleet in fleets),
        max(_width_mm(fleet) for fleet in fleets),
        speed,
        braking,
        start_ms=speed * 500 // acceleration,
        stop_ms=speed * 500 // braking,
    )


def _width_mm(fleet: Fleet) -> int:
    return min(WIDTH_MM, fleet.length_mm) if fleet.width_mm is None else fleet.width_mm


def _plan_procedure(port: Port, procedure: Procedure) -> PlannedProcedure:
    with_lanes = dict.fromkeys(lane.at for lane in port.lanes.values())
    index_of = {stage.id: index for index, stage in enumerate(procedure.stages)}
    index_of[TURN_BACK] = TURNS_BACK
    last = len(procedure.stages) - 1
    stages = tuple(
        PlannedStage(
            stage,
            index,
            index_of[stage.next] if stage.next else index + 1 if index < last else ENDS_PROCEDURE,
            {result: index_of[target] for result, target in stage.on.items()},
            stage.direction or procedure.direction,
            _line(stage, procedure, stage.at in with_lanes),
        )
        for index, stage in enumerate(procedure.stages)
    )
    works = [stage.work for stage in procedure.stages if stage.work in (Work.LOAD, Work.UNLOAD)]
    return PlannedProcedure(procedure, stages, works[:1] != [Work.LOAD])


def _line(stage: Stage, procedure: Procedure, has_lanes: bool) -> str:
    direction = f"{stage.direction or procedure.direction}:" if has_lanes else ""
    return f"{direction}{stage.work}@{stage.stack}:" if stage.stack else direction


def _plan_place(port: Port, name: str) -> PlannedPlace:
    place = port.places[name]
    lanes = tuple(lanes_at(port, name).values())
    stations = stations_of(port, name)
    crew = port.crews.get(place.crew)
    hands_over = place.crew if crew and crew.at_shift_end is ShiftEnd.HAND_OVER else ""
    sequence = tuple(
        visit_class for visit_class, times in place.pattern.items() for _ in range(times)
    )
    calendar = "" if place.kind in ALWAYS_OPEN else f"place:{name}"
    return PlannedPlace(name, place, stations, lanes, sequence, calendar, hands_over)
