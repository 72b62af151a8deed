"""What the loops of a lane tell: who went past, and when it is empty."""

import pytest

from kouan.live.gates.body import APART_MS, EMPTY_MS, LaneBody
from kouan.port.devices import DeviceRole

LOOPS = {"e": DeviceRole.ENTRY, "s": DeviceRole.SAFETY, "x": DeviceRole.EXIT}


def lane() -> LaneBody:
    body = LaneBody(dict(LOOPS))
    for name in LOOPS:
        body.loop(name, False, 0)
    return body


def drive(body: LaneBody, at_ms: int, *steps: tuple[str, bool]) -> int:
    """Let loops change, 300 ms apart; return the time of the last change."""
    for number, (name, occupied) in enumerate(steps):
        body.loop(name, occupied, at_ms + 300 * number)
    return at_ms + 300 * (len(steps) - 1)


PASS = (("s", True), ("e", False), ("x", True), ("s", False), ("x", False))


def test_a_carrier_has_left_when_it_is_past_both_loops_for_a_while() -> None:
    body = lane()
    body.loop("e", True, 1_000)
    assert body.is_entered
    body.let_out(7)
    assert not body.has_left(False, 5_000)
    gone_ms = drive(body, 6_000, *PASS)
    assert not body.has_left(False, gone_ms + APART_MS - 1)
    assert body.has_left(False, gone_ms + APART_MS)
    assert body.passed == 1


def test_the_next_one_may_stand_there_already() -> None:
    body = lane()
    body.loop("e", True, 1_000)
    body.let_out(7)
    gone_ms = drive(body, 6_000, ("s", True), ("e", False), ("x", True), ("s", False), ("x", False))
    body.loop("e", True, gone_ms + 10)
    assert body.has_left(False, gone_ms + APART_MS)


def test_axles_of_one_are_one_and_a_second_carrier_is_two() -> None:
    body = lane()
    body.loop("e", True, 1_000)
    body.let_out(7)
    gap_ms = APART_MS - 200
    last_ms = drive(body, 6_000, ("s", True), ("e", False), ("s", False))
    last_ms = drive(body, last_ms + gap_ms, ("s", True), ("x", True), ("s", False), ("x", False))
    assert body.passed == 1
    drive(body, last_ms + APART_MS, ("s", True), ("x", True), ("s", False), ("x", False))
    assert body.passed == 2


def test_what_passed_is_counted_for_one_opening() -> None:
    body = lane()
    body.let_out(7)
    drive(body, 6_000, *PASS)
    body.let_out(7)
    assert body.passed == 1
    body.let_out(8)
    assert body.passed == 0


def test_a_lane_left_otherwise_is_empty_when_nothing_stands_there_for_a_while() -> None:
    body = lane()
    body.loop("e", True, 1_000)
    body.let_out(7)
    assert not body.has_left(True, 60_000)
    body.loop("e", False, 61_000)
    assert not body.has_left(True, 61_000 + EMPTY_MS - 1)
    assert body.has_left(True, 61_000 + EMPTY_MS)


def test_a_loop_that_cant_be_read_counts_as_occupied() -> None:
    body = lane()
    body.let_out(7)
    body.loop("s", None, 1_000)
    assert body.passed == 0, "nobody is known to have passed"
    assert not body.is_empty(60_000)
    body.loop("s", False, 61_000)
    assert body.is_empty(61_000 + EMPTY_MS)


def test_loops_that_never_spoke_are_not_free() -> None:
    body = LaneBody(dict(LOOPS))
    assert not body.is_free(*DeviceRole)
    assert not body.is_empty(1 << 40)
    assert not body.has_left(True, 1 << 40)


def test_that_somebody_left_without_being_let_out_is_told_once() -> None:
    body = lane()
    assert not body.emptied(60_000)
    body.loop("e", True, 61_000)
    assert not body.emptied(70_000)
    body.loop("e", False, 71_000)
    assert body.emptied(71_000 + EMPTY_MS)
    assert not body.emptied(90_000)


@pytest.mark.parametrize("roles", [{}, {"x": DeviceRole.EXIT}])
def test_lanes_with_fewer_loops(roles: dict[str, DeviceRole]) -> None:
    body = LaneBody(dict(roles))
    assert not body.is_entered
    assert not body.is_empty(1 << 40)
