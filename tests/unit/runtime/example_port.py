"""A small port and a way to write down runs of it by hand, for tests of folds over a journal.

Trucks pass gate, scale, X-ray (yellow and red only), bay (red only) and exit; a desk decides what
devices could not. Two AGVs carry coal from the pit over one road to the shed and come back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Fleet, Port, Side, Sides
from kouan.port.places import Direction, Lane, Node, Place, PlaceKind, Roads, Segment
from kouan.port.procedures import (
    Carrier,
    Check,
    CheckKind,
    Need,
    Procedure,
    Stage,
    Stamp,
    Work,
)
from kouan.port.service import Distribution

MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000
START_MS = 1_772_409_600_000
"""2026-03-02T00:00 in UTC, 08:00 in Shanghai."""
DAY_START_MS = START_MS - 8 * HOUR


def plain(minutes: int) -> Distribution:
    """A fixed time."""
    return Distribution(fixed_ms=minutes * MINUTE)


IMPORT = Procedure(
    Carrier.TRUCK,
    Direction.ENTRY,
    (
        Stage(
            "gate_in",
            "gate",
            checks=(Check(CheckKind.PLATE), Check(CheckKind.DRIVER)),
            on={"unread": "desk", "review": "desk"},
            stamp=Stamp.GATE_IN,
            next="scale",
            barrier=True,
        ),
        Stage("desk", "desk", checks=(Check(CheckKind.DOCUMENTS),), next="scale"),
        Stage(
            "scale",
            "scale",
            checks=(Check(CheckKind.MASS),),
            on={"mismatch": "bay"},
            stamp=Stamp.GROSS_WEIGHED,
        ),
        Stage(
            "xray",
            "xray",
            checks=(Check(CheckKind.IMAGE), Check(CheckKind.SAMPLE, result_after=plain(30))),
            channels=("yellow", "red"),
            stamp=Stamp.XRAY,
        ),
        Stage(
            "bay",
            "bay",
            checks=(Check(CheckKind.INSPECTION),),
            channels=("red",),
            stamp=Stamp.PHYSICAL_INSPECTION,
        ),
        Stage(
            "gate_out",
            "exit",
            needs=(Need.MANIFEST, Need.RESULTS),
            until=(Need.RELEASE,),
            stamp=Stamp.GATE_OUT,
            barrier=True,
        ),
    ),
)
HAUL = Procedure(
    Carrier.AGV,
    Direction.ENTRY,
    (
        Stage("load", "pit", Work.LOAD, stamp=Stamp.LOADED),
        Stage("border", "border", until=(Need.RELEASE,), barrier=True, stamp=Stamp.GATE_IN),
        Stage("unload", "crane", Work.UNLOAD, stack="shed", stamp=Stamp.DISCHARGE),
        Stage("back", "border", direction=Direction.EXIT, barrier=True),
    ),
    round_trip=True,
)
PORT = Port(
    "Example",
    Sides(
        Side("CN", "Asia/Shanghai", "08:00-20:00"),
        Side("MN", "Asia/Ulaanbaatar", "08:00-20:00"),
    ),
    places={
        "gate": Place(PlaceKind.GATE, node="g"),
        "desk": Place(PlaceKind.DESK, node="d", stations=2),
        "scale": Place(PlaceKind.SCALE, node="s", room=1, quota_per_day=3),
        "xray": Place(PlaceKind.XRAY, node="x"),
        "bay": Place(PlaceKind.BAY, node="b", stations=2),
        "exit": Place(PlaceKind.GATE, node="e"),
        "pit": Place(PlaceKind.YARD, node="p"),
        "border": Place(PlaceKind.BORDER_LINE, node="l"),
        "crane": Place(PlaceKind.CRANE, node="c"),
        "shed": Place(PlaceKind.SHED, slots=2),
        "park": Place(PlaceKind.PARKING, node="p", stations=2),
    },
    lanes={
        "in_1": Lane("gate", Direction.ENTRY),
        "in_2": Lane("gate", Direction.ENTRY, classes=("coal",)),
    },
    roads=Roads(
        nodes={name: Node(index * 100_000, 0) for index, name in enumerate("plcgdsxbe")},
        segments={
            "north": Segment("p", "l", 300_000, 5_000, block_mm=100_000),
            "bridge": Segment("l", "c", 200_000, 5_000, single_lane=True, block_mm=100_000),
        },
    ),
    procedures={"import": IMPORT, "haul": HAUL},
    fleets={
        "agv": Fleet(
            "haul",
            count=2,
            parking="park",
            length_mm=14_000,
            payload_kg=70_000,
            speed_loaded_mm_s=5_000,
            speed_empty_mm_s=5_000,
            acceleration_mm_s2=500,
            braking_mm_s2=500,
            battery_wh=100_000,
            reserve_ppm=200_000,
            consumption_loaded_wh_km=2_000,
            consumption_empty_wh_km=1_000,
            charging_w=100_000,
        )
    },
)
Entry = tuple[int, e.Event, tuple[c.Command, ...]]


@dataclass
class Script:
    """A run written by hand: times in minutes from ``START_MS``, requests counted from 1."""

    entries: list[Entry] = field(default_factory=list)
    requests: int = 0

    def add(self, event: e.Event, *commands: c.Command) -> None:
        """One entry."""
        self.entries.append((len(self.entries) + 1, event, commands))

    def request(self) -> int:
        """The next request number."""
        self.requests += 1
        return self.requests

    def play(self, *observers: Callable[[int, e.Event, Sequence[c.Command]], None]) -> None:
        """Show every entry to the observers."""
        for number, event, commands in self.entries:
            for observer in observers:
                observer(number, event, commands)

    # --- pieces of a truck's visit -----------------------------------------------------------

    def open(self, hours: int = 12) -> None:
        """Open every place and lane for the first hours."""
        keys = [f"place:{name}" for name in PORT.places] + [f"lane:{name}" for name in PORT.lanes]
        for key in [*keys, "side:border"]:
            opens, closes = (START_MS,), (START_MS + hours * HOUR,)
            self.add(e.CalendarExtended(START_MS, key, START_MS + DAY, opens, closes))

    def announce(
        self, visit: str, minute: float, *, mass_kg: int = 40_000, manifest_kg: int | None = None
    ) -> None:
        """A truck with manifest and declaration."""
        at_ms = at(minute)
        stated_kg = mass_kg if manifest_kg is None else manifest_kg
        self.add(
            e.VisitAnnounced(
                at_ms, visit, "import", "coal", f"P{visit}", "dr", 18_000, mass_kg, "coal", 0, ""
            )
        )
        self.add(e.ManifestLodged(at_ms, f"m{visit}", visit, f"P{visit}", stated_kg, 0, ""))
        declared = e.DeclarationLodged(at_ms, f"d{visit}", f"m{visit}")
        self.add(declared, c.SubmitDeclaration(self.request(), f"d{visit}", visit, "coal"))

    def channel(self, visit: str, minute: float, channel: str) -> None:
        """Customs choose a channel."""
        self.add(e.ChannelAssigned(at(minute), f"d{visit}", channel, "customs"))

    def release(self, visit: str, minute: float, *commands: c.Command) -> None:
        """Customs release."""
        self.add(e.Released(at(minute), f"d{visit}", "customs"), *commands)

    def start(self, visit: str, stage: str, station: str, attempt: int = 1) -> c.StartService:
        """The command; its end is written by ``ended``."""
        return c.StartService(self.request(), visit, stage, station, attempt)

    def ended(
        self,
        start: c.StartService,
        minute: float,
        evidence: tuple[e.Evidence, ...] = (),
        *commands: c.Command,
    ) -> None:
        """The end of a service."""
        self.add(
            e.ServiceEnded(
                at(minute), start.visit, start.stage, start.station, start.request, evidence
            ),
            *commands,
        )

    def arrived(self, visit: str, place: str, minute: float, *commands: c.Command) -> None:
        """A truck stands at a place."""
        self.add(e.Arrived(at(minute), visit, place), *commands)

    def send(self, visit: str, origin: str, place: str) -> c.SendTo:
        """The command that sends a truck on."""
        return c.SendTo(self.request(), visit, origin, place)

    def barrier(self, station: str, visit: str) -> c.OpenBarrier:
        """The command that opens a barrier."""
        return c.OpenBarrier(self.request(), station, visit, "match")

    def leave(self, visit: str) -> c.LeaveBy:
        """The command that lets a truck out."""
        return c.LeaveBy(self.request(), visit)


def at(minute: float) -> int:
    """Unix milliseconds of a minute of the run."""
    return START_MS + round(minute * MINUTE)


def seen(visit: str) -> tuple[e.Evidence, ...]:
    """What the gate sees when all is well."""
    return (e.Evidence("plate", f"P{visit}"), e.Evidence("driver", "dr"))


def truck(script: Script, visit: str, minute: float, weighed_kg: int = 58_000) -> None:
    """A truck on the green channel, all right: 20 minutes from arrival to leaving.

    Gate 1-3, way to the scale 3-5, scale 5-6, way to the exit 6-8, exit 8-10 and held there until
    the release at 18, gone at 20.
    """
    script.announce(visit, minute)
    script.channel(visit, minute, "green")
    gate = script.start(visit, "gate_in", "in_1")
    script.arrived(visit, "gate", minute + 1, gate)
    to_scale = script.send(visit, "gate", "scale")
    script.ended(gate, minute + 3, seen(visit), script.barrier("in_1", visit), to_scale)
    scale = script.start(visit, "scale", "scale.1")
    script.arrived(visit, "scale", minute + 5, scale)
    weighed = (e.Evidence("mass", amount=weighed_kg),)
    script.ended(scale, minute + 6, weighed, script.send(visit, "scale", "exit"))
    gate_out = script.start(visit, "gate_out", "exit.1")
    script.arrived(visit, "exit", minute + 8, gate_out)
    report = c.ReportArrival(script.request(), f"d{visit}", visit, "none")
    script.ended(gate_out, minute + 10, (), report)
    script.release(visit, minute + 18, script.barrier("exit.1", visit), script.leave(visit))
    script.add(e.LeftPort(at(minute + 20), visit))


def join(script: Script, vehicle: str, minute: float = 0, charge_wh: int = 90_000) -> None:
    """A vehicle reports for work at the parking place."""
    script.add(e.VehicleJoined(at(minute), vehicle, "agv", charge_wh))


def place_order(script: Script, order: str, minute: float) -> None:
    """A transport order of 65 t with its papers."""
    at_ms = at(minute)
    script.add(e.TransportOrderPlaced(at_ms, order, "agv", "coal", 65_000, "coal", 2, "s"))
    script.add(e.ManifestLodged(at_ms, f"m{order}", order, "", 65_000, 2, "s"))
    lodged = e.DeclarationLodged(at_ms, f"d{order}", f"m{order}")
    script.add(lodged, c.SubmitDeclaration(script.request(), f"d{order}", order, "coal"))
    script.channel(order, minute, "green")


def drive(script: Script, vehicle: str, order: str, step: int, base: tuple[str, ...]) -> c.DriveTo:
    """The command that grants a vehicle nodes."""
    return c.DriveTo(script.request(), vehicle, order, step, base, (), "order" if order else "")


def moved(
    script: Script, given: c.DriveTo, minute: float, *commands: c.Command, charge_wh: int = 80_000
) -> None:
    """A vehicle passes the nodes of a grant, one a minute; the commands come at the last one."""
    for index, node in enumerate(given.base):
        last = index == len(given.base) - 1
        event = e.VehicleMoved(
            at(minute + index), given.vehicle, node, given.step + index, charge_wh - index
        )
        script.add(event, *(commands if last else ()))


def trip(script: Script, vehicle: str, order: str, minute: float, step: int = 1) -> None:
    """An AGV's order from placing to parking: 24 minutes.

    Load 1-5, drive 5-8, border 8-9 and held there until the release at 12, drive 12-14, unload
    14-18, drive 18-20, border 20-21, drive 21-24 to parking.
    """
    place_order(script, order, minute)
    load = script.start(order, "load", "pit.1")
    script.add(e.Woke(at(minute + 1), "orders"), load)
    laden = c.LoadVehicle(script.request(), vehicle, 65_000)
    north = drive(script, vehicle, order, step, ("north.1", "north.2", "l"))
    script.ended(load, minute + 5, (), laden, north)
    border = script.start(order, "border", "border.1")
    moved(script, north, minute + 6, border)
    report = c.ReportArrival(script.request(), f"d{order}", order, "none")
    script.ended(border, minute + 9, (), report)
    bridge = drive(script, vehicle, order, step + 3, ("bridge.1", "c"))
    script.release(order, minute + 12, script.barrier("border.1", order), bridge)
    unload = script.start(order, "unload", "crane.1")
    moved(script, bridge, minute + 13, unload)
    empty = c.LoadVehicle(script.request(), vehicle, 0)
    home = drive(script, vehicle, order, step + 5, ("bridge.1", "l"))
    script.ended(unload, minute + 18, (), empty, home)
    back = script.start(order, "back", "border.1")
    moved(script, home, minute + 19, back)
    park = drive(script, vehicle, "", step + 7, ("north.2", "north.1", "p"))
    script.ended(back, minute + 21, (), script.barrier("border.1", order), park)
    moved(script, park, minute + 22)
