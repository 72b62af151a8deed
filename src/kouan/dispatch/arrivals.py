"""Who stands in a lane: found by the plate that a camera reads, or named by a person.

A carrier that is not known beyond doubt as a visit expected there is nobody: it gets no service and
no opening, people are told why, and one of them names it or sends it away. Being named is not
being passed: the visit's checks come after.
"""

from kouan.dispatch import clearance, lanes, occupancy
from kouan.dispatch import visit as visits
from kouan.dispatch.board import Board, shown
from kouan.dispatch.events import CarrierLeft, CarrierNamed, CarrierRefused, CarrierSeen
from kouan.dispatch.state import LaneState, Phase, Visit
from kouan.dispatch.verification import differs_in_one_look_alike


def see(board: Board, event: CarrierSeen) -> None:
    """A camera saw a carrier in a lane: serve the visit that it is, or ask people who it is."""
    station = event.station
    if not _is_looped(board, station):
        return
    inside = _served_in(board, station)
    if inside is not None:
        if event.plate and event.plate != inside.plate:
            text = f"{shown(event.plate)} seen in {station}, where {inside.visit} is served"
            board.alarm(inside.visit, text)
        return
    known = board.state.lanes.get(station)
    if known is not None and known.leaving:
        _see_behind(board, event, known)
        return
    visit, reason = _identify(board, event)
    if visit is not None:
        _enter(board, visit, station)
        return
    before = board.state.lanes.get(station)
    board.state.lanes[station] = LaneState(
        event.plate, event.confidence_ppm, reason, since_ms=event.at_ms
    )
    if before is None or (before.plate, before.reason) != (event.plate, reason):
        board.alarm(station, f"nobody is let in: {reason}")


def look_again(board: Board) -> None:
    """Let in who is known by now: announced, provided with papers, or called since it came."""
    for station, lane in list(board.state.lanes.items()):
        if lane.plate and not lane.leaving:
            seen = CarrierSeen(board.state.now_ms, station, lane.plate, lane.confidence_ppm)
            visit, lane.reason = _identify(board, seen)
            if visit is not None:
                _enter(board, visit, station)


def _see_behind(board: Board, event: CarrierSeen, lane: LaneState) -> None:
    """Somebody is seen in a lane that is not empty yet: the one who leaves, or one too close."""
    leaver = board.visit_of(lane.visit)
    same = leaver is not None and event.plate in ("", leaver.plate)
    if not same and (lane.plate, lane.reason) != (event.plate, event.reason):
        lane.plate, lane.confidence_ppm = event.plate, event.confidence_ppm
        lane.reason = event.reason
        board.alarm(event.station, f"{shown(event.plate)} follows before the lane is empty")


def _is_looped(board: Board, station: str) -> bool:
    if station in board.plan.looped:
        return True
    board.alarm(station, "a carrier was seen in a lane that has no loops")
    return False


def _served_in(board: Board, station: str) -> Visit | None:
    """The visit that holds a station and is not on its way out of it."""
    place = board.plan.places[board.plan.place_of_station[station]]
    name = board.state.places[place.name].busy.get(place.index_of(station), "")
    visit = board.visit_of(name)
    return visit if visit is not None and visit.station >= 0 else None


def _identify(board: Board, event: CarrierSeen) -> tuple[Visit | None, str]:
    """The visit whose plate was read, if it may be in this lane now; else why nobody is known."""
    if not event.plate:
        return None, f"the plate is unread: {event.reason or 'no reason'}"
    named = [visit for visit in board.state.visits.values() if visit.plate == event.plate]
    named = [visit for visit in named if visit.phase is not Phase.LEAVING]
    if len(named) > 1:
        both = " and ".join(visit.visit for visit in named[:2])
        return None, f"{event.plate} is in the queue twice: {both}"
    if named:
        reason = _out_of_place(board, named[0], event.station)
        return (None, reason) if reason else (named[0], "")
    for visit in board.state.visits.values():
        if differs_in_one_look_alike(event.plate, visit.plate):
            text = f"read {event.plate}, announced {visit.plate}: differs in one look-alike"
            return None, text
    return None, f"{event.plate} is not announced"


