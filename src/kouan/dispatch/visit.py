"""A visit's walk through its procedure: admitted, served, judged, held, sent on, let out."""

from kouan.dispatch import clearance, fleet, lanes, transfer
from kouan.dispatch.board import Board
from kouan.dispatch.commands import LeaveBy, OpenBarrier, SendTo, StartService, TurnBack
from kouan.dispatch.events import Arrived, Evidence, ResultArrived, ServiceEnded
from kouan.dispatch.plan import ENDS_PROCEDURE, TURNS_BACK, PlannedPlace, PlannedStage
from kouan.dispatch.state import Phase, PlaceState, Visit
from kouan.dispatch.verification import judge
from kouan.port.places import PlaceKind
from kouan.port.procedures import Need, Work


def stage_of(board: Board, visit: Visit) -> PlannedStage:
    """The stage a visit is at."""
    return board.plan.procedures[visit.procedure].stages[visit.stage]


def arrive(board: Board, event: Arrived) -> None:
    """A person-driven carrier stands at a place: for the first time, or where it was sent."""
    visit = board.visit_of(event.visit)
    if visit is None or visit.vehicle:
        return
    if visit.phase is Phase.ANNOUNCED:
        visit.phase = Phase.HELD
        board.to_go_on.append(visit.visit)
    elif visit.phase is Phase.MOVING and visit.place == event.place:
        board.answered(visit.request)
        board.state.places[visit.place].coming -= 1
        enqueue(board, visit)


def enqueue(board: Board, visit: Visit) -> None:
    """Put a visit that stands at its place into the queue there."""
    state = board.state.places[visit.place]
    visit.phase = Phase.QUEUED
    visit.ticket = 0
    lanes.join_line(board, state.queue, visit)
    state.queued += 1
    board.to_fill.append(visit.place)


def go_on(board: Board, visit: Visit) -> None:
    """Send a held visit towards its next stage, if the facts it waits for are there."""
    if visit.phase is not Phase.HELD:
        return
    if visit.station >= 0 and visit.stage != visit.target:
        begin(board, visit)
        return
    if visit.stage >= 0 and visit.result == "match":
        stage = stage_of(board, visit)
        if stage.declared.until and clearance.unmet(board, visit.visit, stage.declared.until):
            return
    target = _next_stage(board, visit)
    if target is None:
        return
    if target == TURNS_BACK:
        turn_back(board, visit, visit.reason or visit.result)
    elif target == ENDS_PROCEDURE:
        _leave(board, visit)
    else:
        _want(board, visit, target)


def _next_stage(board: Board, visit: Visit) -> int | None:
    """Index of the stage to go to; None while the channel that decides it is not known."""
    stages = board.plan.procedures[visit.procedure].stages
    target = stages[visit.stage].after(visit.result) if visit.stage >= 0 else 0
    while target >= 0 and stages[target].declared.channels:
        channel = clearance.filing_of(board, visit.visit).channel
        if not channel:
            return None
        if channel in stages[target].declared.channels:
            break
        target = stages[target].follows_match
    return target


def _want(board: Board, visit: Visit, target: int) -> None:
    """Ask to be admitted to the place of a stage."""
    stage = board.plan.procedures[visit.procedure].stages[target].declared
    if visit.attempts.get(stage.id, 0) >= stage.attempts:
        reason = visit.reason or "no attempts left"
        turn_back(board, visit, f"{stage.id}: {reason}")
        return
    if stage.needs and clearance.unmet(board, visit.visit, stage.needs):
        return
    visit.target = target
    state = board.state.places[stage.at]
    if state.lined or not lanes.has_room(board.plan.places[stage.at], state):
        visit.phase = Phase.LINED
        visit.ticket = 0
        lanes.join_line(board, state.wanting, visit)
        state.lined += 1
        board.to_fill.append(stage.at)
    else:
        admit(board, visit, stage.at)


def admit(board: Board, visit: Visit, target_place: str) -> None:
    """Let a visit leave where it stands for a place that has room."""
    origin = visit.place
    if visit.station >= 0:
        _open_barrier(board, visit)
        lanes.give_back(board, visit)
    visit.place = target_place
    state = board.state.places[target_place]
    node = board.plan.port.places[target_place].node
    if visit.vehicle and not fleet.stands_at(board, visit.vehicle, node):
        state.coming += 1
        visit.phase = Phase.MOVING
        fleet.set_out(board, visit.vehicle, node)
    elif not visit.vehicle and origin and _is_apart(board, origin, target_place):
        state.coming += 1
        visit.phase = Phase.MOVING
        visit.request = board.ask(SendTo, visit.visit, origin, target_place)
    else:
        if visit.vehicle:
            fleet.drive_off(board, board.state.vehicles[visit.vehicle])
        enqueue(board, visit)


def _is_apart(board: Board, origin: str, target: str) -> bool:
    places = board.plan.port.places
    first, last = places[origin].node, places[target].node
    return bool(first and last) and first != last


def _open_barrier(board: Board, visit: Visit) -> None:
    stage = stage_of(board, visit)
    if stage.declared.barrier and visit.result == "match":
        station = board.plan.places[visit.place].stations[visit.station]
        board.tell(OpenBarrier, station, visit.visit, f"{stage.declared.id}: match")


def fill(board: Board, name: str) -> None:
    """Admit to a place while it has room, then serve from its queue while stations are free."""
    state = board.state.places[name]
    if not state.lined and not state.queued:
        return
    place = board.plan.places[name]
    if not lanes.is_open(board, place):
        return
    while state.lined and lanes.has_room(place, state):
        chosen = lanes.pick(board, place, state, state.wanting, -1)
        if chosen is None:
            break
        state.lined -= 1
        admit(board, board.state.visits[chosen], name)
    if place.lanes:
        _serve_lanes(board, place, state)
    else:
        while state.free and state.queued and _serve(board, place, state, state.free[0]):
            pass


