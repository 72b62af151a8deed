"""Ways of vehicles: planned by ``traffic/planner``, released piece by piece, and told to them.

A vehicle rests in the stop beside the node of a place, where it is in nobody's way. It sets out
only with a plan that ends in the stop of the next place, which has room for it, and holds the
station it leaves until it has driven off. One that can't go on by itself is released nothing more,
and others are led round it.
"""

from collections.abc import Iterable, Iterator

from kouan.dispatch import gates, lanes
from kouan.dispatch.board import Board
from kouan.dispatch.commands import DriveTo
from kouan.dispatch.events import VehicleMoved
from kouan.dispatch.plan import stop_at
from kouan.dispatch.state import Errand, Vehicle
from kouan.traffic import neighbourhood, repair
from kouan.traffic.reservations import Course

HORIZON = 4
"""Nodes shown to a vehicle beyond what it may drive."""
DELAY_MS = 10_000
"""A way planned to take so much longer than on empty roads is looked at again."""
IMPROVE_MS = 2_000
"""How soon it is, together with what is planned meanwhile."""
FRUITLESS_MS = 60_000
"""How long nothing is looked at again after that was in vain."""
ROUNDS = 3
"""Rounds of planning a few vehicles anew together, each time."""
AGAIN_MS = 10_000
"""How long a vehicle for which there is no way now waits before it asks again."""


def put(board: Board, vehicle: Vehicle, node: str, step: int = 0) -> None:
    """Put a vehicle into the stop at a node; it came there with a step of the planner."""
    name, now_ms = vehicle.vehicle, board.state.now_ms
    board.plan.planner.add(board.state.traffic, name, stop_at(node), now_ms, step)


def take_off(board: Board, vehicle: Vehicle) -> tuple[int, list[str]]:
    """Take a vehicle off the map.

    Returns a step beyond all that it was ever planned, and who is to be told with ``go_round``.
    """
    step = course_of(board, vehicle).end()
    stay(board, vehicle)
    traffic, now_ms = board.state.traffic, board.state.now_ms
    grown = board.plan.planner.remove(traffic, vehicle.vehicle, now_ms)
    gates.look(board, vehicle.vehicle)
    return step, grown


def course_of(board: Board, vehicle: Vehicle) -> Course:
    """What is planned for a vehicle."""
    return board.state.traffic.courses[vehicle.vehicle]


def is_under_way(board: Board, vehicle: Vehicle) -> bool:
    """Whether a vehicle has a plan that it has not driven to its end."""
    course = course_of(board, vehicle)
    return course.done < course.end()


def is_idle(vehicle: Vehicle) -> bool:
    """Whether a vehicle stands at its parking place or a charger and may be given an order."""
    return vehicle.errand is Errand.IDLE and vehicle.may_go() and not vehicle.load_kg


# --- planning and releasing -------------------------------------------------------------------


def set_out(board: Board, vehicle: Vehicle, node: str) -> None:
    """Let a vehicle that stands in a stop drive to a node, as soon as there is a way."""
    vehicle.heading = node
    _plan(board, vehicle)
    take_turns(board)


def stay(board: Board, vehicle: Vehicle) -> None:
    """Let a vehicle that has no way planned yet stay where it is."""
    vehicle.heading = ""
    gates.withdraw(board, vehicle.vehicle)


def _plan(board: Board, vehicle: Vehicle) -> None:
    """Plan the way that a vehicle has to go; it asks again when there is none now."""
    traffic, now_ms = board.state.traffic, board.state.now_ms
    if not vehicle.may_go() or not gates.ask(board, vehicle):
        return
    if not board.plan.planner.go(traffic, vehicle.vehicle, stop_at(vehicle.heading), now_ms):
        board.wake_at(now_ms + AGAIN_MS, "drive")
        return
    vehicle.heading = ""
    gates.planned(board, vehicle.vehicle)
    _tell(board, (vehicle.vehicle,))
    if _delay_ms(board, vehicle) > DELAY_MS:
        board.wake_at(max(now_ms + IMPROVE_MS, board.state.improve_from_ms), "improve")


def _delay_ms(board: Board, vehicle: Vehicle) -> int:
    """How much longer than on empty roads a vehicle is planned to be on its way."""
    course, network = course_of(board, vehicle), board.plan.network
    ahead = course.arcs[course.done - course.offset :]
    free_ms = sum(network.drive_ms[arc] for arc in ahead)
    return course.arrive_ms[-1] - board.state.now_ms - free_ms


def _arrivals_ms(board: Board) -> int:
    return sum(course.arrive_ms[-1] for course in board.state.traffic.courses.values())


def improve(board: Board) -> None:
    """Look for better turns and ways of those whose ways are planned and not yet released."""
    planner, traffic, now_ms = board.plan.planner, board.state.traffic, board.state.now_ms
    before = {name: course.base for name, course in traffic.courses.items()}
    planner.refresh(traffic, now_ms)
    arrivals_ms = _arrivals_ms(board)
    repair.reorder(planner, traffic, now_ms)
    neighbourhood.improve(planner, traffic, ROUNDS, now_ms)
    if _arrivals_ms(board) >= arrivals_ms:
        board.state.improve_from_ms = now_ms + FRUITLESS_MS
    planner.grow_all(traffic, now_ms)
    _tell(board, [name for name, base in before.items() if traffic.courses[name].base > base])


