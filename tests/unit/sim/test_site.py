"""The virtual site: it answers commands, once each, and remembers what it needs to."""

from dataclasses import replace
from typing import Any

import pytest

from kouan.dispatch.commands import (
    AskCorrection,
    Command,
    LeaveBy,
    RaiseAlarm,
    ReportArrival,
    ResumeService,
    SendTo,
    StartService,
    SubmitDeclaration,
    SuspendService,
    TurnBack,
    WakeAt,
)
from kouan.dispatch.events import Released
from kouan.port.model import Demand, Payload, Port
from kouan.runtime.worlds import LastingWorld, Site, World
from kouan.sim.errors import ReplayedOtherwise
from kouan.sim.memory import ANSWERS_KEPT, Memory
from kouan.sim.people import WAY_OUT_MS
from kouan.sim.site import VirtualSite
from kouan.sim.world import SimulatedWorld
from tests.unit.sim.support import DAY, HOUR, MINUTE, START_MS, mandula, port_with

OPENING_MS = START_MS + 8 * HOUR


def port() -> Port:
    """The port, to which one coal truck comes."""
    payload = (Payload(1_000_000, 117_000, "coal"),)
    demand = Demand("coal_truck", per_day=1, hours="08:00-08:01", payload=payload)
    return port_with(some=replace(demand, tare_kg=35_000))


@pytest.fixture
def site() -> VirtualSite:
    """A site at which the truck has arrived."""
    one = VirtualSite(port(), 1, START_MS, START_MS + DAY)
    names: list[str] = []
    while not names or names[-1] != "Arrived":
        names += [type(event).__name__ for event in one.pop(START_MS + DAY)]
    return one


def visit_of(site: VirtualSite) -> str:
    """The truck's name."""
    (name,) = site.memory.guests
    return name


def rest(site: VirtualSite, until_ms: int = START_MS + 2 * DAY) -> list[Any]:
    """Everything that still happens."""
    found = []
    while events := site.pop(until_ms):
        found += events
    return found


def answers(site: VirtualSite, *commands: Command, at_ms: int | None = None) -> list[Any]:
    """What happens after commands."""
    for command in commands:
        site.carry_out(command, at_ms or site.memory.now_ms)
    return rest(site)


def test_it_is_a_site_of_the_runtime(site: VirtualSite) -> None:
    as_site: Site = site
    world: World = SimulatedWorld(site, START_MS + DAY)
    assert isinstance(world, LastingWorld)
    assert as_site.next_at_ms() is None


def test_it_begins_with_hours_and_vehicles() -> None:
    one = VirtualSite(port_with(), 1, START_MS, START_MS + DAY)
    kinds = [type(event).__name__ for event in rest(one)]
    assert kinds.count("VehicleJoined") == 10
    assert kinds[0] == "CalendarExtended"
    assert kinds == sorted(kinds)


def test_a_truck_drives_as_far_as_it_is(site: VirtualSite) -> None:
    (arrived,) = answers(site, SendTo(1, visit_of(site), "waiting_area_mn", "gate_in"))
    speed = mandula().roads.truck_speed_mm_s
    assert arrived.place == "gate_in"
    assert arrived.at_ms - OPENING_MS < HOUR
    drive_ms = site.drives.roadmap.drive_ms("t_neighbour", "t_gate_in", speed)
    assert drive_ms == pytest.approx(1_700_000 * 1_000 / speed, rel=0.01)


def test_a_service_ends_with_its_evidence(site: VirtualSite) -> None:
    visit = visit_of(site)
    (ended,) = answers(site, StartService(1, visit, "gate", "in_1", 1))
    assert (ended.visit, ended.stage, ended.station, ended.request) == (visit, "gate", "in_1", 1)
    assert [item.check for item in ended.evidence] == ["plate", "driver", "seal"]
    guest = site.memory.guests[visit]
    assert [item.found for item in ended.evidence] == [guest.plate, guest.driver, guest.seal]


@pytest.mark.parametrize(
    "make",
    [
        lambda visit: SendTo(7, visit, "waiting_area_mn", "gate_in"),
        lambda visit: StartService(7, visit, "gate", "in_1", 1),
        lambda visit: SubmitDeclaration(7, "D-1", visit, "some"),
        lambda visit: AskCorrection(7, visit, "M-1", "mass"),
        lambda visit: ReportArrival(7, "D-1", visit, "none"),
    ],
)
def test_a_command_sent_again_is_done_once_and_answered_again(site: VirtualSite, make: Any) -> None:
    command = make(visit_of(site))
    first_ms = site.memory.now_ms
    site.carry_out(command, first_ms)
    site.carry_out(command, first_ms)
    (answer,) = rest(site)
    later_ms = answer.at_ms + HOUR
    (again,) = answers(site, command, at_ms=later_ms)
    assert again[1:] == answer[1:]
    assert again.at_ms == later_ms


