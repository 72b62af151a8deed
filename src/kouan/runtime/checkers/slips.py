"""Rules of paper slips: each counts once, and for a time that was in manual mode."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.recent import Recent


class SlipChecker(Checker):
    """A slip counts once, for a visit that is here, and for a moment in manual mode, not ahead."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.counted: Recent[str] = Recent()
        self.entered: e.SlipEntered | None = None
        self.on_event = {e.SlipEntered: self._enter}
        self.on_command = {c.ConfirmSlip: self._confirm}

    def _enter(self, event: e.SlipEntered) -> None:
        self.entered = event

    def _confirm(self, command: c.ConfirmSlip) -> None:
        event, self.entered = self.entered, None
        problem = self._problem(command, event)
        if problem:
            self.broken("slip", command.visit, f"slip {command.slip} counts {problem}")
        self.counted.put(command.slip, command.visit)

    def _problem(self, command: c.ConfirmSlip, event: e.SlipEntered | None) -> str:
        if event is None or event.slip != command.slip:
            return "though it was not entered"
        if command.slip in self.counted:
            return "twice"
        visit = self.facts.visits.get(command.visit)
        if visit is None or self.facts.stage(visit, command.stage) is None:
            return f"for stage {command.stage}, which is unknown"
        if not self.facts.modes.was_manual(event.happened_ms, self.facts.at_ms):
            return f"for {event.happened_ms} ms, when the port was not in manual mode"
        return ""
