"""The dispatcher: one event in, the commands that follow from it out.

It has no clock, no dice and no wires. ``handle`` is the only way in; what it remembers is
``state``, plain data that can be taken out, copied and put back.
"""

from collections.abc import Callable
from typing import Any

from kouan.dispatch import (
    arrivals,
    booking,
    clearance,
    driving,
    early,
    findings,
    fleet,
    holds,
    operations,
    orders,
    slips,
    surroundings,
    transfer,
    visit,
)
from kouan.dispatch.board import Board
from kouan.dispatch.commands import Command
from kouan.dispatch.events import (
    Arrived,
    BookingCancelled,
    BookingPostponed,
    BookingRequested,
    CalendarExtended,
    CarrierLeft,
    CarrierNamed,
    CarrierRefused,
    CarrierSeen,
    ChannelAssigned,
    ChargingEnded,
    DeclarationLodged,
    Event,
    EvidenceTaken,
    HoldLifted,
    HoldPlaced,
    LeftPort,
    ManifestLodged,
    ModeSwitched,
    OrderCancelled,
    PicturesRemoved,
    Released,
    ResultArrived,
    ReviewNoted,
    ServiceEnded,
    SlipEntered,
    SlotFreed,
    StationFailed,
    StationRepaired,
    TransportOrderPlaced,
    VehicleHeard,
    VehicleJoined,
    VehicleMoved,
    VehicleRecovered,
    VehicleRemoved,
    VehicleReturned,
    VehiclesFreed,
    VehiclesHalted,
    VehicleSilent,
    VehicleStopped,
    VehicleTaken,
    VisitAnnounced,
    VisitFreed,
    VisitHeld,
    VisitLapsed,
    WeatherMeasured,
    Woke,
)
from kouan.dispatch.state import Order, State, Visit
from kouan.port.model import Port
from kouan.port.procedures import Carrier


class Dispatcher:
    """Decides what everybody at one port does next."""

    def __init__(self, port: Port) -> None:
        self._board = Board(port)

    @property
    def state(self) -> State:
        """What the dispatcher remembers; may be replaced by a snapshot of the same port."""
        return self._board.state

    @state.setter
    def state(self, state: State) -> None:
        self._board.state = state

    def handle(self, event: Event) -> list[Command]:
        """Take in one event and return the commands that follow from it, in order."""
        board = self._board
        board.state.now_ms = event.at_ms
        HANDLERS[type(event)](board, event)
        if board.state.lanes:
            arrivals.look_again(board)
        if board.to_go_on or board.to_fill or board.to_assign:
            _settle(board)
        commands = board.commands
        board.commands = []
        return commands


def _settle(board: Board) -> None:
    """Work off what the event made possible until nothing is left."""
    while True:
        if board.to_go_on:
            name = board.to_go_on.pop(0)
            known = board.state.visits.get(name)
            if known is not None:
                if not (known.cancelled and operations.call_off(board, known)):
                    visit.go_on(board, known)
            elif name in board.state.orders:
                board.to_assign = True
        elif board.to_fill:
            visit.fill(board, board.to_fill.pop(0))
        elif board.to_assign:
            board.to_assign = False
            fleet.assign_orders(board)
        else:
            return


def _announce(board: Board, event: VisitAnnounced) -> None:
    known = board.state
    if event.visit in known.visits or event.visit in known.orders:
        visit.announce_again(board, event)
        return
    if board.has_ended(event.visit):
        return
    procedure = board.plan.procedures.get(event.procedure)
    if procedure is None or procedure.declared.carrier is Carrier.AGV:
        problem = "is for transport orders" if procedure else "is not declared"
        board.alarm(event.visit, f"announced for procedure {event.procedure}, which {problem}")
        return
    known.visits[event.visit] = Visit(
        event.visit,
        event.procedure,
        event.visit_class,
        event.plate,
        event.driver,
        event.tare_kg,
        event.mass_kg,
        event.goods,
        event.containers,
        event.seal,
        aboard_kg=event.mass_kg if procedure.comes_loaded else 0,
        boxes=event.boxes,
        permit_until_ms=event.permit_until_ms,
        priority=_priority(board, event),
    )
    _take_early(board, event.visit)


