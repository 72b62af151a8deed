"""Figures for Prometheus, in a registry of their own."""

from collections.abc import Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.live.devices.counts import DeviceCounts
from kouan.live.notes import Stand
from kouan.live.view import Showcase
from kouan.live.world import LiveWorld

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
COMMIT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """What one live port counts; it is the loop's observer for events and commands."""

    def __init__(self) -> None:
        # When a series was made is of no use to anybody, and doubles what is scraped.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        self._events = Counter("kouan_events", "Events handled.", ["kind"], registry=registry)
        self._commands = Counter("kouan_commands", "Commands issued.", ["kind"], registry=registry)
        self._lag = Histogram(
            "kouan_loop_lag_seconds",
            "From when an event was due or posted until it was handled.",
            registry=registry,
            buckets=LAG_BUCKETS_S,
        )
        self._commits = Histogram(
            "kouan_journal_commit_seconds",
            "Duration of a commit of the journal.",
            registry=registry,
            buckets=COMMIT_BUCKETS_S,
        )

        self._sign_ins = Counter(
            "kouan_sign_ins",
            "Attempts to sign in, by how they ended.",
            ["result"],
            registry=registry,
        )
        self._refusals = Counter(
            "kouan_credentials_refused",
            "Requests with a token or session that let nobody in.",
            registry=registry,
        )

    def observe_sign_in(self, result: str) -> None:
        """Count one attempt to sign in."""
        self._sign_ins.labels(result).inc()

    def observe_refusal(self) -> None:
        """Count one request whose token or session was not good."""
        self._refusals.inc()

    def observe_lag(self, lag_s: float) -> None:
        """Count the lag of one event."""
        self._lag.observe(lag_s)

    def observe_commit(self, duration_s: float) -> None:
        """Count one commit."""
        self._commits.observe(duration_s)

    def observe(self, _number: int, event: Event, commands: Sequence[Command]) -> None:
        """Count a decision."""
        self._events.labels(type(event).__name__).inc()
        for command in commands:
            self._commands.labels(type(command).__name__).inc()

    def watch(self, world: LiveWorld, showcase: Showcase) -> None:
        """Read inbox, largest lag and visits whenever somebody asks."""
        registry = self.registry
        depth = Gauge("kouan_inbox_depth", "Events in the inbox.", registry=registry)
        depth.set_function(lambda: world.inbox_depth)
        most = Gauge(
            "kouan_loop_lag_max_seconds", "Largest lag since the start.", registry=registry
        )
        most.set_function(lambda: world.lag.max_s)
        handling = Gauge(
            "kouan_loop_handling_seconds",
            "How long the batch under way has been handled; 0 while the loop waits.",
            registry=registry,
        )
        handling.set_function(world.handling_s)
        visits = Gauge("kouan_visits", "Visits by how it stands.", ["phase"], registry=registry)
        for stand in Stand:
            visits.labels(stand.value).set_function(_Reader(showcase, stand.value))

    def watch_devices(self, counts: DeviceCounts) -> None:
        """Read what came from devices, and what was wrong with it, whenever somebody asks."""
        self.registry.register(_DeviceReader(counts))

    def text(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self.registry)


class _Reader:
    """Reads one phase's number from the newest view."""

    def __init__(self, showcase: Showcase, phase: str) -> None:
        self._showcase = showcase
        self._phase = phase

    def __call__(self) -> float:
        return dict(self._showcase.view.phases).get(self._phase, 0)


class _DeviceReader(Collector):
    """Reads the counts of devices."""

    def __init__(self, counts: DeviceCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """One series for each device and kind of occurrence."""
        family = CounterMetricFamily(
            "kouan_device", "What came from devices, by what it was.", labels=["device", "what"]
        )
        for device, what, times in self._counts.all():
            family.add_metric([device, what], times)
        yield family
