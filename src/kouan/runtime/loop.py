"""The loop that both worlds run: write down, decide, carry out."""

from collections.abc import Callable, Sequence

from kouan.dispatch.commands import Command
from kouan.runtime.codec import encode_state
from kouan.runtime.entry import Recorder
from kouan.runtime.worlds import Dispatcher, LastingWorld, Observer, World

SNAPSHOT_EVERY = 100_000


class Loop:
    """Drives one dispatcher through one world and journals every decision.

    A durable journal is committed once for each batch, before a command of it is carried out;
    otherwise the journal commits by itself now and then. A failure anywhere ends the loop: what is
    journalled is recovered by the next start.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        world: World,
        journal: Recorder,
        observers: Sequence[Observer] = (),
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        """Go on after the journal's last entry; ``recovery.recover`` has brought all there."""
        self.dispatcher = dispatcher
        self.world = world
        self.journal = journal
        self.observers = tuple(observers)
        self.snapshot_every = snapshot_every
        self._next_snapshot = journal.last_number + snapshot_every

    def step(self) -> bool:
        """Take one batch from the world through to its end; False when the world has ended."""
        events = self.world.wait()
        if not events:
            return False
        journal, observers = self.journal, self.observers
        handle, carry_out = self.dispatcher.handle, self.world.carry_out
        decided: list[Command] = []
        for event in events:
            commands = handle(event)
            number = journal.append(event, commands)
            decided += commands
            for observer in observers:
                observer(number, event, commands)
        if journal.durable:
            journal.commit()
        for command in decided:
            carry_out(command)
        journal.mark_carried_out(number)
        if number >= self._next_snapshot:
            self.snapshot()
        return True

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Go on until the world has ended or ``until`` says so; then commit and snapshot."""
        step = self.step
        if until is None:
            while step():
                pass
        else:
            while not until() and step():
                pass
        self.stop()

    def stop(self) -> None:
        """Commit, and leave a snapshot from which the next start goes on."""
        self.snapshot()

    def snapshot(self) -> None:
        """Keep the state as it is between two batches."""
        world = self.world.freeze() if isinstance(self.world, LastingWorld) else b""
        self.journal.write_snapshot(encode_state(self.dispatcher.state), world)
        self._next_snapshot = self.journal.last_number + self.snapshot_every
