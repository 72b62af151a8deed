"""How often somebody may try: growing pauses, a bound on what is remembered, and an end."""

from hypothesis import given
from hypothesis import strategies as st

from kouan.live.accounts.throttle import FORGET_MS, Limit, Throttle
from tests.unit.live.accounts.support import Clock

LIMIT = Limit(free=5, longest_ms=60_000)


def test_so_many_are_free_then_each_waits_twice_as_long() -> None:
    clock = Clock()
    throttle = Throttle(LIMIT, clock)
    assert [throttle.begin("a") for _ in range(5)] == [0] * 5
    pauses = []
    for _ in range(8):
        wait_ms = throttle.begin("a")
        pauses.append(wait_ms)
        clock.at_ms += wait_ms - 1
        assert throttle.begin("a") == 1
        clock.at_ms += 1
        assert throttle.begin("a") == 0
    assert pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
    assert throttle.begin("b") == 0


def test_an_attempt_that_is_refused_does_not_make_it_longer() -> None:
    clock = Clock()
    throttle = Throttle(LIMIT, clock)
    for _ in range(5):
        throttle.begin("a")
    assert [throttle.begin("a") for _ in range(100)] == [1_000] * 100


def test_what_succeeds_is_not_counted() -> None:
    clock = Clock()
    throttle = Throttle(LIMIT, clock)
    for _ in range(100):
        assert throttle.begin("a") == 0
        throttle.undo("a")
    assert len(throttle) == 0
    for _ in range(4):
        throttle.begin("a")
    throttle.begin("a")
    throttle.undo("a")
    assert throttle.begin("a") == 0
    throttle.clear("a")
    assert len(throttle) == 0


def test_it_is_forgotten_after_a_while_and_a_clock_set_back_locks_nobody_out_for_long() -> None:
    clock = Clock()
    throttle = Throttle(LIMIT, clock)
    for _ in range(5):
        throttle.begin("a")
    clock.at_ms += FORGET_MS + 1
    assert throttle.begin("a") == 0
    for _ in range(5):
        throttle.begin("a")
    clock.at_ms -= 10 * FORGET_MS
    assert 0 < throttle.begin("a") <= LIMIT.longest_ms


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5_000)), max_size=200))
def test_memory_and_pauses_have_bounds(tries: list[tuple[int, int]]) -> None:
    clock = Clock()
    throttle = Throttle(LIMIT, clock, most_keys=10)
    for key, later_ms in tries:
        clock.at_ms += later_ms
        assert 0 <= throttle.begin(str(key)) <= LIMIT.longest_ms
        assert len(throttle) <= 10
