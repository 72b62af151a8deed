"""Scenarios of ``make sim``: two hours of a port on a bad day, and then time to let all end.

A seed settles everything: when the two hours begin, how bad the day is, the weather, and every
draw. Faults stop with the demand; after that every visit has to end within ``BOUND_MS``.
"""

from collections import Counter
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS
from kouan.port.read import load_port
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.draws import between, draw, key_of
from kouan.sim.faults import ORDINARY, FaultRates, Faults
from kouan.sim.run import Scenario, simulate

ROOT = Path(__file__).parents[2]
PORTS = ("erenhot", "ganqimaodu", "mandula")
FIRST_DAY = "2026-10-12"
BOUND_MS = 36 * HOUR_MS
"""A visit caught by the closing is served next morning, a command sent again up to 32 h later."""
DRAIN_MS = 40 * HOUR_MS
FOUND_SEEDS = Path(__file__).with_name("found_seeds.txt")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to; ``violations`` are texts, ``faults`` says how many of each kind."""

    port: str
    seed: int
    entries: int
    chain: str
    violations: tuple[str, ...]
    faults: dict[str, int]


@cache
def port_named(name: str) -> Port:
    """The shipped port of this name."""
    port, _ = load_port(ROOT / "ports" / f"{name}.toml")
    return port


def rates_of(seed: int) -> FaultRates:
    """Ordinary rates of a bad day; every fifth seed has a day four times as bad."""
    times = 4 if seed % 5 == 0 else 1
    return FaultRates(*(times * rate for rate in astuple(ORDINARY)))


Script = tuple[tuple[int, str, list[Any]], ...]
CALM = [0, 10_000_000, 0, 10_000]
STORM, DUST = [30_000, *CALM[1:]], [0, 100_000, *CALM[2:]]
"""Wind in mm/s, visibility and snow in mm, temperature in millidegrees."""
MODES = ("restricted", "manual", "closed")


def script_of(seed: int, start_ms: int, end_ms: int) -> Script:
    """Every third seed has changing weather and modes of the port; in the end all is as usual."""
    if seed % 3:
        return ()
    key = key_of("scenario's script")
    steps = iter(range(1 << 30))

    def chance(least: int, most: int) -> int:
        return between(draw(seed, key, next(steps)), least, most)

    script: list[tuple[int, str, list[Any]]] = []
    for _ in range(chance(1, 4)):
        weather = (STORM, DUST, CALM)[chance(0, 2)]
        script.append((chance(start_ms, end_ms), "WeatherMeasured", weather))
    for _ in range(chance(0, 2)):
        mode = MODES[chance(0, len(MODES) - 1)]
        script.append((chance(start_ms, end_ms), "ModeSwitched", [mode, "port_operator"]))
    script.append((end_ms, "WeatherMeasured", CALM))
    script.append((end_ms, "ModeSwitched", ["normal", "port_operator"]))
    return tuple(sorted(script))


def scenario_of(name: str, seed: int) -> Scenario:
    """Two hours that begin between opening and two hours before closing."""
    port = port_named(name)
    offset_ms = between(draw(seed, key_of("scenario begins"), 0), 8 * HOUR_MS, 18 * HOUR_MS)
    start_ms = start_of_day_ms(port, FIRST_DAY) + offset_ms
    end_ms = start_ms + 2 * HOUR_MS
    faults = Faults(port, seed, rates_of(seed), end_ms, script_of(seed, start_ms, end_ms))
    return Scenario(port, seed, start_ms, end_ms, end_ms + DRAIN_MS, faults)


def run_scenario(name: str, seed: int) -> Outcome:
    """Run one scenario with every checker, liveness among them."""
    scenario = scenario_of(name, seed)
    assert scenario.faults is not None
    journal = MemoryJournal(scenario.header())
    checkers = Checkers(scenario.port, bound_ms=BOUND_MS, faults_end_ms=scenario.demand_end_ms)
    simulate(scenario, journal, [checkers])
    checkers.finish()
    violations = tuple(
        f"entry {found.number}: {found.rule}: {found.subject} {found.text}"
        for found in checkers.violations
    )
    happened = dict(scenario.faults.happened)
    return Outcome(name, seed, journal.last_number, journal.chain_hex, violations, happened)


def found_seeds() -> list[tuple[str, int]]:
    """Seeds that once found a fault: lines of a port's name, a seed, and what it found."""
    lines = FOUND_SEEDS.read_text("utf-8").splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    return [(line[0], int(line[1])) for line in words]


def missing_faults(outcomes: list[Outcome]) -> list[str]:
    """Kinds of faults that none of the outcomes had."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.faults)
    return [field.name for field in fields(FaultRates) if not total[field.name]]
