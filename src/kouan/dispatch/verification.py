"""Evidence against what was declared: a verdict with its reasons.

A verdict is *match*, *review* (a person must decide), *unread* (nothing could be read) or
*mismatch*; the worst check decides. Nothing is ever corrected silently: a plate that differs in
one look-alike is a review that says so. A check without any evidence is unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kouan.dispatch.events import Evidence
from kouan.dispatch.state import Filing, Visit
from kouan.identifiers.look_alikes import LOOK_ALIKES
from kouan.port.procedures import BY_FACTS, BY_PEOPLE, Check, CheckKind, Verification

SEVERITY = ("match", "unread", "review", "mismatch")
MISSING = "missing"
"""Reason of a device that looked and is certain that what was declared is not there: a seal."""

Finding = tuple[str, str]
"""A result and its reason."""
FOUND: Finding = ("match", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stage's evidence comes to, and why."""

    result: str
    reasons: tuple[str, ...] = ()


MATCH = Verdict("match")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a stage's evidence is compared with: the visit, its papers, and the time of judging."""

    visit: Visit
    filing: Filing
    at_ms: int
    thresholds: Verification


def is_by_device(check: str) -> bool:
    """Whether a device makes a check; at a desk a person does."""
    return check not in BY_PEOPLE and check not in BY_FACTS


def judge(declared: Declared, checks: Sequence[Check], evidence: Sequence[Evidence]) -> Verdict:
    """Compare all evidence of a stage with what was declared; ``checks`` are to have some.

    Container numbers are compared together, all other evidence one by one.
    """
    boxes = [item for item in evidence if item.check == CheckKind.CONTAINER]
    by_number = bool(declared.visit.boxes) and bool(boxes)
    found = [
        (item.check, _judge_one(declared, item))
        for item in evidence
        if item.check != CheckKind.CONTAINER or not by_number
    ]
    if by_number:
        found.append((CheckKind.CONTAINER, _judge_boxes(declared, boxes)))
    brought = [check for check, _ in found]
    for check in checks:
        if check.check in BY_FACTS:
            found.append((check.check, _judge_fact(declared, check.check)))
        elif check.check not in brought and check.result_after is None:
            found.append((check.check, ("unread", "no evidence")))
    return _worst(found)


def _worst(found: Sequence[tuple[str, Finding]]) -> Verdict:
    worst, reasons = "match", []
    for check, (result, reason) in found:
        if result == "match":
            continue
        reasons.append(f"{check}: {reason}")
        if SEVERITY.index(result) > SEVERITY.index(worst):
            worst = result
    return Verdict(worst, tuple(reasons)) if reasons else MATCH


DECLARED_TEXT: dict[str, str] = {
    CheckKind.PLATE: "plate",
    CheckKind.DRIVER: "driver",
    CheckKind.SEAL: "seal",
}
"""Checks that read a text, and the declared field it is compared with, where it is declared."""


def _judge_one(declared: Declared, item: Evidence) -> Finding:
    visit = declared.visit
    if item.check == CheckKind.MASS:
        return _judge_mass(visit, item, declared.thresholds)
    text = getattr(visit, DECLARED_TEXT[item.check]) if item.check in DECLARED_TEXT else ""
    if text:
        return _judge_text(text, item, declared.thresholds)
    if item.check == CheckKind.CONTAINER and item.amount != visit.containers:
        return "mismatch", f"{item.amount} containers, declared {visit.containers}"
    return FOUND if item.ok else ("mismatch", item.reason or item.found or "not passed")


def _judge_text(declared: str, item: Evidence, thresholds: Verification) -> Finding:
    if not item.found and item.reason == MISSING:
        return "mismatch", f"missing, declared {declared}"
    if not item.found:
        return "unread", item.reason or "could not be read"
    if item.found == declared:
        if item.confidence_ppm < thresholds.confidence_ppm:
            certain = item.confidence_ppm // 10_000
            if item.check == CheckKind.DRIVER:  # a pseudonym would tell whoever looks nothing
                return "review", f"read with {certain} % confidence"
            return "review", f"read {item.found} with {certain} % confidence"
        return FOUND
    if item.check == CheckKind.DRIVER:
        return "mismatch", "another driver than declared"
    if differs_in_one_look_alike(item.found, declared):
        return "review", f"read {item.found}, declared {declared}: differs in one look-alike"
    return "mismatch", f"read {item.found}, declared {declared}"


def _judge_boxes(declared: Declared, items: Sequence[Evidence]) -> Finding:
    """Compare the container numbers read with those declared; each has to be read once."""
    boxes = declared.visit.boxes
    read = list(dict.fromkeys(item.found for item in items if item.found))
    strange = [number for number in read if number not in boxes]
    unseen = [number for number in boxes if number not in read]
    alike = {number: _look_alike_of(number, unseen) for number in strange}
    for number in strange:
        if not alike[number]:
            return "mismatch", f"box {number} is not on the manifest"
    if strange:
        number = strange[0]
        return "review", f"read {number}, declared {alike[number]}: differs in one look-alike"
    unread = [item for item in items if not item.found]
    if unread:
        return "unread", unread[0].reason or "could not be read"
    if unseen:
        return "mismatch", f"box {unseen[0]} was declared and is not there"
    least = min(item.confidence_ppm for item in items)
    if least < declared.thresholds.confidence_ppm:
        return "review", f"read {', '.join(read)} with {least // 10_000} % confidence"
    return FOUND


def _look_alike_of(number: str, boxes: Sequence[str]) -> str:
    return next((box for box in boxes if differs_in_one_look_alike(number, box)), "")


def _judge_mass(visit: Visit, item: Evidence, thresholds: Verification) -> Finding:
    """Compare a gross mass with tare plus declared goods; an amount of 0 is unread."""
    if item.amount == 0:
        return "unread", item.reason or "scale gave no mass"
    difference = item.amount - visit.tare_kg - visit.aboard_kg
    if abs(difference) <= thresholds.mass_tolerance_kg:
        return FOUND
    text = f"{difference:+d} kg against what was declared"
    if abs(difference) <= thresholds.mass_review_kg:
        return "review", text
    return "mismatch", text


def _judge_fact(declared: Declared, check: str) -> Finding:
    """Answer a check from what was lodged and announced."""
    if check == CheckKind.PERMIT:
        until_ms = declared.visit.permit_until_ms
        if not until_ms:
            return "review", "no permit is known"
        return FOUND if declared.at_ms <= until_ms else ("mismatch", "the permit has expired")
    filing = declared.filing
    if not filing.manifest:
        return "mismatch", "no manifest is lodged"
    return FOUND if filing.matched else ("mismatch", filing.difference)


def differs_in_one_look_alike(read: str, declared: str) -> bool:
    """Whether two texts differ in a single character that is easily taken for the other."""
    if len(read) != len(declared):
        return False
    pairs = [(a, b) for a, b in zip(read, declared, strict=True) if a != b]
    return len(pairs) == 1 and any(
        pairs[0][0] in group and pairs[0][1] in group for group in LOOK_ALIKES
    )
