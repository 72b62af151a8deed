"""What comes: the declared streams, day by day, as announcements, papers, arrivals and orders.

Everything about a visit is drawn from its own name, so another stream changes nothing for it.
"""

from dataclasses import dataclass
from enum import IntEnum

from kouan.port.calendar import demand_windows, start_of_day_ms
from kouan.port.model import Arrivals, Demand, Payload, Port
from kouan.sim.draws import between, draw, happens, key_of, pick, sampler
from kouan.sim.memory import Guest, Memory

DAY_MS = 86_400_000
ANNOUNCED_AHEAD_MS = 3_600_000
"""How long before its arrival or lodging a visit is announced at the least (assumption)."""


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
    WRONG = 20
    STAGES = 64


@dataclass(frozen=True, slots=True)
class Arrival:
    """One visit or order of a stream, before anything of it is known to the port."""

    name: str
    stream: str
    at_ms: int
    key: int


class DemandSource:
    """The declared streams of a port under one seed."""

    def __init__(self, port: Port, seed: int, from_ms: int, to_ms: int) -> None:
        self.port = port
        self.seed = seed
        self.from_ms = from_ms
        self.to_ms = to_ms

    def start(self, memory: Memory) -> None:
        """Note the first thing that every stream has to do."""
        for stream, demand in self.port.demand.items():
            if demand.interval is not None:
                self._next_of_stream(memory, stream, demand, 0, self.from_ms)
            elif demand.per_day:
                windows = demand_windows(self.port, stream, self.from_ms, self.to_ms)
                for day in windows:
                    begin_ms = max(self.from_ms, day.day_start_ms - DAY_MS // 2)
                    spans = list(zip(day.opens, day.closes, strict=True))
                    memory.heap.push(begin_ms, "@day", [stream, day.day_start_ms, spans])

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
        return day_ms + hour * 3_600_000 + between(inner, 0, 3_599_999)

    def _next_of_stream(
        self, memory: Memory, stream: str, demand: Demand, index: int, after_ms: int
    ) -> None:
        """Put the next arrival of a stream with an interval on the heap."""
        gap = sampler(demand.interval).at(draw(self.seed, key_of(stream), index))
        at_ms = after_ms + gap
        if at_ms < self.to_ms:
            memory.heap.push(at_ms, "@next", [stream, index])

    def next(self, memory: Memory, stream: str, index: int, at_ms: int) -> None:
        """Let a visit of a stream with an interval arrive now, and note the one after it."""
        demand = self.port.demand[stream]
        name = f"{stream}-{index + 1}"
        self.announce(memory, Arrival(name, stream, at_ms, key_of(name)))
        self._next_of_stream(memory, stream, demand, index + 1, at_ms)

    def announce(self, memory: Memory, arrival: Arrival) -> None:
        """Put everything that one visit or order brings with it on the heap."""
        demand = self.port.demand[arrival.stream]
        payload = self._payload(demand, arrival)
        guest = _guest(self.port, demand, arrival, payload)
        memory.guests[arrival.name] = guest
        if demand.fleet:
            self._order(memory, demand, arrival, guest, payload)
        else:
            self._visit(memory, demand, arrival, guest, payload)

    def _payload(self, demand: Demand, arrival: Arrival) -> Payload:
        if not demand.payload:
            return Payload(1_000_000, 0)
        shares = [payload.share_ppm for payload in demand.payload]
        return demand.payload[pick(draw(self.seed, arrival.key, Step.PAYLOAD), shares)]

    def _order(
        self, memory: Memory, demand: Demand, arrival: Arrival, guest: Guest, payload: Payload
    ) -> None:
        fields = [
            arrival.name,
            demand.fleet,
            demand.visit_class or arrival.stream,
            guest.mass_kg,
            payload.goods,
            guest.containers,
            guest.seal,
        ]
        memory.heap.push(arrival.at_ms, "TransportOrderPlaced", fields)
        self._papers(memory, demand, arrival, guest, arrival.at_ms)

    def _visit(
        self, memory: Memory, demand: Demand, arrival: Arrival, guest: Guest, payload: Payload
    ) -> None:
        seed, key = self.seed, arrival.key
        early = happens(draw(seed, key, Step.PRE_ARRIVAL), demand.pre_arrival_ppm)
        lodged_ms = arrival.at_ms
        if self._needs_papers(demand):
            if early:
                lodged_ms = max(self.from_ms, arrival.at_ms - demand.pre_arrival_lead_ms)
            else:
                lodged_ms += sampler(demand.late_lodging).at(draw(seed, key, Step.LATE_LODGING))
        announced_ms = min(lodged_ms, arrival.at_ms)
        booked = happens(draw(seed, key, Step.BOOKED), demand.booked_ppm)
        if booked:
            announced_ms = max(self.from_ms, announced_ms - ANNOUNCED_AHEAD_MS)
        fields = [
            arrival.name,
            demand.procedure,
            demand.visit_class or arrival.stream,
            guest.plate,
            guest.driver,
            guest.tare_kg,
            guest.mass_kg,
            payload.goods,
            guest.containers,
            guest.seal,
        ]
        memory.heap.push(announced_ms, "VisitAnnounced", fields)
        if booked:
            memory.heap.push(announced_ms, "BookingRequested", [arrival.name, arrival.at_ms])
        if booked and happens(draw(seed, key, Step.NO_SHOW), demand.no_show_ppm):
            memory.heap.push(arrival.at_ms, "VisitLapsed", [arrival.name])
            return
        if self._needs_papers(demand):
            self._papers(memory, demand, arrival, guest, lodged_ms)
        first = self.port.procedures[demand.procedure].stages[0].at
        memory.heap.push(arrival.at_ms, "Arrived", [arrival.name, first])

    def _needs_papers(self, demand: Demand) -> bool:
        procedure = self.port.procedures[demand.procedure]
        return procedure.exit_needs_release or any(
            stage.needs or stage.until for stage in procedure.stages
        )

    def _papers(
        self, memory: Memory, demand: Demand, arrival: Arrival, guest: Guest, at_ms: int
    ) -> None:
        wrong = happens(
            draw(self.seed, arrival.key, Step.DOCUMENT_ERROR), demand.document_error_ppm
        )
        mass_kg = guest.mass_kg + (10_000 if wrong else 0)
        manifest, declaration = f"M-{arrival.name}", f"D-{arrival.name}"
        memory.heap.push(
            at_ms,
            "ManifestLodged",
            [manifest, arrival.name, guest.plate, mass_kg, guest.containers, guest.seal],
        )
        memory.heap.push(at_ms, "DeclarationLodged", [declaration, manifest])


def _guest(port: Port, demand: Demand, arrival: Arrival, payload: Payload) -> Guest:
    """The truth about a visit; its names are made up and say so by their form."""
    number = arrival.key % 10_000_000
    procedure = port.fleets[demand.fleet].procedure if demand.fleet else demand.procedure
    return Guest(
        arrival.stream,
        arrival.key,
        procedure,
        plate="" if demand.fleet else f"T{number:07d}",
        driver="" if demand.fleet else f"P{number:07d}",
        tare_kg=demand.tare_kg,
        mass_kg=payload.mass_kg,
        containers=payload.containers,
        seal=f"S{number:07d}" if payload.mass_kg else "",
        aboard_kg=0 if demand.fleet else payload.mass_kg,
    )


def _within(spans: list[tuple[int, int]], offset: int) -> int:
    """The moment that lies ``offset`` open milliseconds after the first opening."""
    for start, end in spans:
        if offset < end - start:
            return start + offset
        offset -= end - start
    return spans[-1][1] - 1 if spans else 0
