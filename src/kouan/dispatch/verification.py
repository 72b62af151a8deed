"""Evidence against what was declared: a verdict with its reasons.

A verdict is *match*, *review* (a person must decide), *unread* (nothing could be read) or
*mismatch*; the worst check decides. Nothing is ever corrected silently: a plate that differs in
one look-alike is a review that says so. A check without any evidence is unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kouan.dispatch.events import Evidence
from kouan.dispatch.state import Visit
from kouan.identifiers.look_alikes import LOOK_ALIKES
from kouan.port.procedures import BY_PEOPLE, Check, CheckKind, Verification

SEVERITY = ("match", "unread", "review", "mismatch")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stage's evidence comes to, and why."""

    result: str
    reasons: tuple[str, ...] = ()


MATCH = Verdict("match")


def is_by_device(check: str) -> bool:
    """Whether a device makes a check; at a desk a person does."""
    return check not in BY_PEOPLE


def judge(
    visit: Visit,
    checks: Sequence[Check],
    evidence: Sequence[Evidence],
    thresholds: Verification,
) -> Verdict:
    """Compare all evidence of a stage with what the visit declared; ``checks`` are to have some."""
    worst, reasons = "match", []
    found = [_judge_one(visit, item, thresholds) for item in evidence]
    brought = [item.check for item in evidence]
    for check in checks:
        if check.check not in brought and check.result_after is None:
            brought.append(check.check)
            found.append(("unread", "no evidence"))
    for check_kind, (result, reason) in zip(brought, found, strict=True):
        if result == "match":
            continue
        reasons.append(f"{check_kind}: {reason}")
        if SEVERITY.index(result) > SEVERITY.index(worst):
            worst = result
    return Verdict(worst, tuple(reasons)) if reasons else MATCH


DECLARED_TEXT: dict[str, str] = {
    CheckKind.PLATE: "plate",
    CheckKind.DRIVER: "driver",
    CheckKind.SEAL: "seal",
}
"""Checks that read a text, and the declared field it is compared with, where it is declared."""


def _judge_one(visit: Visit, item: Evidence, thresholds: Verification) -> tuple[str, str]:
    if item.check == CheckKind.MASS:
        return _judge_mass(visit, item, thresholds)
    declared = getattr(visit, DECLARED_TEXT[item.check]) if item.check in DECLARED_TEXT else ""
    if declared:
        return _judge_text(declared, item, thresholds)
    if item.check == CheckKind.CONTAINER and item.amount != visit.containers:
        return "mismatch", f"{item.amount} containers, declared {visit.containers}"
    return ("match", "") if item.ok else ("mismatch", item.found or "not passed")


def _judge_text(declared: str, item: Evidence, thresholds: Verification) -> tuple[str, str]:
    if not item.found:
        return "unread", "could not be read"
    if item.found == declared:
        if item.confidence_ppm < thresholds.confidence_ppm:
            certain = item.confidence_ppm // 10_000
            return "review", f"read {item.found} with {certain} % confidence"
        return "match", ""
    if differs_in_one_look_alike(item.found, declared):
        return "review", f"read {item.found}, declared {declared}: differs in one look-alike"
    return "mismatch", f"read {item.found}, declared {declared}"


def _judge_mass(visit: Visit, item: Evidence, thresholds: Verification) -> tuple[str, str]:
    """Compare a gross mass with tare plus declared goods; an amount of 0 is unread."""
    if item.amount == 0:
        return "unread", "scale gave no mass"
    difference = item.amount - visit.tare_kg - visit.aboard_kg
    if abs(difference) <= thresholds.mass_tolerance_kg:
        return "match", ""
    text = f"{difference:+d} kg against what was declared"
    if abs(difference) <= thresholds.mass_review_kg:
        return "review", text
    return "mismatch", text


def differs_in_one_look_alike(read: str, declared: str) -> bool:
    """Whether two texts differ in a single character that is easily taken for the other."""
    if len(read) != len(declared):
        return False
    pairs = [(a, b) for a, b in zip(read, declared, strict=True) if a != b]
    return len(pairs) == 1 and any(
        pairs[0][0] in group and pairs[0][1] in group for group in LOOK_ALIKES
    )
