"""Motion on any stretch of road: lengths add up, limits hold, time and place only go on."""

from hypothesis import given
from hypothesis import strategies as st

from kouan.traffic.motion import (
    Stretch,
    braking_mm,
    plan_stretch,
    position_after,
    speed_within,
)

LENGTHS = st.integers(1, 10_000_000)
SPEEDS = st.integers(0, 30_000)
RATES = st.integers(1, 5_000)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Stretch, int, int, int, int, int]:
    """A planned stretch with its length, limit, exit limit, acceleration and braking."""
    length, speed, limit, exit_limit = draw(LENGTHS), draw(SPEEDS), draw(SPEEDS), draw(SPEEDS)
    up, down = draw(RATES), draw(RATES)
    stretch = plan_stretch(length, speed, limit, exit_limit, up, down)
    return stretch, length, limit, exit_limit, up, down


@given(stretches())
def test_the_three_parts_are_the_whole_length(
    planned: tuple[Stretch, int, int, int, int, int],
) -> None:
    stretch, length, *_ = planned
    assert min(stretch.up_mm, stretch.cruise_mm, stretch.down_mm) >= 0
    assert stretch.up_mm + stretch.cruise_mm + stretch.down_mm == length
    assert stretch.duration_ms >= 1


@given(stretches())
def test_nobody_drives_faster_than_allowed(
    planned: tuple[Stretch, int, int, int, int, int],
) -> None:
    stretch, length, limit, exit_limit, up, down = planned
    limit = max(1, limit)
    if stretch.speed <= limit:
        assert max(stretch.speed, stretch.peak, stretch.exit_speed) <= limit
    else:
        # Too fast to begin with: it brakes at once, as hard as it may and no longer than it must.
        assert stretch.peak <= stretch.speed
        assert stretch.peak == limit or braking_mm(stretch.speed, limit, down) > length
    if braking_mm(stretch.speed, exit_limit, down) <= length:
        assert stretch.exit_speed <= exit_limit
    assert stretch.exit_speed <= speed_within(length, up, stretch.speed)


@given(stretches(), st.lists(st.integers(0, 1_000), min_size=2, max_size=20))
def test_the_place_only_goes_on(
    planned: tuple[Stretch, int, int, int, int, int], shares: list[int]
) -> None:
    stretch, length, limit, _, up, down = planned
    places = [
        position_after(stretch, stretch.duration_ms * share // 1_000, up, down)
        for share in sorted(shares)
    ]
    driven = [place for place, _ in places]
    assert driven == sorted(driven)
    assert 0 <= driven[0] <= driven[-1] <= length
    fastest = max(stretch.speed, limit, 1)
    assert all(0 <= speed <= fastest for _, speed in places)


@given(stretches())
def test_it_begins_at_the_start_and_ends_at_the_end(
    planned: tuple[Stretch, int, int, int, int, int],
) -> None:
    stretch, length, _, _, up, down = planned
    assert position_after(stretch, 0, up, down)[0] == 0
    assert position_after(stretch, stretch.duration_ms, up, down) == (length, stretch.exit_speed)
    assert position_after(stretch, stretch.duration_ms * 3, up, down)[0] == length


@given(LENGTHS, st.integers(1, 30_000), RATES, RATES)
def test_the_time_is_near_that_of_exact_motion(length: int, limit: int, up: int, down: int) -> None:
    """From standing to standing; rounding of speeds to mm/s costs little beyond a fixed part."""
    stretch = plan_stretch(length, 0, limit, 0, up, down)
    peak = min(limit, (2 * up * down * length / (up + down)) ** 0.5)
    exact_s = length / peak + peak / (2 * up) + peak / (2 * down)
    assert stretch.duration_ms / 1_000 <= exact_s * 1.02 + 2_000 / up + 2_000 / down + 2
    assert stretch.duration_ms / 1_000 >= exact_s * 0.98 - 0.01 - 2 / up - 2 / down


@given(LENGTHS, RATES, SPEEDS)
def test_braking_lengths_and_speeds_agree(length: int, braking: int, to_speed: int) -> None:
    speed = speed_within(length, braking, to_speed)
    assert braking_mm(speed, to_speed, braking) <= length
    assert braking_mm(speed + 1, to_speed, braking) > length
