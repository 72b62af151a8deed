"""The live world: one inbox, timers and virtual devices on the wall clock.

What others post, timers that ran out and events of the site come out of ``wait`` in batches. Every
batch has a stamp of its own, and all its events carry it, so a journal shows where batches began:
a restart replays them exactly as they were and rebuilds timers and site to the millisecond.
"""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kouan.dispatch.commands import Command, WakeAt
from kouan.dispatch.events import Event, Woke
from kouan.live.calendars import Calendars
from kouan.live.clock import PortClock
from kouan.live.errors import InboxClosed, InboxFull, LiveError
from kouan.live.lag import LagMeter
from kouan.runtime.codec import decode_event, encode_event, encode_state, state_decoder
from kouan.runtime.worlds import Site

INBOX_BOUND = 10_000
BATCH_BOUND = 200

Executor = Callable[[Command], None]
"""Passes a command on to real devices or systems: at once, idempotent by its request number."""


class Ledger(Protocol):
    """What is folded from the journal besides the dispatcher's state, and lasts as long."""

    def fold(self, event: Event, commands: Sequence[Command]) -> None:
        """Take in a decision."""

    def freeze(self) -> bytes:
        """Return the memory."""

    def thaw(self, memory: bytes) -> None:
        """Take the memory."""


@dataclass(slots=True)
class LiveMemory:
    """What a live world remembers; ``held`` is an event of the site not handed out yet."""

    timers: list[tuple[int, int, str]] = field(default_factory=list)
    counter: int = 0
    stamp_ms: int = 0
    held: tuple[str, bytes] | None = None
    known_ms: dict[str, int] = field(default_factory=dict)
    site: bytes = b""
    ledger: bytes = b""


