"""Queues and stations: who is admitted to a place, who is served next, and when it is open.

A place with finite room admits a visit only when it can stand there; until then the visit stays
where it is and blocks its station. Patterns such as 1:1:1:5 choose among classes where visits wait
to be admitted, or in the queue itself where room is without limit. Visits of one class and, where
there are lanes, one direction stand in a line of their own, and so do those that bring a load and
those that fetch one, so that nobody who has to wait stands before one who could be served.
"""

from bisect import insort
from heapq import heappop, heappush

from kouan.dispatch import occupancy, transfer
from kouan.dispatch.board import NEVER, Board
from kouan.dispatch.plan import PlannedPlace
from kouan.dispatch.state import Phase, PlaceState, Visit
from kouan.port.model import ModeName
from kouan.port.places import Direction, Lane
from kouan.port.quantity import DAY_MS

Line = dict[str, list[tuple[int, int, str]]]


def join_line(board: Board, line: Line, visit: Visit) -> None:
    """Put a visit in its line with a new ticket: by priority, booked ones in their slot first."""
    state = board.state
    visit.ticket = ticket = state.next_ticket
    state.next_ticket = ticket + 1
    _stand(board, line, visit)


def _stand(board: Board, line: Line, visit: Visit) -> None:
    entry = (_rank(board, visit), visit.ticket, visit.visit)
    entries = line.setdefault(line_of(board, visit), [])
    if not entries or entries[-1] < entry:
        entries.append(entry)
    else:
        insort(entries, entry)


def line_of(board: Board, visit: Visit) -> str:
    """Name of the line that a visit stands in for the stage it wants."""
    stage = board.plan.procedures[visit.procedure].stages[visit.target]
    stands = f"@{visit.lane}:" if visit.lane >= 0 else ""
    return f"{stage.line}{stands}{visit.visit_class}"


def _rank(board: Board, visit: Visit) -> int:
    """Rank in a line, the least first: two steps a priority, and one for being in one's slot."""
    booking = board.plan.port.booking
    urgency = visit.priority + booking.priority.get(visit.visit_class, 0)
    now_ms = board.state.now_ms
    from_ms, to_ms = visit.slot_from_ms - booking.grace_ms, visit.slot_to_ms + booking.grace_ms
    in_slot = bool(visit.slot_to_ms) and from_ms <= now_ms <= to_ms
    return -2 * urgency - int(in_slot)


def stand_anew(board: Board, visit: Visit, *, last: bool = False) -> None:
    """Give a visit that waits the place in its line that its rank now has.

    With ``last`` it goes to the end of its rank. One that came in its slot keeps its rank after it.
    """
    if visit.phase is Phase.LINED:
        stages = board.plan.procedures[visit.procedure].stages
        place = stages[visit.target].declared.at
        line = board.state.places[place].wanting
    elif visit.phase is Phase.QUEUED:
        place = visit.place
        line = board.state.places[place].queue
    else:
        return
    entry = _entry(line, board, visit)
    if last or _rank(board, visit) < entry[0]:
        line[line_of(board, visit)].remove(entry)
        if last:
            join_line(board, line, visit)
        else:
            _stand(board, line, visit)
        board.to_fill.append(place)


def enqueue(board: Board, visit: Visit) -> None:
    """Put a visit that stands at its place into the queue there."""
    state = board.state.places[visit.place]
    visit.phase = Phase.QUEUED
    join_line(board, state.queue, visit)
    state.queued += 1
    board.to_fill.append(visit.place)


def line_up(board: Board, visit: Visit, place: str) -> None:
    """Let a visit wait where it stands until a place has room for it."""
    state = board.state.places[place]
    visit.phase = Phase.LINED
    join_line(board, state.wanting, visit)
    state.lined += 1
    board.to_fill.append(place)


def room_left(board: Board, place: PlannedPlace, state: PlaceState, line: str) -> int:
    """How many more visits of a line may be sent to a place: by its room, and by its quotas.

    Where there are lanes, those that a free lane will take, or that the room in front takes even
    if everybody under way needs it too.
    """
    room = place.declared.room
    if room is None:
        return NEVER
    if place.lanes:
        lanes = sum(1 for lane in state.free if _will_take(board, place, lane, line))
        left = max(lanes - state.coming, room - state.queued - state.coming)
    else:
        left = room + len(state.free) - state.queued - state.coming
    return min(left, _quota_left(board, place, state, class_of(line)))


def _will_take(board: Board, place: PlannedPlace, lane: int, line: str) -> bool:
    is_open = bool(board.open_until(f"lane:{place.stations[lane]}"))
    return is_open and takes(board, place, lane, line)


def is_open(board: Board, place: PlannedPlace) -> bool:
    """Whether a place serves now: hours, crew, weather, mode of the port.

    When it does not, the board is woken as soon as it may again.
    """
    if not place.calendar:
        return True
    state = board.state
    if state.calendars and not board.open_until(place.calendar):
        board.wake_at(board.next_opening(place.calendar), f"open:{place.name}")
        return False
    return state.mode != ModeName.CLOSED and place.name not in state.closed_by_weather


