"""A live port that is killed goes on as if nothing had been: no visit is lost, none comes twice."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from kouan.dispatch.dispatcher import Dispatcher
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.replay import verify
from tests.e2e.live_process import MORNING, LiveProcess, live

TRUCKS, ORDERS = 24, 10
BUSY = (
    *("--set", f"demand.trucks.per_day={TRUCKS}", "--set", f"demand.coal.per_day={ORDERS}"),
    *("--set", "demand.trucks.hours=09:00-10:00", "--set", "demand.coal.hours=09:00-10:00"),
    *("--set", "fleets.agv.count=3", "--set", "fleets.agv.battery=60 kWh"),
)
ASKED = ("--seed", 5, "--start", MORNING, *BUSY)
LAST_HOURS_S = 12
"""Wall time in which the rest of the day passes at the last start's time scale."""


def kill_often(data: Path, kills: int, chance: random.Random) -> None:
    """Start again and again, each time for a moment, and end without a word."""
    seen = 0
    for _ in range(kills):
        with live(data, *ASKED, "--time-scale", 60) as process:
            time.sleep(chance.uniform(0.05, 2.0))
            process.kill()
        with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
            assert journal.last_number >= seen
            seen = journal.last_number


def check_journal(data: Path) -> None:
    """Every visit is there once, from beginning to end, and no rule was broken on the way."""
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        port = journal.header.port()
        checkers = Checkers(port)
        counts: Counter[tuple[str, str]] = Counter()
        for entry in journal.entries():
            event = entry.decoded_event()
            checkers.observe(entry.number, event, entry.decoded_commands())
            name = getattr(event, "visit", "") or getattr(event, "order", "")
            counts[entry.kind, name] += 1
        assert checkers.violations == []
        assert verify(journal, Dispatcher).good
    for kind, expected in (
        ("VisitAnnounced", TRUCKS),
        ("LeftPort", TRUCKS),
        ("TransportOrderPlaced", ORDERS),
        ("ManifestLodged", TRUCKS + ORDERS),
    ):
        found = {name: count for (of, name), count in counts.items() if of == kind}
        assert (kind, len(found), set(found.values())) == (kind, expected, {1})


def killed_run(data: Path, kills: int) -> None:
    """Kill, let the day end, and check what the journal says of it."""
    kill_often(data, kills, random.Random(kills))
    with live(data, *ASKED, "--time-scale", 1_000, "--for", LAST_HOURS_S) as process:
        summary = process.summary()
    assert summary["visits_finished"] == TRUCKS + ORDERS
    assert summary["trips"] == ORDERS
    assert summary["visits_open"] == 0
    check_journal(data)


@pytest.mark.slow
def test_five_kills(tmp_path: Path) -> None:
    killed_run(tmp_path / "data", 5)


@pytest.mark.soak
def test_fifty_kills(tmp_path: Path) -> None:
    killed_run(tmp_path / "data", 50)


@pytest.mark.parametrize("number", [2, 15])
def test_asked_to_stop_it_leaves_a_snapshot(tmp_path: Path, number: int) -> None:
    """By SIGINT or SIGTERM: the next start replays nothing and goes on after the same entry."""
    data = tmp_path / "data"
    process = LiveProcess(data, *ASKED, "--time-scale", 60)
    time.sleep(1)
    summary = process.stop(number)
    process.close()
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        snapshot = journal.latest_snapshot()
        assert snapshot is not None
        assert snapshot.number == journal.last_number == summary["entries"]
        assert journal.carried_out == journal.last_number
        assert journal.chain_hex == summary["journal_sha256"]
    with live(data, *ASKED, "--time-scale", 60) as again:
        assert f"goes on after {summary['entries']:,} entries" in "\n".join(again.said)
        assert again.stop()["entries"] >= summary["entries"]
