"""The live world: stamps, inbox, timers and who gets which command."""

import threading
import time

import pytest

from kouan.dispatch.commands import Command, OpenBarrier, StartService, WakeAt
from kouan.dispatch.events import Arrived, Event, LeftPort, Woke
from kouan.live.clock import PortClock
from kouan.live.errors import InboxClosed, InboxFull, LiveError
from kouan.live.world import LiveWorld
from tests.unit.live.support import EmptySite, HandClock


class ListSite(EmptySite):
    """A site with a list of events to come, that notes commands."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.done: list[tuple[Command, int]] = []

    def next_at_ms(self) -> int | None:
        """Time of the next event."""
        return self.events[0].at_ms if self.events else None

    def pop(self, at_ms: int) -> list[Event]:
        """The next event due."""
        if self.events and self.events[0].at_ms <= at_ms:
            return [self.events.pop(0)]
        return []

    def carry_out(self, command: Command, at_ms: int) -> None:
        """Note it."""
        self.done.append((command, at_ms))


def arrived(at_ms: int, number: int = 1) -> Arrived:
    """Return an event."""
    return Arrived(at_ms, f"truck-{number}", "gate")


def test_due_events_carry_the_time_at_which_they_are_handed_out() -> None:
    clock = HandClock(1_000, late_ms=50)
    world = LiveWorld(ListSite(arrived(2_000), arrived(5_000, 2)), clock)
    [first] = world.wait()
    assert first == arrived(clock.now_ms())
    assert 2_000 <= first.at_ms <= 2_050
    [second] = world.wait()
    assert second.at_ms >= 5_000


def test_every_batch_has_a_stamp_of_its_own() -> None:
    clock = HandClock(1_000)
    world = LiveWorld(EmptySite(), clock)
    stamps = []
    for number in range(5):
        world.post(arrived(0, number))
        world.post(LeftPort(0, f"truck-{number}"))
        batch = world.wait()
        assert len(batch) == 2
        stamps.append({event.at_ms for event in batch})
    assert stamps == [{1_000}, {1_001}, {1_002}, {1_003}, {1_004}]


def test_stamps_never_run_back() -> None:
    clock = HandClock(9_000)
    world = LiveWorld(ListSite(arrived(9_000)), clock)
    assert world.wait()[0].at_ms == 9_000
    clock.at_ms = 1_000
    world.post(arrived(0))
    assert world.wait()[0].at_ms == 9_001


def test_timers_and_events_come_in_order_of_their_time() -> None:
    clock = HandClock(1_000)
    world = LiveWorld(ListSite(arrived(2_500), arrived(2_700, 2)), clock)
    for at_ms, reason in ((2_600, "b"), (2_400, "a"), (9_000, "late")):
        world.carry_out(WakeAt(at_ms, reason))
    clock.at_ms = 3_000
    batch = world.wait()
    assert batch == [Woke(3_000, "a"), arrived(3_000), Woke(3_000, "b"), arrived(3_000, 2)]


def test_overdue_timer_fires_at_once() -> None:
    clock = HandClock(5_000)
    world = LiveWorld(EmptySite(), clock)
    world.carry_out(WakeAt(1, "sweep"))
    assert world.wait() == [Woke(5_000, "sweep")]


def test_full_inbox_refuses_and_goes_on_once_there_is_room() -> None:
    world = LiveWorld(EmptySite(), HandClock(1_000), inbox_bound=3)
    for number in range(3):
        world.post(arrived(0, number))
    with pytest.raises(InboxFull, match="3 events"):
        world.post(arrived(0, 4))
    assert world.inbox_depth == 3
    assert len(world.wait()) == 3
    world.post(arrived(0, 4))
    assert len(world.wait()) == 1


def test_batches_are_bounded_and_nobody_starves() -> None:
    clock = HandClock(1_000)
    world = LiveWorld(
        ListSite(*(arrived(1_000, number) for number in range(10))), clock, batch_bound=4
    )
    for number in range(10):
        world.post(LeftPort(0, str(number)))
    batches = [world.wait() for _ in range(5)]
    assert [[type(event) for event in batch] for batch in batches] == [
        [Arrived, Arrived, LeftPort, LeftPort]
    ] * 5


def test_stop_hands_out_what_was_posted_and_refuses_the_rest() -> None:
    world = LiveWorld(ListSite(arrived(1_000)), HandClock(1_000))
    world.post(LeftPort(0, "truck-1"))
    world.stop()
    with pytest.raises(InboxClosed):
        world.post(LeftPort(0, "truck-2"))
    assert world.wait() == [LeftPort(1_000, "truck-1")]
    assert world.wait() == []


def test_nothing_that_was_taken_is_lost_between_threads() -> None:
    world = LiveWorld(EmptySite(), PortClock(1_000), inbox_bound=50)
    refused = [0]

    def post(thread: int) -> None:
        for number in range(300):
            while True:
                try:
                    world.post(LeftPort(0, f"{thread}-{number}"))
                    break
                except InboxFull:
                    refused[0] += 1
                    time.sleep(0.001)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    seen: list[Event] = []
    while len(seen) < 1_200:
        batch = world.wait()
        time.sleep(0.002)
        seen += batch
    for thread in threads:
        thread.join()
    names = [event.visit for event in seen if isinstance(event, LeftPort)]
    assert sorted(names) == sorted(f"{t}-{n}" for t in range(4) for n in range(300))
    assert [event.at_ms for event in seen] == sorted(event.at_ms for event in seen)
    assert refused[0] > 0


def test_waiting_ends_as_soon_as_something_is_posted_or_due() -> None:
    world = LiveWorld(EmptySite(), PortClock(0))
    world.carry_out(WakeAt(60, "timer"))
    began = time.perf_counter()
    assert world.wait() == [Woke(world._stamp_ms, "timer")]
    assert 0.04 < time.perf_counter() - began < 2
    threading.Timer(0.05, world.post, [arrived(0)]).start()
    assert isinstance(world.wait()[0], Arrived)
    threading.Timer(0.05, world.stop).start()
    assert world.wait() == []
    assert time.perf_counter() - began < 5


def test_commands_reach_the_site_at_the_stamped_time_and_every_executor() -> None:
    clock, site = HandClock(1_000), ListSite(arrived(2_000))
    sent: list[Command] = []
    world = LiveWorld(site, clock, executors=[sent.append])
    world.wait()
    clock.at_ms = 2_345
    command = StartService(1, "truck-1", "gate", "gate.1", 1)
    world.carry_out(command)
    assert (site.done, sent) == ([(command, 2_000)], [command])


def test_uncertain_commands_go_to_executors_only() -> None:
    site, sent = ListSite(), list[Command]()
    world = LiveWorld(site, HandClock(1_000), executors=[sent.append])
    command = OpenBarrier(1, "gate.1", "truck-1", "match")
    world.replay(arrived(900), [command])
    world.carry_out_again(command)
    assert sent == [command]
    world.freeze()
    assert site.done == [(command, 900)]


def test_scaled_time_is_refused_with_executors() -> None:
    sent: list[Command] = []
    with pytest.raises(LiveError, match="scaled"):
        LiveWorld(EmptySite(), PortClock(0, 10), executors=[sent.append], real_devices=True)


def test_lag_counts_from_when_something_was_due_but_not_from_before_the_start() -> None:
    clock = HandClock(10_000)
    world = LiveWorld(ListSite(arrived(1), arrived(10_100, 2)), clock)
    world.wait()
    assert world.lag.max_s == 0
    clock.at_ms = 10_350
    world.wait()
    assert world.lag.max_s == pytest.approx(0.25)


def test_a_batch_under_way_is_seen_from_outside() -> None:
    settled: list[bool] = []
    world = LiveWorld(EmptySite(), HandClock(1), settled=lambda: settled.append(True))
    world.post(arrived(0))
    assert world.handling_s() == 0
    world.wait()
    time.sleep(0.01)
    assert world.handling_s() >= 0.01
    world.stop()
    world.wait()
    assert world.handling_s() == 0
    assert len(settled) == 2


def test_what_is_owed_is_settled_while_nothing_happens() -> None:
    """Said to be owed twice, it is settled three times, and then no more until the next batch."""
    settled: list[int] = []

    def settle() -> float | None:
        settled.append(len(settled))
        return 0.01 if len(settled) < 3 else None

    world = LiveWorld(EmptySite(), PortClock(0), settled=settle)
    thread = threading.Thread(target=world.wait, daemon=True)
    thread.start()
    for _ in range(500):
        if len(settled) == 3:
            break
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(settled) == 3
    world.stop()
    thread.join(10)
    assert not thread.is_alive()
