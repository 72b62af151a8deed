"""Rules of holds: whoever an authority wants to see passes no barrier and does not leave."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.recent import Recent


class HoldChecker(Checker):
    """No barrier opens for a held visit, and it is not let out of the port.

    An opening that was commanded before the hold came may be said again; a code that was freed
    once holds the visit no more.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.held: dict[str, dict[str, bool]] = {}
        self.let: Recent[c.OpenBarrier | c.LeaveBy] = Recent()
        self.on_event = {
            e.VisitHeld: self._held,
            e.VisitFreed: self._freed,
            e.LeftPort: self._gone,
            e.VisitLapsed: self._gone,
        }
        self.on_command = {c.OpenBarrier: self._open, c.LeaveBy: self._open}

    def _held(self, event: e.VisitHeld) -> None:
        if event.visit not in self.facts.ended:
            self.held.setdefault(event.visit, {}).setdefault(event.code, True)

    def _freed(self, event: e.VisitFreed) -> None:
        codes = self.held.get(event.visit, {})
        if event.code in codes:
            codes[event.code] = False

    def _gone(self, event: e.LeftPort | e.VisitLapsed) -> None:
        self.held.pop(event.visit, None)

    def _open(self, command: c.OpenBarrier | c.LeaveBy) -> None:
        said_before = self.let.get(command.visit) == command
        self.let.put(command.visit, command)
        if any(self.held.get(command.visit, {}).values()) and not said_before:
            what = f"{command.station} opened" if isinstance(command, c.OpenBarrier) else "let out"
            self.broken("held", command.visit, f"{what} though an authority wants to see it")
