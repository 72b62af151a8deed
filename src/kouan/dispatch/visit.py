"""A visit's walk through its procedure: admitted, served, judged, held, sent on, let out."""

from kouan.dispatch import (
    booking,
    calls,
    clearance,
    early,
    findings,
    fleet,
    holds,
    lanes,
    occupancy,
    orders,
    transfer,
)
from kouan.dispatch.board import Board, shown
from kouan.dispatch.commands import LeaveBy, OpenBarrier, SendTo, StartService, TurnBack
from kouan.dispatch.events import Arrived, ServiceEnded, VisitAnnounced
from kouan.dispatch.plan import ENDS_PROCEDURE, TURNS_BACK, PlannedPlace, PlannedStage
from kouan.dispatch.state import Phase, PlaceState, Visit
from kouan.port.procedures import Need, Work


def stage_of(board: Board, visit: Visit) -> PlannedStage:
    """The stage a visit is at."""
    return board.plan.procedures[visit.procedure].stages[visit.stage]


def wanted_stage(board: Board, visit: Visit) -> PlannedStage:
    """The stage a visit wants, or is about to begin."""
    return board.plan.procedures[visit.procedure].stages[visit.target]


ANNOUNCED = (
    *("procedure", "visit_class", "plate", "tare_kg"),
    *("mass_kg", "goods", "containers", "seal", "priority"),
)
"""What an announcement says that may be told to people; a driver's pseudonym may not."""


def announce_again(board: Board, event: VisitAnnounced) -> None:
    """A visit that is known is announced again: only what was said first counts."""
    known = board.visit_of(event.visit)
    if known is None or known.vehicle:
        board.alarm(event.visit, "announced, but it is a transport order")
        return
    for name in ANNOUNCED:
        before, now = getattr(known, name), getattr(event, name)
        if before != now:
            text = f"announced again with {name} {shown(now)}, before {shown(before)}"
            board.alarm(event.visit, text)
            return
    if known.driver != event.driver:
        board.alarm(event.visit, "announced again with another driver")


def arrive(board: Board, event: Arrived) -> None:
    """A person-driven carrier stands at a place: for the first time, or where it was sent."""
    visit = board.visit_of(event.visit)
    if visit is None:
        early.keep(board, event.visit, event, f"stands at {event.place}, not announced")
    elif visit.phase is Phase.ANNOUNCED:
        first = board.plan.procedures[visit.procedure].stages[0].declared.at
        if event.place != first:
            board.alarm(event.visit, f"stands at {event.place}, expected at {first}")
            return
        come(board, visit)
    elif visit.phase is Phase.MOVING and visit.place == event.place and not visit.vehicle:
        come(board, visit)
    elif not visit.vehicle and event.place not in _has_stood(board, visit):
        expected = visit.place or _has_stood(board, visit)[0]
        board.alarm(event.visit, f"stands at {event.place}, expected at {expected}")


def come(board: Board, visit: Visit) -> None:
    """Let a visit begin that stands where it is to come first, or queue where it was sent."""
    if visit.phase is Phase.ANNOUNCED:
        visit.phase = Phase.HELD
        booking.came(board, visit)
        board.to_go_on.append(visit.visit)
        return
    board.answered(visit.request)
    board.state.places[visit.place].coming -= 1
    calls.came(board, visit)
    lanes.enqueue(board, visit)


def _has_stood(board: Board, visit: Visit) -> list[str]:
    """Places at which a late or doubled word may still say that a visit has arrived.

    A visit leaves no place but after a stage that it began there; it came to the first of all.
    """
    stages = board.plan.procedures[visit.procedure].stages
    stood = [
        stage.declared.at
        for stage in stages
        if stage.index == 0 or stage.declared.id in visit.attempts
    ]
    return [*stood, visit.place]


def go_on(board: Board, visit: Visit) -> None:
    """Send a held visit towards its next stage, if the facts it waits for are there."""
    if visit.phase is not Phase.HELD or not _may_leave_station(board, visit):
        return
    target = next_stage(board, visit)
    if target is None:
        return
    if target in (TURNS_BACK, ENDS_PROCEDURE) and holds.is_held(board, visit.visit):
        return
    if target == TURNS_BACK:
        turn_back(board, visit, visit.reason or visit.result)
    elif target == ENDS_PROCEDURE:
        _leave(board, visit)
    else:
        _want(board, visit, target)


def _may_leave_station(board: Board, visit: Visit) -> bool:
    """Whether the facts are there that a stage which matched waits for, and nobody holds it."""
    if visit.stage < 0 or visit.result != "match":
        return True
    stage = stage_of(board, visit).declared
    if holds.keeps(board, visit, stage):
        return False
    return not stage.until or clearance.unmet(board, visit.visit, stage.until) is None


