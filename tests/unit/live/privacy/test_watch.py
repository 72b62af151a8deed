"""The watch list: who is on it, what a hit becomes, and in which order it reaches the inbox."""

import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.gate.evidence import pseudonym
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.tables import ACCOUNTS_FILE
from kouan.live.errors import InboxFull
from kouan.live.gates.fold import GateFold
from kouan.live.gates.notes import DeclaredNote, GateMemory, LaneNote, ServiceNote, TakenNote
from kouan.live.gates.view import GateView
from kouan.live.known import TravelDocument
from kouan.live.privacy import watch as w
from kouan.live.privacy.guard import BORDER_INSPECTION, Guard
from kouan.live.privacy.watch import Sign, WatchError, WatchKind, WatchList
from kouan.live.privacy.web import WORDS, WatchRoutes, sign_of
from kouan.live.words import Refused, decode_word
from tests.e2e.command import COMMAND, environment
from tests.unit.live.support import tiny_port

KEY = b"k" * 32
DOCUMENT = TravelDocument("E12345678", "CHN")
HOLDER = pseudonym(KEY, "E12345678", "CHN")
PERSON = Sign(WatchKind.PERSON, HOLDER)
PLATE = Sign(WatchKind.PLATE, "蒙L12345")
BOX = Sign(WatchKind.CONTAINER, "CSQU3054383")
SEEN = e.CarrierSeen(0, "in", "AB123", 990_000)


def announced(driver: str = "", plate: str = "AB123", *boxes: str) -> e.VisitAnnounced:
    return e.VisitAnnounced(0, "v", "p", "c", plate, driver, 1, 2, "coal", len(boxes), "", boxes)


def note(driver: str = "", plate: str = "AB123", *boxes: str) -> DeclaredNote:
    return DeclaredNote("p", "c", plate, driver, 1, 2, "coal", len(boxes), "", boxes, 0)


def taken(check: str, found: str) -> TakenNote:
    return TakenNote(1, "front", check, found, 0, 990_000, True, "", "", "hash")


class Port:
    """A list, a guard, and the inbox behind it."""

    def __init__(self, folder: Path) -> None:
        self.watch = WatchList(folder)
        self.view = GateView(at_ms=1)
        self.inbox: list[e.Event] = []
        self.guard = Guard(self.watch, lambda: self.view, self.take)

    def take(self, events: Sequence[e.Event]) -> None:
        self.inbox += events

    def posted(self, *events: e.Event) -> list[e.Event]:
        self.inbox.clear()
        self.guard.post(events)
        return self.inbox

    def looked(self) -> list[e.Event]:
        self.inbox.clear()
        self.guard.look()
        return self.inbox


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


def held(code: str) -> e.VisitHeld:
    return e.VisitHeld(0, "v", BORDER_INSPECTION, code)


# --- the list ------------------------------------------------------------------------------------


def test_an_entry_is_found_until_it_is_removed(port: Port) -> None:
    code = port.watch.add(PLATE, "stolen", "wang/border_officer")
    assert port.watch.find([PLATE, BOX, PERSON]) == {PLATE: code}
    (one,) = port.watch.entries()
    assert (one.code, one.value, one.reason, one.by) == (
        *(code, PLATE.value, "stolen"),
        "wang/border_officer",
    )
    before = port.watch.state()
    port.watch.remove(code, "wang/border_officer")
    assert port.watch.state() != before
    assert not port.watch.find([PLATE])
    assert not port.watch.entries()
    with pytest.raises(WatchError, match="expected the code"):
        port.watch.remove(code, "wang/border_officer")


def test_what_was_removed_is_not_kept(port: Port, tmp_path: Path) -> None:
    code = port.watch.add(PERSON, "wanted for theft", "wang/border_officer")
    port.watch.remove(code, "li/border_officer")
    with sqlite3.connect(tmp_path / ACCOUNTS_FILE) as database:
        (row,) = database.execute("SELECT code, value, reason, removed_by FROM watch_entry")
    assert row == (code, "", "", "li/border_officer")


