"""The manual desk: who sees what, who decides what, and when a review ends."""

from dataclasses import replace
from typing import Any

import pytest

from kouan.dispatch import events as e
from kouan.live.accounts.rights import Caller, Role, rights_of
from kouan.live.gates.desk import Act, Desk
from kouan.live.gates.notes import ActNote, DeclaredNote, ReviewNote, ServiceNote, TakenNote
from kouan.live.gates.parts import Part
from kouan.live.gates.view import GateView
from kouan.live.view import PlaceView
from kouan.live.words import Refused
from kouan.runtime.documents import DocumentError
from tests.unit.live.support import tiny_port

DRIVER = "mismatch: driver: another driver than declared"
SEAL = "unread: seal: could not be read"
BOTH = "review: driver: read with 80 % confidence; container: could not be read"


def caller(name: str, *roles: Role) -> Caller:
    return Caller(name, roles, rights_of(roles))


CUSTOMS = caller("li", Role.GATE_OFFICER)
BORDER = caller("wang", Role.BORDER_OFFICER)
CHIEF = caller("zhao", Role.BORDER_OFFICER, Role.SUPERVISOR)
CUSTOMS_CHIEF = caller("sun", Role.GATE_OFFICER, Role.SUPERVISOR)
VIEWER = caller("gast", Role.VIEWER)


def taken(check: str, found: str, image: str) -> TakenNote:
    return TakenNote(5, "camera", check, found, 0, 900_000, True, "", "", image)


def review(reason: str, *acts: tuple[str, str, str], number: int = 7) -> ReviewNote:
    service = ServiceNote(number, "v", "express", "bay", "bay.1", 1, 1_000 * number, reason)
    notes = tuple(ActNote(2_000, act, by, text) for act, by, text in acts)
    pictures = (taken("driver", "pseudonym", "face"), taken("plate", "AB123", "plate"))
    return ReviewNote(service, notes, pictures)


class Room:
    """A desk with the reviews given, and what was posted from it."""

    def __init__(self, *reviews: ReviewNote) -> None:
        declared = DeclaredNote("express", "c", "AB123", "pseudonym", 1, 2, "coal", 1, "S", (), 9)
        self.view = GateView(
            reviews={one.service.request: one for one in reviews}, declared={"v": declared}
        )
        self.posted: list[e.Event] = []
        self.places: list[PlaceView] = []
        self.desk = Desk(
            tiny_port(), lambda: self.view, lambda: self.places, self.posted.extend, self.document
        )

    def document(self, image: str) -> tuple[bytes, str]:
        if image == "face":
            raise DocumentError("document face was deleted")
        return b"picture", "image/png"

    def do(self, act: str, who: Caller, part: Part | None = None, number: int = 7) -> list[Any]:
        self.posted.clear()
        self.desk.do(act, Act(number, "looked", part), who)
        return list(self.posted)


@pytest.mark.parametrize(
    ("reason", "who", "parts"),
    [
        (DRIVER, BORDER, ["person"]),
        (DRIVER, CUSTOMS, None),
        (SEAL, CUSTOMS, ["cargo"]),
        (SEAL, BORDER, None),
        (BOTH, BORDER, ["person"]),
        (BOTH, CUSTOMS, ["cargo"]),
        (BOTH, VIEWER, None),
    ],
)
def test_everybody_sees_the_own_part_only(
    reason: str, who: Caller, parts: list[str] | None
) -> None:
    shown = Room(review(reason)).desk.list_for(who)["reviews"]
    assert [one["parts"] for one in shown] == ([parts] if parts else [])


def test_the_other_authoritys_findings_are_named_and_not_told() -> None:
    (shown,) = Room(review(BOTH)).desk.list_for(CUSTOMS)["reviews"]
    assert shown["reason"] == (
        "review: person: with the other authority; container: could not be read"
    )
    assert [one["check"] for one in shown["found"]] == ["plate"]
    assert shown["declared"]["goods"] == "coal"
    (shown,) = Room(review(BOTH)).desk.list_for(BORDER)["reviews"]
    assert [one["check"] for one in shown["found"]] == ["driver"]
    assert "goods" not in shown["declared"]
    assert "pseudonym" not in str(shown)


def test_whoever_waits_until_a_desk_is_free_is_counted() -> None:
    room = Room()
    assert room.desk.list_for(BORDER)["waiting"] == 0
    room.places = [PlaceView("desk", 3, 1, ("desk.1",), ()), PlaceView("scale", 5, 0, (), ())]
    assert room.desk.list_for(BORDER)["waiting"] == 3


