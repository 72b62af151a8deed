"""What pages show is what the dispatcher knows, though it is folded from the journal alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.dispatcher import Dispatcher
from kouan.live.ledger import PageLedger
from kouan.live.notes import ALARMS_KEPT, Stand
from kouan.live.view import Showcase, View, take_view
from kouan.port.flow import station_places
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.port.read import read_port
from kouan.report.summary import Summary
from kouan.runtime.loop import Loop
from kouan.runtime.memory import MemoryJournal
from kouan.sim.run import days_of, simulate
from kouan.sim.site import VirtualSite
from kouan.sim.world import SimulatedWorld
from tests.unit.live.support import SEED, morning_ms, tiny_port

PORTS = Path(__file__).parents[3] / "ports"
BUSY = ("demand.trucks.per_day=30", "demand.coal.per_day=12", "fleets.agv.count=3")


class Compared:
    """An observer that compares the ledger with the dispatcher after every entry."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.dispatcher = Dispatcher(port)
        self.ledger = PageLedger(port)
        self.stations = station_places(port)
        self.compared = 0

    def __call__(self, _number: int, event: e.Event, commands: Sequence[c.Command]) -> None:
        """Fold and compare."""
        self.ledger.fold(event, commands)
        self.compare_vehicles()
        self.compare_visits()
        self.compared += 1

    def compare_vehicles(self) -> None:
        """Node, load, charge, and the order: one begun where it stands is named a little later."""
        known = self.dispatcher.state.vehicles
        shown = self.ledger.memory.vehicles
        assert {name: (one.node, one.load_kg, one.charge_wh) for name, one in shown.items()} == {
            name: (one.node, one.load_kg, one.charge_wh) for name, one in known.items()
        }
        assert all(one.visit in ("", known[name].visit) for name, one in shown.items())
        assert all(one.visit for name, one in shown.items() if one.load_kg)

    def compare_visits(self) -> None:
        """Who is here, and who is served where."""
        state, memory = self.dispatcher.state, self.ledger.memory
        waiting_orders = [name for name in memory.visits if name in state.orders]
        assert sorted(memory.visits) == sorted([*state.visits, *waiting_orders])
        served = {
            name: visit.place for name, visit in state.visits.items() if visit.phase == "served"
        }
        shown = {
            name: visit.place
            for name, visit in memory.visits.items()
            if visit.stand is Stand.SERVED
        }
        assert shown == served
        busy = {visit: place for place in memory.places for visit in self.busy_at(place)}
        assert {name: place for name, place in busy.items() if name in memory.visits} == served
        assert all(note.waiting >= 0 and note.coming >= 0 for note in memory.places.values())

    def busy_at(self, place: str) -> list[str]:
        """Who is served at a place; its stations are really its own."""
        busy = self.ledger.memory.places[place].busy
        assert [self.stations[station] for station in busy] == [place] * len(busy)
        return list(busy.values())


def _seen(ledger: PageLedger) -> View:
    return take_view(ledger.memory, 3, ledger.port)


def run_compared(port: Port, days: int = 1) -> Compared:
    """Simulate, comparing after each entry."""
    start_ms = morning_ms(port)
    compared = Compared(port)
    scenario = days_of(port, SEED, start_ms, days)
    world = SimulatedWorld(
        VirtualSite(port, SEED, start_ms, start_ms + days * DAY_MS), scenario.until_ms
    )
    journal = MemoryJournal(scenario.header())
    Loop(compared.dispatcher, world, journal, [compared]).run()
    return compared


def test_ledger_agrees_with_the_dispatcher_after_every_entry() -> None:
    compared = run_compared(tiny_port(*BUSY))
    assert compared.compared > 600
    assert compared.ledger.memory.total.finished == 42
    assert compared.ledger.memory.total.trips == 12


@pytest.mark.slow
def test_and_at_a_large_port() -> None:
    port = read_port(PORTS / "ganqimaodu.toml", ("demand.coal_truck.per_day=150",))
    assert run_compared(port).compared > 3_000


