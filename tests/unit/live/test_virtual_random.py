"""Whatever a virtual vehicle is told: it stays on its base, and ends what it began."""

from hypothesis import given
from hypothesis import strategies as st

from kouan.live.vda5050.codec import decode
from kouan.live.vda5050.messages import State
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.validate import check_state
from kouan.live.vda5050.versions import VERSIONS
from kouan.live.virtual.faults import FAULTS, Fault
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle
from kouan.live.virtual.words import Words
from tests.unit.live.virtual_support import action, instant, way

LENGTH_MM = 10_000
LAST_NODE = 12
INSTANT = ("startPause", "stopPause", "cancelOrder", "stateRequest", "startCharging", "dance")

Step = tuple[str, int, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1, 4), st.integers(0, 3)),
        st.tuples(st.just("update"), st.integers(1, 3), st.integers(0, 3)),
        st.tuples(st.just("instant"), st.integers(0, len(INSTANT) - 1), st.just(0)),
        st.tuples(st.just("fault"), st.integers(0, len(FAULTS) - 1), st.integers(1, 20_000)),
        st.tuples(st.just("wait"), st.integers(1, 15_000), st.just(0)),
    ),
    max_size=30,
)


class Told:
    """A vehicle on a straight lane, and how far along it may be."""

    def __init__(self, version: str) -> None:
        self.vehicle = Vehicle(VehicleSpec("V1", version=version))
        self.words = Words(self.vehicle.spec)
        self.now_ms = 0
        self.count = 0
        self.allowed = 0
        """Number of the farthest node that was ever released."""
        self.x_mm, self.seen_ms = 0, 0

    def take(self, step: Step) -> None:
        """Do one step, and look at what comes of it."""
        what, first, second = step
        if what == "wait":
            self.now_ms += first
            self.vehicle.advance(self.now_ms)
        elif what == "instant":
            instant(self.vehicle, INSTANT[first], self.now_ms)
        elif what == "fault":
            self.vehicle.inject(Fault(list(FAULTS)[first], second), self.now_ms)
        else:
            self.order(what, first, second)
        self.check()

    def order(self, what: str, released: int, ahead: int) -> None:
        """A new order or an update: from the base's end on, sometimes at the wrong time."""
        memory = self.vehicle.memory
        self.count += 1
        base = [one for one in memory.nodes if one.released]
        start = int((base[-1].name if base else memory.last_node)[1:])
        end = min(start + released, LAST_NODE)
        given = {2 * end: [action(f"a{self.count}", ("pick", "drop")[self.count % 2])]}
        new = what == "order" or not memory.order_id
        order = way(
            min(end + ahead, LAST_NODE),
            end,
            order_id=f"o{self.count}" if new else memory.order_id,
            update_id=0 if new else memory.update_id + 1,
            first=start,
            length_mm=LENGTH_MM,
            actions=given if end > start else {},
        )
        before = (memory.order_id, memory.update_id)
        self.vehicle.receive_order(order, str(self.count), self.now_ms)
        if (memory.order_id, memory.update_id) != before:
            self.allowed = max(self.allowed, end)

    def check(self) -> None:
        """It is where it may be, got there by driving, and says so in valid words."""
        vehicle = self.vehicle
        x_mm, _, _, _, speed = vehicle.place(self.now_ms)
        assert x_mm <= self.allowed * LENGTH_MM
        assert 0 <= speed <= vehicle.spec.speed_empty_mm_s
        passed_ms = self.now_ms - self.seen_ms
        assert (
            self.x_mm - 1 <= x_mm <= self.x_mm + vehicle.spec.speed_empty_mm_s * passed_ms / 1e3 + 2
        )
        self.x_mm, self.seen_ms = x_mm, self.now_ms
        version = VERSIONS[vehicle.spec.version]
        state = decode(Topic.STATE, self.words.state(vehicle, self.now_ms), version)
        assert isinstance(state, State)
        assert not check_state(state)
        assert state.driving == (speed > 0 or vehicle.memory.drive.moving)

    def end(self) -> None:
        """Once nothing goes wrong any more, all that was released gets done."""
        vehicle = self.vehicle
        self.now_ms += 30_000
        vehicle.advance(self.now_ms)
        instant(vehicle, "stopPause", self.now_ms + 1)
        if vehicle.memory.fault:
            vehicle.recover(self.now_ms + 2)
        self.now_ms += 10_000_000
        vehicle.advance(self.now_ms)
        if vehicle.memory.fault == "empty":
            return
        memory = vehicle.memory
        assert not [one for one in memory.nodes if one.released]
        assert all(one.ended for one in memory.actions.values())
        assert not memory.drive.moving


@given(st.sampled_from(list(VERSIONS)), STEPS)
def test_it_stays_on_its_base_and_ends_what_it_began(version: str, steps: list[Step]) -> None:
    told = Told(version)
    for step in steps:
        told.take(step)
    told.end()
