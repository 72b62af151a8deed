"""Four queues in a row against SimPy on the same draws: waits equal to the millisecond."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bench.tandem_model import (
    PROCEDURE,
    STREAM,
    arrivals_ms,
    end_after,
    read_tandem,
    run_kouan,
    run_simpy,
)
from kouan.port.model import Port
from kouan.port.service import Distribution

VISITS = 5_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_waits_are_simpys(seed: int) -> None:
    port = read_tandem()
    end_ms = end_after(port, seed, VISITS)
    kouan = run_kouan(port, seed, end_ms, warm_up=500)
    simpy = run_simpy(port, seed, end_ms, warm_up=500)
    assert kouan.tally.arrived == kouan.tally.started == [VISITS] * 4
    assert all(wait_ms > 0 for wait_ms in kouan.tally.counted_ms)
    assert kouan.tally == simpy.tally


def test_another_draw_is_noticed() -> None:
    port = read_tandem()
    end_ms = end_after(port, 1, 500)
    assert run_kouan(port, 1, end_ms, 0).tally != run_simpy(port, 2, end_ms, 0).tally


def _crowded(port: Port) -> Port:
    """The tandem with times of a few milliseconds, so that most of them are equal."""
    procedure = port.procedures[PROCEDURE]
    stages = tuple(
        replace(stage, time=Distribution(exponential_ms=mean_ms))
        for stage, mean_ms in zip(procedure.stages, (10, 4, 21, 6), strict=True)
    )
    demand = replace(port.demand[STREAM], interval=Distribution(exponential_ms=3))
    return replace(
        port,
        procedures={PROCEDURE: replace(procedure, stages=stages)},
        demand={STREAM: demand},
    )


def test_order_at_equal_times_is_the_same() -> None:
    """Who is first at equal times decides who is served how long, so waits would differ."""
    port = _crowded(read_tandem())
    times = arrivals_ms(port, 1)
    arrivals = [next(times) for _ in range(VISITS)]
    assert sum(one == other for one, other in pairwise(arrivals)) > VISITS // 10
    end_ms = arrivals[-1]
    assert run_kouan(port, 1, end_ms, 0).tally == run_simpy(port, 1, end_ms, 0).tally
