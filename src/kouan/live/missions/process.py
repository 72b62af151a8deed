"""The virtual fleet manager started by hand; ``--help`` says how.

Tokens and a broker's password come from the environment, so that they appear in no list of
processes.
"""

import argparse
import logging
import os
import re
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import msgspec

from kouan.live.broker import parse_broker
from kouan.live.clock import PortClock, wall_now_ms
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetPlan, vehicles_of
from kouan.live.missions.crew import ManagerCrew, managers
from kouan.live.missions.messages import MOST_VEHICLES, topic
from kouan.live.missions.messages import Topic as Kind
from kouan.live.missions.serving import Host, HttpManager, MqttManager
from kouan.live.missions.twin import Failure, Trouble, VirtualManager
from kouan.live.virtual.process import first_line
from kouan.live.virtual.spec import VehicleSpec
from kouan.port.problems import PortError
from kouan.port.read import load_port

BROKER_VARIABLE = "KOUAN_BROKER"
TOKEN_VARIABLE = "KOUAN_MANAGER_TOKEN"
HOOK_VARIABLE = "KOUAN_WEBHOOK_TOKEN"
EXIT_MISTAKE = 2
FAILURE = re.compile(r"(?P<vehicle>[^@]+)@(?P<at>\d{1,9})\+(?P<for>\d{1,9})")


def main(arguments: list[str]) -> int:
    """Run managers until SIGINT, SIGTERM or the end of what started them; 2 for a mistake."""
    logging.basicConfig(level=logging.WARNING, format="fleet manager: %(message)s")
    asked = _parser().parse_args(arguments)
    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    try:
        servers = _crew(ended) if asked.crew else [_server(asked)]
        for server in servers:
            server.start()
            where = server.url if isinstance(server, HttpManager) else "MQTT"
            print(f"fleet manager of {server.fleet}: {where}", flush=True)
    except (LiveError, PortError, msgspec.MsgspecError) as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    ended.wait()
    for server in servers:
        server.close()
    return 0


def _crew(ended: threading.Event) -> list[MqttManager]:
    """The managers that a port hands over as a line of JSON; they end when the port closes it."""
    # An interrupt from the terminal is for the port, which ends its managers when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crew = msgspec.json.decode(first_line(sys.stdin.fileno()), type=ManagerCrew)

    def watch() -> None:
        first_line(sys.stdin.fileno())
        ended.set()

    threading.Thread(target=watch, name="input", daemon=True).start()
    return managers(crew)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kouan.live.missions",
        description="A virtual fleet manager that takes missions; docs/fleet-managers.md.",
    )
    parser.add_argument("--crew", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--fleet", default="agv")
    parser.add_argument("--port-file", default="", help="the fleet as this port file declares it")
    parser.add_argument("--vehicle", default="agv-1", help="names, separated by commas")
    parser.add_argument("--node", default="n0", help="node on which they stand")
    parser.add_argument("--at", default="0,0", help="its x and y in metres")
    parser.add_argument("--broker", help=f"URL, for MQTT; or what {BROKER_VARIABLE} says")
    parser.add_argument("--ca-file", default="", help="authorities for mqtts://, a PEM file")
    parser.add_argument(
        "--http", type=int, help=f"port on loopback, for HTTP; its token is in {TOKEN_VARIABLE}"
    )
    parser.add_argument(
        "--webhook", default="", help=f"URL posted to; its token is in {HOOK_VARIABLE}"
    )
    parser.add_argument("--time-scale", type=int, default=1, help="how much faster they live")
    parser.add_argument("--lose", type=float, default=0, help="percent of what it says, lost")
    parser.add_argument("--double", type=float, default=0, help="percent, said twice")
    parser.add_argument("--late", type=float, default=0, help="said late by up to these seconds")
    parser.add_argument("--reject", type=int, default=0, help="so many first missions rejected")
    parser.add_argument(
        "--fail", action="append", default=[], help="VEHICLE@SECONDS+SECONDS, repeatable"
    )
    return parser


def _server(asked: argparse.Namespace) -> HttpManager | MqttManager:
    topic(asked.fleet, Kind.MISSION)
    clock = PortClock(wall_now_ms(), asked.time_scale)
    vehicles = _vehicles(asked)
    trouble = _trouble(asked, [one.serial for one in vehicles], clock.start_ms)
    manager = VirtualManager(asked.fleet, vehicles, trouble)
    host = Host(manager, clock)
    url = asked.broker or os.environ.get(BROKER_VARIABLE, "")
    if asked.http is not None:
        return HttpManager(
            host,
            os.environ.get(TOKEN_VARIABLE, ""),
            port=asked.http,
            hook_url=asked.webhook,
            hook_token=os.environ.get(HOOK_VARIABLE, ""),
        )
    if not url:
        raise LiveError(f"no wire: expected --http PORT, --broker URL or {BROKER_VARIABLE}")
    return MqttManager(host, parse_broker(url, asked.ca_file))


def _vehicles(asked: argparse.Namespace) -> list[VehicleSpec]:
    if asked.port_file:
        port, _ = load_port(Path(asked.port_file))
        if asked.fleet not in port.fleets:
            raise LiveError(f"--fleet {asked.fleet}: expected one of {', '.join(port.fleets)}")
        return vehicles_of(port, FleetPlan(), asked.fleet)
    names = asked.vehicle.split(",")
    if len(names) > MOST_VEHICLES or len(dict.fromkeys(names)) < len(names):
        raise LiveError(f"--vehicle: expected 1 to {MOST_VEHICLES} names, each once")
    try:
        x, y = (float(part) for part in asked.at.split(","))
        first = VehicleSpec("V", node=asked.node, x_mm=round(x * 1e3), y_mm=round(y * 1e3))
    except (ValueError, OverflowError):
        raise LiveError(f"--at {asked.at}: expected X,Y, two numbers") from None
    return [replace(first, serial=name) for name in names]


def _trouble(asked: argparse.Namespace, names: list[str], start_ms: int) -> Trouble:
    for key, most in (("lose", 100.0), ("double", 100.0), ("late", 3_600.0)):
        if not 0 <= getattr(asked, key) <= most:
            raise LiveError(f"--{key} {getattr(asked, key)}: expected 0 to {most:g}")
    return Trouble(
        lost_ppm=round(asked.lose * 10_000),
        doubled_ppm=round(asked.double * 10_000),
        late_ms=round(asked.late * 1_000),
        rejects=max(0, asked.reject),
        failures=[_failure(text, names, start_ms) for text in asked.fail],
    )


def _failure(text: str, names: list[str], start_ms: int) -> Failure:
    found = FAILURE.fullmatch(text)
    if found is None or found["vehicle"] not in names:
        raise LiveError(f"--fail {text}: expected VEHICLE@SECONDS+SECONDS, one of {names}")
    at_ms = start_ms + int(found["at"]) * 1_000
    return Failure(found["vehicle"], at_ms, int(found["for"]) * 1_000)