def within_quota(board: Board, place: PlannedPlace) -> bool:
    """Whether a place may begin one more visit on this local day; wakes the board when it ends."""
    quota = place.declared.quota_per_day
    if quota is None:
        return True
    state = board.state.places[place.name]
    _count_anew(board, state)
    if state.used_today < quota:
        return True
    board.wake_at(state.day_end_ms, f"open:{place.name}")
    return False


def _within_class_quota(
    board: Board, place: PlannedPlace, state: PlaceState, visit_class: str
) -> bool:
    """Whether a place may begin one more visit of a class on this local day."""
    quota = place.declared.quota_per_class.get(visit_class)
    if quota is None:
        return True
    _count_anew(board, state)
    if state.used_by_class.get(visit_class, 0) < quota:
        return True
    board.wake_at(state.day_end_ms, f"open:{place.name}")
    return False


def _quota_left(board: Board, place: PlannedPlace, state: PlaceState, visit_class: str) -> int:
    """How many more visits of a class may be sent to a place on this local day.

    Those who stand there or are on their way will be begun first.
    """
    of_all = place.declared.quota_per_day
    of_class = place.declared.quota_per_class.get(visit_class)
    if of_all is None and of_class is None:
        return NEVER
    _count_anew(board, state)
    left = NEVER
    if of_all is not None:
        left = of_all - state.used_today - state.queued - state.coming
    if of_class is not None:
        begun = state.used_by_class.get(visit_class, 0)
        left = min(left, of_class - begun - _sent(board, place, state, visit_class))
    if left <= 0:
        board.wake_at(state.day_end_ms, f"open:{place.name}")
    return left


def _sent(board: Board, place: PlannedPlace, state: PlaceState, visit_class: str) -> int:
    """How many visits of a class stand in the queue of a place or are on their way to it."""
    queued = sum(len(line) for name, line in state.queue.items() if class_of(name) == visit_class)
    coming = [
        visit
        for visit in board.state.visits.values()
        if visit.phase is Phase.MOVING
        and visit.place == place.name
        and visit.visit_class == visit_class
    ]
    return queued + len(coming)


def _count_anew(board: Board, state: PlaceState) -> None:
    """Begin to count anew when the local day is over."""
    now_ms = board.state.now_ms
    if now_ms >= state.day_end_ms:
        end_ms = board.open_until("day")
        is_known = now_ms < end_ms < NEVER
        state.day_end_ms = end_ms if is_known else now_ms - now_ms % DAY_MS + DAY_MS
        state.used_today = 0
        state.used_by_class = {}


def count_begun(place: PlannedPlace, state: PlaceState, visit_class: str) -> None:
    """Count a visit that a place begins to serve towards the quotas of the day."""
    state.used_today += 1
    if visit_class in place.declared.quota_per_class:
        state.used_by_class[visit_class] = state.used_by_class.get(visit_class, 0) + 1


def next_admitted(board: Board, place: PlannedPlace, state: PlaceState) -> str | None:
    """Take the next visit that a place has room for out of the lines of those that want to come."""
    lines = [
        line
        for line, entries in state.wanting.items()
        if entries and passes(board, line) and room_left(board, place, state, line) > 0
    ]
    return _take(place, state, state.wanting, lines, by_pattern=True)


def next_served(board: Board, place: PlannedPlace, state: PlaceState, station: int) -> str | None:
    """Take the next visit that a station may serve out of the queue; None if there is none."""
    lines = [line for line, entries in state.queue.items() if entries]
    if place.name in board.plan.looped_places:
        lines = occupancy.may_enter(board, place, station, lines)
    if place.lanes:
        lines = [line for line in lines if takes(board, place, station, line)]
    if board.state.mode != ModeName.NORMAL:
        lines = [line for line in lines if passes(board, line)]
    if place.declared.quota_per_class:
        lines = [line for line in lines if _within_class_quota(board, place, state, class_of(line))]
    if place.name in board.plan.moves_loads:
        lines = [line for line in lines if _can_move_load(board, state.queue[line][0][2])]
    return _take(place, state, state.queue, lines, by_pattern=place.declared.room is None)


def _can_move_load(board: Board, name: str) -> bool:
    visit = board.state.visits[name]
    stage = board.plan.procedures[visit.procedure].stages[visit.target].declared
    return stage.work not in transfer.MOVES_LOAD or transfer.can_move(board, visit, stage)


def _take(
    place: PlannedPlace, state: PlaceState, line: Line, names: list[str], by_pattern: bool
) -> str | None:
    if not names:
        return None
    chosen = _by_pattern(place, state, line, names) if by_pattern else None
    chosen = chosen or (names[0] if len(names) == 1 else _first(line, names))
    return line[chosen].pop(0)[2]


def _first(line: Line, names: list[str]) -> str:
    return min(names, key=lambda name: line[name][0])


