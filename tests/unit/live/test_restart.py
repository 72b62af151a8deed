"""A restart rebuilds site, timers and ledger exactly, wherever the process was killed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kouan.dispatch.events import ModeSwitched, StationFailed, StationRepaired
from kouan.port.quantity import HOUR_MS
from kouan.runtime.memory import MemoryJournal
from tests.unit.live.support import Bench, tiny_port

BUSY = ("demand.trucks.per_day=12", "demand.coal.per_day=6")


@pytest.mark.parametrize("batch_bound", [1, 3, 500])
def test_memory_after_any_batch_is_rebuilt(batch_bound: int) -> None:
    """After every batch a second life begins from the journal and knows exactly the same."""
    bench = Bench(tiny_port(*BUSY), late_ms=4_000, batch_bound=batch_bound)
    for _ in range(150):
        assert bench.loop.step()
        before = bench.world.freeze()
        state = bench.dispatcher.state
        bench.restart()
        assert bench.world.freeze() == before
        assert bench.dispatcher.state == state
    assert bench.ledger.memory.total.finished >= 3


@settings(max_examples=25)
@given(
    kills=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    batch_bound=st.sampled_from([1, 2, 7, 500]),
    snapshots=st.booleans(),
)
def test_killed_run_equals_a_whole_one(kills: list[int], batch_bound: int, snapshots: bool) -> None:
    """The same clock, with and without kills, gives the same journal to the last byte."""
    killed, whole = (
        Bench(tiny_port(*BUSY), late_ms=2_000, batch_bound=batch_bound) for _ in range(2)
    )
    for steps in kills:
        for _ in range(steps):
            disturb(killed)
            killed.loop.step()
            disturb(whole)
            whole.loop.step()
        if snapshots:
            killed.loop.snapshot()
        killed.restart()
    assert killed.journal.chain_hex == whole.journal.chain_hex
    assert killed.world.freeze() == whole.world.freeze()


@pytest.mark.parametrize("snapshots", [True, False])
def test_every_wake_up_that_is_wanted_is_set_again(snapshots: bool) -> None:
    """Killed after a commit, or between taking a batch and its commit, with or without snapshot."""
    bench = Bench(tiny_port(*BUSY), late_ms=4_000, batch_bound=2)
    wanted_at_all = 0
    for step in range(200):
        disturb(bench)
        assert bench.loop.step()
        if snapshots and step % 7 == 0:
            bench.loop.snapshot()
        if step % 2:
            bench.world.wait()
        bench.restart()
        bench.world.freeze()
        wanted = {(at_ms, reason) for reason, at_ms in bench.dispatcher.state.wakes.items()}
        assert wanted <= {(at_ms, reason) for at_ms, _, reason in bench.world._timers}
        wanted_at_all += len(wanted)
    assert wanted_at_all > 200


def disturb(bench: Bench) -> None:
    """Now and then somebody posts something."""
    match bench.journal.last_number % 20:
        case 3:
            bench.world.post(StationFailed(0, "scale.1"))
        case 9:
            bench.world.post(StationRepaired(0, "scale.1"))
        case 15:
            bench.world.post(ModeSwitched(0, "closed", "nobody"))


def test_last_batch_that_was_not_journalled_comes_again() -> None:
    """Killed between taking a batch and its commit: everything in it comes once more."""
    bench = Bench(tiny_port())
    bench.run_until(bench.start_ms + HOUR_MS // 5)
    lost = bench.world.wait()
    assert lost
    bench.restart()
    again = bench.world.wait()
    assert [event._replace(at_ms=0) for event in again] == [
        event._replace(at_ms=0) for event in lost
    ]


def test_no_visit_is_lost_or_doubled_over_many_kills() -> None:
    bench = Bench(tiny_port(*BUSY), late_ms=1_000)
    for _ in range(60):
        bench.restart()
        for _ in range(9):
            if bench.ledger.memory.total.finished < 18:
                bench.loop.step()
    journal: MemoryJournal = bench.journal
    kinds = [entry.kind for entry in journal.entries()]
    assert kinds.count("LeftPort") == kinds.count("VisitAnnounced") == 12
    assert kinds.count("TransportOrderPlaced") == 6
    assert bench.ledger.memory.total.finished == 18
    assert bench.ledger.memory.total.trips == 6


def test_overdue_events_are_delivered_at_once_with_present_times() -> None:
    bench = Bench(tiny_port())
    bench.run_until(bench.start_ms + 2_000)
    bench.clock.at_ms = bench.start_ms + HOUR_MS
    bench.restart()
    number = bench.journal.last_number
    bench.loop.step()
    stamps = [entry.at_ms for entry in bench.journal.entries(number + 1)]
    assert len(stamps) >= 4
    assert min(stamps) == max(stamps) == bench.start_ms + HOUR_MS
