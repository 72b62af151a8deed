"""Every name that one part of a port uses for another exists, once, and is what it should be."""

from collections.abc import Iterable, Iterator

from kouan.port.model import BasisKind, Fleet, Port
from kouan.port.places import Lane, Place, PlaceKind, SideName
from kouan.port.problems import Finding, error, known_name
from kouan.port.procedures import RESULTS, TURN_BACK, Carrier, Procedure, Stage

CHANNELS = ("green", "yellow", "red")
"""Risk channels that customs may assign."""


def check_references(port: Port) -> Iterator[Finding]:
    """Find names that lead nowhere, stand for two things, or for a thing of another kind."""
    for name, place in port.places.items():
        yield from _place(port, f"places.{name}", place)
    for name, lane in port.lanes.items():
        yield from _lane(port, f"lanes.{name}", name, lane)
    for name in port.crews:
        yield from _crew(port, name)
    for name, segment in port.roads.segments.items():
        key = f"roads.segments.{name}"
        yield from _known(f"{key}.start", segment.start, port.roads.nodes, "a node of roads.nodes")
        yield from _known(f"{key}.end", segment.end, port.roads.nodes, "a node of roads.nodes")
    for name, procedure in port.procedures.items():
        yield from _procedure(port, f"procedures.{name}", procedure)
    for name, fleet in port.fleets.items():
        yield from _fleet(port, f"fleets.{name}", fleet)
    yield from _demand(port)
    yield from _classes(port, "booking.priority", port.booking.priority)
    yield from _modes_and_weather(port)
    yield from _sources(port)


def classes_of(port: Port) -> tuple[str, ...]:
    """Return the visit classes that the port's demand declares, in order, each once."""
    return tuple(dict.fromkeys(d.visit_class or name for name, d in port.demand.items()))


def _known(key: str, name: str, known: Iterable[str], what: str) -> Iterator[Finding]:
    if name not in known:
        yield error(key, name, known_name(name, known, what))


def _classes(port: Port, key: str, names: Iterable[str]) -> Iterator[Finding]:
    """Without any demand a port's classes are not known, and none is wrong."""
    known = classes_of(port)
    for name in names if known else ():
        yield from _known(key, name, known, "a visit class of demand")


def _place(port: Port, key: str, place: Place) -> Iterator[Finding]:
    if place.node:
        yield from _known(f"{key}.node", place.node, port.roads.nodes, "a node of roads.nodes")
    if place.crew:
        yield from _known(f"{key}.crew", place.crew, port.crews, "a crew of crews")
    yield from _classes(port, f"{key}.pattern", place.pattern)
    yield from _classes(port, f"{key}.quota_per_class", place.quota_per_class)


def _lane(port: Port, key: str, name: str, lane: Lane) -> Iterator[Finding]:
    if name in port.places:
        yield error(key, name, "an id that no place has: a lane is called by it as a station is")
    yield from _known(f"{key}.at", lane.at, port.places, "a place of places")
    yield from _classes(port, f"{key}.classes", lane.classes)
    for number, conversion in enumerate(lane.conversions):
        yield from _classes(port, f"{key}.conversions.{number}.classes", conversion.classes)


def _crew(port: Port, name: str) -> Iterator[Finding]:
    """A crew's shifts are in local time, so the places it serves must share one."""
    sides = port.sides
    zones = {
        place_name: sides.neighbour.time_zone
        if place.side is SideName.NEIGHBOUR
        else sides.home.time_zone
        for place_name, place in port.places.items()
        if place.crew == name
    }
    first = next(iter(zones.values()), "")
    for place_name, zone in zones.items():
        if zone != first:
            expected = f"a crew of its own: {name} keeps the time of {first}"
            yield error(f"places.{place_name}.crew", name, expected)


