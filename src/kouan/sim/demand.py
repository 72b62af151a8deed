"""What comes: the declared streams, day by day, as announcements, papers, arrivals and orders.

Everything about a visit is drawn from its own name, so another stream changes nothing for it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from kouan.dispatch.events import TransportOrderPlaced
from kouan.port.calendar import demand_windows, start_of_day_ms
from kouan.port.model import Arrivals, Demand, Payload, Port
from kouan.port.procedures import CheckKind, Procedure
from kouan.port.quantity import DAY_MS, HOUR_MS, WHOLE_PPM
from kouan.sim.draws import Sampler, between, comes_true, draw, key_of, pick, sampler
from kouan.sim.memory import Guest, Memory

NOTHING_CARRIED = Payload(WHOLE_PPM, 0)
ANNOUNCED_AHEAD_MS = 3_600_000
"""How long before its arrival or lodging a visit is announced at the least (assumption)."""
PERMIT_MS = 30 * DAY_MS
"""How long a permit is still valid when its vehicle arrives (assumption)."""
NO_BOXES: tuple[str, ...] = ()
"""Containers of virtual carriers have no numbers; they are counted."""
NO_PERMIT = 0
ORDINARY_PRIORITY, NO_DEADLINE, NO_PREDECESSOR, NOBODY = 0, 0, "", ""


class Step(IntEnum):
    """What a draw of a visit is for; stages begin at STAGES."""

    ARRIVAL = 0
    PAYLOAD = 1
    PRE_ARRIVAL = 2
    LATE_LODGING = 3
    DOCUMENT_ERROR = 4
    CORRECTION = 5
    BOOKED = 6
    NO_SHOW = 7
    CHANNEL = 8
    CHANNEL_AFTER = 9
    RELEASE_AFTER = 10
    HOLD = 11
    HOLD_FOR = 12
    DWELL = 13
    PERMIT = 14
    WRONG = 20
    STAGES = 64


class Arrival(NamedTuple):
    """One visit or order of a stream, before anything of it is known to the port."""

    name: str
    stream: str
    at_ms: int
    key: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A declared stream, made ready for announcing many visits.

    ``procedure`` is the one its visits or its fleet's orders walk, ``first`` the place where a
    visit arrives, ``shares`` those of its payloads;
    ``expired_ppm`` the share whose permit has expired, None where no permit is looked at.
    """

    demand: Demand
    key: int
    gap: Sampler
    visit_class: str
    procedure: str
    first: str
    needs_papers: bool
    expired_ppm: int | None
    shares: list[int]


def _stream(port: Port, name: str, demand: Demand) -> Stream:
    procedure = port.fleets[demand.fleet].procedure if demand.fleet else demand.procedure
    declared = port.procedures[procedure]
    return Stream(
        demand,
        key_of(name),
        sampler(demand.interval),
        demand.visit_class or name,
        procedure,
        declared.stages[0].at,
        declared.exit_needs_release or any(one.needs or one.until for one in declared.stages),
        _share_expired(declared),
        [payload.share_ppm for payload in demand.payload],
    )


def _share_expired(procedure: Procedure) -> int | None:
    checks = [check for stage in procedure.stages for check in stage.checks]
    shares = [check.wrong_ppm for check in checks if check.check is CheckKind.PERMIT]
    return max(shares) if shares else None


