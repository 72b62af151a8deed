"""Stages and stations: how long visits waited and were served, how busy stations and queues were.

A visit's wait for a stage is the time from its arrival at the place, or from the end of its last
service where it goes on without a way between, to the start of the service. A fleet's vehicle
arrives when it passes the last node before; what it waited on the road is in ``report/fleets``.
"""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.report.fold import Fold
from kouan.report.histogram import Histogram
from kouan.report.opening import LocalTime, OpenHours


@dataclass(slots=True)
class Served:
    """A service under way."""

    stage: str
    station: str
    request: int
    start_ms: int


@dataclass(slots=True)
class StageTimes:
    """One stage of a procedure."""

    wait_ms: Histogram = field(default_factory=Histogram)
    service_ms: Histogram = field(default_factory=Histogram)


class StageFold(Fold):
    """Waits and services by (procedure, stage), and busy time by station."""

    def __init__(self, port: Port, opening: OpenHours) -> None:
        super().__init__()
        self.port = port
        self.opening = opening
        self.stages: dict[tuple[str, str], StageTimes] = {}
        self.busy_ms: dict[str, int] = {}
        self.served_by: dict[str, int] = {}
        self.serving: dict[str, Served] = {}
        self.ready_ms: dict[str, int] = {}
        self.procedures: dict[str, str] = {}
        self.orders: dict[str, str] = {}
        self.by_hand: dict[tuple[str, str], Histogram] = {}
        """Stages ended by paper slips, by how long after it happened each was entered."""
        self._slip_ms = 0
        self.on_event = {
            e.SlipEntered: self._entered,
            e.VisitAnnounced: self._announced,
            e.TransportOrderPlaced: self._ordered,
            e.Arrived: self._arrived,
            e.ServiceEnded: self._ended,
            e.LeftPort: self._gone,
            e.VisitLapsed: self._gone,
            e.VehicleMoved: self._moved,
        }
        self.on_command = {
            c.StartService: self._start,
            c.ConfirmSlip: self._confirmed,
            c.SendTo: self._sent,
            c.DriveTo: self._drive,
        }

    def _announced(self, at_ms: int, event: e.VisitAnnounced) -> None:
        del at_ms
        self.procedures[event.visit] = event.procedure

    def _ordered(self, at_ms: int, event: e.TransportOrderPlaced) -> None:
        del at_ms
        fleet = self.port.fleets.get(event.fleet)
        self.procedures[event.order] = fleet.procedure if fleet else ""

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        self.ready_ms[event.visit] = at_ms

    def _moved(self, at_ms: int, event: e.VehicleMoved) -> None:
        order = self.orders.get(event.vehicle, "")
        if order in self.procedures:
            self.ready_ms[order] = at_ms

    def _sent(self, at_ms: int, command: c.SendTo) -> None:
        del at_ms
        self.ready_ms.pop(command.visit, None)

    def _drive(self, at_ms: int, command: c.DriveTo) -> None:
        del at_ms
        before = self.orders.get(command.vehicle, "")
        self.orders[command.vehicle] = command.order
        if before != command.order:
            self._forget(before)
        self.ready_ms.pop(command.order, None)

    def _start(self, at_ms: int, command: c.StartService) -> None:
        known = self.serving.get(command.visit)
        if known is not None and known.request == command.request:
            return
        self.serving[command.visit] = Served(command.stage, command.station, command.request, at_ms)
        times = self._times(command.visit, command.stage)
        ready_ms = self.ready_ms.pop(command.visit, None)
        if ready_ms is not None:
            times.wait_ms.add(at_ms - ready_ms)

    def _times(self, visit: str, stage: str) -> StageTimes:
        key = (self.procedures.get(visit, ""), stage)
        return self.stages.setdefault(key, StageTimes())

    def _ended(self, at_ms: int, event: e.ServiceEnded) -> None:
        served = self.serving.get(event.visit)
        if served is None or served.request != event.request:
            return
        del self.serving[event.visit]
        self._times(event.visit, event.stage).service_ms.add(at_ms - served.start_ms)
        self._busy(served, at_ms)
        self.served_by[served.station] = self.served_by.get(served.station, 0) + 1
        self.ready_ms[event.visit] = at_ms

    def _entered(self, at_ms: int, event: e.SlipEntered) -> None:
        self._slip_ms = max(0, at_ms - event.happened_ms)

    def _confirmed(self, at_ms: int, command: c.ConfirmSlip) -> None:
        """A stage ended by hand: how long it took nobody measured, so it counts apart."""
        key = (self.procedures.get(command.visit, ""), command.stage)
        self.by_hand.setdefault(key, Histogram()).add(self._slip_ms)
        self.serving.pop(command.visit, None)
        self.ready_ms[command.visit] = at_ms

    def _busy(self, served: Served, to_ms: int) -> None:
        open_ms = self.opening.open_ms(
            calendar_key(self.port, served.station), served.start_ms, to_ms
        )
        self.busy_ms[served.station] = self.busy_ms.get(served.station, 0) + open_ms

    def _gone(self, at_ms: int, event: e.LeftPort) -> None:
        del at_ms
        self._forget(event.visit)

    def _forget(self, visit: str) -> None:
        self.procedures.pop(visit, None)
        self.ready_ms.pop(visit, None)
        self.serving.pop(visit, None)


