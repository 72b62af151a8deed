"""Who a review concerns: border inspection checks persons, customs check cargo.

The two are apart in rights and in data: each sees and decides its own part, and a review that
concerns both needs both. What did not match beyond doubt needs a second person besides.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from kouan.live.accounts.rights import Caller, Right
from kouan.live.gates.notes import ReviewNote
from kouan.port.procedures import CheckKind

OF_PERSONS = (CheckKind.DRIVER, CheckKind.PERMIT)
"""Checks that are border inspection's; all others are customs'."""
PASS, ESCALATE = "pass", "escalate"


class Part(StrEnum):
    """A part of a review, by the authority that decides it."""

    PERSON = "person"
    CARGO = "cargo"


SEES = {Part.PERSON: Right.PERSON_SEE, Part.CARGO: Right.CARGO_SEE}
DECIDES = {Part.PERSON: Right.PERSON_DECIDE, Part.CARGO: Right.CARGO_DECIDE}


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


def parts_of(reason: str) -> tuple[Part, ...]:
    """The parts that a reason names, as the dispatcher writes it: "mismatch: driver: ...; ..."."""
    text = reason.partition(": ")[2]
    checks = [piece.partition(":")[0] for piece in text.split("; ")]
    known = [check for check in checks if check in [kind.value for kind in CheckKind]]
    return tuple(dict.fromkeys(part_of(check) for check in known)) or (Part.CARGO,)


def shown_reason(reason: str, parts: Sequence[Part]) -> str:
    """What of a reason concerns these parts; the rest is named by its part only."""
    result, _, text = reason.partition(": ")
    pieces = []
    for piece in text.split("; "):
        part = part_of(piece.partition(":")[0])
        pieces.append(piece if part in parts else f"{part}: with the other authority")
    return f"{result}: {'; '.join(dict.fromkeys(pieces))}"


def standing(review: ReviewNote) -> Standing:
    """How it stands, by what persons did; a pass says in its text which part it is of."""
    parts = parts_of(review.service.reason)
    passed: dict[Part, str] = {}
    for act in review.acts:
        if act.act == PASS:
            part = Part(act.text.partition(":")[0])
            passed.setdefault(part, act.by)
    lacking = tuple(part for part in parts if part not in passed)
    escalated = any(act.act == ESCALATE for act in review.acts)
    second = review.service.reason.startswith("mismatch")
    return Standing(parts, tuple(passed.items()), lacking, second, escalated)


def name_of(by: str) -> str:
    """The account in what the journal has as "account/role"."""
    return by.partition("/")[0]


def seen_by(caller: Caller, review: ReviewNote) -> tuple[Part, ...]:
    """The parts of a review that somebody may see."""
    return tuple(part for part in parts_of(review.service.reason) if caller.may(SEES[part]))
