"""A journal without a disk: it counts and chains as any other, and forgets the entries."""

from collections.abc import Iterator, Sequence

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.runtime.codec import encode_commands, encode_event
from kouan.runtime.entry import SNAPSHOTS_KEPT, Entry, Snapshot, first_chain, next_chain
from kouan.runtime.header import Header
from kouan.runtime.journal import KIND_BYTES


class MemoryJournal:
    """A journal for studies and tests; its chain is that of a journal on disk, byte for byte."""

    def __init__(self, header: Header, *, keep: bool = False) -> None:
        """Begin the chain of this header; with ``keep`` the entries can be read back."""
        self.name = "journal in memory"
        self.header = header
        self.last_number = 0
        self.carried_out = 0
        self.durable = False
        self._chain = first_chain(header.encode())
        self._keep = keep
        self._entries: list[Entry] = []
        self._snapshots: list[Snapshot] = []
        self._versions = [(1, header.kouan)]

    @property
    def chain_hex(self) -> str:
        """Chain after the entry appended last, in hexadecimal."""
        return self._chain.hex()

    def append(self, event: Event, commands: Sequence[Command]) -> int:
        """Add one decision and return its number."""
        kind = KIND_BYTES[event.__class__]
        fields = encode_event(event)
        orders = encode_commands(commands)
        self._chain = chain = next_chain(self._chain, kind, fields, orders)
        self.last_number = number = self.last_number + 1
        if self._keep:
            name = event.__class__.__name__
            self._entries.append(Entry(number, event.at_ms, name, fields, orders, chain))
        return number

    def commit(self) -> None:
        """Do nothing: what is appended is there."""

    def mark_carried_out(self, number: int) -> None:
        """Note that all commands up to this entry were carried out."""
        if not self.carried_out <= number <= self.last_number:
            raise ValueError(
                f"carried out up to {number}: expected {self.carried_out} to {self.last_number}"
            )
        self.carried_out = number

    def entries(self, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """Yield entries, both ends included; raise ValueError when they were not kept."""
        if not self._keep:
            raise ValueError("this journal in memory does not keep its entries")
        return iter(self._entries[first - 1 : last])

    def write_snapshot(self, state: bytes, world: bytes) -> None:
        """Keep the state after the entry appended last; the last two are kept."""
        self._snapshots = [one for one in self._snapshots if one.number != self.last_number]
        self._snapshots.append(Snapshot(self.last_number, state, world, self._chain))
        del self._snapshots[:-SNAPSHOTS_KEPT]

    def latest_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot."""
        return self._snapshots[-1] if self._snapshots else None

    def versions(self) -> list[tuple[int, str]]:
        """Return (first entry, version that decided from there on), in order."""
        return list(self._versions)

    def note_version(self, version: str) -> None:
        """Note that entries from the next one on are decided by this version."""
        if self._versions[-1][1] != version:
            number = self.last_number + 1
            self._versions = [one for one in self._versions if one[0] != number]
            self._versions.append((number, version))

    def close(self) -> None:
        """Do nothing; entries and snapshots can still be read."""
