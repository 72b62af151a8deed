"""The same journal on either database: numbered, chained, committed in groups, one writer."""

import threading
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from kouan.runtime import database, errors
from kouan.runtime.journal import Journal
from kouan.runtime.memory import MemoryJournal
from kouan.runtime.reading import JournalReader, Progress
from tests.unit.runtime.support import ToyDispatcher, event_at, fill, toy_header


def test_entries_come_back_as_they_were_appended(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 50)
    with Journal.open(place) as journal:
        dispatcher = ToyDispatcher()
        for step, entry in enumerate(journal.entries()):
            assert entry.number == step + 1
            assert entry.at_ms == event_at(step).at_ms
            assert entry.decoded_event() == event_at(step)
            assert entry.decoded_commands() == dispatcher.handle(event_at(step))
        assert journal.last_number == 50 == dispatcher.state.handled
        assert journal.header == toy_header()


def test_chain_is_what_the_documents_say(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 5)
        chain = sha256(toy_header().encode()).digest()
        for entry in journal.entries():
            parts = (chain, entry.kind.encode(), b"\n", entry.event, b"\n", entry.commands)
            chain = sha256(b"".join(parts)).digest()
            assert entry.chain == chain
        assert journal.chain_hex == chain.hex()


def test_chain_does_not_depend_on_the_database_or_the_groups(place: str) -> None:
    memory = MemoryJournal(toy_header(), keep=True)
    fill(memory, 40)
    with Journal.create(place, toy_header(), commit_every=7) as journal:
        fill(journal, 40)
        assert journal.chain_hex == memory.chain_hex
        assert list(journal.entries()) == list(memory.entries())
        assert list(journal.entries(5, 8)) == list(memory.entries(5, 8))


