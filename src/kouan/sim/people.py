"""People and devices at stations: how long a service takes and what evidence it brings."""

from dataclasses import dataclass

from kouan.dispatch.events import Evidence
from kouan.port.model import Port
from kouan.port.places import PlaceKind
from kouan.port.procedures import BY_FACTS, Check, CheckKind, Stage, Work
from kouan.sim.demand import Step
from kouan.sim.draws import Sampler, between, comes_true, draw, sampler
from kouan.sim.memory import Guest

SCALE_ERROR_KG = 100
"""Largest error of a simulated scale (assumption)."""
WRONG_MASS_KG = 6_000
"""How much heavier than declared a wrongly declared load is (assumption)."""

LANE_OUT_MS = 10_000
"""Time to drive out of a lane once it may be left (assumption)."""
WAY_IN_MS = 60_000
"""Time to drive in from outside, where one was told to wait (assumption)."""
WAY_OUT_MS = 60_000
"""Time to drive out of the port from the last stage (assumption)."""
FIRST_PERSON, SECOND_PERSON = "officer 1 (simulated)", "officer 2 (simulated)"
"""The two who agree where it takes two."""

ORDER_OF_CHECK = {kind: number for number, kind in enumerate(CheckKind)}
DECLARED_TEXT = {CheckKind.PLATE: "plate", CheckKind.DRIVER: "driver", CheckKind.SEAL: "seal"}
"""Checks that read a text, and the field of a guest that holds it."""
EVIDENCE_STEP = 16
RESULT_STEP = 40


@dataclass(frozen=True, slots=True)
class Service:
    """A declared stage, made ready for serving it often.

    ``times`` are those of the service and of its checks, each with the number of its draw;
    ``at_once`` and ``later`` are the checks by when their result comes, with their numbers.
    """

    stage: Stage
    is_last: bool
    moves_load: bool
    by_person: bool
    first_step: int
    times: tuple[tuple[int, Sampler], ...]
    at_once: tuple[tuple[int, Check], ...]
    later: tuple[tuple[int, Check, Sampler], ...]

    def step(self, attempt: int) -> int:
        """Number of the first draw for an attempt at this stage."""
        return self.first_step + attempt * int(Step.STAGES)


def _service(port: Port, stage: Stage, index: int, is_last: bool) -> Service:
    times = [] if stage.time is None else [(0, sampler(stage.time))]
    checks = list(enumerate(stage.checks))
    timed = [(number, check.time) for number, check in checks if check.time is not None]
    times += [(number + 1, sampler(time)) for number, time in timed]
    return Service(
        stage,
        is_last,
        moves_load=stage.work in (Work.LOAD, Work.UNLOAD),
        by_person=port.places[stage.at].kind is PlaceKind.DESK,
        first_step=Step.STAGES * (1 + index * 128),
        times=tuple(times),
        at_once=tuple(
            (number, check)
            for number, check in checks
            if check.result_after is None and check.check not in BY_FACTS
        ),
        later=tuple(
            (number, check, sampler(check.result_after))
            for number, check in checks
            if check.result_after is not None
        ),
    )


class Stations:
    """The declared stages, and what their services come to for a visit."""

    def __init__(self, port: Port, seed: int) -> None:
        self.seed = seed
        self.services: dict[tuple[str, str], Service] = {}
        """By procedure and stage."""
        for procedure, declared in port.procedures.items():
            for index, stage in enumerate(declared.stages):
                is_last = stage is declared.stages[-1]
                self.services[procedure, stage.id] = _service(port, stage, index, is_last)

    def duration_ms(self, service: Service, guest: Guest, attempt: int) -> int:
        """Time of a service: its own, or that of the longest check if that is longer."""
        step = service.step(attempt)
        longest = 0
        for number, time in service.times:
            taken = time.at(draw(self.seed, guest.key, step + number))
            if taken > longest:
                longest = taken
        return longest

    def evidence(self, service: Service, guest: Guest, attempt: int) -> tuple[Evidence, ...]:
        """What the checks of a service find; a later result is not among it."""
        if not service.at_once:
            return ()
        step = service.step(attempt) + EVIDENCE_STEP
        by_person = service.by_person
        found = [
            self._find(guest, check, step + 2 * number, by_person)
            for number, check in service.at_once
        ]
        if service.stage.four_eyes:
            found = [item._replace(by=SECOND_PERSON) for item in found]
        return tuple(found)

    def later_results(
        self, service: Service, guest: Guest, attempt: int
    ) -> list[tuple[int, Evidence]]:
        """Results that come after the service, with how long after."""
        step = service.step(attempt) + RESULT_STEP
        return [
            (
                after.at(draw(self.seed, guest.key, step + 2 * number)),
                self._find(guest, check, step + 2 * number + 1, service.by_person),
            )
            for number, check, after in service.later
        ]

    def _find(self, guest: Guest, check: Check, step: int, by_person: bool) -> Evidence:
        kind = check.check
        order = ORDER_OF_CHECK[kind]
        wrong = comes_true(self.seed, guest.key, Step.WRONG + order, check.wrong_ppm)
        unread = not by_person and comes_true(self.seed, guest.key, step, check.unread_ppm)
        if kind is CheckKind.MASS:
            return self._weigh(guest, step, unread, wrong)
        if kind in DECLARED_TEXT:
            declared: str = getattr(guest, DECLARED_TEXT[kind])
            found = "" if unread else _altered(declared) if wrong else declared
            return Evidence(kind.value, found)
        if kind is CheckKind.CONTAINER:
            return Evidence(kind.value, amount=guest.containers + int(wrong))
        return Evidence(kind.value, "not passed" if wrong else "", ok=not wrong)

    def _weigh(self, guest: Guest, step: int, unread: bool, wrong: bool) -> Evidence:
        if unread:
            return Evidence(CheckKind.MASS.value)
        number = draw(self.seed, guest.key, step)
        error = between(number, -SCALE_ERROR_KG, SCALE_ERROR_KG)
        extra = WRONG_MASS_KG if wrong and guest.aboard_kg else 0
        return Evidence(
            CheckKind.MASS.value, amount=guest.tare_kg + guest.aboard_kg + extra + error
        )


def _altered(text: str) -> str:
    """A text that differs from the declared one in two characters: never a look-alike."""
    return f"X{text[1:-1]}X"
