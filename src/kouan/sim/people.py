"""People and devices at stations: how long a service takes and what evidence it brings."""

from kouan.dispatch.events import Evidence
from kouan.port.model import Port
from kouan.port.places import PlaceKind
from kouan.port.procedures import Check, CheckKind, Stage
from kouan.sim.demand import Step
from kouan.sim.draws import between, draw, happens, sampler
from kouan.sim.memory import Guest

SCALE_ERROR_KG = 100
"""Largest error of a simulated scale (assumption)."""
WRONG_MASS_KG = 6_000
"""How much heavier than declared a wrongly declared load is (assumption)."""


class Stations:
    """The declared stages, and what their services come to for a visit."""

    def __init__(self, port: Port, seed: int) -> None:
        self.seed = seed
        self.stages: dict[tuple[str, str], tuple[int, Stage, bool]] = {}
        for procedure, declared in port.procedures.items():
            for index, stage in enumerate(declared.stages):
                by_person = port.places[stage.at].kind is PlaceKind.DESK
                self.stages[procedure, stage.id] = (index, stage, by_person)

    def duration_ms(self, guest: Guest, stage_id: str, attempt: int) -> int:
        """Time of a service: its own, or that of the longest check if that is longer."""
        index, stage, _ = self.stages[guest.procedure, stage_id]
        step = _step(index, attempt)
        longest = 0
        if stage.time is not None:
            longest = sampler(stage.time).at(draw(self.seed, guest.key, step))
        for number, check in enumerate(stage.checks, start=1):
            if check.time is not None:
                taken = sampler(check.time).at(draw(self.seed, guest.key, step + number))
                longest = max(longest, taken)
        return longest

    def evidence(self, guest: Guest, stage_id: str, attempt: int) -> tuple[Evidence, ...]:
        """What the checks of a service find; a later result is not among it."""
        index, stage, by_person = self.stages[guest.procedure, stage_id]
        step = _step(index, attempt) + 16
        return tuple(
            self._find(guest, check, step + 2 * number, by_person)
            for number, check in enumerate(stage.checks)
            if check.result_after is None
        )

    def later_results(
        self, guest: Guest, stage_id: str, attempt: int
    ) -> list[tuple[int, Evidence]]:
        """Results that come after the service, with how long after."""
        index, stage, by_person = self.stages[guest.procedure, stage_id]
        step = _step(index, attempt) + 40
        return [
            (
                sampler(check.result_after).at(draw(self.seed, guest.key, step + 2 * number)),
                self._find(guest, check, step + 2 * number, by_person),
            )
            for number, check in enumerate(stage.checks)
            if check.result_after is not None
        ]

    def _find(self, guest: Guest, check: Check, step: int, by_person: bool) -> Evidence:
        kind = check.check
        order = list(CheckKind).index(kind)
        wrong = happens(draw(self.seed, guest.key, Step.WRONG + order), check.wrong_ppm)
        number = draw(self.seed, guest.key, step)
        unread = not by_person and happens(number, check.unread_ppm)
        if kind is CheckKind.MASS:
            return self._weigh(guest, number, unread, wrong)
        declared = {
            CheckKind.PLATE: guest.plate,
            CheckKind.DRIVER: guest.driver,
            CheckKind.SEAL: guest.seal,
        }.get(kind)
        if declared is not None:
            found = "" if unread else _altered(declared) if wrong else declared
            return Evidence(kind.value, found)
        if kind is CheckKind.CONTAINER:
            return Evidence(kind.value, amount=guest.containers + int(wrong))
        return Evidence(kind.value, "not passed" if wrong else "", ok=not wrong)

    def _weigh(self, guest: Guest, number: int, unread: bool, wrong: bool) -> Evidence:
        if unread:
            return Evidence(CheckKind.MASS.value)
        error = between(number, -SCALE_ERROR_KG, SCALE_ERROR_KG)
        extra = WRONG_MASS_KG if wrong and guest.aboard_kg else 0
        return Evidence(
            CheckKind.MASS.value, amount=guest.tare_kg + guest.aboard_kg + extra + error
        )


def _step(index: int, attempt: int) -> int:
    return Step.STAGES * (1 + index * 128 + attempt)


def _altered(text: str) -> str:
    """A text that differs from the declared one in two characters: never a look-alike."""
    return f"X{text[1:-1]}X"
