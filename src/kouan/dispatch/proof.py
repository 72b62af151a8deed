"""Proof that no fleet can block itself, from the declared port alone.

A vehicle that stands still stands in a stop (a place's stations, for one direction where it has
lanes) or at the end of a block, and waits for the next block of its way or for its next stop.
``traffic/rings`` finds the ring of such waits that the fewest vehicles can close. Parking places
and chargers cut rings, as nobody ever waits for them; so does the way home, which ends there.

Carriers that people drive take part where they hold a stop that vehicles need and wait for a place
with finite room themselves; there may be any number of them, so their waits take no vehicle.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from kouan.dispatch.plan import Plan, PlannedProcedure
from kouan.port.model import Fleet, Port
from kouan.port.procedures import Carrier
from kouan.traffic.control import name as block_name
from kouan.traffic.control import unit_end
from kouan.traffic.rings import Waits, add_wait, cheapest_ring


@dataclass(frozen=True, slots=True)
class Leg:
    """A way between two stops of a fleet; "" for a stop that nobody waits for."""

    origin: str
    target: str
    nodes: tuple[str, ...]


@dataclass
class Group:
    """Fleets that share a stop or a block, so that they can wait for one another."""

    fleets: list[str] = field(default_factory=list)
    vehicles: int = 0
    legs: list[Leg] = field(default_factory=list)
    spots: dict[str, None] = field(default_factory=dict)


def prove_fleet(port: Port) -> tuple[str, ...]:
    """Return in words what could make vehicles block each other for ever; nothing is a proof."""
    plan = Plan(port)
    problems: list[str] = []
    for group in _groups(plan):
        least, ring = cheapest_ring(*_waits(plan, group))
        if least and least <= group.vehicles:
            fleets = " and ".join(group.fleets)
            problems.append(
                f"fleet {fleets}: {group.vehicles} vehicles can block each other, as {least} are "
                f"enough to close the ring {' -> '.join((*ring, ring[0]))}; shorter blocks "
                "(block), more stations, a separate way back or fewer vehicles open it"
            )
    return tuple(problems)


# --- legs -------------------------------------------------------------------------------------


def _groups(plan: Plan) -> list[Group]:
    """Fleets with their legs, those that share a spot put together."""
    groups: list[Group] = []
    for name, fleet in plan.port.fleets.items():
        legs = list(_legs(plan, fleet))
        merged = Group([name], fleet.count, legs, dict.fromkeys(_spots(legs)))
        for other in [each for each in groups if any(spot in merged.spots for spot in each.spots)]:
            groups.remove(other)
            merged = Group(
                other.fleets + merged.fleets,
                other.vehicles + merged.vehicles,
                other.legs + merged.legs,
                other.spots | merged.spots,
            )
        groups.append(merged)
    return groups


def _spots(legs: list[Leg]) -> Iterator[str]:
    for leg in legs:
        yield from (stop for stop in (leg.origin, leg.target) if stop)
        yield from map(block_name, itertools.pairwise(leg.nodes))


def _legs(plan: Plan, fleet: Fleet) -> Iterator[Leg]:
    """Every way that a vehicle of a fleet may be sent: out, from stage to stage, and home.

    From each stage it may be turned back; a charger is as good a start and end as the parking.
    """
    procedure = plan.procedures[fleet.procedure]
    homes = [fleet.parking, *([fleet.charger] if fleet.charger else [])]
    first = procedure.stages[0].declared.at
    stops = [stop_of(plan, fleet.procedure, index) for index in range(len(procedure.stages))]
    yield from (_leg(plan, home, first, "", stops[0]) for home in homes)
    yield from (_leg(plan, one, other, "", "") for one, other in itertools.permutations(homes, 2))
    for index, stage in enumerate(procedure.stages):
        place = stage.declared.at
        yield from (_leg(plan, place, home, stops[index], "") for home in homes)
        for after in _may_follow(procedure, index):
            target = procedure.stages[after].declared.at
            yield _leg(plan, place, target, stops[index], stops[after])


def _leg(plan: Plan, origin: str, target: str, stop: str, next_stop: str) -> Leg:
    places = plan.port.places
    path = plan.roadmap.path(places[origin].node, places[target].node)
    return Leg(stop, next_stop, path)


def _may_follow(procedure: PlannedProcedure, index: int) -> tuple[int, ...]:
    """Stages that may come after one: by any result, past those that only some channels pass."""
    stage = procedure.stages[index]
    found = {after: None for after in stage.follows.values() if after >= 0}
    after = stage.follows_match
    while after >= 0 and after not in found:
        found[after] = None
        if procedure.stages[after].declared.channels:
            after = procedure.stages[after].follows_match
    return tuple(found)


def stop_of(plan: Plan, procedure: str, index: int) -> str:
    """Name of what a vehicle stands in at a stage: the place's stations, or lanes of a direction.

    Lanes that serve both directions at times are one stop.
    """
    stage = plan.procedures[procedure].stages[index]
    place = plan.places[stage.declared.at]
    turning = any(
        conversion.direction is not lane.direction
        for lane in place.lanes
        for conversion in lane.conversions
    )
    return place.name if turning or not place.lanes else f"{place.name} ({stage.direction})"


# --- waits ------------------------------------------------------------------------------------


def _waits(plan: Plan, group: Group) -> tuple[Waits, Waits]:
    """Who may wait for whom among the vehicles of a group, and among the people they meet."""
    waits: Waits = {}
    people: Waits = {}
    into: dict[str, list[Leg]] = {}
    for leg in group.legs:
        into.setdefault(leg.target, []).append(leg)
    through = _passed_through(plan, group)
    for leg in group.legs:
        for spot, wanted in _waits_of_leg(plan, leg, into):
            vehicles = 1 if spot not in into else _stations(plan, spot, leg, into, through)
            add_wait(waits, spot, wanted, vehicles)
    for stop, legs in into.items():
        for block in dict.fromkeys(b for leg in legs for b in _last_blocks(plan, leg)):
            if stop and block in through:
                add_wait(waits, stop, block, 1)
    for spot, wanted in _waits_of_people(plan, into):
        add_wait(people, spot, wanted, 0)
    return waits, people


def _waits_of_leg(plan: Plan, leg: Leg, into: dict[str, list[Leg]]) -> Iterator[tuple[str, str]]:
    """What a vehicle on a leg may wait for, from its stop and from each block it stands on."""
    spot = leg.origin
    granted, last = 0, len(leg.nodes) - 1
    while granted < last:
        granted = unit_end(plan.roadmap, list(leg.nodes), granted)
        arc = (leg.nodes[granted - 1], leg.nodes[granted])
        block = "" if plan.roadmap.arcs[arc].section else block_name(arc)
        if spot:
            yield from ((spot, wanted) for wanted in (block, _end(leg, granted)) if wanted)
        spot = block
    if leg.origin and leg.target and _room(plan, leg.target) is not None:
        holders = _who_has_room(plan, leg.target, into, leg.origin)
        yield from ((leg.origin, wanted) for wanted in holders)


def _end(leg: Leg, granted: int) -> str:
    return leg.target if granted == len(leg.nodes) - 1 else ""


def _room(plan: Plan, stop: str) -> int | None:
    return plan.places[stop.partition(" ")[0]].declared.room


def _who_has_room(plan: Plan, stop: str, into: dict[str, list[Leg]], origin: str) -> Iterator[str]:
    """Where those may stand who have the room in front of a place, or its stations.

    One who has room and stands beside the one who waits, in the same stop, waits for something
    himself that is told apart.
    """
    place = stop.partition(" ")[0]
    for other, legs in into.items():
        if other.partition(" ")[0] != place:
            continue
        yield other
        for leg in legs:
            yield from ([leg.origin] if leg.origin not in ("", origin) else [])
            yield from _standing_blocks(plan, leg)


def _standing_blocks(plan: Plan, leg: Leg) -> Iterator[str]:
    """Blocks at whose end a vehicle may have to stand: all but the last and those of sections."""
    for arc in itertools.pairwise(leg.nodes[:-1]):
        if not plan.roadmap.arcs[arc].section:
            yield block_name(arc)


def _last_blocks(plan: Plan, leg: Leg) -> list[str]:
    """Blocks of the last part of a leg, which is granted only with the stop."""
    nodes = list(leg.nodes)
    granted, last = 0, len(nodes) - 1
    while granted < last and unit_end(plan.roadmap, nodes, granted) < last:
        granted = unit_end(plan.roadmap, nodes, granted)
    return [block_name(arc) for arc in itertools.pairwise(nodes[granted:])]


def _passed_through(plan: Plan, group: Group) -> dict[str, None]:
    """Blocks at whose end somebody may have to stand who does not stop there."""
    return {block: None for leg in group.legs for block in _standing_blocks(plan, leg)}


def _stations(
    plan: Plan, stop: str, leg: Leg, into: dict[str, list[Leg]], through: dict[str, None]
) -> int:
    """Vehicles that a stop takes to be full of such as wait for ever on this leg.

    One will do where others may wait for that one alone: where the stop can be reserved from a
    block that somebody who goes through stands on, where the leg's target has finite room, or
    where not all stations serve everybody.
    """
    place = plan.places[stop.partition(" ")[0]]
    if any(block in through for way in into[stop] for block in _last_blocks(plan, way)):
        return 1
    if leg.target and _room(plan, leg.target) is not None:
        return 1
    if not place.lanes:
        return max(1, len(place.stations))
    if any(lane.classes or lane.conversions or lane.hours for lane in place.lanes):
        return 1
    direction = stop.partition("(")[2].rstrip(")")
    return max(1, sum(1 for lane in place.lanes if lane.direction.value == direction))


def _waits_of_people(plan: Plan, into: dict[str, list[Leg]]) -> Iterator[tuple[str, str]]:
    """Waits of carriers that people drive, for places with finite room, from stop to stop."""
    for name, procedure in plan.procedures.items():
        if procedure.declared.carrier is Carrier.AGV:
            continue
        for index in range(len(procedure.stages)):
            for after in _may_follow(procedure, index):
                target = stop_of(plan, name, after)
                if _room(plan, target) is None:
                    continue
                stop = stop_of(plan, name, index)
                holders = (target, *_who_has_room(plan, target, into, stop))
                yield from ((stop, wanted) for wanted in holders)
