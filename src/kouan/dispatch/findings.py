"""What checks found: verdicts of stages, results that come later, and what is still unsettled.

A result that is no match is a finding; it is settled when a stage to which it led ends with a
match. What is not settled is reported to customs together with the goods' arrival.
"""

from collections.abc import Iterable

from kouan.dispatch import holds
from kouan.dispatch.board import Board
from kouan.dispatch.events import Evidence, ResultArrived, ReviewNoted
from kouan.dispatch.plan import PlannedStage
from kouan.dispatch.state import Filing, Phase, Visit
from kouan.dispatch.verification import Declared, is_by_device, judge
from kouan.port.model import ModeName
from kouan.port.places import PlaceKind
from kouan.port.procedures import TURN_BACK, Stage

MEANS_WAITED = 3
LEAST_WAIT_MS = 3_600_000
"""A result counts as missing after so many times its mean, and not before this (assumption)."""
TO_CUSTOMS = "customs"
"""Where a result that comes after its stage leads: the visit has gone on, so customs decide."""


def take_evidence(
    board: Board, visit: Visit, stage: PlannedStage, evidence: tuple[Evidence, ...]
) -> None:
    """Judge the evidence of a stage: sets the visit's result and reason."""
    declared = stage.declared
    visit.result, visit.reason = "match", ""
    if evidence or declared.checks:
        if _is_by_hand(board, visit, stage):
            visit.result, visit.reason = "review", "manual mode: devices are not used"
        else:
            verdict = judge(_declared(board, visit), declared.checks, evidence)
            visit.result, visit.reason = verdict.result, "; ".join(verdict.reasons)
        if visit.result == "match" and declared.four_eyes and _lacks_eyes(visit, evidence):
            visit.result, visit.reason = "review", "passed over by one person only"
    holds.ask_to_see(board, visit, declared)
    conclude(board, visit, declared)


def conclude(board: Board, visit: Visit, declared: Stage) -> None:
    """Keep what the result of a stage leaves open, or settle what had led to it."""
    if visit.result == "match":
        settle(visit, declared.id)
    else:
        target = declared.on.get(visit.result, TURN_BACK)
        visit.findings[declared.id] = (target, visit.reason)
        if visit.result == "mismatch" and declared.id not in visit.mismatched:
            visit.mismatched.append(declared.id)
    for check in declared.checks:
        if check.result_after is not None:
            wait_ms = max(LEAST_WAIT_MS, MEANS_WAITED * check.result_after.mean_ms())
            _await(board, visit, f"{declared.id}:{check.check}", wait_ms)


def _declared(board: Board, visit: Visit) -> Declared:
    filing = board.state.filings.get(visit.visit, Filing())
    return Declared(visit, filing, board.state.now_ms, board.plan.port.verification)


def _lacks_eyes(visit: Visit, evidence: tuple[Evidence, ...]) -> bool:
    """Whether a mismatch was passed over without two different persons who did so."""
    first = person_of(visit.passed_by)
    others = [item.by for item in evidence if item.by and person_of(item.by) != first]
    return bool(visit.mismatched) and not (first and others)


def person_of(by: str) -> str:
    """The person in "account/role": somebody with two roles is still one."""
    return by.partition("/")[0]


def note_review(board: Board, event: ReviewNoted) -> None:
    """Take what a person did about a review: only a pass counts for what follows."""
    visit = board.visit_of(event.visit)
    if visit is None or visit.request != event.request or visit.phase is not Phase.SERVED:
        return
    if event.act == "pass" and event.by and not visit.passed_by:
        visit.passed_by = event.by
    elif event.act == "escalate":
        board.alarm(event.visit, f"review escalated by {event.by}: {event.text or 'no reason'}")


def _is_by_hand(board: Board, visit: Visit, stage: PlannedStage) -> bool:
    """In manual mode what devices find counts for nothing; people's judgement does.

    A service that was begun before the switch to manual mode is still the devices'.
    """
    state = board.state
    if state.mode != ModeName.MANUAL or visit.request < state.manual_from_request:
        return False
    declared = stage.declared
    by_people = board.plan.port.places[declared.at].kind is PlaceKind.DESK
    return not by_people and any(is_by_device(check.check) for check in declared.checks)


def settle(visit: Visit, stage: str) -> None:
    """Drop the finding of a stage that matched, and of all that had led to it."""
    findings = visit.findings
    if not findings:
        return
    findings.pop(stage, None)
    if stage in visit.mismatched:
        visit.mismatched.remove(stage)
    for before in [name for name, (target, _) in findings.items() if target == stage]:
        settle(visit, before)


def _await(board: Board, visit: Visit, key: str, wait_ms: int) -> None:
    """Wait for a later result, unless it has overtaken the end of the service."""
    fields = visit.results_early.pop(key, None)
    if fields is not None:
        _judge_later(board, visit, key, Evidence(*fields))
        return
    if key not in visit.results_due:
        visit.results_due.append(key)
    awaited = board.state.results_overdue_ms.setdefault(visit.visit, {})
    awaited[key] = board.state.now_ms + wait_ms
    board.keep_sweeping()


def miss_results(board: Board) -> None:
    """Tell people of results that should have come long ago; one that comes later still counts."""
    state = board.state
    for visit, awaited in list(state.results_overdue_ms.items()):
        for key in [key for key, due_ms in awaited.items() if due_ms <= state.now_ms]:
            stage, _, check = key.partition(":")
            board.alarm(visit, f"no result of {check} from {stage} yet: it is overdue")
            _await_no_more(board, visit, key)


def _await_no_more(board: Board, visit: str, key: str) -> None:
    awaited = board.state.results_overdue_ms.get(visit, {})
    awaited.pop(key, None)
    if not awaited:
        forget(board, visit)


def forget(board: Board, visit: str) -> None:
    """Miss no result of a visit that has ended."""
    board.state.results_overdue_ms.pop(visit, None)


def take_result(board: Board, event: ResultArrived) -> None:
    """Take a result that came later than the service, or before the service was said to end."""
    visit = board.visit_of(event.visit)
    if visit is None:
        return
    key = f"{event.stage}:{event.evidence.check}"
    if key in visit.results_due:
        visit.results_due.remove(key)
        _await_no_more(board, visit.visit, key)
        _judge_later(board, visit, key, event.evidence)
        board.to_go_on.append(visit.visit)
    elif visit.phase is Phase.SERVED and _is_due_later(board, visit, event):
        visit.results_early[key] = list(event.evidence)


def _is_due_later(board: Board, visit: Visit, event: ResultArrived) -> bool:
    declared = board.plan.procedures[visit.procedure].stages[visit.stage].declared
    late = [check.check.value for check in declared.checks if check.result_after is not None]
    return declared.id == event.stage and event.evidence.check in late


def _judge_later(board: Board, visit: Visit, key: str, evidence: Evidence) -> None:
    verdict = judge(_declared(board, visit), (), (evidence,))
    if verdict.result != "match":
        stage = key.partition(":")[0]
        visit.findings[stage] = (TO_CUSTOMS, "; ".join(verdict.reasons))


def told(findings: Iterable[tuple[str, tuple[str, str]]]) -> str:
    """The findings as text for customs; "none" when there are none."""
    return "; ".join(f"{stage}: {reason}" for stage, (_, reason) in findings) or "none"
