"""Verification decides a whole journal again and names the first entry that differs."""

from pathlib import Path

import pytest

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.port.model import Port
from kouan.runtime import replay
from kouan.runtime.journal import Journal
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from kouan.runtime.replay import verify
from tests.unit.runtime.support import PORT, ToyDispatcher, ToyWorld, toy_header


def run() -> MemoryJournal:
    journal = MemoryJournal(toy_header(), keep=True)
    Loop(ToyDispatcher(), ToyWorld(300), journal).run()
    return journal


def test_good_journal_is_good_to_the_end() -> None:
    ports: list[Port] = []

    def make(port: Port) -> ToyDispatcher:
        ports.append(port)
        return ToyDispatcher(port)

    journal = run()
    result = verify(journal, make)
    assert result.good
    assert result == (400, journal.chain_hex, None, "", b"", b"")
    assert ports == [PORT]


def test_empty_journal_is_good() -> None:
    journal = MemoryJournal(toy_header(), keep=True)
    assert verify(journal, ToyDispatcher) == (0, journal.chain_hex, None, "", b"", b"")


def test_other_decision_is_named() -> None:
    result = verify(run(), lambda port: ToyDispatcher(port, odd=5))
    assert (result.entries, result.broken_at, result.good) == (4, 5, False)
    assert result.why == "the event was decided otherwise"
    assert result.journalled != result.decided
    assert b"StartService" in result.decided


def test_dispatcher_that_fails_is_named() -> None:
    class Failing(ToyDispatcher):
        def handle(self, event: Event) -> list[Command]:
            if self.state.handled == 7:
                raise KeyError("lane")
            return super().handle(event)

    result = verify(run(), Failing)
    assert (result.broken_at, result.why) == (8, "deciding it failed: KeyError('lane')")


def test_broken_chain_is_named(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal.sqlite", toy_header()) as journal:
        Loop(ToyDispatcher(), ToyWorld(30), journal).run()
        with journal.engine.begin() as connection:
            change = "UPDATE entry SET commands = CAST('[]' AS BLOB) WHERE number = 9"
            connection.exec_driver_sql(change)
        result = verify(journal, ToyDispatcher)
    assert (result.entries, result.broken_at) == (8, 9)
    assert "chain" in result.why


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(replay, "REPORT_EVERY", 150)
    verify(run(), ToyDispatcher, lambda verified, total: told.append((verified, total)))
    assert told == [(150, 400), (300, 400), (400, 400)]