def _out_of_place(board: Board, visit: Visit, station: str) -> str:
    """Why a visit may not be in a lane now; "" when it may."""
    place = board.plan.place_of_station[station]
    stages = board.plan.procedures[visit.procedure].stages
    if visit.phase is Phase.ANNOUNCED:
        first = stages[0].declared
        if first.at != place:
            return f"{visit.plate} was not called: expected at {first.at}"
        lacking = clearance.unmet(board, visit.visit, first.needs)
        return f"{visit.plate} lacks {lacking}" if lacking else ""
    if visit.phase in (Phase.MOVING, Phase.QUEUED) and visit.place == place:
        return ""
    where = visit.place or "the road"
    doing = "expected at" if visit.phase is Phase.MOVING else "stands at"
    return f"{visit.plate} is in the queue twice: {visit.visit} {doing} {where}"


def _enter(board: Board, visit: Visit, station: str) -> None:
    """Let the visit that stands in a lane be the next to be served there."""
    place = board.plan.places[board.plan.place_of_station[station]]
    board.state.lanes.pop(station, None)
    if visit.phase is Phase.QUEUED:
        lanes.leave_queue(board, visit)
        visit.lane = place.index_of(station)
        lanes.enqueue(board, visit)
        return
    visit.lane = place.index_of(station)
    visits.come(board, visit)


def name(board: Board, event: CarrierNamed) -> None:
    """A person says who stands in a lane."""
    lane = board.state.lanes.get(event.station)
    visit = board.visit_of(event.visit)
    if lane is None or lane.leaving or visit is None:
        board.alarm(event.station, f"{event.visit} can't be named here: nobody waits for a name")
        return
    reason = _out_of_place(board, visit, event.station)
    if reason:
        board.alarm(event.station, f"{event.visit} can't be named here: {reason}")
        return
    _enter(board, visit, event.station)


def refuse(board: Board, event: CarrierRefused) -> None:
    """A person sends a stranger away."""
    lane = board.state.lanes.get(event.station)
    if lane is not None and not lane.leaving:
        occupancy.lead_away(board, event.station, event.reason)


def leave(board: Board, event: CarrierLeft) -> None:
    """A lane is empty: free it, and tell people if more went through than were let."""
    if event.station not in board.plan.looped:
        return
    lane = board.state.lanes.pop(event.station, None)
    place = board.plan.places[board.plan.place_of_station[event.station]]
    index = place.index_of(event.station)
    let_past = lane.let_past if lane is not None else 0
    if event.carriers > let_past:
        text = f"{event.carriers} carriers went past {event.station}, {let_past} were let past"
        board.alarm((lane.visit if lane else "") or event.station, text)
    if lane is None:
        _leave_too_soon(board, event, place.name, index)
    elif lane.leaving:
        board.answered(lane.request)
        if index in board.state.places[place.name].busy:
            lanes.free_station(board, place.name, index)
    board.to_fill.append(place.name)


def _leave_too_soon(board: Board, event: CarrierLeft, place: str, index: int) -> None:
    """Nobody was let out: whoever was served stays so, whoever waited is expected again."""
    inside = _served_in(board, event.station)
    if inside is not None:
        board.alarm(inside.visit, f"left {event.station} while it was served there")
        return
    waiting = [
        visit
        for visit in board.state.visits.values()
        if visit.phase is Phase.QUEUED and (visit.place, visit.lane) == (place, index)
    ]
    for visit in waiting:
        lanes.leave_queue(board, visit)
        visit.phase, visit.lane = Phase.MOVING, -1
        board.state.places[place].coming += 1
        board.alarm(visit.visit, f"left {event.station} before it was served")
