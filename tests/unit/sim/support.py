"""A small port for the tests of the simulation, and what they ask of it again and again."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Demand, Port
from kouan.port.read import load_port
from kouan.sim.demand import DemandSource
from kouan.sim.memory import Memory
from kouan.sim.site import VirtualSite

MANDULA = Path(__file__).parents[3] / "ports" / "mandula.toml"
MINUTE = 60_000
HOUR = 3_600_000
DAY = 24 * HOUR


@cache
def mandula() -> Port:
    """The shipped port."""
    return load_port(MANDULA)[0]


START_MS = start_of_day_ms(mandula(), "2026-10-12")


def port_with(**demand: Demand) -> Port:
    """The port with other streams."""
    return replace(mandula(), demand=demand)


def quiet_site(faults: Any = None, port: Port | None = None) -> VirtualSite:
    """A site to which nobody comes; calendars and joining vehicles are taken off its heap."""
    site = VirtualSite(port or port_with(), 1, START_MS, START_MS + DAY, faults=faults)
    while site.pop(START_MS):
        pass
    return site


def announced(demand: Demand, days: int = 1, seed: int = 1, stream: str = "some") -> list[Any]:
    """What a stream puts on the heap: (time, kind, fields), in order."""
    to_ms = START_MS + days * DAY
    source = DemandSource(port_with(**{stream: demand}), seed, START_MS, to_ms)
    memory = Memory()
    source.start(memory)
    found = []
    while memory.heap.items:
        at_ms, _, kind, fields = memory.heap.pop()
        if kind == "@day":
            source.day(memory, *fields)
        elif kind == "@next":
            source.next(memory, fields[0], fields[1], at_ms)
        else:
            found.append((at_ms, kind, fields))
    return found


def times_of(found: list[Any], kind: str) -> list[int]:
    """Times of one kind of event, in ms after the start."""
    return [at_ms - START_MS for at_ms, name, _ in found if name == kind]