def test_a_reason_of_several_pieces_stays_with_its_check() -> None:
    reason = "unread: driver: line 1: blurred; line 2: no text; seal: could not be read"
    room = Room(review(reason))
    (shown,) = room.desk.list_for(CUSTOMS)["reviews"]
    assert shown["reasons"] == [{"check": "seal", "part": "cargo", "text": "could not be read"}]
    assert "line" not in str(shown)
    (shown,) = room.desk.list_for(BORDER)["reviews"]
    assert [one["text"] for one in shown["reasons"]] == ["line 1: blurred; line 2: no text"]
    assert (shown["result"], shown["of"]) == ("unread", ["person", "cargo"])


def test_a_reason_that_names_no_check_is_customs() -> None:
    (shown,) = Room(review("review: passed over by one person only")).desk.list_for(CUSTOMS)[
        "reviews"
    ]
    assert shown["reasons"] == [
        {"check": "", "part": "cargo", "text": "passed over by one person only"}
    ]


def test_what_was_done_is_told_and_its_words_to_those_concerned() -> None:
    passed = review(BOTH, ("pass", "wang/border_officer", "person: he: the same man"))
    (act,) = Room(passed).desk.list_for(BORDER)["reviews"][0]["acts"]
    assert (act["by"], act["part"], act["text"]) == (
        *("wang/border_officer", "person", "he: the same man"),
    )
    assert act["role"]["zh"].startswith("边检")
    (act,) = Room(passed).desk.list_for(CUSTOMS)["reviews"][0]["acts"]
    assert (act["act"], act["text"]) == ("pass", "")


def test_everybody_is_told_what_they_may_not_do_and_why() -> None:
    def why_not(one: ReviewNote, who: Caller) -> dict[str, str]:
        shown = Room(one).desk.list_for(who)["reviews"]
        found: dict[str, str] = shown[0]["why_not"]
        return found

    assert set(why_not(review(SEAL), CUSTOMS).values()) == {""}
    escalated = review(SEAL, ("escalate", "li/gate_officer", "cargo: odd"))
    told = why_not(escalated, CUSTOMS)
    assert (told["claim"], told["escalate"]) == ("", "")
    assert "supervisor" in told["pass"]
    assert "supervisor" in told["refuse"]
    assert set(why_not(escalated, CUSTOMS_CHIEF).values()) == {""}
    passed = review(DRIVER, ("pass", "wang/border_officer", "person: looked"))
    assert "second person" in why_not(passed, BORDER)["pass"]
    assert why_not(passed, CHIEF)["pass"] == ""


def test_asking_what_may_be_done_does_nothing() -> None:
    room = Room(review(SEAL), review(BOTH, number=8))
    room.desk.list_for(CUSTOMS_CHIEF)
    assert not room.posted


def test_the_oldest_comes_first() -> None:
    room = Room(review(SEAL, number=9), review(SEAL, number=8))
    assert [one["request"] for one in room.desk.list_for(CUSTOMS)["reviews"]] == [8, 9]


def test_pictures_are_shown_with_the_check_they_are_for() -> None:
    room = Room(review(BOTH))
    assert room.desk.image_for(CUSTOMS, 7, "plate") == (b"picture", "image/png")
    for who, number, image in ((CUSTOMS, 7, "face"), (BORDER, 7, "plate"), (CUSTOMS, 8, "plate")):
        with pytest.raises(Refused, match="no picture"):
            room.desk.image_for(who, number, image)
    with pytest.raises(Refused, match="deleted") as refused:
        room.desk.image_for(BORDER, 7, "face")
    assert refused.value.status == 410


def test_one_pass_ends_a_review() -> None:
    (ended,) = Room(review(SEAL)).do("pass", CUSTOMS)
    assert ended == e.ServiceEnded(
        *(0, "v", "bay", "bay.1", 7),
        (e.Evidence("documents", "looked", by="li/gate_officer"),),
    )


def test_a_refusal_ends_it_too() -> None:
    (ended,) = Room(review(SEAL)).do("refuse", CUSTOMS)
    assert (ended.evidence[0].ok, ended.evidence[0].found) == (False, "looked")


