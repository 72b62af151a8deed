"""Loop lag: quantiles within their classes, and an alarm that does not flood the log."""

import logging

import pytest

from kouan.live.lag import ALARM_EVERY_S, LagMeter


def test_quantiles() -> None:
    meter = LagMeter()
    for milliseconds in range(1, 1_001):
        meter.add(milliseconds / 10_000)
    assert meter.quantile_s(0.5) == pytest.approx(0.05, rel=0.15)
    assert meter.quantile_s(0.99) == pytest.approx(0.099, rel=0.15)
    assert (meter.max_s, meter.last_s, meter.count) == (0.1, 0.1, 1_000)


def test_nothing_measured() -> None:
    assert LagMeter().quantile_s(0.99) == 0


def test_early_is_not_late_and_very_late_is_kept() -> None:
    seen: list[float] = []
    meter = LagMeter(seen.append)
    meter.add(-0.2)
    meter.add(1e6)
    assert (seen, meter.max_s) == ([0.0, 1e6], 1e6)
    assert meter.quantile_s(0.1) == 0.0001


def test_alarm_at_100_ms_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    meter = LagMeter(monotonic=lambda: now[0])
    with caplog.at_level(logging.WARNING):
        meter.add(0.099)
        assert not caplog.records
        for _ in range(5):
            meter.add(0.2)
        now[0] = ALARM_EVERY_S
        meter.add(0.3)
    assert len(caplog.records) == 2
    assert "late by 300 ms" in caplog.text
    assert "since the last such line: 5" in caplog.text
