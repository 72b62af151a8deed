"""Order within one millisecond: what a site hands out at once comes when it would have anyhow."""

from pathlib import Path

from kouan.dispatch.commands import StartService
from kouan.dispatch.events import ServiceEnded
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.port.read import load_port
from kouan.sim.memory import ANSWERS_KEPT, Memory
from kouan.sim.site import VirtualSite

PORTS = Path(__file__).parents[3] / "ports"


def _port() -> Port:
    return load_port(PORTS / "ganqimaodu.toml")[0]


def _with_service() -> tuple[VirtualSite, int]:
    """A site without anything coming, on which one service is under way, and when it ends."""
    site = VirtualSite(_port(), 1, 0, DAY_MS)
    while not site.memory.guests:
        site.pop(DAY_MS)
    site.memory.heap.items.clear()
    visit, guest = next(iter(site.memory.guests.items()))
    stage = site.port.procedures[guest.procedure].stages[1].id
    now_ms = site.memory.now_ms
    site.carry_out(StartService(1, visit, stage, "somewhere.1", 1), now_ms)
    ends_ms = site.next_at_ms()
    assert ends_ms is not None
    assert ends_ms > now_ms
    return site, ends_ms


def test_a_service_that_ends_alone_is_told_at_once() -> None:
    site, ends_ms = _with_service()
    counter = site.memory.heap.counter
    (event,) = site.pop(ends_ms)
    assert isinstance(event, ServiceEnded)
    assert event.at_ms == ends_ms
    assert site.memory.heap.counter == counter + 1


def test_what_waited_for_the_same_moment_comes_first() -> None:
    site, ends_ms = _with_service()
    site.memory.heap.push(ends_ms, "SlotFreed", ["container_yard", 1])
    kinds = [type(event).__name__ for _ in range(2) for event in site.pop(ends_ms)]
    assert kinds == ["SlotFreed", "ServiceEnded"]


def test_a_command_sent_again_is_answered_again_and_done_once() -> None:
    site, ends_ms = _with_service()
    (event,) = site.pop(ends_ms)
    assert isinstance(event, ServiceEnded)
    again = StartService(1, event.visit, event.stage, event.station, 1)
    site.carry_out(again, ends_ms + 5)
    (repeated,) = site.pop(ends_ms + 5)
    assert repeated == event._replace(at_ms=ends_ms + 5)


def test_answers_are_kept_within_a_bound() -> None:
    memory = Memory()
    for request in range(3 * ANSWERS_KEPT):
        memory.keep_answer(request, (request, "LeftPort", ("somebody",)))
        kept = len(memory.answers) + len(memory.answers_before)
        assert kept < 2 * ANSWERS_KEPT
    assert memory.answer_to(0) is None
    newest = 3 * ANSWERS_KEPT - 1
    assert memory.answer_to(newest) == (newest, "LeftPort", ("somebody",))
    assert memory.answer_to(newest - ANSWERS_KEPT + 1) is not None
