"""The simulated world: time jumps from one event of the site's heap to the next."""

from collections.abc import Sequence

from kouan.dispatch.commands import Command, WakeAt
from kouan.dispatch.events import Event
from kouan.runtime.codec import encode_event
from kouan.sim.errors import ReplayedOtherwise
from kouan.sim.site import VirtualSite


class SimulatedWorld:
    """One site under one clock that jumps; it ends at ``until_ms``."""

    def __init__(self, site: VirtualSite, until_ms: int) -> None:
        self.site = site
        self.until_ms = until_ms

    @property
    def now_ms(self) -> int:
        """Simulated time."""
        return self.site.memory.now_ms

    def wait(self) -> list[Event]:
        """The next event; none when the time is over."""
        return self.site.pop(self.until_ms - 1)

    def carry_out(self, command: Command) -> None:
        """Carry a command out at the simulated time."""
        if type(command) is WakeAt:
            at_ms = max(command.at_ms, self.site.memory.now_ms)
            self.site.memory.heap.push(at_ms, "Woke", (command.reason,))
        else:
            self.site.carry_out(command, self.site.memory.now_ms)

    def freeze(self) -> bytes:
        """The site's memory."""
        return self.site.freeze()

    def thaw(self, memory: bytes) -> None:
        """Take the site's memory from a snapshot."""
        self.site.thaw(memory)

    def replay(self, event: Event, commands: Sequence[Command]) -> None:
        """Bring the site to where it was after a journalled decision."""
        found = self.wait()
        if [encode_event(one) for one in found] != [encode_event(event)]:
            raise ReplayedOtherwise(f"the journal has {event}, this site {found}")
        for command in commands:
            self.carry_out(command)

    def carry_out_again(self, command: Command) -> None:
        """Nothing: the replay has done it."""
