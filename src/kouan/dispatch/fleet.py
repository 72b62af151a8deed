"""Vehicles: orders assigned, ways granted piece by piece, charging before the reserve, parking.

A vehicle that carries an order is a visit and walks its fleet's procedure; between two stages it
drives under ``traffic/control``. It begins a trip only with energy for the whole of it above the
reserve, and only when the first place has room, so that it never stands in others' way.
"""

from kouan.dispatch import clearance, lanes
from kouan.dispatch.board import NEVER, Board
from kouan.dispatch.commands import DriveTo, StartCharging, StopCharging
from kouan.dispatch.events import ChargingEnded, VehicleJoined, VehicleMoved
from kouan.dispatch.state import Errand, Order, Phase, Vehicle, Visit
from kouan.port.model import Fleet
from kouan.traffic import control
from kouan.traffic.assign import FORBIDDEN, assign

HORIZON = 4
"""Nodes shown to a vehicle beyond what it may drive."""
FULL_PPM = 950_000
"""A vehicle with nothing to do charges below this share of its battery."""
BORDER = "side:border"


def join(board: Board, event: VehicleJoined) -> None:
    """Take a vehicle into its fleet; it stands at the parking place."""
    fleet = board.plan.port.fleets[event.fleet]
    node = board.plan.port.places[fleet.parking].node
    if event.vehicle not in board.state.vehicles:
        board.state.vehicles[event.vehicle] = Vehicle(
            event.vehicle, event.fleet, node, event.charge_wh
        )
        assign_orders(board)


def place_order(board: Board, order: Order) -> None:
    """Take an order in; it begins when a vehicle, energy, papers and room are there."""
    if order.order not in board.state.orders and order.order not in board.state.visits:
        board.state.orders[order.order] = order
        assign_orders(board)


def assign_orders(board: Board) -> None:
    """Give waiting orders to idle vehicles, least driving first."""
    for name, fleet in board.plan.port.fleets.items():
        idle = _ready_vehicles(board, name, fleet)
        if not idle or not _may_start(board, fleet):
            continue
        orders = _ready_orders(board, name, fleet, len(idle))
        if orders:
            _assign(board, fleet, idle, orders)


def _ready_vehicles(board: Board, name: str, fleet: Fleet) -> list[Vehicle]:
    least_wh = fleet.battery_wh * fleet.reserve_ppm // 1_000_000 + board.plan.trip_wh[name]
    return [
        vehicle
        for vehicle in board.state.vehicles.values()
        if vehicle.fleet == name
        and vehicle.errand is Errand.IDLE
        and not vehicle.stopped
        and vehicle.charge_wh >= least_wh
    ]


def _may_start(board: Board, fleet: Fleet) -> bool:
    """Whether a trip begun now can end before the border closes; else wake at the next opening."""
    state = board.state
    open_until = board.open_until(BORDER)
    if state.mode != "closed" and open_until - state.now_ms > fleet.last_start_ms:
        return True
    if open_until != NEVER and any(order for order in state.orders):
        board.wake_at(board.next_opening(BORDER), "orders")
    return False


def _ready_orders(board: Board, name: str, fleet: Fleet, most: int) -> list[Order]:
    """The oldest orders whose papers are there, no more than the first place has room for."""
    first = board.plan.procedures[fleet.procedure].stages[0].declared
    place = board.plan.places[first.at]
    state = board.state.places[first.at]
    if place.declared.room is not None:
        room = place.declared.room + len(state.free) - state.queued - state.coming - state.lined
        most = min(most, room)
    ready: list[Order] = []
    for order in board.state.orders.values():
        if len(ready) >= most:
            break
        if order.fleet == name and clearance.unmet(board, order.order, first.needs) is None:
            ready.append(order)
    return ready


def _assign(board: Board, fleet: Fleet, idle: list[Vehicle], orders: list[Order]) -> None:
    first = board.plan.procedures[fleet.procedure].stages[0].declared
    node = board.plan.port.places[first.at].node
    roadmap = board.plan.roadmap
    costs = []
    for vehicle in idle:
        reachable = vehicle.node == node or roadmap.path(vehicle.node, node)
        drive_ms = roadmap.drive_ms(vehicle.node, node, fleet.speed_empty_mm_s)
        costs.append([drive_ms if reachable else FORBIDDEN] * len(orders))
    for row, column in assign(costs):
        _begin(board, fleet, idle[row], orders[column])


