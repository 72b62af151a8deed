"""The executor: a fleet that drives under a controller with delays, faults and late messages.

Time is virtual. Everything that happens is drawn from the seed, so a run repeats exactly. Messages
from a vehicle come late and some twice; releases come late but in order. Faults end at a time;
from then on every order that was begun has to be done within a bound.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from kouan.traffic.roadmap import RoadMap
from tests.property.traffic.maps import TrafficMap
from tests.property.traffic.swept import Finding, Track, check
from tests.property.traffic.vehicle import Vehicle, finish, put

TICK_MS = 1_000
KINDS = ("breakdown", "breakdown", "slow", "shut", "swap", "redirect")
"""What can go wrong, by method."""


class Release(NamedTuple):
    """Nodes by which a vehicle's base grows; ``first`` is the step of the first of them."""

    vehicle: str
    first: int
    nodes: tuple[str, ...]


class Controller(Protocol):
    """What is tested: it hears what vehicles do and releases nodes to them.

    A vehicle's steps number the nodes it was released since it was added; it was added at step 0.
    Releases are ways on ``roadmap``, which has the stops as nodes.
    """

    roadmap: RoadMap

    def add(self, vehicle: str, stop: str, now_ms: int) -> bool:
        """Take a vehicle that is to be put in a stop; False when the stop isn't free yet."""

    def remove(self, vehicle: str, now_ms: int) -> None:
        """Forget a vehicle, whose body is taken off the map."""

    def send(self, vehicle: str, stop: str, now_ms: int) -> None:
        """Order a vehicle that stands in a stop to another one."""

    def passed(self, vehicle: str, step: int, now_ms: int) -> None:
        """Hear, maybe late or twice, that a vehicle has passed a step."""

    def broken(self, vehicle: str, broken: bool, now_ms: int) -> None:
        """Hear that a vehicle can't drive, or can again."""

    def close(self, segment: str, closed: bool, now_ms: int) -> None:
        """Hear that a segment may not be entered, or may again."""

    def advance(self, now_ms: int) -> list[Release]:
        """Go on planning and return what is released since the last call."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong, and how long a run takes; times in ms."""

    orders: int = 40
    faults: int = 12
    """Faults are begun at random times before ``faults_end_ms``."""
    faults_end_ms: int = 900_000
    longest_fault_ms: int = 180_000
    late_ms: int = 400
    """Most that a message is late as a rule."""
    very_late_ms: int = 8_000
    """Most that one message in twenty is late."""
    quiet_ms: int = 900_000
    """Longest that no vehicle passes a node while orders are open and nothing is wrong."""
    end_ms: int = 6 * 3_600_000


