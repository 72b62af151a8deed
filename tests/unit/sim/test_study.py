"""Studies over seeds, and a whole scenario put together."""

import math

import pytest

from kouan.runtime.memory import MemoryJournal
from kouan.sim.faults import ORDINARY, Faults
from kouan.sim.run import PROGRESS_EVERY, Scenario, days_of, simulate
from kouan.sim.study import interval, intervals, over_seeds, paired
from tests.unit.sim.support import DAY, HOUR, START_MS, mandula


def square(seed: int) -> dict[str, float]:
    """A task that any process can run."""
    return {"square": float(seed * seed), "seed": float(seed)}


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_seeds(processes: int) -> None:
    found = list(over_seeds(square, range(3, 8), processes))
    assert [result["seed"] for result in found] == [3, 4, 5, 6, 7]
    assert found[-1]["square"] == 49


def test_an_interval_is_students() -> None:
    """Mean 3, deviation sqrt(2.5), 5 values: t(0.975, 4) = 2.776."""
    found = interval([1, 2, 3, 4, 5])
    half = 2.7764451 * math.sqrt(2.5) / math.sqrt(5)
    assert found == pytest.approx((3, 3 - half, 3 + half, 5), rel=1e-6)
    assert interval([7.5]) == (7.5, 7.5, 7.5, 1)
    narrow = interval([1, 2, 3, 4, 5], confidence=0.5)
    assert narrow.high - narrow.low < found.high - found.low


def test_only_figures_that_all_seeds_have_get_an_interval() -> None:
    found = intervals([{"a": 1.0, "b": 2.0}, {"a": 3.0}])
    assert list(found) == ["a"]
    assert found["a"].mean == 2


def test_what_chance_does_to_both_cancels_out() -> None:
    one = [{"wait": wait, "only": 1.0} for wait in (10.0, 50.0, 90.0)]
    other = [{"wait": wait - 2} for wait in (10.0, 50.0, 90.0)]
    assert paired(one, other) == {"wait": (-2, -2, -2, 3)}
    apart = interval([10, 50, 90])
    assert apart.high - apart.low > 100
    with pytest.raises(ValueError, match="zip"):
        paired(one, other[:2])


def test_a_scenario_tells_how_far_it_is() -> None:
    scenario = days_of(mandula(), 1, START_MS, 1)
    journal, told = MemoryJournal(scenario.header()), list[int]()
    recovered = simulate(scenario, journal, progress=told.append)
    assert recovered == (0, 0, 0)
    assert len(told) == journal.last_number // PROGRESS_EVERY
    assert told == sorted(told)
    assert START_MS < told[0] < told[-1] < START_MS + DAY


def test_a_finished_scenario_goes_on_to_nothing_and_observers_see_all_of_it() -> None:
    end_ms = START_MS + 10 * HOUR
    faults = Faults(mandula(), 2, ORDINARY, end_ms)
    scenario = Scenario(mandula(), 2, START_MS, end_ms, end_ms, faults)
    journal, seen = MemoryJournal(scenario.header(), keep=True), list[int]()
    simulate(scenario, journal, [lambda number, _event, _commands: seen.append(number)])
    chain, number = journal.chain_hex, journal.last_number
    again = list[int]()
    recovered = simulate(scenario, journal, [lambda number, _e, _c: again.append(number)])
    assert recovered.snapshot_number == number
    assert (journal.chain_hex, journal.last_number) == (chain, number)
    assert seen == again == list(range(1, number + 1))
