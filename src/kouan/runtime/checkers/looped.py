"""Rules of lanes with loops: nobody is served in one that somebody else has not left."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.flow import looped_stations
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts


class LaneChecker(Checker):
    """A lane that was opened, or that a stranger stands in, serves nobody until it is empty.

    One opening lets one visit out: a second one before the lane is empty is for the same.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.looped = looped_stations(facts.port)
        self.leaving: dict[str, tuple[str, int]] = {}
        if self.looped:
            self.on_event = {e.CarrierLeft: self._left}
            self.on_command = {
                c.OpenBarrier: self._opened,
                c.LeadOut: self._opened,
                c.StartService: self._started,
            }

    def _left(self, event: e.CarrierLeft) -> None:
        self.leaving.pop(event.station, None)

    def _opened(self, command: c.OpenBarrier | c.LeadOut) -> None:
        if command.station not in self.looped:
            return
        leaver = (command.visit, command.request)
        before = self.leaving.setdefault(command.station, leaver)
        if before != leaver:
            self.broken("lane", command.visit, f"{command.station} opened before {before[0]} left")

    def _started(self, command: c.StartService) -> None:
        before = self.leaving.get(command.station)
        if before is not None:
            text = f"served in {command.station} before {before[0] or 'a stranger'} left it"
            self.broken("lane", command.visit, text)
