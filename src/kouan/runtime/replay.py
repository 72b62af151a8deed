"""Deciding a whole journal again, to show that it was decided as it says."""

from collections.abc import Callable
from typing import NamedTuple

from kouan.port.model import Port
from kouan.runtime.codec import CodecError, encode_commands
from kouan.runtime.entry import Entry, Recorder
from kouan.runtime.errors import JournalBroken
from kouan.runtime.worlds import Dispatcher

REPORT_EVERY = 10_000

Progress = Callable[[int, int], None]
"""Told from time to time: (entries verified, entries in all)."""


class VerifyResult(NamedTuple):
    """What a verification found; ``broken_at`` is None when everything is as it should be."""

    entries: int
    """Entries found good, from the first."""
    chain_hex: str
    """Chain after the last good entry."""
    broken_at: int | None = None
    """First entry that is damaged or was decided otherwise; 0 is the header."""
    why: str = ""
    journalled: bytes = b""
    """Commands in the journal, where they are not those decided now."""
    decided: bytes = b""

    @property
    def good(self) -> bool:
        """Return whether chain and decisions hold to the end."""
        return self.broken_at is None


def _ignore(_verified: int, _total: int) -> None:
    """Tell nobody."""


def verify(
    journal: Recorder,
    make_dispatcher: Callable[[Port], Dispatcher],
    progress: Progress = _ignore,
) -> VerifyResult:
    """Decide every entry again from the first, by a new dispatcher for the journal's own port.

    Only the version that decided an entry need decide it again in the same way.
    """
    try:
        dispatcher = make_dispatcher(journal.header.port())
    except CodecError as error:
        return VerifyResult(0, "", 0, str(error))
    good, chain_hex, total = 0, "", journal.last_number
    try:
        for entry in journal.entries():
            decided, why = _decide(dispatcher, entry)
            if why:
                return VerifyResult(good, chain_hex, entry.number, why, entry.commands, decided)
            good, chain_hex = entry.number, entry.chain.hex()
            if good % REPORT_EVERY == 0:
                progress(good, total)
    except JournalBroken as broken:
        return VerifyResult(good, chain_hex, broken.entry, broken.why)
    progress(good, total)
    return VerifyResult(good, chain_hex or journal.chain_hex)


def _decide(dispatcher: Dispatcher, entry: Entry) -> tuple[bytes, str]:
    """Return the commands decided now, and what is wrong with them ("" if nothing)."""
    try:
        decided = encode_commands(dispatcher.handle(entry.decoded_event()))
    except CodecError as error:
        return b"", str(error)
    except Exception as error:  # whatever the dispatcher stumbles on belongs to this entry
        return b"", f"deciding it failed: {error!r}"
    return decided, "" if decided == entry.commands else "the event was decided otherwise"