class LiveWorld:
    """A site and an inbox under one wall clock; see ``runtime.worlds`` for what a loop calls.

    ``post`` and ``stop`` may be called from any thread, all else only from the loop's.
    """

    def __init__(
        self,
        site: Site,
        clock: PortClock,
        *,
        calendars: Calendars | None = None,
        ledger: Ledger | None = None,
        executors: Sequence[Executor] = (),
        lag: LagMeter | None = None,
        settled: Callable[[], float | None] | None = None,
        real_devices: bool = False,
        inbox_bound: int = INBOX_BOUND,
        batch_bound: int = BATCH_BOUND,
    ) -> None:
        """Hang a site on a clock; ``settled`` is called whenever a batch has been carried out.

        It may return after how many seconds it is to be called again if nothing happens before.
        """
        if real_devices and clock.time_scale != 1:
            raise LiveError("port time may not be scaled while real devices are connected")
        self.clock = clock
        self.lag = lag or LagMeter()
        self._site = site
        self._calendars = calendars
        self._ledger = ledger
        self._executors = tuple(executors)
        self._settled = settled
        self._inbox_bound = inbox_bound
        self._batch_bound = batch_bound
        self._changed = threading.Condition()
        self._posted: deque[tuple[float, Event]] = deque()
        self._stopped = False
        self._timers: list[tuple[int, int, str]] = []
        self._counter = 0
        self._stamp_ms = 0
        self._held: Event | None = None
        self._began_ms: int | None = None
        self._handling_since: float | None = None
        self._settle_at: float | None = None
        self._replayed: list[Command] = []
        self._replaying_ms = 0

    # --- from any thread -----------------------------------------------------------------------

    def post(self, event: Event) -> None:
        """Put an event into the inbox; its ``at_ms`` is replaced by the batch's stamp.

        Raises InboxFull or InboxClosed, so that whoever posts knows that it was not taken.
        """
        self.post_all((event,))

    def post_all(self, events: Sequence[Event]) -> None:
        """Put events into the inbox, all of them or, with the error of ``post``, none."""
        with self._changed:
            if self._stopped:
                raise InboxClosed("the port is stopping")
            if len(self._posted) + len(events) > self._inbox_bound:
                raise InboxFull(f"the inbox is full ({self._inbox_bound} events); try again later")
            now = time.monotonic()
            self._posted.extend((now, event) for event in events)
            self._changed.notify()

    def stop(self) -> None:
        """End the world once what was posted has been handed out."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    @property
    def inbox_depth(self) -> int:
        """Events posted and not handed out."""
        return len(self._posted)

    def handling_s(self) -> float:
        """Seconds for which the batch under way has been handled; 0 while the loop waits."""
        since = self._handling_since
        return 0.0 if since is None else time.monotonic() - since

    # --- what the loop calls -------------------------------------------------------------------

    def wait(self) -> list[Event]:
        """Block until something is due; return all of it as one batch, or [] after ``stop``."""
        self._carry_out_replayed()
        self._handling_since = None
        if self._began_ms is None:
            self._began_ms = self.clock.now_ms()
        self._settle()
        batch: list[Event] = []
        while not batch:
            with self._changed:
                if not self._await():
                    return []
                stamp_ms = self.clock.now_ms()
                taken = self._take_posted(stamp_ms)
            room = 0 if self._stopped else self._batch_bound - len(taken)
            batch = self._take_due(stamp_ms, room) + taken
            for event in taken:
                self._site.note(event)
        self._handling_since = time.monotonic()
        self._stamp_ms = stamp_ms
        return self._with_calendars(batch, stamp_ms)

    def _settle(self) -> None:
        again_s = None if self._settled is None else self._settled()
        self._settle_at = None if again_s is None else time.monotonic() + again_s

    def _pause(self, pause_s: float | None) -> None:
        """Wait for a change, but no longer than a pause; settle again meanwhile if it is owed."""
        if self._settle_at is not None:
            owed_s = max(0.0, self._settle_at - time.monotonic())
            if pause_s is None or owed_s < pause_s:
                if not self._changed.wait(owed_s):
                    self._settle()
                return
        self._changed.wait(pause_s)

    def _await(self) -> bool:
        """Wait until something is there and the last stamp is past; False when all is over."""
        while True:
            if self._stopped and not self._posted:
                return False
            due_ms = 0 if self._posted else self._next_due_ms()
            if due_ms is None:
                self._pause(None)
                continue
            pause_s = self.clock.seconds_until(max(due_ms, self._stamp_ms + 1))
            if pause_s <= 0 and self.clock.now_ms() > self._stamp_ms:
                return True
            self._pause(max(0.0, pause_s))

    def _next_due_ms(self) -> int | None:
        if self._held is not None:
            return self._held.at_ms
        known = [self._site.next_at_ms()]
        if self._timers:
            known.append(self._timers[0][0])
        return min((at_ms for at_ms in known if at_ms is not None), default=None)

    def _take_posted(self, stamp_ms: int) -> list[Event]:
        """Take from the inbox at most half a batch, so that neither side starves the other."""
        now = time.monotonic()
        taken: list[Event] = []
        while self._posted and len(taken) < max(1, self._batch_bound // 2):
            posted_at, event = self._posted.popleft()
            self.lag.add(now - posted_at)
            taken.append(_stamped(event, stamp_ms))
        return taken

    def _take_due(self, now_ms: int, room: int) -> list[Event]:
        """Take what is due by its time, timers first; look at one more of the site's events."""
        taken: list[Event] = []
        while len(taken) < room:
            held = self._hold(now_ms)
            if self._timers and self._timers[0][0] <= (held.at_ms if held else now_ms):
                due_ms, _, reason = heapq.heappop(self._timers)
                taken.append(Woke(now_ms, reason))
            elif held is not None:
                due_ms, self._held = held.at_ms, None
                taken.append(_stamped(held, now_ms))
            else:
                break
            late_ms = now_ms - max(due_ms, self._began_ms or 0)
            self.lag.add(late_ms / 1_000 / self.clock.time_scale)
        self._hold(now_ms)
        return taken

    def _hold(self, now_ms: int) -> Event | None:
        """The site's next event that is due, taken out of it."""
        if self._held is None:
            self._held = next(iter(self._site.pop(now_ms)), None)
        return self._held

    def _with_calendars(self, batch: list[Event], stamp_ms: int) -> list[Event]:
        if self._calendars is not None:
            for event in batch:
                self._calendars.note(event)
            if self._calendars.due_ms() <= stamp_ms:
                extended = self._calendars.extend(stamp_ms)
                for event in extended:
                    self._calendars.note(event)
                batch = batch + extended
        return batch

    def carry_out(self, command: Command) -> None:
        """Set a timer, or pass the command to the site at the batch's time and to executors."""
        self._apply(command, self._stamp_ms)
        for executor in self._executors:
            executor(command)

    def _apply(self, command: Command, at_ms: int) -> None:
        if isinstance(command, WakeAt):
            self._counter += 1
            heapq.heappush(self._timers, (command.at_ms, self._counter, command.reason))
        else:
            self._site.carry_out(command, at_ms)

    # --- what a restart calls ------------------------------------------------------------------

    def freeze(self) -> bytes:
        """The memory of timers, site and ledger."""
        self._carry_out_replayed()
        held = self._held
        memory = LiveMemory(
            self._timers,
            self._counter,
            self._stamp_ms,
            None if held is None else (type(held).__name__, encode_event(held)),
            {} if self._calendars is None else self._calendars.known_ms,
            self._site.freeze(),
            b"" if self._ledger is None else self._ledger.freeze(),
        )
        return encode_state(memory)

    def thaw(self, memory: bytes) -> None:
        """Take the memory that ``freeze`` returned."""
        thawed = state_decoder(LiveMemory)(memory)
        self._timers, self._counter = thawed.timers, thawed.counter
        self._stamp_ms = thawed.stamp_ms
        self._held = None if thawed.held is None else decode_event(*thawed.held)
        self._site.thaw(thawed.site)
        if self._calendars is not None:
            self._calendars.known_ms = thawed.known_ms
        if self._ledger is not None:
            self._ledger.thaw(thawed.ledger)

    def replay(self, event: Event, commands: Sequence[Command]) -> None:
        """Take in a journalled decision: drop its event where it came from, note its commands.

        Commands are carried out when the batch is over, as they were the first time.
        """
        if event.at_ms != self._replaying_ms:
            self._carry_out_replayed()
            self._replaying_ms = event.at_ms
        self._drop(event)
        self._replayed.extend(commands)
        if self._calendars is not None:
            self._calendars.note(event)
        if self._ledger is not None:
            self._ledger.fold(event, commands)

    def _drop(self, event: Event) -> None:
        """Take the event out of the timers or the site; one that is in neither was posted."""
        if isinstance(event, Woke):
            for timer in sorted(self._timers):
                if timer[2] == event.reason and timer[0] <= event.at_ms:
                    self._timers.remove(timer)
                    heapq.heapify(self._timers)
                    return
        held = self._hold(event.at_ms)
        if held is not None and _same(held, event):
            self._held = None
        else:
            self._site.note(event)

    def _carry_out_replayed(self) -> None:
        """End the batch that was replayed last."""
        if not self._replaying_ms:
            return
        self._hold(self._replaying_ms)
        for command in self._replayed:
            self._apply(command, self._replaying_ms)
        self._stamp_ms = self._replaying_ms
        self._replayed, self._replaying_ms = [], 0

    def carry_out_again(self, command: Command) -> None:
        """Pass a command to the executors once more; timers and site are rebuilt by ``replay``."""
        for executor in self._executors:
            executor(command)


def _stamped(event: Any, stamp_ms: int) -> Event:
    stamped: Event = event._replace(at_ms=stamp_ms)
    return stamped


def _same(one: Event, other: Event) -> bool:
    """Whether two events are of one kind and differ in time at most."""
    return type(one) is type(other) and encode_event(one._replace(at_ms=0)) == encode_event(
        other._replace(at_ms=0)
    )
