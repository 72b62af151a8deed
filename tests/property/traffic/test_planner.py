"""The planner against random maps and faults: nobody overlaps, and every order is done."""

from copy import deepcopy
from dataclasses import replace
from math import hypot
from pathlib import Path

import pytest

from kouan.port.places import Node, Roads, Segment
from kouan.traffic import dependency, repair
from kouan.traffic.network import NetworkError
from kouan.traffic.planner import Planner
from kouan.traffic.reservations import TrafficState, Use
from kouan.traffic.reservations import check as check_uses
from kouan.traffic.wellformed import check_wellformed
from tests.property.traffic import campaign
from tests.property.traffic.drive import Trouble, drive, world_of
from tests.property.traffic.maps import Shape, TrafficMap, too_few_bays, trap, well_formed
from tests.property.traffic.planned import Hasty, Planned, compile_map
from tests.property.traffic.swept import Track, check
from tests.property.traffic.vehicle import finish

MAPS = 60
SHORT = Trouble(orders=8, faults=5, faults_end_ms=240_000, longest_fault_ms=120_000)
FOUND = [
    int(line.split()[0])
    for line in Path(__file__).with_name("found_seeds.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("seed", range(MAPS))
def test_random_maps_with_faults(seed: int) -> None:
    made = well_formed(seed, most=12)
    run = drive(made, Planned(made), SHORT)
    assert run.findings == ()
    assert run.done >= SHORT.orders
    assert run.faults > 0


@pytest.mark.parametrize("seed", range(0, 10, 2))
def test_the_same_plans_without_the_graph_are_caught(seed: int) -> None:
    """Were they driven without waiting for turns, delays alone would bring vehicles together."""
    made = well_formed(seed, most=12)
    run = drive(made, Hasty(made), replace(SHORT, faults=0))
    assert any("overlap" in found.text for found in run.findings)


@pytest.mark.parametrize("seed", FOUND)
def test_seeds_that_found_a_fault(seed: int) -> None:
    assert campaign.run_map(seed).findings == ()


@pytest.mark.parametrize("seed", range(12))
def test_the_forecast_kept_up_is_the_one_made_anew(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happened since, the few times brought up to date are as if all had been."""
    kept_up = Planner.refresh
    compared = []

    def refresh(planner: Planner, state: TrafficState, now_ms: int) -> None:
        anew = deepcopy(state)
        kept_up(planner, state, now_ms)
        planner.retime(anew, now_ms)
        assert state.courses == anew.courses
        assert uses_to_come(state, now_ms) == uses_to_come(anew, now_ms)
        compared.append(now_ms)

    monkeypatch.setattr(Planner, "refresh", refresh)
    made = well_formed(seed, most=12)
    assert drive(made, Planned(made), SHORT).findings == ()
    assert len(compared) > 100


def uses_to_come(state: TrafficState, now_ms: int) -> list[list[Use]]:
    """All uses; when one that has begun did so does not count."""
    return [
        [use._replace(start_ms=max(use.start_ms, now_ms)) for use in uses] for uses in state.cells
    ]


def test_changed_turns_save_time_and_close_no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """On maps where turns are changed: never later added up, uses disjoint, an order exists."""
    change = repair.reorder
    saved_ms: list[int] = []

    def reorder(planner: Planner, state: TrafficState, now_ms: int) -> list[str]:
        planner.refresh(state, now_ms)
        before_ms = sum(course.arrive_ms[-1] for course in state.courses.values())
        grown = change(planner, state, now_ms)
        saved_ms.append(before_ms - sum(c.arrive_ms[-1] for c in state.courses.values()))
        check_uses(state)
        dependency.order(planner.network, state)
        return grown

    monkeypatch.setattr(repair, "reorder", reorder)
    for seed in (2, 3, 6, 7, 10, 11, 14, 15):
        made = well_formed(seed, most=16)
        assert drive(made, Planned(made), replace(SHORT, orders=20)).findings == ()
    assert min(saved_ms) >= 0
    assert max(saved_ms) > 0


@pytest.mark.soak
def test_two_thousand_maps() -> None:
    path = campaign.ROOT / "out" / "campaign" / "traffic.jsonl"
    outcomes = campaign.run_campaign(range(1, 2_001), path, 2)
    assert len(outcomes) == 2_000
    assert [(found.seed, found.violations[:3]) for found in outcomes if found.violations] == []


@pytest.mark.parametrize("seed", range(20))
def test_well_formed_maps_are_accepted(seed: int) -> None:
    made = well_formed(seed)
    check_wellformed(compile_map(made), len(made.vehicles))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("way_in", [True, False])
def test_a_bay_that_cannot_be_left_or_reached_is_refused_and_named(seed: int, way_in: bool) -> None:
    made, stop = trap(seed, way_in=way_in)
    with pytest.raises(NetworkError, match=rf"\b{stop}\b"):
        check_wellformed(compile_map(made), len(made.vehicles))


@pytest.mark.parametrize("seed", range(20))
def test_too_few_bays_are_refused(seed: int) -> None:
    made = too_few_bays(seed)
    with pytest.raises(NetworkError, match=str(len(made.stops))):
        check_wellformed(compile_map(made), len(made.vehicles))


@pytest.mark.parametrize("seed", range(20))
def test_the_compiled_roads_lie_on_the_declared_ones(seed: int) -> None:
    """Every arc lies on a declared road, and the arcs of a road are as long as it is."""
    made = well_formed(seed)
    planned = Planned(made)
    for name, road in made.roads.segments.items():
        arcs = [planned.roadmap.arcs[ends] for ends in planned.arcs_of(name)]
        assert sum(arc.length_mm for arc in arcs) == road.length_mm * (1 if road.one_way else 2)
        for arc in arcs:
            one, other = planned.roadmap.nodes[arc.start], planned.roadmap.nodes[arc.end]
            chord = hypot(one.x_mm - other.x_mm, one.y_mm - other.y_mm)
            assert chord == pytest.approx(arc.length_mm, abs=3)
            assert arc.speed_mm_s <= road.speed_mm_s


# --- complaints about other controllers ------------------------------------------------------


def line_map(vehicles: dict[str, str]) -> TrafficMap:
    """A single-lane road of 240 m: a bay on either side of each end and one in the middle."""
    spots = {"left": 0, "middle": 120_000, "right": 240_000}
    nodes = {name: Node(x, 0) for name, x in spots.items()}
    segments = {
        f"{one}-{other}": Segment(one, other, 120_000, 4_000, single_lane=True)
        for one, other in (("left", "middle"), ("middle", "right"))
    }
    stops = {}
    for name, x in spots.items():
        for side, y in (("up", 40_000), ("down", -40_000)):
            end = f"{name}_{side}"
            nodes[end] = Node(x, y)
            segments[f"{name}-{end}"] = Segment(name, end, 40_000, 4_000, single_lane=True)
            stops[f"bay_{end}"] = end
    return TrafficMap(0, Roads(nodes, segments), stops, vehicles, Shape())


class Scene:
    """Two or three vehicles under the planner, each sent where the test says."""

    def __init__(self, **vehicles: str) -> None:
        self.made = line_map({name: f"bay_{stop}" for name, stop in vehicles.items()})
        self.controller = Planned(self.made)
        self.world = world_of(self.made, self.controller, Trouble(orders=0))
        for name, stop in self.made.vehicles.items():
            self.world.enter(name, stop, order=False)
        self.world.tick()

    def send(self, vehicle: str, stop: str) -> None:
        self.world.orders[vehicle] = f"bay_{stop}"
        self.controller.send(vehicle, f"bay_{stop}", self.world.now)

    def until(self, time_ms: int) -> None:
        while self.world.now < time_ms:
            self.world.step()

    def tracks(self) -> list[Track]:
        return [finish(each, self.world.now) for each in self.world.vehicles.values()]


def test_two_vehicles_that_swap_places_do_not_stand_for_ever() -> None:
    """Each is sent where the other stands; one goes to the middle first, as its user sends it."""
    scene = Scene(one="left_up", other="right_up")
    scene.send("one", "right_up")
    scene.send("other", "left_up")
    scene.until(60_000)
    scene.send("one", "middle_up")
    scene.until(400_000)
    scene.send("one", "right_up")
    scene.until(800_000)
    assert scene.world.orders == {}
    assert scene.world.done == 3
    assert check(scene.tracks()) == []


def test_parking_goes_elsewhere_when_the_preferred_place_is_unreachable() -> None:
    """The way is closed, so there is none now; another place is reached, and later the first."""
    scene = Scene(one="left_up")
    scene.controller.close("middle-right", True, 0)
    scene.send("one", "right_up")
    scene.until(60_000)
    assert scene.world.vehicles["one"].line == ["bay_left_up"]
    scene.send("one", "middle_up")
    scene.until(300_000)
    assert scene.world.done == 1
    scene.controller.close("middle-right", False, scene.world.now)
    scene.send("one", "right_up")
    scene.until(600_000)
    assert scene.world.done == 2


def test_a_vehicle_can_be_put_where_another_has_just_left() -> None:
    """At first the stop is taken, which is said; nothing is changed by the refusal."""
    scene = Scene(one="left_up")
    scene.send("one", "right_up")
    scene.until(2_000)
    assert not scene.controller.add("two", "bay_left_up", scene.world.now)
    leaving = scene.world.vehicles["one"]
    while leaving.passed < 1:
        scene.world.step()
    scene.until(scene.world.now + 10_000)
    assert scene.controller.add("two", "bay_left_up", scene.world.now)
    scene.until(200_000)
    assert scene.world.done == 1


@pytest.mark.parametrize("told", [True, False])
def test_what_a_broken_vehicle_stands_on_stays_its_own(told: bool) -> None:
    """It breaks down on the single lane that the other has to drive; later both arrive."""
    scene = Scene(one="left_up", other="right_up")
    scene.send("one", "right_down")
    scene.until(40_000)
    broken = scene.world.vehicles["one"]
    assert not broken.stands(scene.world.now)
    broken.broken = True
    scene.world.drive(broken)
    if told:
        scene.controller.broken("one", True, scene.world.now)
    scene.send("other", "left_down")
    scene.until(1_800_000)
    assert scene.world.done == 0
    broken.broken = False
    scene.world.drive(broken)
    if told:
        scene.controller.broken("one", False, scene.world.now)
    scene.until(3_600_000)
    assert scene.world.done == 2
    assert check(scene.tracks()) == []
