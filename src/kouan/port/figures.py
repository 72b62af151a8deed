"""Figures that must agree with each other: shares of a mix, room for a fleet, what it carries."""

from collections.abc import Iterator

from kouan.port.model import Demand, Fleet, Payload, Port
from kouan.port.problems import Finding, error, warning
from kouan.port.procedures import Check, Need, Stage, Work
from kouan.port.quantity import WHOLE_PPM

MOST_BLOCKS = 10_000


def check_figures(port: Port) -> Iterator[Finding]:
    """Find figures that contradict each other; names that lead nowhere are passed over."""
    for name, demand in port.demand.items():
        yield from _demand(port, f"demand.{name}", demand)
    for name, fleet in port.fleets.items():
        yield from _fleet(f"fleets.{name}", fleet)
    yield from _parking(port)
    yield from _segments(port)
    for name, procedure in port.procedures.items():
        for stage in procedure.stages:
            key = f"procedures.{name}.stages.{stage.id}"
            for number, check in enumerate(stage.checks):
                yield from _check(f"{key}.checks.{number}", check)
            yield from _customs(port, key, stage)


def _demand(port: Port, key: str, demand: Demand) -> Iterator[Finding]:
    mixes = {"channels": list(demand.channels.values())}
    if demand.payload:
        mixes["payload"] = [load.share_ppm for load in demand.payload]
    for name, shares in mixes.items():
        if sum(shares) != WHOLE_PPM:
            yield error(f"{key}.{name}", f"{percent(sum(shares))} in all", "100 % in all")
    fleet = port.fleets.get(demand.fleet)
    for number, load in enumerate(demand.payload):
        if fleet and fleet.payload_kg and load.mass_kg > fleet.payload_kg:
            expected = f"at most {fleet.payload_kg} kg, the payload of fleets.{demand.fleet}"
            yield error(f"{key}.payload.{number}.mass", f"{load.mass_kg} kg", expected)
        yield from _slots(port, f"{key}.payload.{number}.containers", demand, load)


def _slots(port: Port, key: str, demand: Demand, load: Payload) -> Iterator[Finding]:
    """A load that has more containers than its stack has slots would wait for ever."""
    fleet = port.fleets.get(demand.fleet)
    procedure = port.procedures.get(fleet.procedure if fleet else demand.procedure)
    filled = [
        stage.stack
        for each in port.procedures.values()
        for stage in each.stages
        if stage.work is Work.UNLOAD
    ]
    used = [
        stage.stack
        for stage in (procedure.stages if procedure else ())
        if stage.work in (Work.LOAD, Work.UNLOAD) and stage.stack in filled
    ]
    for stack in dict.fromkeys(used):
        slots = port.places[stack].slots if stack in port.places else 0
        if 0 < slots < load.containers:
            yield error(key, load.containers, f"at most {slots}, the slots of places.{stack}")
            return


def _fleet(key: str, fleet: Fleet) -> Iterator[Finding]:
    above_zero = {
        "speed_loaded": fleet.speed_loaded_mm_s,
        "speed_empty": fleet.speed_empty_mm_s,
        "acceleration": fleet.acceleration_mm_s2,
        "braking": fleet.braking_mm_s2,
        "length": fleet.length_mm,
        "width": fleet.width_mm,
        "payload": fleet.payload_kg,
        "battery": fleet.battery_wh,
    }
    for name, figure in above_zero.items():
        if figure == 0:
            yield error(f"{key}.{name}", figure, "more than 0")
    if not fleet.charger and (fleet.consumption_loaded_wh_km or fleet.consumption_empty_wh_km):
        yield error(f"{key}.charger", "", "a charger: these vehicles use energy")
    if fleet.charger and fleet.charging_w == 0:
        yield error(f"{key}.charging", fleet.charging_w, "more than 0, to charge at all")


def _parking(port: Port) -> Iterator[Finding]:
    """A parking place has room for the vehicles of all fleets that use it."""
    vehicles: dict[str, int] = {}
    for fleet in port.fleets.values():
        vehicles[fleet.parking] = vehicles.get(fleet.parking, 0) + fleet.count
    for name, count in vehicles.items():
        place = port.places.get(name)
        room = count if place is None else place.stations + (place.room or 0)
        if place is not None and room < count:
            key = "stations" if place.room is None else "room"
            expected = f"at least {count} with its stations: its fleets' vehicles"
            yield error(f"places.{name}.{key}", room, expected)


def _segments(port: Port) -> Iterator[Finding]:
    taken: dict[tuple[str, str], str] = {}
    for name, segment in port.roads.segments.items():
        key = f"roads.segments.{name}"
        if segment.start == segment.end:
            yield error(f"{key}.end", segment.end, "another node than its start")
        blocks = segment.length_mm // segment.block_mm if segment.block_mm else 1
        if blocks > MOST_BLOCKS:
            expected = f"longer blocks: this makes {blocks}, at most {MOST_BLOCKS}"
            yield error(f"{key}.block", f"{segment.block_mm} mm", expected)
        ways = [(segment.start, segment.end)]
        ways += [] if segment.one_way else [(segment.end, segment.start)]
        for way in ways if blocks <= 1 else ():
            if way in taken:
                expected = f"another way than {taken[way]}, or a node between, to tell them apart"
                yield error(key, f"{way[0]} to {way[1]}", expected)
                break
            taken[way] = name


def _check(key: str, check: Check) -> Iterator[Finding]:
    both = check.unread_ppm + check.wrong_ppm
    if both > WHOLE_PPM:
        yield error(f"{key}.wrong", percent(check.wrong_ppm), "at most 100 % with unread")


def _customs(port: Port, key: str, stage: Stage) -> Iterator[Finding]:
    """A simulation needs someone to answer; live, the real customs do."""
    if "customs" in port.authorities:
        return
    for use, needs in (("needs", stage.needs), ("until", stage.until)):
        if Need.CHANNEL in needs or Need.RELEASE in needs:
            expected = "authorities.customs, without which no simulation gets an answer"
            yield warning(f"{key}.{use}", "waits for customs", expected)


def percent(share_ppm: int) -> str:
    """Return a share as text, as exact as it is: 12.5 %."""
    return f"{share_ppm / 10_000:.4f}".rstrip("0").rstrip(".") + " %"