def test_what_is_no_entry_is_refused(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    port.watch.add(PLATE, "stolen", "x")
    for sign, reason in ((PLATE, "again"), (BOX, ""), (BOX, "x" * 201), (Sign(BOX.kind, ""), "x")):
        with pytest.raises(WatchError, match="watch: "):
            port.watch.add(sign, reason, "x")
    monkeypatch.setattr(w, "MOST_ENTRIES", 1)
    with pytest.raises(WatchError, match="expected fewer"):
        port.watch.add(BOX, "one too many", "x")


def test_what_is_looked_for_is_as_cameras_tell_it() -> None:
    assert sign_of(KEY, DOCUMENT, None, None) == PERSON
    assert sign_of(KEY, None, "蒙L·12345", None) == PLATE
    assert sign_of(KEY, None, None, "CSQU 305438 3") == BOX
    assert sign_of(KEY, None, "xx-1", None).value == "XX-1"
    with pytest.raises(WatchError, match="container: "):
        sign_of(KEY, None, None, "CSQU3054384")
    with pytest.raises(WatchError, match="expected one of"):
        sign_of(KEY, DOCUMENT, "AB123", None)


# --- hits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "event"),
    [
        (PERSON, announced(HOLDER)),
        (PLATE, announced("", PLATE.value)),
        (BOX, announced("", "AB123", "CSQU3054383")),
        (BOX, e.ManifestLodged(0, "m", "v", "AB123", 1, 1, "", ("CSQU3054383",))),
        (PERSON, e.ServiceEnded(0, "v", "s", "in", 5, (e.Evidence("driver", HOLDER),))),
        (PLATE, e.ServiceEnded(0, "v", "s", "in", 5, (e.Evidence("plate", PLATE.value),))),
        (BOX, e.ServiceEnded(0, "v", "s", "in", 5, (e.Evidence("container", BOX.value),))),
    ],
)
def test_a_hit_comes_before_what_shows_it(port: Port, sign: Sign, event: e.Event) -> None:
    code = port.watch.add(sign, "wanted", "wang/border_officer")
    other = e.VisitLapsed(0, "other")
    assert port.posted(other, event) == [other, held(code), event]
    port.watch.remove(code, "wang/border_officer")
    assert port.posted(event) == [event]


def test_what_is_no_hit_passes_unchanged(port: Port) -> None:
    port.watch.add(PLATE, "stolen", "x")
    events = (announced(HOLDER), SEEN, e.EvidenceTaken(0, "in", "front", e.Evidence("plate", "B")))
    assert port.posted(*events) == list(events)
    assert port.posted(announced("", "", "")) == [announced("", "", "")]


def test_a_reading_holds_who_stands_there(port: Port) -> None:
    code = port.watch.add(PERSON, "wanted", "x")
    read = e.EvidenceTaken(0, "in", "cab", e.Evidence("driver", HOLDER), "hash")
    assert port.posted(read) == [read], "nobody is known to stand there yet"
    service = ServiceNote(5, "v", "p", "stop", "in", 1, 1)
    port.view = GateView(at_ms=1, lanes={"in": LaneNote(service=service)})
    assert port.posted(read) == [held(code), read]


@pytest.mark.parametrize("before", [True, False])
def test_who_was_read_before_being_known_is_held_when_seen(port: Port, before: bool) -> None:
    """In a lane where visits only wait, being seen may be all that an opening needs."""
    code = port.watch.add(PERSON, "wanted", "x")
    read = e.EvidenceTaken(0, "in", "cab", e.Evidence("driver", HOLDER), "hash")
    lane = LaneNote(taken=(taken("driver", HOLDER),)) if before else LaneNote()
    port.view = GateView(at_ms=1, lanes={"in": lane}, declared={"v": note()})
    events: list[e.Event] = [SEEN] if before else [read, SEEN]
    assert port.posted(*events) == [*events[:-1], held(code), SEEN]
    named = e.CarrierNamed(0, "in", "v", "li/port_operator")
    events = [named] if before else [read, named]
    assert port.posted(*events) == [*events[:-1], held(code), named]


def test_a_service_counts_all_that_was_taken_in_its_lane(port: Port) -> None:
    code = port.watch.add(PERSON, "wanted", "x")
    lane = LaneNote(taken=(taken("driver", HOLDER),))
    port.view = GateView(at_ms=1, lanes={"in": lane})
    ended = e.ServiceEnded(0, "v", "s", "in", 5, (e.Evidence("plate", "AB123"),))
    assert port.posted(ended) == [held(code), ended]


def test_an_entry_of_this_moment_counts_for_the_next_decision(port: Port) -> None:
    port.view = GateView(at_ms=1, declared={"v": note(HOLDER)})
    code = WatchList(Path(port.watch._store.name).parent).add(PERSON, "by another process", "x")
    ended = e.ServiceEnded(0, "v", "s", "in", 5, ())
    assert port.posted(ended) == [held(code), ended]


def test_a_hold_is_posted_once(port: Port) -> None:
    code = port.watch.add(PERSON, "wanted", "x")
    port.view = GateView(at_ms=1, holds={"v": {code: False}})
    assert port.posted(announced(HOLDER)) == [announced(HOLDER)]
    port.view = GateView(at_ms=1)
    manifest = e.ManifestLodged(0, "m", "v", "", 1, 0, "")
    assert port.posted(announced(HOLDER), manifest, announced(HOLDER)).count(held(code)) == 1


