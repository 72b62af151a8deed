"""Words about visits: what they become, and what is refused before anything is posted."""

import json
from typing import Any

import pytest

from kouan.dispatch import events as e
from kouan.live.accounts.rights import Right
from kouan.live.queue.view import QueuePicture
from kouan.live.queue.words import WORDS, queue_words
from kouan.live.words import Refused
from tests.unit.dispatch.play import START
from tests.unit.dispatch.ports import HOUR
from tests.unit.live.queue.queue_port import busy_play, queue_port

BOOKED_MS = START + 2 * HOUR


def say(word: str, body: dict[str, Any]) -> list[e.Event]:
    posted: list[e.Event] = []
    queue = QueuePicture(queue_port()).take(busy_play().state)
    words = queue_words(queue_port(), lambda: queue, posted.extend, b"k" * 32)
    words.say(word, json.dumps(body).encode(), "li.na/port_operator")
    return posted


def test_words_become_the_events_of_the_same_facts() -> None:
    assert say("book", {"visit": "announced", "wanted_ms": 7}) == [
        e.BookingRequested(0, "announced", 7)
    ]
    moved = {"visit": "booked", "slot_from_ms": BOOKED_MS, "wanted_ms": BOOKED_MS + HOUR}
    assert say("postpone", moved) == [e.BookingPostponed(0, "booked", BOOKED_MS, BOOKED_MS + HOUR)]
    assert say("cancel", {"visit": "booked", "slot_from_ms": BOOKED_MS}) == [
        e.BookingCancelled(0, "booked", BOOKED_MS)
    ]
    assert say("lapse", {"visit": "announced"}) == [e.VisitLapsed(0, "announced")]
    assert say("here", {"visit": "called", "place": "gate"}) == [e.Arrived(0, "called", "gate")]


def test_a_visit_is_announced_with_its_papers_or_without() -> None:
    body = {
        **{"visit": "x", "procedure": "p", "plate": "蒙L12345", "mass_kg": 30_000},
        **{"tare_kg": 18_000, "goods": "coal", "containers": 1, "seal": "S1", "priority": 2},
    }
    announced = e.VisitAnnounced(
        *(0, "x", "p", "p", "蒙L12345", "", 18_000, 30_000, "coal", 1, "S1"), priority=2
    )
    assert say("announce", body) == [
        announced,
        e.ManifestLodged(0, "M-x", "x", "蒙L12345", 30_000, 1, "S1"),
        e.DeclarationLodged(0, "D-x", "M-x"),
    ]
    assert say("announce", {**body, "lodge": False}) == [announced]


@pytest.mark.parametrize(
    ("word", "body", "status", "problem"),
    [
        ("announce", {"visit": "x", "procedure": "q", "plate": ""}, 422, "q: expected p"),
        ("announce", {"visit": "called", "procedure": "p", "plate": ""}, 409, "is announced"),
        ("announce", {"visit": "x", "procedure": "p", "plate": "<b>"}, 422, "matching regex"),
        (
            "announce",
            {"visit": "x", "procedure": "p", "plate": "", "priority": 1_001},
            422,
            "<= 1000",
        ),
        ("book", {"visit": "nobody", "wanted_ms": 1}, 404, "expected one that is announced"),
        ("book", {"visit": "booked", "wanted_ms": -1}, 422, ">= 0"),
        ("postpone", {"visit": "booked", "slot_from_ms": 1, "wanted_ms": 2}, 409, f"{BOOKED_MS}"),
        ("cancel", {"visit": "waiting", "slot_from_ms": 1}, 409, "expected 0, the slot of"),
        ("here", {"visit": "called", "place": "moon"}, 422, "expected area, gate, out"),
        ("lapse", {"visit": "called", "why": "x"}, 422, "unknown field `why`"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_posted(
    word: str, body: dict[str, Any], status: int, problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        say(word, body)
    assert refused.value.status == status
    assert problem in str(refused.value)


def test_every_word_needs_the_right_to_work_in_the_queue() -> None:
    assert {kind.right for kind in WORDS.values()} == {Right.QUEUE_WORK}
