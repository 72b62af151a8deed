"""Vehicles: orders assigned, what a vehicle does next, loads that come back, parking.

A vehicle that carries an order is a visit and walks its fleet's procedure; between two stages it
drives as ``driving`` plans. It begins a trip at its parking place or charger, only with
energy for the whole of it above the reserve, and only when the first place has room. Every trip
ends with a way to the parking place, which has room for all, so that nobody who comes home ever
waits in others' way.
"""

from collections.abc import Iterator

from kouan.dispatch import charging, driving, lanes, orders
from kouan.dispatch.board import NEVER, Board
from kouan.dispatch.commands import LoadVehicle, PlaceVehicle
from kouan.dispatch.events import ChargingEnded, VehicleJoined, VehicleMoved
from kouan.dispatch.state import Errand, Order, Phase, Vehicle, Visit
from kouan.port.model import Fleet, ModeName
from kouan.port.quantity import MINUTE_MS
from kouan.traffic.assign import FORBIDDEN, assign

BORDER = "side:border"
MOST_AT_ONCE = 16
"""Orders assigned in one go; the time that takes grows with their third power."""
UNLOAD_MS = 1_800_000
"""Time in which people take off a load that was turned back (assumption)."""


def join(board: Board, event: VehicleJoined) -> None:
    """Take a vehicle into its fleet; it stands at the parking place."""
    fleet = board.plan.port.fleets.get(event.fleet)
    vehicles = board.state.vehicles
    known = vehicles.get(event.vehicle)
    if known is not None:
        if known.fleet != event.fleet:
            text = f"wants to join fleet {event.fleet}, but is of fleet {known.fleet}"
            board.alarm(event.vehicle, text)
        return
    if fleet is None:
        board.alarm(event.vehicle, f"wants to join fleet {event.fleet}, which is not declared")
        return
    if sum(1 for known in vehicles.values() if known.fleet == event.fleet) >= fleet.count:
        board.alarm(event.vehicle, f"fleet {event.fleet} has its {fleet.count} vehicles already")
        return
    node = board.plan.port.places[fleet.parking].node
    vehicle = Vehicle(event.vehicle, event.fleet, node, event.charge_wh)
    vehicles[event.vehicle] = vehicle
    step = board.state.steps_before.pop(event.vehicle, 0)
    driving.put(board, vehicle, node, step)
    if step:
        board.tell(PlaceVehicle, event.vehicle, node, step)
    board.to_assign = True


# --- orders and vehicles ----------------------------------------------------------------------


def assign_orders(board: Board) -> None:
    """Give waiting orders to idle vehicles, least driving first; the others charge or park."""
    orders.end_waits(board)
    for name, fleet in board.plan.port.fleets.items():
        may_start = _may_start(board, fleet)
        if may_start:
            _assign_fleet(board, name, fleet)
        is_busy = may_start and any(order.fleet == name for order in board.state.orders.values())
        idle = [vehicle for vehicle in _idle(board, name) if vehicle.errand is Errand.IDLE]
        for vehicle in sorted(idle, key=lambda item: (item.charge_wh, item.vehicle)):
            _settle(board, vehicle, fleet, is_busy)


def _idle(board: Board, name: str) -> Iterator[Vehicle]:
    for vehicle in board.state.vehicles.values():
        if vehicle.fleet == name and driving.is_idle(vehicle):
            yield vehicle


def _may_start(board: Board, fleet: Fleet) -> bool:
    """Whether a trip begun now can end before the border closes; else wake at the next opening."""
    state = board.state
    open_until_ms = board.open_until(BORDER)
    closes_ms = open_until_ms - fleet.last_start_ms
    may_start = state.mode != ModeName.CLOSED and state.now_ms < closes_ms
    if state.orders and open_until_ms != NEVER:
        board.wake_at(closes_ms if may_start else board.next_opening(BORDER), "orders")
    return may_start