class QueueFold(Fold):
    """Visits that stand at a place and are not served, as lengths with the open time they lasted.

    Only carriers that people drive are seen to queue; vehicles of a fleet wait on the road.
    """

    def __init__(self, port: Port, opening: OpenHours, local: LocalTime) -> None:
        super().__init__()
        self.port = port
        self.opening = opening
        self.local = local
        self.waiting_at: dict[str, str] = {}
        self.lengths: dict[str, int] = {}
        self.since_ms: dict[str, int] = {}
        self.histograms: dict[str, Histogram] = {}
        self.queued = 0
        self.total_since_ms = 0
        self.visit_ms_by_hour = [0] * 24
        self.on_event = {e.Arrived: self._arrived, e.LeftPort: self._left}
        self.on_command = {
            c.StartService: self._leaves,
            c.ConfirmSlip: self._leaves,
            c.SendTo: self._leaves,
            c.LeaveBy: self._leaves,
            c.TurnBack: self._leaves,
        }

    def _arrived(self, at_ms: int, event: e.Arrived) -> None:
        if self.waiting_at.get(event.visit) == event.place:
            return
        self._leave(at_ms, event.visit)
        self.waiting_at[event.visit] = event.place
        self._change(at_ms, event.place, 1)

    def _left(self, at_ms: int, event: e.LeftPort) -> None:
        self._leave(at_ms, event.visit)

    def _leaves(self, at_ms: int, command: c.StartService | c.ConfirmSlip) -> None:
        self._leave(at_ms, command.visit)

    def _leave(self, at_ms: int, visit: str) -> None:
        place = self.waiting_at.pop(visit, None)
        if place is not None:
            self._change(at_ms, place, -1)

    def _change(self, at_ms: int, place: str, by: int) -> None:
        self._lasted(at_ms, place)
        self._spread(at_ms)
        self.lengths[place] = self.lengths.get(place, 0) + by
        self.queued += by

    def _lasted(self, at_ms: int, place: str) -> None:
        """Count the length that a queue had until now."""
        length = self.lengths.get(place, 0)
        from_ms = self.since_ms.get(place, at_ms)
        self.since_ms[place] = at_ms
        open_ms = self.opening.open_ms(f"place:{place}", from_ms, at_ms)
        self.histograms.setdefault(place, Histogram()).add(length, open_ms)

    def _spread(self, at_ms: int) -> None:
        """Spread what all queues together lasted over the hours of the day."""
        from_ms = self.total_since_ms
        self.total_since_ms = at_ms
        while self.queued and from_ms < at_ms:
            to_ms = min(at_ms, self.local.next_hour_ms(from_ms))
            self.visit_ms_by_hour[self.local.hour(from_ms)] += self.queued * (to_ms - from_ms)
            from_ms = to_ms

    def close(self, at_ms: int) -> None:
        """Count what stands in queues at the end."""
        for place in self.lengths:
            self._lasted(at_ms, place)
        self._spread(at_ms)


def calendar_key(port: Port, station: str) -> str:
    """The calendar of a station: a lane's own, else that of its place."""
    if station in port.lanes:
        return f"lane:{station}"
    return f"place:{station.rpartition('.')[0]}"
