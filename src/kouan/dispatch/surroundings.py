"""What the port can't choose: calendars, modes, weather, shifts, failing stations and vehicles."""

from kouan.dispatch import driving, fleet
from kouan.dispatch.board import NEVER, Board
from kouan.dispatch.commands import ResumeService, SlowTo, SuspendService
from kouan.dispatch.events import (
    CalendarExtended,
    ModeSwitched,
    StationFailed,
    StationRepaired,
    VehicleRecovered,
    VehicleStopped,
    WeatherMeasured,
)
from kouan.dispatch.state import OpenTimes, Phase
from kouan.port.model import ModeName, WeatherLimit
from kouan.port.quantity import WHOLE_PPM

MOST_JOINED_MS = {"crew": 0, "day": 90_000_000}
"""How long what is made of intervals that touch may get: shifts stay apart, and days (25 h)."""


# --- hours ------------------------------------------------------------------------------------


def extend_calendar(board: Board, event: CalendarExtended) -> None:
    """Learn more open intervals of a calendar; what reaches no further than known is old."""
    times = board.state.calendars.setdefault(event.key, OpenTimes(0))
    if event.to_ms <= times.to_ms:
        return
    what, _, name = event.key.partition(":")
    for opens_ms, closes_ms in zip(event.opens, event.closes, strict=False):
        _add_interval(times, opens_ms, closes_ms, MOST_JOINED_MS.get(what, NEVER))
    times.to_ms = event.to_ms
    if what == "place" and name in board.plan.places:
        board.reopen(name)
    elif what == "lane" or what == "conversion":
        place = board.plan.place_of_station.get(name.partition(":")[0])
        if place is not None:
            board.reopen(place)
    elif what == "crew":
        _look_at_shifts(board, name)
    elif what == "side":
        board.to_assign = True


def _add_interval(times: OpenTimes, opens_ms: int, closes_ms: int, most_joined_ms: int) -> None:
    """Add an interval behind those known.

    One that begins within the last known one goes on with it, and so does one that begins where
    that was cut off, if the two together are no longer than ``most_joined_ms``.
    """
    goes_on = bool(times.closes) and (
        opens_ms < times.closes[-1]
        or (opens_ms == times.closes[-1] and closes_ms - times.opens[-1] <= most_joined_ms)
    )
    if goes_on:
        times.closes[-1] = max(times.closes[-1], closes_ms)
    elif opens_ms >= times.to_ms or not times.closes:
        times.opens.append(opens_ms)
        times.closes.append(closes_ms)


def _look_at_shifts(board: Board, crew: str) -> None:
    """More shifts of a crew are known: what they left suspended may go on."""
    for name, place in board.plan.places.items():
        if place.hands_over == crew and _suspended(board, name):
            begin_shift(board, name)


def _suspended(board: Board, name: str) -> bool:
    visits = map(board.visit_of, board.state.places[name].busy.values())
    return any(visit is not None and visit.suspended for visit in visits)


def end_shift(board: Board, name: str) -> None:
    """A shift ended: suspend what is under way unless the next shift begins at once."""
    place = board.plan.places[name]
    calendar = f"crew:{place.hands_over}"
    state = board.state.places[name]
    open_until_ms = board.open_until(calendar)
    if open_until_ms:
        if state.busy:
            board.wake_at(open_until_ms, f"shift:{name}")
        return
    for index, visit in state.busy.items():
        known = board.visit_of(visit)
        if known is not None and known.phase is Phase.SERVED and not known.suspended:
            board.answered(known.resume_request)
            known.suspended, known.resume_request = True, 0
            board.tell(SuspendService, visit, place.stations[index])
    board.wake_at(board.next_opening(calendar), f"resume:{name}")


def begin_shift(board: Board, name: str) -> None:
    """The next shift takes over what was suspended, if it has begun."""
    place = board.plan.places[name]
    state = board.state.places[name]
    calendar = f"crew:{place.hands_over}"
    if not board.open_until(calendar):
        board.wake_at(board.next_opening(calendar), f"resume:{name}")
        return
    for index, visit in state.busy.items():
        known = board.visit_of(visit)
        if known is not None and known.suspended:
            known.suspended = False
            known.resume_request = board.ask(ResumeService, visit, place.stations[index])
    if state.busy:
        board.wake_at(board.open_until(calendar), f"shift:{name}")
    board.reopen(name)