def _assign_fleet(board: Board, name: str, fleet: Fleet) -> None:
    least_wh = board.plan.least_wh[name]
    idle = [vehicle for vehicle in _idle(board, name) if vehicle.charge_wh >= least_wh]
    charging_ones = sum(
        1
        for vehicle in board.state.vehicles.values()
        if vehicle.fleet == name and vehicle.errand is Errand.CHARGING
    )
    if not idle and not charging_ones:
        return
    ready = list(orders.ready(board, name, fleet, len(idle) + charging_ones))
    while idle and ready:
        taken = _assign(board, fleet, idle, ready[:MOST_AT_ONCE])
        if not taken:
            break
        idle = [vehicle for vehicle in idle if vehicle.errand is Errand.IDLE]
        ready = [order for order in ready if order.order in board.state.orders]
    if ready and charging_ones:
        charging.call_away(board, name, fleet, len(ready))


def _assign(board: Board, fleet: Fleet, idle: list[Vehicle], ready: list[Order]) -> int:
    """Give orders to the vehicles that are the least away; return how many were given."""
    first = board.plan.procedures[fleet.procedure].stages[0].declared
    node = board.plan.port.places[first.at].node
    roadmap = board.plan.roadmap
    drives: list[tuple[int, int]] = []
    for index, vehicle in enumerate(idle):
        reachable = has_way(board, vehicle.vehicle, node)
        drive_ms = roadmap.drive_ms(vehicle.node, node, fleet.speed_empty_mm_s)
        drives.append((drive_ms if reachable else FORBIDDEN, index))
    nearest = sorted(drives)[: len(ready)]
    pairs = assign([[drive_ms] * len(ready) for drive_ms, _ in nearest])
    for row, column in pairs:
        _begin(board, fleet, idle[nearest[row][1]], ready[column])
    return len(pairs)


def _begin(board: Board, fleet: Fleet, vehicle: Vehicle, order: Order) -> None:
    """Turn an order into the visit that a vehicle makes."""
    orders.take_out(board, order.order)
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
        priority=order.priority,
        deadline_ms=order.deadline_ms,
        after=order.after,
    )
    board.to_go_on.append(order.order)


# --- where a vehicle goes ---------------------------------------------------------------------


def stands_at(board: Board, name: str, node: str) -> bool:
    """Whether a vehicle stands at a node."""
    return board.state.vehicles[name].node == node


def has_way(board: Board, name: str, node: str) -> bool:
    """Whether a vehicle can come to a node from where it stands."""
    return bool(board.plan.roadmap.path(board.state.vehicles[name].node, node))


def set_out(board: Board, name: str, node: str) -> None:
    """Send a vehicle with an order to the node of its next stage, to which there is a way."""
    driving.set_out(board, board.state.vehicles[name], node)


def leave_station(board: Board, name: str) -> None:
    """Free the station that a vehicle has left without driving: its next stop is beside it."""
    driving.leave_station(board, board.state.vehicles[name])


