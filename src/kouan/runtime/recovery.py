"""Starting is recovering: one path for a first start, a restart and a crash.

The last snapshot is loaded and the entries after it are decided again; every decision has to be the
journalled one. Commands of which it is not known whether they were carried out go out once more,
under the request numbers they already have.
"""

from importlib.metadata import version
from typing import NamedTuple

from kouan.runtime.codec import CodecError, encode_commands, state_decoder
from kouan.runtime.entry import Entry, Recorder
from kouan.runtime.errors import JournalBroken, JournalError, ReplayMismatch, VersionMismatch
from kouan.runtime.worlds import Dispatcher, LastingWorld, World


class Recovered(NamedTuple):
    """What a start found: 0 everywhere for a new journal."""

    snapshot_number: int
    """Entry after which the snapshot was taken."""
    replayed: int
    """Entries decided again."""
    sent_again: int
    """Commands carried out again."""


def recover(journal: Recorder, dispatcher: Dispatcher, world: World) -> Recovered:
    """Bring dispatcher and world to where the journal ends; both must be new.

    Raises ReplayMismatch naming the entry that was decided otherwise, VersionMismatch when another
    version decided entries that no snapshot covers, JournalBroken when the journal is damaged.
    """
    kouan = version("kouan")
    start = _load_snapshot(journal, dispatcher, world, kouan)
    _check_versions(journal, start, kouan)
    # Asked once: a protocol's isinstance takes as long as a decision.
    lasting = world if isinstance(world, LastingWorld) else None
    replayed = sent_again = 0
    if journal.last_number > start:
        for entry in journal.entries(start + 1):
            sent_again += _replay(journal, entry, dispatcher, world, lasting)
            replayed += 1
    journal.mark_carried_out(journal.last_number)
    journal.note_version(kouan)
    return Recovered(start, replayed, sent_again)


def _load_snapshot(journal: Recorder, dispatcher: Dispatcher, world: World, kouan: str) -> int:
    """Load the newest snapshot and return its entry, or 0 when there is none."""
    snapshot = journal.latest_snapshot()
    if snapshot is None:
        return 0
    try:
        dispatcher.state = state_decoder(type(dispatcher.state))(snapshot.state)
    except CodecError as error:
        raise JournalError(
            f"{journal.name}: the snapshot after entry {snapshot.number} can't be read by "
            f"version {kouan}: {error}"
        ) from error
    if isinstance(world, LastingWorld):
        world.thaw(snapshot.world)
    return snapshot.number


def _check_versions(journal: Recorder, start: int, kouan: str) -> None:
    """Raise VersionMismatch when another version decided an entry after the snapshot."""
    versions = journal.versions()
    ends = [number - 1 for number, _ in versions[1:]] + [journal.last_number]
    for (first, other), last in zip(versions, ends, strict=True):
        if other != kouan and last > start and last >= first:
            raise VersionMismatch(
                f"{journal.name}: entries {max(first, start + 1)} to {last} were decided by "
                f"version {other} and no snapshot covers them; this is version {kouan}. Start "
                f"version {other} once and stop it in good order, so that it leaves a snapshot"
            )


def _replay(
    journal: Recorder,
    entry: Entry,
    dispatcher: Dispatcher,
    world: World,
    lasting: LastingWorld | None,
) -> int:
    """Decide one entry again and return how many commands were carried out again.

    ``lasting`` is the world, if it is one with a memory.
    """
    try:
        event = entry.decoded_event()
    except CodecError as error:
        raise JournalBroken(journal.name, entry.number, str(error)) from error
    commands = dispatcher.handle(event)
    decided = encode_commands(commands)
    if decided != entry.commands:
        raise ReplayMismatch(journal.name, entry.number, entry.commands, decided)
    if lasting is not None:
        lasting.replay(event, commands)
    if entry.number <= journal.carried_out:
        return 0
    carry_out = world.carry_out if lasting is None else lasting.carry_out_again
    for command in commands:
        carry_out(command)
    return len(commands)
