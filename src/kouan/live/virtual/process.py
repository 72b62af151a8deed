"""Virtual vehicles in a process of their own, started by hand or by a port.

By hand, ``python -m kouan.live.virtual --help`` says how. A port hands over a ``Crew`` as one line
of JSON on standard input and keeps that open: the vehicles end when it closes, however the port
ends. So no password appears among the arguments of a process.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from kouan.live.broker import BrokerAddress, parse_broker
from kouan.live.child import Child
from kouan.live.clock import PortClock, wall_now_ms
from kouan.live.errors import LiveError
from kouan.live.virtual.faults import PlannedFault, parse_fault
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.wired import WiredVehicle, WireOptions, run_all

MODULE = "kouan.live.virtual"
"""What runs a crew of vehicles unless told otherwise."""
log = logging.getLogger(__name__)

BROKER_VARIABLE = "KOUAN_BROKER"
MOST_VEHICLES = 1_000
EXIT_MISTAKE = 2


@dataclass(frozen=True, slots=True)
class Crew:
    """Vehicles, the broker that they speak to, and how they run."""

    broker: BrokerAddress
    vehicles: list[VehicleSpec]
    time_scale: int = 1
    keep: str = ""
    """Folder in which their memories are kept; "" keeps nothing."""
    faults: list[PlannedFault] = field(default_factory=list)


def wire(crew: Crew) -> list[WiredVehicle]:
    """Make the vehicles of a crew; raises LiveError naming what can't be."""
    serials = [f"{one.manufacturer}/{one.serial}" for one in crew.vehicles]
    twice = sorted({one for one in serials if serials.count(one) > 1})
    if twice or not 0 < len(serials) <= MOST_VEHICLES:
        found = f"{twice[0]} twice" if twice else f"{len(serials)} vehicles"
        raise LiveError(f"virtual vehicles: {found}: expected 1 to {MOST_VEHICLES}, each once")
    known = [one.serial for one in crew.vehicles]
    for planned in crew.faults:
        if planned.serial and planned.serial not in known:
            raise LiveError(f"fault for {planned.serial}: expected one of {', '.join(known)}")
    clock = PortClock(wall_now_ms(), crew.time_scale)
    keep = Path(crew.keep) if crew.keep else None
    return [
        WiredVehicle(
            spec,
            WireOptions(
                crew.broker,
                clock,
                keep,
                [(one.at_ms, one.fault) for one in crew.faults if one.serial in ("", spec.serial)],
            ),
        )
        for spec in crew.vehicles
    ]


async def _run(crew: Crew, *, watch_input: bool) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if watch_input:
            loop.remove_reader(sys.stdin.fileno())
        if not ended.done():
            ended.set_result(None)

    vehicles = wire(crew)
    loop.add_signal_handler(signal.SIGTERM, end)
    if watch_input:
        loop.add_reader(sys.stdin.fileno(), end)
        # An interrupt from the terminal is for the port, which ends its vehicles when it is done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGINT, end)
        print(f"{len(vehicles)} virtual vehicles for {crew.broker}", flush=True)
    await run_all(vehicles, ended)


def main(arguments: list[str]) -> int:
    """Run vehicles until SIGINT, SIGTERM or the end of what started them; 2 for a mistake."""
    logging.basicConfig(level=logging.WARNING, format="virtual: %(message)s")
    asked = _parser().parse_args(arguments)
    try:
        if asked.crew:
            # One line and no more: the end of the rest is what says that the port has ended.
            crew = msgspec.json.decode(first_line(sys.stdin.fileno()), type=Crew)
        else:
            crew = _crew(asked)
        asyncio.run(_run(crew, watch_input=asked.crew))
    except (LiveError, msgspec.MsgspecError) as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    return 0


def first_line(descriptor: int) -> bytes:
    """Read up to the end of the line, and not a byte more."""
    found = bytearray()
    while (sign := os.read(descriptor, 1)) not in (b"", b"\n"):
        found += sign
    return bytes(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kouan.live.virtual", description="Virtual vehicles that speak VDA 5050."
    )
    parser.add_argument("--crew", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--broker", help=f"URL of the broker; without it, what {BROKER_VARIABLE} says"
    )
    parser.add_argument("--ca-file", default="", help="authorities for mqtts://, a PEM file")
    parser.add_argument("--serial", default="V1", help="serial numbers, separated by commas")
    parser.add_argument("--manufacturer", default="Kouan")
    parser.add_argument("--version", default="2.0.0", help="of VDA 5050: 2.0.0, 2.1.0 or 3.0.0")
    parser.add_argument("--node", default="n0", help="node on which they stand")
    parser.add_argument("--at", default="0,0,0", help="its x and y in metres, theta in radians")
    parser.add_argument("--map", default="local", help="its mapId")
    parser.add_argument("--time-scale", type=int, default=1, help="how much faster they live")
    parser.add_argument("--state-every", type=float, default=30.0, help="seconds, at most 30")
    parser.add_argument("--keep", default="", help="folder in which they keep their memories")
    parser.add_argument(
        "--fault", action="append", default=[], help="[SERIAL:]KIND@SECONDS[+SECONDS], repeatable"
    )
    return parser


def _crew(asked: argparse.Namespace) -> Crew:
    url = asked.broker or os.environ.get(BROKER_VARIABLE, "")
    if not url:
        raise LiveError(f"no broker: expected --broker URL, or {BROKER_VARIABLE}")
    try:
        x, y, theta = (float(part) for part in asked.at.split(","))
    except ValueError as error:
        raise LiveError(f"--at {asked.at}: expected X,Y,THETA, three numbers") from error
    first = VehicleSpec(
        "V1",
        manufacturer=asked.manufacturer,
        version=asked.version,
        node=asked.node,
        x_mm=round(x * 1e3),
        y_mm=round(y * 1e3),
        theta_mrad=round(theta * 1e3),
        map_id=asked.map,
        state_every_ms=round(asked.state_every * 1e3),
    )
    return Crew(
        parse_broker(url, asked.ca_file),
        [replace(first, serial=serial) for serial in asked.serial.split(",")],
        asked.time_scale,
        asked.keep,
        [parse_fault(text) for text in asked.fault],
    )


class VirtualProcess(Child):
    """A crew in a child process: it connects as soon as it can and goes offline in order."""

    def __init__(self, crew: object, module: str = MODULE) -> None:
        """Prepare; ``module`` is what runs such a crew."""
        super().__init__(module, "--crew", crew)
