"""What a simulated site remembers: plain data that can be frozen, copied and run ahead."""

from dataclasses import dataclass, field
from typing import Any

from kouan.sim.heap import Heap
from kouan.traffic.motion import Stretch


@dataclass(slots=True)
class Guest:
    """One visit or order as the simulation knows it: the truth behind what was declared."""

    stream: str
    key: int
    procedure: str
    plate: str
    driver: str
    tare_kg: int
    mass_kg: int
    containers: int
    seal: str
    aboard_kg: int
    vehicle: str = ""
    suspended_ms: int = -1
    inside: bool = False


@dataclass(slots=True)
class Car:
    """A virtual vehicle: where it is, what it may drive, how fast it is, what its battery holds.

    ``nodes`` are granted and not passed, ``step`` is the number of the node passed last. While it
    drives, ``began_ms`` and ``stretch`` say how; ``turn`` tells a plan from those it replaced.
    """

    fleet: str
    node: str
    charge_mwh: int
    step: int = 0
    nodes: list[str] = field(default_factory=list)
    speed: int = 0
    driven_mm: int = 0
    began_ms: int = 0
    stretch: Stretch | None = None
    turn: int = 0
    load_kg: int = 0
    stopped: bool = False
    charging_since_ms: int = -1
    request: int = 0


@dataclass(slots=True)
class Memory:
    """Everything a site remembers."""

    heap: Heap = field(default_factory=Heap)
    guests: dict[str, Guest] = field(default_factory=dict)
    cars: dict[str, Car] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)
    answers: dict[int, tuple[int, str, list[Any]]] = field(default_factory=dict)
    services: dict[str, tuple[int, list[Any]]] = field(default_factory=dict)
    slow: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    occasions: int = 0
    now_ms: int = 0
