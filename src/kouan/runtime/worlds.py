"""What a loop needs of a world, and what both worlds need of a site.

A world brings events and carries out commands; the simulated one is a heap and a seed, the live one
an inbox. A site is a set of virtual devices, people and authorities; either world may hold some.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event

Observer = Callable[[int, Event, Sequence[Command]], None]
"""Sees each decision (number, event, commands) once it is appended; it changes nothing."""


class Prediction(NamedTuple):
    """When a visit is called, as futures say: P10, P50, P90 in Unix ms; 0 is beyond them all."""

    visit: str
    p10_ms: int
    p50_ms: int
    p90_ms: int


Forecaster = Callable[[bytes], Sequence[Prediction]]
"""Runs an encoded state of the dispatcher ahead; can be sent to another process."""


class Dispatcher(Protocol):
    """Decides: the same state and event always give the same commands."""

    state: Any
    """Plain data; replaced as a whole by a recovery."""

    def handle(self, event: Event) -> list[Command]:
        """Take a fact in and return what is to be done."""


class World(Protocol):
    """Where events come from and commands go."""

    def wait(self) -> Sequence[Event]:
        """Return the next events, stamped with times that never run back.

        A live world blocks until there are some. None at all means that the world has ended: the
        simulated time is over, or the port was told to stop.
        """

    def carry_out(self, command: Command) -> None:
        """Do it, or have it done; what comes of it returns as events.

        A command that was carried out already, as its request number shows, is not done again.
        """


@runtime_checkable
class LastingWorld(Protocol):
    """A world with a memory that a restart has to bring back."""

    def freeze(self) -> bytes:
        """Return the memory, for a snapshot."""

    def thaw(self, memory: bytes) -> None:
        """Take the memory from a snapshot."""

    def replay(self, event: Event, commands: Sequence[Command]) -> None:
        """Fold a journalled decision into the memory, without any effect outside."""

    def carry_out_again(self, command: Command) -> None:
        """Carry out a replayed command of which it is not known whether it was carried out.

        A simulated world, which the replay has rebuilt, does nothing.
        """


class Site(Protocol):
    """Virtual devices, people and authorities: they answer commands with events of later times.

    A site reads no clock. Its answer to a command with a request number it has seen is the same.
    """

    def carry_out(self, command: Command, at_ms: int) -> None:
        """Take a command at this time; commands for others are ignored."""

    def serves(self, visit: str) -> bool:
        """Whether a visit's carrier, devices and people are of this site."""

    def note(self, event: Event) -> None:
        """Hear of an event that came from elsewhere: an order placed by hand."""

    def next_at_ms(self) -> int | None:
        """Return the time of the next event, or None when none is coming."""

    def pop(self, at_ms: int) -> list[Event]:
        """Take out the events due up to this time, in order, each with its own ``at_ms``."""

    def freeze(self) -> bytes:
        """Return the whole memory."""

    def thaw(self, memory: bytes) -> None:
        """Take the memory that ``freeze`` returned."""
