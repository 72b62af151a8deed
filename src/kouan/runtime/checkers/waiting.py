"""Rules of the queue before the gate: the room of waiting areas, and calls that lapse."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.places import PlaceKind
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.recent import Recent


class WaitingAreaChecker(Checker):
    """No more visits stand in a waiting area than it has room for; the others were told to wait.

    It is about waiting areas at which visits first come, with a declared room, that they can be
    seen to leave. Who comes stands inside unless the same entry tells it to wait outside; who was
    told so stands inside once it was called in and has come.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        first = facts.layout.first_places.values()
        self.limits = {
            name: place.room + place.stations
            for name, place in facts.port.places.items()
            if place.kind is PlaceKind.WAITING_AREA
            and place.room is not None
            and name in first
            and facts.layout.seen_to_leave[name]
        }
        self.inside: dict[str, dict[str, bool]] = {name: {} for name in self.limits}
        self.at: dict[str, str] = {}
        self.left: dict[str, str] = {}
        self.called: dict[str, str] = {}
        self.coming: dict[str, str] = {}
        self.early: Recent[str] = Recent()
        if self.limits:
            self.on_event = {
                e.Arrived: self._arrived,
                e.VisitAnnounced: self._announced,
                e.LeftPort: self._gone,
            }
            self.on_command = {
                c.WaitOutside: self._outside,
                c.SendTo: self._send,
                c.RevokeCall: self._revoke,
                c.LeaveBy: self._gone,
                c.TurnBack: self._gone,
                c.ConfirmSlip: self._gone,
            }

    def _arrived(self, event: e.Arrived) -> None:
        visit = self.facts.visits.get(event.visit)
        if visit is None:
            self.early.put(event.visit, event.place)
        elif self.called.get(event.visit) == event.place:
            del self.called[event.visit]
            self.coming[event.visit] = event.place
        elif not visit.begun:
            self._newcomer(event.visit, visit.procedure, event.place)

    def _announced(self, event: e.VisitAnnounced) -> None:
        place = self.early.pop(event.visit)
        if place is not None and event.visit not in self.facts.visits:
            self._newcomer(event.visit, event.procedure, place)

    def _newcomer(self, visit: str, procedure: str, place: str) -> None:
        if place in self.limits and self.facts.layout.first_places.get(procedure) == place:
            self.coming[visit] = place

    def _outside(self, command: c.WaitOutside) -> None:
        self.coming.pop(command.visit, None)

    def _send(self, command: c.SendTo) -> None:
        place = self.at.get(command.visit, "")
        if command.place == place:
            return
        self._gone(command)
        self.left[command.visit] = place
        if command.place in self.limits:
            self.called[command.visit] = command.place

    def _revoke(self, command: c.RevokeCall) -> None:
        """One that was called on from a waiting area comes to it anew; others are still outside."""
        if self.called.pop(command.visit, None) is None and self.left.get(command.visit):
            self.coming[command.visit] = self.left[command.visit]

    def _gone(self, word: c.SendTo | c.ConfirmSlip | e.LeftPort) -> None:
        self.called.pop(word.visit, None)
        self.coming.pop(word.visit, None)
        self.left.pop(word.visit, None)
        place = self.at.pop(word.visit, None)
        if place is not None:
            self.inside[place].pop(word.visit, None)

    def settle(self) -> None:
        """Let in who came, once the whole entry has said who is told to wait outside."""
        for visit, place in self.coming.items():
            self.at[visit] = place
            inside = self.inside[place]
            inside[visit] = True
            if len(inside) > self.limits[place]:
                text = f"stands in {place} as number {len(inside)}, room for {self.limits[place]}"
                self.broken("waiting_area", visit, text)
        self.coming.clear()