def _by_pattern(place: PlannedPlace, state: PlaceState, line: Line, names: list[str]) -> str | None:
    """Next line in the repeating pattern of classes that has somebody waiting."""
    length = len(place.sequence)
    for step in range(length):
        visit_class = place.sequence[(state.turn + step) % length]
        having = [name for name in names if class_of(name) == visit_class]
        if having:
            state.turn = (state.turn + step + 1) % length
            return _first(line, having)
    return None


def take_turn(place: PlannedPlace, state: PlaceState, visit_class: str) -> None:
    """Count the turn of a visit that goes straight to a place, as nobody waits to be admitted."""
    length = len(place.sequence)
    for step in range(length):
        if place.sequence[(state.turn + step) % length] == visit_class:
            state.turn = (state.turn + step + 1) % length
            return


def class_of(line: str) -> str:
    """The visit class of a line."""
    return line.rpartition(":")[2]


def passes(board: Board, line: str) -> bool:
    """Whether the mode of the port lets a line's class pass."""
    return class_passes(board, class_of(line))


def class_passes(board: Board, visit_class: str) -> bool:
    """Whether the mode of the port lets a class pass."""
    if board.state.mode == ModeName.NORMAL:
        return True
    mode = board.plan.port.modes.get(ModeName(board.state.mode))
    return mode is None or not mode.classes or visit_class in mode.classes


def takes(board: Board, place: PlannedPlace, station: int, line: str) -> bool:
    """Whether a lane serves the direction and class of a line at the moment."""
    direction, classes = _serves(board, place.stations[station], place.lanes[station])
    return line.startswith(f"{direction}:") and (not classes or class_of(line) in classes)


def _serves(board: Board, name: str, lane: Lane) -> tuple[Direction, tuple[str, ...]]:
    """Direction and classes that a lane serves at the moment."""
    for index, conversion in enumerate(lane.conversions):
        key = f"conversion:{name}:{index}"
        if key in board.state.calendars and board.open_until(key):
            return conversion.direction, conversion.classes
    return lane.direction, lane.classes


def lane_open(board: Board, place: PlannedPlace, station: int) -> bool:
    """Whether a lane is within its own hours; wakes the board at the next change if not."""
    if not place.lanes:
        return True
    key = f"lane:{place.stations[station]}"
    if board.open_until(key):
        return True
    board.wake_at(board.next_opening(key), f"open:{place.name}")
    return False


def wake_at_conversion(board: Board, place: PlannedPlace) -> None:
    """Look again when a lane of a place begins or ends to serve otherwise."""
    for name, lane in zip(place.stations, place.lanes, strict=True):
        for index in range(len(lane.conversions)):
            key = f"conversion:{name}:{index}"
            if key in board.state.calendars:
                change_ms = board.open_until(key) or board.next_opening(key)
                board.wake_at(change_ms, f"open:{place.name}")


def take_station(state: PlaceState, station: int, visit: Visit) -> None:
    """Give a free station to a visit."""
    if state.free[0] == station:
        heappop(state.free)
    else:
        state.free.remove(station)
        state.free.sort()
    state.busy[station] = visit.visit
    visit.station = station


def leave_queue(board: Board, visit: Visit) -> None:
    """Take a visit out of the queue of its place."""
    state = board.state.places[visit.place]
    state.queue[line_of(board, visit)].remove(_entry(state.queue, board, visit))
    state.queued -= 1


def leave_line(board: Board, visit: Visit, place: str) -> None:
    """Take a visit out of the line of those that wait for a place to have room."""
    state = board.state.places[place]
    state.wanting[line_of(board, visit)].remove(_entry(state.wanting, board, visit))
    state.lined -= 1


def _entry(line: Line, board: Board, visit: Visit) -> tuple[int, int, str]:
    entries = line[line_of(board, visit)]
    return next(entry for entry in entries if entry[2] == visit.visit)


def give_back(board: Board, visit: Visit) -> None:
    """Give back the station that a visit holds; a vehicle keeps it until it has driven off."""
    if visit.vehicle:
        _leave_later(board, visit, visit.station)
    elif not occupancy.await_leaving(board, visit):
        free_station(board, visit.place, visit.station)
    visit.station = -1


def give_back_room(board: Board, visit: Visit) -> None:
    """Give back the room before the stations in which a vehicle waited, once it drives off."""
    board.state.places[visit.place].coming += 1
    _leave_later(board, visit, -1)


def _leave_later(board: Board, visit: Visit, station: int) -> None:
    vehicle = board.state.vehicles[visit.vehicle]
    vehicle.leaves_place, vehicle.leaves_station = visit.place, station


def free_station(board: Board, place: str, station: int) -> None:
    """Free a station (-1: room before them) and let its place look for who is next."""
    state = board.state.places[place]
    if station < 0:
        state.coming -= 1
    else:
        del state.busy[station]
        if station not in state.failed:
            heappush(state.free, station)
    board.to_fill.append(place)
