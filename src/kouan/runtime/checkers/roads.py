"""Rules of the road: blocks, single lanes, and battery reserve."""

from collections import deque
from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.quantity import WHOLE_PPM
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts
from kouan.traffic.roadmap import ArcKey, compile_roads


@dataclass(slots=True)
class Track:
    """A vehicle on the road: where it is, and the nodes granted to it that it has not passed."""

    node: str
    step: int = 0
    ahead: deque[tuple[int, str]] = field(default_factory=deque)

    def end(self) -> str:
        """Node up to which it may drive."""
        return self.ahead[-1][1] if self.ahead else self.node


class RoadChecker(Checker):
    """One vehicle per block and crossing, no opposing pair on a single lane, none beyond its grant.

    A block is held from its grant until its vehicle passes the node at its end. A crossing is a
    declared node without a place; it is held until its vehicle passes the node after it.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.arcs = compile_roads(facts.port.roads).arcs
        self.tracks: dict[str, Track] = {}
        self.holders: dict[ArcKey, dict[str, int]] = {}
        self.sections: dict[str, dict[bool, dict[str, int]]] = {}
        places = [place.node for place in facts.port.places.values()]
        self.crossings: dict[str, dict[str, int]] = {
            node: {} for node in facts.port.roads.nodes if node not in places
        }
        self.parkings = {
            name: facts.port.places[fleet.parking].node for name, fleet in facts.port.fleets.items()
        }
        self.on_event = {
            e.VehicleJoined: self._joined,
            e.VehicleMoved: self._moved,
            e.VehicleRemoved: self._removed,
        }
        self.on_command = {c.DriveTo: self._drive, c.PlaceVehicle: self._place}

    def _joined(self, event: e.VehicleJoined) -> None:
        if event.vehicle not in self.tracks:
            self.tracks[event.vehicle] = Track(self.parkings.get(event.fleet, ""))

    def _removed(self, event: e.VehicleRemoved) -> None:
        self._let_go(event.vehicle)

    def _place(self, command: c.PlaceVehicle) -> None:
        """A person brought a vehicle back to its parking: it stands there and holds nothing."""
        self._let_go(command.vehicle)
        self.tracks[command.vehicle] = Track(command.node, command.step)

    def _let_go(self, vehicle: str) -> None:
        self.tracks.pop(vehicle, None)
        for holders in (*self.holders.values(), *self.crossings.values()):
            holders.pop(vehicle, None)
        for directions in self.sections.values():
            for entered in directions.values():
                entered.pop(vehicle, None)

    def _drive(self, command: c.DriveTo) -> None:
        track = self.tracks.get(command.vehicle)
        if track is None:
            self.broken("grant", command.vehicle, "a vehicle that never joined was told to drive")
            return
        for step, node in enumerate(command.base, start=command.step):
            self._extend(command.vehicle, track, step, node)

    def _extend(self, vehicle: str, track: Track, step: int, node: str) -> None:
        """Add one granted node to a way; a node granted before must be the same again."""
        last = track.ahead[-1][0] if track.ahead else track.step
        if step <= last:
            given = next((known for at, known in track.ahead if at == step), None)
            if given is not None and given != node:
                self.broken("grant", vehicle, f"step {step} was {given} and became {node}")
            return
        if step > last + 1:
            self.broken("grant", vehicle, f"granted step {step} after step {last}")
        origin = track.end()
        track.ahead.append((step, node))
        arc = (origin, node)
        if arc not in self.arcs:
            self.broken("grant", vehicle, f"no block leads from {origin} to {node}")
        self._take(vehicle, arc)
        if node in self.crossings:
            self._take_crossing(vehicle, node)

    def _take_crossing(self, vehicle: str, node: str) -> None:
        holders = self.crossings[node]
        other = next((name for name in holders if name != vehicle), None)
        if other is not None:
            self.broken("crossing", vehicle, f"granted crossing {node}, which {other} holds")
        holders[vehicle] = holders.get(vehicle, 0) + 1

    def _take(self, vehicle: str, arc: ArcKey) -> None:
        holders = self.holders.setdefault(arc, {})
        other = next((name for name in holders if name != vehicle), None)
        if other is not None:
            text = f"granted block {arc[0]} to {arc[1]}, which {other} holds"
            self.broken("exclusive_block", vehicle, text)
        holders[vehicle] = holders.get(vehicle, 0) + 1
        section = self._section(arc)
        if section:
            self._take_section(vehicle, arc, section)

    def _take_section(self, vehicle: str, arc: ArcKey, section: str) -> None:
        forward = self._is_forward(arc, section)
        directions = self.sections.setdefault(section, {True: {}, False: {}})
        other = next((name for name in directions[not forward] if name != vehicle), None)
        if other is not None:
            text = f"granted single lane {section}, on which {other} comes the other way"
            self.broken("single_lane", vehicle, text)
        held = directions[forward]
        held[vehicle] = held.get(vehicle, 0) + 1

    def _moved(self, event: e.VehicleMoved) -> None:
        track = self.tracks.get(event.vehicle)
        if track is None or event.step <= track.step:
            # A report that came late or twice says nothing new.
            return
        while track.ahead and track.ahead[0][0] <= event.step:
            step, node = track.ahead.popleft()
            arc = (track.node, node)
            self._leave(event.vehicle, arc)
            if track.node in self.crossings:
                _drop(self.crossings[track.node], event.vehicle)
            track.node, track.step = node, step
        if track.step != event.step or track.node != event.node:
            text = f"is at {event.node} (step {event.step}), beyond its grant to {track.node}"
            self.broken("grant", event.vehicle, text)
            track.node, track.step = event.node, event.step

    def _leave(self, vehicle: str, arc: ArcKey) -> None:
        _drop(self.holders.get(arc, {}), vehicle)
        section = self._section(arc)
        if section:
            _drop(self.sections[section][self._is_forward(arc, section)], vehicle)

    def _section(self, arc: ArcKey) -> str:
        known = self.arcs.get(arc)
        return known.section if known is not None else ""

    def _is_forward(self, arc: ArcKey, section: str) -> bool:
        segment = self.facts.port.roads.segments[section]
        ends = {segment.start: 0, segment.end: len(self.arcs) + 1}
        first, second = (
            ends[node] if node in ends else int(node.rpartition(".")[2]) for node in arc
        )
        return first < second


def _drop(held: dict[str, int], vehicle: str) -> None:
    """Take one hold away; a vehicle may hold the same block twice on one way."""
    if held.get(vehicle, 0) > 1:
        held[vehicle] -= 1
    else:
        held.pop(vehicle, None)


class StandingChecker(Checker):
    """No vehicle reaches a node where another, come over the same block, still stands.

    Their bodies would meet there, whatever was granted. Nodes with a place are left out: there is
    room for as many as the place has stations.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.nodes: dict[str, tuple[str, int]] = {}
        self.standing: dict[ArcKey, str] = {}
        self.came_by: dict[str, ArcKey] = {}
        self.on_event = {e.VehicleMoved: self._moved, e.VehicleRemoved: self._removed}
        self.on_command = {c.PlaceVehicle: self._place}

    def _removed(self, event: e.VehicleRemoved) -> None:
        self._leave(event.vehicle)
        self.nodes.pop(event.vehicle, None)

    def _place(self, command: c.PlaceVehicle) -> None:
        self._leave(command.vehicle)
        self.nodes[command.vehicle] = (command.node, command.step)

    def _leave(self, vehicle: str) -> None:
        left = self.came_by.pop(vehicle, None)
        if left is not None and self.standing.get(left) == vehicle:
            del self.standing[left]

    def _moved(self, event: e.VehicleMoved) -> None:
        before, step = self.nodes.get(event.vehicle, ("", -1))
        if event.step <= step:
            return
        self.nodes[event.vehicle] = (event.node, event.step)
        self._leave(event.vehicle)
        if event.step != step + 1 or event.node in self.facts.layout.place_nodes:
            return
        arc = (before, event.node)
        other = self.standing.get(arc)
        if other is not None:
            self.broken("standing", event.vehicle, f"reached {arc[1]}, where {other} still stands")
        self.standing[arc] = event.vehicle
        self.came_by[event.vehicle] = arc


class ChargeChecker(Checker):
    """No vehicle drives on with less charge than its fleet's reserve."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.reserves_wh: dict[str, int] = {}
        self.fleet_reserves_wh = {
            name: fleet.battery_wh * fleet.reserve_ppm // WHOLE_PPM
            for name, fleet in facts.port.fleets.items()
        }
        self.on_event = {
            e.VehicleJoined: self._joined,
            e.VehicleMoved: self._moved,
            e.VehicleRemoved: self._removed,
        }

    def _joined(self, event: e.VehicleJoined) -> None:
        self.reserves_wh[event.vehicle] = self.fleet_reserves_wh.get(event.fleet, 0)

    def _removed(self, event: e.VehicleRemoved) -> None:
        self.reserves_wh.pop(event.vehicle, None)

    def _moved(self, event: e.VehicleMoved) -> None:
        reserve_wh = self.reserves_wh.get(event.vehicle, 0)
        if event.charge_wh < reserve_wh:
            text = f"at {event.node} with {event.charge_wh} Wh, reserve {reserve_wh} Wh"
            self.broken("reserve", event.vehicle, text)
