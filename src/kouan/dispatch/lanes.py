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
SLOTS_TRIED = 4
"""Slots from the wanted one on that a booking may get."""


def join_line(board: Board, line: Line, visit: Visit) -> None:
    """Put a visit in its line with a new ticket: booked visits in their slot first."""
    state = board.state
    visit.ticket = ticket = state.next_ticket
    state.next_ticket = ticket + 1
    entry = (_rank(board, visit), ticket, visit.visit)
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
    if not visit.slot_to_ms:
        return 1
    grace_ms = board.plan.port.booking.grace_ms
    now_ms = board.state.now_ms
    return 0 if visit.slot_from_ms - grace_ms <= now_ms <= visit.slot_to_ms + grace_ms else 1


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
    """How many more visits of a line may be sent to a place.

    Where there are lanes, those that a free lane will take, or that the room in front takes even
    if everybody under way needs it too.
    """
    room = place.declared.room
    if room is None:
        return NEVER
    if not place.lanes:
        return room + len(state.free) - state.queued - state.coming
    lanes = sum(1 for lane in state.free if _will_take(board, place, lane, line))
    return max(lanes - state.coming, room - state.queued - state.coming)


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
    now_ms = board.state.now_ms
    if now_ms >= state.day_end_ms:
        end_ms = board.open_until("day")
        is_known = now_ms < end_ms < NEVER
        state.day_end_ms = end_ms if is_known else now_ms - now_ms % DAY_MS + DAY_MS
        state.used_today = 0
    if state.used_today < quota:
        return True
    board.wake_at(state.day_end_ms, f"open:{place.name}")
    return False


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
    chosen: str | None = names[0]
    if len(names) > 1:
        chosen = _by_pattern(place, state, line, names) if by_pattern else None
        chosen = chosen or _first(line, names)
    return line[chosen or ""].pop(0)[2]


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


def book(board: Board, visit: Visit, wanted_ms: int) -> tuple[int, int] | None:
    """Find and take the first slot with a place at or after the wanted time; None if all are full.

    A time that has passed stands for now.
    """
    booking = board.plan.port.booking
    slots = board.state.slots
    now_ms = board.state.now_ms
    for stale in [start for start in slots if start + booking.slot_ms <= now_ms]:
        del slots[stale]
    first = max(wanted_ms, now_ms)
    first -= first % booking.slot_ms
    for start in range(first, first + SLOTS_TRIED * booking.slot_ms, booking.slot_ms):
        if slots.get(start, 0) < booking.per_slot:
            slots[start] = slots.get(start, 0) + 1
            visit.slot_from_ms, visit.slot_to_ms = start, start + booking.slot_ms
            return visit.slot_from_ms, visit.slot_to_ms
    return None


def give_back_slot(board: Board, visit: Visit) -> None:
    """Let others have the slot of a visit that will not come."""
    used = board.state.slots.get(visit.slot_from_ms, 0)
    if visit.slot_to_ms and used:
        board.state.slots[visit.slot_from_ms] = used - 1
