"""Liveness: once faults have stopped, every visit that is in the port ends within a bound."""

from collections import deque

from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts


class LivenessChecker(Checker):
    """Every visit ends within ``bound_ms`` of its beginning or of the last fault.

    A visit begins with its first arrival, an order with the first command that names it. At the
    end of a run that lets everything finish nothing may be left, announced or placed.
    """

    def __init__(
        self, facts: Facts, violations: Violations, bound_ms: int, faults_end_ms: int = 0
    ) -> None:
        super().__init__(facts, violations)
        self.bound_ms = bound_ms
        self.faults_end_ms = faults_end_ms
        self.waiting: deque[tuple[str, int]] = deque()

    def settle(self) -> None:
        """Note what has begun, and look at whoever is longest in the port."""
        facts = self.facts
        self.waiting.extend((visit, facts.at_ms) for visit in facts.newly_begun)
        while self.waiting:
            visit, since_ms = self.waiting[0]
            if visit in facts.visits:
                if facts.at_ms <= max(since_ms, self.faults_end_ms) + self.bound_ms:
                    return
                self.late(visit, since_ms)
            self.waiting.popleft()

    def late(self, visit: str, since_ms: int) -> None:
        """Write down a visit that has not ended in time."""
        text = f"in the port since {since_ms} ms, not ended after {self.bound_ms} ms"
        self.broken("liveness", visit, text)

    def finish(self, at_ms: int) -> None:
        """Nothing may be left at the end."""
        for visit, known in self.facts.visits.items():
            stands = f"at {known.place}" if known.place else "not come" if not known.begun else ""
            self.broken("liveness", visit, f"is left at the end, {at_ms} ms {stands}".rstrip())
