"""A toy port for the runtime's tests: few events, a small state, and worlds of both kinds."""

import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from kouan.dispatch.commands import Command, OpenBarrier, RaiseAlarm, StartService, WakeAt
from kouan.dispatch.events import Arrived, Evidence, LeftPort, ServiceEnded, Woke
from kouan.dispatch.events import Event as AnyEvent
from kouan.port.model import Port, Side, Sides
from kouan.runtime.entry import Recorder
from kouan.runtime.header import Header, WorldName, make_header

START_MS = 1_764_547_200_000
PORT = Port(
    "Toy",
    Sides(Side("CN", "Asia/Shanghai", "08:00-20:00"), Side("MN", "Asia/Ulaanbaatar", "24h")),
    name_zh="口岸",
)


def toy_header(world: WorldName = "simulated", seed: int = 1) -> Header:
    """Return the header of a toy journal."""
    return make_header(PORT, world, seed=seed, start_ms=START_MS)


def fill(journal: Recorder, entries: int) -> None:
    """Append what the toy dispatcher decides on the toy events, and commit."""
    dispatcher = ToyDispatcher()
    for step in range(entries):
        journal.append(event_at(step), dispatcher.handle(event_at(step)))
    journal.commit()


def event_at(step: int) -> AnyEvent:
    """Return the toy port's event of this step, three kinds in turn."""
    at_ms, visit = START_MS + 1_000 * step, f"truck-{step // 3:06}"
    if step % 3 == 0:
        return Arrived(at_ms, visit, "scale")
    if step % 3 == 1:
        found = (Evidence("mass", "", 68_000), Evidence("plate", "蒙L12345"))
        return ServiceEnded(at_ms, visit, "weigh", "scale.1", step, found)
    return LeftPort(at_ms, visit)


@dataclass
class ToyState:
    """What the toy dispatcher remembers."""

    handled: int = 0
    here: dict[str, int] = field(default_factory=dict)
    last: tuple[str, int] = ("", 0)


class ToyDispatcher:
    """Serves what arrives, opens for what was served; ``odd`` makes another version of it."""

    def __init__(self, _port: Port = PORT, *, odd: int = 0) -> None:
        self.state = ToyState()
        self.odd = odd

    def handle(self, event: AnyEvent) -> list[Command]:
        """Decide by a state that every event before has shaped."""
        state = self.state
        state.handled += 1
        state.last = (type(event).__name__, event.at_ms)
        request = state.handled
        if isinstance(event, Arrived):
            state.here[event.visit] = request
            attempt = 2 if state.handled == self.odd else 1
            return [StartService(request, event.visit, "weigh", "scale.1", attempt)]
        if isinstance(event, ServiceEnded):
            since = str(request - state.here.get(event.visit, 0))
            return [
                OpenBarrier(request, event.station, event.visit, since),
                WakeAt(event.at_ms + 500, event.visit),
            ]
        if isinstance(event, LeftPort):
            state.here.pop(event.visit, None)
        if isinstance(event, Woke) and request % 10 == 0:
            return [RaiseAlarm(request, event.reason, "ten more")]
        return []


class ToyWorld:
    """A simulated world: a heap of (time, number, reason); a reason marks a wake-up."""

    def __init__(self, steps: int) -> None:
        self.heap = [(event_at(step).at_ms, step, "") for step in range(steps)]
        self.pushed = steps

    def wait(self) -> Sequence[AnyEvent]:
        """Take the next event."""
        if not self.heap:
            return []
        at_ms, number, reason = heapq.heappop(self.heap)
        return [Woke(at_ms, reason) if reason else event_at(number)]

    def carry_out(self, command: Command) -> None:
        """Put wake-ups on the heap."""
        if isinstance(command, WakeAt):
            heapq.heappush(self.heap, (command.at_ms, self.pushed, command.reason))
            self.pushed += 1

    def freeze(self) -> bytes:
        """Return the heap."""
        return json.dumps([self.pushed, self.heap]).encode()

    def thaw(self, memory: bytes) -> None:
        """Take the heap."""
        self.pushed, heap = json.loads(memory)
        self.heap = [(at_ms, number, reason) for at_ms, number, reason in heap]

    def replay(self, event: AnyEvent, commands: Sequence[Command]) -> None:
        """Take the event from the heap, which has to be the next one, and do what followed."""
        assert list(self.wait()) == [event]
        for command in commands:
            self.carry_out(command)

    def carry_out_again(self, command: Command) -> None:
        """Do nothing: the replay has done it."""


class LiveToyWorld:
    """A live world without a memory: batches come in, commands go out."""

    def __init__(self, batches: Sequence[Sequence[AnyEvent]]) -> None:
        self.batches = list(batches)
        self.sent: list[Command] = []

    def wait(self) -> Sequence[AnyEvent]:
        """Take the next batch."""
        return self.batches.pop(0) if self.batches else []

    def carry_out(self, command: Command) -> None:
        """Send it."""
        self.sent.append(command)
