"""Figures for Prometheus: what is counted, and nothing that nobody asked for."""

from kouan.dispatch.events import Woke
from kouan.live.metrics import Metrics


def test_events_are_counted_without_when_a_series_was_made() -> None:
    metrics = Metrics()
    metrics.observe(1, Woke(1_000, ""), ())
    metrics.observe_lag(0.002)
    metrics.observe_commit(0.003)
    lines = metrics.text().decode().splitlines()
    assert 'kouan_events_total{kind="Woke"} 1.0' in lines
    assert "kouan_loop_lag_seconds_count 1.0" in lines
    assert "kouan_journal_commit_seconds_count 1.0" in lines
    assert [line for line in lines if "_created" in line] == []
