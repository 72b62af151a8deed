"""A virtual fleet manager: it takes missions as the contract says and drives virtual vehicles.

It has no clock and no wires: bodies and the time go in, bodies come out. What can go wrong with a
manager of another maker goes wrong here when it is asked to (``Trouble``).
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import msgspec

from kouan.live.errors import LiveError
from kouan.live.missions.messages import (
    ENDS,
    NO_STEP,
    VERSION,
    Ask,
    Body,
    Fault,
    Mission,
    State,
    Status,
    Stop,
    Topic,
    Vehicles,
    decode,
    encode,
    moment,
)
from kouan.live.missions.twin_vehicle import TwinVehicle
from kouan.live.virtual.spec import VehicleSpec

REPORT_EVERY_MS = 5_000
MOST_ENDED = 1_000
MOST_OUTGOING = 10_000
"""Bodies that wait to be sent; more are lost."""
ANY = ("", "any")


@dataclass(frozen=True, slots=True)
class Failure:
    """A vehicle that can't go on from ``at_ms`` on, for a while."""

    vehicle: str
    at_ms: int
    for_ms: int


@dataclass(slots=True)
class Trouble:
    """What goes wrong: shares of what is said are lost or doubled, all is late by up to so much."""

    lost_ppm: int = 0
    doubled_ppm: int = 0
    late_ms: int = 0
    rejects: int = 0
    """So many of the next missions are rejected."""
    failures: Sequence[Failure] = ()
    seed: int = 1


@dataclass(slots=True)
class Taken:
    """A mission that was taken, and how it stands."""

    message: Mission
    vehicle: str = ""
    state: State = "accepted"
    passed: int = NO_STEP
    reason: str = ""
    aligned: bool = False
    """Whether its vehicle was found on its way."""

    def free(self) -> list[Stop]:
        """What may be driven: the stops not passed, up to the first gate."""
        gate = min(self.message.gates, default=1 << 60)
        return [one for one in self.message.stops if self.passed < one.step < gate]


@dataclass(slots=True)
class ManagerMemory:
    """What a manager knows, so that a restarted one goes on from it."""

    at_ms: int
    vehicles: list[TwinVehicle]
    missions: list[Taken]


@dataclass(slots=True)
class _Outbox:
    """What is said on its way out, with what goes wrong there."""

    trouble: Trouble
    dice: random.Random
    waiting: list[tuple[int, int, Topic, bytes]] = field(default_factory=list)
    count: int = 0

    def put(self, kind: Topic, body: Body, now_ms: int) -> None:
        trouble = self.trouble
        if self.dice.randrange(1_000_000) < trouble.lost_ppm:
            return
        copies = 2 if self.dice.randrange(1_000_000) < trouble.doubled_ppm else 1
        for _ in range(copies if len(self.waiting) < MOST_OUTGOING else 0):
            self.count += 1
            at_ms = now_ms + (self.dice.randint(0, trouble.late_ms) if trouble.late_ms else 0)
            heappush(self.waiting, (at_ms, self.count, kind, encode(body)))

    def due(self, now_ms: int) -> list[tuple[Topic, bytes]]:
        found = []
        while self.waiting and self.waiting[0][0] <= now_ms:
            _, _, kind, payload = heappop(self.waiting)
            found.append((kind, payload))
        return found