def _begin(board: Board, fleet: Fleet, vehicle: Vehicle, order: Order) -> None:
    """Turn an order into the visit that a vehicle makes."""
    del board.state.orders[order.order]
    vehicle.errand = Errand.ORDER
    vehicle.visit = order.order
    board.state.visits[order.order] = Visit(
        order.order,
        fleet.procedure,
        order.visit_class,
        plate=vehicle.vehicle,
        driver="",
        tare_kg=0,
        mass_kg=order.mass_kg,
        goods=order.goods,
        containers=order.containers,
        seal=order.seal,
        vehicle=vehicle.vehicle,
        phase=Phase.HELD,
    )
    board.to_go_on.append(order.order)


def set_out(board: Board, name: str, node: str) -> None:
    """Send a standing vehicle to a node; it gets its way granted piece by piece."""
    vehicle = board.state.vehicles[name]
    if vehicle.node == node:
        drive_off(board, vehicle)
        _reach(board, vehicle)
        return
    path = board.plan.roadmap.path(vehicle.node, node)
    if not path:
        board.alarm(name, f"no way from {vehicle.node} to {node}")
        return
    control.set_out(board.state.traffic, name, path)
    extend(board, vehicle)


def extend(board: Board, vehicle: Vehicle) -> None:
    """Grant a vehicle what can be granted of its way, and tell it."""
    traffic = board.state.traffic
    way = traffic.ways.get(vehicle.vehicle)
    if way is None or way.done():
        return
    granted, again_ms = control.grant(
        traffic,
        board.plan.roadmap,
        vehicle.vehicle,
        _stop_reserved(board, vehicle),
        board.state.now_ms,
    )
    if again_ms:
        board.wake_at(again_ms, f"grant:{vehicle.vehicle}")
    if granted:
        _tell_way(board, vehicle, way)
    _queue_at_stop(board, vehicle, way)


def _stop_reserved(board: Board, vehicle: Vehicle) -> bool:
    """Whether the stop at the end of the way is the vehicle's; only stages' stations are shared."""
    visit = board.state.visits.get(vehicle.visit)
    return visit is None or visit.station >= 0


def _queue_at_stop(board: Board, vehicle: Vehicle, way: control.Way) -> None:
    """Once only the last block is missing, let the vehicle stand in the queue of its stop."""
    visit = board.state.visits.get(vehicle.visit)
    if visit is None or visit.phase is not Phase.MOVING or visit.station >= 0:
        return
    if way.granted >= len(way.nodes) - 2 or _rest_is_one_unit(board, way):
        state = board.state.places[visit.place]
        state.coming -= 1
        visit.phase = Phase.QUEUED
        visit.ticket = 0
        lanes.join_line(board, state.queue, visit)
        state.queued += 1
        board.to_fill.append(visit.place)


def _rest_is_one_unit(board: Board, way: control.Way) -> bool:
    """Whether all that is left is a single-lane section up to the stop, granted at once."""
    arcs = board.plan.roadmap.arcs
    rest = zip(way.nodes[way.granted : -1], way.nodes[way.granted + 1 :], strict=True)
    return way.passed == way.granted and all(arcs[arc].section for arc in rest)


def _tell_way(board: Board, vehicle: Vehicle, way: control.Way) -> None:
    if vehicle.drive_request:
        board.answered(vehicle.drive_request)
    last = len(way.nodes) - 1
    base = tuple(way.nodes[way.passed + 1 : way.granted + 1])
    horizon = tuple(way.nodes[way.granted + 1 : way.granted + 1 + HORIZON])
    action = vehicle.errand.value if way.granted == last else ""
    step = way.first + way.passed + 1
    vehicle.drive_request = board.ask(
        DriveTo, vehicle.vehicle, vehicle.visit, step, base, horizon, action
    )


def drive_in(board: Board, name: str) -> None:
    """Let a vehicle whose station is now reserved drive the last block."""
    vehicle = board.state.vehicles[name]
    board.state.visits[vehicle.visit].phase = Phase.MOVING
    extend(board, vehicle)


def stands_at(board: Board, name: str, node: str) -> bool:
    """Whether a vehicle stands at a node."""
    return board.state.vehicles[name].node == node


def move(board: Board, event: VehicleMoved) -> None:
    """A vehicle passed a node: give back what lies behind, grant what lies ahead."""
    vehicle = board.state.vehicles.get(event.vehicle)
    way = board.state.traffic.ways.get(event.vehicle)
    if vehicle is None or way is None:
        return
    index = event.step - way.first
    if not way.passed < index <= way.granted or way.nodes[index] != event.node:
        return
    vehicle.node = event.node
    vehicle.charge_wh = event.charge_wh
    drive_off(board, vehicle)
    free = control.pass_node(board.state.traffic, board.plan.roadmap, event.vehicle, event.step)
    if index == way.granted:
        board.answered(vehicle.drive_request)
    if way.done():
        _reach(board, vehicle)
    else:
        extend(board, vehicle)
    for other in free:
        extend(board, board.state.vehicles[other])


