"""A live port from start to stop: recover the journal, run the loop, answer HTTP, end in order.

Three threads: the loop has one, HTTP has one, and the caller's waits for the end (a signal, a
failure of the loop, or the time asked for). Starting is recovering; a first start finds nothing.
"""

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kouan.dispatch.commands import Command
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import Event
from kouan.live.access import forget_address, tell_address
from kouan.live.accounts.door import Door, open_door
from kouan.live.calendars import Calendars
from kouan.live.clock import PortClock, begin_clock
from kouan.live.control import Control
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetPlan, LinkCounts
from kouan.live.fleets import VehicleLink, reach_fleets
from kouan.live.http import HttpServer, listen, make_app
from kouan.live.lag import LagMeter
from kouan.live.ledger import PageLedger
from kouan.live.metrics import CONTENT_TYPE, Metrics
from kouan.live.portmap import port_json
from kouan.live.record import TimedJournal, open_journal
from kouan.live.view import Showcase, View, take_view
from kouan.live.world import Executor, LiveWorld
from kouan.port.model import Port
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.errors import JournalError
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import Recovered, recover
from kouan.runtime.worlds import Site

log = logging.getLogger(__name__)

SiteFactory = Callable[[Port, int, int], Site]
"""Makes the virtual devices of a port from (port, seed, start in Unix ms): always the same ones."""
STUCK_S = 5.0
"""A batch handled for longer than this means that the loop is stuck."""
POLL_S = 0.05
LOOP_PATIENCE_S = 60.0


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