class VirtualManager:
    """A manager of one fleet. Times never run back."""

    def __init__(
        self, fleet: str, specs: Iterable[VehicleSpec], trouble: Trouble | None = None
    ) -> None:
        """All vehicles stand on their first nodes."""
        self.fleet = fleet
        self.trouble = trouble or Trouble()
        self.vehicles = {spec.serial: TwinVehicle(spec) for spec in specs}
        self._missions: dict[str, Taken] = {}
        self._outbox = _Outbox(self.trouble, random.Random(self.trouble.seed))
        self._failures = sorted(self.trouble.failures, key=lambda one: one.at_ms)
        self._report_ms: int | None = None

    # --- in ------------------------------------------------------------------------------------

    def receive(self, kind: Topic, payload: bytes, now_ms: int) -> list[tuple[Topic, bytes]]:
        """Take a body; return what is said now. Raises MissionError when it can't be read."""
        self._advance(now_ms)
        body = decode(kind, payload)
        if isinstance(body, Mission):
            self._take(body, now_ms)
        elif isinstance(body, Ask):
            self._say(body.id, now_ms)
        return self._outbox.due(now_ms)

    def tick(self, now_ms: int) -> list[tuple[Topic, bytes]]:
        """Let vehicles drive on; return what is said now."""
        self._advance(now_ms)
        if self._report_ms is None or now_ms >= self._report_ms:
            self._report_ms = now_ms + REPORT_EVERY_MS
            self._outbox.put(Topic.VEHICLES, self.report(now_ms), now_ms)
        return self._outbox.due(now_ms)

    def next_at_ms(self) -> int:
        """When ``tick`` is to be called at the latest."""
        due = [self._report_ms or 0]
        due += [one.at_ms for one in self._failures[:1]]
        due += [self._outbox.waiting[0][0]] if self._outbox.waiting else []
        due += [at for one in self.vehicles.values() if (at := one.due_ms()) is not None]
        return min(due)

    def forget(self) -> None:
        """Lose all missions, as a restart would: vehicles drive to their next node and stand."""
        self._missions.clear()
        for vehicle in self.vehicles.values():
            vehicle.mission = ""

    def status(self, mission: str, now_ms: int) -> Status:
        """How a mission stands."""
        taken = self._missions.get(mission)
        if taken is None:
            return Status(version=VERSION, sent=moment(now_ms), id=mission, state="unknown")
        return Status(
            version=VERSION,
            sent=moment(now_ms),
            id=mission,
            state=taken.state,
            revision=taken.message.revision,
            vehicle=taken.vehicle,
            passed=taken.passed,
            reason=taken.reason,
        )

    def report(self, now_ms: int) -> Vehicles:
        """All vehicles."""
        reports = tuple(one.report(now_ms) for one in self.vehicles.values())
        return Vehicles(version=VERSION, sent=moment(now_ms), vehicles=reports)

    def freeze(self, now_ms: int) -> bytes:
        """All that it knows, as JSON."""
        vehicles, missions = list(self.vehicles.values()), list(self._missions.values())
        return msgspec.json.encode(ManagerMemory(now_ms, vehicles, missions))

    def thaw(self, memory: bytes) -> int:
        """Go on from a memory; its time, before which none may be given. Raises LiveError."""
        try:
            found = msgspec.json.decode(memory, type=ManagerMemory)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LiveError(f"{error}: expected what a virtual fleet manager wrote") from error
        for kept in found.vehicles:
            if kept.spec.serial in self.vehicles:
                kept.spec = self.vehicles[kept.spec.serial].spec
                self.vehicles[kept.spec.serial] = kept
        self._missions = {
            one.message.id: one for one in found.missions if one.vehicle in ("", *self.vehicles)
        }
        return found.at_ms

    # --- missions ------------------------------------------------------------------------------

    def _take(self, message: Mission, now_ms: int) -> None:
        taken = self._missions.get(message.id)
        if taken is None:
            taken = self._missions[message.id] = Taken(message, message.vehicle)
            self._begin(taken, now_ms)
            self._trim()
        elif taken.state not in ENDS and message.revision > taken.message.revision:
            taken.message = message
            self._go_on(taken, now_ms)
        self._say(message.id, now_ms)

    def _begin(self, taken: Taken, now_ms: int) -> None:
        message = taken.message
        if message.vehicle in ANY:
            idle = [one.spec.serial for one in self.vehicles.values() if one.is_free()]
            taken.vehicle = idle[0] if idle else ""
        vehicle = self.vehicles.get(taken.vehicle)
        if message.cancel:
            taken.state = "cancelled"
        elif vehicle is None:
            taken.state, taken.reason = "rejected", "no such vehicle, or none is free"
        elif self.trouble.rejects > 0:
            self.trouble.rejects -= 1
            taken.state, taken.reason = "rejected", "not now"
        elif not vehicle.is_free():
            taken.state = "rejected"
            taken.reason = vehicle.fault or f"it has mission {vehicle.mission}"
        else:
            vehicle.mission = message.id
            taken.passed = message.passed
            self._go_on(taken, now_ms)

    def _trim(self) -> None:
        ended = [name for name, one in self._missions.items() if one.state in ENDS]
        for name in ended[: max(0, len(ended) - MOST_ENDED)]:
            del self._missions[name]

    def _go_on(self, taken: Taken, now_ms: int) -> None:
        """Let the mission's vehicle do what may be done now."""
        vehicle, message = self.vehicles[taken.vehicle], taken.message
        if message.kind == "charge":
            if message.cancel:
                vehicle.end_charging(now_ms)
                self._end(taken, "cancelled")
            else:
                taken.state = "started"
                vehicle.begin_charging(now_ms)
            return
        if not taken.aligned and vehicle.toward is not None and vehicle.drive.moving:
            return  # On its way from a mission that was forgotten.
        if not taken.aligned and not self._align(taken, vehicle):
            self._end(taken, "failed", f"{taken.vehicle} stands at {vehicle.node}, off its way")
            return
        if message.cancel:
            self._cancel(taken, vehicle, now_ms)
        elif message.hold:
            vehicle.halt(now_ms)
            taken.state = "held"
        else:
            self._drive(taken, vehicle, now_ms)

    def _align(self, taken: Taken, vehicle: TwinVehicle) -> bool:
        """Find where on the way the vehicle stands."""
        message = taken.message
        if vehicle.towed:
            vehicle.node, vehicle.towed = message.node or vehicle.node, False
        if message.node not in ("", vehicle.node):
            further = [one.step for one in taken.free() if one.node == vehicle.node]
            if not further:
                return False
            taken.passed = further[0]
        taken.aligned = True
        return True

    def _cancel(self, taken: Taken, vehicle: TwinVehicle, now_ms: int) -> None:
        """Drive to the next node and no further; one that stands is done with it at once."""
        free = taken.free()
        if free and vehicle.drive.moving and not vehicle.drive.halting:
            vehicle.go(free[:1], now_ms)
            return
        vehicle.drop(now_ms)
        vehicle.towed = True
        self._end(taken, "cancelled")

    def _drive(self, taken: Taken, vehicle: TwinVehicle, now_ms: int) -> None:
        free = taken.free()
        if free:
            taken.state = "started"
            vehicle.loaded = taken.message.load_kg > 0
            vehicle.go(free, now_ms)
        elif taken.message.final and not taken.message.gates:
            self._end(taken, "done")
        else:
            taken.state = "waiting"

    def _end(self, taken: Taken, state: State, reason: str = "") -> None:
        taken.state, taken.reason = state, reason
        self.vehicles[taken.vehicle].mission = ""

    def _say(self, mission: str, now_ms: int) -> None:
        self._outbox.put(Topic.STATUS, self.status(mission, now_ms), now_ms)

    # --- time ----------------------------------------------------------------------------------

    def _advance(self, now_ms: int) -> None:
        """Let everything happen that is due, in its order."""
        while True:
            due = [
                (at_ms, name)
                for name, one in self.vehicles.items()
                if (at_ms := one.due_ms()) is not None
            ]
            at_ms, name = min(due, default=(now_ms + 1, ""))
            if self._failures and self._failures[0].at_ms <= min(at_ms, now_ms):
                self._fail(self._failures.pop(0))
            elif at_ms <= now_ms:
                self._happen(self.vehicles[name], at_ms, now_ms)
            else:
                return

    def _fail(self, failure: Failure) -> None:
        vehicle = self.vehicles[failure.vehicle]
        taken = self._missions.get(vehicle.mission)
        vehicle.fail(Fault("DRIVE", "does not answer"), failure.at_ms, failure.for_ms)
        if taken is not None:
            self._end(taken, "failed", vehicle.fault)
            self._say(taken.message.id, failure.at_ms)
        self._report_ms = failure.at_ms

    def _happen(self, vehicle: TwinVehicle, at_ms: int, now_ms: int) -> None:
        """A vehicle is at the end of what it does."""
        taken = self._missions.get(vehicle.mission)
        was_faulty, was_charging = bool(vehicle.fault), vehicle.charging
        reached = vehicle.finish(at_ms)
        if was_faulty:
            self._report_ms = now_ms
        if taken is None:
            vehicle.drive.stand(at_ms)
            return
        if was_charging:
            self._end(taken, "done")
        elif reached or not taken.aligned:
            self._reach(taken, vehicle, at_ms)
        self._say(taken.message.id, now_ms)

    def _reach(self, taken: Taken, vehicle: TwinVehicle, at_ms: int) -> None:
        if taken.aligned:
            taken.passed = taken.free()[0].step
        if taken.aligned and taken.message.cancel:
            vehicle.drop(at_ms)
            vehicle.towed = True
            self._end(taken, "cancelled")
        else:
            self._go_on(taken, at_ms)
