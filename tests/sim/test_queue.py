"""A port with slots, quotas, priorities and a full waiting area, on bad days: no rule is broken.

Faults lose and double the words of arrivals and calls; once they have stopped every visit ends.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch.events import Event
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Booking, Port, WalkIns
from kouan.port.quantity import HOUR_MS, MINUTE_MS
from kouan.runtime.checkers import Checkers
from kouan.runtime.memory import MemoryJournal
from kouan.sim.faults import Faults
from kouan.sim.run import Scenario, simulate
from tests.sim.scenarios import BOUND_MS, DRAIN_MS, FIRST_DAY, port_named, rates_of

SEEDS = range(1, 9)


def queue_port(walk_ins: WalkIns) -> Port:
    """Ganqimaodu with all that a queue can have, and too little of it."""
    made = port_named("ganqimaodu")
    demand = made.demand["coal_truck"]
    urgent = replace(
        demand, visit_class="urgent", per_day=150, booked_ppm=300_000, no_show_ppm=200_000
    )
    trucks = replace(demand, per_day=900, booked_ppm=600_000, no_show_ppm=150_000)
    area = replace(made.places["waiting_area_mn"], stations=15, room=5)
    gate = replace(
        made.places["gate_in"],
        room=25,
        pattern={"coal_truck": 3, "urgent": 1},
        quota_per_day=170,
        quota_per_class={"urgent": 25},
    )
    booking = Booking(
        per_slot=60,
        grace_ms=15 * MINUTE_MS,
        walk_ins=walk_ins,
        priority={"urgent": 1},
        come_within_ms=20 * MINUTE_MS,
        calls=3,
    )
    return replace(
        made,
        places={**made.places, "waiting_area_mn": area, "gate_in": gate},
        demand={**made.demand, "coal_truck": trucks, "urgent_truck": urgent},
        booking=booking,
    )


class Told:
    """How often each kind of command was given."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def __call__(self, _number: int, _event: Event, commands: Sequence[c.Command]) -> None:
        for command in commands:
            kind = type(command).__name__
            self.counts[kind] = self.counts.get(kind, 0) + 1


@pytest.mark.parametrize("walk_ins", list(WalkIns))
@pytest.mark.parametrize("seed", SEEDS)
def test_a_queue_on_a_bad_day_breaks_no_rule(seed: int, walk_ins: WalkIns) -> None:
    made = queue_port(walk_ins)
    start_ms = start_of_day_ms(made, FIRST_DAY) + 9 * HOUR_MS
    end_ms = start_ms + 3 * HOUR_MS
    faults = Faults(made, seed, rates_of(seed), end_ms, ())
    scenario = Scenario(made, seed, start_ms, end_ms, end_ms + DRAIN_MS, faults)
    checkers, told = Checkers(made, bound_ms=BOUND_MS, faults_end_ms=end_ms), Told()
    simulate(scenario, MemoryJournal(scenario.header()), [checkers, told])
    checkers.finish()
    assert [str(each) for each in checkers.violations] == []
    for kind in ("IssueSlot", "WaitOutside", "RevokeCall", "SendTo"):
        assert told.counts.get(kind, 0) > 0, kind
