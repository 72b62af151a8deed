"""What a barrier is told, and when: opened for a reason that still holds, closed by itself.

Pure: time comes with each call, the wire asks ``want`` and tells what it saw. The arm is never let
down over a safety loop that is occupied or can't be read, and nothing is written without a
connection: the barrier then stays as it is. Its own controller stops the arm in any case.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from kouan.live.devices.signals import (
    BarrierMoved,
    BarrierRefused,
    DeviceHealth,
    Position,
    State,
    StillTrue,
)
from kouan.port.devices import Device, DeviceRole

CLEAR_MS = 1_000
"""The safety loop must be free for so long: between two axles it may be free (assumption)."""
MOST_REQUESTS = 1_000
"""Requests that were done and are remembered, so that none is done twice."""

Said = BarrierMoved | BarrierRefused | DeviceHealth


class Request(NamedTuple):
    """A request to open."""

    number: int
    reason: str
    still_true: StillTrue
    asked_ms: int


@dataclass(slots=True)
class _Passage:
    """The time that the arm is kept up."""

    began_ms: int
    reason: str
    request: int = 0
    up: bool = False
    seen: bool = False
    """A vehicle was seen under the arm or behind it."""
    withdrawn: str = ""
    """Why it is to end, though nobody drove through."""


@dataclass(slots=True)
class _Loops:
    """What the station's loops of one role say; None can't be read."""

    states: dict[str, bool | None] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        return all(state is False for state in self.states.values())

    @property
    def occupied(self) -> bool:
        return any(self.states.values())


class BarrierControl:
    """One barrier. ``said`` collects what is to be told."""

    def __init__(self, name: str, device: Device, loops: dict[str, DeviceRole]) -> None:
        """Closed as far as is known; ``loops`` are the station's, by name."""
        self.said: list[Said] = []
        self.position = Position.UNKNOWN
        self._name, self._plan = name, device
        self._loops = {
            role: _Loops({loop: None for loop, its in loops.items() if its is role})
            for role in (DeviceRole.SAFETY, DeviceRole.EXIT)
        }
        has_exit = bool(self._loops[DeviceRole.EXIT].states)
        self._passes_by = DeviceRole.EXIT if has_exit else DeviceRole.SAFETY
        self._linked = False
        self._coil = False
        self._pending: Request | None = None
        self._passage: _Passage | None = None
        self._closing_ms: int | None = None
        self._closed_why = ""
        self._clear_ms = 0
        self._done: OrderedDict[int, str] = OrderedDict()
        self._state = (State.SILENT, "not heard yet")
        self._shut_fast = False
        """It did not open when it was last told to."""

    # --- asked ---------------------------------------------------------------------------------

    def ask(self, number: int, reason: str, still_true: StillTrue, now_ms: int) -> None:
        """Take a request to open; a number that was done is only answered again."""
        if number in self._done:
            self._say_moved(f"done already: {self._done[number]}", number)
        elif not reason.strip():
            self._refuse(number, "no reason: a barrier opens only for one")
        elif not self._linked:
            self._refuse(number, "no connection to the barrier: it stays as it is")
        elif self._pending is not None and self._pending.number != number:
            self._refuse(number, f"request {self._pending.number} waits already")
        else:
            self._pending = Request(number, reason, still_true, now_ms)

    # --- seen on the wire ----------------------------------------------------------------------

    def connect(self, coil: bool, now_ms: int) -> None:
        """The connection stands; ``coil`` is what the barrier was last told, by whomever."""
        self._linked = True
        if coil and self._passage is None:
            # Nobody knows whom it was opened for: it closes as soon as nothing is under the arm.
            self._passage = _Passage(now_ms, "found open", withdrawn="found open, for nobody")
        elif coil and self._passage is not None:
            self._passage.began_ms = now_ms
        elif self._passage is not None:
            self._undo(self._passage)
            self._passage = None
        self._coil = coil
        self._closing_ms = None if coil else now_ms
        self._shut_fast = False
        self._judge(State.OK, "")

    def lose(self, reason: str, state: State = State.SILENT) -> None:
        """The connection is gone: what waits is refused, and nothing more is done."""
        self._linked = False
        if self._pending is not None:
            self._refuse(self._pending.number, f"{reason}: the barrier stays as it is")
            self._pending = None
        self._move(Position.UNKNOWN, f"{reason}: the barrier stays as it is")
        self._judge(state, f"{reason}: the barrier stays as it is")

    def see(self, up: bool, down: bool | None, now_ms: int) -> None:
        """The arm's inputs were read; ``down`` is None for a barrier without that input.

        Nothing follows from them while it is not known how the coil stands.
        """
        if not self._linked:
            return
        passage = self._passage
        if up:
            if passage is not None and self._coil:
                self._see_up(passage)
            elif self._closing_ms is not None:
                self._move(Position.OPEN, "told to close, and kept up by the barrier itself")
            else:
                self._judge(State.FAILED, "it stands open without a command")
                self._move(Position.OPEN, "without a command")
        elif down or (down is None and not self._is_moving(now_ms)):
            self._see_down()
        else:
            self._move(Position.MOVING, passage.reason if passage else self._closed_why)
        self._check_times(now_ms)

    def loop(self, name: str, role: DeviceRole, occupied: bool | None, now_ms: int) -> None:
        """A loop was read, or can't be."""
        loops = self._loops.get(role)
        if loops is None:
            return
        before = loops.states.get(name)
        if role is DeviceRole.SAFETY and (before is not False or occupied is not False):
            self._clear_ms = now_ms
        loops.states[name] = occupied
        came = occupied is True and before is False
        if came and role is self._passes_by and self._passage is not None and self._passage.up:
            self._passage.seen = True

    # --- what is to be written -----------------------------------------------------------------

    def want(self, now_ms: int) -> bool | None:
        """What the coil is to become now; None leaves it. The reason is asked at this moment."""
        if not self._linked:
            return None
        if self._coil:
            return False if self._may_close(now_ms) else None
        pending = self._pending
        if pending is None or self.position is not Position.CLOSED:
            self._drop_late(now_ms)
            return None
        if not pending.still_true():
            self._pending = None
            self._refuse(pending.number, f"the reason does not hold any more: {pending.reason}")
            return None
        return True

    def wrote(self, coil: bool, now_ms: int) -> None:
        """The coil was written, or may have been when no answer came."""
        self._coil = coil
        pending = self._pending
        if coil and pending is not None:
            self._pending = None
            self._remember(pending.number, pending.reason)
            self._passage = _Passage(now_ms, pending.reason, pending.number)
        elif not coil:
            self._closing_ms = now_ms

    def refused_by_device(self, reason: str) -> None:
        """The barrier answered that it does not do what was written."""
        if self._pending is not None:
            self._refuse(self._pending.number, reason)
            self._pending = None
        self._judge(State.FAILED, reason)

    # --- inside --------------------------------------------------------------------------------

    def _may_close(self, now_ms: int) -> bool:
        """True when a coil that is on may be put off: nothing under the arm, and its time over."""
        safety = self._loops[DeviceRole.SAFETY]
        if not safety.free or (safety.states and now_ms - self._clear_ms < CLEAR_MS):
            return False
        passage = self._passage
        if passage is None:
            return True
        if passage.withdrawn:
            self._closed_why = passage.withdrawn
            return True
        if passage.seen and self._loops[DeviceRole.EXIT].free:
            self._closed_why = "the vehicle has passed"
            return True
        if now_ms - passage.began_ms >= self._plan.open_for_ms:
            self._closed_why = f"nobody drove through within {self._plan.open_for_ms // 1_000} s"
            return True
        return False

    def _drop_late(self, now_ms: int) -> None:
        """A request waits while the arm comes down after the one before, but not for ever."""
        pending = self._pending
        if pending is None:
            return
        if now_ms - pending.asked_ms >= self._plan.opens_within_ms:
            self._pending = None
            self._refuse(pending.number, f"the arm is {self.position}, not closed")

    def _is_moving(self, now_ms: int) -> bool:
        """Without an input for down, an arm that is not up moves for as long as it may."""
        if self._coil:
            return True
        began = self._closing_ms
        return (
            began is not None
            and self.position is not Position.CLOSED
            and now_ms - began < self._plan.opens_within_ms
        )

    def _see_up(self, passage: _Passage) -> None:
        passage.up = True
        if self._shut_fast:
            self._shut_fast = False
            self._judge(State.OK, "")
        if self._passes_by is DeviceRole.SAFETY and self._loops[DeviceRole.SAFETY].occupied:
            passage.seen = True
        self._move(Position.OPEN, passage.reason, passage.request)

    def _see_down(self) -> None:
        if self._coil:
            return
        self._passage, self._closing_ms = None, None
        self._move(Position.CLOSED, self._closed_why or "closed")
        if not self._shut_fast:
            self._judge(State.OK, "")
        self._closed_why = ""

    def _check_times(self, now_ms: int) -> None:
        """A command that the arm does not follow in time has failed, and is withdrawn."""
        within_ms = self._plan.opens_within_ms
        held = not self._loops[DeviceRole.SAFETY].free
        passage = self._passage if self._coil else None
        if passage is not None:
            since_ms = now_ms - passage.began_ms
            if since_ms >= within_ms and not (passage.up or passage.withdrawn):
                passage.withdrawn = f"it did not open within {within_ms / 1_000:g} s"
                self._shut_fast = True
                self._undo(passage)
                self._judge(State.FAILED, passage.withdrawn)
            elif held and since_ms >= 2 * self._plan.open_for_ms:
                self._judge(State.FAILED, "held open: its safety loop is not free")
        elif self._closing_ms is not None and held:
            self._closing_ms = now_ms
        elif self._closing_ms is not None and now_ms - self._closing_ms >= within_ms:
            self._judge(State.FAILED, f"it did not close within {within_ms / 1_000:g} s")

    def _undo(self, passage: _Passage) -> None:
        """A request whose arm never was up may be asked again."""
        if passage.request and not passage.up:
            self._done.pop(passage.request, None)
            self._refuse(passage.request, passage.withdrawn or "the barrier has forgotten it")

    def _remember(self, number: int, reason: str) -> None:
        self._done[number] = reason
        while len(self._done) > MOST_REQUESTS:
            self._done.popitem(last=False)

    def _move(self, position: Position, reason: str, request: int = 0) -> None:
        if position is not self.position:
            self.position = position
            self._say_moved(reason, request)

    def _say_moved(self, reason: str, request: int) -> None:
        station = self._plan.at
        self.said.append(BarrierMoved(self._name, station, self.position, reason, request))

    def _refuse(self, number: int, reason: str) -> None:
        self.said.append(BarrierRefused(self._name, self._plan.at, number, reason))

    def _judge(self, state: State, reason: str) -> None:
        if (state, reason) != self._state:
            self._state = (state, reason)
            self.said.append(DeviceHealth(self._name, self._plan.at, state, reason))
