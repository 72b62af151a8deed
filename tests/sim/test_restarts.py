"""A run killed, or copied and run ahead, at any entry gives the journal of one left alone."""

from collections.abc import Callable

import pytest

from kouan.dispatch.dispatcher import Dispatcher
from kouan.runtime.codec import encode_state, state_decoder
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from kouan.runtime.recovery import recover
from kouan.sim.run import Scenario, simulate
from kouan.sim.world import SimulatedWorld
from tests.sim.scenarios import scenario_of

CASES = [("mandula", 2, 151), ("mandula", 5, 233), ("ganqimaodu", 4, 1_013)]
"""Port, seed, and every how many entries the run is disturbed."""


def left_alone(scenario: Scenario) -> MemoryJournal:
    """The journal of a run that nothing happens to."""
    journal = MemoryJournal(scenario.header(), keep=True)
    simulate(scenario, journal)
    return journal


def started(scenario: Scenario, journal: MemoryJournal, snapshot_every: int) -> Loop:
    """A new process: everything new but the journal, recovered from it."""
    dispatcher = Dispatcher(scenario.port)
    world = SimulatedWorld(scenario.site(), scenario.until_ms)
    recover(journal, dispatcher, world)
    return Loop(dispatcher, world, journal, (), snapshot_every)


def step_until(loop: Loop, done: Callable[[], bool]) -> bool:
    """Step until a condition holds; False when the world has ended before."""
    while not done():
        if not loop.step():
            return False
    return True


@pytest.mark.parametrize(("port", "seed", "every"), CASES)
def test_killed_at_every_kth_entry_it_decides_the_same(port: str, seed: int, every: int) -> None:
    """Snapshots lie further apart than kills, so some restarts replay and some load."""
    expected = left_alone(scenario_of(port, seed))
    journal = MemoryJournal(expected.header, keep=True)
    restarts, going = 0, True
    while going:
        loop = started(scenario_of(port, seed), journal, snapshot_every=2 * every + 7)
        end = journal.last_number + every
        going = step_until(loop, lambda end=end: journal.last_number >= end)  # type: ignore[misc]
        restarts += 1
    assert restarts > 5
    assert list(journal.entries()) == list(expected.entries())


@pytest.mark.parametrize(("port", "seed", "every"), CASES)
def test_a_copy_taken_at_any_entry_runs_on_the_same(port: str, seed: int, every: int) -> None:
    """The copy is taken through bytes, the original goes on untouched beside it."""
    expected = left_alone(scenario_of(port, seed))
    journal = MemoryJournal(expected.header)
    loop = started(scenario_of(port, seed), journal, snapshot_every=1 << 60)
    copies = 0
    while step_until(loop, lambda: journal.last_number % every == 0):
        world = loop.world
        assert isinstance(world, SimulatedWorld)
        state, memory = encode_state(loop.dispatcher.state), world.freeze()
        loop = started(scenario_of(port, seed), MemoryJournal(expected.header), 1 << 60)
        loop.journal = journal
        loop.dispatcher.state = state_decoder(type(loop.dispatcher.state))(state)
        assert isinstance(loop.world, SimulatedWorld)
        loop.world.thaw(memory)
        assert encode_state(loop.dispatcher.state) == state
        assert loop.world.freeze() == memory
        copies += 1
        if not loop.step():
            break
    assert copies > 5
    assert journal.chain_hex == expected.chain_hex


def events_of(journal: MemoryJournal, first: int = 1) -> list[bytes]:
    """The events of a journal that keeps them."""
    return [entry.event for entry in journal.entries(first)]


def test_two_futures_of_one_moment_part_and_the_first_is_not_disturbed() -> None:
    """Run ahead with other arrivals: what is to come changes, what was decided does not."""
    scenario = scenario_of("mandula", 6)
    expected = left_alone(scenario)
    journal = MemoryJournal(expected.header, keep=True)
    loop = started(scenario_of("mandula", 6), journal, snapshot_every=1 << 60)
    step_until(loop, lambda: journal.last_number == 500)
    assert isinstance(loop.world, SimulatedWorld)
    memory, state = loop.world.freeze(), encode_state(loop.dispatcher.state)
    other = MemoryJournal(expected.header, keep=True)
    ahead = started(scenario_of("mandula", 6), other, 1 << 60)
    ahead.dispatcher.state = state_decoder(type(ahead.dispatcher.state))(state)
    assert isinstance(ahead.world, SimulatedWorld)
    ahead.world.thaw(memory)
    ahead.world.site.seed = ahead.world.site.stations.seed = 99
    ahead.run()
    loop.run()
    assert journal.chain_hex == expected.chain_hex
    assert events_of(other) != events_of(journal, first=501)
