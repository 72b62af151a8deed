"""Whatever happens at a barrier: it opens only for a live reason, and never closes on a vehicle.

The control is driven as its wire drives it, against an arm with a controller of its own, while
loops, connection, reasons and power change at any moment.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kouan.live.devices.barrier import CLEAR_MS, BarrierControl
from kouan.live.devices.signals import BarrierMoved, BarrierRefused, Position
from kouan.live.devices.twins.arm import Arm
from kouan.port.devices import Device, DeviceKind, DeviceRole

POLL_MS = 100
OPENS_WITHIN_MS = 1_000
OPEN_FOR_MS = 5_000
NUMBERS = st.integers(1, 4)
LOOPS = {"under": DeviceRole.SAFETY, "behind": DeviceRole.EXIT}


class Barrier(RuleBasedStateMachine):
    """One barrier with what stands around it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000
        self.linked = False
        self.truth: dict[int, bool] = {}
        self.standing = dict.fromkeys(LOOPS, False)
        self.readable = True
        self.told: dict[str, bool | None] = dict.fromkeys(LOOPS)
        self.opened: list[int] = []
        self.moved: list[BarrierMoved] = []
        self.refused: list[BarrierRefused] = []

    @initialize(loops=st.sampled_from([("under",), ("under", "behind"), ("behind",), ()]))
    def stand(self, loops: tuple[str, ...]) -> None:
        self.loops = {name: LOOPS[name] for name in loops}
        plan = Device(
            DeviceKind.BARRIER,
            "in_1",
            "modbus://127.0.0.1:502/1",
            coil=0,
            input=0,
            input_down=1,
            opens_within_ms=OPENS_WITHIN_MS,
            open_for_ms=OPEN_FOR_MS,
        )
        self.control = BarrierControl("arm", plan, self.loops)
        self.arm = Arm(300)
        self.arm.move(self.now_ms, False)

    # --- what may happen -----------------------------------------------------------------------

    @rule()
    def connect(self) -> None:
        if not self.linked:
            self.linked = True
            self.control.connect(self.arm.coil, self.now_ms)

    @rule()
    def lose(self) -> None:
        if self.linked:
            self.linked = False
            self.control.lose("gone")
            self.say_loops(None)

    @rule(number=NUMBERS, reason=st.sampled_from(["gate: match", "released", " ", ""]))
    def ask(self, number: int, reason: str) -> None:
        self.truth.setdefault(number, True)
        self.control.ask(number, reason, lambda: self.truth[number], self.now_ms)

    @rule(number=NUMBERS, holds=st.booleans())
    def change_reason(self, number: int, holds: bool) -> None:
        self.truth[number] = holds

    @rule(name=st.sampled_from(list(LOOPS)), occupied=st.booleans())
    def drive(self, name: str, occupied: bool) -> None:
        self.standing[name] = occupied

    @rule(readable=st.booleans())
    def spoil_loops(self, readable: bool) -> None:
        self.readable = readable

    @rule(fault=st.sampled_from(["", "stays_down", "stays_up", "lifted"]))
    def spoil_arm(self, fault: str) -> None:
        self.arm.fault = fault

    @rule()
    def power_back(self) -> None:
        """The barrier forgets what it was told, and its connection is lost for a moment."""
        self.arm.coil = False
        self.lose()
        self.connect()

    @rule(polls=st.integers(1, 80))
    def wait(self, polls: int) -> None:
        for _ in range(polls):
            self.now_ms += POLL_MS
            self.arm.move(self.now_ms, self.standing["under"])
            self.poll()

    @rule(number=NUMBERS, steps=st.integers(1, 4))
    def let_through(self, number: int, steps: int) -> None:
        """As it is meant to go, up to some step."""
        self.arm.fault, self.readable = "", True
        self.standing = dict.fromkeys(LOOPS, False)
        self.truth[number] = True
        self.connect()
        self.wait(3)
        self.ask(number, "gate: match")
        for under, behind in ((False, False), (True, False), (True, True), (False, False))[:steps]:
            self.wait(6)
            self.standing = {"under": under, "behind": behind}
        self.wait(1)

    @precondition(lambda self: self.linked)
    @rule()
    def lose_an_answer(self) -> None:
        """The coil is written, and the answer never comes."""
        self.write()
        self.lose()

    # --- as the wire does it -------------------------------------------------------------------

    def poll(self) -> None:
        if not self.linked:
            assert self.control.want(self.now_ms) is None
            return
        self.say_loops(self.readable or None)
        self.control.see(self.arm.up, self.arm.down, self.now_ms)
        self.write()
        self.hear()

    def say_loops(self, readable: bool | None) -> None:
        """A loop is told of when it changes."""
        for name, role in self.loops.items():
            occupied = self.standing[name] if readable else None
            if self.told[name] is not occupied:
                self.told[name] = occupied
                self.control.loop(name, role, occupied, self.now_ms)

    def write(self) -> None:
        coil = self.control.want(self.now_ms)
        if coil is None:
            return
        if coil:
            pending: Any = self.control._pending
            assert pending.reason.strip()
            assert self.truth[pending.number]
            assert pending.number not in self.opened
            assert self.arm.down
        elif "under" in self.loops:
            assert self.control._loops[DeviceRole.SAFETY].free
            assert not self.standing["under"] or not self.seen_lately()
        self.arm.coil = coil
        self.control.wrote(coil, self.now_ms)

    def seen_lately(self) -> bool:
        """Whether the newest poll saw what stands there now."""
        return self.control._loops[DeviceRole.SAFETY].states["under"] == self.standing["under"]

    def hear(self) -> None:
        said, self.control.said = self.control.said, []
        self.moved += [one for one in said if isinstance(one, BarrierMoved)]
        self.refused += [one for one in said if isinstance(one, BarrierRefused)]
        for one in said:
            if isinstance(one, BarrierMoved) and one.position is Position.OPEN and one.request:
                self.opened.append(one.request)
        assert len(self.control._done) <= len(self.truth)

    @invariant()
    def nothing_is_known_without_a_connection(self) -> None:
        if hasattr(self, "control") and not self.linked:
            assert self.control.position is Position.UNKNOWN

    def teardown(self) -> None:
        """When faults stop and nobody asks, it closes by itself."""
        if not hasattr(self, "control"):
            return
        self.standing = dict.fromkeys(LOOPS, False)
        self.readable, self.arm.fault = True, ""
        self.truth = dict.fromkeys(range(1, 5), False)
        self.connect()
        self.wait(2 * (OPEN_FOR_MS + OPENS_WITHIN_MS + CLEAR_MS) // POLL_MS)
        assert not self.arm.coil
        assert self.arm.down
        assert self.control.position is Position.CLOSED


TestBarrier = Barrier.TestCase
TestBarrier.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