def is_done(board: Board, visit: Visit) -> bool:
    """Whether a visit has passed the last of its stages, with all that it needs to leave."""
    if visit.phase is not Phase.HELD or visit.stage < 0 or not _may_leave_station(board, visit):
        return False
    if next_stage(board, visit) != ENDS_PROCEDURE or holds.is_held(board, visit.visit):
        return False
    return not _lacks_release(board, visit)


def next_stage(board: Board, visit: Visit) -> int | None:
    """Index of the stage to go to; None while the channel that decides it is not known.

    Stages of other channels are passed over; one that a result names is not.
    """
    stages = board.plan.procedures[visit.procedure].stages
    target = stages[visit.stage].after(visit.result) if visit.stage >= 0 else 0
    if visit.result != "match":
        return target
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
        if holds.is_held(board, visit.visit):
            return
        reason = visit.reason or "no attempts left"
        turn_back(board, visit, f"{stage.id}: {reason}")
        return
    if stage.needs and (need := clearance.unmet(board, visit.visit, stage.needs)):
        calls.keep_outside(board, visit, stage.at, need)
        return
    visit.target = target
    state = board.state.places[stage.at]
    place = board.plan.places[stage.at]
    if (
        visit.lane < 0
        and place.declared.room is not None
        and (state.lined or lanes.room_left(board, place, state, lanes.line_of(board, visit)) <= 0)
    ):
        lanes.line_up(board, visit, stage.at)
        calls.keep_outside(board, visit, stage.at)
    else:
        if place.declared.room is not None:
            lanes.take_turn(place, state, visit.visit_class)
        admit(board, visit, stage.at)


def admit(board: Board, visit: Visit, target_place: str) -> None:
    """Let a visit leave where it stands for a place that has room."""
    origin = visit.place
    node = board.plan.port.places[target_place].node
    if visit.vehicle and not fleet.has_way(board, visit.vehicle, node):
        turn_back(board, visit, f"no way to {target_place}")
        return
    if visit.station >= 0:
        _open_barrier(board, visit)
        occupancy.lead_out(board, visit, target_place, visit.reason)
        lanes.give_back(board, visit)
    visit.place = target_place
    state = board.state.places[target_place]
    if visit.vehicle:
        if fleet.stands_at(board, visit.vehicle, node):
            fleet.leave_station(board, visit.vehicle)
            lanes.enqueue(board, visit)
        else:
            state.coming += 1
            visit.phase = Phase.MOVING
            fleet.set_out(board, visit.vehicle, node)
    elif visit.outside or (origin and _is_apart(board, origin, target_place)):
        state.coming += 1
        visit.phase = Phase.MOVING
        by_ms = calls.come_by(board, visit, origin)
        visit.request = board.ask(SendTo, visit.visit, origin, target_place, by_ms)
    else:
        lanes.enqueue(board, visit)


def _is_apart(board: Board, origin: str, target: str) -> bool:
    places = board.plan.port.places
    first, last = places[origin].node, places[target].node
    return bool(first and last) and first != last


def _open_barrier(board: Board, visit: Visit) -> None:
    """Open the barrier of the stage that a visit leaves; it opens on a match only."""
    stage = stage_of(board, visit).declared
    if stage.barrier and visit.result == "match":
        station = board.plan.places[visit.place].stations[visit.station]
        if station in board.plan.looped:
            occupancy.open_lane(board, visit, station, f"{stage.id}: match")
        else:
            board.tell(OpenBarrier, station, visit.visit, f"{stage.id}: match")


def fill(board: Board, name: str) -> None:
    """Serve from a place's queue while stations are free, then admit to it while it has room."""
    state = board.state.places[name]
    place = board.plan.places[name]
    if (state.lined or state.queued) and lanes.is_open(board, place):
        if place.lanes:
            _serve_lanes(board, place, state)
        else:
            while state.free and state.queued and _serve(board, place, state, state.free[0]):
                pass
        if state.lined:
            _admit_lined(board, place, state)
    if name in board.plan.places_of_fleets:
        board.to_assign = True


def _admit_lined(board: Board, place: PlannedPlace, state: PlaceState) -> None:
    """Admit who waits elsewhere for room; whoever lacks a fact by now is held where it stands."""
    while state.lined:
        chosen = lanes.next_admitted(board, place, state)
        if chosen is None:
            return
        state.lined -= 1
        visit = board.state.visits[chosen]
        needs = wanted_stage(board, visit).declared.needs
        if _may_leave_station(board, visit) and not clearance.unmet(board, chosen, needs):
            admit(board, visit, place.name)
        else:
            visit.phase, visit.target = Phase.HELD, -1


def _serve_lanes(board: Board, place: PlannedPlace, state: PlaceState) -> None:
    for station in sorted(state.free):
        some_wait = state.queued or state.lined
        if some_wait and lanes.lane_open(board, place, station) and state.queued:
            _serve(board, place, state, station)
    if state.queued or state.lined:
        lanes.wake_at_conversion(board, place)