def _serve_lanes(board: Board, place: PlannedPlace, state: PlaceState) -> None:
    for station in sorted(state.free):
        if state.queued and lanes.lane_open(board, place, station):
            _serve(board, place, state, station)
    if state.queued and state.free:
        lanes.wake_at_conversion(board, place)


def _serve(board: Board, place: PlannedPlace, state: PlaceState, station: int) -> bool:
    chosen = lanes.pick(board, place, state, state.queue, station)
    if chosen is None:
        return False
    visit = board.state.visits[chosen]
    state.queued -= 1
    lanes.take_station(state, station, visit)
    if place.declared.quota_per_day is not None:
        state.used_today += 1
    if visit.vehicle and not fleet.stands_at(board, visit.vehicle, place.declared.node):
        fleet.drive_in(board, visit.vehicle)
    else:
        begin(board, visit)
    return True


def begin(board: Board, visit: Visit) -> None:
    """Begin the stage for which a visit holds a station."""
    stage = board.plan.procedures[visit.procedure].stages[visit.target].declared
    if stage.work in (Work.LOAD, Work.UNLOAD) and not transfer.reserve(board, visit, stage):
        visit.phase = Phase.HELD
        return
    visit.stage = visit.target
    attempt = visit.attempts.get(stage.id, 0) + 1
    visit.attempts[stage.id] = attempt
    if stage.work is Work.WAIT and stage.time is None:
        visit.phase, visit.result = Phase.HELD, "match"
        board.to_go_on.append(visit.visit)
        return
    visit.phase = Phase.SERVED
    place = board.plan.places[stage.at]
    station = place.stations[visit.station]
    visit.request = board.ask(StartService, visit.visit, stage.id, station, attempt)
    if place.hands_over:
        board.wake_at(board.open_until(f"crew:{place.hands_over}"), f"shift:{place.name}")


def end_service(board: Board, event: ServiceEnded) -> None:
    """Take the evidence of a service, judge it and let the visit go on."""
    visit = board.visit_of(event.visit)
    if visit is None or visit.request != event.request or not board.answered(event.request):
        return
    stage = stage_of(board, visit)
    if stage.declared.work in (Work.LOAD, Work.UNLOAD):
        transfer.settle(board, visit, stage.declared)
    visit.phase = Phase.HELD
    visit.suspended = False
    evidence = event.evidence
    visit.result, visit.reason = "match", ""
    if evidence or stage.declared.checks:
        _judge(board, visit, stage, evidence)
    board.to_go_on.append(visit.visit)


def _judge(board: Board, visit: Visit, stage: PlannedStage, evidence: tuple[Evidence, ...]) -> None:
    verdict = judge(visit, evidence, board.plan.port.verification)
    visit.result, visit.reason = verdict.result, "; ".join(verdict.reasons)
    if any(check.result_after for check in stage.declared.checks):
        visit.results_due.append(stage.declared.id)
    kind = board.plan.port.places[stage.declared.at].kind
    if verdict.result == "mismatch":
        visit.findings.append(f"{stage.declared.id}: {visit.reason}")
    elif verdict.result == "match" and kind is PlaceKind.DESK:
        visit.findings.clear()


def take_result(board: Board, event: ResultArrived) -> None:
    """Take a result that came later than the service."""
    visit = board.visit_of(event.visit)
    if visit is None or event.stage not in visit.results_due:
        return
    visit.results_due.remove(event.stage)
    verdict = judge(visit, (event.evidence,), board.plan.port.verification)
    if verdict.result != "match":
        visit.findings.append(f"{event.stage}: {'; '.join(verdict.reasons)}")
    board.to_go_on.append(visit.visit)


def _leave(board: Board, visit: Visit) -> None:
    """Let a visit out that has passed every stage; hold it while its release is missing."""
    procedure = board.plan.procedures[visit.procedure].declared
    if procedure.exit_needs_release and clearance.unmet(board, visit.visit, (Need.RELEASE,)):
        return
    _open_barrier(board, visit)
    _depart(board, visit, "left")
    if not visit.vehicle:
        visit.request = board.ask(LeaveBy, visit.visit)


def turn_back(board: Board, visit: Visit, reason: str) -> None:
    """Send a visit out without passing."""
    _depart(board, visit, "turned_back")
    if visit.vehicle:
        board.alarm(visit.vehicle, f"order {visit.visit} turned back: {reason}")
    else:
        visit.request = board.ask(TurnBack, visit.visit, reason)


def _depart(board: Board, visit: Visit, final: str) -> None:
    visit.phase = Phase.LEAVING
    visit.final = final
    if visit.station >= 0:
        lanes.give_back(board, visit)
    if visit.vehicle:
        vehicle = visit.vehicle
        forget(board, visit)
        fleet.finish_order(board, vehicle)


def leave_port(board: Board, name: str) -> None:
    """A carrier left: its visit is over."""
    visit = board.visit_of(name)
    if visit is not None and visit.phase is Phase.LEAVING and board.answered(visit.request):
        forget(board, visit)


def lapse(board: Board, name: str) -> None:
    """A visit that was announced will not come."""
    visit = board.visit_of(name)
    if visit is not None and visit.phase is Phase.ANNOUNCED:
        forget(board, visit)


def forget(board: Board, visit: Visit) -> None:
    """Drop a visit that has ended; the journal keeps it."""
    clearance.forget(board, visit.visit)
    del board.state.visits[visit.visit]
