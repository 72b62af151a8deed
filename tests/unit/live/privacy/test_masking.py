"""No personal number reaches a log, the journal, a report or an answer, whichever way it comes."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kouan.cli.main import app as commands
from kouan.dispatch import events as e
from kouan.gate import pool
from kouan.gate.errors import ReadingFailed
from kouan.gate.pool import Outcome
from kouan.gate.words import Kind, Reading
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.kinds import PARSERS
from kouan.identifiers.masks import masked_within
from kouan.live.devices.signals import ImageTaken, VendorReading
from kouan.live.gates.readings import Found, Pictures
from kouan.live.gates.tags import tag_evidence
from kouan.live.privacy.logs import MaskedRecord, mask_logs
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.procedures import CheckKind
from kouan.runtime.codec import encode_event
from tests.unit.live.broker_support import wait_for
from tests.unit.live.privacy.support import Whole

NUMBER = "E98765432"
IDENTITY = "11010519491231002X"
LINE_1 = "P<CHNGANBOLD<<BATAAR<<<<<<<<<<<<<<<<<<<<<<<<<"
LINE_2 = "E987654324CHN8001014M3101012<<<<<<<<<<<<<<04"
ZONE = f"{LINE_1[:44]}\n{LINE_2[:44]}"
MARKED = (NUMBER, IDENTITY, "GANBOLD", "87654324CHN", "9491231")
"""Values of a person, and pieces by which they would be known."""
KEY = b"k" * 32


def clean(text: str) -> bool:
    return not any(mark in text for mark in MARKED)


# --- the one place -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [NUMBER, NUMBER.lower(), IDENTITY, IDENTITY.lower(), ZONE, LINE_2])
def test_numbers_are_hidden_within_other_words(text: str) -> None:
    for around in ("{}", "number {}: expected another", "'{}'", '["{}"]', "看{}。", "a={};"):
        told = masked_within(around.format(text))
        assert clean(told.upper()), told


@pytest.mark.parametrize(
    "text",
    [
        *("CSQU3054383", "蒙L12345", "w-0123456789ab", "in_03", "4e98765432", "1764529320000"),
        *("a <b> c", "0123456789abcdef0123456789abcdef", "kg 12345678", "E1234", "p<q"),
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert masked_within(text) == text
    assert masked_within(f"x {text} y") == f"x {text} y"


# --- logs ----------------------------------------------------------------------------------------


@pytest.fixture
def masked_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    before = logging.getLogRecordFactory()
    mask_logs()
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the client's side, which is no part of a port
    yield caplog
    logging.setLogRecordFactory(before)


def test_logs_are_masked_with_their_exceptions(masked_logs: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("anything")
    log.warning("device %s: %s", NUMBER, {"text": ZONE})
    try:
        raise ValueError(f"no such person: {IDENTITY}")
    except ValueError:
        log.exception("failed for %s", NUMBER)
    assert isinstance(masked_logs.records[0], MaskedRecord)
    assert "no such person" in masked_logs.text
    assert clean(masked_logs.text), masked_logs.text


# --- readings ------------------------------------------------------------------------------------


class Reads:
    """Stands where the pool is: answers with what it is given."""

    def __init__(self, answer: list[Reading] | Exception) -> None:
        self._answer = answer

    def submit(self, content: bytes, kinds: object, name: str) -> "Future[Outcome]":
        del content, kinds, name
        future: Future[Outcome] = Future()
        if isinstance(self._answer, Exception):
            future.set_exception(self._answer)
        else:
            future.set_result(Outcome(self._answer, 0.1))
        return future


def evidence_of(answer: list[Reading] | Exception, *vendor: VendorReading) -> str:
    """What a camera's picture comes to, as the journal has it."""
    checks = (CheckKind.PLATE, CheckKind.DRIVER)
    device = Device(DeviceKind.CAMERA, "in", role=DeviceRole.FRONT, checks=checks)
    told: list[Found] = []
    pictures = Pictures({"cab": device}, Reads(answer), lambda *_: "hash", KEY, told.append)
    pictures.take(ImageTaken("cab", "in", b"picture", vendor), 1)
    (found,) = told
    events = [e.EvidenceTaken(1, "in", "cab", item, found.image) for item in found.evidence]
    return "".join(encode_event(event).decode() for event in events)