def _serve(board: Board, place: PlannedPlace, state: PlaceState, station: int) -> bool:
    """Serve the next of a queue at a free station; False when nobody may be served there."""
    if place.declared.quota_per_day is not None and not lanes.within_quota(board, place):
        return False
    chosen = lanes.next_served(board, place, state, station)
    if chosen is None:
        return False
    visit = board.state.visits[chosen]
    state.queued -= 1
    lanes.take_station(state, station, visit)
    if place.name in board.plan.moves_loads:
        transfer.reserve(board, visit, wanted_stage(board, visit).declared)
    lanes.count_begun(place, state, visit.visit_class)
    begin(board, visit)
    return True


def begin(board: Board, visit: Visit) -> None:
    """Begin the stage for which a visit holds a station."""
    stage = wanted_stage(board, visit).declared
    visit.stage, visit.target = visit.target, -1
    visit.passed_by = ""
    attempt = visit.attempts.get(stage.id, 0) + 1
    visit.attempts[stage.id] = attempt
    if stage.work is Work.WAIT and stage.time is None and not stage.checks:
        visit.phase, visit.result, visit.reason = Phase.HELD, "match", ""
        board.to_go_on.append(visit.visit)
        return
    visit.phase = Phase.SERVED
    place = board.plan.places[stage.at]
    station = place.stations[visit.station]
    led_here = "" if visit.result == "match" else f"{visit.result}: {visit.reason}"
    visit.request = board.ask(StartService, visit.visit, stage.id, station, attempt, led_here)
    if place.hands_over:
        board.wake_at(board.open_until(f"crew:{place.hands_over}"), f"shift:{place.name}")


def end_service(board: Board, event: ServiceEnded) -> None:
    """Take the evidence of a service, judge it and let the visit go on."""
    visit = board.visit_of(event.visit)
    if visit is None or visit.request != event.request or not board.answered(event.request):
        return
    stage = stage_of(board, visit)
    if stage.declared.work in transfer.MOVES_LOAD:
        transfer.settle(board, visit, stage.declared)
    visit.phase = Phase.HELD
    if visit.suspended or visit.resume_request:
        board.answered(visit.resume_request)
        visit.suspended, visit.resume_request = False, 0
    findings.take_evidence(board, visit, stage, event.evidence)
    board.to_go_on.append(visit.visit)


def _lacks_release(board: Board, visit: Visit) -> bool:
    procedure = board.plan.procedures[visit.procedure].declared
    needed = procedure.exit_needs_release
    return needed and clearance.unmet(board, visit.visit, (Need.RELEASE,)) is not None


def _leave(board: Board, visit: Visit) -> None:
    """Let a visit out that has passed every stage; hold it while its release is missing."""
    if _lacks_release(board, visit):
        return
    if visit.station >= 0:
        _open_barrier(board, visit)
        occupancy.lead_out(board, visit, "", "done")
    _depart(board, visit, "left")
    if not visit.vehicle:
        visit.request = board.ask(LeaveBy, visit.visit)


def turn_back(board: Board, visit: Visit, reason: str) -> None:
    """Send a visit out without passing; a vehicle brings what it carries back to its parking."""
    occupancy.lead_out(board, visit, "", reason)
    _depart(board, visit, "turned_back")
    if visit.vehicle:
        fleet.tell_turned_back(board, visit, reason)
    else:
        visit.request = board.ask(TurnBack, visit.visit, reason)


def _depart(board: Board, visit: Visit, final: str) -> None:
    visit.phase = Phase.LEAVING
    visit.final = final
    if visit.station >= 0:
        lanes.give_back(board, visit)
    if visit.vehicle:
        forget(board, visit)
        fleet.finish_order(board, visit.vehicle)


def miss_calls(board: Board) -> None:
    """Let those who did not come when called wait anew; turn back who was called often enough."""
    for visit in calls.overdue(board):
        turn_back(board, visit, f"did not come when called, {visit.missed} times")


def leave_port(board: Board, name: str) -> None:
    """A carrier left: its visit is over."""
    visit = board.visit_of(name)
    if visit is not None and visit.phase is Phase.LEAVING and board.answered(visit.request):
        forget(board, visit)


def lapse(board: Board, name: str) -> None:
    """A visit that was announced, or an order that is not begun, will not come."""
    visit = board.visit_of(name)
    if visit is not None and visit.phase is Phase.ANNOUNCED:
        booking.give_back(board, visit)
        visit.final = "no_show"
        forget(board, visit)
    else:
        orders.drop(board, name, "no_show")


def forget(board: Board, visit: Visit) -> None:
    """Drop a visit that has ended; the journal keeps it."""
    clearance.forget(board, visit.visit)
    findings.forget(board, visit.visit)
    holds.forget(board, visit.visit)
    del board.state.visits[visit.visit]
    board.remember_ended(visit.visit, visit.final)
