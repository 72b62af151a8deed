"""Clocks that need no waiting, and a tiny port run live in memory."""

import random
from pathlib import Path

from kouan.dispatch.commands import Command
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import Event
from kouan.live.calendars import Calendars
from kouan.live.clock import PortClock
from kouan.live.ledger import PageLedger
from kouan.live.world import LiveWorld
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS, HOUR_MS
from kouan.port.read import read_port
from kouan.runtime.header import make_header
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from kouan.runtime.recovery import Recovered, recover
from kouan.sim.site import VirtualSite

TINY = Path(__file__).parents[2] / "ports" / "tiny.toml"
SEED = 7


def tiny_port(*settings: str) -> Port:
    """Return the tiny port, some keys set otherwise."""
    return read_port(TINY, settings)


def morning_ms(port: Port) -> int:
    """Return the Unix ms of five to nine on an ordinary Monday."""
    return start_of_day_ms(port, "2026-10-12") + 9 * HOUR_MS - 300_000


class HandClock(PortClock):
    """A clock set by hand; it jumps to what is waited for, and a random bit further."""

    def __init__(self, start_ms: int, late_ms: int = 0, dice: int = 1) -> None:
        """Be late by up to ``late_ms`` each time something is due."""
        super().__init__(start_ms)
        self.at_ms = start_ms
        self.late_ms = late_ms
        self.dice = random.Random(dice)

    def now_ms(self) -> int:
        """The time it was set to."""
        return self.at_ms

    def seconds_until(self, at_ms: int) -> float:
        """Jump there at once."""
        if at_ms > self.at_ms:
            self.at_ms = at_ms + self.dice.randint(0, self.late_ms)
        return 0.0


class Bench:
    """A port in memory: what a kill would lose is made anew by ``restart``."""

    def __init__(self, port: Port, *, late_ms: int = 0, batch_bound: int = 500) -> None:
        self.port = port
        self.start_ms = morning_ms(port)
        self.clock = HandClock(self.start_ms, late_ms)
        self.batch_bound = batch_bound
        self.journal = MemoryJournal(
            make_header(port, "live", seed=SEED, start_ms=self.start_ms), keep=True
        )
        self.restart()

    def restart(self) -> Recovered:
        """Begin anew with nothing but the journal."""
        self.dispatcher = Dispatcher(self.port)
        self.ledger = PageLedger(self.port)
        self.world = LiveWorld(
            VirtualSite(self.port, SEED, self.start_ms, self.start_ms + 2 * DAY_MS),
            self.clock,
            calendars=Calendars(self.port),
            ledger=self.ledger,
            batch_bound=self.batch_bound,
        )
        recovered = recover(self.journal, self.dispatcher, self.world)
        observers = [lambda _number, event, commands: self.ledger.fold(event, commands)]
        self.loop = Loop(self.dispatcher, self.world, self.journal, observers)
        return recovered

    def run_until(self, at_ms: int) -> None:
        """Take batches until this time."""
        while (self.world._next_due_ms() or at_ms) < at_ms and self.loop.step():
            pass


class EmptySite:
    """A site without virtual devices: everything comes from outside."""

    def serves(self, visit: str) -> bool:
        """Nobody is its own."""
        del visit
        return False

    def note(self, event: Event) -> None:
        """Nobody here has to know."""

    def carry_out(self, command: Command, at_ms: int) -> None:
        """Leave every command to the executors."""

    def next_at_ms(self) -> int | None:
        """Nothing is ever due."""
        return None

    def pop(self, at_ms: int) -> list[Event]:
        """Return no event."""
        del at_ms
        return []

    def freeze(self) -> bytes:
        """No memory."""
        return b""

    def thaw(self, memory: bytes) -> None:
        """No memory."""