@pytest.mark.parametrize("confidence", [0, 990_000])
def test_what_cameras_read_of_persons_ends_in_a_pseudonym(confidence: int) -> None:
    whole = Reading(Kind.MRZ, ZONE, confidence_ppm=confidence, reason=f"read {NUMBER}")
    assert clean(evidence_of([whole]))
    assert clean(evidence_of([Reading(Kind.MRZ, LINE_2), Reading(Kind.PLATE, ZONE)]))
    vendor = VendorReading("plate", IDENTITY, 900_000)
    assert clean(evidence_of([Reading(Kind.PLATE, "AB123")], vendor))
    assert clean(evidence_of([Reading(Kind.PLATE, "")], vendor))
    assert clean(evidence_of([whole], VendorReading("driver", ZONE, 900_000)))


def test_what_goes_wrong_in_reading_tells_no_numbers(
    masked_logs: pytest.LogCaptureFixture,
) -> None:
    def read(_content: bytes, _kinds: tuple[Kind, ...], _name: str) -> list[Reading]:
        raise KeyError(ZONE)

    failed = pool._answer(read, b"", (Kind.MRZ,), "cab")
    assert isinstance(failed, ReadingFailed)
    assert clean(str(failed))
    assert clean(evidence_of(failed))
    assert clean(evidence_of(ValueError(f"{NUMBER} {IDENTITY}")))
    assert clean(masked_logs.text), masked_logs.text


@pytest.mark.parametrize("text", [NUMBER, IDENTITY, ZONE, LINE_2])
def test_readers_cards_end_in_a_pseudonym(text: str) -> None:
    checks = (CheckKind.DRIVER,)
    device = Device(DeviceKind.READER, "in", "mqtt://in/tags", checks=checks)
    (found,) = tag_evidence(device, text, KEY)
    assert clean(str(found))
    assert len(found.found) == 32
    (nothing,) = tag_evidence(device, "", KEY)
    assert (nothing.found, nothing.ok) == ("", False)
    seal = Device(DeviceKind.READER, "in", "mqtt://in/tags", checks=(CheckKind.SEAL,))
    assert tag_evidence(seal, "AB1234567", KEY)[0].found == "AB1234567"


@pytest.mark.parametrize("kind", list(PARSERS))
@pytest.mark.parametrize(
    "text", [IDENTITY[:-1] + "1", ZONE.replace("8001014", "8001015"), LINE_2, ZONE[:-3]]
)
def test_what_is_wrong_with_a_number_is_told_without_it(kind: str, text: str) -> None:
    with pytest.raises(IdentifierError) as wrong:
        PARSERS[kind](text)
    assert clean(masked_within(str(wrong.value))), str(wrong.value)


# --- a whole port --------------------------------------------------------------------------------


