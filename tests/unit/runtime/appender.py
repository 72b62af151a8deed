"""A process to be killed: it recovers the journal, goes on with the toy port, and logs commands.

    python -m tests.unit.runtime.appender PLACE STEPS COMMAND_LOG

It prints the number of each entry that is committed and carried out.
"""

import os
import sys
from collections.abc import Sequence

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.runtime.codec import encode_commands
from kouan.runtime.errors import JournalMissing
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.recovery import recover
from tests.unit.runtime.support import ToyDispatcher, event_at, toy_header


class LoggingWorld:
    """Brings batches of one to seven events, and writes each command to a file at once."""

    def __init__(self, log: str, steps: int) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.steps = steps
        self.step = 0

    def wait(self) -> Sequence[Event]:
        """Return the next batch, having said how far all is done."""
        print(self.step, flush=True)
        size = min(self.step % 7 + 1, self.steps - self.step)
        self.step += size
        return [event_at(step) for step in range(self.step - size, self.step)]

    def carry_out(self, command: Command) -> None:
        """Log the command."""
        os.write(self.log, encode_commands([command]) + b"\n")


def main(place: str, steps: str, log: str) -> None:
    """Recover and go on."""
    try:
        journal = Journal.open(place)
    except JournalMissing:
        journal = Journal.create(place, toy_header("live"))
    dispatcher, world = ToyDispatcher(), LoggingWorld(log, int(steps))
    recover(journal, dispatcher, world)
    world.step = journal.last_number
    Loop(dispatcher, world, journal, snapshot_every=50).run()
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
