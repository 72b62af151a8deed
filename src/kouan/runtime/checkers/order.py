"""Rules of order: time, request numbers, and one end for every visit."""

from collections.abc import Sequence

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.recent import REMEMBERED, Recent


class TimeChecker(Checker):
    """Time never runs back, and entries are numbered without gaps."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.last_ms = 0
        self.last_number: int | None = None

    def every(self, number: int, event: e.Event, commands: Sequence[c.Command]) -> None:
        """Compare with the entry before."""
        del commands
        kind = type(event).__name__
        if event.at_ms < self.last_ms:
            self.broken("time", kind, f"{event.at_ms} ms comes after {self.last_ms} ms")
        self.last_ms = max(self.last_ms, event.at_ms)
        if self.last_number is not None and number != self.last_number + 1:
            self.broken("number", kind, f"entry {number} follows entry {self.last_number}")
        self.last_number = number


class RequestChecker(Checker):
    """A request number is given once; sent again it is the same command, word for word."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.newer: dict[int, c.Command] = {}
        self.older: dict[int, c.Command] = {}
        self.forgotten_to = -1
        with_request = (kind for kind in c.COMMANDS.values() if "request" in kind._fields)
        self.on_command = {kind: self._seen for kind in with_request}

    def _seen(self, command: c.StartService) -> None:
        request = command.request
        before = self.newer.get(request) or self.older.get(request)
        if before is None:
            if request <= self.forgotten_to:
                self.broken("request", str(request), "was given long before")
            self.newer[request] = command
            if len(self.newer) > REMEMBERED:
                self.forgotten_to = max(self.forgotten_to, *self.older, -1)
                self.older, self.newer = self.newer, {}
        elif before != command or type(before) is not type(command):
            kinds = f"{type(before).__name__} and then {type(command).__name__}"
            self.broken("request", str(request), f"was given twice: to {kinds}")


class FinalStateChecker(Checker):
    """A visit ends once, in one state, and nothing is done with it afterwards.

    Documents, authorities' answers and devices' messages may still come in late; what counts is
    that nobody acts on them. An end exactly as before is a repetition and no second end.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.last_words: Recent[e.Event] = Recent()
        self.ordered_out: dict[str, c.LeaveBy | c.TurnBack] = {}
        about_visits = (e.Arrived, e.ServiceEnded, e.LeftPort, e.VisitLapsed, e.VisitAnnounced)
        self.on_event = dict.fromkeys(about_visits, self._event)
        self.on_event[e.TransportOrderPlaced] = self._placed
        self.on_command = {
            kind: self._command for kind in c.COMMANDS.values() if "visit" in kind._fields
        }
        self.on_command[c.LeaveBy] = self.on_command[c.TurnBack] = self._order_out
        self.on_command[c.DriveTo] = self._drive
        self.on_command[c.AskCorrection] = self._command

    def _placed(self, event: e.TransportOrderPlaced) -> None:
        if event.order in self.facts.ended or event.order in self.facts.visits:
            self.broken("final_state", event.order, "was placed again")

    def _event(self, event: e.Arrived) -> None:
        """Facts are those before the event, so a visit's own end finds it still alive."""
        state = self.facts.ended.get(event.visit)
        if state is not None:
            said = self.last_words.get(event.visit)
            late = isinstance(event, e.Arrived | e.ServiceEnded)
            if not late and not _repeats(said, event):
                kind = type(event).__name__
                self.broken("final_state", event.visit, f"{kind} after its end as {state}")
            return
        if isinstance(event, e.VisitAnnounced) and event.visit in self.facts.visits:
            self.broken("final_state", event.visit, "was announced again")
        if isinstance(event, e.LeftPort):
            self._leaves(event)
        if isinstance(event, e.VisitLapsed):
            self._lapses(event)
        if isinstance(event, e.LeftPort | e.VisitLapsed | e.ServiceEnded):
            self._remember(event)

    def _leaves(self, event: e.LeftPort) -> None:
        if event.visit not in self.facts.visits:
            self.broken("final_state", event.visit, "left the port without having come")
        elif self.ordered_out.pop(event.visit, None) is None:
            self.broken("final_state", event.visit, "left the port without being told to")

    def _lapses(self, event: e.VisitLapsed) -> None:
        visit = self.facts.visits.get(event.visit)
        if visit is not None and visit.begun:
            self.broken("final_state", event.visit, "lapsed though it had come")

    def _remember(self, event: e.Event) -> None:
        visit = (
            event.visit if isinstance(event, e.LeftPort | e.VisitLapsed | e.ServiceEnded) else ""
        )
        self.last_words.put(visit, event)

    def _command(self, command: c.SendTo) -> None:
        state = self.facts.ended.get(command.visit)
        if state is not None:
            kind = type(command).__name__
            self.broken("final_state", command.visit, f"{kind} after its end as {state}")

    def _drive(self, command: c.DriveTo) -> None:
        state = self.facts.ended.get(command.order)
        if state is not None:
            self.broken("final_state", command.order, f"DriveTo after its end as {state}")

    def settle(self) -> None:
        """Tell of orders whose vehicle goes on with another, and of such as ended in two ways."""
        for order, vehicle in self.facts.dropped:
            self.broken("final_state", order, f"{vehicle} was sent elsewhere before it ended")
        for visit in self.facts.finishing:
            if visit.visit not in self.facts.visits:
                state = self.facts.ended.get(visit.visit)
                self.broken("final_state", visit.visit, f"ended as {state} though it was finished")

    def _order_out(self, command: c.LeaveBy | c.TurnBack) -> None:
        if command.visit in self.facts.ended:
            self.broken("final_state", command.visit, "was told to leave after its end")
            return
        before = self.ordered_out.setdefault(command.visit, command)
        if before != command:
            kinds = f"{type(before).__name__} and then {type(command).__name__}"
            self.broken("final_state", command.visit, f"was told to leave twice: {kinds}")


def _repeats(before: e.Event | None, event: e.Event) -> bool:
    """Whether an event says the same as the last one of its visit, whenever it came."""
    return before is not None and type(before) is type(event) and before[1:] == event[1:]