@pytest.mark.parametrize("kind", [LeaveBy, TurnBack])
def test_a_truck_leaves_once(site: VirtualSite, kind: Any) -> None:
    visit = visit_of(site)
    command = LeaveBy(3, visit) if kind is LeaveBy else TurnBack(3, visit, "no attempts left")
    at_ms = site.memory.now_ms
    (left,) = answers(site, command)
    assert (left.visit, left.at_ms) == (visit, at_ms + WAY_OUT_MS)
    assert site.memory.guests == {}


def test_a_suspended_service_takes_as_long_in_all(site: VirtualSite) -> None:
    visit, begun_ms = visit_of(site), site.memory.now_ms
    site.carry_out(StartService(1, visit, "manual", "desk_in.1", 1), begun_ms)
    end_ms = site.memory.services[visit][0]
    site.carry_out(SuspendService(2, visit, "desk_in.1"), begun_ms + 20_000)
    site.carry_out(SuspendService(3, visit, "desk_in.1"), begun_ms + 30_000)
    assert rest(site, begun_ms + HOUR) == []
    site.carry_out(ResumeService(4, visit, "desk_in.1"), begun_ms + HOUR)
    site.carry_out(ResumeService(5, visit, "desk_in.1"), begun_ms + HOUR + 1)
    (ended,) = rest(site)
    assert ended.at_ms == end_ms - 20_000 + HOUR


def test_a_load_put_down_leaves_its_slots_after_its_dwell(site: VirtualSite) -> None:
    visit = visit_of(site)
    assert site.memory.guests[visit].aboard_kg == 117_000
    (ended,) = answers(site, StartService(1, visit, "discharge", "coal_yard.1", 1))
    assert ended.evidence == ()
    assert site.memory.guests[visit].aboard_kg == 0


def test_a_correction_says_what_is_true(site: VirtualSite) -> None:
    visit = visit_of(site)
    (manifest,) = answers(site, AskCorrection(1, visit, "M-1", "mass"))
    assert (manifest.manifest, manifest.visit, manifest.mass_kg) == ("M-1", visit, 117_000)


def test_commands_about_strangers_and_for_others_do_nothing(site: VirtualSite) -> None:
    for command in (
        StartService(1, "stranger", "gate", "in_1", 1),
        SubmitDeclaration(2, "D-9", "stranger", "some"),
        ReportArrival(3, "D-9", "stranger", "none"),
        AskCorrection(4, "stranger", "M-9", "mass"),
        SuspendService(5, "stranger", "in_1"),
        ResumeService(6, "stranger", "in_1"),
        RaiseAlarm(7, "port", "nobody answers"),
    ):
        site.carry_out(command, OPENING_MS)
    assert rest(site) == []


def test_the_newest_answers_are_kept_and_the_oldest_go() -> None:
    memory = Memory()
    for request in range(3 * ANSWERS_KEPT):
        memory.keep_answer(request, (request, "Released", []))
    assert memory.answer_to(3 * ANSWERS_KEPT - 1) is not None
    assert memory.answer_to(2 * ANSWERS_KEPT) is not None
    assert memory.answer_to(0) is None
    assert len(memory.answers) + len(memory.answers_before) <= 2 * ANSWERS_KEPT


def test_things_of_one_time_come_in_the_order_they_were_put_in(site: VirtualSite) -> None:
    for number in range(20):
        site.memory.heap.push(OPENING_MS + HOUR, "Released", [f"D-{number}", "customs"])
    assert [event.declaration for event in rest(site)] == [f"D-{number}" for number in range(20)]


def test_a_memory_goes_through_bytes_unchanged(site: VirtualSite) -> None:
    visit = visit_of(site)
    site.carry_out(StartService(1, visit, "gate", "in_1", 1), OPENING_MS + MINUTE)
    site.carry_out(SendTo(2, visit, "waiting_area_mn", "gate_in"), OPENING_MS + MINUTE)
    frozen = site.freeze()
    other = VirtualSite(port(), 1, START_MS, START_MS + DAY)
    other.thaw(frozen)
    assert other.freeze() == frozen
    assert other.memory == site.memory
    assert rest(other) == rest(site)


# --- the world --------------------------------------------------------------------------------


def test_the_world_ends_at_its_time_and_wakes_in_between() -> None:
    world = SimulatedWorld(VirtualSite(port_with(), 1, START_MS, START_MS + DAY), START_MS + HOUR)
    while world.wait():
        pass
    world.carry_out(WakeAt(START_MS + MINUTE, "sweep"))
    world.carry_out(WakeAt(START_MS - MINUTE, "late"))
    world.carry_out(WakeAt(START_MS + HOUR, "never"))
    woken = []
    while events := world.wait():
        woken += [(event.at_ms - START_MS, event[1]) for event in events]
    assert woken == [(0, "late"), (MINUTE, "sweep")]
    assert world.now_ms == START_MS + MINUTE


def test_a_journal_of_another_site_is_told_apart(site: VirtualSite) -> None:
    world = SimulatedWorld(site, START_MS + DAY)
    with pytest.raises(ReplayedOtherwise, match="the journal has Released"):
        world.replay(Released(OPENING_MS, "D-1", "customs"), [])