DOCUMENT = {"number": NUMBER, "issuer": "CHN"}
VISIT = {"visit": "v1", "procedure": "truck", "plate": "AB123", "document": DOCUMENT}
SLIP = {
    **{"slip": "1", "visit": "v1", "stage": "x", "station": "y", "passed": True},
    **{"decided_by": ["li"], "happened_ms": 1, "document": DOCUMENT},
}
SAID: list[tuple[str, Any]] = [
    ("/api/queue/announce", VISIT),
    ("/api/queue/announce", {**VISIT, "visit": "v2", "goods": f"coal of {IDENTITY}"}),
    ("/api/queue/announce", {**VISIT, "visit": "v3", "driver": NUMBER}),
    ("/api/queue/announce", {**VISIT, "document": {"number": f"{NUMBER}!", "issuer": "CHN"}}),
    ("/api/queue/announce", {**VISIT, "visit": NUMBER, "procedure": IDENTITY}),
    ("/api/queue/announce", {**VISIT, "visit": IDENTITY}),
    ("/api/queue/announce", {**VISIT, "visit": "v4", "plate": IDENTITY}),
    ("/api/queue/announce", {**VISIT, "visit": "v5", "seal": IDENTITY}),
    ("/api/queue/announce", {**VISIT, NUMBER: ZONE}),
    ("/api/queue/here", {"visit": NUMBER, "place": "gate"}),
    ("/api/lanes/refuse", {"station": NUMBER, "reason": f"shows {ZONE}"}),
    ("/api/lanes/name", {"station": "in", "visit": IDENTITY}),
    ("/api/fleet/halt", {"how": "hold", "reason": f"driver {NUMBER}, {IDENTITY}"}),
    ("/api/fleet/take", {"vehicle": NUMBER, "reason": ZONE}),
    ("/api/slips", SLIP),
    ("/api/slips", {**SLIP, "found": [{"check": "driver", "found": NUMBER}]}),
    ("/api/slips", {**SLIP, "found": [{"check": "plate", "found": IDENTITY, "reason": ZONE}]}),
    ("/api/slips", {**SLIP, "visit": NUMBER}),
    ("/api/mode/switch", {"mode": "manual", "reason": f"{NUMBER} fell on the switch"}),
    ("/api/mode/switch", {"mode": NUMBER, "reason": "x"}),
    ("/api/desk/pass", {"request": 1, "reason": f"is {NUMBER}"}),
    ("/api/watch/add", {"document": DOCUMENT, "reason": f"{IDENTITY} is wanted"}),
    ("/api/watch/add", {"container": NUMBER, "reason": "x"}),
    ("/api/watch/remove", {"code": NUMBER}),
    ("/api/watch/free", {"visit": NUMBER, "code": IDENTITY}),
    (f"/api/{NUMBER}", {}),
    ("/api/session", {"name": NUMBER, "password": IDENTITY}),
    (f"/api/desk/1/image/{NUMBER}", None),
    (f"/api/{ZONE[:44]}", None),
    *((path, None) for path in ("/api/queue", "/api/lanes", "/api/desk", "/api/watch")),
    *((path, None) for path in ("/api/slips", "/api/view", "/healthz", "/metrics")),
]


def test_nothing_that_is_said_to_a_port_leaves_a_number_behind(
    tmp_path: Path, masked_logs: pytest.LogCaptureFixture
) -> None:
    whole = Whole(tmp_path)
    try:
        for path, body in SAID:
            for token in range(3):
                whole.say(path, body, token)
        journal = whole.live.journal
        wait_for(lambda: whole.live.world.inbox_depth == 0)
    finally:
        whole.close()
    assert {202, 401, 403, 404, 405, 422} >= {*whole.statuses} - {200}
    assert {200, 202, 403, 404, 422} <= {*whole.statuses}
    for path, answer in whole.answers:
        # The client knows what it asked for; the answer may not repeat it.
        assert clean(answer), (path, answer)
    assert clean(masked_logs.text), masked_logs.text
    assert journal.last_number > 5
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found = [mark for mark in MARKED if mark.encode() in content]
            assert not found, f"{file}: {found}"
    folder = str(tmp_path / "data")
    for words in (["replay", folder], ["report", folder, "-o", str(tmp_path / "out"), "--json"]):
        done = CliRunner().invoke(commands, words)
        assert done.exit_code == 0, done.output
        assert clean(done.output)
    for file in (tmp_path / "out").rglob("*"):
        assert clean(file.read_text("utf-8"))
    summary = json.loads(done.stdout)
    assert summary["visits"]["announced"] >= 2


def test_the_watch_command_takes_a_number_and_says_it_to_nobody(tmp_path: Path) -> None:
    words = ["watch", "add", "--data", str(tmp_path), "--reason", "wanted", "--person"]
    made = CliRunner().invoke(commands, words, input=f"CHN {NUMBER}\n")
    assert made.exit_code == 0, made.output
    code = made.stdout.strip()
    listed = CliRunner().invoke(commands, ["watch", "list", "--data", str(tmp_path), "--json"])
    (entry,) = json.loads(listed.stdout)
    assert entry["code"] == code
    for given in (f"CHN {NUMBER}", f"CHN1 {NUMBER}", NUMBER, f"{ZONE}"):
        refused = CliRunner().invoke(commands, words, input=f"{given}\n")
        assert refused.exit_code == 2
        assert clean(refused.output + listed.output + made.output)
    both = CliRunner().invoke(commands, [*words, "--plate", "AB123"], input=f"CHN {NUMBER}\n")
    assert "expected neither" in both.stderr
    gone = CliRunner().invoke(commands, ["watch", "remove", code, "--data", str(tmp_path)])
    assert gone.exit_code == 0
    listed = CliRunner().invoke(commands, ["watch", "list", "--data", str(tmp_path)])
    assert listed.stdout == ""
