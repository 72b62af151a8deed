"""What a simulated site remembers: plain data that can be frozen, copied and run ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kouan.dispatch.events import VisitAnnounced
from kouan.runtime.codec import canonical_json, decode_event
from kouan.sim.draws import key_of
from kouan.sim.heap import Heap
from kouan.traffic.motion import Stretch

Answer = tuple[int, str, Sequence[Any]]
"""What a request was answered with: when, kind of event, its fields after ``at_ms``."""
Following = tuple[int, str, Sequence[Any]]
"""An event that follows at once: its place in the order of entry, kind, fields after ``at_ms``."""
ANSWERS_KEPT = 10_000
"""Answers in each of the two halves of the memory of answers; the older half goes as a whole."""


@dataclass(slots=True)
class Guest:
    """One visit or order as the simulation knows it: the truth behind what was declared.

    One from ``outside`` was announced by people: its carrier is real, or a twin's. Where there are
    no devices and no desk it is served as declared.
    """

    stream: str
    key: int
    procedure: str
    plate: str
    driver: str
    tare_kg: int
    mass_kg: int
    containers: int
    seal: str
    aboard_kg: int
    vehicle: str = ""
    suspended_ms: int = -1
    inside: bool = False
    outside: bool = False


def guest_from_outside(event: VisitAnnounced) -> Guest:
    """A visit that people announced; what the site finds of it is what they said."""
    return Guest(
        "",
        key_of(event.visit),
        event.procedure,
        event.plate,
        event.driver,
        event.tare_kg,
        event.mass_kg,
        event.containers,
        event.seal,
        aboard_kg=event.mass_kg,
        outside=True,
    )


@dataclass(slots=True)
class Car:
    """A virtual vehicle: where it is, what it may drive, how fast it is, what its battery holds.

    ``nodes`` are granted and not passed, ``step`` is the number of the node passed last. While it
    drives, ``began_ms`` and ``stretch`` say how; ``turn`` tells a plan from those it replaced.
    """

    fleet: str
    node: str
    charge_mwh: int
    step: int = 0
    nodes: list[str] = field(default_factory=list)
    speed: int = 0
    driven_mm: int = 0
    began_ms: int = 0
    stretch: Stretch | None = None
    turn: int = 0
    load_kg: int = 0
    stopped: bool = False
    paused: bool = False
    charging_since_ms: int = -1
    request: int = 0

    def may_drive(self) -> bool:
        """Whether nothing keeps it from driving what it was granted."""
        return not (self.stopped or self.paused)


@dataclass(slots=True)
class Memory:
    """Everything a site remembers.

    ``open`` are requests whose service is under way. ``answers`` and ``answers_before`` hold, by
    request, the newest answers, for commands that are sent again.
    """

    heap: Heap = field(default_factory=Heap)
    guests: dict[str, Guest] = field(default_factory=dict)
    cars: dict[str, Car] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    answers_before: dict[int, Answer] = field(default_factory=dict)
    services: dict[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict)
    slow: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    occasions: int = 0
    now_ms: int = 0

    def answer_to(self, request: int) -> Answer | None:
        """The answer that a request has had or will have; None when there is none (any more)."""
        return self.answers.get(request) or self.answers_before.get(request)

    def keep_answer(self, request: int, answer: Answer) -> None:
        """Keep an answer for the case that the command is sent again."""
        answers = self.answers
        answers[request] = answer
        if len(answers) >= ANSWERS_KEPT:
            self.answers_before, self.answers = answers, {}


def typed(kind: str, fields: Sequence[Any]) -> tuple[Any, ...]:
    """The fields of an event as they were before they were frozen: tuples where lists are."""
    if kind == "@again":
        return (fields[0], typed(fields[0], fields[1]))
    if kind[0] == "@":
        return tuple(fields)
    return tuple(decode_event(kind, canonical_json([0, *fields]))[1:])