def test_each_authority_passes_its_own_part() -> None:
    (note,) = Room(review(BOTH)).do("pass", BORDER)
    assert note == e.ReviewNoted(0, "v", "bay", 7, "pass", "wang/border_officer", "person: looked")
    passed = review(BOTH, ("pass", "wang/border_officer", "person: looked"))
    with pytest.raises(Refused, match="passed"):
        Room(passed).do("pass", BORDER)
    (ended,) = Room(passed).do("pass", CUSTOMS)
    assert isinstance(ended, e.ServiceEnded)


def test_a_mismatch_takes_a_supervisor_besides() -> None:
    (note,) = Room(review(DRIVER)).do("pass", BORDER)
    assert isinstance(note, e.ReviewNoted)
    passed = review(DRIVER, ("pass", "wang/border_officer", "person: looked"))
    with pytest.raises(Refused, match="supervisor"):
        Room(passed).do("pass", caller("zhou", Role.BORDER_OFFICER))
    with pytest.raises(Refused, match="has ended"):
        Room(passed).do("pass", CUSTOMS_CHIEF)
    (ended,) = Room(passed).do("pass", CHIEF)
    assert isinstance(ended, e.ServiceEnded)
    own = review(DRIVER, ("pass", "zhao/border_officer", "person: looked"))
    with pytest.raises(Refused, match="another person"):
        Room(own).do("pass", CHIEF)


def test_an_escalated_review_is_a_supervisors() -> None:
    (note,) = Room(review(SEAL)).do("escalate", CUSTOMS)
    assert note.act == "escalate"
    escalated = review(SEAL, ("escalate", "li/gate_officer", "cargo: odd"))
    for act in ("pass", "refuse"):
        with pytest.raises(Refused, match="supervisor"):
            Room(escalated).do(act, CUSTOMS)
    (ended,) = Room(escalated).do("pass", CUSTOMS_CHIEF)
    assert isinstance(ended, e.ServiceEnded)
    assert Room(escalated).desk.list_for(CUSTOMS)["reviews"][0]["escalated"]


HOLD = "border inspection: asks for a check"
FREED = e.VisitFreed(0, "v", "wang/border_officer", "w-1")


def held_room(reason: str, *acts: tuple[str, str, str]) -> Room:
    room = Room(review(reason, *acts))
    room.view = replace(room.view, holds={"v": {"w-1": True, "w-0": False}})
    return room


def test_a_hold_is_border_inspections_and_others_are_not_told() -> None:
    room = held_room(f"review: {HOLD}")
    assert not room.desk.list_for(CUSTOMS)["reviews"]
    (shown,) = room.desk.list_for(BORDER)["reviews"]
    assert shown["reason"] == f"review: {HOLD}"
    room = held_room(f"unread: seal: could not be read; {HOLD}")
    (shown,) = room.desk.list_for(CUSTOMS)["reviews"]
    assert "border" not in str(shown)
    assert shown["reason"].endswith("; person: with the other authority")


@pytest.mark.parametrize("act", ["pass", "refuse"])
def test_who_decides_the_part_of_persons_has_seen_who_was_held(act: str) -> None:
    freed, ended = held_room(f"review: {HOLD}").do(act, BORDER)
    assert freed == FREED
    assert isinstance(ended, e.ServiceEnded)
    room = held_room(f"unread: seal: could not be read; {HOLD}")
    assert FREED not in room.do(act, CUSTOMS)
    assert room.do(act, BORDER)[0] == FREED


def test_a_hold_of_which_a_review_knows_nothing_stays() -> None:
    assert FREED not in held_room(DRIVER).do("pass", BORDER)


def test_a_claim_is_noted() -> None:
    (note,) = Room(review(SEAL)).do("claim", CUSTOMS)
    assert (note.act, note.by) == ("claim", "li/gate_officer")


@pytest.mark.parametrize("act", ["claim", "escalate", "pass", "refuse"])
@pytest.mark.parametrize("who", [VIEWER, BORDER, caller("x", Role.SUPERVISOR)])
def test_who_may_not_see_a_review_does_nothing_about_it(act: str, who: Caller) -> None:
    room = Room(review(SEAL))
    with pytest.raises(Refused) as refused:
        room.do(act, who)
    assert refused.value.status in (403, 404)
    assert not room.posted


def test_a_part_that_is_not_ones_own_cant_be_named() -> None:
    with pytest.raises(Refused, match="may not decide"):
        Room(review(BOTH)).do("pass", CUSTOMS, Part.PERSON)
