"""Holds and paper slips in any order with all else: nothing unsafe, and everything ends."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Mode, ModeName, Port
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import truck_port
from tests.unit.dispatch.test_arrivals import express

NAMES = ("a", "b", "d", "f")
CODES = ("w-1", "w-2")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "come",
                "announce",
                "answer",
                "unread",
                "wrong",
                "hold",
                "free",
                "slip",
                "mode",
                "late",
            ]
        ),
        st.integers(0, 50),
        st.sampled_from(NAMES),
    ),
    max_size=60,
)


class Story:
    """One port, and what happens there by numbers."""

    def __init__(self, made: Port) -> None:
        self.port = replace(made, modes={ModeName.MANUAL: Mode(("port_operator",))})
        self.play = Play(self.port, frozen=False)
        (self.procedure,) = self.port.procedures.values()
        self.came: list[str] = []
        self.number = 0

    def step(self, what: str, number: int, name: str) -> None:
        """Let one thing happen."""
        getattr(self, what)(number, name)
        self.play.wait(1_000)

    def come(self, _number: int, name: str) -> None:
        """A visit comes with its papers."""
        if name not in self.came:
            self.came.append(name)
            self.play.come(name)

    def announce(self, _number: int, name: str) -> None:
        """A visit is announced, and may come later."""
        if name not in self.came:
            self.came.append(name)
            self.play.announce(name)
            self.play.lodge(name)

    def answer(self, number: int, _name: str) -> None:
        """One of the open requests is answered as it should be."""
        open_ones = [one for one in self.play.open.values() if not self.play.is_over(one)]
        if open_ones:
            self.play.answer(open_ones[number % len(open_ones)])

    def _serve(self, name: str, found: e.Evidence) -> None:
        asked = self.play.asked(c.StartService, visit=name, stage=self.procedure.stages[0].id)
        if asked and not self.play.is_over(asked[-1]):
            self.play.answer(asked[-1], (found,))

    def unread(self, _number: int, name: str) -> None:
        """A service ends without a plate."""
        self._serve(name, e.Evidence("plate", ""))

    def wrong(self, _number: int, name: str) -> None:
        """A service ends with another plate."""
        self._serve(name, e.Evidence("plate", "XX-999"))

    def late(self, number: int, _name: str) -> None:
        """A word of a service comes again."""
        told = [one for one in self.play.history if isinstance(one, e.ServiceEnded)]
        if told:
            self.play.again(told[number % len(told)])

    def hold(self, number: int, name: str) -> None:
        """Border inspection wants to see a visit, known or not."""
        self.play.tell(e.VisitHeld, name, "border_inspection", CODES[number % 2])

    def free(self, number: int, name: str) -> None:
        """And has seen it."""
        self.play.tell(e.VisitFreed, name, "wang/border_officer", CODES[number % 2])

    def mode(self, number: int, _name: str) -> None:
        """The power goes, or comes back."""
        self.play.tell(e.ModeSwitched, ("manual", "normal")[number % 2], "port_operator")

    def slip(self, number: int, name: str) -> None:
        """A slip of any stage is entered, of this moment or a while ago."""
        stage = self.procedure.stages[number % len(self.procedure.stages)]
        places = [at for at, place in self.play.dispatcher._board.plan.place_of_station.items()]
        stations = [
            at for at in places if self.play.dispatcher._board.plan.place_of_station[at] == stage.at
        ]
        self.number += number % 3 > 0
        people = ("li", "zhao")[: 1 + number % 2]
        evidence = (e.Evidence("documents", ok=number % 7 > 0, by="li"),)
        happened_ms = self.play.now_ms - (number % 2) * 5_000
        fields = (stage.id, stations[number % len(stations)], number % 7 > 0, evidence, people)
        self.play.tell(e.SlipEntered, str(self.number), name, *fields, happened_ms, "wang")

    def _bring_results(self) -> None:
        """The laboratory answers for samples that only a slip tells of."""
        for name, visit in list(self.play.state.visits.items()):
            for due in list(visit.results_due):
                stage, _, check = due.partition(":")
                self.play.tell(e.ResultArrived, name, stage, e.Evidence(check))

    def end(self) -> None:
        """Everybody is seen, the power is back, and what is open goes on."""
        play = self.play
        self.mode(1, "")
        for name in NAMES:
            for code in CODES:
                play.tell(e.VisitFreed, name, "wang/border_officer", code)
        for _ in range(3):
            for name in self.came:
                known = play.state.visits.get(name)
                if known is not None and known.phase == "announced":
                    play.arrive(name)
            self._bring_results()
            play.run()
        left = {name: (one.phase, one.stage, one.place) for name, one in play.state.visits.items()}
        assert not left
        for place in play.state.places.values():
            assert (place.queued, place.lined, place.coming, place.busy) == (0, 0, 0, {})
        play.check()


@pytest.mark.parametrize("made", [truck_port, express])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_holds_and_slips_break_nothing_and_everything_ends(
    made: object, steps: list[tuple[str, int, str]]
) -> None:
    assert callable(made)
    story = Story(made())
    for step in steps:
        story.step(*step)
    story.end()
