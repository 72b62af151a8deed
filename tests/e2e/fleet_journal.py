"""What a journal says of a fleet: orders placed and carried, nodes passed, rules broken."""

from collections import Counter, defaultdict
from pathlib import Path

from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import (
    Event,
    ServiceEnded,
    TransportOrderPlaced,
    VehicleMoved,
)
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.replay import verify


def events(data: Path) -> list[Event]:
    """All events so far, in order; the port may still be writing."""
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        return [entry.decoded_event() for entry in journal.entries()]


def trips(data: Path) -> Counter[str]:
    """How often each order's last service ended."""
    return Counter(
        event.visit
        for event in events(data)
        if isinstance(event, ServiceEnded) and event.stage == "returning"
    )


def nodes_passed(data: Path) -> dict[str, list[str]]:
    """The nodes that each vehicle passed, each step once however often it was told."""
    passed: dict[str, dict[int, str]] = defaultdict(dict)
    for event in events(data):
        if isinstance(event, VehicleMoved) and event.step:
            passed[event.vehicle].setdefault(event.step, event.node)
    return {
        vehicle: [steps[step] for step in sorted(steps)]
        for vehicle, steps in sorted(passed.items())
    }


def check_fleet(data: Path, orders: int) -> None:
    """Every order was placed once and carried once, no rule was broken, all is decided again."""
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        checkers = Checkers(journal.header.port())
        placed: Counter[str] = Counter()
        for entry in journal.entries():
            event = entry.decoded_event()
            checkers.observe(entry.number, event, entry.decoded_commands())
            if isinstance(event, TransportOrderPlaced):
                placed[event.order] += 1
        assert checkers.violations == []
        assert verify(journal, Dispatcher).good
    assert (len(placed), set(placed.values())) == (orders, {1})
    assert trips(data) == placed
