"""The tandem of four stations, once as a port of Kouan and once as a model in SimPy.

Both use the same whole-number draws under the same keys, so a visit arrives and is served for the
same milliseconds in both, and the sums of waits have to be equal to the millisecond. That needs the
same order at equal times: at every station the order of arrival. It comes out by itself. At the
first station visits arrive in the order of their stream; services begin in the order of arrival,
and of two that end in the same millisecond the one begun first ends first in either model, since
both take equal times in the order in which they were put in.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

import simpy

from kouan.dispatch.commands import Command, StartService
from kouan.dispatch.events import Arrived, Event, ServiceEnded
from kouan.port.model import Port
from kouan.port.read import load_port
from kouan.runtime.memory import MemoryJournal
from kouan.sim.demand import Step
from kouan.sim.draws import draw, key_of, sampler
from kouan.sim.run import Scenario, simulate

PORT_FILE = Path(__file__).with_name("tandem.toml")
STREAM = "visit"
PROCEDURE = "walk"
START_MS = 1_767_225_600_000
"""2026-01-01 UTC; the port is always open, so any time would do."""
TIME_TO_LEAVE_MS = 86_400_000


@dataclass(slots=True)
class Tally:
    """Waits by station: those counted (after a station's first ``warm_up`` visits), and all.

    All are whole milliseconds; SimPy calls its times floats.
    """

    stations: int
    warm_up: int
    arrived: list[int] = field(init=False)
    started: list[int] = field(init=False)
    all_ms: list[float] = field(init=False)
    counted_ms: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.arrived, self.started = [0] * self.stations, [0] * self.stations
        self.all_ms, self.counted_ms = [0] * self.stations, [0] * self.stations

    def arrive(self, station: int, at_ms: float) -> None:
        """Count a visit that joins a queue. Waits are the starts' times less the arrivals'."""
        self.arrived[station] += 1
        self.all_ms[station] -= at_ms
        if self.arrived[station] > self.warm_up:
            self.counted_ms[station] -= at_ms

    def start(self, station: int, at_ms: float) -> None:
        """Count a service that begins; queues are served in order, so it is the n-th arrival's."""
        self.started[station] += 1
        self.all_ms[station] += at_ms
        if self.started[station] > self.warm_up:
            self.counted_ms[station] += at_ms


@dataclass(frozen=True, slots=True)
class Run:
    """What one model made of one seed: its tally, its own count of steps, and the time it took."""

    tally: Tally
    steps: int
    """Journal entries, or SimPy events."""
    cpu_s: float
    wall_s: float


def read_tandem() -> Port:
    """The tandem as a port."""
    return load_port(PORT_FILE)[0]


def arrivals_ms(port: Port, seed: int) -> Iterator[int]:
    """Times of arrival, from the same draws as the simulated demand's."""
    gap = sampler(port.demand[STREAM].interval)
    key, at_ms, index = key_of(STREAM), START_MS, 0
    while True:
        at_ms += gap.at(draw(seed, key, index))
        index += 1
        yield at_ms


def end_after(port: Port, seed: int, visits: int) -> int:
    """The time before which this many visits arrive; fewer where several come at that time."""
    times = arrivals_ms(port, seed)
    for _ in range(visits):
        next(times)
    return next(times)


def run_kouan(port: Port, seed: int, end_ms: int, warm_up: int) -> Run:
    """Simulate the port: dispatcher, virtual site, and a hashed journal in memory."""
    stages = [stage.id for stage in port.procedures[PROCEDURE].stages]
    number_of = {stage: number for number, stage in enumerate(stages)}
    tally = Tally(len(stages), warm_up)
    arrive, start, last, newest = tally.arrive, tally.start, len(stages) - 1, 0

    def watch(_number: int, event: Event, commands: Sequence[Command]) -> None:
        nonlocal newest
        if type(event) is ServiceEnded:
            done = number_of[event.stage]
            if done < last:
                arrive(done + 1, event.at_ms)
        elif type(event) is Arrived:
            arrive(0, event.at_ms)
        for command in commands:
            # A command that is sent again, because its answer is overdue, begins nothing.
            if type(command) is StartService and command.request > newest:
                newest = command.request
                start(number_of[command.stage], event.at_ms)

    scenario = Scenario(port, seed, START_MS, end_ms, end_ms + TIME_TO_LEAVE_MS)
    journal = MemoryJournal(scenario.header())
    cpu_s, wall_s = process_time(), perf_counter()
    simulate(scenario, journal, [watch])
    return Run(tally, journal.last_number, process_time() - cpu_s, perf_counter() - wall_s)


def run_simpy(port: Port, seed: int, end_ms: int, warm_up: int) -> Run:
    """Simulate the same in SimPy: a process for each visit, a resource for each place."""
    stages = port.procedures[PROCEDURE].stages
    times = [sampler(stage.time) for stage in stages]
    tally = Tally(len(stages), warm_up)
    environment = simpy.Environment(initial_time=START_MS)
    places = [simpy.Resource(environment, port.places[stage.at].stations) for stage in stages]

    def visit(index: int) -> Generator[simpy.Event, None, None]:
        key = key_of(f"{STREAM}-{index + 1}")
        for number, place in enumerate(places):
            tally.arrive(number, environment.now)
            with place.request() as request:
                yield request
                tally.start(number, environment.now)
                chance = draw(seed, key, Step.STAGES * (2 + 128 * number))
                yield environment.timeout(times[number].at(chance))

    def source() -> Generator[simpy.Event, None, None]:
        for index, at_ms in enumerate(arrivals_ms(port, seed)):
            if at_ms >= end_ms:
                return
            yield environment.timeout(at_ms - environment.now)
            environment.process(visit(index))

    cpu_s, wall_s = process_time(), perf_counter()
    environment.process(source())
    environment.run()
    cpu_s, wall_s = process_time() - cpu_s, perf_counter() - wall_s
    return Run(tally, next(environment._eid), cpu_s, wall_s)
