"""Where visits go: stages that follow each other, the ways between their places, and what blocks.

Nothing here knows time; ``capacity`` does.
"""

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush

from kouan.port.devices import DeviceRole
from kouan.port.model import ModeName, Port
from kouan.port.places import Direction, Lane, PlaceKind
from kouan.port.problems import Finding, error, warning
from kouan.port.procedures import BY_PEOPLE, TURN_BACK, Procedure, Stage

ATTEMPTS_BOUND = 100
"""A stage that a visit may come to more often than this bounds nothing."""

Graph = Mapping[str, tuple[str, ...]]


def check_flow(port: Port) -> Iterator[Finding]:
    """Find stages without a station, endless ways, places that can't be reached or that block.

    Every name that the port uses must exist.
    """
    for name, procedure in port.procedures.items():
        for stage in procedure.stages:
            yield from _served(port, name, stage)
            yield from _by_hand(port, name, stage)
        yield from _endless(name, procedure)
    yield from _useless(port)
    yield from _blocking(port)


# --- stages ------------------------------------------------------------------------------------


def follows_match(procedure: Procedure, index: int) -> int | None:
    """Return the index of the stage that follows a match; None ends the procedure."""
    stage = procedure.stages[index]
    if stage.next:
        return index_of(procedure, stage.next)
    return index + 1 if index + 1 < len(procedure.stages) else None


def index_of(procedure: Procedure, name: str) -> int | None:
    """Return a stage's index by its name; None for turn_back."""
    names = [stage.id for stage in procedure.stages]
    return names.index(name) if name in names else None


def successors(procedure: Procedure, index: int) -> tuple[int, ...]:
    """Return every stage that may come next, past those that only some channels pass."""
    stage = procedure.stages[index]
    targets = [follows_match(procedure, index)]
    targets += [index_of(procedure, target) for target in stage.on.values()]
    found: list[int] = []
    while targets:
        target = targets.pop(0)
        if target is None or target in found:
            continue
        found.append(target)
        if procedure.stages[target].channels:
            targets.append(follows_match(procedure, target))
    return tuple(found)


def looped_stations(port: Port) -> tuple[str, ...]:
    """Return the stations whose lanes have an exit loop, which tells when they are empty again."""
    return tuple(
        dict.fromkeys(one.at for one in port.devices.values() if one.role is DeviceRole.EXIT)
    )


def equipped_places(port: Port) -> tuple[str, ...]:
    """Return the places that have devices of their own."""
    places = station_places(port)
    return tuple(dict.fromkeys(places[one.at] for one in port.devices.values()))


def procedure_classes(port: Port, procedure: str) -> tuple[str, ...]:
    """Return the classes of the streams that walk a procedure; empty when there is no stream."""
    walked = {
        name: port.fleets[demand.fleet].procedure if demand.fleet else demand.procedure
        for name, demand in port.demand.items()
    }
    return tuple(
        dict.fromkeys(
            port.demand[name].visit_class or name for name in walked if walked[name] == procedure
        )
    )


def stage_direction(port: Port, procedure: str, stage: Stage) -> Direction:
    """Return the direction of the lanes that a stage takes."""
    return stage.direction or port.procedures[procedure].direction


def lanes_at(port: Port, place: str) -> dict[str, Lane]:
    """Return the lanes of a gate."""
    return {name: lane for name, lane in port.lanes.items() if lane.at == place}


def stations_of(port: Port, place: str) -> tuple[str, ...]:
    """Return a place's stations: its lanes, or the place's name and a number from 1."""
    count = port.places[place].stations
    return tuple(lanes_at(port, place)) or tuple(f"{place}.{one + 1}" for one in range(count))


def station_places(port: Port) -> dict[str, str]:
    """Return the place of every station: lanes as declared, then the others place by place."""
    places = {lane: declared.at for lane, declared in port.lanes.items()}
    return places | {name: place for place in port.places for name in stations_of(port, place)}


