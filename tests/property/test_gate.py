"""The gate sequencer under any order of events: what happens inside, and that everybody enters.

What is true is kept beside the sequencer's state, from the reports alone.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bench.gate_model import Arrival, Sequencer, drive
from kouan.port.quantity import HOUR_MS
from kouan.runtime.codec import encode_state, state_decoder
from kouan.traffic import gate
from kouan.traffic.gate_model import GateRules, GateState, Passage, steady

SIDES = ("out", "back")
decode = state_decoder(GateState)
rooms = st.none() | st.integers(1, 3)
passages = st.builds(Passage, st.integers(1, 200), st.integers(0, 40), rooms, rooms)
any_rules = st.builds(
    GateRules,
    st.tuples(passages, passages).map(lambda pair: dict(zip(SIDES, pair, strict=True))),
    st.integers(1, 6),
    st.integers(0, 500),
)
PICK = st.integers(0, 1_000)


class GateMachine(RuleBasedStateMachine):
    """Vehicles come, are let in, leave, break down and change their minds."""

    @initialize(rules=any_rules)
    def begin(self, rules: GateRules) -> None:
        self.declared, self.state, self.now_ms, self.count = rules, GateState(), 0, 0
        self.side: dict[str, str] = {}
        self.batch: dict[str, list[str]] = {}
        self.to_come: list[str] = []
        self.waiting: list[str] = []
        self.permitted = ""
        self.inside: list[str] = []
        self.behind: list[str] = []
        self.broken: list[str] = []
        self.last_ms: dict[str, int] = {}
        self.open_batch: list[str] = []

    def _new(self, side: str) -> str:
        self.count += 1
        vehicle = f"v{self.count}"
        self.side[vehicle] = side
        return vehicle

    @rule(
        sides=st.lists(st.sampled_from(SIDES), min_size=1, max_size=4),
        deadline_ms=st.integers(0, 2_000),
        priority=st.integers(0, 2),
    )
    def come(self, sides: list[str], deadline_ms: int, priority: int) -> None:
        for side in sides:
            vehicle = self._new(side)
            asked = (self.state, self.declared, vehicle, side, self.now_ms)
            if gate.request(*asked, deadline_ms=deadline_ms, priority=priority):
                self.waiting.append(vehicle)

    @rule(side=st.sampled_from(SIDES), size=st.integers(1, 3))
    def declare(self, side: str, size: int) -> None:
        passage = self.declared.passages[side]
        if size > min(passage.exit_room or size, passage.approach_room or size):
            return
        members = [self._new(side) for _ in range(size)]
        gate.declare_batch(self.state, self.declared, f"b{self.count}", side, members)
        mates = list(members)
        self.batch.update(dict.fromkeys(members, mates))
        self.to_come += members

    @precondition(lambda self: self.to_come)
    @rule(pick=PICK)
    def members_come(self, pick: int) -> None:
        chosen = self.to_come[pick % len(self.to_come)]
        for vehicle in [one for one in self.batch[chosen] if one in self.to_come]:
            self._member_comes(vehicle)
            if pick % 3 == 0:
                return

    def _member_comes(self, vehicle: str) -> None:
        if gate.request(self.state, self.declared, vehicle, self.side[vehicle], self.now_ms):
            self.to_come.remove(vehicle)
            self.waiting.append(vehicle)

    @precondition(lambda self: self.waiting or self.to_come or self.permitted)
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        outside = [*self.waiting, *self.to_come, *filter(None, [self.permitted])]
        vehicle = outside[pick % len(outside)]
        gate.withdraw(self.state, vehicle)
        for vehicles in (self.waiting, self.to_come, self.open_batch):
            if vehicle in vehicles:
                vehicles.remove(vehicle)
        self.batch.get(vehicle, [vehicle]).remove(vehicle)
        self.permitted = "" if vehicle == self.permitted else self.permitted

    @rule(step_ms=st.integers(0, 300))
    def time_passes(self, step_ms: int) -> None:
        self.now_ms += step_ms

    @rule(times=st.integers(1, 5), step_ms=st.integers(0, 45))
    def let_in(self, times: int, step_ms: int) -> None:
        for _ in range(times):
            self.decide(at_once=True)
            self.now_ms += step_ms

    @rule(at_once=st.booleans())
    def decide(self, at_once: bool) -> None:
        decision = gate.decide(self.state, self.declared, self.now_ms)
        assert decision.again_ms == 0 or decision.again_ms > self.now_ms
        if not decision.vehicle:
            return
        assert not self.permitted
        assert not self.broken
        assert not self.state.closed
        self.permitted = decision.vehicle
        self.waiting.remove(decision.vehicle)
        self._check_permission(decision.vehicle)
        if at_once:
            self.enter()

    def _check_permission(self, vehicle: str) -> None:
        side = self.side[vehicle]
        assert all(self.side[other] == side for other in self.inside), "opposing"
        assert (
            self.now_ms >= self.last_ms.get(side, -1_000) + self.declared.passages[side].headway_ms
        )
        if self.open_batch:
            assert vehicle in self.open_batch, "a batch is split"
        elif vehicle in self.batch:
            self.open_batch = list(self.batch[vehicle])
            assert all(one in [*self.waiting, vehicle] for one in self.open_batch)
        taken = [one for one in (*self.inside, *self.behind) if self.side[one] == side]
        coming = [one for one in self.open_batch or [vehicle] if one not in self.inside]
        room = self.declared.passages[side].exit_room
        assert room is None or len(taken) + len(coming) <= room, "no place behind"

    @precondition(lambda self: self.permitted)
    @rule()
    def enter(self) -> None:
        vehicle, self.permitted = self.permitted, ""
        gate.entered(self.state, vehicle, self.now_ms)
        self.inside.append(vehicle)
        self.last_ms[self.side[vehicle]] = self.now_ms
        if vehicle in self.open_batch:
            self.open_batch.remove(vehicle)

    @precondition(lambda self: self.permitted)
    @rule()
    def give_back(self) -> None:
        gate.give_back(self.state, self.permitted)
        self.waiting.append(self.permitted)
        mates = self.batch.get(self.permitted)
        if mates is None:
            self.open_batch = []
        self.permitted = ""

    @precondition(lambda self: len(self.inside) > len(self.broken))
    @rule(pick=PICK, goes_on=st.booleans())
    def leave(self, pick: int, goes_on: bool) -> None:
        driving = [one for one in self.inside if one not in self.broken]
        vehicle = driving[pick % len(driving)]
        gate.left(self.state, vehicle)
        self.inside.remove(vehicle)
        self.behind.append(vehicle)
        if goes_on:
            self.go_on(len(self.behind) - 1)

    @precondition(lambda self: self.behind)
    @rule(pick=PICK)
    def go_on(self, pick: int) -> None:
        gate.buffer_freed(self.state, self.behind.pop(pick % len(self.behind)))

    @precondition(lambda self: self.inside)
    @rule(pick=PICK)
    def break_down(self, pick: int) -> None:
        vehicle = self.inside[pick % len(self.inside)]
        assert gate.break_down(self.state, vehicle) == self.permitted
        if vehicle not in self.broken:
            self.broken.append(vehicle)
        self.now_ms += 300
        self.decide(at_once=True)

    @precondition(lambda self: self.broken)
    @rule(towed=st.booleans())
    def clear(self, towed: bool) -> None:
        vehicle = self.broken.pop()
        gate.cleared(self.state, vehicle, towed=towed)
        if towed:
            self.inside.remove(vehicle)

    @rule(asks=st.integers(1, 3))
    def closed_for_a_while(self, asks: int) -> None:
        assert gate.close(self.state) == self.permitted
        for _ in range(asks):
            self.decide(at_once=True)
            self.now_ms += 300
        gate.reopen(self.state)

    @rule()
    def restart(self) -> None:
        again = decode(encode_state(self.state))
        assert again == self.state
        assert encode_state(again) == encode_state(self.state)
        self.state = again

    @invariant()
    def one_direction_inside(self) -> None:
        if hasattr(self, "state"):
            assert len(dict.fromkeys(self.side[one] for one in self.inside)) <= 1
            assert list(self.state.inside) == self.inside

    @invariant()
    def room_is_kept(self) -> None:
        if not hasattr(self, "state"):
            return
        for side, passage in self.declared.passages.items():
            place = [one for one in (*self.inside, *self.behind) if self.side[one] == side]
            outside = [*self.waiting, *filter(None, [self.permitted])]
            front = [one for one in outside if self.side[one] == side]
            assert passage.exit_room is None or len(place) <= passage.exit_room
            assert passage.approach_room is None or len(front) <= passage.approach_room
            assert all(one in self.state.exits[side] for one in place)

    def teardown(self) -> None:
        """Once nobody comes any more and faults are over, everybody enters and leaves."""
        if not hasattr(self, "state"):
            return
        while self.broken:
            self.clear(towed=False)
        while self.to_come:
            self.member_comes_or_not(self.to_come[0])
        for _ in range(3 * self.count + 3):
            if self.permitted:
                self.enter()
            while self.inside:
                self.leave(0, goes_on=False)
            while self.behind:
                self.go_on(0)
            self.decide(at_once=True)
            self.now_ms += 300
        assert not self.waiting
        assert self.state.waiting == {}
        assert self.state.rest == []
        assert not any(self.state.exits.values())

    def member_comes_or_not(self, vehicle: str) -> None:
        """Bring the others of a batch, or go without one for which there is no room."""
        if gate.request(self.state, self.declared, vehicle, self.side[vehicle], self.now_ms):
            self.waiting.append(vehicle)
        else:
            gate.withdraw(self.state, vehicle)
            self.batch[vehicle].remove(vehicle)
        self.to_come.remove(vehicle)


GateMachine.TestCase.settings = settings(max_examples=250, stateful_step_count=40, deadline=None)
TestGate = GateMachine.TestCase


class Wishes(Sequencer):
    """The sequencer with a deadline and a priority for each vehicle."""

    def __init__(self, rules: GateRules, wishes: dict[str, tuple[int, int]]) -> None:
        self.declared, self.state, self.wishes = rules, GateState(), wishes

    def come(self, arrival: Arrival) -> None:
        soon_ms, priority = self.wishes[arrival.vehicle]
        deadline_ms = arrival.at_ms + soon_ms if soon_ms else 0
        asked = (self.state, self.declared, arrival.vehicle, arrival.direction, arrival.at_ms)
        assert gate.request(*asked, deadline_ms=deadline_ms, priority=priority)

    def ask(self, now_ms: int) -> tuple[str, int]:
        decision = gate.decide(self.state, self.declared, now_ms)
        if decision.vehicle:
            gate.entered(self.state, decision.vehicle, now_ms)
        return decision

    def leave(self, vehicle: str) -> None:
        gate.left(self.state, vehicle)
        gate.buffer_freed(self.state, vehicle)


@st.composite
def feasible(draw: st.DrawFn) -> tuple[GateRules, list[Arrival], dict[str, tuple[int, int]]]:
    """Rules and a demand that a round of turns carries within the declared wait.

    In any time, a side gets at most ``burst`` vehicles more than its rate.
    """
    burst = draw(st.integers(1, 6))
    pair = {}
    for side in SIDES:
        headway_ms = draw(st.integers(0, 20_000))
        pair[side] = Passage(headway_ms + draw(st.integers(1, 120_000)), headway_ms)
    most = min(200, HOUR_MS // (1 + sum(one.headway_ms for one in pair.values())))
    rates = {side: draw(st.integers(1, max(1, most * 9 // 10))) for side in SIDES}
    need = steady(GateRules(pair), rates, burst)
    assert need is not None
    wait_ms = need.round_ms + sum(one.transit_ms for one in pair.values())
    rules = GateRules(pair, max(need.convoys.values()), wait_ms)
    arrivals: list[Arrival] = []
    for side in SIDES:
        credit_ms, each_ms, now_ms = 0, -(-HOUR_MS // rates[side]), 0
        gaps = draw(st.lists(st.integers(0, 3 * each_ms), max_size=80))
        for number, gap_ms in enumerate(gaps):
            now_ms = max(now_ms + gap_ms, credit_ms - (burst - 1) * each_ms)
            credit_ms = max(credit_ms, now_ms) + each_ms
            arrivals.append(Arrival(now_ms, f"{side}{number}", side))
    arrivals.sort()
    wish = st.tuples(st.sampled_from([0, 0, 1, wait_ms // 3]), st.integers(0, 2))
    wishes = {one.vehicle: draw(wish) for one in arrivals}
    return rules, arrivals, wishes


@settings(max_examples=150, deadline=None)
@given(feasible())
def test_nobody_waits_twice_the_longest_wait(
    made: tuple[GateRules, list[Arrival], dict[str, tuple[int, int]]],
) -> None:
    rules, arrivals, wishes = made
    entered = drive(Wishes(rules, wishes), arrivals, rules, 1 << 60)
    assert len(entered) == len(arrivals)
    waits = [entered[one.vehicle] - one.at_ms for one in arrivals]
    assert max(waits, default=0) <= 2 * rules.longest_wait_ms
