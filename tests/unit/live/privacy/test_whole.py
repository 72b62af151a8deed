"""A whole port: the watch list from the command line on, slips, pictures, restarts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kouan.cli.main import app as commands
from kouan.dispatch import events as e
from kouan.live.privacy.rules import Rule
from kouan.port.model import Mode, ModeName, Port, Privacy
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.documents import DocumentError, Documents, Taken
from kouan.runtime.journal import Journal
from tests.unit.live.broker_support import wait_for
from tests.unit.live.privacy.support import Whole
from tests.unit.live.support import tiny_port

DOCUMENT = {"number": "E98765432", "issuer": "CHN"}


def port() -> Port:
    manual = {ModeName.MANUAL: Mode(("shift_leader",))}
    return replace(tiny_port(), modes=manual, privacy=Privacy(0, 0), fleets={}, demand={})


def kinds(folder: Path) -> list[str]:
    with Journal.open(folder / "data" / JOURNAL_FILE, writing=False) as journal:
        return [entry.kind for entry in journal.entries()]


def announce(whole: Whole, visit: str) -> None:
    body = {"visit": visit, "procedure": "truck", "plate": f"AB-{visit}", "document": DOCUMENT}
    assert whole.say("/api/queue/announce", body) == 202


def held(whole: Whole) -> list[str]:
    whole.say("/api/watch", token=1)
    return [one["visit"] for one in json.loads(whole.answers[-1][1])["held"]]


def test_a_watch_list_holds_visits_before_and_after_they_are_known(tmp_path: Path) -> None:
    whole = Whole(tmp_path, port())
    try:
        announce(whole, "v1")
        wait_for(lambda: "v1" in whole.live.gates.view.declared)
        words = ["watch", "add", "--data", str(tmp_path / "data"), "--reason", "wanted", "--person"]
        made = CliRunner().invoke(commands, words, input="CHN E98765432\n")
        code = made.stdout.strip()
        wait_for(lambda: held(whole) == ["v1"])
        announce(whole, "v2")
        wait_for(lambda: held(whole) == ["v1", "v2"])
    finally:
        whole.close()
    before = kinds(tmp_path)
    assert before.index("VisitHeld", before.index("VisitHeld") + 1) == (
        before.index("VisitAnnounced", before.index("VisitAnnounced") + 1) - 1
    )
    whole = Whole(tmp_path, port())
    try:
        wait_for(lambda: held(whole) == ["v1", "v2"])
        assert whole.say("/api/watch/free", {"visit": "v1", "code": code}, 2) == 403
        assert whole.say("/api/watch/free", {"visit": "v1", "code": code}, 1) == 202
        wait_for(lambda: held(whole) == ["v2"])
        assert whole.say("/api/watch/remove", {"code": code}, 1) == 202
        wait_for(lambda: held(whole) == [])
        announce(whole, "v3")
    finally:
        whole.close()
    assert kinds(tmp_path).count("VisitHeld") == 2
    assert kinds(tmp_path).count("VisitFreed") == 2


def test_a_mode_is_switched_and_a_slip_is_entered(tmp_path: Path) -> None:
    whole = Whole(tmp_path, port())
    stage, station = next(
        (one.id, f"{one.at}_1") for one in port().procedures["truck"].stages if one.at == "gate_in"
    )
    slip = {
        **{"slip": "17", "visit": "v1", "stage": stage, "station": station, "passed": True},
        **{"decided_by": ["li"], "happened_ms": 0},
        "announce": {"visit": "v1", "procedure": "truck", "plate": "AB-v1"},
    }
    try:
        assert whole.say("/api/mode/switch", {"mode": "manual", "reason": "no power"}, 2) == 403
        assert whole.say("/api/mode/switch", {"mode": "manual", "reason": "no power"}) == 202
        wait_for(lambda: bool(whole.live.dispatcher.state.manual_periods))
        slip["happened_ms"] = whole.live.clock.now_ms()
        assert whole.say("/api/slips", {**slip, "happened_ms": 0}) == 422
        assert whole.say("/api/slips", slip, 1) == 403
        assert whole.say("/api/slips", slip) == 202
        wait_for(lambda: "17" in whole.live.slips._slips)
        wait_for(lambda: whole.say("/api/slips", slip) == 202)
        assert json.loads(whole.answers[-1][1]) == {"taken": [], "known": "17"}
        assert whole.say("/api/slips", {**slip, "passed": False}) == 409
    finally:
        whole.close()
    assert kinds(tmp_path).count("SlipEntered") == 1
    whole = Whole(tmp_path, port())
    try:
        assert whole.say("/api/slips", {**slip, "passed": False}) in (404, 409)
        wait_for(lambda: whole.say("/api/slips", slip) == 202)
    finally:
        whole.close()
    assert kinds(tmp_path).count("SlipEntered") == 1
    told = CliRunner().invoke(commands, ["report", str(tmp_path / "data"), "--json"])
    assert json.loads(told.stdout)["manual"]["slips"] == 1
    assert json.loads(told.stdout)["violations"] == 0


def test_pictures_are_removed_while_a_port_runs(tmp_path: Path) -> None:
    whole = Whole(tmp_path, port())
    try:
        documents: Documents = whole.live.privacy._remover._documents
        images = [
            documents.put(bytes([number]) * size, "image/png", Taken(1, rule))
            for number, (size, rule) in enumerate([(10, Rule.PICTURES), (99_999, Rule.DOCUMENTS)])
        ]
        for image in images:
            seen = e.Evidence("plate", "AB")
            whole.live.world.post(e.EvidenceTaken(0, "in", "front", seen, image))
        wait_for(lambda: kinds(tmp_path).count("PicturesRemoved") == 2)
        for image in images:
            with pytest.raises(DocumentError, match="was deleted"):
                documents.get(image)
    finally:
        whole.close()
    done = CliRunner().invoke(commands, ["gate", "removed", str(tmp_path / "data"), "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, len(told["removed"]), told["problems"]) == (0, 2, [])
