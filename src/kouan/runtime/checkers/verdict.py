"""What a stage's evidence amounts to, worked out again from what was declared.

This is written on its own and not shared with the dispatcher: a checker that called the code it
checks would agree with every fault in it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kouan.dispatch.events import Evidence
from kouan.port.procedures import Check, CheckKind, Verification

MATCH = "match"
UNREAD = "unread"
REVIEW = "review"
MISMATCH = "mismatch"
WORST_FIRST = (MISMATCH, REVIEW, UNREAD)
EASILY_CONFUSED = ("0ODQ", "1IL", "2Z", "5S", "8B", "6G")


class Declared(NamedTuple):
    """What was declared of a visit; texts may be empty where nothing was."""

    plate: str
    driver: str
    seal: str
    containers: int
    mass_kg: int
    tare_kg: int
    boxes: tuple[str, ...] = ()
    permit_until_ms: int = 0


class Papers(NamedTuple):
    """What papers said when a stage was judged, and when that was."""

    at_ms: int = 0
    manifest_matches: bool = False


def verdict(
    declared: Declared,
    loaded: bool,
    verification: Verification,
    checks: Sequence[Check],
    evidence: Sequence[Evidence],
    papers: Papers = Papers(),  # noqa: B008
) -> str:
    """Return match, or the worst of what the checks found; a check without evidence is unread."""
    results = []
    for check in checks:
        found = [item for item in evidence if item.check == check.check]
        if check.check is CheckKind.MANIFEST:
            results.append(MATCH if papers.manifest_matches else MISMATCH)
        elif check.check is CheckKind.PERMIT:
            results.append(_judge_permit(declared, papers.at_ms))
        elif not found:
            results.append(UNREAD)
        elif check.check is CheckKind.CONTAINER and declared.boxes:
            results.append(_judge_boxes(declared.boxes, verification, found))
        else:
            results += [_judge(declared, loaded, verification, item) for item in found]
    return next((result for result in WORST_FIRST if result in results), MATCH)


def _judge_permit(declared: Declared, at_ms: int) -> str:
    if declared.permit_until_ms == 0:
        return REVIEW
    return MISMATCH if at_ms > declared.permit_until_ms else MATCH


def _judge_boxes(
    boxes: tuple[str, ...], verification: Verification, found: Sequence[Evidence]
) -> str:
    """Every declared number is to be read, with certainty, and no other."""
    read = {item.found for item in found} - {""}
    missing = set(boxes) - read
    extra = read - set(boxes)
    if extra:
        alike = all(any(is_look_alike(one, box) for box in missing) for one in extra)
        return REVIEW if alike else MISMATCH
    if any(not item.found for item in found):
        return UNREAD
    if missing:
        return MISMATCH
    certain = all(item.confidence_ppm >= verification.confidence_ppm for item in found)
    return MATCH if certain else REVIEW


def _judge(declared: Declared, loaded: bool, verification: Verification, found: Evidence) -> str:
    if found.check == CheckKind.MASS:
        return _judge_mass(declared, loaded, verification, found)
    if found.check == CheckKind.CONTAINER and found.amount != declared.containers:
        return MISMATCH
    expected = _expected(declared, found.check)
    if expected is None:
        return MATCH if found.ok else MISMATCH
    if not found.found:
        return MISMATCH if found.reason == "missing" else UNREAD
    if found.found != expected and found.check == CheckKind.DRIVER:
        return MISMATCH
    if found.found != expected:
        return REVIEW if is_look_alike(found.found, expected) else MISMATCH
    return REVIEW if found.confidence_ppm < verification.confidence_ppm else MATCH


def is_look_alike(read: str, expected: str) -> bool:
    """Whether exactly one character differs, and it is easily taken for the other."""
    if len(read) != len(expected):
        return False
    differing = [{a, b} for a, b in zip(read, expected, strict=True) if a != b]
    return len(differing) == 1 and any(differing[0] <= set(group) for group in EASILY_CONFUSED)


def _judge_mass(
    declared: Declared, loaded: bool, verification: Verification, found: Evidence
) -> str:
    if found.amount == 0:
        return UNREAD
    expected_kg = declared.tare_kg + (declared.mass_kg if loaded else 0)
    difference_kg = abs(found.amount - expected_kg)
    if difference_kg <= verification.mass_tolerance_kg:
        return MATCH
    return REVIEW if difference_kg <= verification.mass_review_kg else MISMATCH


def _expected(declared: Declared, check: str) -> str | None:
    """The declared text a check is compared with; None where nothing is declared for it."""
    texts = {
        CheckKind.PLATE.value: declared.plate,
        CheckKind.DRIVER.value: declared.driver,
        CheckKind.SEAL.value: declared.seal,
    }
    return texts.get(check) or None