def admits(lane: Lane, direction: Direction, visit_class: str) -> bool:
    """True when a lane serves a class in a direction at some time; "" stands for any class."""
    ways = [(lane.direction, lane.classes)]
    ways += [(conversion.direction, conversion.classes) for conversion in lane.conversions]
    return any(
        way is direction and (not classes or not visit_class or visit_class in classes)
        for way, classes in ways
    )


def _served(port: Port, name: str, stage: Stage) -> Iterator[Finding]:
    """Every class that comes to a stage finds a station there."""
    lanes = lanes_at(port, stage.at)
    if not lanes:
        if not port.places[stage.at].stations:
            expected = f"at least 1 station or lane: the stage {name}.{stage.id} is served here"
            yield error(f"places.{stage.at}.stations", 0, expected)
        return
    direction = stage_direction(port, name, stage)
    for visit_class in procedure_classes(port, name) or ("",):
        if not any(admits(lane, direction, visit_class) for lane in lanes.values()):
            who = f' and class "{visit_class}"' if visit_class else ""
            expected = f'a place with a lane for direction "{direction}"{who}'
            yield error(f"procedures.{name}.stages.{stage.id}.at", stage.at, expected)


def _by_hand(port: Port, name: str, stage: Stage) -> Iterator[Finding]:
    """Warn of stages that would turn every visit back in manual mode, when no device counts."""
    manual = port.modes.get(ModeName.MANUAL)
    classes = procedure_classes(port, name) or ("",)
    if manual is None or not any(not manual.classes or each in manual.classes for each in classes):
        return
    devices = [check.check for check in stage.checks if check.check not in BY_PEOPLE]
    at_desk = port.places[stage.at].kind is PlaceKind.DESK
    if devices and not at_desk and stage.on.get("review", TURN_BACK) == TURN_BACK:
        found = f"in mode manual every visit is turned back here ({', '.join(devices)})"
        expected = "a stage where people decide, or modes.manual.classes without this class"
        yield warning(f"procedures.{name}.stages.{stage.id}.on", found, expected)


def _useless(port: Port) -> Iterator[Finding]:
    """Warn of places and lanes that no procedure or fleet ever uses."""
    used: dict[str, list[tuple[Direction, str]]] = {}
    for name, procedure in port.procedures.items():
        for stage in procedure.stages:
            direction = stage_direction(port, name, stage)
            classes = procedure_classes(port, name) or ("",)
            used.setdefault(stage.at, []).extend((direction, each) for each in classes)
            used.setdefault(stage.stack, [])
    for fleet in port.fleets.values():
        used.setdefault(fleet.parking, [])
        used.setdefault(fleet.charger, [])
    for name in port.places:
        if name not in used:
            yield warning(f"places.{name}", "serves nothing", "a stage or fleet that uses it")
    for name, lane in port.lanes.items():
        if not any(admits(lane, *use) for use in used.get(lane.at, [])):
            yield warning(f"lanes.{name}", "serves nothing", f"a stage at {lane.at} that takes it")


def _endless(name: str, procedure: Procedure) -> Iterator[Finding]:
    """Find ways without end: a round of matches, and rounds that no attempts limit."""
    looped = _round_of_matches(procedure)
    if looped:
        expected = "a later stage: following matches, the visit would never end"
        yield error(f"procedures.{name}.stages.{looped.id}.next", looped.next, expected)
    lax = [i for i, stage in enumerate(procedure.stages) if stage.attempts > ATTEMPTS_BOUND]
    graph = {
        str(i): tuple(str(after) for after in successors(procedure, i) if after in lax) for i in lax
    }
    for start in graph:
        if _path(graph, start, start):
            stage = procedure.stages[int(start)]
            expected = f"at most {ATTEMPTS_BOUND}: the stage can come again without end"
            key = f"procedures.{name}.stages.{stage.id}.attempts"
            yield error(key, stage.attempts, expected)


def _round_of_matches(procedure: Procedure) -> Stage | None:
    """Return the stage whose ``next`` closes a round of matches; None when they end."""
    passed: list[int] = []
    index: int | None = 0 if procedure.stages else None
    while index is not None:
        passed.append(index)
        index = follows_match(procedure, index)
        if index in passed:
            return procedure.stages[passed[-1]]
    return None


