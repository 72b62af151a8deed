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
from pathlib import Path
from types import FrameType

from starlette.types import ASGIApp

from kouan.dispatch.commands import Command
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import Event
from kouan.live.access import PSEUDONYMS, forget_address, secret_key, tell_address
from kouan.live.accounts.door import open_door
from kouan.live.calendars import Calendars
from kouan.live.clock import PortClock, begin_clock
from kouan.live.control import fleet_words
from kouan.live.errors import LiveError
from kouan.live.fleetlink import LinkCounts
from kouan.live.fleets import VehicleLink, reach_fleets
from kouan.live.gates.side import GateSide
from kouan.live.http import HttpServer, listen, make_app
from kouan.live.lag import LagMeter
from kouan.live.ledger import PageLedger
from kouan.live.metrics import CONTENT_TYPE, Metrics
from kouan.live.options import LiveOptions, LiveSummary, Ready
from kouan.live.portmap import port_json
from kouan.live.privacy.logs import mask_logs
from kouan.live.privacy.side import PrivacySide
from kouan.live.queue.side import QueueSide
from kouan.live.record import TimedJournal, open_journal
from kouan.live.slips import Slips
from kouan.live.view import Showcase, View, take_view
from kouan.live.world import LiveWorld
from kouan.port.model import Port
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.documents import Documents
from kouan.runtime.errors import JournalError
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import recover
from kouan.runtime.worlds import Site

log = logging.getLogger(__name__)

SiteFactory = Callable[[Port, int, int], Site]
"""Makes the virtual devices of a port from (port, seed, start in Unix ms): always the same ones."""
STUCK_S = 5.0
"""A batch handled for longer than this means that the loop is stuck."""
POLL_S = 0.05
LOOP_PATIENCE_S = 60.0


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
        self.journal, self.clock = self._open(data_dir)
        try:
            header = self.journal.header
            self.queue = self._make_queue()
            self.door = open_door(
                data_dir,
                options.accounts,
                self.metrics,
                self.queue.driver,
                require_sign_in=options.require_sign_in,
            )
            self.fleet = self._make_fleet()
            site = site_factory(port, header.seed, header.start_ms)
            documents = Documents(self.journal, data_dir / "documents")
            self.gates = self._make_gates(site, documents)
            self.world = self._make_world(site)
            self.privacy = self._make_privacy(documents)
            queue = (lambda: self.queue.queue, self.privacy.post)
            self.slips = Slips(port, *queue, self._key(), self.clock.now_ms)
            self.dispatcher = dispatcher = Dispatcher(port)
            self.entries_found = self.journal.last_number
            self.recovered = recover(self.journal, dispatcher, self.world)
            self.checkers = None if self.entries_found else Checkers(port)
            observers = (self.metrics.observe, self._fold, self._check)
            self.loop = Loop(dispatcher, self.world, self.journal, observers)
        except BaseException:
            self.journal.close()
            raise
        self.metrics.watch(self.world, self.showcase)
        self.queue.watch(self.metrics.registry)
        self.gates.be_watched_by(self.metrics)
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
        real = self.options.gates.devices == "real" and bool(self.port.devices)
        return (
            real or bool(self.options.executors) or (vehicles is not None and not vehicles.virtual)
        )

    def _make_fleet(self) -> VehicleLink | None:
        return reach_fleets(self.port, self.folder, self.clock, self.options.vehicles)

    def _make_gates(self, site: Site, documents: Documents) -> GateSide:
        fields = (self.port, self.folder, self.clock, documents, self._key())
        return GateSide(*fields, site.serves, self.door.accounts, self.options.gates)

    def _make_privacy(self, documents: Documents) -> PrivacySide:
        accounts = self.options.accounts or self.folder
        outside = (lambda: self.gates.view, self.world.post_all, self.clock.now_ms)
        return PrivacySide(self.port, accounts, documents, *outside)

    def _key(self) -> bytes:
        return secret_key(self.folder, PSEUDONYMS)

    def _make_queue(self) -> QueueSide:
        plan, simulated = self.options.queue, self.options.simulated
        return QueueSide(self.port, self.folder, self.clock.now_ms, plan, simulated=simulated)

    def _make_world(self, site: Site) -> LiveWorld:
        return LiveWorld(
            site,
            self.clock,
            calendars=Calendars(self.port),
            ledger=self.ledger,
            executors=(
                *self.options.executors,
                *([self.fleet] if self.fleet else []),
                self.gates,
                self.queue,
            ),
            real_devices=self._has_real_devices(),
            lag=LagMeter(self.metrics.observe_lag),
            settled=self._show,
        )

    def _fold(self, _number: int, event: Event, commands: Sequence[Command]) -> None:
        self.ledger.fold(event, commands)
        self.privacy.observe(event)

    def _check(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        if self.checkers is not None:
            self.checkers.observe(number, event, commands)

    def _show(self) -> float | None:
        memory = self.ledger.memory
        self.showcase.show(take_view(memory, self.journal.last_number, self.port))
        self.gates.show(memory.gates, memory.at_ms, memory.mode)
        self.slips.show(self.dispatcher.state)
        return self.queue.show(self.dispatcher.state)

    def _run(self) -> None:
        try:
            self.loop.run()
        except BaseException as error:  # raised again by ``stop``, in the caller's thread
            self.failure = error
            log.error("the loop ended: %s", error)
        finally:
            self.ended = True

    def start(self, url: str = "") -> None:
        """Let the loop run in its thread, once the vehicles can be reached; ``url`` is its own."""
        if self.fleet is not None:
            self.fleet.start(self.world.post_all)
        self._thread.start()
        self.gates.start(self.privacy.post, url)
        self.queue.start()
        self.privacy.start()

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
        """Let go of devices, vehicles and the journal."""
        self.gates.close()
        self.queue.close()
        self.privacy.close()
        if self.fleet is not None:
            self.fleet.close()
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
            "devices": self.gates.trouble or "ok",
            "inbox": self.world.inbox_depth,
            "lag_ms": round(self.world.lag.last_s * 1e3, 1),
            "lag_max_ms": round(self.world.lag.max_s * 1e3, 1),
        }

    def app(self) -> ASGIApp:
        """The application that answers HTTP, with the routes of all parts."""
        options, door, post = self.options, self.door, self.privacy.post
        return make_app(
            port=port_json(self.port, options.lang, simulated=options.simulated),
            view=self.view_json,
            health=self.health,
            metrics=self.metrics.text,
            metrics_type=CONTENT_TYPE,
            parts=(
                fleet_words(self.port, self._view, post),
                *door.parts,
                *self.gates.parts(lambda: self._view().places, post),
                *self.queue.parts(post),
                self.privacy.routes(self._key()),
                self.slips,
            ),
            identify=door.identify,
            hosts=(options.host, *options.hosts),
        )

    def serve(self, bound: socket.socket) -> HttpServer:
        """Answer HTTP on a bound socket."""
        server = HttpServer(self.app(), bound)
        server.start()
        tell_address(self.folder, server.url)
        return server

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
    mask_logs()
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
    url = "" if server is None else server.url
    live.start(url)
    if on_ready is not None:
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
