"""Lanes with loops: one is free again only when its loops say that it is empty.

While somebody leaves such a lane, or stands in it as a stranger, nobody is served there and nobody
is let in. Other stations are free as soon as their visit is sent on.
"""

from kouan.dispatch.board import Board
from kouan.dispatch.commands import Command, LeadOut, OpenBarrier
from kouan.dispatch.plan import PlannedPlace
from kouan.dispatch.state import LaneState, Visit


def station_name(board: Board, visit: Visit) -> str:
    """The station that a visit holds; "" for none, and for those whose lane has no loops."""
    if visit.station < 0 or visit.vehicle:
        return ""
    name = board.plan.places[visit.place].stations[visit.station]
    return name if name in board.plan.looped else ""


def may_enter(board: Board, place: PlannedPlace, station: int, lines: list[str]) -> list[str]:
    """Lines that a free lane may serve: whoever stands in it already, else who stands in none."""
    name = place.stations[station]
    if name not in board.plan.looped:
        return [line for line in lines if "@" not in line]
    stands = [line for line in lines if f"@{station}:" in line]
    if stands:
        return stands
    return [] if name in board.state.lanes else [line for line in lines if "@" not in line]


def open_lane(board: Board, visit: Visit, station: str, reason: str) -> None:
    """Open the barrier of a lane, and wait until its visit has left it."""
    _let_out(board, visit.visit, station, OpenBarrier, station, visit.visit, reason)


def lead_out(board: Board, visit: Visit, place: str, reason: str) -> None:
    """Lead a visit out of its lane without passing the barrier, unless that was opened for it."""
    station = station_name(board, visit)
    if station and station not in board.state.lanes:
        _let_out(board, visit.visit, station, LeadOut, station, visit.visit, place, reason)


def lead_away(board: Board, station: str, reason: str) -> None:
    """Lead a stranger out of a lane, the way it came."""
    _let_out(board, "", station, LeadOut, station, "", "", reason)


def _let_out(board: Board, visit: str, station: str, kind: type[Command], *fields: str) -> None:
    request = board.ask(kind, *fields)
    board.state.lanes[station] = LaneState(
        leaving=True,
        visit=visit,
        request=request,
        since_ms=board.state.now_ms,
        let_past=int(kind is OpenBarrier),
    )


def await_leaving(board: Board, visit: Visit) -> bool:
    """Whether a visit's station has to wait for its lane to be empty."""
    station = station_name(board, visit)
    visit.lane = -1
    return bool(station) and station in board.state.lanes
