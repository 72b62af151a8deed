"""Who a review concerns: border inspection checks persons, customs check cargo.

The two are apart in rights and in data: each sees and decides its own part, and a review that
concerns both needs both. What did not match beyond doubt needs a second person besides.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from kouan.dispatch.holds import ASKS, HELD_BY
from kouan.live.accounts.rights import Caller, Right
from kouan.live.gates.notes import ActNote, ReviewNote
from kouan.port.procedures import CheckKind

OF_PERSONS = (CheckKind.DRIVER, CheckKind.PERMIT, HELD_BY)
"""Checks that are border inspection's, its holds among them; all others are customs'."""
CHECKS = (*(kind.value for kind in CheckKind), HELD_BY)
"""What stands before the colon in a reason."""
PASS, ESCALATE = "pass", "escalate"


class Part(StrEnum):
    """A part of a review, by the authority that decides it."""

    PERSON = "person"
    CARGO = "cargo"


SEES = {Part.PERSON: Right.PERSON_SEE, Part.CARGO: Right.CARGO_SEE}
DECIDES = {Part.PERSON: Right.PERSON_DECIDE, Part.CARGO: Right.CARGO_DECIDE}


class Concern(NamedTuple):
    """What one check brought up, in the dispatcher's words; ``check`` is "" where none is named."""

    check: str
    part: Part
    text: str


class Standing(NamedTuple):
    """How it stands with a review.

    ``lacking`` are the parts that nobody has passed yet, ``second`` whether a supervisor who has
    passed none of them is needed after that, ``passed`` who passed which part.
    """

    parts: tuple[Part, ...]
    passed: tuple[tuple[Part, str], ...]
    lacking: tuple[Part, ...]
    second: bool
    escalated: bool


def part_of(check: str) -> Part:
    """The authority's part to which a check belongs."""
    return Part.PERSON if check in OF_PERSONS else Part.CARGO


def concerns_of(reason: str) -> tuple[Concern, ...]:
    """What a reason names, as the dispatcher writes it: "mismatch: driver: ...; seal: ...".

    A piece that begins with no check goes on with what the check before it said.
    """
    concerns: list[Concern] = []
    for piece in reason.partition(": ")[2].split("; "):
        check, _, text = piece.partition(": ")
        if check in CHECKS:
            concerns.append(Concern(check, part_of(check), text))
        elif concerns:
            last = concerns[-1]
            concerns[-1] = last._replace(text=f"{last.text}; {piece}")
        else:
            concerns.append(Concern("", Part.CARGO, piece))
    return tuple(concerns)


def parts_of(reason: str) -> tuple[Part, ...]:
    """The parts that a reason names."""
    return tuple(dict.fromkeys(one.part for one in concerns_of(reason)))


def asks_for_hold(review: ReviewNote) -> bool:
    """Whether a review is about a hold of border inspection, among others."""
    return ASKS in review.service.reason


def shown_reason(reason: str, parts: Sequence[Part]) -> str:
    """What of a reason concerns these parts; the rest is named by its part only."""
    pieces = [
        (f"{one.check}: {one.text}" if one.check else one.text)
        if one.part in parts
        else f"{one.part}: with the other authority"
        for one in concerns_of(reason)
    ]
    return f"{result_of(reason)}: {'; '.join(dict.fromkeys(pieces))}"


def result_of(reason: str) -> str:
    """The result that led to a review: "mismatch", "unread" or "review"."""
    return reason.partition(": ")[0]


def standing(review: ReviewNote) -> Standing:
    """How it stands, by what persons did; a pass says in its text which part it is of."""
    parts = parts_of(review.service.reason)
    passed: dict[Part, str] = {}
    for act in review.acts:
        if act.act == PASS:
            passed.setdefault(part_and_words(act)[0], act.by)
    lacking = tuple(part for part in parts if part not in passed)
    escalated = any(act.act == ESCALATE for act in review.acts)
    second = result_of(review.service.reason) == "mismatch"
    return Standing(parts, tuple(passed.items()), lacking, second, escalated)


def part_and_words(act: ActNote) -> tuple[Part, str]:
    """The part that an act is about, and the reason that was given, as the desk notes them."""
    part, _, words = act.text.partition(": ")
    return Part(part), words


def name_of(by: str) -> str:
    """The account in what the journal has as "account/role"."""
    return by.partition("/")[0]


def seen_by(caller: Caller, review: ReviewNote) -> tuple[Part, ...]:
    """The parts of a review that somebody may see."""
    return tuple(part for part in parts_of(review.service.reason) if caller.may(SEES[part]))