CALM = Trouble(faults=0, faults_end_ms=0)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went."""

    seed: int
    findings: tuple[Finding, ...]
    done: int
    """Orders done."""
    faults: int
    end_ms: int
    driven_mm: int
    log: tuple[str, ...]
    tracks: tuple[Track, ...]


@dataclass(slots=True)
class World:
    """Everything of one run."""

    made: TrafficMap
    controller: Controller
    trouble: Trouble
    dice: random.Random
    roadmap: RoadMap
    now: int = 0
    counter: int = 0
    heap: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    gone: list[Track] = field(default_factory=list)
    orders: dict[str, str] = field(default_factory=dict)
    """Stop that each vehicle under way is going to."""
    given: int = 0
    done: int = 0
    faults: int = 0
    wrong: int = 0
    """Faults that have not ended."""
    moved_ms: int = 0
    """When a node was passed last, or a fault ended."""
    arrives_ms: dict[str, int] = field(default_factory=dict)
    """When the last release on its way comes to each vehicle."""
    findings: list[Finding] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def at(self, time_ms: int, act: Callable[[], None]) -> None:
        self.counter += 1
        heappush(self.heap, (max(self.now, time_ms), self.counter, act))

    def late(self) -> int:
        """How long a message takes."""
        most = self.trouble.late_ms if self.dice.random() < 0.95 else self.trouble.very_late_ms
        return self.dice.randint(0, most)

    def note(self, text: str) -> None:
        self.log.append(f"{self.now:>9} {text}")

    def fail(self, vehicle: str, text: str) -> None:
        self.findings.append(Finding(self.now, (vehicle,), text))

    # --- messages ------------------------------------------------------------------------

    def tell(self, name: str, say: Callable[[], None]) -> None:
        """Tell the controller something about a vehicle, late, now and then twice."""
        vehicle = self.vehicles[name]

        def hear() -> None:
            if self.vehicles.get(name) is vehicle:
                say()
                self.hear()

        self.at(self.now + self.late(), hear)
        if self.dice.random() < 0.1:
            self.at(self.now + 2 * self.late(), hear)

    def hear(self) -> None:
        """Let the controller go on, and send what it releases."""
        for release in self.controller.advance(self.now):
            name = release.vehicle
            time = max(self.arrives_ms.get(name, 0), self.now + self.late())
            self.arrives_ms[name] = time
            self.note(f"release {name} {release.first}: {' '.join(release.nodes)}")
            vehicle = self.vehicles[name]
            self.at(time, lambda to=vehicle, what=release: self.take(to, what))  # type: ignore[misc]

    def take(self, vehicle: Vehicle, release: Release) -> None:
        """Lengthen a vehicle's base."""
        if self.vehicles.get(vehicle.name) is not vehicle:
            return
        if release.first != len(vehicle.line):
            text = f"released from step {release.first}, has {len(vehicle.line)}"
            self.fail(vehicle.name, text)
            return
        vehicle.release(release.nodes)
        self.drive(vehicle)

    def drive(self, vehicle: Vehicle) -> None:
        """Let it plan anew, and note when it passes which node."""
        for time, step in vehicle.drive(self.now):
            plan = vehicle.plan
            when = int(time) + 1
            self.at(when, lambda s=step, p=plan: self.passes(vehicle, s, p))  # type: ignore[misc]

    def passes(self, vehicle: Vehicle, step: int, plan: int) -> None:
        if vehicle.plan != plan or self.vehicles.get(vehicle.name) is not vehicle:
            return
        name = vehicle.name
        vehicle.passed, self.moved_ms = step, self.now
        self.tell(name, lambda: self.controller.passed(name, step, self.now))
        at_end = step == len(vehicle.line) - 1
        if at_end and vehicle.line[step] == self.orders.get(name):
            self.note(f"done {name} {self.orders[name]}")
            self.done += 1
            del self.orders[name]
            vehicle.loaded = not vehicle.loaded
            self.at(self.now + self.dice.randint(10_000, 30_000), lambda: self.order(vehicle))

    # --- orders --------------------------------------------------------------------------

    def free(self) -> list[str]:
        """Stops where nobody stands or goes to."""
        taken = [self.orders.get(name, each.line[-1]) for name, each in self.vehicles.items()]
        taken += [each.line[each.passed] for each in self.vehicles.values()]
        return [stop for stop in self.made.stops if stop not in taken]

    def order(self, vehicle: Vehicle) -> None:
        """Send a vehicle that stands in a stop to a random free one, until all are given."""
        name = vehicle.name
        if self.vehicles.get(name) is not vehicle or self.given >= self.trouble.orders:
            return
        free = self.free()
        if not free:
            self.at(self.now + 20_000, lambda: self.order(vehicle))
            return
        self.given += 1
        self.orders[name] = self.dice.choice(free)
        self.note(f"send {name} {self.orders[name]}")
        self.controller.send(name, self.orders[name], self.now)
        self.hear()

    # --- faults --------------------------------------------------------------------------

    def fault(self) -> None:
        """Let one thing go wrong."""
        kind = getattr(self, self.dice.choice(KINDS))
        self.faults += 1
        self.wrong += 1
        length = self.dice.randint(
            self.trouble.longest_fault_ms // 10, self.trouble.longest_fault_ms
        )
        kind(length)

    def ended(self) -> None:
        self.wrong -= 1
        self.moved_ms = self.now

    def breakdown(self, length_ms: int) -> None:
        """A vehicle brakes and stands; half of them the controller isn't told of."""
        name = self.dice.choice(sorted(self.vehicles))
        vehicle, told = self.vehicles[name], self.dice.random() < 0.5
        if vehicle.broken:
            self.ended()
            return
        vehicle.broken = True
        self.note(f"broken {name}")
        self.drive(vehicle)
        if told:
            self.controller.broken(name, True, self.now)
            self.hear()
        self.at(self.now + length_ms, lambda: self.mend(vehicle, told))

    def mend(self, vehicle: Vehicle, told: bool) -> None:
        self.ended()
        vehicle.broken = False
        if self.vehicles.get(vehicle.name) is not vehicle:
            return
        self.note(f"mended {vehicle.name}")
        self.drive(vehicle)
        if told:
            self.controller.broken(vehicle.name, False, self.now)
            self.hear()

    def slow(self, length_ms: int) -> None:
        """A vehicle drives at a half or a quarter of its speed."""
        vehicle = self.vehicles[self.dice.choice(sorted(self.vehicles))]
        self.pace(vehicle, self.dice.choice((2, 4)))
        self.at(self.now + length_ms, lambda: (self.pace(vehicle, 1), self.ended())[0])  # type: ignore[func-returns-value]

    def redirect(self, _length_ms: int) -> None:
        """A vehicle under way is sent to another stop."""
        free = self.free()
        self.ended()
        if not self.orders or not free:
            return
        name = self.dice.choice(sorted(self.orders))
        self.orders[name] = self.dice.choice(free)
        self.note(f"redirect {name} {self.orders[name]}")
        self.controller.send(name, self.orders[name], self.now)
        self.hear()

    def pace(self, vehicle: Vehicle, slowness: int) -> None:
        vehicle.slowness = slowness
        if self.vehicles.get(vehicle.name) is vehicle:
            self.drive(vehicle)

    def shut(self, length_ms: int) -> None:
        """A segment may not be entered for a time."""
        segment = self.dice.choice(sorted(self.made.roads.segments))
        self.note(f"close {segment}")
        self.controller.close(segment, True, self.now)
        self.hear()
        self.at(self.now + length_ms, lambda: self.open(segment))

    def open(self, segment: str) -> None:
        self.ended()
        self.note(f"open {segment}")
        self.controller.close(segment, False, self.now)
        self.hear()

    def swap(self, length_ms: int) -> None:
        """A vehicle is taken off the map wherever it stands, and comes back in a free stop."""
        standing = [name for name, each in self.vehicles.items() if each.stands(self.now)]
        if not standing or len(self.vehicles) < 2:
            self.ended()
            return
        name = self.dice.choice(sorted(standing))
        self.note(f"remove {name}")
        self.gone.append(finish(self.vehicles.pop(name), self.now))
        self.given -= self.orders.pop(name, None) is not None
        self.controller.remove(name, self.now)
        self.hear()
        self.at(self.now + length_ms, lambda: (self.ended(), self.bring(f"{name}+"))[1])  # type: ignore[func-returns-value]

    def bring(self, name: str) -> None:
        """Put a vehicle on the map as soon as there is room."""
        free = self.free()
        if not free:
            self.at(self.now + 20_000, lambda: self.bring(name))
            return
        self.enter(name, self.dice.choice(free))
        self.hear()

    def enter(self, name: str, stop: str, *, order: bool = True) -> None:
        """Put a vehicle in a stop, and give it an order some time after unless told not to."""
        if not self.controller.add(name, stop, self.now):
            self.at(self.now + 20_000, lambda: self.bring(name))
            return
        self.note(f"add {name} {stop}")
        vehicle = put(name, self.roadmap, self.made.shape, stop, self.now)
        self.vehicles[name] = vehicle
        if order:
            self.at(self.now + self.dice.randint(0, 20_000), lambda: self.order(vehicle))

    # --- the run -------------------------------------------------------------------------

    def tick(self) -> None:
        self.hear()
        self.at(self.now + TICK_MS, self.tick)

    def over(self) -> bool:
        """Whether all is done, or nothing goes on."""
        if not self.orders and self.given >= self.trouble.orders and not self.wrong:
            return True
        late = self.now > self.trouble.end_ms
        if late or (not self.wrong and self.now - self.moved_ms > self.trouble.quiet_ms):
            what = "not done in time" if late else "nobody moves"
            for name, stop in self.orders.items():
                self.fail(name, f"order to {stop}: {what}")
            if not self.orders:
                self.fail("", f"{self.given} of {self.trouble.orders} orders given: {what}")
            return True
        return bool(self.findings)

    def run(self) -> None:
        for name, stop in self.made.vehicles.items():
            self.enter(name, stop)
        for _ in range(self.trouble.faults):
            self.at(self.dice.randrange(self.trouble.faults_end_ms), self.fault)
        self.tick()
        while not self.over():
            self.step()

    def step(self) -> None:
        """Let the next thing happen."""
        self.now, _, act = heappop(self.heap)
        act()


def world_of(made: TrafficMap, controller: Controller, trouble: Trouble) -> World:
    """Return a world in which nothing has happened."""
    dice = random.Random(f"traffic run {made.seed}")
    return World(made, controller, trouble, dice, controller.roadmap)


def drive(made: TrafficMap, controller: Controller, trouble: Trouble) -> Run:
    """Drive a map's fleet under a controller, check what it did, and return both."""
    world = world_of(made, controller, trouble)
    world.run()
    tracks = world.gone + [finish(each, world.now) for each in world.vehicles.values()]
    findings = sorted(world.findings + check(tracks), key=lambda found: found.time_ms)
    driven = sum(track.pieces[-1].at_mm for track in tracks)
    return Run(
        made.seed,
        tuple(findings),
        world.done,
        world.faults,
        world.now,
        round(driven),
        tuple(world.log),
        tuple(tracks),
    )
