"""What the port can't choose: calendars, modes, weather, shifts, failing stations and vehicles."""

from kouan.dispatch import fleet
from kouan.dispatch.board import Board
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


def extend_calendar(board: Board, event: CalendarExtended) -> None:
    """Learn more open intervals of a calendar."""
    times = board.state.calendars.setdefault(event.key, OpenTimes(0))
    if event.to_ms <= times.to_ms:
        return
    for opens_ms, closes_ms in zip(event.opens, event.closes, strict=True):
        if opens_ms >= times.to_ms or not times.closes:
            times.opens.append(opens_ms)
            times.closes.append(closes_ms)
        elif closes_ms > times.closes[-1]:
            times.closes[-1] = closes_ms
    times.to_ms = event.to_ms
    what, _, name = event.key.partition(":")
    if what == "place":
        board.to_fill.append(name)
    elif what == "lane":
        board.to_fill.append(board.plan.place_of_station[name])
    elif what == "side":
        begin_day(board)


def begin_day(board: Board) -> None:
    """The border opened, or may have: orders that waited can begin."""
    fleet.assign_orders(board)


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
        board.alarm("mode", f"{event.role} may not switch to {event.mode}")
        return
    board.state.mode = event.mode
    if event.mode != ModeName.CLOSED:
        board.to_fill.extend(board.plan.places)
        fleet.assign_orders(board)


def measure_weather(board: Board, event: WeatherMeasured) -> None:
    """Close or slow what the weather's limits name, and lift what no longer holds."""
    state = board.state
    closed: dict[str, str] = {}
    slowed: dict[str, int] = {}
    for name, limit in board.plan.port.weather.items():
        if not _exceeded(limit, event):
            continue
        for place in limit.places:
            if limit.close:
                closed[place] = name
        for segment in limit.segments:
            slowed[segment] = min(slowed.get(segment, 1_000_000), limit.slow_to_ppm)
    reopened = [place for place in state.closed_by_weather if place not in closed]
    for segment in board.plan.port.roads.segments:
        share = slowed.get(segment, 1_000_000)
        if share != state.slowed.get(segment, 1_000_000):
            board.tell(SlowTo, segment, share)
    state.closed_by_weather, state.slowed = closed, slowed
    board.to_fill.extend(reopened)


def _exceeded(limit: WeatherLimit, weather: WeatherMeasured) -> bool:
    if limit.wind_above_mm_s is not None:
        return weather.wind_mm_s > limit.wind_above_mm_s
    if limit.visibility_below_mm is not None:
        return weather.visibility_mm < limit.visibility_below_mm
    if limit.snow_above_mm is not None:
        return weather.snow_mm > limit.snow_above_mm
    return limit.cold_below_mc is not None and weather.temperature_mc < limit.cold_below_mc


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
    board.to_fill.append(name)


def end_shift(board: Board, name: str) -> None:
    """A shift ended: suspend what is under way unless the next shift begins at once."""
    place = board.plan.places[name]
    calendar = f"crew:{place.hands_over}"
    state = board.state.places[name]
    if board.open_until(calendar):
        if state.busy:
            board.wake_at(board.open_until(calendar), f"shift:{name}")
        return
    for index, visit in state.busy.items():
        known = board.state.visits[visit]
        if known.phase is Phase.SERVED and not known.suspended:
            known.suspended = True
            board.tell(SuspendService, visit, place.stations[index])
    board.wake_at(board.next_opening(calendar), f"resume:{name}")


def begin_shift(board: Board, name: str) -> None:
    """The next shift takes over what was suspended."""
    place = board.plan.places[name]
    state = board.state.places[name]
    for index, visit in state.busy.items():
        known = board.state.visits[visit]
        if known.suspended:
            known.suspended = False
            board.tell(ResumeService, visit, place.stations[index])
    if state.busy:
        board.wake_at(board.open_until(f"crew:{place.hands_over}"), f"shift:{name}")
    board.to_fill.append(name)


def stop_vehicle(board: Board, event: VehicleStopped) -> None:
    """A vehicle can't go on; what it holds stays its own, others wait."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and not vehicle.stopped:
        vehicle.stopped = True
        board.alarm(event.vehicle, event.reason)


def recover_vehicle(board: Board, event: VehicleRecovered) -> None:
    """A stopped vehicle goes on."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and vehicle.stopped:
        vehicle.stopped = False
        fleet.assign_orders(board)
