"""The dispatcher's desk: state, compiled port, the time of the event, and what is to be done.

Modules of this room work on a Board. They never call one another round in circles: what a change
makes possible is noted in ``to_fill`` (places) and ``to_go_on`` (visits), which the dispatcher
works off until nothing is left; ``to_assign`` asks for orders and vehicles to be brought together.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kouan.dispatch.commands import COMMANDS, Command, RaiseAlarm, WakeAt
from kouan.dispatch.plan import Plan
from kouan.dispatch.state import OpenTimes, Pending, PlaceState, State, Visit
from kouan.port.model import Port

PATIENCE_MS = {
    "SubmitDeclaration": 3_600_000,
    "ReportArrival": 3_600_000,
    "AskCorrection": 7_200_000,
    "SendTo": 3_600_000,
    "StartService": 7_200_000,
    "ResumeService": 7_200_000,
    "LeaveBy": 3_600_000,
    "OpenBarrier": 300_000,
    "LeadOut": 300_000,
    "TurnBack": 3_600_000,
    "DriveTo": 600_000,
    "StartCharging": 43_200_000,
}
"""How long an answer may take before the same command is sent again (assumption; it doubles)."""
SWEEP_MS = 300_000
"""How often overdue answers are looked for while any is open."""
MOST_DOUBLINGS = 4
NEVER = 1 << 60
ENDED_KEPT = 2_000
"""Names in each of the two halves of the memory of what has ended."""


class Board:
    """State, plan and commands of the decision under way."""

    def __init__(self, port: Port) -> None:
        self.plan = Plan(port)
        self.state = State()
        self.commands: list[Command] = []
        self.to_fill: list[str] = []
        self.to_go_on: list[str] = []
        self.to_assign = False
        for name, place in self.plan.places.items():
            free = list(range(len(place.stations)))
            self.state.places[name] = PlaceState(free=free)

    def ask(self, kind: type[Command], *fields: Any) -> int:
        """Issue a command that will be answered; return its request number."""
        state = self.state
        request = state.next_request
        state.next_request = request + 1
        command = kind._make((request, *fields))
        self.commands.append(command)
        name = kind.__name__
        due_ms = state.now_ms + PATIENCE_MS[name]
        state.requests[request] = Pending(due_ms, 0, name, command)
        self.keep_sweeping()
        return request

    def tell(self, kind: type[Command], *fields: Any) -> int:
        """Issue a command that nobody answers; return its request number."""
        request = self.state.next_request
        self.state.next_request = request + 1
        self.commands.append(kind._make((request, *fields)))
        return request

    def alarm(self, subject: str, text: str) -> None:
        """Show people something they must know."""
        self.tell(RaiseAlarm, subject, text)

    def answered(self, request: int) -> bool:
        """Note that a request was answered; False when it is not open (any more)."""
        return self.state.requests.pop(request, None) is not None

    def wake_at(self, at_ms: int, reason: str) -> None:
        """Ask to be woken at a later time, unless that is due for the same reason and no later.

        What was due before now and did not come is taken for lost.
        """
        now_ms = self.state.now_ms
        if not now_ms < at_ms < NEVER:
            return
        known = self.state.wakes.get(reason)
        if known is None or at_ms < known or known < now_ms:
            self.state.wakes[reason] = at_ms
            self.commands.append(WakeAt(at_ms, reason))

    def sweep(self) -> None:
        """Send every overdue command again, unchanged."""
        state = self.state
        now_ms = state.now_ms
        for pending in state.requests.values():
            if pending.due_ms <= now_ms:
                pending.tries += 1
                wait_ms = PATIENCE_MS[pending.kind] << min(pending.tries, MOST_DOUBLINGS)
                pending.due_ms = now_ms + wait_ms
                self.commands.append(rebuild(pending.kind, pending.fields))
        if state.requests or state.results_overdue_ms:
            self.keep_sweeping()

    def keep_sweeping(self) -> None:
        """See that what is overdue is looked for soon, unless it is to be already."""
        now_ms = self.state.now_ms
        if self.state.wakes.get("sweep", 0) < now_ms:
            self.wake_at(now_ms + SWEEP_MS, "sweep")

    def visit_of(self, visit: str) -> Visit | None:
        """The visit, or None when it is unknown or has ended."""
        return self.state.visits.get(visit)

    def remember_ended(self, name: str, final: str) -> None:
        """Remember for a while that something has ended; the journal remembers for good."""
        state = self.state
        state.ended[name] = final
        if len(state.ended) >= ENDED_KEPT:
            state.ended_before, state.ended = state.ended, {}

    def has_ended(self, name: str) -> bool:
        """Whether something is known to have ended a while ago."""
        return name in self.state.ended or name in self.state.ended_before

    def how_ended(self, name: str) -> str:
        """How something ended that is remembered to have ended; "left" when it is forgotten."""
        return self.state.ended.get(name) or self.state.ended_before.get(name, "left")

    def reopen(self, place: str) -> None:
        """Let a place go on that may have been shut: its queue, and whoever waits in a station."""
        self.to_fill.append(place)
        self.to_go_on.extend(self.state.places[place].busy.values())

    def open_until(self, calendar: str) -> int:
        """End of the open interval of a calendar that now lies in; 0 when it is closed."""
        times = self.state.calendars.get(calendar)
        if times is None:
            return NEVER
        drop_past(times, self.state.now_ms)
        if times.opens and times.opens[0] <= self.state.now_ms:
            return times.closes[0]
        return 0

    def opens_from(self, calendar: str, at_ms: int) -> int:
        """The first moment from a time on at which a calendar is open, as far as it is known."""
        times = self.state.calendars.get(calendar)
        if times is None or at_ms >= times.to_ms:
            return at_ms
        for opens_ms, closes_ms in zip(times.opens, times.closes, strict=True):
            if closes_ms > at_ms:
                return max(opens_ms, at_ms)
        return times.to_ms

    def next_opening(self, calendar: str) -> int:
        """When a calendar opens next after now; the end of what is known if that is later.

        0 when neither lies ahead: then only a further extension of the calendar can tell.
        """
        times = self.state.calendars.get(calendar)
        if times is None:
            return 0
        drop_past(times, self.state.now_ms)
        for opens_ms in times.opens[:2]:
            if opens_ms > self.state.now_ms:
                return opens_ms
        return times.to_ms if times.to_ms > self.state.now_ms else 0


def drop_past(times: OpenTimes, now_ms: int) -> None:
    """Forget the intervals that have ended."""
    while times.closes and times.closes[0] <= now_ms:
        del times.closes[0], times.opens[0]


def rebuild(kind: str, fields: Sequence[Any]) -> Command:
    """Make the command again from what was kept of it."""
    values = (tuple(value) if isinstance(value, list) else value for value in fields)
    make: Callable[..., Command] = COMMANDS[kind]
    return make(*values)


def shown(value: object) -> str:
    """What was said, as people are told of it; an empty text is none."""
    return str(value) or "none"