# --- places ------------------------------------------------------------------------------------


def _blocking(port: Port) -> Iterator[Finding]:
    """Find rounds of stops with finite room, where each may wait for room in the next for ever."""
    graph = _finite_stops(port)
    told: list[str] = []
    for stop in graph:
        way = _path(graph, stop, stop)
        if not way or stop in told:
            continue
        group = [to for to in graph if _path(graph, stop, to) and _path(graph, to, stop)]
        told += group
        if not _too_few_to_block(port, graph, group):
            place = _place_of(stop)
            expected = f"no limit for one of these, which can block each other: {' -> '.join(way)}"
            yield error(f"places.{place}.room", port.places[place].room, expected)


def _finite_stops(port: Port) -> Graph:
    """Which stop with finite room may be wanted next at one."""
    graph: dict[str, dict[str, None]] = {}
    for procedure in port.procedures.values():
        stops = [_stop(port, procedure, stage) for stage in procedure.stages]
        for index, stop in enumerate(stops):
            following = graph.setdefault(stop, {})
            following |= {stops[after]: None for after in successors(procedure, index)}
    finite = [stop for stop in graph if port.places[_place_of(stop)].room is not None]
    return {stop: tuple(to for to in graph[stop] if to in finite) for stop in finite}


def _stop(port: Port, procedure: Procedure, stage: Stage) -> str:
    """What a visit stands in at a stage: a place, or its lanes for one direction.

    A free lane of its direction is a visit's even where the room before the lanes is full.
    """
    lanes = lanes_at(port, stage.at).values()
    turning = any(
        conversion.direction is not lane.direction
        for lane in lanes
        for conversion in lane.conversions
    )
    ways = dict.fromkeys(lane.direction for lane in lanes)
    apart = len(ways) > 1 and not turning
    return f"{stage.at} ({stage.direction or procedure.direction})" if apart else stage.at


def _place_of(stop: str) -> str:
    return stop.partition(" ")[0]


def _too_few_to_block(port: Port, graph: Graph, group: list[str]) -> bool:
    """True when only fleets come here, with fewer vehicles than the smallest round takes."""
    places = [_place_of(stop) for stop in group]
    names = [
        name
        for name, procedure in port.procedures.items()
        if any(stage.at in places for stage in procedure.stages)
    ]
    fleets = [fleet for fleet in port.fleets.values() if fleet.procedure in names]
    driven = [fleet.procedure for fleet in fleets]
    if any(name not in driven for name in names):
        return False
    return sum(fleet.count for fleet in fleets) < _least_to_block(port, graph, group)


def _least_to_block(port: Port, graph: Graph, group: list[str]) -> int:
    """Fewest vehicles that fill all stops of some round."""
    fill = {stop: _capacity(port, stop) for stop in group}
    best: list[int] = []
    for start in group:
        heap = [(fill[start], start)]
        seen: dict[str, None] = {}
        while heap:
            vehicles, stop = heappop(heap)
            if start in graph[stop]:
                best.append(vehicles)
                break
            for after in graph[stop]:
                if after in fill and after not in seen:
                    seen[after] = None
                    heappush(heap, (vehicles + fill[after], after))
    return min(best)


def _capacity(port: Port, stop: str) -> int:
    """Fewest vehicles that fill a stop for one of them: one where lanes differ."""
    name = _place_of(stop)
    place, lanes = port.places[name], lanes_at(port, name).values()
    if not lanes:
        return place.stations + (place.room or 0)
    if any(lane.classes or lane.conversions or lane.hours for lane in lanes):
        return 1
    if stop == name:
        return len(lanes) + (place.room or 0)
    return sum(1 for lane in lanes if f"({lane.direction})" in stop)


def _path(graph: Graph, start: str, target: str) -> tuple[str, ...]:
    """Return the shortest way of at least one step, both ends included; empty if there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: dict[str, None] = {}
    while ways:
        way = ways.pop(0)
        for after in graph.get(way[-1], ()):
            if after == target:
                return (*way, after)
            if after not in seen:
                seen[after] = None
                ways.append((*way, after))
    return ()
