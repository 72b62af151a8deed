"""The journal of a live port in its data folder: made at the first start, gone on with later."""

import time
from collections.abc import Callable
from pathlib import Path

from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.port.model import Port
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.codec import port_hash
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
    data_dir: Path, port: Port, seed: int, begin: Callable[[int | None], PortClock]
) -> tuple[TimedJournal, PortClock]:
    """Open the folder's journal, or make one; ``begin`` starts the clock after its last entry.

    Raises LiveError when the journal is of another port or of a simulation, or when the folder
    can't be made; JournalError otherwise.
    """
    path = data_dir / JOURNAL_FILE
    if not path.is_file():
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LiveError(f"{data_dir}: the data folder can't be made: {error}") from error
        clock = begin(None)
        header = make_header(port, "live", seed=seed, start_ms=clock.start_ms)
        return TimedJournal.create(path, header), clock
    journal = TimedJournal.open(path)
    try:
        _check(path, journal, port)
        last_ms = journal.header.start_ms
        for entry in journal.entries(max(1, journal.last_number)):
            last_ms = entry.at_ms
        return journal, begin(last_ms)
    except BaseException:
        journal.close()
        raise


def _check(path: Path, journal: Journal, port: Port) -> None:
    header = journal.header
    if header.world != "live":
        raise LiveError(f"{path}: it is the journal of a simulation; name another data folder")
    if header.port_hash != port_hash(port):
        raise LiveError(
            f"{path}: it was begun with another port file (port {header.port_name!r}, hash "
            f"{header.port_hash[:12]}, not {port_hash(port)[:12]}); start with that file, or name "
            "another data folder"
        )
