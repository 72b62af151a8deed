"""A live port's state forked: what it needs to be run ahead without the port itself.

Visits, papers, lines and stations are as the dispatcher has them. Everything that is under way gets
a drawn end that lies ahead, and what is yet to come is drawn from the declared demand: the fork
knows nothing of the port's devices, drivers and offices but the figures in its file. Driverless
vehicles and their orders are left out.
"""

from kouan.dispatch.board import MOST_DOUBLINGS, NEVER, PATIENCE_MS, rebuild
from kouan.dispatch.commands import (
    COMMANDS,
    AskCorrection,
    Command,
    ReportArrival,
    StartService,
    SubmitDeclaration,
    SuspendService,
)
from kouan.dispatch.events import Evidence
from kouan.dispatch.state import Pending, Phase, State, Visit
from kouan.port.model import Demand, Port
from kouan.port.service import Distribution
from kouan.sim.demand import Arrival, DemandSource, Step
from kouan.sim.draws import Sampler, between, comes_true, draw, key_of, pick, sampler
from kouan.sim.memory import Guest, Memory
from kouan.sim.site import ACTIONS, VirtualSite

BY_PEOPLE = [kind.__name__ for kind in ACTIONS if kind.__name__ in PATIENCE_MS]
"""Commands that drivers, offices and devices at stations answer."""
LEFT_OUT_WAKES = ("drive", "improve", "unload", "orders")
MOST_DRAWS = 16
"""Draws of a time that has to be longer than what has passed of it; then it ends at once."""
PARTS = 1 << 40
"""Between the steps of the draws of one time that has begun."""


class FutureDemand(DemandSource):
    """The declared demand from now on, under names that no visit of the port has.

    Orders of fleets are left out, and for each visit that has a slot already one that would book.
    """

    def __init__(
        self, port: Port, seed: int, from_ms: int, to_ms: int, booked: dict[str, int]
    ) -> None:
        super().__init__(port, seed, from_ms, to_ms)
        self.booked = booked

    def announce(self, memory: Memory, arrival: Arrival) -> None:
        """Put a visit on the heap, unless its like is known."""
        stream = self.streams[arrival.stream]
        if stream.demand.fleet:
            return
        books = comes_true(self.seed, arrival.key, Step.BOOKED, stream.demand.booked_ppm)
        if books and self.booked.get(stream.visit_class, 0):
            self.booked[stream.visit_class] -= 1
            return
        super().announce(memory, arrival._replace(name=f"future {arrival.name}"))


def fork(port: Port, state: State, seed: int, to_ms: int) -> VirtualSite:
    """Make ``state`` one that can be run ahead from now on, and the site for it under a seed."""
    _leave_out_vehicles(state)
    now_ms = state.now_ms
    booked: dict[str, int] = {}
    for visit in list(state.visits.values()):
        if visit.phase is Phase.ANNOUNCED and visit.slot_to_ms <= now_ms:
            _leave_out(state, visit)  # the declared demand stands for those that have no slot
        elif visit.phase is Phase.ANNOUNCED:
            booked[visit.visit_class] = booked.get(visit.visit_class, 0) + 1
    state.early.clear()
    state.holds.clear()  # how long people look at somebody is in the figures of their desk
    site = VirtualSite(port, seed, now_ms, to_ms, vehicles=False)
    site.demand = FutureDemand(port, seed, now_ms, to_ms, booked)
    for visit in state.visits.values():
        site.memory.guests[visit.visit] = _guest(port, visit, seed)
        _push_what_comes(site, state, visit)
    for reason, at_ms in state.wakes.items():
        if reason.partition(":")[0] not in LEFT_OUT_WAKES:
            site.memory.heap.push(max(at_ms, now_ms), "Woke", (reason,))
    for pending in list(state.requests.values()):
        _go_on(site, state, pending)
    heap = site.memory.heap
    heap.items = sorted((max(at_ms, now_ms), *rest) for at_ms, *rest in heap.items)
    return site


# --- what is left out ---------------------------------------------------------------------------


def _leave_out_vehicles(state: State) -> None:
    """Take vehicles and their orders out, and free what they hold."""
    for visit in [visit for visit in state.visits.values() if visit.vehicle]:
        _leave_out(state, visit)
    state.orders, state.urgent, state.sequels, state.vehicles = {}, [], {}, {}
    for place in state.places.values():
        for station in [at for at, name in place.busy.items() if name not in state.visits]:
            del place.busy[station]
            if station not in place.failed:
                place.free = sorted([*place.free, station])
    coming = dict.fromkeys(state.places, 0)
    for visit in state.visits.values():
        if visit.phase is Phase.MOVING:
            coming[visit.place] += 1
    for name, place in state.places.items():
        place.coming = coming[name]
    state.requests = {
        request: pending
        for request, pending in state.requests.items()
        if pending.kind in BY_PEOPLE and _visit_of(pending) in state.visits
    }


def _visit_of(pending: Pending) -> str:
    return str(pending.fields[COMMANDS[pending.kind]._fields.index("visit")])


def _leave_out(state: State, visit: Visit) -> None:
    """Take a visit out of everything but stations and counts."""
    del state.visits[visit.visit]
    state.filings.pop(visit.visit, None)
    for place in state.places.values():
        for lines, counter in ((place.queue, "queued"), (place.wanting, "lined")):
            for name, line in lines.items():
                kept = [entry for entry in line if entry[2] != visit.visit]
                setattr(place, counter, getattr(place, counter) - len(line) + len(kept))
                lines[name] = kept


# --- what is under way --------------------------------------------------------------------------


