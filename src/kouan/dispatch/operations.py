"""What people do to vehicles and orders: halt, free, take over, return, remove, cancel.

Whatever a vehicle was granted stays its own while it may still be there: a halted, silent or
taken-over vehicle is granted nothing more and gives nothing back. Only a person's word that it
stands at its parking place again, or is gone, frees what it held.
"""

from collections.abc import Iterator

from kouan.dispatch import driving, fleet, lanes, orders, transfer, visit
from kouan.dispatch.board import Board
from kouan.dispatch.commands import (
    LoadVehicle,
    PauseVehicle,
    PlaceVehicle,
    ReleaseVehicle,
    ResumeVehicle,
)
from kouan.dispatch.events import (
    OrderCancelled,
    VehicleHeard,
    VehicleRemoved,
    VehicleReturned,
    VehiclesFreed,
    VehiclesHalted,
    VehicleSilent,
    VehicleTaken,
)
from kouan.dispatch.state import Errand, Halt, Order, Phase, Vehicle, Visit

MOST_REMEMBERED = 1_000
"""Removed vehicles whose steps are remembered."""
STANDS_AT_ONCE = (Halt.PAUSE, Halt.STOP)


# --- halting and freeing ----------------------------------------------------------------------


def halt(board: Board, event: VehiclesHalted) -> None:
    """Halt vehicles; a stricter halt replaces a milder one, never the other way round."""
    ways = [known for known in Halt if known is not Halt.NONE]
    if event.how not in ways:
        board.alarm(event.vehicle or event.fleet, f"halt {event.how} is none of {', '.join(ways)}")
        return
    how = Halt(event.how)
    strict = list(Halt)
    halted = []
    for vehicle in _meant(board, event.fleet, event.vehicle):
        if strict.index(how) <= strict.index(vehicle.halt):
            continue
        if how in STANDS_AT_ONCE and vehicle.halt not in STANDS_AT_ONCE:
            board.tell(PauseVehicle, vehicle.vehicle)
        vehicle.halt = how
        halted.append(vehicle)
        board.alarm(vehicle.vehicle, f"halted ({how}) by {event.by}: {event.reason}")
    driving.mind(board, halted)


def free(board: Board, event: VehiclesFreed) -> None:
    """Let halted vehicles go on; after an emergency stop only all of a fleet together."""
    for vehicle in _meant(board, event.fleet, event.vehicle):
        if vehicle.halt is Halt.NONE:
            continue
        if vehicle.halt is Halt.STOP and event.vehicle:
            text = "an emergency stop is lifted for the whole fleet only"
            board.alarm(vehicle.vehicle, text)
            continue
        stood = vehicle.halt in STANDS_AT_ONCE
        vehicle.halt = Halt.NONE
        if stood:
            board.tell(ResumeVehicle, vehicle.vehicle)
        _go_on(board, vehicle)


def _meant(board: Board, name: str, vehicle: str) -> Iterator[Vehicle]:
    """The vehicles that a word is about; people are told of a name that nobody has."""
    vehicles = board.state.vehicles
    if vehicle and vehicle not in vehicles:
        board.alarm(vehicle, "is no vehicle of this port")
    elif vehicle:
        yield vehicles[vehicle]
    elif name and name not in board.plan.port.fleets:
        board.alarm(name, "is no fleet of this port")
    else:
        yield from [known for known in vehicles.values() if name in ("", known.fleet)]


def _go_on(board: Board, vehicle: Vehicle) -> None:
    driving.mind(board, [vehicle])
    board.to_assign = True


def fall_silent(board: Board, event: VehicleSilent) -> None:
    """Nothing is heard of a vehicle: it is given nothing, and keeps what it may still use."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and not vehicle.silent:
        vehicle.silent = True
        driving.mind(board, [vehicle])
        board.alarm(event.vehicle, f"silent: {event.reason}")


def hear(board: Board, event: VehicleHeard) -> None:
    """A silent vehicle is heard again and goes on."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and vehicle.silent:
        vehicle.silent = False
        _go_on(board, vehicle)


# --- taken over, returned, removed ------------------------------------------------------------


def take_over(board: Board, event: VehicleTaken) -> None:
    """A person has a vehicle: its order goes to another, or back to people if it was begun."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is None or vehicle.taken:
        return
    vehicle.taken = True
    board.tell(ReleaseVehicle, vehicle.vehicle)
    board.alarm(vehicle.vehicle, f"taken over by {event.by}: {event.reason}")
    _give_up_work(board, vehicle)
    driving.mind(board, [vehicle])
    board.to_assign = True


def give_back(board: Board, event: VehicleReturned) -> None:
    """A vehicle that a person had stands at its parking place again: what it held is free."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is None or not vehicle.taken:
        return
    node = board.plan.port.places[board.plan.port.fleets[vehicle.fleet].parking].node
    _free_stations(board, vehicle)
    if vehicle.load_kg:
        board.tell(LoadVehicle, vehicle.vehicle, 0)
    vehicle.node, vehicle.charge_wh, vehicle.load_kg = node, event.charge_wh, 0
    vehicle.taken = vehicle.stopped = vehicle.silent = False
    vehicle.errand = Errand.IDLE
    step, grown = driving.take_off(board, vehicle)
    driving.put(board, vehicle, node, step)
    board.tell(PlaceVehicle, vehicle.vehicle, node, step)
    driving.go_round(board, grown)
    driving.mind(board, [vehicle])
    board.to_assign = True


