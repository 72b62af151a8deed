"""Port time: carried on by the monotonic clock, whatever becomes of the system clock."""

import logging
import time

import pytest

from kouan.live.clock import FASTEST, PortClock, begin_clock, real_clock
from kouan.live.errors import LiveError

NOON_MS = 1_790_000_000_000


class Clocks:
    """A system clock that can be set, and a monotonic one that can't."""

    def __init__(self) -> None:
        self.wall = NOON_MS * 1_000_000
        self.monotonic = 5_000_000_000

    def pass_ms(self, ms: float) -> None:
        """Let time pass."""
        self.wall += int(ms * 1e6)
        self.monotonic += int(ms * 1e6)

    def begin(
        self, *, start_ms: int | None = None, scale: int = 1, last_ms: int | None = None
    ) -> PortClock:
        """Begin a clock on these two."""
        return begin_clock(
            start_ms=start_ms,
            time_scale=scale,
            last_ms=last_ms,
            wall_ns=lambda: self.wall,
            monotonic_ns=lambda: self.monotonic,
        )


@pytest.mark.parametrize("jump_ms", [-3_600_000, 3_600_000])
def test_system_clock_that_jumps_changes_nothing(jump_ms: int) -> None:
    clocks = Clocks()
    clock = clocks.begin()
    before = clock.now_ms()
    clocks.wall += jump_ms * 1_000_000
    assert clock.now_ms() == before == NOON_MS
    clocks.pass_ms(1_500)
    assert clock.now_ms() == NOON_MS + 1_500


def test_real_time_by_default() -> None:
    assert abs(begin_clock().now_ms() - PortClock(begin_clock().start_ms).now_ms()) < 1_000


def test_scale() -> None:
    clocks = Clocks()
    clock = clocks.begin(start_ms=1_000, scale=60)
    clocks.pass_ms(2_000)
    assert clock.now_ms() == 1_000 + 120_000
    assert clock.seconds_until(1_000 + 180_000) == pytest.approx(1.0)
    assert clock.seconds_until(1_000) == pytest.approx(-2.0)


@pytest.mark.parametrize("scale", [0, -1, FASTEST + 1])
def test_scale_has_bounds(scale: int) -> None:
    with pytest.raises(LiveError, match="from 1 to 10000"):
        PortClock(0, scale)


@pytest.mark.parametrize(("start_ms", "scale"), [(NOON_MS, 1), (None, 60), (NOON_MS, 60)])
def test_made_up_time_is_refused_beside_real_devices(start_ms: int | None, scale: int) -> None:
    with pytest.raises(LiveError, match="real devices"):
        begin_clock(start_ms=start_ms, time_scale=scale, real_devices=True)


def test_real_time_is_fine_beside_real_devices() -> None:
    assert begin_clock(real_devices=True).time_scale == 1


def test_restart_of_made_up_time_goes_on_where_the_journal_ended() -> None:
    clocks = Clocks()
    assert clocks.begin(start_ms=1_000, last_ms=9_000).now_ms() == 9_000
    assert clocks.begin(start_ms=20_000, last_ms=9_000).now_ms() == 20_000
    assert clocks.begin(scale=60, last_ms=9_000).now_ms() == 9_000


def test_restart_in_real_time_takes_the_system_clock() -> None:
    assert Clocks().begin(last_ms=NOON_MS - 60_000).now_ms() == NOON_MS


def test_real_time_runs_on_from_what_is_remembered_though_the_system_clock_was_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kouan.live.clock.wall_now_ms", lambda: NOON_MS)
    assert 0 <= real_clock(0).now_ms() - NOON_MS < 10_000
    clock = real_clock(NOON_MS + 3_600_000)
    before_ms = clock.now_ms()
    assert before_ms > NOON_MS + 3_600_000
    time.sleep(0.01)
    assert clock.now_ms() > before_ms


def test_restart_never_runs_back(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Clocks().begin(last_ms=NOON_MS + 60_000).now_ms() == NOON_MS + 60_000
    assert "60 s behind the journal" in caplog.text