class LivePort:
    """One port, opened and recovered, ready to run; close it in the end."""

    def __init__(
        self, port: Port, data_dir: Path, site_factory: SiteFactory, options: LiveOptions
    ) -> None:
        """Open or make the journal in a folder and bring everything to where it ends.

        Raises LiveError or JournalError, each saying what to do.
        """
        self.port = port
        self.folder = data_dir
        self.options = options
        self.failure: BaseException | None = None
        self.ended = False
        self.metrics = Metrics()
        self.showcase = Showcase()
        self.ledger = PageLedger(port)
        self.door: Door | None = None
        self.journal, self.clock = self._open(data_dir)
        try:
            header = self.journal.header
            self.fleet = self._make_fleet()
            self.world = self._make_world(site_factory(port, header.seed, header.start_ms))
            dispatcher = Dispatcher(port)
            self.entries_found = self.journal.last_number
            self.recovered = recover(self.journal, dispatcher, self.world)
            self.checkers = None if self.entries_found else Checkers(port)
            observers = (self.metrics.observe, self._fold, self._check)
            self.loop = Loop(dispatcher, self.world, self.journal, observers)
        except BaseException:
            self.journal.close()
            raise
        self.metrics.watch(self.world, self.showcase)
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)

    def _open(self, data_dir: Path) -> tuple[TimedJournal, PortClock]:
        options = self.options
        real_devices = self._has_real_devices()

        def begin(last_ms: int | None) -> PortClock:
            return begin_clock(
                start_ms=options.start_ms,
                time_scale=options.time_scale,
                last_ms=last_ms,
                real_devices=real_devices,
            )

        journal, clock = open_journal(options.journal or data_dir, self.port, options.seed, begin)
        journal.observe_commit = self.metrics.observe_commit
        return journal, clock

    def _has_real_devices(self) -> bool:
        vehicles = self.options.vehicles
        return bool(self.options.executors) or (vehicles is not None and not vehicles.virtual)

    def _make_fleet(self) -> VehicleLink | None:
        return reach_fleets(self.port, self.folder, self.clock, self.options.vehicles)

    def _make_world(self, site: Site) -> LiveWorld:
        return LiveWorld(
            site,
            self.clock,
            calendars=Calendars(self.port),
            ledger=self.ledger,
            executors=(*self.options.executors, *([self.fleet] if self.fleet else [])),
            real_devices=self._has_real_devices(),
            lag=LagMeter(self.metrics.observe_lag),
            settled=self._show,
        )

    def _fold(self, _number: int, event: Event, commands: Sequence[Command]) -> None:
        self.ledger.fold(event, commands)

    def _check(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        if self.checkers is not None:
            self.checkers.observe(number, event, commands)

    def _show(self) -> None:
        self.showcase.show(take_view(self.ledger.memory, self.journal.last_number, self.port))

    def _run(self) -> None:
        try:
            self.loop.run()
        except BaseException as error:  # raised again by ``stop``, in the caller's thread
            self.failure = error
            log.error("the loop ended: %s", error)
        finally:
            self.ended = True

    def start(self) -> None:
        """Let the loop run in its thread, once the vehicles can be reached."""
        if self.fleet is not None:
            self.fleet.start(self.world.post_all)
        self._thread.start()

    def stop(self) -> None:
        """End the loop, with a snapshot; raise what it failed of."""
        self.world.stop()
        if self._thread.is_alive():
            self._thread.join(LOOP_PATIENCE_S)
        if self._thread.is_alive():
            raise LiveError(f"the loop did not end within {LOOP_PATIENCE_S:.0f} s")
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Let go of the vehicles and of the journal."""
        if self.fleet is not None:
            self.fleet.close()
        if self.door is not None:
            self.door.accounts.close()
        if self.failure is None:
            self.journal.close()
            return
        try:
            self.journal.close()
        except JournalError as error:
            log.error("closing the journal: %s", error)

    def view_json(self) -> bytes:
        """The newest view with the port time at this moment, as JSON."""
        lag_ms = round(self.world.lag.last_s * 1e3)
        now_ms, time_scale = self.clock.now_ms(), self.clock.time_scale
        head = f'{{"now_ms":{now_ms},"time_scale":{time_scale},"lag_ms":{lag_ms},"view":'
        return head.encode() + self.showcase.encoded() + b"}"

    def health(self) -> dict[str, object]:
        """How it stands with loop and journal."""
        handling_s = self.world.handling_s()
        status = "ok"
        if self.ended:
            status = "the loop has ended"
        elif handling_s > STUCK_S:
            status = f"the loop is stuck in a batch for {handling_s:.0f} s"
        elif self.fleet is not None and self.fleet.trouble:
            status = self.fleet.trouble
        journal_failed = isinstance(self.failure, JournalError)
        return {
            "status": status,
            "loop": "ended" if self.ended else "handling" if handling_s else "waiting",
            "journal": str(self.failure) if journal_failed else "ok",
            "entries": self.journal.last_number,
            "inbox": self.world.inbox_depth,
            "lag_ms": round(self.world.lag.last_s * 1e3, 1),
            "lag_max_ms": round(self.world.lag.max_s * 1e3, 1),
        }

    def serve(self, bound: socket.socket) -> HttpServer:
        """Answer HTTP on a bound socket."""
        options = self.options
        door = self._open_door()
        app = make_app(
            port=port_json(self.port, options.lang, simulated=options.simulated),
            view=self.view_json,
            health=self.health,
            metrics=self.metrics.text,
            metrics_type=CONTENT_TYPE,
            parts=(Control(self.port, self._view, self.world.post_all), *door.parts),
            identify=door.identify,
            hosts=(options.host, *options.hosts),
        )
        server = HttpServer(app, bound)
        server.start()
        tell_address(self.folder, server.url)
        return server

    def _open_door(self) -> Door:
        asked = self.options
        door = self.door = open_door(
            self.folder, asked.accounts, self.metrics, require_sign_in=asked.require_sign_in
        )
        return door

    def _view(self) -> View:
        return self.showcase.view

    def summary(self, seconds: float) -> LiveSummary:
        """What the run came to."""
        total, lag = self.ledger.memory.total, self.world.lag
        counts = self.fleet.counts if self.fleet else LinkCounts()
        return LiveSummary(
            self.journal.last_number,
            self.journal.last_number - self.entries_found,
            total.finished,
            total.turned_back,
            len(self.ledger.memory.visits),
            total.crossings,
            total.trips,
            total.mass_kg,
            round(lag.quantile_s(0.5) * 1e3, 2),
            round(lag.quantile_s(0.99) * 1e3, 2),
            round(lag.max_s * 1e3, 2),
            None if self.checkers is None else self.checkers.violations.total,
            counts.published,
            counts.received,
            counts.lost,
            self.journal.chain_hex,
            self.ledger.memory.at_ms,
            seconds,
        )


def run_live(
    port: Port,
    data_dir: Path,
    site_factory: SiteFactory,
    options: LiveOptions | None = None,
    on_ready: Callable[[Ready], None] | None = None,
) -> LiveSummary:
    """Run a port live until SIGINT, SIGTERM or ``options.seconds`` of wall time; tell the outcome.

    The journal in ``data_dir`` is made or gone on with. Raises LiveError or JournalError (a full
    disk among them), each with a text for people; what was journalled is kept in any case.
    """
    options = options or LiveOptions()
    with _signals() as asked_to_stop, ExitStack() as stack:
        # An address that is taken must not leave a begun data folder behind.
        bound = None if options.http_port is None else listen(options.host, options.http_port)
        if bound is not None:
            stack.callback(bound.close)
        live = LivePort(port, data_dir, site_factory, options)
        stack.callback(live.close)
        server = None
        if bound is not None:
            server = live.serve(bound)
            stack.callback(server.close)
            stack.callback(forget_address, data_dir)
        return _run(live, server, asked_to_stop, on_ready)


def _run(
    live: LivePort,
    server: HttpServer | None,
    asked_to_stop: Callable[[], bool],
    on_ready: Callable[[Ready], None] | None,
) -> LiveSummary:
    began = time.monotonic()
    live.start()
    if on_ready is not None:
        url = "" if server is None else server.url
        on_ready(Ready(url, live.recovered, live.entries_found, live.clock.now_ms()))
    seconds = live.options.seconds
    while not live.ended and not asked_to_stop():
        left_s = POLL_S if seconds is None else began + seconds - time.monotonic()
        if left_s <= 0:
            break
        time.sleep(min(POLL_S, left_s))
    live.stop()
    return live.summary(time.monotonic() - began)


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Turn SIGINT and SIGTERM into a wish to stop; outside the main thread nothing is caught."""
    caught: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(caught)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
