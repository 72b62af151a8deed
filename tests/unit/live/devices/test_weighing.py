"""When a mass is stable, and how a scale that drifts or sticks is found."""

from kouan.live.devices.frames import Frame
from kouan.live.devices.twins.weight import Weight
from kouan.live.devices.weighing import BACK_TO_ZERO_MS, Weighing
from kouan.port.devices import Device, DeviceKind

PLAN = Device(DeviceKind.SCALE, "scale.1", "tcp://127.0.0.1:1")


class Stream:
    """Frames every 100 ms."""

    def __init__(self) -> None:
        self.weighing = Weighing(PLAN)
        self.at_ms = 0

    def send(self, *masses: int, stable: bool = True) -> list[int]:
        found = []
        for mass_kg in masses:
            self.at_ms += 100
            told = self.weighing.frame(Frame(mass_kg, stable=stable), self.at_ms)
            found += [] if told is None else [told]
            self.weighing.tick(self.at_ms)
        return found


def test_a_load_is_told_once() -> None:
    stream = Stream()
    assert stream.send(*[0] * 20) == []
    assert stream.send(12_000, 30_000, 44_000, 45_500) == []
    assert stream.send(*[45_670, 45_660, 45_680] * 10) == [45_670]
    assert stream.send(*[0] * 20) == []
    assert stream.send(*[45_670] * 20) == [45_670]
    assert stream.weighing.problem == ""


def test_frames_that_say_unstable_or_creep_tell_nothing() -> None:
    stream = Stream()
    assert stream.send(*[45_000] * 30, stable=False) == []
    assert stream.send(*range(45_000, 46_000, 10)) == []
    assert stream.send(*[46_000] * 12) == [46_000]


def test_a_second_truck_on_the_scale_is_another_mass() -> None:
    stream = Stream()
    assert stream.send(*[20_000] * 15, *[42_000] * 15) == [20_000, 42_000]


def test_a_stuck_scale_gives_no_mass_until_it_was_empty() -> None:
    stream = Stream()
    assert stream.send(*[45_670] * 15) == [45_670]
    stream.weighing.left(stream.at_ms)
    assert stream.send(*[45_670] * (BACK_TO_ZERO_MS // 100 + 2)) == []
    assert stream.weighing.problem == "stuck: not empty since a vehicle of 45670 kg left"
    assert stream.send(*[30_000] * 20) == []
    assert stream.send(*[0] * 20) == []
    assert stream.weighing.problem == ""
    assert stream.send(*[30_000] * 20) == [30_000]


def test_a_drifting_scale_gives_no_mass() -> None:
    stream = Stream()
    assert stream.send(*[140] * 20) == []
    assert stream.weighing.problem == "drift: it shows 140 kg while empty"
    assert stream.send(*[45_000] * 20) == []
    assert stream.send(*[-140] * 20) == []
    assert "-140 kg" in stream.weighing.problem
    assert stream.send(*[20] * 20, *[45_000] * 20) == [45_000]


def test_net_masses_and_overload_are_told() -> None:
    weighing = Weighing(PLAN)
    assert weighing.frame(Frame(20_000, net=True), 0) is None
    assert weighing.problem == "it sends net masses: expected gross"
    assert weighing.frame(Frame(0, stable=False, overload=True), 100) is None
    assert weighing.problem == "overload: not weighed"


def test_the_twin_settles_and_is_weighed_within_its_step() -> None:
    """Its noise and its settling are the twin's; the mass is told within 10 kg."""
    weight, weighing = Weight(1_500, 4), Weighing(PLAN)
    weight.load(45_674, 0)
    told = []
    for at_ms in range(0, 6_000, 100):
        line = weight.frame(at_ms).decode().strip()
        mass = weighing.frame(Frame(int(line[8:14]), stable=line.startswith("ST")), at_ms)
        told += [] if mass is None else [(at_ms, mass)]
    assert len(told) == 1
    assert abs(told[0][1] - 45_674) <= 10
    assert 1_000 <= told[0][0] <= 4_000
