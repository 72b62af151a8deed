"""Vehicles over a real broker: commands reach virtual ones, what they do comes back as events."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.clock import PortClock, wall_now_ms
from kouan.live.errors import InboxClosed, InboxFull, LiveError
from kouan.live.fleetlink import MEMORY_FOLDER, FleetLink, FleetPlan
from kouan.port.model import Port
from tests.unit.live.broker_support import wait_for
from tests.unit.live.support import tiny_port

PATIENCE_S = 30.0
SCALE = 20


class Inbox:
    """Keeps what is posted; full or closed while the test wants it so."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.refuses: Exception | None = None
        self.changed = threading.Condition()

    def post(self, events: Sequence[e.Event]) -> None:
        if self.refuses is not None:
            raise self.refuses
        with self.changed:
            self.events.extend(events)
            self.changed.notify_all()

    def wait_for(self, wanted: Callable[[list[e.Event]], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: wanted(self.events), PATIENCE_S), self.events

    def of(self, kind: type[e.Event]) -> list[e.Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def port() -> Port:
    return tiny_port("fleets.agv.count=2", "demand.coal.per_day=0")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def link(port: Port, inbox: Inbox, tmp_path: Path) -> Iterator[FleetLink]:
    made = FleetLink(port, tmp_path, PortClock(0, SCALE), FleetPlan())
    made.start(inbox.post)
    yield made
    made.close()


def joined(events: list[e.Event]) -> bool:
    return len({event.vehicle for event in events if isinstance(event, e.VehicleJoined)}) == 2


def way(request: int, step: int, base: tuple[str, ...], *horizon: str) -> c.DriveTo:
    return c.DriveTo(request, "agv-1", "o1", step, base, horizon, "" if horizon else "order")


def nodes(inbox: Inbox) -> list[tuple[str, int]]:
    moved = [event for event in inbox.events if isinstance(event, e.VehicleMoved)]
    return list(dict.fromkeys((one.node, one.step) for one in moved if one.vehicle == "agv-1"))


def stands_at(inbox: Inbox, node: str) -> None:
    inbox.wait_for(lambda _: any(found == node for found, _ in nodes(inbox)))


def test_a_way_is_driven_piece_by_piece_and_told_node_by_node(
    link: FleetLink, inbox: Inbox
) -> None:
    inbox.wait_for(joined)
    link(way(1, 1, ("north.1",), "north.2", "line"))
    stands_at(inbox, "north.1")
    link(way(2, 2, ("north.2", "line")))
    stands_at(inbox, "line")
    assert nodes(inbox)[-3:] == [("north.1", 1), ("north.2", 2), ("line", 3)]
    assert link.counts.lost == 0
    assert min(link.counts.published, link.counts.received) > 0


def test_a_paused_vehicle_stands_until_it_is_resumed(link: FleetLink, inbox: Inbox) -> None:
    inbox.wait_for(joined)
    link(way(1, 1, ("north.1", "north.2", "line")))
    stands_at(inbox, "north.1")
    link(c.PauseVehicle(2, "agv-1"))
    time.sleep(1.0)
    before = nodes(inbox)
    time.sleep(1.5)
    assert nodes(inbox) == before
    link(c.ResumeVehicle(3, "agv-1"))
    stands_at(inbox, "line")


def test_charging_is_answered_when_it_ends(link: FleetLink, inbox: Inbox) -> None:
    inbox.wait_for(joined)
    link(c.StartCharging(1, "agv-1", "charger.1"))
    inbox.wait_for(lambda _: bool(inbox.of(e.ChargingEnded)))


def test_a_slowed_road_is_remembered_for_every_vehicle(
    link: FleetLink, inbox: Inbox, port: Port, tmp_path: Path
) -> None:
    inbox.wait_for(joined)
    link(c.SlowTo(1, "north", 400_000))
    link(c.LoadVehicle(2, "agv-1", 5_000))
    second = FleetLink(port, tmp_path, PortClock(0, SCALE), FleetPlan())
    kept = [one.memory for one in second._drivers.values()]
    assert [one.master.slow for one in kept] == [{"north": 400_000}] * 2
    assert [one.load_kg for one in kept] == [5_000, 0]


def test_a_restart_goes_on_with_the_way_and_says_again_what_may_be_lost(
    port: Port, tmp_path: Path
) -> None:
    """As after a kill: the first link is never closed in order, its last events reach nobody."""
    inbox = Inbox()
    first = FleetLink(port, tmp_path, PortClock(0, SCALE), FleetPlan())
    first.start(inbox.post)
    inbox.wait_for(joined)
    first(way(1, 1, ("north.1", "north.2"), "line"))
    stands_at(inbox, "north.1")
    inbox.refuses = InboxClosed("killed")
    assert first._crew is not None
    first._crew.kill()
    first.close()
    again = Inbox()
    clock = PortClock(first.clock.now_ms(), SCALE)
    second = FleetLink(port, tmp_path, clock, FleetPlan())
    second.start(again.post)
    try:
        again.wait_for(joined)
        second(way(1, 1, ("north.1", "north.2"), "line"))
        second(way(2, 3, ("line",)))
        stands_at(again, "line")
        steps = [step for _, step in nodes(again)]
        assert steps == sorted(steps)
        assert steps[-1] == 3
    finally:
        second.close()


def test_a_clock_set_back_before_a_restart_makes_no_order_the_same_as_another(
    port: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    first = FleetLink(port, tmp_path, PortClock(0, SCALE), FleetPlan())
    first.start(inbox.post)
    inbox.wait_for(joined)
    first.close()
    day_ms = 24 * 3_600_000
    monkeypatch.setattr("kouan.live.clock.wall_now_ms", lambda: wall_now_ms() - day_ms)
    again = Inbox()
    second = FleetLink(port, tmp_path, PortClock(first.clock.now_ms(), SCALE), FleetPlan())
    second.start(again.post)
    try:
        again.wait_for(joined)
        for step, node in enumerate(("north.1", "north.2", "line"), 1):
            second(way(step, step, (node,)))
            stands_at(again, node)
    finally:
        second.close()
    at_ms = [event.at_ms for event in (*inbox.events, *again.events)]
    assert at_ms == sorted(at_ms)


def test_every_known_vehicle_is_asked_how_it_is_once_the_broker_is_back(
    link: FleetLink, inbox: Inbox
) -> None:
    """What they said while the port was not connected is lost, and said again by no vehicle."""
    inbox.wait_for(joined)
    time.sleep(1.0)
    asked = [link.counts.published]
    assert link._embedded is not None
    assert link._link is not None
    os.kill(link._embedded.process_id, signal.SIGKILL)
    wait_for(lambda: link._link is not None and link._link.traffic.connects == 2)
    wait_for(lambda: link.counts.published >= asked[0] + 2)
    assert link._embedded.restarts == 1


def test_vehicles_whose_process_dies_are_silent_keep_their_road_and_go_on(
    link: FleetLink, inbox: Inbox
) -> None:
    inbox.wait_for(joined)
    link(way(1, 1, ("north.1", "north.2", "line")))
    stands_at(inbox, "north.1")
    assert link._crew is not None
    os.kill(link._crew.process_id, signal.SIGKILL)
    stands_at(inbox, "line")
    assert nodes(inbox) == [("north.1", 1), ("north.2", 2), ("line", 3)]
    inbox.wait_for(lambda _: len(inbox.of(e.VehicleHeard)) == 2)
    told = [event for event in inbox.events if isinstance(event, e.VehicleSilent)]
    assert sorted(event.vehicle for event in told) == ["agv-1", "agv-2"]
    assert inbox.of(e.VehicleStopped) == []
    assert link.trouble == ""


def test_a_process_that_dies_for_good_is_told_with_every_vehicle(
    link: FleetLink, inbox: Inbox
) -> None:
    inbox.wait_for(joined)
    assert link._crew is not None
    link._crew._pauses_s = ()
    os.kill(link._crew.process_id, signal.SIGKILL)
    inbox.wait_for(lambda _: len(inbox.of(e.VehicleStopped)) == 2)
    said = {event.reason for event in inbox.events if isinstance(event, e.VehicleStopped)}
    assert said == {link.trouble}
    assert link.trouble == (
        "the vehicles' process ended (code -9) 1 times in a row and is not started again"
    )
    inbox.wait_for(lambda _: len(inbox.of(e.VehicleSilent)) == 2)


def test_what_the_inbox_has_no_room_for_waits_in_order(link: FleetLink, inbox: Inbox) -> None:
    inbox.wait_for(joined)
    inbox.refuses = InboxFull("full")
    link(way(1, 1, ("north.1", "north.2", "line")))
    time.sleep(2.0)
    assert nodes(inbox) == []
    inbox.refuses = None
    stands_at(inbox, "line")
    assert nodes(inbox) == [("north.1", 1), ("north.2", 2), ("line", 3)]


@pytest.mark.parametrize(
    ("scale", "plan", "problem"),
    [
        (61, FleetPlan(), "expected at most 60"),
        (1, FleetPlan(version="1.1"), "expected one of 2.0.0"),
    ],
)
def test_what_can_not_be_is_refused(
    port: Port, tmp_path: Path, scale: int, plan: FleetPlan, problem: str
) -> None:
    with pytest.raises(LiveError, match=problem):
        FleetLink(port, tmp_path, PortClock(0, scale), plan)


def test_a_memory_that_is_none_is_named(port: Port, tmp_path: Path) -> None:
    path = tmp_path / MEMORY_FOLDER / "agv-1.state"
    path.parent.mkdir()
    path.write_bytes(b"\xc1")
    with pytest.raises(LiveError, match=r"agv-1\.state: what was remembered of agv-1"):
        FleetLink(port, tmp_path, PortClock(0, 1), FleetPlan())
