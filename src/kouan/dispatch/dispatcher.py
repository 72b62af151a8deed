"""The dispatcher: one event in, the commands that follow from it out.

It has no clock, no dice and no wires. ``handle`` is the only way in; what it remembers is
``state``, plain data that can be taken out, copied and put back.
"""

from collections.abc import Callable
from typing import Any

from kouan.dispatch import clearance, fleet, lanes, surroundings, transfer, visit
from kouan.dispatch.board import Board
from kouan.dispatch.commands import Command, IssueSlot, RefuseBooking
from kouan.dispatch.events import (
    Arrived,
    BookingRequested,
    CalendarExtended,
    ChannelAssigned,
    ChargingEnded,
    DeclarationLodged,
    Event,
    HoldLifted,
    HoldPlaced,
    LeftPort,
    ManifestLodged,
    ModeSwitched,
    Released,
    ResultArrived,
    ServiceEnded,
    SlotFreed,
    StationFailed,
    StationRepaired,
    TransportOrderPlaced,
    VehicleJoined,
    VehicleMoved,
    VehicleRecovered,
    VehicleStopped,
    VisitAnnounced,
    VisitLapsed,
    WeatherMeasured,
    Woke,
)
from kouan.dispatch.state import Order, State, Visit
from kouan.port.model import Port


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
        if board.to_go_on or board.to_fill:
            _settle(board)
        commands = board.commands
        board.commands = []
        return commands


def _settle(board: Board) -> None:
    """Work off what the event made possible: places first, then visits, until nothing is left."""
    while board.to_fill or board.to_go_on:
        if board.to_go_on:
            known = board.state.visits.get(board.to_go_on.pop(0))
            if known is not None:
                visit.go_on(board, known)
        else:
            visit.fill(board, board.to_fill.pop(0))


def _announce(board: Board, event: VisitAnnounced) -> None:
    known = board.state.visits
    if event.visit not in known and event.procedure in board.plan.procedures:
        known[event.visit] = Visit(
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
            aboard_kg=event.mass_kg,
        )


def _book(board: Board, event: BookingRequested) -> None:
    known = board.visit_of(event.visit)
    if known is None or known.slot_to_ms:
        return
    slot = lanes.book(board, known, event.wanted_ms)
    if slot:
        board.tell(IssueSlot, known.visit, *slot)
    else:
        board.tell(RefuseBooking, known.visit, "no free slot near the wanted time")
    board.to_go_on.append(known.visit)


def _place_order(board: Board, event: TransportOrderPlaced) -> None:
    if event.fleet in board.plan.port.fleets:
        fleet.place_order(board, Order(*event[1:]))


def _wake(board: Board, event: Woke) -> None:
    if board.state.wakes.get(event.reason) != event.at_ms:
        due_ms = board.state.wakes.get(event.reason)
        if due_ms is None or due_ms > event.at_ms:
            return
    board.state.wakes.pop(event.reason, None)
    what, _, name = event.reason.partition(":")
    match what:
        case "sweep":
            board.sweep()
        case "open":
            board.to_fill.append(name)
        case "orders":
            surroundings.begin_day(board)
        case "grant":
            fleet.extend(board, board.state.vehicles[name])
        case "shift":
            surroundings.end_shift(board, name)
        case "resume":
            surroundings.begin_shift(board, name)


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
    ServiceEnded: visit.end_service,
    ResultArrived: visit.take_result,
    LeftPort: lambda board, event: visit.leave_port(board, event.visit),
    VisitLapsed: lambda board, event: visit.lapse(board, event.visit),
    SlotFreed: lambda board, event: transfer.free_slots(board, event.place, event.slots),
    StationFailed: surroundings.fail_station,
    StationRepaired: surroundings.repair_station,
    ModeSwitched: surroundings.switch_mode,
    WeatherMeasured: surroundings.measure_weather,
    TransportOrderPlaced: _place_order,
    VehicleJoined: fleet.join,
    VehicleMoved: fleet.move,
    VehicleStopped: surroundings.stop_vehicle,
    VehicleRecovered: surroundings.recover_vehicle,
    ChargingEnded: fleet.end_charging,
    Woke: _wake,
}