class DemandSource:
    """The declared streams of a port under one seed."""

    def __init__(self, port: Port, seed: int, from_ms: int, to_ms: int) -> None:
        self.port = port
        self.seed = seed
        self.from_ms = from_ms
        self.to_ms = to_ms
        self.streams = {name: _stream(port, name, demand) for name, demand in port.demand.items()}

    def start(self, memory: Memory) -> None:
        """Note the first thing that every stream has to do."""
        for stream, demand in self.port.demand.items():
            if demand.interval is not None:
                self._next_of_stream(memory, stream, 0, self.from_ms)
            elif demand.per_day:
                windows = demand_windows(self.port, stream, self.from_ms, self.to_ms)
                for day in windows:
                    begin_ms = max(self.from_ms, day.day_start_ms - DAY_MS // 2)
                    spans = list(zip(day.opens, day.closes, strict=True))
                    memory.heap.push(begin_ms, "@day", (stream, day.day_start_ms, spans))

    def day(self, memory: Memory, stream: str, day_ms: int, spans: list[tuple[int, int]]) -> None:
        """Put one day of a stream on the heap."""
        demand = self.port.demand[stream]
        count = demand.per_day or 0
        number = (day_ms - start_of_day_ms(self.port, "2020-01-01") + DAY_MS // 2) // DAY_MS
        for index in range(count):
            name = f"{stream}-{number}-{index + 1}"
            key = key_of(name)
            at_ms = self._moment(demand, spans, index, key, day_ms)
            if self.from_ms <= at_ms < self.to_ms:
                self.announce(memory, Arrival(name, stream, at_ms, key))

    def _moment(
        self, demand: Demand, spans: list[tuple[int, int]], index: int, key: int, day_ms: int
    ) -> int:
        """When visit ``index`` of a day arrives: evenly spread, or drawn by hours' weights."""
        total = sum(end - start for start, end in spans)
        count = demand.per_day or 1
        if demand.arrivals is Arrivals.EVEN:
            return _within(spans, (2 * index + 1) * total // (2 * count))
        number = draw(self.seed, key, Step.ARRIVAL)
        if not demand.profile:
            return _within(spans, between(number, 0, max(0, total - 1)))
        hour = pick(number, list(demand.profile))
        inner = draw(self.seed, key, Step.ARRIVAL + Step.STAGES * 1_000)
        return day_ms + hour * HOUR_MS + between(inner, 0, 3_599_999)

    def _next_of_stream(self, memory: Memory, stream: str, index: int, after_ms: int) -> None:
        """Put the next arrival of a stream with an interval on the heap."""
        known = self.streams[stream]
        at_ms = after_ms + known.gap.at(draw(self.seed, known.key, index))
        if at_ms < self.to_ms:
            memory.heap.push(at_ms, "@next", (stream, index))

    def next(self, memory: Memory, stream: str, index: int, at_ms: int) -> None:
        """Let a visit of a stream with an interval arrive now, and note the one after it."""
        name = f"{stream}-{index + 1}"
        self.announce(memory, Arrival(name, stream, at_ms, key_of(name)))
        self._next_of_stream(memory, stream, index + 1, at_ms)

    def announce(self, memory: Memory, arrival: Arrival) -> None:
        """Put everything that one visit or order brings with it on the heap."""
        stream = self.streams[arrival.stream]
        payload = self._payload(stream, arrival)
        guest = _guest(stream, arrival, payload)
        memory.guests[arrival.name] = guest
        if stream.demand.fleet:
            self._order(memory, stream, arrival, guest, payload)
        else:
            self._visit(memory, stream, arrival, guest, payload)

    def guest_of(self, order: TransportOrderPlaced) -> Guest | None:
        """The truth behind an order placed by hand: it is as it says; None without such a fleet.

        Customs treat it like the orders that the port file declares for its fleet.
        """
        fleet = self.port.fleets.get(order.fleet)
        if fleet is None:
            return None
        streams = [name for name, demand in self.port.demand.items() if demand.fleet == order.fleet]
        return Guest(
            next(iter(streams), ""),
            key_of(order.order),
            fleet.procedure,
            plate="",
            driver="",
            tare_kg=0,
            mass_kg=order.mass_kg,
            containers=order.containers,
            seal=order.seal,
            aboard_kg=0,
        )

    def _payload(self, stream: Stream, arrival: Arrival) -> Payload:
        if not stream.shares:
            return NOTHING_CARRIED
        number = draw(self.seed, arrival.key, Step.PAYLOAD)
        return stream.demand.payload[pick(number, stream.shares)]

    def _order(
        self, memory: Memory, stream: Stream, arrival: Arrival, guest: Guest, payload: Payload
    ) -> None:
        fields = [
            arrival.name,
            stream.demand.fleet,
            stream.visit_class,
            guest.mass_kg,
            payload.goods,
            guest.containers,
            guest.seal,
            ORDINARY_PRIORITY,
            NO_DEADLINE,
            NO_PREDECESSOR,
            NOBODY,
        ]
        memory.heap.push(arrival.at_ms, "TransportOrderPlaced", fields)
        self._papers(memory, stream.demand, arrival, guest, arrival.at_ms)

    def _visit(
        self, memory: Memory, stream: Stream, arrival: Arrival, guest: Guest, payload: Payload
    ) -> None:
        demand, at_ms = stream.demand, arrival.at_ms
        lodged_ms = self._lodged_ms(demand, arrival) if stream.needs_papers else at_ms
        announced_ms = min(lodged_ms, at_ms)
        booked = comes_true(self.seed, arrival.key, Step.BOOKED, demand.booked_ppm)
        if booked:
            announced_ms = max(self.from_ms, announced_ms - ANNOUNCED_AHEAD_MS)
        fields = (
            arrival.name,
            stream.procedure,
            stream.visit_class,
            guest.plate,
            guest.driver,
            guest.tare_kg,
            guest.mass_kg,
            payload.goods,
            guest.containers,
            guest.seal,
            *self._permit(stream, arrival),
        )
        memory.heap.push(announced_ms, "VisitAnnounced", fields)
        if booked:
            memory.heap.push(announced_ms, "BookingRequested", (arrival.name, at_ms))
            if comes_true(self.seed, arrival.key, Step.NO_SHOW, demand.no_show_ppm):
                memory.heap.push(at_ms, "VisitLapsed", (arrival.name,))
                return
        if stream.needs_papers:
            self._papers(memory, demand, arrival, guest, lodged_ms)
        memory.heap.push(at_ms, "Arrived", (arrival.name, stream.first))

    def _permit(self, stream: Stream, arrival: Arrival) -> tuple[object, ...]:
        """The last fields of an announcement: boxes by number, the permit's end, the priority."""
        if stream.expired_ppm is None:
            return NO_BOXES, NO_PERMIT, ORDINARY_PRIORITY
        expired = comes_true(self.seed, arrival.key, Step.PERMIT, stream.expired_ppm)
        until_ms = arrival.at_ms + (-DAY_MS if expired else PERMIT_MS)
        return NO_BOXES, until_ms, ORDINARY_PRIORITY

    def _lodged_ms(self, demand: Demand, arrival: Arrival) -> int:
        """When a visit's papers are lodged: some time before its arrival or after it."""
        seed, key = self.seed, arrival.key
        if comes_true(seed, key, Step.PRE_ARRIVAL, demand.pre_arrival_ppm):
            return max(self.from_ms, arrival.at_ms - demand.pre_arrival_lead_ms)
        late_ms = sampler(demand.late_lodging).at(draw(seed, key, Step.LATE_LODGING))
        return arrival.at_ms + late_ms

    def _papers(
        self, memory: Memory, demand: Demand, arrival: Arrival, guest: Guest, at_ms: int
    ) -> None:
        share_ppm = demand.document_error_ppm
        wrong = comes_true(self.seed, arrival.key, Step.DOCUMENT_ERROR, share_ppm)
        mass_kg = guest.mass_kg + (10_000 if wrong else 0)
        manifest, declaration = f"M-{arrival.name}", f"D-{arrival.name}"
        head = (manifest, arrival.name, guest.plate)
        memory.heap.push(
            at_ms,
            "ManifestLodged",
            (*head, mass_kg, guest.containers, guest.seal, NO_BOXES),
        )
        memory.heap.push(at_ms, "DeclarationLodged", [declaration, manifest])


def _guest(stream: Stream, arrival: Arrival, payload: Payload) -> Guest:
    """The truth about a visit; its names are made up and say so by their form."""
    number = f"{arrival.key % 10_000_000:07d}"
    is_order = bool(stream.demand.fleet)
    return Guest(
        arrival.stream,
        arrival.key,
        stream.procedure,
        plate="" if is_order else f"T{number}",
        driver="" if is_order else f"P{number}",
        tare_kg=stream.demand.tare_kg,
        mass_kg=payload.mass_kg,
        containers=payload.containers,
        seal=f"S{number}" if payload.mass_kg else "",
        aboard_kg=0 if is_order else payload.mass_kg,
    )


def _within(spans: list[tuple[int, int]], offset: int) -> int:
    """The moment that lies ``offset`` open milliseconds after the first opening."""
    for start, end in spans:
        if offset < end - start:
            return start + offset
        offset -= end - start
    return spans[-1][1] - 1 if spans else 0
