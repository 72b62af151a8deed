"""The gate's rule case by case: turns, convoys, claims, room, batches, and what goes wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic import gate
from kouan.traffic.gate import NOBODY, Decision
from kouan.traffic.gate_model import GateError, GateRules, GateState, Passage, steady

PASSAGE = Passage(transit_ms=100, headway_ms=10)
RULES = GateRules({"out": PASSAGE, "back": PASSAGE}, convoy_most=3, longest_wait_ms=1_000)


def with_room(exit_room: int | None = None, approach_room: int | None = None) -> GateRules:
    passage = replace(PASSAGE, exit_room=exit_room, approach_room=approach_room)
    return replace(RULES, passages={"out": passage, "back": passage})


class Driven:
    """A gate and its vehicles: who is let in leaves after the transit, and goes on at once."""

    def __init__(self, rules: GateRules = RULES, goes_on: bool = True) -> None:
        self.rules, self.state, self.now_ms, self.goes_on = rules, GateState(), 0, goes_on
        self.entered: list[str] = []
        self.leave_ms: dict[str, int] = {}

    def come(self, *vehicles: str, deadline_ms: int = 0, priority: int = 0) -> None:
        """Vehicles named o... go out, b... come back."""
        for vehicle in vehicles:
            side = "out" if vehicle.startswith("o") else "back"
            wish = {"deadline_ms": deadline_ms, "priority": priority}
            assert gate.request(self.state, self.rules, vehicle, side, self.now_ms, **wish)

    def ask(self) -> Decision:
        return gate.decide(self.state, self.rules, self.now_ms)

    def run(self, until_ms: int) -> list[str]:
        """Let time pass, in steps of a headway; return all who have entered so far."""
        while self.now_ms <= until_ms:
            for vehicle in [one for one, at_ms in self.leave_ms.items() if at_ms <= self.now_ms]:
                del self.leave_ms[vehicle]
                gate.left(self.state, vehicle)
                if self.goes_on:
                    gate.buffer_freed(self.state, vehicle)
            vehicle = self.ask().vehicle
            if vehicle:
                gate.entered(self.state, vehicle, self.now_ms)
                self.entered.append(vehicle)
                self.leave_ms[vehicle] = self.now_ms + 100
            self.now_ms += 10
        return self.entered


def test_first_vehicle_enters_at_once_and_the_next_after_the_headway() -> None:
    driven = Driven()
    driven.come("o1", "o2")
    assert driven.ask() == ("o1", 0)
    assert driven.ask() == NOBODY
    gate.entered(driven.state, "o1", 4)
    driven.now_ms = 5
    assert driven.ask() == ("", 14)
    driven.now_ms = 14
    assert driven.ask() == ("o2", 0)


def test_other_direction_waits_until_the_section_is_empty() -> None:
    driven = Driven()
    driven.come("o1", "b1")
    assert driven.run(80) == ["o1"]
    assert driven.ask() == NOBODY
    assert driven.run(100) == ["o1", "b1"]


def test_direction_is_kept_while_its_vehicles_wait() -> None:
    driven = Driven()
    driven.come("o1", "b1", "o2")
    assert driven.run(300) == ["o1", "o2", "b1"]


def test_an_emptying_section_takes_nobody_more() -> None:
    driven = Driven()
    driven.come("o1", "b1")
    driven.run(40)
    driven.come("o2")
    assert driven.run(400) == ["o1", "b1", "o2"]


def test_a_turn_is_forgotten_when_the_other_side_gives_up() -> None:
    driven = Driven()
    driven.come("o1", "b1")
    driven.run(40)
    gate.withdraw(driven.state, "b1")
    driven.come("o2")
    assert driven.ask() == ("o2", 0)


def test_convoy_has_an_end_when_queues_are_alike() -> None:
    driven = Driven()
    driven.come("o1", "o2", "o3", "o4", "b1", "b2", "b3", "b4")
    assert driven.run(900) == ["o1", "o2", "o3", "b1", "b2", "b3", "o4", "b4"]


def test_convoy_is_longer_where_the_queue_is() -> None:
    driven = Driven()
    driven.come(*(f"o{number}" for number in range(8)), "b1")
    entered = driven.run(900)
    assert entered.index("b1") > 3
    assert len(entered) == 9


def test_vehicles_that_nobody_waited_for_count_for_no_convoy() -> None:
    driven = Driven()
    driven.come("o1", "o2", "o3", "o4")
    driven.run(30)
    driven.come("b1", "b2", "b3", "o5", "o6")
    assert driven.run(700) == ["o1", "o2", "o3", "o4", "o5", "o6", "b1", "b2", "b3"]


def test_who_waited_longest_gets_its_direction_next() -> None:
    driven = Driven(replace(RULES, convoy_most=100))
    driven.come("o0")
    driven.run(0)
    driven.come("b1")
    number = 0
    while "b1" not in driven.entered:
        number += 1
        driven.come(f"o{number}")
        driven.run(driven.now_ms)
        assert number < 200
    assert 890 <= driven.now_ms <= 1_130
    assert number > 80


def test_late_sides_still_make_convoys() -> None:
    """However late both are, a turn takes all who were due as it began, not one."""
    driven = Driven(replace(RULES, convoy_most=100, longest_wait_ms=0))
    driven.come(*(f"{side}{number}" for number in range(9) for side in "ob"))
    sides = "".join(vehicle[0] for vehicle in driven.run(2_000))
    assert sides == "o" * 9 + "b" * 9


def test_deadline_turns_the_direction_in_time() -> None:
    driven = Driven(replace(RULES, convoy_most=100))
    driven.come("o0", "o1", "o2")
    driven.run(0)
    driven.come("b1", deadline_ms=220)
    assert driven.run(400)[:3] == ["o0", "o1", "b1"]
    plain = Driven(replace(RULES, convoy_most=100))
    plain.come("o0", "o1", "o2", "b1")
    assert plain.run(400)[:3] == ["o0", "o1", "o2"]


def test_deadlines_that_come_in_a_turn_do_not_keep_it() -> None:
    driven = Driven(replace(RULES, convoy_most=100))
    driven.come("o0")
    driven.run(0)
    driven.come("b1", deadline_ms=1)
    driven.come("o1", deadline_ms=1)
    assert driven.run(400) == ["o0", "b1", "o1"]


def test_order_within_a_side() -> None:
    driven = Driven()
    driven.come("o1")
    driven.come("o2", deadline_ms=9_000)
    driven.come("o3", deadline_ms=8_000)
    driven.come("o4", priority=1)
    assert driven.run(400) == ["o4", "o3", "o2", "o1"]


def test_urgent_vehicles_starve_nobody() -> None:
    driven = Driven()
    driven.come("o-slow")
    number = 0
    while "o-slow" not in driven.entered:
        number += 1
        driven.come(f"o{number}", priority=9)
        driven.run(driven.now_ms)
        assert number < 200
    assert number > 50
    assert driven.now_ms <= RULES.longest_wait_ms + 200


def test_nobody_enters_without_a_place_behind() -> None:
    driven = Driven(with_room(exit_room=2), goes_on=False)
    driven.come("o1", "o2", "o3")
    assert driven.run(500) == ["o1", "o2"]
    gate.buffer_freed(driven.state, "o2")
    assert driven.ask() == ("o3", 0)


def test_a_side_without_a_place_behind_does_not_keep_the_other_out() -> None:
    driven = Driven(with_room(exit_room=1), goes_on=False)
    driven.come("o1", "o2", "b1")
    assert driven.run(500) == ["o1", "b1"]


def test_approach_has_room_for_so_many() -> None:
    rules, state = with_room(approach_room=2), GateState()
    assert gate.request(state, rules, "o1", "out", 0)
    assert gate.request(state, rules, "o2", "out", 0)
    assert not gate.request(state, rules, "o3", "out", 0)
    assert gate.request(state, rules, "b1", "back", 0)
    assert gate.decide(state, rules, 0) == ("o1", 0)
    assert not gate.request(state, rules, "o3", "out", 0)
    gate.entered(state, "o1", 0)
    assert gate.request(state, rules, "o3", "out", 0)


def test_approach_is_kept_for_a_batch_of_which_one_has_come() -> None:
    rules, state = with_room(approach_room=2), GateState()
    gate.declare_batch(state, rules, "A", "out", ["o1", "o2"])
    gate.declare_batch(state, rules, "B", "out", ["o3", "o4"])
    assert gate.request(state, rules, "o1", "out", 0)
    assert not gate.request(state, rules, "o3", "out", 0)
    assert not gate.request(state, rules, "o5", "out", 0)
    assert gate.request(state, rules, "o2", "out", 0)


def batch_of(driven: Driven, *vehicles: str) -> None:
    side = "out" if vehicles[0].startswith("o") else "back"
    gate.declare_batch(driven.state, driven.rules, "".join(vehicles), side, vehicles)


def test_a_batch_waits_for_all_and_crosses_whole() -> None:
    driven = Driven(replace(RULES, convoy_most=1))
    batch_of(driven, "o1", "o2", "o3")
    driven.come("o1", "o2", "b1")
    assert driven.run(20) == ["b1"]
    driven.come("o3", "b2", "o4")
    assert driven.run(900) == ["b1", "b2", "o1", "o2", "o3", "o4"]


def test_a_batch_has_all_its_places_behind_or_waits() -> None:
    driven = Driven(with_room(exit_room=2), goes_on=False)
    batch_of(driven, "o2", "o3")
    driven.come("o1")
    driven.run(0)
    driven.come("o2", "o3")
    assert driven.run(300) == ["o1"]
    gate.buffer_freed(driven.state, "o1")
    assert driven.run(400) == ["o1", "o2", "o3"]


def test_single_vehicles_overtake_a_batch_until_it_is_due() -> None:
    driven = Driven(with_room(exit_room=2), goes_on=False)
    batch_of(driven, "o8", "o9")
    driven.come("o0")
    driven.run(0)
    driven.come("o8", "o9", "o1")
    assert driven.run(1_200) == ["o0", "o1"]
    gate.buffer_freed(driven.state, "o1")
    driven.come("o2")
    assert driven.run(1_400) == ["o0", "o1"]
    gate.buffer_freed(driven.state, "o0")
    assert driven.run(1_500) == ["o0", "o1", "o8", "o9"]


def test_a_batch_goes_without_a_vehicle_that_is_withdrawn() -> None:
    driven = Driven()
    batch_of(driven, "o1", "o2", "o3")
    driven.come("o1", "o2")
    assert driven.ask() == NOBODY
    gate.withdraw(driven.state, "o3")
    assert driven.run(0) == ["o1"]
    gate.withdraw(driven.state, "o2")
    assert driven.state.rest == []
    assert driven.state.exits == {"out": ["o1"]}


def test_nobody_enters_until_a_broken_vehicle_is_cleared() -> None:
    driven = Driven(with_room(exit_room=2))
    driven.come("o1", "o2", "o3", "b1")
    driven.run(0)
    assert gate.break_down(driven.state, "o1") == ""
    driven.leave_ms["o1"] = 10_000
    assert driven.run(300) == ["o1"]
    gate.cleared(driven.state, "o1")
    assert driven.ask() == ("o2", 0)
    assert gate.break_down(driven.state, "o1") == "o2"
    gate.give_back(driven.state, "o2")
    gate.cleared(driven.state, "o1", towed=True)
    assert driven.state.exits == {"out": []}
    del driven.leave_ms["o1"]
    assert driven.run(900) == ["o1", "o2", "o3", "b1"]


def test_closed_section_lets_out_and_nobody_in() -> None:
    driven = Driven()
    batch_of(driven, "o1", "o2")
    driven.come("o1", "o2", "b1")
    driven.run(0)
    assert gate.close(driven.state) == ""
    assert driven.run(500) == ["o1"]
    assert driven.state.inside == {}
    gate.reopen(driven.state)
    assert driven.run(900) == ["o1", "o2", "b1"]


def test_permission_given_back_of_a_batch_stays_the_next() -> None:
    driven = Driven()
    batch_of(driven, "o1", "o2")
    driven.come("o1", "o2", "b1")
    assert driven.ask().vehicle == "o1"
    assert gate.close(driven.state) == "o1"
    gate.give_back(driven.state, "o1")
    gate.reopen(driven.state)
    assert driven.run(400) == ["o1", "o2", "b1"]


def test_unlike_directions_and_no_headway() -> None:
    rules = GateRules({"out": Passage(300), "back": Passage(50, 20)}, convoy_most=3)
    state = GateState()
    for vehicle in ("b1", "o1", "o2"):
        assert gate.request(state, rules, vehicle, "out" if vehicle[0] == "o" else "back", 0)
    for vehicle in ("o1", "o2"):
        assert gate.decide(state, rules, 0) == (vehicle, 0)
        gate.entered(state, vehicle, 0)
    assert gate.decide(state, rules, 0) == NOBODY


def test_state_goes_through_a_snapshot() -> None:
    driven = Driven(with_room(exit_room=3), goes_on=False)
    batch_of(driven, "o1", "o2")
    batch_of(driven, "b8", "b9")
    driven.come("o1", "o2", "b8", "o3", deadline_ms=7, priority=2)
    driven.run(0)
    driven.ask()
    gate.break_down(driven.state, "o1")
    again = state_decoder(GateState)(encode_state(driven.state))
    assert again == driven.state
    assert (again.permitted, again.inside, again.broken) != (None, {}, [])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda state: gate.request(state, RULES, "o1", "out", 0), "'o1' has no name or is known"),
        (lambda state: gate.request(state, RULES, "x", "up", 0), "'up', expected one of out, back"),
        (lambda state: gate.entered(state, "o1", 0), "without a permission"),
        (lambda state: gate.left(state, "o1"), "was not inside"),
        (lambda state: gate.left(state, "in"), "expected cleared first"),
        (lambda state: gate.buffer_freed(state, "in"), "has not left the section"),
        (lambda state: gate.buffer_freed(state, "o1"), "no place behind"),
        (lambda state: gate.withdraw(state, "in"), "does not wait"),
        (lambda state: gate.give_back(state, "o1"), "has not"),
        (lambda state: gate.break_down(state, "o1"), "is not inside"),
        (lambda state: gate.cleared(state, "o1"), "has not broken down"),
        (lambda state: gate.declare_batch(state, RULES, "", "out", ["o7"]), "has no name"),
        (lambda state: gate.declare_batch(state, RULES, "A", "out", ["o8"]), "known already"),
        (lambda state: gate.declare_batch(state, RULES, "B", "out", []), "expected vehicles"),
        (lambda state: gate.declare_batch(state, RULES, "B", "out", ["a", "a"]), "each of them"),
        (lambda state: gate.declare_batch(state, RULES, "B", "out", ["o9"]), "known already"),
        (lambda state: gate.request(state, RULES, "o9", "back", 0), "goes the other way"),
        (
            lambda state: gate.declare_batch(state, with_room(1), "B", "out", ["a", "b"]),
            "2 vehicles, exit has room for 1",
        ),
    ],
)
def test_message_that_does_not_fit(wrong: Callable[[GateState], object], words: str) -> None:
    driven = Driven()
    gate.request(driven.state, RULES, "in", "out", 0)
    driven.run(0)
    gate.break_down(driven.state, "in")
    batch_of(driven, "o9", "o0")
    gate.declare_batch(driven.state, RULES, "A", "out", ["o6"])
    driven.come("o1")
    before = encode_state(driven.state)
    with pytest.raises(GateError, match=words):
        wrong(driven.state)
    assert encode_state(driven.state) == before


def test_rules_name_every_figure_that_makes_no_sense() -> None:
    with pytest.raises(GateError, match="1 directions, expected 2"):
        GateRules({"out": PASSAGE})
    passages = {"out": Passage(0, -1), "back": Passage(1, 0, 0, 0)}
    with pytest.raises(GateError) as caught:
        GateRules(passages, convoy_most=0, longest_wait_ms=-1)
    for words in (
        "out.transit_ms: 0, expected 1 or more",
        "out.headway_ms: -1",
        "back.exit_room: 0",
        "back.approach_room: 0",
        "convoy_most: 0",
        "longest_wait_ms: -1",
    ):
        assert words in str(caught.value)


def test_steady_demand_needs_turns_of_a_length() -> None:
    passage = Passage(100_000, 10_000)
    rules = GateRules({"out": passage, "back": passage})
    need = steady(rules, {"out": 125, "back": 125})
    assert need is not None
    # round = 2 * 90 s / (1 - 250 * 10 s / 1 h), and 125 an hour of it.
    assert need.round_ms == 589_091
    assert need.convoys == {"out": 21, "back": 21}
    assert steady(rules, {"out": 180, "back": 180}) is None
