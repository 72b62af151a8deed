"""What can go wrong with a journal, each with a text that a person can act on."""


class JournalError(Exception):
    """Something is wrong with a journal or the folder it lies in."""


class JournalMissing(JournalError):
    """There is no journal where one was to be opened."""


class JournalExists(JournalError):
    """There is a journal already where a new one was to be made."""


class JournalLocked(JournalError):
    """Somebody else is writing the journal."""


class JournalFull(JournalError):
    """No space is left; everything committed before is kept."""


class JournalBroken(JournalError):
    """The journal is not what was written: cut, changed or unreadable.

    ``entry`` is the first entry that can't be trusted (0 is the header); all before it are good.
    """

    def __init__(self, name: str, entry: int, why: str) -> None:
        where = f"entry {entry}" if entry else "the header"
        super().__init__(f"{name}: {where} is broken: {why}")
        self.name = name
        self.entry = entry
        self.why = why


class ReplayMismatch(JournalError):
    """An event decided again gave other commands than the journal holds."""

    def __init__(self, name: str, entry: int, journalled: bytes, decided: bytes) -> None:
        super().__init__(
            f"{name}: entry {entry} was decided otherwise:\n"
            f"  journalled {_shown(journalled)}\n"
            f"  decided    {_shown(decided)}"
        )
        self.name = name
        self.entry = entry
        self.journalled = journalled
        self.decided = decided


class VersionMismatch(JournalError):
    """Entries after the last snapshot were decided by another version."""


def _shown(payload: bytes, most: int = 2_000) -> str:
    text = payload.decode("utf-8", errors="replace")
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
