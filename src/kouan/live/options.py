"""How a live port is to run, and what is told of it: once it runs, and in the end."""

from dataclasses import dataclass, field

from kouan.live.fleetlink import FleetPlan
from kouan.live.gates.side import GatePlan
from kouan.live.queue.side import QueuePlan
from kouan.live.world import Executor
from kouan.runtime.recovery import Recovered


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a live port runs; see ``run_live``."""

    seed: int = 0
    seconds: float | None = None
    time_scale: int = 1
    start_ms: int | None = None
    http_port: int | None = 8080
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    lang: str = "en"
    simulated: bool = True
    executors: tuple[Executor, ...] = ()
    """Of real devices: with them port time is the real time."""
    vehicles: FleetPlan | None = None
    """How vehicles or their managers are reached; without it they are virtual ones of the site."""
    gates: GatePlan = field(default_factory=GatePlan)
    """How the devices of gates are reached."""
    queue: QueuePlan = field(default_factory=QueuePlan)
    """How the queue is told of."""
    journal: str | None = None
    """URL of the journal's database; absent is SQLite in the data folder."""
    accounts: str | None = None
    """URL of the accounts' database; absent is SQLite in the data folder."""
    require_sign_in: bool = False
    """Whether the page and the figures are for accounts only."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known once a port runs: where its page is ("" without HTTP), and what was found."""

    url: str
    recovered: Recovered
    entries: int
    """Journal entries found; 0 at a first start."""
    port_ms: int


@dataclass(frozen=True, slots=True)
class LiveSummary:
    """What a live run came to. Counts of visits are since the journal's beginning."""

    entries: int
    """Entries in the journal."""
    fresh: int
    """Of these, those of this run."""
    visits_finished: int
    visits_turned_back: int
    visits_open: int
    crossings: int
    trips: int
    mass_kg: int
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    violations: int | None
    """Broken rules; None where it went on with a journal: `kouan report` looks at all of it."""
    messages_published: int
    messages_received: int
    messages_lost: int
    """Of those with vehicles over MQTT."""
    journal_sha256: str
    port_ms: int
    """Time of the last entry."""
    seconds: float
    """Wall time from ready to stopped."""
