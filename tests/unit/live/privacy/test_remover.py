"""Pictures are kept for the time declared, then removed with proof, over restarts too."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kouan.cli.main import app
from kouan.dispatch import events as e
from kouan.live.errors import InboxFull
from kouan.live.gates.notes import ReviewNote, ServiceNote, TakenNote
from kouan.live.gates.view import GateView
from kouan.live.privacy.remover import MOST_AT_ONCE, Remover
from kouan.live.privacy.rules import Rule
from kouan.port.model import Privacy
from kouan.port.quantity import DAY_MS, HOUR_MS
from kouan.runtime.backup import JOURNAL_FILE, backup, restore
from kouan.runtime.documents import SMALL_BYTES, DocumentError, Documents, Taken, path_of
from kouan.runtime.header import make_header
from kouan.runtime.journal import Journal
from kouan.runtime.removed import removals
from tests.unit.live.support import morning_ms, tiny_port

SMALL, LARGE = b"a plate", b"x" * (SMALL_BYTES + 1)
START_MS = morning_ms(tiny_port())


class House:
    """A data folder with a journal, documents and a remover, and what a loop does with events."""

    def __init__(self, folder: Path, now_ms: int = START_MS) -> None:
        self.folder, self.now_ms = folder, now_ms
        place = folder / JOURNAL_FILE
        if place.exists():
            self.journal = Journal.open(place)
        else:
            folder.mkdir(exist_ok=True)
            header = make_header(tiny_port(), "live", start_ms=START_MS)
            self.journal = Journal.create(place, header)
        self.documents = Documents(self.journal, folder / "documents")
        self.view = GateView(at_ms=now_ms)
        self.inbox: list[e.Event] = []
        self.full = False
        self.remover = Remover(
            Privacy(), self.documents, lambda: self.view, self.post, lambda: self.now_ms
        )

    def post(self, events: Sequence[e.Event]) -> None:
        if self.full:
            raise InboxFull("full")
        self.inbox += events

    def loop(self) -> None:
        """Journal what was posted, as the live loop does."""
        for event in self.inbox:
            stamped = event._replace(at_ms=self.now_ms)
            self.journal.append(stamped, [])
            self.remover.journalled(stamped)
        self.inbox.clear()
        self.journal.commit()

    def take(self, content: bytes, rule: Rule = Rule.PICTURES) -> str:
        image = self.documents.put(content, "image/png", Taken(self.now_ms, rule))
        check = "driver" if rule is Rule.DOCUMENTS else "plate"
        self.inbox.append(e.EvidenceTaken(0, "in", "front", e.Evidence(check), image))
        self.loop()
        return image

    def work(self, after_ms: int = 0) -> int:
        self.now_ms += after_ms
        removed = self.remover.step()
        self.loop()
        return removed

    def restart(self) -> "House":
        self.journal.close()
        return House(self.folder, self.now_ms)

    def is_there(self, image: str) -> bool:
        try:
            self.documents.get(image)
        except DocumentError:
            return False
        return True

    def proved(self) -> list[str]:
        found = removals(self.journal, self.folder / "documents")
        assert not found.problems
        return [one.image for one in found.removed]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "data")


@pytest.mark.parametrize("content", [SMALL, LARGE])
@pytest.mark.parametrize(("rule", "kept_ms"), [("pictures", 30 * DAY_MS), ("documents", DAY_MS)])
def test_kept_until_its_time_and_removed_then(
    house: House, content: bytes, rule: str, kept_ms: int
) -> None:
    image = house.take(content, Rule(f"{rule}_kept"))
    assert not house.work(kept_ms - 1)
    assert house.is_there(image)
    assert house.work(1) == 1
    assert not house.is_there(image)
    assert not path_of(house.folder / "documents", image).exists()
    assert house.proved() == [image]
    assert not house.work(kept_ms)
    (one,) = removals(house.journal, house.folder / "documents").removed
    assert one.removed_ms - one.taken_ms == one.kept_ms == kept_ms


def test_a_review_that_is_open_holds_a_picture_back(house: House) -> None:
    image, other = house.take(SMALL), house.take(LARGE)
    note = TakenNote(1, "front", "plate", "", 0, 0, False, "", "", image)
    service = ServiceNote(7, "v", "express", "bay", "bay.1", 1, 1, "unread: plate: dirt")
    house.view = replace(house.view, reviews={7: ReviewNote(service, taken=(note,))})
    assert house.work(30 * DAY_MS) == 1
    assert house.is_there(image)
    assert not house.is_there(other)
    house.view = replace(house.view, reviews={})
    assert house.work() == 1
    assert not house.is_there(image)


def test_nothing_goes_before_the_reviews_are_known(house: House) -> None:
    house.take(SMALL)
    house.view = GateView()
    assert not house.work(30 * DAY_MS)


@pytest.mark.parametrize("journalled", [True, False])
def test_a_restart_in_between_proves_each_once(house: House, journalled: bool) -> None:
    image = house.take(LARGE)
    house.now_ms += 30 * DAY_MS
    house.remover.step()
    if journalled:
        house.loop()
    # Killed between the note of the deletion and that of the file.
    path_of(house.folder / "documents", image).write_bytes(LARGE)
    house.inbox.clear()
    house = house.restart()
    assert house.work() == (0 if journalled else 1)
    if not journalled:
        assert house.proved() == [image]
        house = house.restart()
        assert not house.work()
        assert house.proved() == [image]


def test_a_full_inbox_loses_no_proof(house: House) -> None:
    image = house.take(SMALL)
    house.full = True
    house.work(30 * DAY_MS)
    assert not house.is_there(image)
    house.full = False
    house.work()
    assert house.proved() == [image]


def test_a_step_is_bounded(house: House) -> None:
    for number in range(MOST_AT_ONCE + 1):
        house.take(b"%d" % number)
    assert house.work(30 * DAY_MS) == MOST_AT_ONCE
    assert house.work() == 1


def test_a_picture_taken_again_counts_from_then(house: House) -> None:
    image = house.take(SMALL)
    house.now_ms += HOUR_MS
    assert house.take(SMALL) == image
    assert not house.work(30 * DAY_MS - HOUR_MS)
    assert house.work(HOUR_MS) == 1
    house.now_ms += 1
    house.take(SMALL)
    assert house.is_there(image)
    assert house.proved() == [image]


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_a_backup_of_before_is_cleared_and_one_of_after_stays_so(
    house: House, tmp_path: Path, content: bytes
) -> None:
    image = house.take(content)
    backup(house.folder, tmp_path / "before.tar")
    house.work(30 * DAY_MS)
    house.journal.close()
    backup(house.folder, tmp_path / "after.tar")
    assert content not in (tmp_path / "after.tar").read_bytes()
    restore(tmp_path / "after.tar", tmp_path / "after")
    after = House(tmp_path / "after", house.now_ms)
    assert not after.is_there(image)
    assert after.proved() == [image]
    restore(tmp_path / "before.tar", tmp_path / "before")
    before = House(tmp_path / "before", house.now_ms)
    assert before.is_there(image)
    assert before.work() == 1
    assert not before.is_there(image)


def removed(folder: Path) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, ["gate", "removed", str(folder), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_the_command_lists_what_was_removed(house: House) -> None:
    image = house.take(SMALL)
    kept = house.take(LARGE)
    assert kept != image
    house.work(DAY_MS)
    assert removed(house.folder) == (0, {"removed": [], "kept": 2, "problems": []})
    house.work(30 * DAY_MS)
    code, told = removed(house.folder)
    assert code == 0
    assert isinstance(told["removed"], list)
    assert [one["rule"] for one in told["removed"]] == ["pictures_kept"] * 2
    shown = CliRunner().invoke(app, ["gate", "removed", str(house.folder)])
    assert image in shown.stdout
    assert "2 removed, 0 kept, 0 not as journalled" in shown.stderr


def test_tampering_is_noticed(house: House) -> None:
    gone, stays = house.take(LARGE), b"y" * len(LARGE)
    house.work(30 * DAY_MS)
    other = house.take(stays)
    folder = house.folder / "documents"
    path_of(folder, gone).write_bytes(LARGE)
    code, told = removed(house.folder)
    assert code == 2
    assert "is in" in str(told["problems"])
    path_of(folder, gone).unlink()
    path_of(folder, other).unlink()
    code, told = removed(house.folder)
    assert code == 2
    assert "no entry proves why" in str(told["problems"])


def test_what_a_killed_process_left_half_written_goes(house: House) -> None:
    image = house.take(LARGE)
    half = path_of(house.folder / "documents", image).with_suffix(".partial")
    half.write_bytes(LARGE)
    house.restart()
    assert not half.exists()