def take_turns(board: Board) -> None:
    """Let those plan whose turn it is at a road of one lane for both directions."""
    for name in gates.next_turns(board):
        _plan(board, board.state.vehicles[name])


def plan_again(board: Board) -> None:
    """Plan ways for those who had none."""
    for vehicle in board.state.vehicles.values():
        if vehicle.heading:
            _plan(board, vehicle)
    take_turns(board)


def mind(board: Board, vehicles: Iterable[Vehicle] = ()) -> None:
    """Take into account that vehicles can't go on by themselves or can again, and what is closed.

    Closed are the roads that the weather closes, and those around a vehicle that a person drives on
    the road. Who has been released something there drives on.
    """
    traffic = board.state.traffic
    changed = False
    for vehicle in vehicles:
        course, may_go = course_of(board, vehicle), vehicle.may_go()
        if course.stopped == may_go:
            course.stopped = not may_go
            changed = True
        if not may_go:
            gates.withdraw(board, vehicle.vehicle)
    blocked = _closed(board)
    if changed or blocked != traffic.blocked:
        traffic.blocked = blocked
        go_round(board, [])


def _closed(board: Board) -> list[int]:
    state = board.state
    roads = board.plan.network.roads if board.plan.port.fleets else {}
    closed = {arc: None for segment in state.closed_segments for arc in roads.get(segment, ())}
    for vehicle in state.vehicles.values():
        if vehicle.taken and is_under_way(board, vehicle):
            closed |= dict.fromkeys(_around(board, vehicle))
    return list(closed)


def _around(board: Board, vehicle: Vehicle) -> Iterator[int]:
    """All arcs from and to the nodes of what a vehicle was released, out of and into stops too."""
    network, course = board.plan.network, course_of(board, vehicle)
    held = [network.road_arcs[arc] for arc in course.arcs[: course.base - course.offset]]
    ends = [node for arc in held for node in (network.starts[arc], network.ends[arc])]
    nodes = dict.fromkeys(node for node in ends if not network.is_stop[node])
    for arc, road in enumerate(network.road_arcs):
        if network.starts[road] in nodes or network.ends[road] in nodes:
            yield arc


def go_round(board: Board, grown: list[str]) -> None:
    """Plan anew where that is better now, and tell them and those whose base has grown."""
    traffic, now_ms = board.state.traffic, board.state.now_ms
    more = repair.reroute_late(board.plan.planner, traffic, now_ms)
    _tell(board, dict.fromkeys((*grown, *more)))
    for name in board.state.traffic.courses:
        gates.look(board, name)
    plan_again(board)


def go_on(board: Board) -> None:
    """Release and plan what can be by now."""
    _tell(board, board.plan.planner.grow_all(board.state.traffic, board.state.now_ms))
    plan_again(board)


def _tell(board: Board, grown: Iterable[str]) -> None:
    """Tell vehicles what they were released; wake when a headway is over."""
    for name in grown:
        _tell_way(board, board.state.vehicles[name])
    traffic, now_ms = board.state.traffic, board.state.now_ms
    if traffic.entered_ms:
        board.wake_at(board.plan.planner.headway_over_ms(traffic, now_ms), "drive")


def _tell_way(board: Board, vehicle: Vehicle) -> None:
    network = board.plan.network
    course = course_of(board, vehicle)
    arcs = course.arcs[course.done - course.offset :]
    nodes = tuple(network.labels[network.ends[arc]] for arc in arcs)
    free = course.base - course.done
    if not free:
        return
    board.answered(vehicle.drive_request)
    action = vehicle.errand.value if free == len(nodes) else ""
    what = (nodes[:free], nodes[free : free + HORIZON], action)
    name, order = vehicle.vehicle, vehicle.visit
    vehicle.drive_request = board.ask(DriveTo, name, order, course.done, *what)


# --- driving ----------------------------------------------------------------------------------


def move(board: Board, vehicle: Vehicle, event: VehicleMoved) -> bool:
    """A vehicle passed a node: give back what lies behind, release what lies ahead.

    Returns whether it has reached the end of its way. Words that come twice, late or about another
    way change nothing.
    """
    if not _is_awaited(board, vehicle, event):
        return False
    vehicle.node = event.node
    vehicle.charge_wh = event.charge_wh
    leave_station(board, vehicle)
    planner, traffic, now_ms = board.plan.planner, board.state.traffic, board.state.now_ms
    grown = planner.passed(traffic, vehicle.vehicle, event.step, now_ms)
    course = course_of(board, vehicle)
    if course.done == course.base:
        board.answered(vehicle.drive_request)
    _tell(board, grown)
    if gates.look(board, vehicle.vehicle):
        take_turns(board)
    return course.done == course.end()


def _is_awaited(board: Board, vehicle: Vehicle, event: VehicleMoved) -> bool:
    """Whether a vehicle may have passed this node: it was released, and not passed before."""
    course, network = course_of(board, vehicle), board.plan.network
    if not course.done <= event.step < course.base:
        return False
    return network.labels[network.ends[course.arc(event.step)]] == event.node


def leave_station(board: Board, vehicle: Vehicle) -> None:
    """Free the station, or the room before it, that a vehicle has left."""
    if vehicle.leaves_place:
        lanes.free_station(board, vehicle.leaves_place, vehicle.leaves_station)
        vehicle.leaves_place, vehicle.leaves_station = "", -1