def test_counts_are_those_of_the_report() -> None:
    port = tiny_port(*BUSY, "demand.trucks.document_error='40 %'")
    scenario = days_of(port, SEED, morning_ms(port) - 9 * 3_600_000, 2)
    ledger, report = PageLedger(port), Summary(port)
    observers = [lambda _number, event, commands: ledger.fold(event, commands), report.observe]
    simulate(scenario, MemoryJournal(scenario.header()), observers)
    visits = report.stays.total
    total = ledger.memory.total
    assert (total.finished, total.turned_back) == (visits.finished, visits.turned_back)
    assert total.mass_kg == visits.mass_kg
    assert total.crossings == sum(report.stays.crossings.values())
    assert 0 < ledger.memory.today.finished < total.finished


def test_freeze_and_thaw_at_any_moment() -> None:
    compared = run_compared(tiny_port(*BUSY))
    other = PageLedger(compared.port)
    other.thaw(compared.ledger.freeze())
    assert other.memory == compared.ledger.memory
    assert _seen(other) == _seen(compared.ledger)


def fold(ledger: PageLedger, event: e.Event, *commands: c.Command) -> None:
    """Fold one decision."""
    ledger.fold(event, commands)


@pytest.fixture
def ledger() -> PageLedger:
    """A ledger with one vehicle that stands at its parking place."""
    ledger = PageLedger(tiny_port())
    fold(ledger, e.VehicleJoined(1_000, "agv-1", "agv", 20_000))
    return ledger


def test_expected_arrival_by_declared_speed(ledger: PageLedger) -> None:
    drive = c.DriveTo(1, "agv-1", "", 1, ("north.1", "north.2"), ("line",), "")
    fold(ledger, e.Woke(10_000, "x"), drive)
    vehicle = ledger.memory.vehicles["agv-1"]
    # 100 m at 25 km/h are 14.4 s; speeding up at 0.3 m/s2 adds 6,944 / (2 x 0.3) ms.
    assert (vehicle.next, vehicle.since_ms, vehicle.due_ms) == ("north.1", 10_000, 35_973)
    fold(ledger, e.VehicleMoved(36_000, "agv-1", "north.1", 1, 19_000))
    assert (vehicle.node, vehicle.next) == ("north.1", "north.2")
    assert vehicle.due_ms == 36_000 + 14_400 + 6_944
    fold(ledger, e.Woke(40_000, "x"), c.SlowTo(2, "north", 500_000))
    fold(ledger, e.VehicleMoved(58_000, "agv-1", "north.2", 2, 18_500))
    assert (vehicle.node, vehicle.next, vehicle.charge_wh) == ("north.2", "", 18_500)


def test_grants_that_come_late_or_twice_change_nothing(ledger: PageLedger) -> None:
    drive = c.DriveTo(1, "agv-1", "", 1, ("north.1", "north.2"), (), "to_parking")
    fold(ledger, e.Woke(10_000, "x"), drive)
    fold(ledger, e.VehicleMoved(36_000, "agv-1", "north.1", 1, 19_000))
    vehicle = ledger.memory.vehicles["agv-1"]
    due_ms = vehicle.due_ms
    fold(ledger, e.VehicleMoved(37_000, "agv-1", "north.1", 1, 19_000), drive)
    assert (vehicle.node, vehicle.next, vehicle.due_ms) == ("north.1", "north.2", due_ms)
    fold(ledger, e.VehicleMoved(55_000, "agv-1", "north.2", 2, 19_000), drive)
    assert (vehicle.node, vehicle.next) == ("north.2", "")


def test_a_stopped_vehicle_is_expected_later_by_as_long_as_it_stood(ledger: PageLedger) -> None:
    fold(ledger, e.Woke(10_000, "x"), c.DriveTo(1, "agv-1", "", 1, ("north.1",), (), ""))
    vehicle = ledger.memory.vehicles["agv-1"]
    due_ms = vehicle.due_ms
    fold(ledger, e.VehicleStopped(20_000, "agv-1", "fault"))
    assert (vehicle.stopped_ms, vehicle.stopped_for) == (20_000, "fault")
    fold(ledger, e.VehicleRecovered(50_000, "agv-1"))
    assert (vehicle.stopped_ms, vehicle.since_ms, vehicle.due_ms) == (0, 40_000, due_ms + 30_000)