# --- modes and weather ------------------------------------------------------------------------


def switch_mode(board: Board, event: ModeSwitched) -> None:
    """Switch the mode of the port, if the role may; otherwise say who may."""
    modes = board.plan.port.modes
    mode = ModeName(event.mode) if event.mode in list(ModeName) else None
    if mode is None or (mode is not ModeName.NORMAL and mode not in modes):
        board.alarm("mode", f"mode {event.mode} is not declared")
        return
    declared = modes.get(mode)
    may_switch = declared.may_switch if declared else ("port_operator",)
    if event.role not in may_switch:
        allowed = ", ".join(may_switch) or "nobody"
        board.alarm("mode", f"{event.role} may not switch to {event.mode}; {allowed} may")
        return
    if mode is ModeName.MANUAL and board.state.mode != mode:
        board.state.manual_from_request = board.state.next_request
    board.state.mode = event.mode
    if mode is not ModeName.CLOSED:
        for name in board.plan.places:
            board.reopen(name)
        board.to_assign = True


def measure_weather(board: Board, event: WeatherMeasured) -> None:
    """Close or slow what the weather's limits name, and lift what no longer holds."""
    state = board.state
    closed: dict[str, str] = {}
    closed_segments: dict[str, None] = {}
    slowed: dict[str, int] = {}
    for name, limit in board.plan.port.weather.items():
        if not _exceeded(limit, event):
            continue
        if limit.close:
            closed |= dict.fromkeys(limit.places, name)
            closed_segments |= dict.fromkeys(limit.segments)
        else:
            for segment in limit.segments:
                slowed[segment] = min(slowed.get(segment, WHOLE_PPM), limit.slow_to_ppm)
    reopened = [place for place in state.closed_by_weather if place not in closed]
    for segment in board.plan.port.roads.segments:
        share = slowed.get(segment, WHOLE_PPM)
        if share != state.slowed.get(segment, WHOLE_PPM):
            board.tell(SlowTo, segment, share)
    state.closed_by_weather, state.slowed = closed, slowed
    for place in reopened:
        board.reopen(place)
    state.closed_segments = list(closed_segments)
    driving.mind(board)


def _exceeded(limit: WeatherLimit, weather: WeatherMeasured) -> bool:
    if limit.wind_above_mm_s is not None:
        return weather.wind_mm_s > limit.wind_above_mm_s
    if limit.visibility_below_mm is not None:
        return weather.visibility_mm < limit.visibility_below_mm
    if limit.snow_above_mm is not None:
        return weather.snow_mm > limit.snow_above_mm
    return limit.cold_below_mc is not None and weather.temperature_mc < limit.cold_below_mc


# --- what fails -------------------------------------------------------------------------------


def fail_station(board: Board, event: StationFailed) -> None:
    """Take a station out; a service under way there goes on when it is repaired."""
    name = board.plan.place_of_station.get(event.station)
    if name is None:
        return
    state = board.state.places[name]
    index = board.plan.places[name].index_of(event.station)
    if index in state.failed:
        return
    state.failed.append(index)
    if index in state.free:
        state.free.remove(index)
        state.free.sort()
    board.alarm(event.station, "out of order")


def repair_station(board: Board, event: StationRepaired) -> None:
    """Put a station back into service."""
    name = board.plan.place_of_station.get(event.station)
    if name is None:
        return
    state = board.state.places[name]
    index = board.plan.places[name].index_of(event.station)
    if index not in state.failed:
        return
    state.failed.remove(index)
    if index not in state.busy:
        state.free.append(index)
        state.free.sort()
    board.reopen(name)


def stop_vehicle(board: Board, event: VehicleStopped) -> None:
    """A vehicle can't go on; what it holds stays its own, others go round it or wait."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and not vehicle.stopped:
        vehicle.stopped = True
        driving.mind(board, [vehicle])
        board.alarm(event.vehicle, event.reason)


def recover_vehicle(board: Board, event: VehicleRecovered) -> None:
    """A stopped vehicle goes on."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and vehicle.stopped:
        fleet.recover(board, vehicle)
