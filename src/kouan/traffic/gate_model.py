"""A gate as declared and what is remembered of it: a section that both directions share.

Rules are given with every call; the state is plain data and is written to snapshots as it stands.
"""

from dataclasses import dataclass, field
from math import ceil

from kouan.port.quantity import HOUR_MS


class GateError(ValueError):
    """Rules that make no sense, or a message that does not fit what is known of a vehicle."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One direction through the section.

    ``transit_ms``: from entering to having left, as expected. ``headway_ms``: least time between
    two entries. ``exit_room``: vehicles that may stand behind the section's end or be on their way
    there; ``approach_room``: vehicles that may wait in front. None is without limit.
    """

    transit_ms: int
    headway_ms: int = 0
    exit_room: int | None = None
    approach_room: int | None = None


@dataclass(frozen=True, slots=True)
class GateRules:
    """Two passages by direction, how many may follow one another, and how long one may wait.

    While the other side's queue is as long as this one's, ``convoy_most`` vehicles follow one
    another; where this one's is k times as long, k times as many. Of two directions with the same
    claim, the one declared first goes. GateError for figures that make no sense.
    """

    passages: dict[str, Passage]
    convoy_most: int = 40
    longest_wait_ms: int = 900_000

    def __post_init__(self) -> None:
        if len(self.passages) != 2:
            raise GateError(f"passages: {len(self.passages)} directions, expected 2")
        problems = [
            f"{direction}.{name}: {value}, expected {least} or more"
            for direction, passage in self.passages.items()
            for name, value, least in (
                ("transit_ms", passage.transit_ms, 1),
                ("headway_ms", passage.headway_ms, 0),
                ("exit_room", passage.exit_room, 1),
                ("approach_room", passage.approach_room, 1),
            )
            if value is not None and value < least
        ]
        if self.convoy_most < 1:
            problems.append(f"convoy_most: {self.convoy_most}, expected 1 or more")
        if self.longest_wait_ms < 0:
            problems.append(f"longest_wait_ms: {self.longest_wait_ms}, expected 0 or more")
        if problems:
            raise GateError("; ".join(problems))

    def passage(self, direction: str) -> Passage:
        """The passage of a direction; GateError when there is none."""
        if direction not in self.passages:
            known = ", ".join(self.passages)
            raise GateError(f"direction {direction!r}, expected one of {known}")
        return self.passages[direction]

    def opposite(self, direction: str) -> str:
        """The other direction."""
        first, second = self.passages
        return second if direction == first else first


@dataclass(frozen=True, slots=True)
class Steady:
    """An even demand carried in turns: time of a round of both, and vehicles a turn."""

    round_ms: int
    convoys: dict[str, int]


def steady(rules: GateRules, per_hour: dict[str, int], burst: int = 0) -> Steady | None:
    """Return the least turns that carry a demand; None when no length of turns does.

    A round is both turns, each its transit and a headway for every further vehicle; a turn takes
    what comes in a round, and ``burst`` more. So round = sum(transit - headway + burst * headway) /
    (1 - sum(rate * headway)), and demand has to come at less than one vehicle a headway, both
    directions together. The section can carry it if ``convoy_most`` is no less than the convoys.
    """
    spare, lost_ms = HOUR_MS, 0
    for direction, rate in per_hour.items():
        passage = rules.passage(direction)
        spare -= rate * passage.headway_ms
        lost_ms += max(0, passage.transit_ms - passage.headway_ms) + burst * passage.headway_ms
    if spare <= 0:
        return None
    round_ms = ceil(lost_ms * HOUR_MS / spare)
    convoys = {
        direction: max(1, burst + ceil(rate * round_ms / HOUR_MS))
        for direction, rate in per_hour.items()
    }
    return Steady(round_ms, convoys)


@dataclass(slots=True)
class Waiting:
    """A vehicle in front of the section; ``number`` counts the requests of a gate."""

    vehicle: str
    direction: str
    since_ms: int
    number: int
    deadline_ms: int = 0
    priority: int = 0
    batch: str = ""


@dataclass(slots=True)
class Batch:
    """Vehicles that cross together, in the order in which they ask; ``vehicles`` are all of it."""

    direction: str
    vehicles: list[str]


@dataclass(slots=True)
class GateState:
    """Who waits, who may enter, who is inside, and whose place behind the section is whose.

    ``direction`` has its turn since ``turn_ms``, when ``turn_number`` requests had been made;
    ``convoy`` vehicles have been let in while others waited at the other side. ``turn_to`` is the
    direction for which the section empties. ``permitted`` may enter and has not; ``rest`` are those
    of its batch who follow. ``exits`` names, by direction, who has a place behind the section.
    """

    waiting: dict[str, Waiting] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    permitted: Waiting | None = None
    rest: list[Waiting] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)
    exits: dict[str, list[str]] = field(default_factory=dict)
    entered_ms: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    closed: bool = False
    direction: str = ""
    turn_to: str = ""
    turn_ms: int = 0
    turn_number: int = 0
    convoy: int = 0
    requests: int = 0