def _procedure(port: Port, key: str, procedure: Procedure) -> Iterator[Finding]:
    if not procedure.stages:
        yield error(f"{key}.stages", [], "at least one stage")
    names = [stage.id for stage in procedure.stages]
    for number, stage in enumerate(procedure.stages):
        stage_key = f"{key}.stages.{stage.id}"
        if stage.id in names[:number] or stage.id == TURN_BACK:
            expected = f"an id that no other stage of {key} has, other than {TURN_BACK}"
            yield error(f"{stage_key}.id", stage.id, expected)
        yield from _stage(port, stage_key, stage, names)
        if procedure.carrier is Carrier.AGV and stage.at in port.places:
            yield from _has_node(port, stage.at)


def _stage(port: Port, key: str, stage: Stage, names: list[str]) -> Iterator[Finding]:
    yield from _known(f"{key}.at", stage.at, port.places, "a place of places")
    if stage.next:
        yield from _known(f"{key}.next", stage.next, names, "a stage of this procedure")
    for result, target in stage.on.items():
        yield from _known(f"{key}.on.{result}", result, RESULTS, "a result")
        yield from _known(f"{key}.on.{result}", target, [*names, TURN_BACK], "a stage")
    for channel in stage.channels:
        yield from _known(f"{key}.channels", channel, CHANNELS, "a channel")
    if stage.stack:
        yield from _known(f"{key}.stack", stage.stack, port.places, "a yard or shed of places")


def _has_node(port: Port, place: str) -> Iterator[Finding]:
    if not port.places[place].node:
        yield error(f"places.{place}.node", "", "a node: driverless vehicles come here")


def _fleet(port: Port, key: str, fleet: Fleet) -> Iterator[Finding]:
    yield from _known(f"{key}.procedure", fleet.procedure, port.procedures, "a procedure")
    if fleet.procedure in port.procedures:
        carrier = port.procedures[fleet.procedure].carrier
        if carrier is not Carrier.AGV:
            yield error(f"procedures.{fleet.procedure}.carrier", carrier, f'"agv", as {key} needs')
    stands = {"parking": (fleet.parking, PlaceKind.PARKING)}
    if fleet.charger:
        stands["charger"] = (fleet.charger, PlaceKind.CHARGER)
    for use, (name, kind) in stands.items():
        yield from _known(f"{key}.{use}", name, port.places, f"a {kind} of places")
        if name in port.places:
            yield from _has_node(port, name)
            if port.places[name].kind is not kind:
                yield error(f"places.{name}.kind", port.places[name].kind, f'"{kind}"')


def _demand(port: Port) -> Iterator[Finding]:
    for name, demand in port.demand.items():
        key = f"demand.{name}"
        if demand.fleet:
            yield from _known(f"{key}.fleet", demand.fleet, port.fleets, "a fleet of fleets")
        else:
            yield from _known(f"{key}.procedure", demand.procedure, port.procedures, "a procedure")
            procedure = port.procedures.get(demand.procedure)
            if procedure is not None and procedure.carrier is Carrier.AGV:
                expected = "a procedure of carriers that people drive; for AGVs name their fleet"
                yield error(f"{key}.procedure", demand.procedure, expected)
        for channel in demand.channels:
            yield from _known(f"{key}.channels.{channel}", channel, CHANNELS, "a channel")


def _modes_and_weather(port: Port) -> Iterator[Finding]:
    for mode_name, mode in port.modes.items():
        yield from _classes(port, f"modes.{mode_name}.classes", mode.classes)
    for name, limit in port.weather.items():
        for place in limit.places:
            yield from _known(f"weather.{name}.places", place, port.places, "a place of places")
        for segment in limit.segments:
            known = port.roads.segments
            yield from _known(f"weather.{name}.segments", segment, known, "a segment of roads")


def _sources(port: Port) -> Iterator[Finding]:
    """An input names its source before the first comma; each unknown one is told once."""
    told: list[str] = []
    for key, basis in port.basis.items():
        source = basis.text.partition(",")[0].strip()
        if basis.kind is BasisKind.INPUT and source not in port.sources and source not in told:
            told.append(source)
            yield error(key, f"input: {source}", known_name(source, port.sources, "a source"))
