"""Paper slips: what people decided in manual mode, entered afterwards in the order of the stages.

A slip ends a stage as a service would, by the judgement of the persons on it. Nobody waits at its
barrier any more, so none is opened. The port may have thought the visit to be elsewhere: in a
queue, on its way, or still served where the power went; the slip says where it really was.
"""

from kouan.dispatch import booking, calls, findings, holds, lanes, transfer
from kouan.dispatch import visit as visits
from kouan.dispatch.board import Board
from kouan.dispatch.commands import ConfirmSlip
from kouan.dispatch.events import SlipEntered
from kouan.dispatch.findings import person_of
from kouan.dispatch.plan import PlannedStage
from kouan.dispatch.state import Phase, Visit
from kouan.port.model import ModeName
from kouan.port.procedures import Work

MOST_SLIPS = 10_000
"""Slips by their numbers that are remembered, so that none counts twice."""
MOST_PERIODS = 200
"""Times in manual mode that are remembered."""


def note_mode(board: Board) -> None:
    """The mode was switched: a time in manual mode begins or ends."""
    state = board.state
    periods = state.manual_periods
    is_manual = state.mode == ModeName.MANUAL
    is_open = bool(periods) and not periods[-1][1]
    if is_manual and not is_open:
        periods.append((state.now_ms, 0))
        del periods[:-MOST_PERIODS]
    elif is_open and not is_manual:
        periods[-1] = (periods[-1][0], state.now_ms)


def enter(board: Board, event: SlipEntered) -> None:
    """Take a slip, or tell people why it counts for nothing; the same again is the same slip."""
    slips = board.state.slips
    said = list(event[2:-1])
    if event.slip in slips:
        if not _same(slips[event.slip], said):
            text = f"slip {event.slip} counts for nothing: there is another of this number"
            board.alarm(event.visit, text)
        return
    visit, problem = board.visit_of(event.visit), "its visit is not announced"
    stage = _stage(board, visit, event.stage)
    if visit is not None:
        problem = _problem(board, visit, stage, event)
    if visit is None or stage is None or problem:
        board.alarm(event.visit, f"slip {event.slip} counts for nothing: {problem}")
        return
    slips[event.slip] = said
    if len(slips) > MOST_SLIPS:
        del slips[next(iter(slips))]
    fields = (event.slip, event.visit, event.stage, event.station, event.passed)
    board.tell(ConfirmSlip, *fields)
    _pass_stage(board, visit, stage, event)


def _same(known: list[object], said: list[object]) -> bool:
    """Whether two slips say the same; what was kept may have lost its kinds of tuples."""
    return _plain(known) == _plain(said)


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _stage(board: Board, visit: Visit | None, name: str) -> PlannedStage | None:
    stages = board.plan.procedures[visit.procedure].stages if visit is not None else ()
    return next((stage for stage in stages if stage.declared.id == name), None)


# --- whether it counts ---------------------------------------------------------------------------


def _problem(board: Board, visit: Visit, stage: PlannedStage | None, event: SlipEntered) -> str:
    """Why a slip of a visit counts for nothing; "" when it counts."""
    if visit.vehicle or visit.phase is Phase.LEAVING:
        return "its visit is a transport order" if visit.vehicle else "its visit was let out"
    if stage is None:
        return f"{visit.procedure} has no stage {event.stage}"
    if board.plan.places[stage.declared.at].index_of(event.station) < 0:
        return f"{stage.declared.at} has no station {event.station}"
    if not in_manual_mode(board.state.manual_periods, event.happened_ms, board.state.now_ms):
        return "the port was not in manual mode at that time"
    served = visit.phase is Phase.SERVED and visit.stage == stage.index
    if not served and not transfer.can_move(board, visit, stage.declared):
        return f"{stage.declared.stack} can't take or give its load"
    expected = _expected(board, visit, stage)
    return f"{expected} comes first" if expected else ""


def in_manual_mode(periods: list[tuple[int, int]], at_ms: int, now_ms: int) -> bool:
    """Whether a time that has come lies in one of the times in manual mode."""
    return any(from_ms <= at_ms <= (to_ms or now_ms) for from_ms, to_ms in periods)


