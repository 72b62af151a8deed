"""Queues and stations: who is admitted to a place, who is served next, and when it is open.

A place with finite room admits a visit only when it can stand there; until then the visit stays
where it is and blocks its station. Patterns such as 1:1:1:5 choose among classes where visits wait
to be admitted, or in the queue itself where room is without limit.
"""

from bisect import insort
from heapq import heappop, heappush

from kouan.dispatch.board import NEVER, Board
from kouan.dispatch.plan import PlannedPlace
from kouan.dispatch.state import PlaceState, Visit
from kouan.port.places import Conversion, Direction, Lane

Line = dict[str, list[tuple[int, int, str]]]


def join_line(board: Board, line: Line, visit: Visit) -> None:
    """Put a visit in its class's line: booked visits in their slot first, then by arrival."""
    if not visit.ticket:
        visit.ticket = board.state.next_ticket
        board.state.next_ticket += 1
    entry = (_rank(board, visit), visit.ticket, visit.visit)
    entries = line.setdefault(visit.visit_class, [])
    if not entries or entries[-1] < entry:
        entries.append(entry)
    else:
        insort(entries, entry)


def _rank(board: Board, visit: Visit) -> int:
    if not visit.slot_to_ms:
        return 1
    grace_ms = board.plan.port.booking.grace_ms
    now_ms = board.state.now_ms
    return 0 if visit.slot_from_ms - grace_ms <= now_ms <= visit.slot_to_ms + grace_ms else 1


def leave_line(line: Line, visit: Visit) -> bool:
    """Take a visit out of a line it stands in; False when it does not."""
    entries = line.get(visit.visit_class, [])
    for index, entry in enumerate(entries):
        if entry[2] == visit.visit:
            del entries[index]
            return True
    return False


def has_room(place: PlannedPlace, state: PlaceState) -> bool:
    """Whether one more visit may be sent to a place."""
    room = place.declared.room
    return room is None or state.queued + state.coming < room + len(state.free)


def is_open(board: Board, place: PlannedPlace) -> bool:
    """Whether a place serves now: hours, crew, weather, mode of the port, quota of the day.

    When it does not, the board is woken as soon as it may again.
    """
    state = board.state
    if place.calendar and state.calendars and not board.open_until(place.calendar):
        board.wake_at(board.next_opening(place.calendar), f"open:{place.name}")
        return False
    if place.calendar and (state.mode == "closed" or place.name in state.closed_by_weather):
        return False
    return place.declared.quota_per_day is None or _within_quota(board, place)


def _within_quota(board: Board, place: PlannedPlace) -> bool:
    places = board.state.places[place.name]
    now_ms = board.state.now_ms
    if now_ms >= places.day_end_ms:
        end_ms = board.open_until("day")
        places.day_end_ms = end_ms if end_ms != NEVER else now_ms - now_ms % 86_400_000 + 86_400_000
        places.used_today = 0
    if places.used_today < (place.declared.quota_per_day or 0):
        return True
    board.wake_at(places.day_end_ms, f"open:{place.name}")
    return False


def pick(
    board: Board, place: PlannedPlace, state: PlaceState, line: Line, station: int
) -> str | None:
    """Take the next visit out of a line that the station (-1: any) may serve; None if none."""
    classes = [name for name, entries in line.items() if entries]
    if not classes:
        return None
    if (place.lanes and station >= 0) or board.state.mode == "restricted":
        classes = [name for name in classes if _admits(board, place, station, line[name][0][2])]
        if not classes:
            return None
    chosen = classes[0]
    if len(classes) > 1:
        chosen = _by_pattern(place, state, classes) or min(classes, key=lambda name: line[name][0])
    return line[chosen].pop(0)[2]


def _by_pattern(place: PlannedPlace, state: PlaceState, classes: list[str]) -> str | None:
    """Next class in the repeating pattern that has somebody waiting."""
    length = len(place.sequence)
    for step in range(length):
        name = place.sequence[(state.turn + step) % length]
        if name in classes:
            state.turn = (state.turn + step + 1) % length
            return name
    return None


def _admits(board: Board, place: PlannedPlace, station: int, visit: str) -> bool:
    known = board.state.visits[visit]
    if board.state.mode == "restricted":
        passing = board.plan.port.modes["restricted"].classes  # type: ignore[index]
        if passing and known.visit_class not in passing:
            return False
    if not place.lanes or station < 0:
        return True
    stage = board.plan.procedures[known.procedure].stages[known.target]
    direction, classes = _serves(board, place.stations[station], place.lanes[station])
    return direction is stage.direction and (not classes or known.visit_class in classes)


def _serves(board: Board, name: str, lane: Lane) -> tuple[Direction, tuple[str, ...]]:
    """Direction and classes that a lane serves at the moment."""
    for index, conversion in enumerate(lane.conversions):
        if _in_force(board, name, index, conversion):
            return conversion.direction, conversion.classes
    return lane.direction, lane.classes


def _in_force(board: Board, name: str, index: int, conversion: Conversion) -> bool:
    key = f"conversion:{name}:{index}"
    return bool(conversion.hours) and key in board.state.calendars and bool(board.open_until(key))


def lane_open(board: Board, place: PlannedPlace, station: int) -> bool:
    """Whether a lane is within its own hours; wakes the board at the next change if not."""
    if not place.lanes:
        return True
    key = f"lane:{place.stations[station]}"
    if board.open_until(key):
        return True
    board.wake_at(board.next_opening(key), f"open:{place.name}")
    return False


def take_station(state: PlaceState, station: int, visit: Visit) -> None:
    """Give a free station to a visit."""
    if state.free[0] == station:
        heappop(state.free)
    else:
        state.free.remove(station)
        state.free.sort()
    state.busy[station] = visit.visit
    visit.station = station


def give_back(board: Board, visit: Visit) -> None:
    """Give back the station that a visit holds; a vehicle keeps it until it has driven off."""
    if visit.vehicle:
        vehicle = board.state.vehicles[visit.vehicle]
        vehicle.leaves_place, vehicle.leaves_station = visit.place, visit.station
    else:
        free_station(board, visit.place, visit.station)
    visit.station = -1


def free_station(board: Board, place: str, station: int) -> None:
    """Free a station and let its place look for who is next."""
    state = board.state.places[place]
    del state.busy[station]
    if station not in state.failed:
        heappush(state.free, station)
    board.to_fill.append(place)


def book(board: Board, visit: Visit, wanted_ms: int) -> tuple[int, int] | None:
    """Find and take the slot nearest at or after the wanted time; None when four are full."""
    booking = board.plan.port.booking
    slots = board.state.slots
    for stale in [start for start in slots if start + booking.slot_ms <= board.state.now_ms]:
        del slots[stale]
    first = wanted_ms - wanted_ms % booking.slot_ms
    for start in range(first, first + 4 * booking.slot_ms, booking.slot_ms):
        if slots.get(start, 0) < booking.per_slot:
            slots[start] = slots.get(start, 0) + 1
            visit.slot_from_ms, visit.slot_to_ms = start, start + booking.slot_ms
            return visit.slot_from_ms, visit.slot_to_ms
    return None


def wake_at_conversion(board: Board, place: PlannedPlace) -> None:
    """Look again when a lane of a place begins or ends to serve otherwise."""
    for name, lane in zip(place.stations, place.lanes, strict=True):
        for index in range(len(lane.conversions)):
            key = f"conversion:{name}:{index}"
            if key in board.state.calendars:
                change_ms = board.open_until(key) or board.next_opening(key)
                board.wake_at(change_ms, f"open:{place.name}")