def remove(board: Board, event: VehicleRemoved) -> None:
    """A vehicle has left its fleet and the port's roads."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is None:
        return
    _give_up_work(board, vehicle)
    _free_stations(board, vehicle)
    step, grown = driving.take_off(board, vehicle)
    _remember_step(board, vehicle.vehicle, step)
    board.state.wakes.pop(f"unload:{vehicle.vehicle}", None)
    del board.state.vehicles[vehicle.vehicle]
    board.tell(ReleaseVehicle, vehicle.vehicle)
    board.alarm(vehicle.vehicle, f"removed by {event.by}: {event.reason}")
    driving.go_round(board, grown)
    driving.mind(board)
    board.to_assign = True


def _remember_step(board: Board, name: str, step: int) -> None:
    """Remember a removed vehicle's steps, so that late words say nothing of its namesake."""
    known = board.state.steps_before
    known[name] = step
    if len(known) > MOST_REMEMBERED:
        del known[next(iter(known))]


def _free_stations(board: Board, vehicle: Vehicle) -> None:
    driving.leave_station(board, vehicle)
    for place, station in vehicle.kept:
        lanes.free_station(board, place, station)
    vehicle.kept = []


def _give_up_work(board: Board, vehicle: Vehicle) -> None:
    """End what a vehicle was doing, as far as it held anything for it."""
    board.answered(vehicle.drive_request)
    driving.stay(board, vehicle)
    known = board.state.visits.get(vehicle.visit)
    if known is not None:
        _give_up_order(board, vehicle, known)
    elif vehicle.errand in (Errand.TO_CHARGER, Errand.CHARGING):
        vehicle.kept.append(_charger_of(board, vehicle))
    vehicle.errand, vehicle.visit, vehicle.called = Errand.IDLE, "", False


def _charger_of(board: Board, vehicle: Vehicle) -> tuple[str, int]:
    place = board.plan.port.fleets[vehicle.fleet].charger
    busy = board.state.places[place].busy
    return place, next(index for index, name in busy.items() if name == vehicle.vehicle)


def _give_up_order(board: Board, vehicle: Vehicle, known: Visit) -> None:
    """Hand an order on that was not begun; one that was begun ends, and people are told."""
    begun = known.stage >= 0
    withdraw(board, known)
    if begun:
        known.final = "turned_back"
        fleet.tell_turned_back(board, known, "its vehicle was taken from it")
        visit.forget(board, known)
        return
    del board.state.visits[known.visit]
    order = Order(
        known.visit,
        vehicle.fleet,
        known.visit_class,
        known.mass_kg,
        known.goods,
        known.containers,
        known.seal,
        known.priority,
        known.deadline_ms,
        known.after,
    )
    orders.take_back(board, order)


# --- orders -----------------------------------------------------------------------------------


def cancel(board: Board, event: OrderCancelled) -> None:
    """Call an order off: at once when it waits, else where its vehicle next stands."""
    if orders.drop(board, event.order, "cancelled"):
        board.alarm(event.order, f"order cancelled: by {event.by}, {event.reason}")
        board.to_assign = True
        return
    known = board.state.visits.get(event.order)
    if known is None or not known.vehicle:
        board.alarm(event.order, f"{event.by} can't cancel it: no such order is open")
    elif not known.cancelled:
        known.cancelled = f"cancelled by {event.by}: {event.reason}"
        board.to_go_on.append(known.visit)


def call_off(board: Board, known: Visit) -> bool:
    """Turn a cancelled visit back if it stands where it can be turned; say whether it was.

    One that has passed its last stage is done, and ends as such.
    """
    vehicle = board.state.vehicles[known.vehicle]
    if known.phase is Phase.SERVED or driving.is_under_way(board, vehicle):
        return False
    if visit.is_done(board, known):
        return False
    reason = known.cancelled
    withdraw(board, known)
    visit.turn_back(board, known, reason)
    return True


def withdraw(board: Board, known: Visit) -> None:
    """Take a vehicle's visit out of queues and stations that it has not begun to use.

    Afterwards it is held where it stands; the station or room where it stands it keeps until it
    drives, and the room where it is going to until it is returned.
    """
    vehicle = board.state.vehicles[known.vehicle]
    if known.phase is Phase.LINED:
        stage = visit.wanted_stage(board, known).declared
        lanes.leave_line(board, known, stage.at)
    elif known.phase is Phase.QUEUED:
        lanes.leave_queue(board, known)
        lanes.give_back_room(board, known)
    elif known.phase is Phase.SERVED:
        _end_service(board, known)
    elif known.phase is Phase.MOVING and driving.is_under_way(board, vehicle):
        vehicle.kept.append((known.place, -1))
    elif known.phase is Phase.MOVING:
        driving.stay(board, vehicle)
        lanes.free_station(board, known.place, -1)
    known.phase, known.target = Phase.HELD, -1
    if known.station >= 0:
        lanes.give_back(board, known)


def _end_service(board: Board, known: Visit) -> None:
    board.answered(known.request)
    board.answered(known.resume_request)
    transfer.reserve(board, known, visit.stage_of(board, known).declared, -1)
