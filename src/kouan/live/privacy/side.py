"""What a live port owes to persons, as one: the watch list before the inbox, and the remover.

A thread of its own looks at the list and removes a few pictures whenever a tick has passed.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kouan.dispatch.events import Event
from kouan.live.errors import LiveError
from kouan.live.gates.view import GateView
from kouan.live.privacy.guard import Guard
from kouan.live.privacy.remover import Remover
from kouan.live.privacy.watch import WatchList
from kouan.live.privacy.web import WatchRoutes
from kouan.port.model import Port
from kouan.runtime.documents import Documents
from kouan.runtime.errors import JournalError

log = logging.getLogger(__name__)

TICK_S = 1.0
"""How soon a change of the list made by another process is seen."""
STOP_S = 10.0


class PrivacySide:
    """Guard, remover and routes of one port."""

    def __init__(
        self,
        port: Port,
        accounts: Path | str,
        documents: Documents,
        view: Callable[[], GateView],
        inbox: Callable[[Sequence[Event]], None],
        now_ms: Callable[[], int],
    ) -> None:
        """Open the list beside the accounts; raises LiveError, JournalError."""
        self._watch = WatchList(accounts)
        self._view = view
        self._guard = Guard(self._watch, view, inbox)
        self._remover = Remover(port.privacy, documents, view, inbox, now_ms)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="privacy", daemon=True)
        self.post = self._guard.post
        """Where everything from outside is posted."""

    def routes(self, key: bytes) -> WatchRoutes:
        """What answers HTTP; ``key`` makes pseudonyms."""
        return WatchRoutes(self._watch, self._view, self.post, key)

    def observe(self, event: Event) -> None:
        """Take in what is journalled; called by the loop's thread before the commit."""
        self._remover.journalled(event)

    def start(self) -> None:
        """Look and remove from now on."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and let go of the list."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        self._watch.close()

    def _run(self) -> None:
        while not self._ended.wait(TICK_S):
            try:
                self._guard.look()
                while not self._ended.is_set() and self._remover.step():
                    pass
            except (LiveError, JournalError) as error:
                log.warning("privacy: %s", error)
            except Exception:
                log.exception("privacy: watch list or pictures could not be looked after")
