"""However a run ended, the next start goes on as if it had not."""

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.dispatch.commands import OpenBarrier, StartService
from kouan.dispatch.events import VehicleJoined
from kouan.runtime import recovery
from kouan.runtime.entry import Recorder
from kouan.runtime.errors import JournalBroken, JournalError, ReplayMismatch, VersionMismatch
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from kouan.runtime.recovery import Recovered, recover
from tests.unit.runtime.support import (
    LiveToyWorld,
    ToyDispatcher,
    ToyState,
    ToyWorld,
    event_at,
    fill,
    toy_header,
)


def whole_run(steps: int) -> tuple[MemoryJournal, ToyState]:
    """Return a run that nothing interrupted."""
    journal, dispatcher = MemoryJournal(toy_header(), keep=True), ToyDispatcher()
    Loop(dispatcher, ToyWorld(steps), journal).run()
    return journal, dispatcher.state


def go_on(journal: Recorder, steps: int, until: int, snapshot_every: int) -> ToyState:
    """Start, run up to an entry, and end without a word, as a killed process does."""
    dispatcher, world = ToyDispatcher(), ToyWorld(steps)
    recover(journal, dispatcher, world)
    loop = Loop(dispatcher, world, journal, snapshot_every=snapshot_every)
    while journal.last_number < until and loop.step():
        pass
    journal.commit()
    return dispatcher.state


@given(
    stops=st.lists(st.integers(0, 90), max_size=5).map(sorted),
    snapshot_every=st.integers(1, 60),
)
def test_interrupted_run_equals_a_whole_one(stops: list[int], snapshot_every: int) -> None:
    expected, state = whole_run(60)
    journal = MemoryJournal(toy_header(), keep=True)
    for until in [*stops, 1_000]:
        reached = go_on(journal, 60, until, snapshot_every)
    assert journal.chain_hex == expected.chain_hex
    assert reached == state


def test_same_on_a_real_journal(place: str) -> None:
    expected, _ = whole_run(60)
    Journal.create(place, toy_header(), commit_every=4).close()
    for until in (7, 31, 33, 1_000):
        with Journal.open(place, commit_every=4) as journal:
            go_on(journal, 60, until, 10)
    with Journal.open(place, writing=False) as journal:
        assert list(journal.entries()) == list(expected.entries())


def test_first_start_finds_nothing() -> None:
    assert recover(MemoryJournal(toy_header()), ToyDispatcher(), ToyWorld(3)) == (0, 0, 0)


def live_journal(carried_out: int) -> MemoryJournal:
    """Return a live journal of six entries."""
    journal = MemoryJournal(toy_header("live"), keep=True)
    fill(journal, 6)
    journal.mark_carried_out(carried_out)
    return journal


def test_only_commands_above_the_mark_go_out_again_unchanged() -> None:
    journal, world = live_journal(3), LiveToyWorld([])
    assert recover(journal, ToyDispatcher(), world) == Recovered(0, 6, 3)
    assert world.sent == [
        command for entry in journal.entries(4) for command in entry.decoded_commands()
    ]
    assert [type(one) for one in world.sent[:2]] == [StartService, OpenBarrier]
    assert journal.carried_out == 6
    again = LiveToyWorld([])
    assert recover(journal, ToyDispatcher(), again) == Recovered(0, 6, 0)
    assert again.sent == []


def test_nothing_new_is_written_by_a_recovery() -> None:
    journal = live_journal(3)
    chain = journal.chain_hex
    recover(journal, ToyDispatcher(), LiveToyWorld([]))
    assert (journal.chain_hex, journal.last_number) == (chain, 6)


def test_other_decision_is_named() -> None:
    with pytest.raises(ReplayMismatch, match="entry 4 was decided otherwise") as caught:
        recover(live_journal(0), ToyDispatcher(odd=4), LiveToyWorld([]))
    assert caught.value.entry == 4
    assert b'"scale.1",1,""]' in caught.value.journalled
    assert b'"scale.1",2,""]' in caught.value.decided


def test_unknown_event_is_named() -> None:
    journal = live_journal(0)
    journal._entries[2] = journal._entries[2]._replace(kind="Landed")
    with pytest.raises(JournalBroken, match="entry 3 is broken: 'Landed' is no kind"):
        recover(journal, ToyDispatcher(), LiveToyWorld([]))


def test_snapshot_that_cannot_be_read_is_named() -> None:
    journal = live_journal(6)
    journal.write_snapshot(b"\xc1", b"")
    with pytest.raises(JournalError, match="snapshot after entry 6 can't be read"):
        recover(journal, ToyDispatcher(), LiveToyWorld([]))


def test_next_version_goes_on_from_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not decide earlier entries in the same way, only those after the snapshot."""
    journal = MemoryJournal(toy_header(), keep=True)
    Loop(ToyDispatcher(), ToyWorld(60), journal).run(lambda: journal.last_number == 20)
    monkeypatch.setattr(recovery, "version", lambda _name: "99.0")
    dispatcher, world = ToyDispatcher(odd=1), ToyWorld(60)
    assert recover(journal, dispatcher, world) == Recovered(20, 0, 0)
    Loop(dispatcher, world, journal).run()
    expected, state = whole_run(60)
    assert (journal.chain_hex, dispatcher.state) == (expected.chain_hex, state)
    assert journal.versions() == [(1, version("kouan")), (21, "99.0")]


def test_next_version_needs_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = live_journal(6)
    journal.write_snapshot(b"never read", b"")
    journal.append(VehicleJoined(event_at(7).at_ms, "agv-1", "fleet", 5), [])
    journal._snapshots.clear()
    monkeypatch.setattr(recovery, "version", lambda _name: "99.0")
    said = rf"entries 1 to 7 were decided by version {version('kouan')} and no snapshot"
    with pytest.raises(VersionMismatch, match=said):
        recover(journal, ToyDispatcher(), LiveToyWorld([]))