def test_a_reader_is_not_misled_by_what_is_committed_while_it_opens(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes commits between the reader's two looks: at how far it goes, and at the end."""
    with Journal.create(place, toy_header()) as journal:
        dispatcher = ToyDispatcher()
        journal.append(event_at(0), dispatcher.handle(event_at(0)))
        journal.commit()
        progress = JournalReader.progress

        def look_and_be_overtaken(reader: JournalReader) -> Progress:
            seen = progress(reader)
            journal.append(event_at(1), dispatcher.handle(event_at(1)))
            journal.commit()
            monkeypatch.undo()
            return seen

        monkeypatch.setattr(JournalReader, "progress", look_and_be_overtaken)
        with Journal.open(place, writing=False) as reader:
            assert (reader.last_number, reader.chain_hex) == (2, journal.chain_hex)
            assert [entry.number for entry in reader.entries()] == [1, 2]


def test_going_on_after_opening_gives_one_chain(place: str) -> None:
    whole = MemoryJournal(toy_header())
    fill(whole, 9)
    dispatcher = ToyDispatcher()
    Journal.create(place, toy_header()).close()
    for step in range(9):
        with Journal.open(place) as journal:
            assert journal.append(event_at(step), dispatcher.handle(event_at(step))) == step + 1
    with Journal.open(place, writing=False) as journal:
        assert (journal.last_number, journal.chain_hex) == (9, whole.chain_hex)


def test_rows_are_committed_in_groups(place: str) -> None:
    with Journal.create(place, toy_header(), commit_every=10) as journal:
        for step in range(25):
            journal.append(event_at(step), [])
        assert sum(1 for _ in journal.entries()) == 20
        journal.commit()
        assert sum(1 for _ in journal.entries()) == 25
        assert [entry.number for entry in journal.entries(24)] == [24, 25]
        assert [entry.number for entry in journal.entries(3, 4)] == [3, 4]
        assert list(journal.entries(26)) == []
        with pytest.raises(ValueError, match="counted from 1"):
            list(journal.entries(0))


def test_carried_out_is_kept_with_the_next_commit(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 3)
        journal.mark_carried_out(2)
        with Journal.open(place, writing=False) as reader:
            assert reader.carried_out == 0
        journal.commit()
        with Journal.open(place, writing=False) as reader:
            assert reader.carried_out == 2
        for number in (1, 4):
            with pytest.raises(ValueError, match="expected 2 to 3"):
                journal.mark_carried_out(number)


def test_last_two_snapshots_are_kept(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        assert journal.latest_snapshot() is None
        for step in range(3):
            journal.append(event_at(step), [])
            journal.write_snapshot(b"state %d" % step, b"world")
        journal.write_snapshot(b"state again", b"world again")
        newest = journal.latest_snapshot()
        assert newest is not None
        assert newest[:3] == (3, b"state again", b"world again")
        assert newest.chain.hex() == journal.chain_hex
        with journal.engine.connect() as connection:
            numbers = connection.scalars(sa.select(database.snapshot.c.number)).all()
        assert sorted(numbers) == [2, 3]


def test_only_one_may_write_and_any_may_read(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 3)
        with pytest.raises(errors.JournalLocked, match=r"is being written by .*process \d+ "):
            Journal.open(place)
        with Journal.open(place, writing=False) as reader:
            assert sum(1 for _ in reader.entries()) == 3
            reader.append(event_at(3), [])
            with pytest.raises(errors.JournalError, match="opened only to read"):
                reader.commit()
        fill(journal, 1)
    Journal.open(place).close()


def test_journal_is_never_made_over_another(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 2)
    with pytest.raises(errors.JournalExists, match="journal already"):
        Journal.create(place, toy_header(seed=2))
    with Journal.open(place, writing=False) as journal:
        assert (journal.last_number, journal.header.seed) == (2, 1)


def test_live_journal_waits_for_the_disk(tmp_path: Path) -> None:
    for world, durable, synchronous in (("live", True, 2), ("simulated", False, 1)):
        header = toy_header("live" if durable else "simulated")
        with Journal.create(tmp_path / world, header) as journal:
            assert journal.durable is durable
            assert journal._connection is not None
            level = journal._connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
            assert level == synchronous


def test_missing_journal_is_named(tmp_path: Path, postgres_place: str) -> None:
    with pytest.raises(errors.JournalMissing, match=r"nothing\.sqlite: there is no journal"):
        Journal.open(tmp_path / "nothing.sqlite")
    (tmp_path / "empty").touch()
    with pytest.raises(errors.JournalMissing, match="empty is no journal"):
        Journal.open(tmp_path / "empty")
    with pytest.raises(errors.JournalMissing, match="is no journal"):
        Journal.open(postgres_place)


@pytest.mark.parametrize("url", ["mysql://host/name", "://", "postgresql+nothing://host/name"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(errors.JournalError):
        Journal.open(url)


def test_database_that_does_not_answer_is_named() -> None:
    with pytest.raises(errors.JournalError, match=r"port.*refused"):
        Journal.open("postgresql+psycopg://me:secret@127.0.0.1:1/port")


def test_password_is_not_shown() -> None:
    url = database.database_url("postgresql+psycopg://me:secret@host/port")
    assert "secret" not in database.display_name(url)


def test_versions_are_noted_once(place: str) -> None:
    header = toy_header()
    with Journal.create(place, header) as journal:
        fill(journal, 3)
        journal.note_version(header.kouan)
        journal.note_version("99.0")
        journal.note_version("99.1")
        assert journal.versions() == [(1, header.kouan), (4, "99.1")]
        memory = MemoryJournal(header)
        fill(memory, 3)
        for version in (header.kouan, "99.0", "99.1"):
            memory.note_version(version)
        assert memory.versions() == journal.versions()


def test_threads_may_share_a_journal(place: str) -> None:
    with Journal.create(place, toy_header(), commit_every=3) as journal:

        def commit_often() -> None:
            for _ in range(200):
                journal.commit()

        other = threading.Thread(target=commit_often)
        other.start()
        for step in range(600):
            journal.append(event_at(step), [])
        other.join()
        journal.commit()
        assert sum(1 for _ in journal.entries()) == 600


def test_memory_journal_says_when_it_keeps_nothing() -> None:
    journal = MemoryJournal(toy_header())
    fill(journal, 3)
    with pytest.raises(ValueError, match="does not keep"):
        journal.entries()
    with pytest.raises(ValueError, match="expected 0 to 3"):
        journal.mark_carried_out(4)
