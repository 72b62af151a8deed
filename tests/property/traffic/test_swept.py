"""The checker catches what is planted: overlaps, head-on, tail-gating, driving beyond the base."""

from dataclasses import replace
from math import inf

import pytest

from tests.property.traffic.controllers import OneAtATime, Reckless, Stuck
from tests.property.traffic.drive import CALM, Trouble, drive
from tests.property.traffic.maps import well_formed
from tests.property.traffic.swept import Piece, Point, Track, apart, check

SHORT = Trouble(orders=12, faults=6, faults_end_ms=300_000)


def track(name: str, *points: Point) -> Track:
    """Draw the line of a vehicle 12 m long and 3 m wide."""
    made = Track(name, 12_000, 3_000)
    for point in points:
        made.extend(point)
    return made


def at_speed(name: str, speed: int, *points: Point, from_ms: int = 0, base: float = inf) -> Track:
    """Drive a whole line at one speed; its base is the line unless given."""
    made = track(name, *points)
    end = made.reached[-1]
    base = min(base, end)
    until = from_ms + end * 1_000 / speed
    made.pieces += [
        Piece(from_ms, until, 0, speed, 0, base, 1_000),
        Piece(until, until + 60_000, end, 0, 0, base, 1_000),
    ]
    return made


def standing(name: str, *points: Point, at_mm: float) -> Track:
    """Stand on a line for two minutes."""
    made = track(name, *points)
    made.pieces.append(Piece(0, 120_000, at_mm, 0, 0, made.reached[-1], 1_000))
    return made


ROAD: tuple[Point, Point] = ((0, 0), (200_000, 0))


def test_two_that_stand_on_one_another_overlap_from_the_beginning() -> None:
    one = standing("one", *ROAD, at_mm=50_000)
    other = standing("other", *ROAD, at_mm=61_000)
    (found,) = check([one, other])
    assert (found.time_ms, found.vehicles) == (0, ("one", "other"))
    assert "overlap by 1000 mm" in found.text


def test_two_that_stand_bumper_to_bumper_or_side_by_side_do_not() -> None:
    one = standing("one", *ROAD, at_mm=50_000)
    other = standing("other", *ROAD, at_mm=62_000)
    beside = standing("beside", (0, 3_000), (200_000, 3_000), at_mm=56_000)
    assert check([one, other, beside]) == []
    nearer = standing("nearer", (0, 2_980), (200_000, 2_980), at_mm=56_000)
    assert len(check([one, other, nearer])) == 2


def test_head_on_in_a_gate_is_found_when_the_braking_lengths_meet() -> None:
    one = at_speed("one", 2_000, *ROAD)
    other = at_speed("other", 2_000, *ROAD[::-1])
    found = check([one, other])[0]
    # Each takes 6 m of body and 2 m to brake: they meet when their middles are 16 m apart.
    assert found.time_ms == pytest.approx(46_000, abs=20)


@pytest.mark.parametrize(("gap_mm", "caught"), [(14_100, False), (13_900, True)])
def test_tail_gating_is_nearer_than_the_braking_length(gap_mm: int, caught: bool) -> None:
    ahead = at_speed("ahead", 2_000, *ROAD)
    behind = at_speed("behind", 2_000, *ROAD, from_ms=gap_mm // 2)
    early = replace(behind.pieces[0], end_ms=80_000)
    ahead.pieces[0] = replace(ahead.pieces[0], end_ms=80_000)
    behind.pieces, ahead.pieces = [early], ahead.pieces[:1]
    assert bool(check([ahead, behind])) is caught


def test_a_loaded_vehicle_needs_more_room() -> None:
    """Its braking is weaker, so at the same speed and distance it is too near."""
    ahead = at_speed("ahead", 2_000, *ROAD)
    behind = at_speed("behind", 2_000, *ROAD, from_ms=7_100)
    both = [
        replace(each, pieces=[replace(each.pieces[0], end_ms=80_000)]) for each in (ahead, behind)
    ]
    assert check(both) == []
    both[1].pieces[0] = replace(both[1].pieces[0], braking=500)
    assert check(both)


def test_braking_ends_with_the_base() -> None:
    """Right behind a standing one, with a base that ends before it, nobody is in its way."""
    ahead = standing("ahead", *ROAD, at_mm=112_000)
    behind = track("behind", (0, 0), (100_000, 0))
    behind.pieces.append(Piece(0, 49_900, 0, 2_000, 0, 100_000, 1_000))
    assert check([ahead, behind]) == []
    behind.pieces[0] = replace(behind.pieces[0], base_mm=101_000)
    behind.extend((101_000, 0))
    assert check([ahead, behind])


def test_a_vehicle_beyond_its_base_is_found_alone() -> None:
    (found,) = check([at_speed("one", 2_000, *ROAD, base=150_000)])
    assert found.vehicles == ("one",)
    assert found.text == "50000 mm beyond its base"


def test_crossing_roads_matter_only_at_the_same_time() -> None:
    across: tuple[Point, Point] = ((100_000, -100_000), (100_000, 100_000))
    one = at_speed("one", 2_000, *ROAD)
    assert check([one, at_speed("other", 2_000, *across)])
    assert check([one, at_speed("other", 2_000, *across, from_ms=30_000)]) == []


def test_a_body_stays_straight_in_a_dead_end_and_bends_in_a_corner() -> None:
    """In the dead end it doesn't fold; in the corner its middle line follows the road."""
    back = track("back", (0, 0), (50_000, 0), (0, 0))
    assert back.turns == [50_000]
    assert back.body(48_000, 0, 100_000) == [(43_500, 0), (52_500, 0)]
    assert back.body(52_000, 0, 100_000)[0] == (52_500, 0)
    corner = track("corner", (0, 0), (50_000, 0), (50_000, 50_000))
    assert corner.body(50_000, 0, 100_000) == [(45_500, 0), (50_000, 0), (50_000, 4_500)]
    assert corner.body(50_000, 0, 50_000)[-1] == pytest.approx((54_500, 0))


def test_distance_of_lines() -> None:
    assert apart([(0, 0), (10, 0)], [(5, -5), (5, 5)]) == 0
    assert apart([(0, 0), (10, 0)], [(13, 4), (20, 4)]) == 5
    assert apart([(0, 0), (10, 0)], [(2, 7), (8, 7)]) == 7


@pytest.mark.parametrize("seed", range(12))
def test_one_vehicle_at_a_time_breaks_no_rule(seed: int) -> None:
    """Map, executor and checker themselves find nothing where nothing can be wrong."""
    made = well_formed(seed)
    run = drive(made, OneAtATime(made), SHORT)
    assert run.findings == ()
    assert run.done == SHORT.orders
    assert run.driven_mm > SHORT.orders * 2 * made.shape.length_mm


def test_a_run_repeats_exactly() -> None:
    made = well_formed(5)
    assert drive(made, OneAtATime(made), SHORT) == drive(made, OneAtATime(made), SHORT)


@pytest.mark.parametrize("seed", range(6))
def test_a_reckless_controller_is_caught(seed: int) -> None:
    made = well_formed(seed)
    run = drive(made, Reckless(made), CALM)
    assert any("overlap" in found.text for found in run.findings)


def test_a_controller_that_stops_is_caught() -> None:
    made = well_formed(3)
    run = drive(made, Stuck(made), SHORT)
    assert "nobody moves" in run.findings[0].text
