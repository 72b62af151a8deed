"""All checkers as one observer of a run."""

from collections.abc import Callable, Sequence
from typing import Any

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.port.model import Port
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.capacity import (
    QuotaChecker,
    RoomChecker,
    SlotChecker,
    StationChecker,
)
from kouan.runtime.checkers.clearance import BarrierChecker, ReleaseChecker
from kouan.runtime.checkers.facts import Facts
from kouan.runtime.checkers.halts import HaltChecker
from kouan.runtime.checkers.held import HoldChecker
from kouan.runtime.checkers.liveness import LivenessChecker
from kouan.runtime.checkers.looped import LaneChecker
from kouan.runtime.checkers.order import FinalStateChecker, RequestChecker, TimeChecker
from kouan.runtime.checkers.roads import ChargeChecker, RoadChecker, StandingChecker
from kouan.runtime.checkers.slips import SlipChecker
from kouan.runtime.checkers.waiting import WaitingAreaChecker

KINDS: tuple[type[Checker], ...] = (
    TimeChecker,
    RequestChecker,
    FinalStateChecker,
    BarrierChecker,
    ReleaseChecker,
    StationChecker,
    RoomChecker,
    WaitingAreaChecker,
    SlotChecker,
    QuotaChecker,
    RoadChecker,
    StandingChecker,
    HaltChecker,
    ChargeChecker,
    LaneChecker,
    HoldChecker,
    SlipChecker,
)
"""Every checker of safety; liveness is asked for, as it needs a bound."""
Handler = Callable[[Any], None]


class Checkers:
    """Runs checkers over entries; what they find is in ``violations``, which also counts.

    Given ``bound_ms``, liveness is watched too: every visit ends within it, counted from its
    beginning or from ``faults_end_ms``, whichever is later.
    """

    def __init__(
        self,
        port: Port,
        *,
        bound_ms: int | None = None,
        faults_end_ms: int = 0,
        kinds: Sequence[type[Checker]] = KINDS,
    ) -> None:
        self.violations = Violations()
        self.facts = Facts(port)
        checkers: list[Checker] = [kind(self.facts, self.violations) for kind in kinds]
        if bound_ms is not None:
            checkers.append(LivenessChecker(self.facts, self.violations, bound_ms, faults_end_ms))
        self._checkers = checkers
        self._every = [c.every for c in checkers if type(c).every is not Checker.every]
        self._settle = [c.settle for c in checkers if type(c).settle is not Checker.settle]
        self._on_event = _merge([checker.on_event for checker in checkers])
        self._on_command = _merge([checker.on_command for checker in checkers])

    def __call__(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Observe one entry; the same as ``observe``."""
        self.observe(number, event, commands)

    def observe(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Check one entry: its number, its event and the commands it caused."""
        facts = self.facts
        facts.begin(number, event.at_ms, commands)
        for every in self._every:
            every(number, event, commands)
        for handle in self._on_event.get(type(event), ()):
            handle(event)
        facts.event(event)
        for command in commands:
            facts.command(command)
            for handle in self._on_command.get(type(command), ()):
                handle(command)
        for settle in self._settle:
            settle()
        facts.close()

    def finish(self) -> None:
        """Check what only the end of a run shows; call it once, when everything may have ended."""
        for checker in self._checkers:
            checker.finish(self.facts.at_ms)


class Liveness(Checkers):
    """Liveness alone, as an observer of its own."""

    def __init__(self, port: Port, bound_ms: int, faults_end_ms: int = 0) -> None:
        super().__init__(port, bound_ms=bound_ms, faults_end_ms=faults_end_ms, kinds=())


def _merge(tables: list[dict[type, Handler]]) -> dict[type, tuple[Handler, ...]]:
    merged: dict[type, tuple[Handler, ...]] = {}
    for table in tables:
        for kind, handler in table.items():
            merged[kind] = (*merged.get(kind, ()), handler)
    return merged