def move(board: Board, event: VehicleMoved) -> None:
    """A vehicle passed a node, or reached the end of its way."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is not None and driving.move(board, vehicle, event):
        _reach(board, vehicle)


def _reach(board: Board, vehicle: Vehicle) -> None:
    """A vehicle stands at the end of its way."""
    fleet = board.plan.port.fleets[vehicle.fleet]
    if vehicle.errand is Errand.ORDER:
        visit = board.state.visits[vehicle.visit]
        board.state.places[visit.place].coming -= 1
        lanes.enqueue(board, visit)
        if visit.cancelled:
            board.to_go_on.append(visit.visit)
    elif vehicle.errand is Errand.TO_CHARGER:
        charging.begin(board, vehicle, fleet)
    elif vehicle.errand is Errand.TO_UNLOAD:
        board.wake_at(board.state.now_ms + UNLOAD_MS, f"unload:{vehicle.vehicle}")
    else:
        vehicle.errand = Errand.IDLE
        board.to_assign = True


def finish_order(board: Board, name: str) -> None:
    """An order is done or was turned back: the vehicle charges, parks or comes to be unloaded."""
    vehicle = board.state.vehicles[name]
    fleet = board.plan.port.fleets[vehicle.fleet]
    vehicle.errand, vehicle.visit = Errand.IDLE, ""
    if not fleet.charger and vehicle.charge_wh < board.plan.least_wh[vehicle.fleet]:
        board.alarm(name, f"{vehicle.charge_wh} Wh are too few for a trip, and it has no charger")
    waiting = any(order.fleet == vehicle.fleet for order in board.state.orders.values())
    _settle(board, vehicle, fleet, waiting and _may_start(board, fleet))
    board.to_assign = True


def _settle(board: Board, vehicle: Vehicle, fleet: Fleet, is_busy: bool) -> None:
    """Send a vehicle without an order to a free charger if it needs one, else to its parking."""
    places = board.plan.port.places
    parking = places[fleet.parking].node
    if vehicle.load_kg:
        vehicle.errand = Errand.TO_UNLOAD
        _go_home(board, vehicle, parking)
    elif charging.wants_charge(board, vehicle, fleet, is_busy) and charging.take_charger(
        board, vehicle, fleet
    ):
        vehicle.errand = Errand.TO_CHARGER
        _go_home(board, vehicle, places[fleet.charger].node)
    elif vehicle.node != parking:
        vehicle.errand = Errand.TO_PARKING
        _go_home(board, vehicle, parking)
    else:
        driving.leave_station(board, vehicle)


def _go_home(board: Board, vehicle: Vehicle, node: str) -> None:
    """Send a vehicle without an order to a node; one without a way there waits for people."""
    if vehicle.node == node:
        driving.leave_station(board, vehicle)
        _reach(board, vehicle)
        return
    if board.plan.roadmap.path(vehicle.node, node):
        driving.set_out(board, vehicle, node)
    else:
        vehicle.stopped = True
        driving.mind(board, [vehicle])
        board.alarm(vehicle.vehicle, f"no way from {vehicle.node} to {node}: move it by hand")


def recover(board: Board, vehicle: Vehicle) -> None:
    """A vehicle that could not go on by itself goes on."""
    vehicle.stopped = False
    if vehicle.errand is Errand.TO_UNLOAD:
        board.wake_at(board.state.now_ms + UNLOAD_MS, f"unload:{vehicle.vehicle}")
    driving.mind(board, [vehicle])
    board.to_assign = True


def tell_turned_back(board: Board, visit: Visit, reason: str) -> None:
    """Tell people that an order was turned back, and what they have to do with its load."""
    vehicle = board.state.vehicles[visit.vehicle]
    parking = board.plan.port.fleets[vehicle.fleet].parking
    text = f"order {visit.visit} turned back: {reason}"
    if vehicle.load_kg:
        text += (
            f"; unload {vehicle.load_kg} kg by hand at {parking}: {UNLOAD_MS // MINUTE_MS} min "
            "after it gets there it counts as empty, unless it is reported stopped"
        )
    board.alarm(visit.vehicle, text)


def unload_by_hand(board: Board, name: str) -> None:
    """The time to take a load off by hand is over; a vehicle reported stopped waits for longer."""
    vehicle = board.state.vehicles.get(name)
    if vehicle is None or vehicle.errand is not Errand.TO_UNLOAD or vehicle.stopped:
        return
    if vehicle.heading or driving.is_under_way(board, vehicle):
        return
    vehicle.load_kg = 0
    vehicle.errand = Errand.IDLE
    board.tell(LoadVehicle, name, 0)
    board.to_assign = True


def end_charging(board: Board, event: ChargingEnded) -> None:
    """A vehicle is charged, or was called away: it takes an order, or makes room at the charger."""
    vehicle = board.state.vehicles.get(event.vehicle)
    if vehicle is None or vehicle.errand is not Errand.CHARGING:
        return
    fleet = board.plan.port.fleets[vehicle.fleet]
    charging.end(board, vehicle, fleet, event.charge_wh)
    board.to_assign = True
