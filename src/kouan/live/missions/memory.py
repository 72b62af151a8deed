"""What a mission driver knows of its vehicle: plain data, kept in a snapshot and put back."""

from dataclasses import dataclass, field

from kouan.live.missions.messages import NO_STEP, Mission, Stop
from kouan.port.model import Fleet

BACK_OFF_MS = (1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000)
"""Waits after each sending of the same mission; after the last one it is given up."""
ASK_EVERY_MS = 10_000
"""How long an open mission may be without a status before it is asked for."""
STALE_MS = 35_000
"""Silence of a vehicle after which the dispatcher is told."""
RESET_MS = 60_000
"""A report so much older than the newest shows a clock that was set back, not a late report."""
MOST_REQUESTS = 256
MOST_FAILURES = 3
"""After so many missions that ended early, with no node passed in between, a person has to look."""


@dataclass(frozen=True, slots=True)
class MissionSpec:
    """A vehicle of a fleet, and where it stands at first."""

    vehicle: str
    fleet: str
    home: str
    """The road map's node of its parking place."""
    battery_wh: int
    speed_empty_mm_s: int
    speed_loaded_mm_s: int
    stale_ms: int = STALE_MS


def spec_of(vehicle: str, fleet_id: str, fleet: Fleet, home: str) -> MissionSpec:
    """The spec of a vehicle of a port's fleet."""
    return MissionSpec(
        vehicle, fleet_id, home, fleet.battery_wh, fleet.speed_empty_mm_s, fleet.speed_loaded_mm_s
    )


@dataclass(slots=True)
class Open:
    """The mission that the manager has, or is to get."""

    message: Mission
    """The newest revision."""
    permitted: int
    """Step up to which it may be driven."""
    unwanted: bool = False
    """Whether it is to be cancelled."""
    known: bool = False
    """Whether a status ever named it."""
    acknowledged: int = 0
    """The highest revision that a status named."""
    sends: int = 0
    due_ms: int = 0
    """When it is sent again, or asked for once acknowledged."""


@dataclass(slots=True)
class MissionMemory:
    """All of it."""

    node: str = ""
    step: int = NO_STEP
    """The node passed last, as far as is certain."""
    route: list[Stop] = field(default_factory=list)
    """What was permitted beyond it, in order."""
    horizon: tuple[Stop, ...] = ()
    action: str = ""
    """What is done at the end of the route; "" while more of the way is to come."""
    order: str = ""
    drive_request: int = 0
    """Number of the newest grant; older ones say nothing new of the horizon."""
    placed_request: int = 0
    """Grants from before the vehicle was placed mean nothing any more."""
    mission: Open | None = None
    count: int = 0
    load_kg: int = 0
    slow: dict[str, int] = field(default_factory=dict)
    """Shares of the ordinary speed (ppm) by road."""
    hold: bool = False
    released: bool = False
    """Whether a person has the vehicle."""
    charging: str = ""
    """"", "on" or "ending"."""
    joined: bool = False
    unheard: bool = False
    """Whether the dispatcher was told that nothing is heard of the vehicle."""
    heard_ms: int = NO_STEP
    reported_ms: int = NO_STEP
    """When the newest report was sent, by the manager's clock."""
    charge_ppm: int = 0
    condition: str = ""
    """Why the vehicle can't go on, as its manager reports; "" is that it can."""
    gave_up: str = ""
    """What is no longer tried until a person lets it, or the vehicle has recovered."""
    no_answer: bool = False
    """Whether ``gave_up`` is for want of an answer: any answer ends it."""
    failures: int = 0
    stopped: str = ""
    """Why the vehicle can't go on, as last said to the dispatcher."""
    requests: dict[int, bool] = field(default_factory=dict)
    """Numbers of commands that were carried out, the newest of them."""

    @property
    def end_step(self) -> int:
        """The step up to which the vehicle may drive."""
        return self.route[-1].step if self.route else self.step