def test_mode_changes_only_when_it_was_not_refused(ledger: PageLedger) -> None:
    fold(ledger, e.ModeSwitched(2_000, "closed", "guest"), c.RaiseAlarm(1, "mode", "may not"))
    assert ledger.memory.mode == "normal"
    fold(ledger, e.ModeSwitched(3_000, "closed", "port_operator"))
    assert ledger.memory.mode == "closed"


def test_alarms_are_bounded_and_newest_first(ledger: PageLedger) -> None:
    for number in range(ALARMS_KEPT + 5):
        fold(ledger, e.Woke(number, "x"), c.RaiseAlarm(number, "scale.1", str(number)))
    alarms = take_view(ledger.memory, 1, ledger.port).alarms
    assert len(alarms) == ALARMS_KEPT
    assert alarms[0].text == str(ALARMS_KEPT + 4)


def test_failed_stations(ledger: PageLedger) -> None:
    fold(ledger, e.StationFailed(2_000, "scale.1"))
    fold(ledger, e.StationFailed(2_000, "nowhere"))
    assert ledger.memory.places["scale"].failed == ["scale.1"]
    fold(ledger, e.StationRepaired(3_000, "scale.1"))
    assert ledger.memory.places["scale"].failed == []


def test_a_view_does_not_change_when_the_ledger_goes_on(ledger: PageLedger) -> None:
    showcase = Showcase()
    showcase.show(take_view(ledger.memory, 1, ledger.port))
    view, encoded = showcase.view, showcase.encoded()
    fold(ledger, e.Woke(10_000, "x"), c.DriveTo(1, "agv-1", "", 1, ("north.1",), (), ""))
    assert showcase.view is view
    assert view.vehicles[0].next == ""
    assert showcase.encoded() is encoded
    with pytest.raises(AttributeError):
        view.mode = "closed"  # type: ignore[misc]
    showcase.show(take_view(ledger.memory, 2, ledger.port))
    assert (showcase.view.number, showcase.view.vehicles[0].next) == (2, "north.1")
    assert b'"next":"north.1"' in showcase.encoded()


def test_vehicles_that_stand_are_at_their_parking_place_or_charger() -> None:
    """Those on the road, on an order or charging are counted elsewhere."""
    ledger = PageLedger(read_port(PORTS / "mandula.toml"))
    fleet = ledger.port.fleets["agv"]
    for name in ("agv-1", "agv-2", "agv-3"):
        ledger.fold(e.VehicleJoined(1, name, "agv", 9_000), [])

    def shown() -> dict[str, tuple[str, ...]]:
        view = take_view(ledger.memory, 1, ledger.port)
        return {place.id: place.busy for place in view.places if place.busy}

    assert shown() == {fleet.parking: ("agv-1", "agv-2", "agv-3")}
    vehicles = ledger.memory.vehicles
    vehicles["agv-1"].node = vehicles["agv-3"].node = ledger.port.places[fleet.charger].node
    ledger.fold(e.Woke(2, ""), [c.StartCharging(1, "agv-1", f"{fleet.charger}.1")])
    vehicles["agv-2"].next = "somewhere"
    assert shown() == {fleet.charger: (f"{fleet.charger}.1", "agv-3")}


def test_an_order_turned_back_where_its_vehicle_stands_is_over() -> None:
    ledger = PageLedger(tiny_port())
    summary = Summary(ledger.port)
    entries: list[tuple[e.Event, list[c.Command]]] = [
        (e.TransportOrderPlaced(1, "o", "agv", "coal", 1, "coal", 1, ""), []),
        (e.Woke(2, ""), [c.StartService(1, "o", "load", "pit.1", 1)]),
        (e.Woke(3, ""), [c.RaiseAlarm(2, "agv-1", "order o turned back: plate: unread")]),
    ]
    for number, (event, commands) in enumerate(entries, 1):
        ledger.fold(event, commands)
        summary(number, event, commands)
    assert ledger.memory.visits == {}
    assert ledger.memory.total.turned_back == 1
    assert summary.as_json()["visits"]["by_state"] == {"turned_back": 1}
