"""`kouan fleet` against a running port: what it says, and what becomes of it."""

import json
import stat
import tarfile
from pathlib import Path

from kouan.dispatch.dispatcher import Dispatcher
from kouan.live.access import ADDRESS_FILE, TOKEN_FILE
from kouan.runtime.backup import JOURNAL_FILE, backup
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.replay import verify
from tests.e2e.command import assert_mistake, kouan
from tests.e2e.live_process import MORNING, live

FLEET_OF_TWO = ("--set", "fleets.agv.count=2", "--set", "demand.coal.per_day=0")
TAKEN = {
    ("hold", "--vehicle", "agv-1", "--reason", "fog"): "VehiclesHalted",
    ("resume", "--vehicle", "agv-1"): "VehiclesFreed",
    ("stop", "--fleet", "agv", "--reason", "fire"): "VehiclesHalted",
    ("resume",): "VehiclesFreed",
    ("pause", "--reason", "person on the road"): "VehiclesHalted",
    ("resume", "--fleet", "agv"): "VehiclesFreed",
    ("take", "agv-2", "--reason", "flat tyre"): "VehicleTaken",
    ("return", "agv-2", "--charge-wh", "20000"): "VehicleReturned",
    ("remove", "agv-2", "--reason", "sold"): "VehicleRemoved",
    ("cancel", "x-9", "--reason", "typing error"): "OrderCancelled",
    (
        *("order", "x-1", "--fleet", "agv", "--mass-kg", "30000"),
        *("--class", "coal", "--priority", "5"),
    ): "TransportOrderPlaced, ManifestLodged, DeclarationLodged",
}


def test_every_word_is_taken_and_an_order_placed_by_hand_is_carried(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with live(data, "--start", MORNING, "--time-scale", 200, *FLEET_OF_TWO) as process:
        for words, answer in TAKEN.items():
            done = kouan("fleet", words[0], *words[1:], "--data", data, cwd=tmp_path)
            assert (done.stdout.strip(), done.returncode) == (answer, 0), done.stderr
        listed = kouan("fleet", "list", "--data", data, "--json", cwd=tmp_path)
        assert [one["id"] for one in json.loads(listed.stdout)] == ["agv-1"]
        table = kouan("fleet", "list", "--data", data, "--lang", "zh", cwd=tmp_path)
        assert "agv-1" in table.stdout
        assert "车辆" in table.stdout
        backup(data, tmp_path / "copy.tar")
        while not _carried(data):
            pass
        process.stop()
    with tarfile.open(tmp_path / "copy.tar") as archive:
        assert not {TOKEN_FILE, ADDRESS_FILE} & set(archive.getnames())
    assert not (data / ADDRESS_FILE).exists()
    assert stat.S_IMODE((data / TOKEN_FILE).stat().st_mode) == 0o600
    token = (data / TOKEN_FILE).read_bytes()
    assert token not in (data / JOURNAL_FILE).read_bytes()
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        checkers = Checkers(journal.header.port())
        for entry in journal.entries():
            checkers.observe(entry.number, entry.decoded_event(), entry.decoded_commands())
        assert checkers.violations == []
        assert verify(journal, Dispatcher).good


def _carried(data: Path) -> bool:
    """Whether the journal says that the order's last service has ended."""
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        return any(
            entry.kind == "ServiceEnded" and b'"x-1","returning"' in entry.event
            for entry in journal.entries()
        )


def test_who_asks_for_what_is_not_there_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = kouan("fleet", "list", "--data", data, cwd=tmp_path)
    assert_mistake(done, "running.json: no port of this data folder runs: expected one started")
    with live(data, "--start", MORNING) as process:
        done = kouan("fleet", "take", "agv-9", "--data", data, "--reason", "x", cwd=tmp_path)
        assert_mistake(done, "take: vehicle agv-9: expected agv-1")
        (data / TOKEN_FILE).write_text("x" * 43)
        done = kouan("fleet", "resume", "--data", data, cwd=tmp_path)
        assert_mistake(done, "the token is unknown, has ended or was revoked")
        process.kill()
    done = kouan("fleet", "list", "--data", data, cwd=tmp_path)
    assert_mistake(done, "the port does not answer")
