"""The mission driver beside the virtual fleet manager, over a network that loses and doubles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.missions.twin import Failure, Trouble
from kouan.port.quantity import MINUTE_MS
from tests.unit.live.missions.support import LENGTH_MM, Pair, way


def test_a_way_is_driven_piece_by_piece_to_its_end() -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(way(1, 1, 2, ahead=3))
    pair.wait(5 * MINUTE_MS)
    assert pair.passed() == [1, 2]
    assert pair.manager.vehicles["agv-1"].x_mm == 2 * LENGTH_MM
    pair.do(way(2, 3, 5, action="order"))
    pair.wait(5 * MINUTE_MS)
    assert pair.passed() == [1, 2, 3, 4, 5]
    assert pair.driver.memory.mission is None
    assert pair.manager.vehicles["agv-1"].charge_mwh < 32_000_000


def test_a_held_vehicle_stands_until_it_is_resumed() -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(way(1, 1, 4, action="order"))
    pair.wait(15_000)
    pair.do(c.PauseVehicle(2, "agv-1"))
    pair.wait(10_000)
    told = pair.passed()
    pair.wait(10 * MINUTE_MS)
    assert pair.passed() == told != [1, 2, 3, 4]
    pair.do(c.ResumeVehicle(3, "agv-1"))
    pair.wait(10 * MINUTE_MS)
    assert pair.passed() == [1, 2, 3, 4]


def test_a_vehicle_that_fails_goes_on_when_it_can() -> None:
    pair = Pair(Trouble(failures=(Failure("agv-1", 1_020_000, 30_000),)))
    pair.wait(1_000)
    pair.do(way(1, 1, 4, action="order"))
    pair.wait(10 * MINUTE_MS)
    assert pair.passed() == [1, 2, 3, 4]
    assert [kind for kind in pair.kinds() if kind != "VehicleMoved"] == [
        "VehicleJoined",
        "VehicleStopped",
        "VehicleRecovered",
    ]


def test_a_rejected_mission_is_given_again_when_a_person_lets_it() -> None:
    pair = Pair(Trouble(rejects=1))
    pair.wait(1_000)
    pair.do(way(1, 1, 2, action="order"))
    pair.wait(MINUTE_MS)
    assert pair.kinds() == ["VehicleJoined", "VehicleStopped"]
    pair.do(c.ResumeVehicle(2, "agv-1"))
    pair.wait(MINUTE_MS)
    assert pair.passed() == [1, 2]


def test_a_vehicle_charges_until_it_is_full() -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(c.StartCharging(1, "agv-1", "charger#1"))
    pair.wait(10 * MINUTE_MS)
    assert "ChargingEnded" not in pair.kinds()
    pair.wait(20 * MINUTE_MS)
    ended = [event for event in pair.events if isinstance(event, e.ChargingEnded)]
    assert len(ended) == 1


def test_a_vehicle_is_taken_and_brought_back() -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(way(1, 1, 4, action="order"))
    pair.wait(15_000)
    pair.do(c.ReleaseVehicle(2, "agv-1"))
    pair.wait(MINUTE_MS)
    told = pair.passed()
    pair.do(c.PlaceVehicle(3, "agv-1", "n7", 20))
    grant = c.DriveTo(4, "agv-1", "o2", 21, ("n8", "n9"), (), "order")
    pair.do(grant)
    pair.wait(MINUTE_MS)
    assert pair.passed() == [*told, 21, 22]


@pytest.mark.parametrize("at_ms", [0, 5_000, 15_000, 22_000, 40_000])
def test_a_manager_that_forgot_everything_gets_it_again(at_ms: int) -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(way(1, 1, 4, action="order"))
    pair.wait(at_ms)
    pair.manager.forget()
    pair.wait(5 * MINUTE_MS)
    assert pair.passed() == [1, 2, 3, 4]


def test_a_manager_that_forgets_while_its_vehicle_brakes_gets_it_again() -> None:
    pair = Pair()
    pair.wait(1_000)
    pair.do(way(1, 1, 2, action="order"))
    pair.wait(7_000)
    pair.do(c.PauseVehicle(2, "agv-1"))
    pair.manager.forget()
    pair.do(c.ResumeVehicle(3, "agv-1"))
    pair.wait(5 * MINUTE_MS)
    assert pair.passed() == [1, 2]


STEPS = st.lists(
    st.sampled_from(["grant", "again", "wait", "long", "restart", "forget", "pause", "resume"]),
    min_size=4,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=STEPS,
    lost_ppm=st.sampled_from([0, 200_000, 500_000]),
    doubled_ppm=st.sampled_from([0, 500_000]),
    late_ms=st.sampled_from([0, 3_000, 20_000]),
    loses=st.integers(0, 6),
    seed=st.integers(0, 1_000),
)
def test_whatever_is_lost_or_doubled_the_way_is_driven_once_and_never_beyond_its_grant(
    steps: list[str], lost_ppm: int, doubled_ppm: int, late_ms: int, loses: int, seed: int
) -> None:
    """Safety after every step; and once nothing is lost any more, the end is reached."""
    trouble = Trouble(lost_ppm, doubled_ppm, late_ms, seed=seed)
    run = Run(Pair(trouble), loses)
    for step in steps:
        run.do(step)
        run.check()
    trouble.lost_ppm = trouble.doubled_ppm = trouble.late_ms = 0
    run.end()
    assert sorted(dict.fromkeys(run.pair.passed())) == list(range(1, 12))


class Run:
    """Grants given one by one, and what goes wrong beside them."""

    def __init__(self, pair: Pair, loses: int) -> None:
        self.pair = pair
        self.request = 0
        self.granted = 0
        self.newest: c.DriveTo | None = None
        pair.wait(1_000)
        pair.loses = loses

    def do(self, step: str) -> None:
        pair = self.pair
        match step:
            case "grant":
                self.grant(min(11, self.granted + 2))
            case "again" if self.newest is not None:
                pair.do(self.newest)
            case "wait" | "long":
                pair.wait(7_000 if step == "wait" else 90_000)
            case "restart":
                pair.restart()
            case "forget":
                pair.manager.forget()
            case "pause" | "resume":
                self.say(step)

    def say(self, step: str) -> None:
        self.request += 1
        kind = c.PauseVehicle if step == "pause" else c.ResumeVehicle
        self.pair.do(kind(self.request, "agv-1"))

    def grant(self, last: int) -> None:
        if last == self.granted:
            return
        self.request += 1
        action = "order" if last == 11 else ""
        self.newest = way(self.request, self.granted + 1, last, 2, action)
        self.granted = last
        self.pair.do(self.newest)

    def check(self) -> None:
        """The vehicle is never beyond what was granted, and its steps are told in order."""
        vehicle = self.pair.manager.vehicles["agv-1"]
        assert vehicle.report(self.pair.now_ms).x_mm <= self.granted * LENGTH_MM
        told = self.pair.passed()
        assert told == sorted(told)

    def end(self) -> None:
        self.pair.loses = 0
        self.grant(11)
        for _ in range(4):
            self.say("resume")
            self.pair.wait(3 * MINUTE_MS)
            self.check()


def test_a_vehicle_on_a_slowed_road_drives_slower() -> None:
    times = []
    for share in (1_000_000, 500_000):
        pair = Pair()
        pair.do(c.SlowTo(1, "s-n1", share))
        pair.do(way(2, 1, 3, action="order"))
        pair.wait(120_000)
        assert pair.passed() == [1, 2, 3]
        moved = [event.at_ms for event in pair.events if isinstance(event, e.VehicleMoved)]
        times.append(moved[1] - moved[0])
    assert times[1] > 1.6 * times[0]
