"""A live port from start to stop, in this process."""

import json
import os
import signal
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from kouan.live import service
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetLink, FleetPlan
from kouan.live.options import LiveOptions, LiveSummary, Ready
from kouan.live.record import TimedJournal
from kouan.live.service import LivePort, run_live
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.errors import JournalFull, JournalLocked
from kouan.runtime.header import make_header
from kouan.runtime.journal import Journal
from kouan.sim.site import VirtualSite
from tests.unit.live.broker_support import wait_for
from tests.unit.live.support import morning_ms, tiny_port


def make_site(port: Port, seed: int, start_ms: int) -> VirtualSite:
    """Make the virtual devices."""
    return VirtualSite(port, seed, start_ms, start_ms + 5 * DAY_MS)


def options(**changes: object) -> LiveOptions:
    """Options for a short run that needs no network."""
    chosen: dict[str, object] = {
        "seed": 3,
        "seconds": 0.6,
        "time_scale": 300,
        "start_ms": morning_ms(tiny_port()),
        "http_port": None,
    }
    return LiveOptions(**(chosen | changes))  # type: ignore[arg-type]


def run(folder: Path, port: Port | None = None, **changes: object) -> LiveSummary:
    """Run for a moment."""
    return run_live(port or tiny_port(), folder, make_site, options(**changes))


def test_a_run_and_its_continuation(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert first.entries == first.fresh > 20
    ready: list[Ready] = []
    second = run_live(tiny_port(), tmp_path, make_site, options(seconds=4), ready.append)
    assert second.entries == first.entries + second.fresh
    assert ready[0].recovered.replayed == 0
    assert ready[0].entries == first.entries
    assert ready[0].port_ms >= first.port_ms
    assert (second.visits_finished, second.crossings, second.trips) == (2, 3, 1)
    assert second.mass_kg == 95_000
    with Journal.open(tmp_path / JOURNAL_FILE, writing=False) as journal:
        assert journal.chain_hex == second.journal_sha256
        times = [entry.at_ms for entry in journal.entries()]
        assert times == sorted(times)
        assert journal.header.world == "live"
        assert journal.durable


def test_another_port_file_is_refused(tmp_path: Path) -> None:
    run(tmp_path, seconds=0.1)
    with pytest.raises(LiveError, match="begun with another port file"):
        run(tmp_path, tiny_port("fleets.agv.count=2"))


def test_the_journal_of_a_simulation_is_refused(tmp_path: Path) -> None:
    header = make_header(tiny_port(), "simulated", seed=1, start_ms=0)
    Journal.create(tmp_path / JOURNAL_FILE, header).close()
    with pytest.raises(LiveError, match="journal of a simulation"):
        run(tmp_path)


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    header = make_header(tiny_port(), "live", seed=1, start_ms=0)
    with Journal.create(tmp_path / JOURNAL_FILE, header), pytest.raises(JournalLocked):
        run(tmp_path)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="the data folder can't be made"):
        run(tmp_path / "file" / "data")


def test_full_disk_ends_the_run_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = TimedJournal.commit

    def commit_until_full(journal: TimedJournal) -> None:
        if journal.last_number > 60:
            journal._failed = True
            raise JournalFull("no space is left on the disk")
        commit(journal)

    monkeypatch.setattr(TimedJournal, "commit", commit_until_full)
    with pytest.raises(JournalFull, match="no space is left"):
        run(tmp_path, seconds=30)
    monkeypatch.undo()
    with Journal.open(tmp_path / JOURNAL_FILE, writing=False) as journal:
        committed = journal.last_number
    assert 20 <= committed <= 60
    assert run(tmp_path).entries > committed


def test_scaled_time_is_refused_with_real_devices(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="real devices"):
        run(tmp_path, executors=(print,))


@pytest.mark.parametrize(("before", "after"), [("vda5050", "missions"), ("missions", "vda5050")])
def test_vehicles_that_were_reached_otherwise_are_refused(
    tmp_path: Path, before: str, after: str
) -> None:
    name = {"vda5050": "vehicles", "missions": "missions"}[before]
    (tmp_path / name).mkdir()
    (tmp_path / name / "agv-1.state").write_bytes(b"")
    with pytest.raises(LiveError, match=f"{name}: .* expected --protocol {before}, or a new"):
        run(tmp_path, vehicles=FleetPlan(protocol=after))


def get(url: str) -> dict[str, object]:
    """Ask for JSON."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_http_beside_the_loop(tmp_path: Path) -> None:
    found: dict[str, dict[str, object]] = {}
    text: list[str] = []

    def ask(ready: Ready) -> None:
        time.sleep(2.5)
        found["health"] = get(f"{ready.url}healthz")
        found["view"] = get(f"{ready.url}api/view")
        with urllib.request.urlopen(f"{ready.url}metrics", timeout=5) as answer:
            text.append(answer.read().decode())

    summary = run_live(tiny_port(), tmp_path, make_site, options(http_port=0, seconds=4), ask)
    assert found["health"]["status"] == "ok"
    assert found["health"]["journal"] == "ok"
    view = found["view"]["view"]
    assert isinstance(view, dict)
    assert 20 < view["number"] <= summary.entries
    assert found["view"]["time_scale"] == 300
    assert 'kouan_events_total{kind="CalendarExtended"}' in text[0]
    assert 'kouan_commands_total{kind="StartService"}' in text[0]
    assert "kouan_loop_lag_seconds_bucket" in text[0]
    assert "kouan_journal_commit_seconds_count" in text[0]
    assert 'kouan_visits{phase="served"}' in text[0]
    assert "kouan_inbox_depth 0.0" in text[0]


@pytest.fixture
def live(tmp_path: Path) -> LivePort:
    """A port that is opened and not started."""
    return LivePort(tiny_port(), tmp_path, make_site, options())


def test_health_tells_why_vehicles_are_given_up(tmp_path: Path) -> None:
    chosen = options(vehicles=FleetPlan(), time_scale=20)
    live = LivePort(tiny_port(), tmp_path, make_site, chosen)
    assert isinstance(live.fleet, FleetLink)
    live.start()
    try:
        assert live.health()["status"] == "ok"
        crew = live.fleet._crew
        assert crew is not None
        crew._pauses_s = ()
        os.kill(crew.process_id, signal.SIGKILL)
        wait_for(lambda: live.health()["status"] != "ok")
        assert "is not started again" in str(live.health()["status"])
    finally:
        live.stop()
        live.close()


def test_health_tells_a_stuck_loop(live: LivePort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "STUCK_S", 0.2)
    stuck, go_on = threading.Event(), threading.Event()

    def observe(*_: object) -> None:
        stuck.set()
        go_on.wait(10)

    live.loop.observers = (observe,)
    assert live.health()["status"] == "ok"
    live.start()
    assert stuck.wait(10)
    time.sleep(0.3)
    assert str(live.health()["status"]).startswith("the loop is stuck in a batch")
    go_on.set()
    live.stop()
    assert live.health()["status"] == "the loop has ended"
    live.close()


def test_a_failure_of_the_loop_is_raised_where_it_is_stopped(live: LivePort) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a broken observer")

    live.loop.observers = (fail,)
    live.start()
    while not live.ended:
        time.sleep(0.01)
    with pytest.raises(RuntimeError, match="a broken observer"):
        live.stop()
    live.close()
