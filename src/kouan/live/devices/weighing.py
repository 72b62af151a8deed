"""From a scale's frames to a mass: stable for long enough, and zero between two vehicles.

Pure: time comes with each call. A scale that does not come back to zero is stuck, one that shows
something while it is empty drifts; neither gives a mass until it is right again.
"""

from itertools import takewhile
from typing import NamedTuple

from kouan.live.devices.frames import Frame
from kouan.port.devices import Device

BACK_TO_ZERO_MS = 10_000
"""Time a scale has to come back to zero after a vehicle has left it (assumption)."""


class _Point(NamedTuple):
    at_ms: int
    mass_kg: int


class Weighing:
    """One scale's judgement; ``problem`` says what is wrong with it, "" for nothing."""

    def __init__(self, device: Device) -> None:
        self.problem = ""
        self._plan = device
        self._points: list[_Point] = []
        self._told_kg: int | None = None
        self._zero_by_ms: int | None = None
        self._left_kg = 0

    def frame(self, frame: Frame, at_ms: int) -> int | None:
        """Take a frame; return a mass that has become stable, once for each load."""
        if frame.net or frame.overload:
            self._points.clear()
            self.problem = (
                "it sends net masses: expected gross" if frame.net else "overload: not weighed"
            )
            return None
        if frame.mass_kg < self._plan.empty_below_kg:
            self._told_kg = None  # what comes next is another load, however soon it comes
        if not frame.stable:
            self._points.clear()
            return None
        self._points.append(_Point(at_ms, frame.mass_kg))
        self._drop_moved(frame.mass_kg)
        if not self._is_stable(at_ms):
            return None
        return self._judge(self._middle())

    def left(self, at_ms: int) -> None:
        """A vehicle has left the station: the scale is to show zero soon."""
        if self._told_kg is not None and self._zero_by_ms is None:
            self._zero_by_ms = at_ms + BACK_TO_ZERO_MS
            self._left_kg = self._told_kg

    def tick(self, at_ms: int) -> None:
        """Find a scale that has not come back to zero in time."""
        if self._zero_by_ms is not None and at_ms > self._zero_by_ms:
            self.problem = f"stuck: not empty since a vehicle of {self._left_kg} kg left"

    def broke_off(self) -> None:
        """The stream was interrupted: what came before says nothing about what comes."""
        self._points.clear()

    def _drop_moved(self, mass_kg: int) -> None:
        """Keep the frames since the mass last moved, as few as are needed."""
        within = self._plan.stable_within_kg
        same = takewhile(lambda point: abs(point.mass_kg - mass_kg) <= within, self._points[::-1])
        self._points = list(same)[::-1]
        while len(self._points) > self._plan.stable_frames and self._covers(1):
            del self._points[0]

    def _covers(self, first: int) -> bool:
        span_ms = self._points[-1].at_ms - self._points[first].at_ms
        return span_ms >= self._plan.stable_for_ms

    def _is_stable(self, at_ms: int) -> bool:
        points = self._points
        masses = [point.mass_kg for point in points]
        return (
            len(points) >= self._plan.stable_frames
            and at_ms - points[0].at_ms >= self._plan.stable_for_ms
            and max(masses) - min(masses) <= self._plan.stable_within_kg
        )

    def _middle(self) -> int:
        masses = sorted(point.mass_kg for point in self._points)
        return masses[len(masses) // 2]

    def _judge(self, mass_kg: int) -> int | None:
        """Decide what a stable mass means."""
        if mass_kg < self._plan.empty_below_kg:
            self._told_kg = self._zero_by_ms = None
            drifts = abs(mass_kg) > self._plan.zero_within_kg
            self.problem = f"drift: it shows {mass_kg} kg while empty" if drifts else ""
            return None
        if self._zero_by_ms is not None or self.problem.startswith(("stuck", "drift")):
            return None
        self.problem = ""
        told = self._told_kg
        if told is not None and abs(mass_kg - told) <= self._plan.stable_within_kg:
            return None
        self._told_kg = mass_kg
        return mass_kg
