"""Removes pictures whose time is over, a few at a time, and leaves the proof in the journal.

A picture is deleted first and its removal journalled after: a port that is killed in between finds
the picture on its list still, deletes it again, and then journals it. It is struck off the list in
the commit that journals its removal, so every picture is proved removed once.
"""

import logging
from collections.abc import Callable, Sequence

from kouan.dispatch.events import Event, PicturesRemoved
from kouan.live.errors import InboxClosed, InboxFull
from kouan.live.gates.view import GateView
from kouan.live.privacy.rules import Rule, kept_ms
from kouan.port.model import Privacy
from kouan.runtime.documents import Documents

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50
"""Pictures removed in one step: one commit, and one event of about 3 kB."""


class Remover:
    """Removes what is due. ``step`` is one thread's, ``journalled`` the loop's."""

    def __init__(
        self,
        privacy: Privacy,
        documents: Documents,
        view: Callable[[], GateView],
        post: Callable[[Sequence[Event]], None],
        now_ms: Callable[[], int],
    ) -> None:
        """Prepare; ``view`` shows the reviews that still need pictures, times are port time."""
        self._privacy = privacy
        self._documents = documents
        self._view = view
        self._post = post
        self._now_ms = now_ms
        self._awaited: tuple[str, ...] = ()

    def step(self) -> int:
        """Remove some of what is due; return how many pictures were.

        Nothing is removed before the loop has shown which reviews are open, nor while an earlier
        removal is not journalled yet.
        """
        view = self._view()
        if self._awaited or not view.at_ms:
            return 0
        needed = {note.image for review in view.reviews.values() for note in review.taken}
        now_ms = self._now_ms()
        for rule in Rule:
            for_ms = kept_ms(self._privacy, rule)
            due = self._documents.due(rule, now_ms - for_ms, MOST_AT_ONCE, needed)
            if due:
                images, taken_ms = zip(*due, strict=True)
                self._remove(PicturesRemoved(0, images, taken_ms, rule, for_ms))
                return len(due)
        return 0

    def _remove(self, event: PicturesRemoved) -> None:
        self._documents.forget(*event.images)
        self._awaited = event.images
        try:
            self._post([event])
        except (InboxFull, InboxClosed) as error:
            self._awaited = ()
            log.warning("pictures are removed, and to be journalled at the next step: %s", error)

    def journalled(self, event: Event) -> None:
        """Take in an event that goes into the journal with the next commit."""
        if isinstance(event, PicturesRemoved):
            self._documents.unlist(event.images)
            if event.images == self._awaited:
                self._awaited = ()
