"""Random but legal sequences of events, doubled, late and unknown ones among them.

After every event the dispatcher's state is frozen and thawed, and everything holds that must always
hold; when the faults stop, every visit ends and leaves nothing behind.
"""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.dispatch.state import Halt, Phase
from kouan.port.model import Booking, Mode, ModeName, Port, WeatherLimit
from kouan.port.places import Conversion, Crew, Direction, Lane, ShiftEnd
from kouan.port.procedures import Need, Work
from kouan.runtime.codec import encode_event
from kouan.traffic.reservations import check
from tests.unit.dispatch.play import START, Car, Play
from tests.unit.dispatch.ports import (
    HOUR,
    MINUTE,
    agv_port,
    place,
    procedure,
    rings,
    stage,
    truck_port,
)
from tests.unit.dispatch.test_tolerance import STRANGERS, garbage
from tests.unit.traffic.maps import roads

CLASSES = ("coal", "food")


def whole_port() -> Port:
    """Trucks and AGVs of one port: everything that a port file can declare, in small."""
    trucks, agvs = truck_port(), agv_port(3, "p-l 400 100", "l-s 300 100 single", "p-c 100")
    bring = procedure(
        stage("wait", "area", work=Work.WAIT),
        stage("unload", "shed", work=Work.UNLOAD, stack="shed", needs=(Need.MANIFEST,)),
        stage("out", "out", direction=Direction.EXIT),
    )
    haul = agvs.procedures["haul"]
    reviewed = replace(haul.stages[1], on={"review": "look", "mismatch": "look"}, next="unload")
    look = stage("look", "cabin", "inspection", next="unload")
    stages = (haul.stages[0], reviewed, look, *haul.stages[2:])
    places = {
        **trucks.places,
        **agvs.places,
        "area": place("waiting_area", stations=1, room=1),
        "desk": place("desk", stations=2, crew="officers"),
        "cabin": place("desk", node="l", stations=2),
        "out": place(node="o", room=2, pattern={"coal": 1, "food": 2}, quota_per_day=500),
    }
    swap = Conversion("12:00-14:00", Direction.ENTRY)
    return replace(
        trucks,
        places=places,
        procedures={**trucks.procedures, "bring": bring, "haul": replace(haul, stages=stages)},
        lanes={
            **trucks.lanes,
            **agvs.lanes,
            "out_1": Lane("out", Direction.ENTRY),
            "out_2": Lane("out", Direction.EXIT, conversions=(swap,)),
        },
        roads=roads("g-s 500", "s-o 500", "p-l 400 100", "l-s 300 100 single", "p-c 100"),
        fleets=agvs.fleets,
        crews={"officers": Crew("08:00-20:00", ShiftEnd.HAND_OVER)},
        modes={ModeName.RESTRICTED: Mode(classes=("food",)), ModeName.CLOSED: Mode()},
        booking=Booking(per_slot=2, priority={"food": 1}, come_within_ms=HOUR),
        weather={"storm": WeatherLimit(wind_above_mm_s=9, close=True, places=("shed",))},
    )


PORT = whole_port()
STATIONS = ("in_1", "in_2", "scale.1", "shed.1", "east", "desk.2", "charger.1", "out_1")
MORE = st.integers(0, 10_000)
VISITS = [f"t{number}" for number in range(8)]
ORDERS = [f"o{number}" for number in range(6)]
SCOPES = st.sampled_from([("", ""), ("agv", ""), ("", "agv-1"), ("", "agv-2"), ("", "agv-3")])


