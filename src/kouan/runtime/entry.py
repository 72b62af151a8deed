"""One entry of a journal, the chain that binds it to those before, what every journal can do."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.runtime.codec import decode_commands, decode_event
from kouan.runtime.header import Header

SNAPSHOTS_KEPT = 2


class Entry(NamedTuple):
    """One decision: an event and the commands it caused, as bytes (see ``codec``)."""

    number: int
    """Counted from 1, without gaps."""
    at_ms: int
    kind: str
    """Kind of the event."""
    event: bytes
    commands: bytes
    chain: bytes
    """SHA-256 of the chain before, the kind, the event and the commands: 32 bytes."""

    def decoded_event(self) -> Event:
        """Return the event; raise CodecError when this version does not know it."""
        return decode_event(self.kind, self.event)

    def decoded_commands(self) -> list[Command]:
        """Return the commands; raise CodecError when this version does not know one."""
        return decode_commands(self.commands)


class Snapshot(NamedTuple):
    """The dispatcher's state and the world's memory as they were right after one entry."""

    number: int
    state: bytes
    world: bytes
    chain: bytes
    """Chain of that entry."""

    def digest(self) -> bytes:
        """Return the hash by which a changed snapshot is told from the one that was written."""
        head = b"%d\n%b\n%d\n" % (self.number, self.chain, len(self.state))
        return sha256(head + self.state + self.world).digest()


class Recorder(Protocol):
    """What a loop and a recovery need of a journal; ``Journal`` and ``MemoryJournal`` have it."""

    name: str
    """What errors call it: a file or a database."""
    header: Header
    last_number: int
    """Number of the entry appended last; 0 at the beginning."""
    carried_out: int
    """Every entry up to this number has had its commands carried out."""
    durable: bool
    """True when every batch is committed before its commands are carried out."""

    @property
    def chain_hex(self) -> str:
        """Chain after the entry appended last, in hexadecimal."""

    def append(self, event: Event, commands: Sequence[Command]) -> int:
        """Add one decision and return its number."""

    def commit(self) -> None:
        """Make everything appended last."""

    def mark_carried_out(self, number: int) -> None:
        """Note that all commands up to this entry were carried out."""

    def entries(self, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """Read committed entries, both ends included, checking the chain."""

    def write_snapshot(self, state: bytes, world: bytes) -> None:
        """Keep the state after the entry appended last; the last two snapshots are kept."""

    def latest_snapshot(self) -> Snapshot | None:
        """Return the newest good snapshot."""

    def versions(self) -> list[tuple[int, str]]:
        """Return (first entry, version that decided from there on), in order."""

    def note_version(self, version: str) -> None:
        """Note that entries from the next one on are decided by this version."""

    def close(self) -> None:
        """Commit and let go."""


def first_chain(header: bytes) -> bytes:
    """Return the chain before the first entry."""
    return sha256(header).digest()


def next_chain(chain: bytes, kind: bytes, event: bytes, commands: bytes) -> bytes:
    """Return the chain after an entry; kinds and JSON never hold the line feed between them."""
    return sha256(b"%b%b\n%b\n%b" % (chain, kind, event, commands)).digest()
