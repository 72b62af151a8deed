"""Ways of vehicles: granted piece by piece under ``traffic/control``, and told to the vehicle.

A vehicle holds the station it leaves until it has driven off, and reserves the one it goes to
before it is granted the last part of its way. One that can't go on by itself is granted nothing.
"""

from kouan.dispatch import lanes
from kouan.dispatch.board import Board
from kouan.dispatch.commands import DriveTo
from kouan.dispatch.events import VehicleMoved
from kouan.dispatch.state import Errand, Phase, Vehicle
from kouan.traffic import control

HORIZON = 4
"""Nodes shown to a vehicle beyond what it may drive."""


def set_out(board: Board, vehicle: Vehicle, path: tuple[str, ...]) -> None:
    """Let a standing vehicle begin a way; it gets it granted piece by piece."""
    control.set_out(board.state.traffic, vehicle.vehicle, path)
    extend(board, vehicle)


def extend(board: Board, vehicle: Vehicle) -> None:
    """Grant a vehicle what can be granted of its way, and tell it."""
    traffic = board.state.traffic
    way = traffic.ways.get(vehicle.vehicle)
    if way is None or way.done() or not vehicle.may_go():
        return
    granted, again_ms = control.grant(
        traffic,
        board.plan.roadmap,
        vehicle.vehicle,
        _stop_reserved(board, vehicle),
        board.state.now_ms,
    )
    board.wake_at(again_ms, f"grant:{vehicle.vehicle}")
    if granted:
        _tell_way(board, vehicle, way)
    _queue_at_stop(board, vehicle, way)


def extend_all(board: Board) -> None:
    """Let every vehicle that is under way ask again."""
    for vehicle in board.state.vehicles.values():
        extend(board, vehicle)


def _stop_reserved(board: Board, vehicle: Vehicle) -> bool:
    """Whether the stop at the end of the way is the vehicle's; only stages' stations are shared."""
    visit = board.state.visits.get(vehicle.visit)
    return visit is None or (visit.station >= 0 and lanes.lets_in(board, visit))


def _queue_at_stop(board: Board, vehicle: Vehicle, way: control.Way) -> None:
    """Once only the stop and the way into it are missing, let the vehicle queue for the stop."""
    visit = board.state.visits.get(vehicle.visit)
    if visit is None or visit.phase is not Phase.MOVING or visit.station >= 0:
        return
    if control.lacks_stop_only(board.plan.roadmap, way):
        board.state.places[visit.place].coming -= 1
        lanes.enqueue(board, visit)


def _tell_way(board: Board, vehicle: Vehicle, way: control.Way) -> None:
    board.answered(vehicle.drive_request)
    last = len(way.nodes) - 1
    base = tuple(way.nodes[way.passed + 1 : way.granted + 1])
    horizon = tuple(way.nodes[way.granted + 1 : way.granted + 1 + HORIZON])
    action = vehicle.errand.value if way.granted == last else ""
    step = way.first + way.passed + 1
    vehicle.drive_request = board.ask(
        DriveTo, vehicle.vehicle, vehicle.visit, step, base, horizon, action
    )


def drive_in(board: Board, vehicle: Vehicle) -> None:
    """Let a vehicle whose station is now reserved drive the last part of its way."""
    board.state.visits[vehicle.visit].phase = Phase.MOVING
    extend(board, vehicle)


def move(board: Board, vehicle: Vehicle, event: VehicleMoved) -> bool:
    """A vehicle passed a node: give back what lies behind, grant what lies ahead.

    Returns whether it has reached the end of its way. Words that come twice, late or about another
    way change nothing.
    """
    traffic = board.state.traffic
    way = traffic.ways.get(event.vehicle)
    if way is None:
        return False
    index = event.step - way.first
    if not way.passed < index <= way.granted or way.nodes[index] != event.node:
        return False
    vehicle.node = event.node
    vehicle.charge_wh = event.charge_wh
    leave_station(board, vehicle)
    free = control.pass_node(
        traffic, board.plan.roadmap, event.vehicle, event.step, board.state.now_ms
    )
    if index == way.granted:
        board.answered(vehicle.drive_request)
    extend(board, vehicle)
    for other in free:
        extend(board, board.state.vehicles[other])
    return way.done()


def leave_station(board: Board, vehicle: Vehicle) -> None:
    """Free the station that a vehicle has left."""
    if vehicle.leaves_station >= 0:
        lanes.free_station(board, vehicle.leaves_place, vehicle.leaves_station)
        vehicle.leaves_place, vehicle.leaves_station = "", -1


def is_idle(vehicle: Vehicle) -> bool:
    """Whether a vehicle stands at its parking place or a charger and may be given an order."""
    return vehicle.errand is Errand.IDLE and vehicle.may_go() and not vehicle.load_kg