class Port24(RuleBasedStateMachine):
    """A port on which anything may happen at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.play = Play(PORT)
        self.stopped: list[str] = []
        self.failed: list[str] = []
        day = [START + 24 * HOUR * number for number in range(40)]
        shifts = (tuple(day), tuple(start + 12 * HOUR for start in day))
        for key in ("crew:officers", "place:desk", "conversion:out_2:0"):
            self.play.tell(e.CalendarExtended, key, day[-1], *shifts)
        self.play.join(3)

    # --- what people and vehicles do -------------------------------------------------------

    @rule(visit=st.sampled_from(VISITS), name=st.sampled_from(["import", "bring"]), which=MORE)
    def announce(self, visit: str, name: str, which: int) -> None:
        self.play.announce(visit, name, CLASSES[which % 2])

    @rule(visit=st.sampled_from(VISITS + ORDERS), wrong=st.booleans())
    def lodge(self, visit: str, wrong: bool) -> None:
        self.play.lodge(visit, 99_000 if wrong else 30_000)

    @rule(visit=st.sampled_from(VISITS))
    def arrive(self, visit: str) -> None:
        self.play.arrive(visit)

    @rule(visit=st.sampled_from(VISITS), hours=st.integers(-3, 9))
    def book(self, visit: str, hours: int) -> None:
        self.play.tell(e.BookingRequested, visit, self.play.now_ms + hours * HOUR)

    @rule(visit=st.sampled_from(VISITS), hours=st.integers(-3, 9))
    def postpone(self, visit: str, hours: int) -> None:
        from_ms = self.slot_of(visit)
        wanted_ms = self.play.now_ms + hours * HOUR
        self.play.tell(e.BookingPostponed, visit, from_ms, wanted_ms)

    @rule(visit=st.sampled_from(VISITS))
    def give_slot_back(self, visit: str) -> None:
        self.play.tell(e.BookingCancelled, visit, self.slot_of(visit))

    def slot_of(self, visit: str) -> int:
        known = self.play.state.visits.get(visit)
        return known.slot_from_ms if known is not None else 0

    @rule(visit=st.sampled_from(VISITS + ORDERS))
    def lapse(self, visit: str) -> None:
        known = self.play.state.visits.get(visit)
        if known is None or known.phase is Phase.ANNOUNCED:
            self.play.tell(e.VisitLapsed, visit)

    @rule(order=st.sampled_from(ORDERS), papers=st.booleans())
    def order(self, order: str, papers: bool) -> None:
        self.play.order(order, papers=papers)

    @precondition(lambda self: self.play.open)
    @rule(which=MORE, found=st.sampled_from(["", "", "unread", "mismatch"]))
    def answer(self, which: int, found: str) -> None:
        """Answer any open request, services now and then with something that does not match."""
        command = list(self.play.open.values())[which % len(self.play.open)]
        if isinstance(command, c.StartService) and found and self.is_served(command.visit):
            self.play.answer(command, self.spoiled(command, found))
        elif isinstance(command, c.SubmitDeclaration):
            self.play.answer(command, ("green", "yellow", "red")[which % 3])
        elif not isinstance(command, c.StartService) or self.is_served(command.visit):
            self.play.answer(command)

    def is_served(self, visit: str) -> bool:
        known = self.play.state.visits.get(visit)
        return known is not None and known.phase is Phase.SERVED

    def spoiled(self, command: c.StartService, found: str) -> tuple[e.Evidence, ...]:
        evidence = self.play.evidence(command.visit, command.stage)
        if found == "unread":
            return tuple(item._replace(found="", amount=0) for item in evidence)
        return tuple(item._replace(found="X", amount=7, ok=False) for item in evidence)

    @precondition(lambda self: any(car.ahead for car in self.play.cars.values()))
    @rule(which=MORE, nodes=st.integers(1, 6))
    def drive(self, which: int, nodes: int) -> None:
        for _ in range(nodes):
            moving = [
                name
                for name, car in self.play.cars.items()
                if car.ahead and name not in self.stopped and not self.stands(name)
            ]
            if moving:
                self.play.drive(moving[which % len(moving)])

    def stands(self, vehicle: str) -> bool:
        """Whether a vehicle was told to stand at once, or a person has it."""
        known = self.play.state.vehicles[vehicle]
        return known.halt in (Halt.PAUSE, Halt.STOP) or known.taken

    @precondition(lambda self: self.play.late)
    @rule(which=MORE, ok=st.booleans())
    def result(self, which: int, ok: bool) -> None:
        visit, stage_id, evidence = self.play.late.pop(which % len(self.play.late))
        self.play.tell(e.ResultArrived, visit, stage_id, evidence._replace(ok=ok))

    @rule(minutes=st.sampled_from([0, 1, 5, 30, 240, 700]))
    def wait(self, minutes: int) -> None:
        self.play.wait(minutes * MINUTE)

    # --- what goes wrong -------------------------------------------------------------------

    @rule(which=MORE)
    def say_again(self, which: int) -> None:
        """Double an earlier word, whenever it was said; those without a number count anew."""
        event = self.play.history[which % len(self.play.history)]
        if not isinstance(event, CAN_NOT_BE_TOLD_APART):
            self.play.again(event)

    @rule(event=st.sampled_from(STRANGERS))
    def hear_strangers(self, event: e.Event) -> None:
        if not isinstance(
            event, e.ManifestLodged | e.DeclarationLodged | e.Arrived | e.VisitLapsed
        ):
            self.play.again(event)

    @rule(visit=st.sampled_from(VISITS + ORDERS), by=st.sampled_from(["customs", "police"]))
    def hold(self, visit: str, by: str) -> None:
        self.play.tell(e.HoldPlaced, f"D-{visit}", by, "reason")

    @rule(visit=st.sampled_from(VISITS + ORDERS), by=st.sampled_from(["customs", "police"]))
    def lift(self, visit: str, by: str) -> None:
        self.play.tell(e.HoldLifted, f"D-{visit}", by)

    @rule(station=st.sampled_from(STATIONS))
    def fail(self, station: str) -> None:
        self.failed.append(station)
        self.play.tell(e.StationFailed, station)

    @rule(station=st.sampled_from(STATIONS))
    def repair(self, station: str) -> None:
        self.play.tell(e.StationRepaired, station)

    @rule(number=st.integers(1, 3))
    def stop(self, number: int) -> None:
        self.stopped.append(f"agv-{number}")
        self.play.tell(e.VehicleStopped, f"agv-{number}", "fault")

    @rule(number=st.integers(1, 3))
    def recover(self, number: int) -> None:
        self.stopped = [name for name in self.stopped if name != f"agv-{number}"]
        self.play.tell(e.VehicleRecovered, f"agv-{number}")

    @rule(scope=SCOPES, how=st.sampled_from(["hold", "pause", "stop"]))
    def halt(self, scope: tuple[str, str], how: str) -> None:
        self.play.tell(e.VehiclesHalted, *scope, how, "operator", "reason")

    @rule(scope=SCOPES)
    def let_go(self, scope: tuple[str, str]) -> None:
        self.play.tell(e.VehiclesFreed, *scope, "operator")

    @rule(number=st.integers(1, 3), silent=st.booleans())
    def lose_or_hear(self, number: int, silent: bool) -> None:
        fields = (f"agv-{number}", "no state") if silent else (f"agv-{number}",)
        self.play.tell(e.VehicleSilent if silent else e.VehicleHeard, *fields)

    @rule(number=st.integers(1, 3))
    def take_over(self, number: int) -> None:
        self.play.tell(e.VehicleTaken, f"agv-{number}", "operator", "flat tyre")

    @rule(number=st.integers(1, 3))
    def bring_back(self, number: int) -> None:
        self.play.tell(e.VehicleReturned, f"agv-{number}", 100_000, "operator")

    @rule(number=st.integers(1, 3))
    def exchange(self, number: int) -> None:
        """A vehicle leaves its fleet, and another comes under its name."""
        name = f"agv-{number}"
        self.play.tell(e.VehicleRemoved, name, "operator", "sold")
        self.stopped = [each for each in self.stopped if each != name]
        self.play.cars[name] = Car("p", 100_000)
        self.play.tell(e.VehicleJoined, name, "agv", 100_000)

    @rule(order=st.sampled_from(ORDERS))
    def cancel(self, order: str) -> None:
        self.play.tell(e.OrderCancelled, order, "operator", "reason")

    @rule(mode=st.sampled_from(["normal", "normal", "restricted", "closed", "manual"]))
    def switch(self, mode: str) -> None:
        self.play.tell(e.ModeSwitched, mode, "port_operator")

    @rule(wind=st.sampled_from([0, 10]))
    def blow(self, wind: int) -> None:
        self.play.tell(e.WeatherMeasured, wind, 10_000_000, 0, 0)

    @rule(slots=st.integers(1, 3))
    def free(self, slots: int) -> None:
        stock = self.play.state.places["shed"].stock
        self.play.tell(e.SlotFreed, "shed", min(slots, stock))

    # --- what always holds -----------------------------------------------------------------

    @invariant()
    def nothing_is_broken(self) -> None:
        broken = [each for each in self.play.checkers.violations if each.rule not in LEFT_OUT]
        assert broken == []

    @invariant()
    def stations_and_lines_add_up(self) -> None:
        for name, state in self.play.state.places.items():
            stations = self.play.dispatcher._board.plan.places[name].stations
            free, busy, failed = state.free, list(state.busy), state.failed
            assert free[:1] == sorted(free)[:1]
            assert len(busy) <= len(stations)
            assert not [index for index in free if index in busy or index in failed]
            idle = [i for i in range(len(stations)) if i not in busy and i not in failed]
            assert idle == sorted(free)
            assert state.queued == sum(map(len, state.queue.values()))
            assert state.lined == sum(map(len, state.wanting.values()))
            assert state.coming >= 0
            assert 0 <= state.taken <= state.stock
            assert state.promised >= 0

    @invariant()
    def every_visit_stands_in_one_line_at_most(self) -> None:
        stands: list[str] = []
        for state in self.play.state.places.values():
            for line in (*state.queue.values(), *state.wanting.values()):
                stands += [entry[2] for entry in line]
        phases = {name: visit.phase for name, visit in self.play.state.visits.items()}
        waiting = [name for name, phase in phases.items() if phase in (Phase.QUEUED, Phase.LINED)]
        assert sorted(stands) == sorted(waiting)

    @invariant()
    def one_vehicle_holds_a_block(self) -> None:
        traffic = self.play.state.traffic
        check(traffic)
        for vehicle, course in traffic.courses.items():
            released = course.arcs[: course.base - course.offset]
            cells = dict.fromkeys(c for arc in released for c in self.play.network.cells[arc])
            assert sorted(cells) == self.play.held(vehicle)

    def teardown(self) -> None:
        """The faults stop: everybody's papers get right, and every visit ends."""
        self.stopped.clear()
        play = self.play
        play.tell(e.ModeSwitched, "normal", "port_operator")
        play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
        for station in STATIONS:
            play.tell(e.StationRepaired, station)
        for number in (1, 2, 3):
            play.tell(e.VehicleRecovered, f"agv-{number}")
            play.tell(e.VehicleHeard, f"agv-{number}")
            play.tell(e.VehicleReturned, f"agv-{number}", 100_000, "operator")
        play.tell(e.VehiclesFreed, "", "", "operator")
        for visit in (*play.state.visits, *play.state.orders):
            for by in ("customs", "police"):
                play.tell(e.HoldLifted, f"D-{visit}", by)
            play.lodge(visit)
        for visit, known in list(play.state.visits.items()):
            if known.phase is Phase.ANNOUNCED:
                play.tell(e.VisitLapsed, visit)
        self.settle()
        assert not play.state.visits, play.state.visits
        left = garbage(play.state)
        left.pop("early")
        assert not any(left.values()), left
        self.nothing_is_broken()
        for event in play.history:
            encode_event(event)

    def settle(self) -> None:
        for _ in range(40):
            self.play.run()
            stock = self.play.state.places["shed"].stock
            if stock:
                self.play.tell(e.SlotFreed, "shed", stock)
            if not self.play.state.visits and not self.play.state.orders:
                return
            self.play.wait(4 * HOUR)


CAN_NOT_BE_TOLD_APART: tuple[type[Any], ...] = (
    e.StationFailed,
    e.StationRepaired,
    e.VehicleStopped,
    e.VehicleRecovered,
    e.ModeSwitched,
    e.WeatherMeasured,
    e.SlotFreed,
    e.HoldPlaced,
    e.HoldLifted,
    e.ChargingEnded,
    e.ManifestLodged,
    e.Arrived,
    e.ResultArrived,
    e.BookingPostponed,
    e.BookingCancelled,
    e.VisitLapsed,
    e.VehiclesHalted,
    e.VehiclesFreed,
    e.VehicleSilent,
    e.VehicleHeard,
    e.VehicleTaken,
    e.VehicleReturned,
    e.VehicleRemoved,
    e.VehicleJoined,
    e.OrderCancelled,
)
"""Words that carry no number: said again later they are a new word, not a late one."""
LEFT_OUT = ("final_state",)
"""The checker takes a late word about a visit that has ended for a second end."""

TestPort24 = Port24.TestCase
TestPort24.settings = settings(max_examples=40, stateful_step_count=40)


def test_the_port_of_the_machine_is_proven() -> None:
    assert rings(PORT) == []
