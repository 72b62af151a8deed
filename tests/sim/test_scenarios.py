"""Seeds and faults: no rule is broken, and once faults have stopped every visit ends."""

import pytest

from tests.sim.scenarios import PORTS, found_seeds, missing_faults, run_scenario, scenario_of

SEEDS = range(1, 21)
LEAST_ENTRIES = {"erenhot": 400, "ganqimaodu": 1_000, "mandula": 1_000}
"""At Erenhot some fifty trucks come in two hours."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("port", PORTS)
def test_a_bad_day_breaks_no_rule(port: str, seed: int) -> None:
    outcome = run_scenario(port, seed)
    assert outcome.violations == ()
    assert outcome.entries > LEAST_ENTRIES[port]
    assert sum(outcome.faults.values()) > 10


@pytest.mark.parametrize(("port", "seed"), found_seeds())
def test_a_seed_that_found_a_fault_stays_good(port: str, seed: int) -> None:
    assert run_scenario(port, seed).violations == ()


def test_every_kind_of_fault_happens() -> None:
    assert missing_faults([run_scenario("mandula", seed) for seed in (5, 10, 15, 20)]) == []


def test_a_seed_settles_everything() -> None:
    first, again = run_scenario("mandula", 3), run_scenario("mandula", 3)
    assert first == again
    assert run_scenario("mandula", 4).chain != first.chain


def test_scenarios_begin_all_over_the_day() -> None:
    starts = [scenario_of("mandula", seed).start_ms for seed in SEEDS]
    midnight = min(starts) - min(starts) % 86_400_000
    hours = [(start - midnight) / 3_600_000 for start in starts]
    assert max(hours) - min(hours) > 6