def test_nothing_is_posted_while_the_list_cant_be_read(port: Port, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / ACCOUNTS_FILE) as database:
        database.execute("DROP TABLE watch_entry")
    with pytest.raises(InboxFull, match="can't be read"):
        port.posted(announced(HOLDER))
    assert not port.inbox


def test_visits_that_are_here_are_held_when_the_list_changes(port: Port) -> None:
    port.view = GateView(at_ms=1, declared={"v": note(HOLDER, "AB123", BOX.value)})
    assert not port.looked()
    code, other = port.watch.add(PERSON, "wanted", "x"), port.watch.add(BOX, "wanted", "x")
    assert port.looked() == [held(code), held(other)]
    assert not port.looked()
    port.view = GateView(
        at_ms=1, declared=port.view.declared, holds={"v": {code: True, other: False}}
    )
    port.watch.remove(code, "x")
    port.watch.remove(other, "x")
    assert port.looked() == [e.VisitFreed(0, "v", BORDER_INSPECTION, code)]


def test_nobody_is_looked_up_before_the_port_is_known(port: Port) -> None:
    code = port.watch.add(PERSON, "wanted", "x")
    port.view = GateView()
    assert not port.looked()
    port.view = GateView(at_ms=1, declared={"v": note(HOLDER)})
    assert port.looked() == [held(code)]


def test_the_fold_knows_who_is_held_and_who_was_freed() -> None:
    fold, memory = GateFold(tiny_port()), GateMemory()
    asked = c.AskCheck(3, "v", BORDER_INSPECTION, "w-1")
    fold.fold(memory, held("w-1"), [asked])
    assert memory.holds == {"v": {"w-1": True}}
    freed = e.VisitFreed(1, "v", "wang/border_officer", "w-1")
    fold.fold(memory, freed, [])
    assert not memory.holds, "of what is not announced nothing stays"
    fold.fold(memory, announced(), [])
    fold.fold(memory, held("w-1"), [asked])
    fold.fold(memory, freed, [])
    assert memory.holds == {"v": {"w-1": False}}
    fold.fold(memory, e.LeftPort(2, "v"), [])
    assert not memory.holds


# --- over HTTP -----------------------------------------------------------------------------------


@pytest.fixture
def routes(port: Port) -> WatchRoutes:
    return WatchRoutes(port.watch, lambda: port.view, port.take, KEY)


def do(routes: WatchRoutes, word: str, body: str) -> dict[str, object]:
    said = decode_word(word, body.encode(), WORDS[word])
    return routes.do(said, "wang/border_officer")


def test_words_change_the_list_and_free_visits(port: Port, routes: WatchRoutes) -> None:
    body = '{"document": {"number": "E12345678", "issuer": "CHN"}, "reason": "wanted"}'
    code = str(do(routes, "add", body)["code"])
    shown = routes.shown()
    assert [one["value"] for one in shown["entries"]] == [HOLDER]
    assert "E12345678" not in str(shown)
    port.view = GateView(at_ms=1, holds={"v": {code: True}})
    assert routes.shown()["held"] == [{"visit": "v", "code": code}]
    do(routes, "free", f'{{"visit": "v", "code": "{code}"}}')
    assert port.inbox == [e.VisitFreed(0, "v", "wang/border_officer", code)]
    with pytest.raises(Refused, match="expected one of GET"):
        do(routes, "free", f'{{"visit": "w", "code": "{code}"}}')
    do(routes, "remove", f'{{"code": "{code}"}}')
    assert not routes.shown()["entries"]
    with pytest.raises(WatchError, match="expected one of document"):
        do(routes, "add", '{"reason": "nothing"}')


def test_a_list_beside_accounts_in_one_process_survives_what_another_process_does(
    tmp_path: Path,
) -> None:
    """Whoever closes the file once more here would drop the locks on it."""
    accounts, watch = Accounts(tmp_path), WatchList(tmp_path)
    for number in range(8):
        words = ["--data", str(tmp_path), "--plate", f"AB{number}", "--reason", "x"]
        done = subprocess.run([*COMMAND, "watch", "add", *words], env=environment(), check=True)
        assert done.returncode == 0
        accounts.add(f"wang{number}", ["viewer"], "x")
        assert len(watch.entries()) == number + 1
        assert len(WatchList(tmp_path).entries()) == number + 1
    accounts.close()
    watch.close()
