"""One gate in events: arrivals, a sequencer that says who enters, and two simple ones to compare.

A vehicle enters in the moment it is permitted and leaves after the declared transit.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import heapify, heappop, heappush
from math import log
from typing import NamedTuple, Protocol

from kouan.port.quantity import HOUR_MS
from kouan.traffic import gate
from kouan.traffic.gate_model import GateRules, GateState


class Arrival(NamedTuple):
    """A vehicle that comes to one side of the gate."""

    at_ms: int
    vehicle: str
    direction: str


class Sequencer(Protocol):
    """Who enters next; ``ask`` returns (vehicle or "", time to ask again or 0)."""

    def come(self, arrival: Arrival) -> None:
        """Take a vehicle that waits from now on."""

    def ask(self, now_ms: int) -> tuple[str, int]:
        """Let at most one vehicle in."""

    def leave(self, vehicle: str) -> None:
        """Take note that a vehicle left the section and went on."""


class Fifo:
    """Strictly in the order of arrival, whatever the direction.

    ``exclusive``: one vehicle inside at a time. Otherwise the next may follow in the same direction
    after the headway, and the section has to be empty for the other.
    """

    def __init__(self, rules: GateRules, *, exclusive: bool) -> None:
        self.rules, self.exclusive = rules, exclusive
        self.waiting: deque[Arrival] = deque()
        self.inside: list[str] = []
        self.direction, self.entered_ms = "", 0

    def come(self, arrival: Arrival) -> None:
        """Take a vehicle that waits from now on."""
        self.waiting.append(arrival)

    def ask(self, now_ms: int) -> tuple[str, int]:
        """Let the first one in if the section allows."""
        if not self.waiting:
            return "", 0
        direction = self.waiting[0].direction
        if self.inside and (self.exclusive or direction != self.direction):
            return "", 0
        free_ms = self.entered_ms + self.rules.passages[direction].headway_ms
        if direction == self.direction and now_ms < free_ms:
            return "", free_ms
        vehicle = self.waiting.popleft().vehicle
        self.inside.append(vehicle)
        self.direction, self.entered_ms = direction, now_ms
        return vehicle, 0

    def leave(self, vehicle: str) -> None:
        """Take note that a vehicle left the section."""
        self.inside.remove(vehicle)


class Gate:
    """The product's sequencer."""

    def __init__(self, rules: GateRules) -> None:
        self.rules, self.state = rules, GateState()

    def come(self, arrival: Arrival) -> None:
        """Take a vehicle that waits from now on."""
        gate.request(self.state, self.rules, arrival.vehicle, arrival.direction, arrival.at_ms)

    def ask(self, now_ms: int) -> tuple[str, int]:
        """Let in whom it permits."""
        decision = gate.decide(self.state, self.rules, now_ms)
        if decision.vehicle:
            gate.entered(self.state, decision.vehicle, now_ms)
        return decision

    def leave(self, vehicle: str) -> None:
        """Take note that a vehicle left the section and went on."""
        gate.left(self.state, vehicle)
        gate.buffer_freed(self.state, vehicle)


def poisson(directions: Sequence[str], per_hour: int, seed: int, end_ms: int) -> list[Arrival]:
    """Independent arrivals on every side, ``per_hour`` on all together, in order of time."""

    def side(direction: str) -> Iterator[Arrival]:
        mean_ms, at_ms, number = HOUR_MS * len(directions) / per_hour, 0.0, 0
        while True:
            digest = sha256(f"{seed} {per_hour} {direction} {number}".encode()).digest()
            chance = (int.from_bytes(digest[:6], "big") + 1) / (1 << 48)
            at_ms -= mean_ms * log(chance)
            if at_ms >= end_ms:
                return
            yield Arrival(int(at_ms), f"{direction}-{number}", direction)
            number += 1

    return sorted(arrival for direction in directions for arrival in side(direction))


def drive(
    sequencer: Sequencer, arrivals: Sequence[Arrival], rules: GateRules, end_ms: int
) -> dict[str, int]:
    """Drive until ``end_ms``, or until nothing happens any more; return when who entered."""
    direction_of = {arrival.vehicle: arrival.direction for arrival in arrivals}
    entered: dict[str, int] = {}
    come, leave, ask = range(3)
    heap = [(one.at_ms, come, number, one.vehicle) for number, one in enumerate(arrivals)]
    heapify(heap)
    while heap and heap[0][0] <= end_ms:
        now_ms, kind, number, vehicle = heappop(heap)
        if kind == come:
            sequencer.come(arrivals[number])
        elif kind == leave:
            sequencer.leave(vehicle)
        if heap and heap[0][0] == now_ms:
            continue
        permitted, again_ms = sequencer.ask(now_ms)
        while permitted:
            entered[permitted] = now_ms
            transit_ms = rules.passages[direction_of[permitted]].transit_ms
            heappush(heap, (now_ms + transit_ms, leave, 0, permitted))
            permitted, again_ms = sequencer.ask(now_ms)
        if again_ms and (again_ms, ask, 0, "") not in heap[:1]:
            heappush(heap, (again_ms, ask, 0, ""))
    return entered
