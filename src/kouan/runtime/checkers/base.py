"""What every checker is: rules watched over the entries of a journal, one entry at a time.

A checker lists its handlers by kind of event and command, so that running all of them on every
entry costs one look-up and a few calls. What it finds it writes down; it never stops the run.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.runtime.checkers.facts import Facts

MOST_KEPT = 1_000
"""Violations kept in full; further ones are only counted, so that a broken run stays in memory."""


class Violation(NamedTuple):
    """A rule broken: at which entry, which rule, by whom, and what happened."""

    number: int
    rule: str
    subject: str
    text: str


class Violations(list[Violation]):
    """Violations found so far, the first ``MOST_KEPT`` in full; ``total`` counts all."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def add(self, violation: Violation) -> None:
        """Write one down."""
        self.total += 1
        if len(self) < MOST_KEPT:
            self.append(violation)


Handlers = dict[type, Callable[[Any], None]]
"""What to call with an event or command of a kind."""


class Checker:
    """Base of the checkers. ``facts`` are shared among them and kept by ``Checkers``.

    ``on_event`` handlers see the facts as they were before the event, ``on_command`` handlers as
    they are after the event and the command itself. ``every`` is called with each entry, and
    ``settle`` after it, where a subclass defines them.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        self.facts = facts
        self.violations = violations
        self.on_event: Handlers = {}
        self.on_command: Handlers = {}

    def broken(self, rule: str, subject: str, text: str) -> None:
        """Write down that a rule is broken at the entry being looked at."""
        self.violations.add(Violation(self.facts.number, rule, subject, text))

    def every(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Look at a whole entry before anything else does."""

    def settle(self) -> None:
        """Judge what only the whole entry shows, after its last command."""

    def finish(self, at_ms: int) -> None:
        """Look at what is left at the end of the run."""
