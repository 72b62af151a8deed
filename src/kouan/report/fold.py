"""What a report is made of: folds that look at a journal's entries one by one.

A fold lists its handlers by kind of event and command. It knows the declared port and the journal,
and nothing of the dispatcher.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event

Handler = Callable[[int, Any], None]
"""Takes the time of the entry, and the event or command."""


class Fold:
    """Base of the folds: ``on_event`` and ``on_command`` by kind."""

    def __init__(self) -> None:
        self.on_event: dict[type, Handler] = {}
        self.on_command: dict[type, Handler] = {}

    def close(self, at_ms: int) -> None:
        """Count what lasts until the end of the run; may be called again later."""


class Folds:
    """Several folds as one observer of a run."""

    def __init__(self, folds: Iterable[Fold]) -> None:
        self.folds = list(folds)
        self.first_ms = 0
        self.last_ms = 0
        self._on_event = _merge(fold.on_event for fold in self.folds)
        self._on_command = _merge(fold.on_command for fold in self.folds)

    def __call__(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Observe one entry."""
        self.observe(number, event, commands)

    def observe(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Take in one entry: its number, its event and the commands it caused."""
        del number
        at_ms = event.at_ms
        self.first_ms = self.first_ms or at_ms
        self.last_ms = at_ms
        for handle in self._on_event.get(type(event), ()):
            handle(at_ms, event)
        for command in commands:
            for handle in self._on_command.get(type(command), ()):
                handle(at_ms, command)


def _merge(tables: Iterable[dict[type, Handler]]) -> dict[type, tuple[Handler, ...]]:
    merged: dict[type, tuple[Handler, ...]] = {}
    for table in tables:
        for kind, handler in table.items():
            merged[kind] = (*merged.get(kind, ()), handler)
    return merged