def _expected(board: Board, visit: Visit, stage: PlannedStage) -> str:
    """The stage that a slip is to be of before this one; "" when this one's turn has come.

    A stage that is served now is next, and so is one whose finding nobody has settled. Stages at
    which visits only wait have no slips, nor have those that another channel passes.
    """
    if stage.declared.id in visit.findings:
        return ""
    stages = board.plan.procedures[visit.procedure].stages
    index: int | None = visit.stage if visit.phase is Phase.SERVED else visit.target
    if index is not None and index < 0:
        index = visits.next_stage(board, visit)
    if index is None:
        index = stages[visit.stage].follows_match
    first = index
    if visit.result != "match" and index != stage.index:
        return _name(stages, index)  # where a result leads, nobody may be past
    while 0 <= index != stage.index and _may_be_left_out(board, visit, stages[index]):
        index = stages[index].follows_match
    return "" if index == stage.index else _name(stages, first)


def _name(stages: tuple[PlannedStage, ...], index: int) -> str:
    return f"stage {stages[index].declared.id}" if index >= 0 else "its way out"


def _may_be_left_out(board: Board, visit: Visit, stage: PlannedStage) -> bool:
    declared = stage.declared
    if declared.work is Work.WAIT and not declared.checks:
        return True
    filing = board.state.filings.get(visit.visit)
    channel = filing.channel if filing is not None else ""
    return bool(declared.channels) and channel not in declared.channels


# --- what it changes -----------------------------------------------------------------------------


def _pass_stage(board: Board, visit: Visit, stage: PlannedStage, event: SlipEntered) -> None:
    """Bring a visit to the end of a stage, as the persons on the slip judged it."""
    declared = stage.declared
    served = visit.phase is Phase.SERVED and visit.stage == stage.index
    if declared.work in transfer.MOVES_LOAD:
        if not served:
            transfer.reserve(board, visit, declared)
        transfer.settle(board, visit, declared)
    _take_out(board, visit, given_up=not served)
    visit.stage, visit.target, visit.place = stage.index, -1, declared.at
    visit.phase = Phase.HELD
    if not served:
        visit.attempts[declared.id] = visit.attempts.get(declared.id, 0) + 1
    visit.result, visit.reason = _judged(visit, declared.four_eyes, event)
    visit.passed_by = ""
    holds.ask_to_see(board, visit, declared)
    findings.conclude(board, visit, declared)
    board.to_go_on.append(visit.visit)


def _judged(visit: Visit, four_eyes: bool, event: SlipEntered) -> tuple[str, str]:
    people = dict.fromkeys(person_of(by) for by in event.decided_by)
    if not event.passed:
        told = [
            f"{item.check}: {item.reason or item.found}" for item in event.evidence if not item.ok
        ]
        return "mismatch", "; ".join(told) or f"documents: not passed by slip {event.slip}"
    if four_eyes and visit.mismatched and len(people) < 2:
        return "review", "documents: passed over by one person only"
    return "match", ""


def _take_out(board: Board, visit: Visit, *, given_up: bool) -> None:
    """Take a visit from where the port thought that it was."""
    if visit.phase is Phase.ANNOUNCED:
        booking.came(board, visit)
    elif visit.phase is Phase.LINED:
        lanes.leave_line(board, visit, visits.wanted_stage(board, visit).declared.at)
    elif visit.phase is Phase.QUEUED:
        lanes.leave_queue(board, visit)
        board.to_fill.append(visit.place)
    elif visit.phase is Phase.MOVING:
        board.state.places[visit.place].coming -= 1
        board.to_fill.append(visit.place)
    elif visit.phase is Phase.SERVED and given_up:
        transfer.reserve(board, visit, visits.stage_of(board, visit).declared, -1)
    calls.came(board, visit)
    for request in (visit.request, visit.resume_request):
        board.answered(request)
    visit.request = visit.resume_request = 0
    visit.suspended, visit.lane = False, -1
    if visit.station >= 0:
        lanes.give_back(board, visit)
