"""What is simulated is what runs: the same commands, simulated and live.

One truck and one AGV order pass a small port twice: simulated, where time jumps, and live in a
process of its own, where it passes. For each visit the commands have to be the same in the same
order, with the same fields. Only request numbers and times differ, and in how many pieces a way is
granted: its nodes by step and its actions do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kouan.dispatch.commands import Command, DriveTo, IssueSlot, WakeAt
from kouan.port.calendar import start_of_day_ms
from kouan.port.read import read_port
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.entry import Entry
from kouan.runtime.journal import Journal
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import Scenario, simulate
from tests.e2e.live_process import MORNING, TINY, live

MORNING_MS = (8 * 60 + 58) * 60_000
MINUTES = 30
"""The day is over well before: the truck has left, the AGV is charged."""
SCALE = 300
TIMES = ("from_ms", "to_ms", "at_ms")

Told = tuple[str, tuple[tuple[str, object], ...]]
"""A command's kind and fields, without request number and times."""


@dataclass
class Way:
    """All that one vehicle was granted: nodes by step, and what it was told to do at the ends."""

    nodes: dict[int, str] = field(default_factory=dict)
    orders: dict[int, str] = field(default_factory=dict)
    actions: dict[int, str] = field(default_factory=dict)

    def grant(self, command: DriveTo) -> None:
        """Join a grant to those before; a node that was granted never becomes another one."""
        for step, node in enumerate(command.base, start=command.step):
            assert self.nodes.setdefault(step, node) == node
            assert self.orders.setdefault(step, command.order) == command.order
        if command.action:
            last = command.step + len(command.base) - 1
            assert self.actions.setdefault(last, command.action) == command.action


@dataclass
class Run:
    """The commands of a run by whom they are about, and how its visits went."""

    visits: dict[str, list[Told]] = field(default_factory=dict)
    vehicles: dict[str, list[Told]] = field(default_factory=dict)
    others: list[Told] = field(default_factory=list)
    ways: dict[str, Way] = field(default_factory=dict)
    events: dict[str, list[Told]] = field(default_factory=dict)


def take(entries: Iterator[Entry]) -> Run:
    """Sort a journal's commands; one that was sent again under its number counts once."""
    run, requests = Run(), set[int]()
    for entry in entries:
        event = entry.decoded_event()
        visit = getattr(event, "visit", "")
        if visit:
            run.events.setdefault(visit, []).append(told(event))
        for command in entry.decoded_commands():
            if isinstance(command, WakeAt) or command.request in requests:
                continue
            requests.add(command.request)
            put(run, command)
    return run


def put(run: Run, command: Command) -> None:
    """Put a command where it belongs."""
    if isinstance(command, DriveTo):
        run.ways.setdefault(command.vehicle, Way()).grant(command)
    elif visit := getattr(command, "visit", ""):
        run.visits.setdefault(visit, []).append(told(command))
    elif vehicle := getattr(command, "vehicle", ""):
        run.vehicles.setdefault(vehicle, []).append(told(command))
    else:
        run.others.append(told(command))


def told(one: object) -> Told:
    """What is compared of a command or event."""
    assert isinstance(one, tuple)
    fields: dict[str, object] = one._asdict()  # type: ignore[attr-defined]
    kept = ((name, value) for name, value in fields.items() if name not in ("request", *TIMES))
    return type(one).__name__, tuple(kept)


def simulated(seed: int, settings: tuple[str, ...]) -> Run:
    """Simulate the morning."""
    port = read_port(TINY, settings)
    start_ms = start_of_day_ms(port, MORNING[:10]) + MORNING_MS
    end_ms = start_ms + MINUTES * 60_000
    scenario = Scenario(port, seed, start_ms, end_ms, end_ms)
    journal = MemoryJournal(scenario.header(), keep=True)
    simulate(scenario, journal)
    return take(journal.entries())


def lived(folder: Path, seed: int, settings: tuple[str, ...]) -> Run:
    """Run the same morning live."""
    chosen = [part for setting in settings for part in ("--set", setting)]
    seconds = MINUTES * 60 / SCALE
    asked = ("--seed", seed, "--start", MORNING, "--time-scale", SCALE, "--for", seconds)
    with live(folder / "data", *asked, *chosen) as process:
        process.summary()
    with Journal.open(folder / "data" / JOURNAL_FILE, writing=False) as journal:
        return take(journal.entries())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "settings"),
    [
        (1, ()),
        (2, ("procedures.truck.stages.gate.checks.0.unread=0 %",)),
        (3, ("demand.trucks.document_error=100 %", "demand.trucks.correction=2 min")),
    ],
)
def test_one_truck_and_one_agv_get_the_same_commands(
    tmp_path: Path, seed: int, settings: tuple[str, ...]
) -> None:
    expected, found = simulated(seed, settings), lived(tmp_path, seed, settings)
    assert len(expected.visits) == 2
    for visit, commands in expected.visits.items():
        assert found.visits[visit] == commands
        assert found.events[visit] == expected.events[visit]
    assert found == expected


def test_the_comparison_is_not_of_nothing() -> None:
    """Both visits go all their way, and the vehicle back to its charger."""
    run = simulated(1, ())
    kinds = {visit: [kind for kind, _ in told] for visit, told in run.visits.items()}
    truck, order = sorted(kinds, reverse=True)
    assert kinds[truck].count("StartService") == 4
    assert kinds[truck][-1] == "LeaveBy"
    assert kinds[order].count("StartService") == 4
    assert [kind for kind, _ in run.vehicles["agv-1"]].count("LoadVehicle") == 2
    way = run.ways["agv-1"]
    assert [way.nodes[step] for step in sorted(way.nodes)] == [
        *("north.1", "north.2", "line", "south.1", "south.2", "shed"),
        *("south.2", "south.1", "line", "north.2", "north.1", "yard"),
    ]
    assert way.actions == {3: "order", 6: "order", 9: "order", 12: "to_charger"}


def test_a_difference_would_be_seen() -> None:
    """Another order of the same commands, one missing, or another way is no equality."""
    assert simulated(1, ()) == simulated(1, ())
    assert simulated(1, ()) != simulated(1, ("procedures.truck.stages.weighing.barrier=true",))
    slot = told(IssueSlot(1, "truck", 5, 6))
    assert slot == told(IssueSlot(9, "truck", 7, 8)) != told(IssueSlot(1, "coach", 5, 6))
    way = Way()
    way.grant(DriveTo(1, "agv-1", "", 1, ("a", "b"), (), ""))
    way.grant(DriveTo(2, "agv-1", "", 2, ("b", "c"), (), "order"))
    assert (way.nodes, way.actions) == ({1: "a", 2: "b", 3: "c"}, {3: "order"})
    with pytest.raises(AssertionError):
        way.grant(DriveTo(3, "agv-1", "", 2, ("d",), (), ""))