def _priority(board: Board, event: VisitAnnounced) -> int:
    """The priority that a visit was announced with, if it is one."""
    most = orders.MOST_PRIORITY
    if 0 <= event.priority <= most:
        return event.priority
    board.alarm(event.visit, f"announced with priority {event.priority}, expected 0 to {most}")
    return 0


def _take_early(board: Board, name: str) -> None:
    """Take in what came before a visit or order was known."""
    for event in early.take(board, name):
        HANDLERS[type(event)](board, event)


def _lapse(board: Board, event: VisitLapsed) -> None:
    state = board.state
    if event.visit in state.visits or event.visit in state.orders:
        visit.lapse(board, event.visit)
    else:
        early.keep(board, event.visit, event, "will not come, not announced")


def _place_order(board: Board, event: TransportOrderPlaced) -> None:
    for name in orders.place(board, Order(*event[1:-1])):
        _take_early(board, name)


def _wake(board: Board, event: Woke) -> None:
    """Do what the board wanted to be woken for; what it no longer waits for is old."""
    due_ms = board.state.wakes.get(event.reason)
    if due_ms is None or due_ms > event.at_ms:
        return
    del board.state.wakes[event.reason]
    what, _, name = event.reason.partition(":")
    if what in WAKES:
        WAKES[what](board, name)


def _sweep(board: Board, _name: str) -> None:
    findings.miss_results(board)
    board.sweep()


def _assign(board: Board, _name: str) -> None:
    board.to_assign = True


def _switch_mode(board: Board, event: ModeSwitched) -> None:
    surroundings.switch_mode(board, event)
    slips.note_mode(board)


WAKES: dict[str, Callable[[Board, str], None]] = {
    "sweep": _sweep,
    "open": Board.reopen,
    "orders": _assign,
    "slots": lambda board, _: booking.look(board),
    "calls": lambda board, _: visit.miss_calls(board),
    "drive": lambda board, _: driving.go_on(board),
    "improve": lambda board, _: driving.improve(board),
    "shift": surroundings.end_shift,
    "resume": surroundings.begin_shift,
    "unload": fleet.unload_by_hand,
}
"""What a wake-up is for, by the first word of its reason; the rest names what it is about."""


HANDLERS: dict[type, Callable[[Board, Any], None]] = {
    CalendarExtended: surroundings.extend_calendar,
    VisitAnnounced: _announce,
    BookingRequested: booking.book,
    BookingPostponed: booking.postpone,
    BookingCancelled: booking.cancel,
    ManifestLodged: clearance.lodge_manifest,
    DeclarationLodged: clearance.lodge_declaration,
    ChannelAssigned: clearance.assign_channel,
    Released: clearance.release,
    HoldPlaced: clearance.place_hold,
    HoldLifted: clearance.lift_hold,
    Arrived: visit.arrive,
    CarrierSeen: arrivals.see,
    CarrierNamed: arrivals.name,
    CarrierRefused: arrivals.refuse,
    CarrierLeft: arrivals.leave,
    EvidenceTaken: lambda _board, _event: None,
    SlipEntered: slips.enter,
    VisitHeld: holds.hold,
    VisitFreed: holds.free,
    PicturesRemoved: lambda _board, _event: None,
    ReviewNoted: findings.note_review,
    ServiceEnded: visit.end_service,
    ResultArrived: findings.take_result,
    LeftPort: lambda board, event: visit.leave_port(board, event.visit),
    VisitLapsed: _lapse,
    SlotFreed: lambda board, event: transfer.free_slots(board, event.place, event.slots),
    StationFailed: surroundings.fail_station,
    StationRepaired: surroundings.repair_station,
    ModeSwitched: _switch_mode,
    WeatherMeasured: surroundings.measure_weather,
    TransportOrderPlaced: _place_order,
    OrderCancelled: operations.cancel,
    VehicleJoined: fleet.join,
    VehicleMoved: fleet.move,
    VehicleStopped: surroundings.stop_vehicle,
    VehicleRecovered: surroundings.recover_vehicle,
    VehiclesHalted: operations.halt,
    VehiclesFreed: operations.free,
    VehicleSilent: operations.fall_silent,
    VehicleHeard: operations.hear,
    VehicleTaken: operations.take_over,
    VehicleReturned: operations.give_back,
    VehicleRemoved: operations.remove,
    ChargingEnded: fleet.end_charging,
    Woke: _wake,
}
