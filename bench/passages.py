"""How visits pass an area of a port: how long in all, served, driving, and waiting for the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import NamedTuple

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS, MINUTE_MS
from kouan.port.read import load_port
from kouan.report.fold import Fold, Folds
from kouan.report.summary import Summary
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate

PORTS = Path(__file__).resolve().parents[1] / "ports"
DAY = "2026-10-12"
BUSY_H = (10, 18)
"""Local hours over which throughput is counted: queues have grown, and nothing closes yet."""


class Passage(NamedTuple):
    """One visit's way through an area, from its arrival at the first place to its leaving."""

    visit: str
    visit_class: str
    begun_ms: int
    ended_ms: int
    served_ms: int
    driven_ms: int
    stops: int

    @property
    def waited_ms(self) -> int:
        """What it stood in queues, and at stations that it could not leave."""
        return self.ended_ms - self.begun_ms - self.served_ms - self.driven_ms


@dataclass(slots=True)
class Inside:
    """A visit in the area; ``since_ms`` is when its service or its way between places began."""

    begun_ms: int
    since_ms: int = 0
    served_ms: int = 0
    driven_ms: int = 0
    stops: int = 0


class PassageFold(Fold):
    """Passages of an area's places; people drive what passes there."""

    def __init__(self, area: Sequence[str]) -> None:
        super().__init__()
        self.area = area
        self.passages: list[Passage] = []
        self.inside: dict[str, Inside] = {}
        self.classes: dict[str, str] = {}
        self.on_event = {
            e.VisitAnnounced: self._announced,
            e.Arrived: self._arrived,
            e.ServiceEnded: self._served,
        }
        self.on_command = {
            c.StartService: self._began,
            c.SendTo: self._sent,
            c.TurnBack: self._left,
            c.LeaveBy: self._left,
        }

    def _announced(self, at_ms: int, event: e.VisitAnnounced) -> None:
        del at_ms
        self.classes[event.visit] = event.visit_class

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        if event.place not in self.area:
            return
        visit = self.inside.get(event.visit)
        if visit is None:
            self.inside[event.visit] = Inside(at_ms)
        else:
            visit.driven_ms += at_ms - visit.since_ms

    def _began(self, at_ms: int, command: c.StartService) -> None:
        visit = self.inside.get(command.visit)
        if visit is not None:
            visit.since_ms = at_ms

    def _served(self, at_ms: int, event: e.ServiceEnded) -> None:
        visit = self.inside.get(event.visit)
        if visit is not None:
            visit.served_ms += at_ms - visit.since_ms
            visit.stops += 1

    def _sent(self, at_ms: int, command: c.SendTo) -> None:
        visit = self.inside.get(command.visit)
        if visit is None:
            return
        if command.place in self.area:
            visit.since_ms = at_ms
        else:
            self._left(at_ms, command)

    def _left(self, at_ms: int, command: c.SendTo | c.TurnBack | c.LeaveBy) -> None:
        visit = self.inside.pop(command.visit, None)
        if visit is not None:
            name = self.classes.get(command.visit, "")
            times = (visit.begun_ms, at_ms, visit.served_ms, visit.driven_ms)
            self.passages.append(Passage(command.visit, name, *times, visit.stops))


class Day(NamedTuple):
    """One simulated day: its summary, and the passages of an area."""

    summary: Summary
    passages: list[Passage]
    start_ms: int
    arrivals: dict[str, int]
    """When each visit first came, by its name."""


class _Arrivals(Fold):
    """When each visit first came."""

    def __init__(self) -> None:
        super().__init__()
        self.first_ms: dict[str, int] = {}
        self.on_event = {e.Arrived: self._arrived}

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        self.first_ms.setdefault(event.visit, at_ms)


def port_with(name: str, settings: Sequence[str]) -> Port:
    """A shipped port under settings."""
    return load_port(PORTS / f"{name}.toml", settings)[0]


def day_of(port: Port, area: Sequence[str], seed: int) -> Day:
    """Simulate a day; raise RuntimeError where a rule is broken."""
    scenario = days_of(port, seed, start_of_day_ms(port, DAY), 1)
    summary, fold, arrivals = Summary(port), PassageFold(area), _Arrivals()
    summary.days, summary.until_ms = 1, scenario.until_ms
    checkers = Checkers(port)
    simulate(
        scenario,
        MemoryJournal(scenario.header()),
        [summary, Folds([fold, arrivals]), checkers],
    )
    if checkers.violations:
        raise RuntimeError(f"{port.name}, seed {seed}: {checkers.violations[0]}")
    return Day(summary, fold.passages, scenario.start_ms, arrivals.first_ms)


def minutes_of(passages: Sequence[Passage]) -> dict[str, float]:
    """Mean and P95 of the time in the area, and P95 of what of it was waiting, in minutes."""
    taken = [one.ended_ms - one.begun_ms for one in passages]
    return {
        "time_mean_min": sum(taken) / max(1, len(taken)) / MINUTE_MS,
        "time_p95_min": percentile(taken, 95) / MINUTE_MS,
        "wait_p95_min": percentile([one.waited_ms for one in passages], 95) / MINUTE_MS,
    }


def unhindered_s(passages: Sequence[Passage]) -> float:
    """Mean seconds served and driven of those that went the ordinary way, with the usual stops.

    Whoever a person had to look at made one stop more, or was turned back after fewer.
    """
    ((usual, _),) = Counter(one.stops for one in passages).most_common(1)
    taken = [one.served_ms + one.driven_ms for one in passages if one.stops == usual]
    return sum(taken) / len(taken) / 1_000


def percentile(values: Sequence[int], percent: int) -> int:
    """The value of nearest rank; 0 when there is none."""
    return sorted(values)[max(1, ceil(percent * len(values) / 100)) - 1] if values else 0


def throughput(day: Day, passages: Sequence[Passage]) -> float:
    """Passages ended an hour, over the busy hours."""
    first, last = (day.start_ms + hour * HOUR_MS for hour in BUSY_H)
    ended = sum(first <= one.ended_ms < last for one in passages)
    return ended / (BUSY_H[1] - BUSY_H[0])
