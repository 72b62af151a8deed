"""Write down, decide, carry out: in this order, in either world."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from tests.unit.runtime.support import (
    LiveToyWorld,
    ToyDispatcher,
    ToyWorld,
    event_at,
    toy_header,
)


def test_simulation_runs_to_its_end_and_is_the_same_each_time(tmp_path: Path) -> None:
    chains = []
    for name in ("a", "b"):
        with Journal.create(tmp_path / name, toy_header()) as journal:
            Loop(ToyDispatcher(), ToyWorld(300), journal).run()
            assert (journal.last_number, journal.carried_out) == (400, 400)
            chains.append(journal.chain_hex)
    memory = MemoryJournal(toy_header())
    Loop(ToyDispatcher(), ToyWorld(300), memory).run()
    assert chains == [memory.chain_hex] * 2


def test_observers_see_every_decision() -> None:
    seen: list[tuple[int, Event, Sequence[Command]]] = []
    journal = MemoryJournal(toy_header(), keep=True)
    Loop(ToyDispatcher(), ToyWorld(9), journal, [lambda *one: seen.append(one)]).run()
    assert [number for number, _, _ in seen] == list(range(1, 13))
    for entry, (_, event, commands) in zip(journal.entries(), seen, strict=True):
        assert (entry.decoded_event(), entry.decoded_commands()) == (event, commands)


def test_until_ends_the_run_between_batches() -> None:
    journal = MemoryJournal(toy_header())
    Loop(ToyDispatcher(), ToyWorld(300), journal).run(lambda: journal.last_number >= 17)
    assert journal.last_number == 17
    snapshot = journal.latest_snapshot()
    assert snapshot is not None
    assert snapshot.number == 17


def test_live_batch_is_on_the_disk_before_its_commands_go_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    class WatchingWorld(LiveToyWorld):
        def carry_out(self, command: Command) -> None:
            with Journal.open(path, writing=False) as reader:
                committed.append((reader.last_number, reader.carried_out))
            super().carry_out(command)

    committed: list[tuple[int, int]] = []
    batches = [[event_at(step) for step in steps] for steps in ([0], [1, 2, 3], [4])]
    with Journal.create(path, toy_header("live")) as journal:
        Loop(ToyDispatcher(), WatchingWorld(batches), journal).run()
    assert committed == [(1, 0), (4, 1), (4, 1), (4, 1), (5, 4), (5, 4)]
    with Journal.open(path, writing=False) as reader:
        assert reader.carried_out == 5


def test_one_commit_a_live_batch(tmp_path: Path) -> None:
    batches = [[event_at(step) for step in range(100)], [event_at(100)]]
    with Journal.create(tmp_path / "journal.sqlite", toy_header("live")) as journal:
        loop = Loop(ToyDispatcher(), LiveToyWorld(batches), journal)
        commits = [journal.commits for _ in range(2) if loop.step()]
        assert commits == [1, 2]
        assert loop.step() is False


def test_nothing_is_carried_out_when_the_commit_fails(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "journal.sqlite", toy_header("live"))
    world = LiveToyWorld([[event_at(0)]])
    loop = Loop(ToyDispatcher(), world, journal)
    journal._failed = True
    with pytest.raises(Exception, match="open the journal again"):
        loop.step()
    assert world.sent == []
    journal.close()


def test_snapshots_are_taken_now_and_then() -> None:
    journal = MemoryJournal(toy_header())
    loop = Loop(ToyDispatcher(), ToyWorld(300), journal, snapshot_every=100)
    taken = []
    while loop.step():
        snapshot = journal.latest_snapshot()
        if snapshot and snapshot.number == journal.last_number:
            taken.append(snapshot.number)
    assert taken == [100, 200, 300, 400]