def drive_off(board: Board, vehicle: Vehicle) -> None:
    """Free the station that a vehicle has left."""
    if vehicle.leaves_station >= 0:
        lanes.free_station(board, vehicle.leaves_place, vehicle.leaves_station)
        vehicle.leaves_place, vehicle.leaves_station = "", -1


def _reach(board: Board, vehicle: Vehicle) -> None:
    """A vehicle stands at the end of its way."""
    fleet = board.plan.port.fleets[vehicle.fleet]
    if vehicle.errand is Errand.ORDER:
        visit = board.state.visits[vehicle.visit]
        visit.phase = Phase.HELD
        board.to_go_on.append(visit.visit)
    elif vehicle.errand is Errand.TO_CHARGER:
        vehicle.errand = Errand.CHARGING
        station = _charger_station(board, vehicle, fleet)
        vehicle.drive_request = board.ask(StartCharging, vehicle.vehicle, station)
    else:
        vehicle.errand = Errand.IDLE
        assign_orders(board)
        if vehicle.errand is Errand.IDLE:
            settle(board, vehicle)


def finish_order(board: Board, name: str) -> None:
    """An order is done: take the next one, or go charging or parking."""
    vehicle = board.state.vehicles[name]
    vehicle.errand, vehicle.visit = Errand.IDLE, ""
    assign_orders(board)
    if vehicle.errand is Errand.IDLE:
        settle(board, vehicle)


def settle(board: Board, vehicle: Vehicle) -> None:
    """Send an idle vehicle to a free charger if it needs one, else to the parking place."""
    fleet = board.plan.port.fleets[vehicle.fleet]
    parking = board.plan.port.places[fleet.parking].node
    if _wants_charge(board, vehicle, fleet) and _take_charger(board, vehicle, fleet):
        vehicle.errand = Errand.TO_CHARGER
        set_out(board, vehicle.vehicle, board.plan.port.places[fleet.charger].node)
    elif vehicle.node != parking:
        vehicle.errand = Errand.TO_PARKING
        set_out(board, vehicle.vehicle, parking)
    else:
        drive_off(board, vehicle)


def _wants_charge(board: Board, vehicle: Vehicle, fleet: Fleet) -> bool:
    if not fleet.charger:
        return False
    least_wh = fleet.battery_wh * fleet.reserve_ppm // 1_000_000
    if vehicle.charge_wh < least_wh + board.plan.trip_wh[vehicle.fleet]:
        return True
    busy_day = bool(board.state.orders) and _may_start(board, fleet)
    return not busy_day and vehicle.charge_wh < fleet.battery_wh * FULL_PPM // 1_000_000


def _take_charger(board: Board, vehicle: Vehicle, fleet: Fleet) -> bool:
    state = board.state.places[fleet.charger]
    if not state.free:
        return False
    state.busy[state.free.pop(0)] = vehicle.vehicle
    return True


def _charger_station(board: Board, vehicle: Vehicle, fleet: Fleet) -> str:
    busy = board.state.places[fleet.charger].busy
    index = next(index for index, name in busy.items() if name == vehicle.vehicle)
    return board.plan.places[fleet.charger].stations[index]


def end_charging(board: Board, event: ChargingEnded) -> None:
    """A vehicle is charged: free the charger for the one that needs it most."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is None or vehicle.errand is not Errand.CHARGING:
        return
    board.answered(vehicle.drive_request)
    vehicle.charge_wh = event.charge_wh
    fleet = board.plan.port.fleets[vehicle.fleet]
    state = board.state.places[fleet.charger]
    index = next(index for index, name in state.busy.items() if name == vehicle.vehicle)
    del state.busy[index]
    state.free.append(index)
    state.free.sort()
    vehicle.errand = Errand.IDLE
    assign_orders(board)
    if vehicle.errand is Errand.IDLE:
        settle(board, vehicle)
    charge_next(board, fleet.charger)


def charge_next(board: Board, charger: str) -> None:
    """Send the idle vehicles with the least charge to the free chargers of a place."""
    idle = [
        vehicle
        for vehicle in board.state.vehicles.values()
        if board.plan.port.fleets[vehicle.fleet].charger == charger
        and vehicle.errand is Errand.IDLE
        and not vehicle.stopped
    ]
    for vehicle in sorted(idle, key=lambda item: (item.charge_wh, item.vehicle)):
        settle(board, vehicle)


def stop_charging(board: Board, vehicle: Vehicle) -> None:
    """Call a vehicle away from its charger before it is full."""
    if vehicle.errand is Errand.CHARGING:
        board.tell(StopCharging, vehicle.vehicle)
