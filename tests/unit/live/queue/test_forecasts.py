"""Forecasts in a child process: now and then, in bounded time, made anew when it fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kouan.live.queue.forecasts import Forecast, Forecasts
from kouan.runtime.worlds import Forecaster
from tests.unit.live.broker_support import wait_for
from tests.unit.live.queue.forecasters import answering, dying, sleeping


@contextmanager
def forecasting(
    forecaster: Forecaster, every_s: float = 0.0, patience_s: float = 30.0
) -> Iterator[tuple[Forecasts, list[Forecast]]]:
    told: list[Forecast] = []
    made = Forecasts(forecaster, told.append, every_s=every_s, patience_s=patience_s)
    made.start()
    try:
        yield made, told
    finally:
        made.close()


def offer_until(made: Forecasts, state: bytes, found: Callable[[], bool]) -> None:
    def asked() -> bool:
        made.offer(5, lambda: state)
        return found()

    wait_for(asked)


def test_a_state_is_predicted_in_another_process_and_told() -> None:
    with forecasting(answering) as (made, told):
        assert made.newest == Forecast()
        made.offer(5, lambda: b"abc")
        wait_for(lambda: bool(told))
        assert made.newest is told[0]
        assert (told[0].made_ms, told[0].visits["v"].p50_ms) == (5, 3)


def test_states_are_taken_only_when_it_is_time() -> None:
    taken: list[int] = []

    def state() -> bytes:
        taken.append(1)
        return b"abc"

    with forecasting(answering, every_s=600.0) as (made, told):
        for _ in range(3):
            made.offer(5, state)
        wait_for(lambda: bool(told))
        for _ in range(3):
            made.offer(6, state)
    assert len(taken) == 1


@pytest.mark.parametrize(("forecaster", "state"), [(sleeping, b"s"), (dying, b"d")])
def test_a_process_that_says_nothing_in_time_or_dies_is_made_anew(
    forecaster: Forecaster, state: bytes
) -> None:
    with forecasting(forecaster, patience_s=4.0) as (made, told):
        made.offer(5, lambda: state)
        wait_for(lambda: made.failed == 1)
        offer_until(made, b"abc", lambda: bool(told))
        assert made.newest.visits["v"].p50_ms == 3


def test_closing_ends_a_forecast_under_way() -> None:
    with forecasting(sleeping, patience_s=600.0) as (made, _):
        made.offer(5, lambda: b"s")
        wait_for(lambda: made._process is not None)
    assert not made._thread.is_alive()
