"""What links to vehicles have in common: a driver for each, one lock, time, memories, an outbox.

Commands come from the loop's thread, messages from a connection's, and time from a thread of its
own; one lock orders them. What a driver remembers is written to a file of the data folder before
anything is sent that follows from it, so a killed port goes on with its vehicles where it was.
Events that the inbox has no room for wait, in their order.
"""

import logging
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from kouan.dispatch.commands import Command, SlowTo
from kouan.dispatch.events import Event
from kouan.live.clock import PortClock, real_clock
from kouan.live.errors import InboxClosed, InboxFull, LiveError
from kouan.live.vda5050.driver import Driven
from kouan.runtime.codec import encode_state, state_decoder

log = logging.getLogger(__name__)

TICK_S = 0.05
STOP_S = 30.0

Post = Callable[[Sequence[Event]], None]
"""Raises InboxFull or InboxClosed."""
M = TypeVar("M")


class Drives(Protocol):
    """Drives one vehicle, by whatever messages."""

    memory: Any

    @property
    def vehicle(self) -> str:
        """Its name."""

    def carry_out(self, command: Command, now_ms: int) -> Driven:
        """Carry out a command."""

    def next_at_ms(self) -> int | None:
        """When there is something to do without a message."""

    def tick(self, now_ms: int) -> Driven:
        """Do it."""


D = TypeVar("D", bound=Drives)


class Memories(Generic[M]):
    """Files of what drivers know, one each."""

    def __init__(self, folder: Path, kind: type[M]) -> None:
        self.folder = folder
        self._decode = state_decoder(kind)
        self._written: dict[str, bytes] = {}

    def of(self, name: str) -> M | None:
        """What was remembered of a vehicle; raises LiveError when it can't be read."""
        path = self.folder / f"{name}.state"
        if not path.is_file():
            return None
        try:
            memory: M = self._decode(path.read_bytes())
        except (OSError, ValueError) as error:
            raise LiveError(
                f"{path}: what was remembered of {name} can't be read: {error}"
            ) from error
        return memory

    def keep(self, name: str, memory: M) -> None:
        """Write it, if it is new; a kill leaves the old file or the new one."""
        content = encode_state(memory)
        if self._written.get(name) == content:
            return
        path = self.folder / f"{name}.state"
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        os.replace(partial, path)
        self._written[name] = content


class DriverLink(ABC, Generic[D]):
    """Executor of commands to vehicles; what vehicles say is posted as events."""

    def __init__(
        self,
        clock: PortClock,
        drivers: Mapping[str, D],
        memories: Memories[Any],
        heard_ms: Iterable[int],
    ) -> None:
        """``heard_ms`` are the latest times that drivers remember."""
        self.clock = clock
        self._drivers = drivers
        self._memories = memories
        self._real = real_clock(max(heard_ms, default=0))
        self._lock = threading.RLock()
        self._post: Post = _nowhere
        self._unposted: list[Event] = []
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="vehicles", daemon=True)

    def _begin(self, post: Post) -> None:
        """Post from now on."""
        self._memories.folder.mkdir(parents=True, exist_ok=True)
        self._post = post

    def _end_time(self) -> None:
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join(STOP_S)

    def _now_ms(self) -> int:
        """Real time, whatever port time does: how long a network takes is not scaled.

        Drivers remember it; a system clock that was set back does not set them back.
        """
        return self._real.now_ms()

    def __call__(self, command: Command) -> None:
        """Carry out a command, if it is for one of the vehicles, or for all on a road."""
        driver = self._drivers.get(getattr(command, "vehicle", ""))
        every = self._drivers.values() if isinstance(command, SlowTo) else ()
        for one in every if driver is None else (driver,):
            with self._lock:
                self._pass_on(one, one.carry_out(command, self._now_ms()))
                self._memories.keep(one.vehicle, one.memory)

    def _tick(self) -> None:
        while not self._ended.wait(TICK_S):
            with self._lock:
                now_ms = self._now_ms()
                for driver in self._drivers.values():
                    due_ms = driver.next_at_ms()
                    if due_ms is not None and due_ms <= now_ms:
                        self._pass_on(driver, driver.tick(now_ms))
                self._send_events(())

    def _pass_on(self, driver: D, driven: Driven) -> None:
        """Remember, then send, then post what a driver brought."""
        if driven.fault:
            log.warning("%s: %s", driver.vehicle, driven.fault)
        if driven.publish or driven.events:
            self._memories.keep(driver.vehicle, driver.memory)
        self._send(driver, driven)
        self._send_events(driven.events)

    @abstractmethod
    def _send(self, driver: D, driven: Driven) -> None:
        """Send what is to be published, and count it and the fault."""

    def _send_events(self, events: Sequence[Event]) -> None:
        self._unposted.extend(events)
        if not self._unposted:
            return
        try:
            self._post(self._unposted)
        except InboxFull as error:
            log.warning("vehicles: %s", error)
            return
        except InboxClosed:
            # The port stops; at its next start every driver says again what it knows.
            pass
        self._unposted = []


def _nowhere(events: Sequence[Event]) -> None:
    """Before the start nobody listens."""
    raise InboxFull(f"{len(events)} events wait for the start")
