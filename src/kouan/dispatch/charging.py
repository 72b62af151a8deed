"""Batteries: who needs a charger, who gets one, and who is called away from it for an order."""

from heapq import heappop

from kouan.dispatch.board import Board
from kouan.dispatch.commands import StartCharging, StopCharging
from kouan.dispatch.state import Errand, Vehicle
from kouan.port.model import Fleet
from kouan.port.quantity import HOUR_MS, WHOLE_PPM

FULL_PPM = 950_000
"""A vehicle with nothing to do charges below this share of its battery."""


def wants_charge(board: Board, vehicle: Vehicle, fleet: Fleet, is_busy: bool) -> bool:
    """Whether a vehicle should charge: it can't make a trip, or nobody needs it and it isn't full.

    ``is_busy`` says that orders wait which might begin.
    """
    if not fleet.charger:
        return False
    if vehicle.charge_wh < board.plan.least_wh[vehicle.fleet]:
        return True
    return not is_busy and vehicle.charge_wh < fleet.battery_wh * FULL_PPM // WHOLE_PPM


def take_charger(board: Board, vehicle: Vehicle, fleet: Fleet) -> bool:
    """Reserve a charger for a vehicle; False when none is free."""
    state = board.state.places[fleet.charger]
    if not state.free:
        return False
    state.busy[heappop(state.free)] = vehicle.vehicle
    return True


def _station_of(board: Board, vehicle: Vehicle, fleet: Fleet) -> int:
    busy = board.state.places[fleet.charger].busy
    return next(index for index, name in busy.items() if name == vehicle.vehicle)


def begin(board: Board, vehicle: Vehicle, fleet: Fleet) -> None:
    """A vehicle stands at its charger."""
    vehicle.errand = Errand.CHARGING
    vehicle.charging_since_ms = board.state.now_ms
    vehicle.called = False
    station = board.plan.places[fleet.charger].stations[_station_of(board, vehicle, fleet)]
    vehicle.drive_request = board.ask(StartCharging, vehicle.vehicle, station)


def end(board: Board, vehicle: Vehicle, fleet: Fleet, charge_wh: int) -> None:
    """Charging has ended; the vehicle keeps the charger until it has driven off."""
    board.answered(vehicle.drive_request)
    vehicle.charge_wh = charge_wh
    vehicle.errand = Errand.IDLE
    vehicle.leaves_place = fleet.charger
    vehicle.leaves_station = _station_of(board, vehicle, fleet)


def call_away(board: Board, name: str, fleet: Fleet, missing: int) -> None:
    """Call the fullest vehicles away from their chargers for orders that nobody else can take.

    Each needs enough for two trips, or as much as counts as full; the board is woken when the
    next one has it.
    """
    charging = [
        vehicle
        for vehicle in board.state.vehicles.values()
        if vehicle.fleet == name and vehicle.errand is Errand.CHARGING
    ]
    missing -= sum(1 for vehicle in charging if vehicle.called)
    enough_wh = _enough_wh(board, name, fleet)
    waits = sorted(
        (_missing_ms(board, vehicle, fleet, enough_wh), vehicle.vehicle)
        for vehicle in charging
        if not vehicle.called and vehicle.may_go()
    )
    for wait_ms, vehicle_name in waits[: max(0, missing)]:
        if wait_ms > 0:
            board.wake_at(board.state.now_ms + wait_ms, "orders")
            return
        board.state.vehicles[vehicle_name].called = True
        board.tell(StopCharging, vehicle_name)


def _enough_wh(board: Board, name: str, fleet: Fleet) -> int:
    two_trips_wh = board.plan.least_wh[name] + board.plan.trip_wh[name]
    full_wh = fleet.battery_wh * FULL_PPM // WHOLE_PPM
    return max(board.plan.least_wh[name], min(two_trips_wh, full_wh))


def _missing_ms(board: Board, vehicle: Vehicle, fleet: Fleet, enough_wh: int) -> int:
    """Time until a charging vehicle has enough; 0 when it has, by the charger's declared power."""
    charged_ms = board.state.now_ms - vehicle.charging_since_ms
    charge_wh = vehicle.charge_wh + charged_ms * fleet.charging_w // HOUR_MS
    lacking_wh = max(0, enough_wh - charge_wh)
    return -(-lacking_wh * HOUR_MS // max(1, fleet.charging_w))
