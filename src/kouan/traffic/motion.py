"""How a vehicle drives a piece of road: speeding up, cruising and braking, in whole numbers.

Speeds in mm/s, accelerations in mm/s2, lengths in mm, times in ms. Square roots are those of
integers, so the same figures come out on every machine.
"""

from math import isqrt
from typing import NamedTuple


class Stretch(NamedTuple):
    """A piece of road driven from ``speed`` to ``exit_speed`` within ``length_mm``.

    ``peak`` is the speed held in between: the top speed reached, or the limit that a vehicle which
    comes too fast brakes down to. The three lengths are driven getting to the peak, at it, and
    braking from it; together they are the whole length. ``duration_ms`` is the whole time.
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
    length is too short to brake that far, which callers avoid by looking ahead. A vehicle that
    comes faster than ``limit``, because the limit was lowered, brakes down to it first.
    """
    limit = max(limit, 1)
    slowest = isqrt(max(0, speed * speed - 2 * braking * length_mm))
    reachable = min(limit, isqrt(speed * speed + 2 * acceleration * length_mm))
    exit_speed = max(min(exit_limit, reachable), slowest)
    if speed > limit:
        peak, rate = max(limit, exit_speed), braking
    else:
        square = (
            2 * acceleration * braking * length_mm
            + braking * speed * speed
            + acceleration * exit_speed * exit_speed
        ) // (acceleration + braking)
        peak, rate = max(min(limit, isqrt(square)), exit_speed, speed, 1), acceleration
    up = min(length_mm, abs(peak * peak - speed * speed) // (2 * rate))
    down = min(length_mm - up, (peak * peak - exit_speed * exit_speed) // (2 * braking))
    cruise = length_mm - up - down
    duration = (
        abs(peak - speed) * 1_000 // rate
        + cruise * 1_000 // peak
        + (peak - exit_speed) * 1_000 // braking
    )
    return Stretch(speed, peak, exit_speed, up, cruise, down, max(1, duration))


def position_after(
    stretch: Stretch, elapsed_ms: int, acceleration: int, braking: int
) -> tuple[int, int]:
    """Length driven and speed after a time on a stretch; the whole length at its end."""
    speed, peak, exit_speed, up_mm, cruise_mm, down_mm, duration_ms = stretch
    if elapsed_ms <= 0:
        return 0, speed
    if elapsed_ms >= duration_ms:
        return up_mm + cruise_mm + down_mm, exit_speed
    rate = acceleration if peak >= speed else -braking
    up_ms = (peak - speed) * 1_000 // rate
    if elapsed_ms < up_ms:
        now = speed + rate * elapsed_ms // 1_000
        return min(up_mm, (speed + now) * elapsed_ms // 2_000), now
    elapsed_ms -= up_ms
    cruise_ms = cruise_mm * 1_000 // peak
    if elapsed_ms < cruise_ms:
        return up_mm + peak * elapsed_ms // 1_000, peak
    elapsed_ms -= cruise_ms
    now = max(exit_speed, peak - braking * elapsed_ms // 1_000)
    driven = min(down_mm, (peak + now) * elapsed_ms // 2_000)
    return up_mm + cruise_mm + driven, now
