"""What all drivers share: where signals go, how each device stands, when it was heard, counts."""

import logging
import threading
import time
from collections.abc import Callable

from kouan.live.devices.counts import TAKEN, DeviceCounts
from kouan.live.devices.signals import DeviceHealth, LoopChanged, OnSignal, Signal, State
from kouan.port.devices import Device

log = logging.getLogger(__name__)

OnLoop = Callable[[LoopChanged], None]


def monotonic_ms() -> int:
    """Time for how long things take; it never runs back."""
    return time.monotonic_ns() // 1_000_000


class Hub:
    """Takes what drivers have to say; may be used from any thread."""

    def __init__(self, devices: dict[str, Device], counts: DeviceCounts) -> None:
        """Nothing is heard of any device yet."""
        self.devices = devices
        self.counts = counts
        self.on_signal: OnSignal | None = None
        self.loop_listeners: list[OnLoop] = []
        self._lock = threading.Lock()
        self._health: dict[str, DeviceHealth] = {
            name: DeviceHealth(name, device.at, State.SILENT, "not heard yet")
            for name, device in devices.items()
        }
        self._heard_ms = dict.fromkeys(devices, monotonic_ms())

    def say(self, signal: Signal) -> None:
        """Hand a signal over; what its taker raises is logged and counted, and stops nothing."""
        if isinstance(signal, DeviceHealth):
            self.judge(signal.device, signal.state, signal.reason)
            return
        if isinstance(signal, LoopChanged):
            for listener in self.loop_listeners:
                listener(signal)
        self._hand_over(signal)

    def judge(self, name: str, state: State, reason: str = "") -> None:
        """Say how it stands with a device, if that has changed."""
        found = DeviceHealth(name, self.devices[name].at, state, reason)
        with self._lock:
            changed = self._health[name] != found
            self._health[name] = found
        if changed:
            log.log(
                logging.INFO if state is State.OK else logging.WARNING,
                "device %s: %s%s",
                name,
                state,
                f": {reason}" if reason else "",
            )
            self._hand_over(found)

    def hear(self, name: str, times: int = 1) -> None:
        """A device was heard; whether all is well with it is another question."""
        self._heard_ms[name] = monotonic_ms()
        self.counts.count(name, TAKEN, times)

    def heard_ago_ms(self, name: str) -> int:
        """How long ago it was heard, or since the start."""
        return monotonic_ms() - self._heard_ms[name]

    def start_listening(self) -> None:
        """From now on silence counts, also that of devices that never spoke."""
        now_ms = monotonic_ms()
        self._heard_ms = dict.fromkeys(self.devices, now_ms)

    def find_silent(self) -> None:
        """Tell of devices that were not heard for longer than they may."""
        for name, device in self.devices.items():
            within_ms = device.heard_within_ms
            told = self._health[name].state in (State.SILENT, State.REFUSED)
            if within_ms and not told and self.heard_ago_ms(name) > within_ms:
                self.judge(name, State.SILENT, f"not heard for {within_ms / 1_000:g} s")

    def health(self) -> dict[str, DeviceHealth]:
        """How it stands with every device."""
        with self._lock:
            return dict(self._health)

    def _hand_over(self, signal: Signal) -> None:
        if self.on_signal is None:
            return
        try:
            self.on_signal(signal)
        except Exception:
            self.counts.count(signal.device, "not_handed_over")
            log.exception("a signal of device %s was not taken", signal.device)
