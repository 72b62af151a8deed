"""The journal of a live port in its data folder: made at the first start, gone on with later."""

import time
from collections.abc import Callable
from pathlib import Path

from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.port.model import Port
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.codec import port_hash
from kouan.runtime.errors import JournalMissing
from kouan.runtime.header import make_header
from kouan.runtime.journal import Journal


def _ignore(_duration_s: float) -> None:
    """Tell nobody."""


class TimedJournal(Journal):
    """A journal that says how many seconds each commit took."""

    observe_commit: Callable[[float], None] = staticmethod(_ignore)

    def commit(self) -> None:
        """Commit as any journal, and pass the duration on."""
        began = time.monotonic()
        super().commit()
        self.observe_commit(time.monotonic() - began)


def open_journal(
    place: Path | str, port: Port, seed: int, begin: Callable[[int | None], PortClock]
) -> tuple[TimedJournal, PortClock]:
    """Open the journal of a data folder or at a database's URL, or make one.

    ``begin`` starts the clock after its last entry. Raises LiveError when the journal is of another
    port or of a simulation, or when the folder can't be made; JournalError otherwise.
    """
    try:
        journal = _existing(place)
    except JournalMissing:
        clock = begin(None)
        header = make_header(port, "live", seed=seed, start_ms=clock.start_ms)
        return TimedJournal.create(_database(place), header), clock
    try:
        _check(place, journal, port)
        last_ms = journal.header.start_ms
        for entry in journal.entries(max(1, journal.last_number)):
            last_ms = entry.at_ms
        return journal, begin(last_ms)
    except BaseException:
        journal.close()
        raise


def _database(place: Path | str) -> Path | str:
    return place / JOURNAL_FILE if isinstance(place, Path) else place


def _existing(place: Path | str) -> TimedJournal:
    """The journal that is there; JournalMissing when there is none, its folder made."""
    if isinstance(place, Path):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LiveError(f"{place}: the data folder can't be made: {error}") from error
        if not (place / JOURNAL_FILE).is_file():
            raise JournalMissing(f"{place}: no journal yet")
    try:
        return TimedJournal.open(_database(place))
    except JournalMissing as error:
        if isinstance(place, Path):
            raise LiveError(f"{error}; restore a backup, or name another data folder") from error
        raise


def _check(place: Path | str, journal: Journal, port: Port) -> None:
    header = journal.header
    if header.world != "live":
        raise LiveError(f"{place}: it is the journal of a simulation; name another data folder")
    if header.port_hash != port_hash(port):
        raise LiveError(
            f"{place}: it was begun with another port file (port {header.port_name!r}, hash "
            f"{header.port_hash[:12]}, not {port_hash(port)[:12]}); start with that file, or name "
            "another data folder"
        )
