"""How a vehicle drives a piece of road: speeding up, cruising and braking, in whole numbers.

Speeds in mm/s, accelerations in mm/s2, lengths in mm, times in ms. Square roots are those of
integers, so the same figures come out on every machine.
"""

from math import isqrt
from typing import NamedTuple


class Stretch(NamedTuple):
    """A piece of road driven from ``speed`` to ``exit_speed`` within ``length_mm``.

    ``peak`` is the top speed reached; the three lengths are driven speeding up, at the peak and
    braking; ``duration_ms`` is the whole time.
    """

    speed: int
    peak: int
    exit_speed: int
    up_mm: int
    cruise_mm: int
    down_mm: int
    duration_ms: int


def braking_mm(speed: int, to_speed: int, braking: int) -> int:
    """Length needed to slow down from one speed to another, rounded up."""
    if speed <= to_speed:
        return 0
    return -(-(speed * speed - to_speed * to_speed) // (2 * braking))


def speed_within(length_mm: int, braking: int, to_speed: int = 0) -> int:
    """Highest speed from which ``to_speed`` can be reached within a length."""
    return isqrt(to_speed * to_speed + 2 * braking * max(0, length_mm))


def plan_stretch(
    length_mm: int, speed: int, limit: int, exit_limit: int, acceleration: int, braking: int
) -> Stretch:
    """Drive a length from ``speed``, at most at ``limit``, leaving at most at ``exit_limit``.

    The exit speed is the highest that can be reached; it is above ``exit_limit`` only when the
    length is too short to brake that far, which callers avoid by looking ahead.
    """
    limit = max(limit, 1)
    reachable = min(limit, isqrt(speed * speed + 2 * acceleration * length_mm))
    slowest = isqrt(max(0, speed * speed - 2 * braking * length_mm))
    exit_speed = max(min(exit_limit, reachable), slowest)
    square = (
        2 * acceleration * braking * length_mm
        + braking * speed * speed
        + acceleration * exit_speed * exit_speed
    ) // (acceleration + braking)
    peak = min(limit, isqrt(square))
    peak = max(peak, exit_speed, 1) if speed <= limit else speed
    up = max(0, (peak * peak - speed * speed) // (2 * acceleration))
    down = max(0, (peak * peak - exit_speed * exit_speed) // (2 * braking))
    cruise = max(0, length_mm - up - down)
    duration = (
        max(0, peak - speed) * 1_000 // acceleration
        + cruise * 1_000 // peak
        + max(0, peak - exit_speed) * 1_000 // braking
    )
    return Stretch(speed, peak, exit_speed, up, cruise, down, max(1, duration))


def position_after(
    stretch: Stretch, elapsed_ms: int, acceleration: int, braking: int
) -> tuple[int, int]:
    """Length driven and speed after a time on a stretch."""
    up_ms = max(0, stretch.peak - stretch.speed) * 1_000 // acceleration
    if elapsed_ms < up_ms:
        speed = stretch.speed + acceleration * elapsed_ms // 1_000
        return (stretch.speed + speed) * elapsed_ms // 2_000, speed
    elapsed_ms -= up_ms
    cruise_ms = stretch.cruise_mm * 1_000 // stretch.peak
    if elapsed_ms < cruise_ms:
        return stretch.up_mm + stretch.peak * elapsed_ms // 1_000, stretch.peak
    elapsed_ms -= cruise_ms
    down_ms = max(0, stretch.peak - stretch.exit_speed) * 1_000 // braking
    elapsed_ms = min(elapsed_ms, down_ms)
    speed = max(stretch.exit_speed, stretch.peak - braking * elapsed_ms // 1_000)
    driven = (stretch.peak + speed) * elapsed_ms // 2_000
    return stretch.up_mm + stretch.cruise_mm + driven, speed
