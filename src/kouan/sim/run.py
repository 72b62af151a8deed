"""A whole simulation: site, world, dispatcher and loop put together over a journal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kouan.dispatch.commands import Command
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import Event
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.runtime.entry import Recorder
from kouan.runtime.header import Header, make_header
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import Recovered, recover
from kouan.runtime.worlds import Observer
from kouan.sim.faults import Faults
from kouan.sim.site import VirtualSite
from kouan.sim.world import SimulatedWorld

PROGRESS_EVERY = 2_000

Progress = Callable[[int], None]
"""Told the simulated time (Unix ms) now and then."""


@dataclass(frozen=True)
class Scenario:
    """What is simulated: a port under a seed; demand from ``start_ms`` to ``demand_end_ms``.

    ``until_ms`` is where the simulation stops; later than the demand's end, it lets visits end.
    """

    port: Port
    seed: int
    start_ms: int
    demand_end_ms: int
    until_ms: int
    faults: Faults | None = None

    def header(self) -> Header:
        """The header of its journal."""
        return make_header(self.port, "simulated", seed=self.seed, start_ms=self.start_ms)

    def site(self) -> VirtualSite:
        """A new site at the start of the scenario."""
        return VirtualSite(
            self.port,
            self.seed,
            self.start_ms,
            self.demand_end_ms,
            self.until_ms + DAY_MS,
            self.faults,
        )


def days_of(port: Port, seed: int, start_ms: int, days: int) -> Scenario:
    """The scenario of some days from a local midnight, cut off at the end."""
    end_ms = start_ms + days * DAY_MS
    return Scenario(port, seed, start_ms, end_ms, end_ms)


def simulate(
    scenario: Scenario,
    journal: Recorder,
    observers: Sequence[Observer] = (),
    progress: Progress | None = None,
) -> Recovered:
    """Run a scenario to its end, going on where its journal stops; observers see every entry."""
    dispatcher = Dispatcher(scenario.port)
    world = SimulatedWorld(scenario.site(), scenario.until_ms)
    recovered = recover(journal, dispatcher, world)
    if journal.last_number and observers:
        for entry in journal.entries():
            event, commands = entry.decoded_event(), entry.decoded_commands()
            for observer in observers:
                observer(entry.number, event, commands)
    watching = [*observers, _teller(progress)] if progress else observers
    Loop(dispatcher, world, journal, watching).run()
    return recovered


def _teller(progress: Progress) -> Observer:
    def tell(number: int, event: Event, _commands: Sequence[Command]) -> None:
        if number % PROGRESS_EVERY == 0:
            progress(event.at_ms)

    return tell
