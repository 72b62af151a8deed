"""The devices of gates, linked to the dispatcher: signals in, events out, barriers opened.

A thread of its own takes signals, what was read in pictures, and new pictures of the lanes from the
loop, and works off one lane after the other. It decides nothing: a barrier is asked to open only
for an opening that the dispatcher has commanded and that the newest picture still shows.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from kouan.dispatch.commands import Command, OpenBarrier
from kouan.dispatch.events import Event, Evidence, StationFailed, StationRepaired
from kouan.live.devices.service import DeviceService
from kouan.live.devices.signals import (
    BarrierRefused,
    DeviceHealth,
    ImageTaken,
    LoopChanged,
    Signal,
    State,
    TagRead,
    WeightStable,
)
from kouan.live.errors import InboxClosed, InboxFull
from kouan.live.gates.lane import Lane, LaneSteps, Opening
from kouan.live.gates.readings import Found, Pictures, Reader
from kouan.live.gates.tags import tag_evidence
from kouan.live.gates.view import GateWindow
from kouan.live.privacy.rules import Rule
from kouan.port.devices import DeviceKind
from kouan.port.model import ModeName, Port

log = logging.getLogger(__name__)

TICK_S = 0.2
MOST_WAITING = 2_000
"""Signals that wait; more are dropped and counted."""
GRACE_S = 10.0
"""How long after the start a device may be silent before its lane is out of order."""
STOP_S = 10.0
HOLDS_UP = (DeviceKind.BARRIER, DeviceKind.LOOP)
"""Devices without which nobody may be let through a lane."""

Post = Callable[[Sequence[Event]], None]


class GateLink:
    """The gates' side of a live port; an executor of its commands."""

    def __init__(
        self,
        port: Port,
        devices: DeviceService,
        window: GateWindow,
        reader: Reader,
        keep: Callable[[bytes, str, Rule], str],
        key: bytes,
        now_ms: Callable[[], int],
    ) -> None:
        """Prepare; ``keep`` puts a picture among the documents, ``key`` makes pseudonyms."""
        self.dropped = 0
        self._port = port
        self._devices = devices
        self._window = window
        self._now_ms = now_ms
        self._key = key
        self._pictures = Pictures(port.devices, reader, keep, key, self._put)
        self._queue: queue.Queue[Signal | Found | int | None] = queue.Queue(MOST_WAITING)
        self._lanes = {name: Lane(port, name, now_ms()) for name in _stations(port)}
        self._unposted: list[Event] = []
        self._failed: list[str] = []
        self._post: Post | None = None
        self._began_s = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gates", daemon=True)

    # --- from other threads --------------------------------------------------------------------

    def start(self, post: Post) -> None:
        """Take signals from now on."""
        self._post = post
        self._window.on_change = self._wake
        self._devices.start(self._put)
        self._thread.start()

    def close(self) -> None:
        """Let go; barriers stay as they are."""
        self._window.on_change = None
        self._ended.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        self._devices.close()

    def __call__(self, command: Command) -> None:
        """Hear of an opening, first or again; the picture tells the rest."""
        if isinstance(command, OpenBarrier):
            self._put(command.request)

    def _put(self, item: Signal | Found | int) -> None:
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self.dropped += 1
            log.warning("gates: a signal was dropped: %d wait already", MOST_WAITING)

    def _wake(self) -> None:
        if self._queue.empty():
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                return

    # --- in its own ----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._take(self._queue.get(timeout=TICK_S))
                while not self._queue.empty():
                    self._take(self._queue.get_nowait())
            except queue.Empty:
                pass
            except Exception:
                log.exception("gates: a signal could not be used")
            try:
                self._work()
            except Exception:
                log.exception("gates: a lane could not be looked after")

    def _take(self, item: Signal | Found | int | None) -> None:
        match item:
            case ImageTaken():
                self._pictures.take(item, self._now_ms())
            case LoopChanged():
                self._lanes[item.station].loop(item.device, item.occupied, self._now_ms())
            case WeightStable():
                trouble = self._trouble(item.device)
                lane = self._lanes[item.station]
                lane.weighed(item.device, item.mass_kg, trouble, self._now_ms())
            case TagRead():
                self._take_tag(item)
            case BarrierRefused():
                self._lanes[item.station].refused(item.request, self._now_ms())
            case DeviceHealth() if item.state is not State.OK:
                self._lose(item)
            case Found():
                self._lanes[item.station].found(item)
            case int():
                for lane in self._lanes.values():
                    lane.ask_again(item)

    def _take_tag(self, item: TagRead) -> None:
        device, lane = self._port.devices[item.device], self._lanes[item.station]
        evidence = tag_evidence(device, item.text, self._key)
        if device.is_modbus:
            lane.stands_at(item.device, evidence)
        else:
            lane.found(Found(item.station, item.device, evidence, "", self._now_ms()))

    def _lose(self, item: DeviceHealth) -> None:
        """A portal that isn't well says nothing of whoever stands there."""
        device = self._port.devices[item.device]
        if device.is_modbus and device.kind is DeviceKind.READER:
            why = f"{item.device} {item.state}: {item.reason}"
            unread = tuple(Evidence(check, ok=False, reason=why) for check in device.checks)
            self._lanes[item.station].stands_at(item.device, unread)

    def _trouble(self, device: str) -> str:
        health = self._devices.health()[device]
        return "" if health.state is State.OK else f"{device} {health.state}: {health.reason}"

    def _work(self) -> None:
        view, now_ms = self._window.view, self._now_ms()
        for name, lane in self._lanes.items():
            steps = lane.look(view, now_ms)
            self._show(name, steps)
            self._unposted += steps.events
        self._unposted += self._out_of_order()
        if self._unposted and self._post is not None:
            try:
                self._post(self._unposted)
                self._unposted = []
            except (InboxFull, InboxClosed) as error:
                log.warning("gates: %d events wait: %s", len(self._unposted), error)

    def _show(self, name: str, steps: LaneSteps) -> None:
        """Let light and barrier show what was decided."""
        if steps.emptied:
            self._pictures.next_carrier(name)
            self._devices.set_light(name, green=False)
        if steps.opening is not None:
            self._devices.set_light(name, green=True)
            opening = steps.opening
            self._devices.open_barrier(
                name, opening.request, opening.reason, lambda: self._still_true(opening)
            )

    def _still_true(self, opening: Opening) -> bool:
        """Whether the newest picture still asks for an opening."""
        view = self._window.view
        lane = view.lanes.get(opening.station)
        leaving = lane.leaving if lane is not None else None
        if leaving is None or leaving.request != opening.request or view.is_held(leaving.visit):
            return False
        return opening.station in view.real and view.mode != ModeName.CLOSED

    def _out_of_order(self) -> list[Event]:
        """Tell of lanes that can let nobody through, and of those that can again."""
        if time.monotonic() - self._began_s < GRACE_S:
            return []
        health = self._devices.health()
        events: list[Event] = []
        for name in self._lanes:
            mine = [
                one
                for device, one in health.items()
                if one.station == name and self._port.devices[device].kind in HOLDS_UP
            ]
            bad = any(one.state is not State.OK for one in mine)
            if bad != (name in self._failed):
                (self._failed.append if bad else self._failed.remove)(name)
                events.append(StationFailed(0, name) if bad else StationRepaired(0, name))
        return events


def _stations(port: Port) -> tuple[str, ...]:
    return tuple(dict.fromkeys(device.at for device in port.devices.values()))
