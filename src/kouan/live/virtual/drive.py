"""How a virtual vehicle moves along the legs of its order: plain data and whole numbers, no clock.

A leg is the way from one node to the next. Whatever is changed (more released, a pause, a leg taken
away) the way is planned anew from where the vehicle is and as fast as it then goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kouan.traffic.motion import Stretch, braking_mm, plan_stretch, position_after, speed_within


class Leg(NamedTuple):
    """Length, top speed, and whether the vehicle has to stand at the leg's end."""

    length_mm: int
    limit_mm_s: int
    stop: bool


@dataclass(slots=True)
class Drive:
    """Where on its leg a vehicle is. ``driven_mm`` and ``speed`` are those at ``began_ms``."""

    driven_mm: int = 0
    speed: int = 0
    began_ms: int = 0
    stretch: Stretch | None = None
    halting: bool = False
    """Braking to stand within the leg, not driving to its end."""

    @property
    def moving(self) -> bool:
        """Whether it is under way."""
        return self.stretch is not None

    def due_ms(self) -> int | None:
        """When it will be at the end of what is planned; None while it stands."""
        return None if self.stretch is None else self.began_ms + self.stretch.duration_ms

    def at(self, now_ms: int, acceleration: int, braking: int) -> tuple[int, int]:
        """Millimetres driven on the leg, and the speed."""
        if self.stretch is None:
            return self.driven_mm, self.speed
        driven, speed = position_after(self.stretch, now_ms - self.began_ms, acceleration, braking)
        return self.driven_mm + driven, speed

    def settle(self, now_ms: int, acceleration: int, braking: int) -> None:
        """Take where it is now as where it begins; nothing is planned then."""
        self.driven_mm, self.speed = self.at(now_ms, acceleration, braking)
        self.began_ms, self.stretch, self.halting = now_ms, None, False

    def plan(self, legs: Sequence[Leg], now_ms: int, acceleration: int, braking: int) -> None:
        """Drive to the end of the first leg, so fast that all stops on the legs can be kept."""
        self.settle(now_ms, acceleration, braking)
        first = legs[0]
        left_mm = max(1, first.length_mm - self.driven_mm)
        exit_limit = _exit_limit(legs, braking)
        self.stretch = plan_stretch(
            left_mm, self.speed, first.limit_mm_s, exit_limit, acceleration, braking
        )

    def halt(self, leg: Leg, now_ms: int, acceleration: int, braking: int) -> None:
        """Brake to a stand within the leg; at its end at the latest."""
        self.settle(now_ms, acceleration, braking)
        left_mm = max(0, leg.length_mm - self.driven_mm)
        length_mm = min(left_mm, braking_mm(self.speed, 0, braking))
        if not self.speed or not length_mm:
            self.speed = 0
            return
        self.stretch = plan_stretch(length_mm, self.speed, self.speed, 0, acceleration, braking)
        self.halting = True

    def pass_node(self, now_ms: int) -> None:
        """The leg is at its end: what comes begins at zero, at the speed with which it was left."""
        self.speed = 0 if self.stretch is None else self.stretch.exit_speed
        self.driven_mm, self.began_ms, self.stretch, self.halting = 0, now_ms, None, False

    def stand(self, now_ms: int) -> None:
        """Stand at once (a fault, or the end of a halt)."""
        self.speed, self.began_ms, self.stretch, self.halting = 0, now_ms, None, False


def _exit_limit(legs: Sequence[Leg], braking: int) -> int:
    """Top speed at the first leg's end from which the rest can be kept; 0 at a stop or the end."""
    if legs[0].stop:
        return 0
    speed = 0
    for leg in reversed(legs[1:]):
        exit_speed = 0 if leg.stop else speed
        speed = min(leg.limit_mm_s, speed_within(leg.length_mm, braking, exit_speed))
    return speed