def _stream_of(port: Port, visit: Visit) -> str:
    """The declared stream that a visit is like; one of its procedure if none has its class."""
    alike = {
        name: demand.visit_class or name
        for name, demand in port.demand.items()
        if demand.procedure == visit.procedure and not demand.fleet
    }
    of_class = [name for name, known in alike.items() if known == visit.visit_class]
    return next(iter([*of_class, *alike]), "")


def _guest(port: Port, visit: Visit, seed: int) -> Guest:
    """The truth behind a visit: as far as anybody knows, it is as declared."""
    return Guest(
        _stream_of(port, visit),
        key_of(f"{seed} {visit.visit}"),
        visit.procedure,
        plate=visit.plate,
        driver=visit.driver,
        tare_kg=visit.tare_kg,
        mass_kg=visit.mass_kg,
        containers=visit.containers,
        seal=visit.seal,
        aboard_kg=visit.aboard_kg,
        inside=visit.phase is not Phase.ANNOUNCED,
    )


def _push_what_comes(site: VirtualSite, state: State, visit: Visit) -> None:
    """Put on the heap what a visit will bring by itself: its coming, papers, results, freedom."""
    port, now_ms, heap = site.port, state.now_ms, site.memory.heap
    guest = site.memory.guests[visit.visit]
    stream = site.demand.streams.get(guest.stream)
    lodged_ms = now_ms
    if stream is not None:
        late = stream.demand.late_lodging
        lodged_ms += _part_left(site.seed, guest.key, Step.LATE_LODGING, late)
    if visit.phase is Phase.ANNOUNCED:
        first_ms = max(visit.slot_from_ms, now_ms)
        number = draw(site.seed, guest.key, Step.ARRIVAL)
        at_ms = between(number, first_ms, max(first_ms, visit.slot_to_ms - 1))
        heap.push(at_ms, "Arrived", (visit.visit, port.procedures[visit.procedure].stages[0].at))
        lead_ms = stream.demand.pre_arrival_lead_ms if stream is not None else 0
        lodged_ms = at_ms - lead_ms
    if stream is not None and stream.needs_papers:
        _lodge(site, state, visit, lodged_ms)
    filing = state.filings.get(visit.visit)
    for by in filing.holds if filing is not None else ():
        left_ms = _part_left(site.seed, guest.key, Step.HOLD_FOR, site.customs.declared.hold_for)
        heap.push(now_ms + left_ms, "HoldLifted", (filing.declaration if filing else "", by))
    for due in visit.results_due:
        stage_id, _, check = due.partition(":")
        service = site.stations.services[visit.procedure, stage_id]
        for number, declared, after in service.later:
            if declared.check == check:
                left_ms = _part_of(site.seed, guest.key, service.step(1) + number, after)
                fields = (visit.visit, stage_id, Evidence(declared.check.value))
                heap.push(now_ms + left_ms, "ResultArrived", fields)


def _lodge(site: VirtualSite, state: State, visit: Visit, at_ms: int) -> None:
    """Lodge what a visit still lacks of manifest and declaration."""
    filing = state.filings.get(visit.visit)
    manifest = filing.manifest if filing is not None else ""
    if not manifest:
        manifest = f"M-{visit.visit}"
        fields = (manifest, visit.visit, visit.plate, visit.mass_kg, visit.containers, visit.seal)
        site.memory.heap.push(at_ms, "ManifestLodged", fields)
    if filing is None or not filing.declaration:
        site.memory.heap.push(at_ms, "DeclarationLodged", (f"D-{visit.visit}", manifest))


def _part_left(seed: int, key: int, step: int, time: Distribution) -> int:
    """What is left of a time of which it is not known how much has passed."""
    return _part_of(seed, key, step, sampler(time))


def _part_of(seed: int, key: int, step: int, time: Sampler) -> int:
    """Any part of a drawn time: who is met while it waits is met in a long wait the more likely."""
    drawn = [time.at(draw(seed, key, step + number * PARTS)) for number in range(MOST_DRAWS)]
    whole_ms = drawn[pick(draw(seed, key, step - PARTS), drawn)]
    return between(draw(seed, key, step - 2 * PARTS), 0, whole_ms)


def _go_on(site: VirtualSite, state: State, pending: Pending) -> None:
    """Let what a command asked for end, at a drawn time that has not passed.

    It began when the command was given; sent again, that is known no more exactly.
    """
    command = rebuild(pending.kind, pending.fields)
    guest = site.memory.guests.get(_visit_of(pending))
    if guest is None:
        return
    wait_ms = PATIENCE_MS[pending.kind] << min(pending.tries, MOST_DOUBLINGS)
    began_ms = min(pending.due_ms - wait_ms, state.now_ms)
    first_key = guest.key
    for number in range(MOST_DRAWS):
        guest.key = key_of(f"{first_key} {number}")
        if began_ms + _takes_ms(site, command, guest) > state.now_ms:
            break
    site.carry_out(command, began_ms)
    known = state.visits[_visit_of(pending)]
    if known.suspended and isinstance(command, StartService):
        site.carry_out(SuspendService(0, known.visit, command.station), state.now_ms)


def _takes_ms(site: VirtualSite, command: Command, guest: Guest) -> int:
    """How long what a command asks for takes for a guest with this key."""
    if isinstance(command, StartService):
        service = site.stations.services[guest.procedure, command.stage]
        return site.stations.duration_ms(service, guest, command.attempt)
    if isinstance(command, SubmitDeclaration):
        return site.customs.channel(guest, command.declaration)[0]
    if isinstance(command, ReportArrival):
        return site.customs.arrival(guest, command.declaration, command.findings)[-1][0]
    if isinstance(command, AskCorrection):
        correction = site.port.demand.get(guest.stream, Demand()).correction
        return sampler(correction).at(draw(site.seed, guest.key, Step.CORRECTION))
    return NEVER
