"""The dispatcher: one event in, the commands that follow from it out.

It has no clock, no dice and no wires. ``handle`` is the only way in; what it remembers is
``state``, plain data that can be taken out, copied and put back.
"""

from collections.abc import Callable
from typing import Any

from kouan.dispatch import (
    arrivals,
    clearance,
    driving,
    early,
    findings,
    fleet,
    lanes,
    operations,
    orders,
    surroundings,
    transfer,
    visit,
)
from kouan.dispatch.board import Board
from kouan.dispatch.commands import Command, IssueSlot, RefuseBooking
from kouan.dispatch.events import (
    Arrived,
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
    Released,
    ResultArrived,
    ReviewNoted,
    ServiceEnded,
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
    )
    _take_early(board, event.visit)


def _take_early(board: Board, name: str) -> None:
    """Take in what came before a visit or order was known."""
    for event in early.take(board, name):
        HANDLERS[type(event)](board, event)


def _book(board: Board, event: BookingRequested) -> None:
    known = board.visit_of(event.visit)
    if known is None:
        early.keep(board, event.visit, event, "asks for a slot, not announced")
        return
    if known.slot_to_ms:
        return
    slot = lanes.book(board, known, event.wanted_ms)
    if slot:
        board.tell(IssueSlot, known.visit, *slot)
    else:
        board.tell(RefuseBooking, known.visit, "no free slot near the wanted time")
    board.to_go_on.append(known.visit)


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
    match what:
        case "sweep":
            findings.miss_results(board)
            board.sweep()
        case "open":
            board.reopen(name)
        case "orders":
            board.to_assign = True
        case "drive":
            driving.go_on(board)
        case "improve":
            driving.improve(board)
        case "shift":
            surroundings.end_shift(board, name)
        case "resume":
            surroundings.begin_shift(board, name)
        case "unload":
            fleet.unload_by_hand(board, name)


HANDLERS: dict[type, Callable[[Board, Any], None]] = {
    CalendarExtended: surroundings.extend_calendar,
    VisitAnnounced: _announce,
    BookingRequested: _book,
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
    ReviewNoted: findings.note_review,
    ServiceEnded: visit.end_service,
    ResultArrived: findings.take_result,
    LeftPort: lambda board, event: visit.leave_port(board, event.visit),
    VisitLapsed: _lapse,
    SlotFreed: lambda board, event: transfer.free_slots(board, event.place, event.slots),
    StationFailed: surroundings.fail_station,
    StationRepaired: surroundings.repair_station,
    ModeSwitched: surroundings.switch_mode,
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
