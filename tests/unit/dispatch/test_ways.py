"""Ways planned through the dispatcher: what one word does to several vehicles, turns, namesakes."""

import itertools

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port, WeatherLimit
from tests.unit.dispatch.play import Car, Play
from tests.unit.dispatch.ports import HOUR, agv_port, fleet, place, port, procedure, stage
from tests.unit.dispatch.test_fleet import started
from tests.unit.traffic.maps import roads

STORM = WeatherLimit(wind_above_mm_s=9, close=True, segments=("s2",))


def two_fleets(*lines: str, **fields: object) -> Port:
    """One drives from a past n to b, the other from b to n."""
    return port(
        {
            "far": place(node="b", stations=4),
            "mid": place(node="n", stations=4),
            "park": place("parking", node="a", stations=4),
        },
        {
            "haul": procedure(stage("a", "far"), carrier="agv"),
            "two": procedure(stage("b", "far"), stage("c", "mid"), carrier="agv"),
        },
        roads(*(lines or ("a-n 400 100", "n-b 400 100 single"))),
        fleets={"agv": fleet(1), "oth": fleet(1, procedure="two")},
        **fields,
    )


def face_to_face() -> Play:
    """The first has its turn over n to b; the other waits at b for its own."""
    play = Play(two_fleets())
    play.join(1, "agv")
    play.join(1, "oth")
    play.order("y", "oth", papers=False)
    play.drive_all("oth-1")
    play.order("v", "agv", papers=False)
    play.drive("agv-1")
    play.serve("y")
    assert play.cars["oth-1"].ahead == []
    return play


@pytest.mark.parametrize("how", ["hold", "pause", "stop"])
def test_a_halt_of_several_releases_nothing_to_any_of_them(how: str) -> None:
    play = face_to_face()
    play.tell(e.VehiclesHalted, "", "", how, "operator", "person on the road")
    assert play.cars["oth-1"].ahead == []
    play.check()
    play.tell(e.VehiclesFreed, "", "", "operator")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_taking_a_vehicle_releases_nobody_towards_it_in_the_same_moment() -> None:
    play = face_to_face()
    while "n" not in play.cars["agv-1"].ahead:
        play.drive("agv-1")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    assert play.cars["oth-1"].ahead == []
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_nobody_leaves_a_stop_at_the_node_that_a_taken_vehicle_holds() -> None:
    made = two_fleets("a-n 400 100", "n-b 400 100")
    play = Play(made)
    play.join(1, "agv")
    play.join(1, "oth")
    play.order("x", "oth", papers=False)
    play.drive_all("oth-1")
    play.serve("x")
    play.drive_all("oth-1")
    assert play.cars["oth-1"].node == "n"
    play.order("v", "agv", papers=False)
    while "n" not in play.cars["agv-1"].ahead:
        play.drive("agv-1")
    play.tell(e.VehicleTaken, "agv-1", "operator", "flat tyre")
    play.serve("x")
    assert play.cars["oth-1"].ahead == []
    play.tell(e.VehicleReturned, "agv-1", 100_000, "operator")
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_removed_vehicle_is_in_no_gate_and_its_name_may_come_again() -> None:
    for stopped in (False, True):
        play = started(agv_port(2, "p-l 400 100 single", "l-s 300 100", "p-c 100"), 2)
        play.order("o1")
        play.serve("o1", stage="load")
        play.drive("agv-1")
        late = play.history[-1]
        if stopped:
            play.tell(e.VehicleStopped, "agv-1", "flat tyre")
        play.tell(e.VehicleRemoved, "agv-1", "operator", "sold")
        assert play.state.gates["s1"].inside == {}
        play.cars["agv-1"] = Car("p", 100_000)
        play.tell(e.VehicleJoined, "agv-1", "agv", 100_000)
        play.order("o2")
        play.order("o3")
        play.serve("o2", stage="load")
        play.serve("o3", stage="load")
        play.again(late)
        assert play.state.vehicles["agv-1"].node == "p"
        play.run()
        assert play.state.visits == {}
        play.check()


def test_who_has_no_way_beyond_a_shared_lane_keeps_nobody_from_it() -> None:
    made = port(
        {
            "far": place(node="s", stations=2),
            "near": place(node="l", stations=3),
            "park": place("parking", node="p", stations=4),
        },
        {
            "haul": procedure(stage("a", "far"), carrier="agv"),
            "short": procedure(stage("a", "near"), carrier="agv"),
        },
        roads("p-l 400 100 single", "l-s 300 100"),
        weather={"storm": STORM},
        fleets={"agv": fleet(1), "oth": fleet(1, procedure="short")},
    )
    play = Play(made)
    play.join(1, "agv")
    play.join(1, "oth")
    play.tell(e.WeatherMeasured, 10, 10_000_000, 0, 0)
    play.order("x", "agv", papers=False)
    play.order("y", "oth", papers=False)
    assert play.cars["agv-1"].ahead == []
    play.run()
    assert [*play.state.visits] == ["x"]
    assert (play.cars["oth-1"].node, play.cars["agv-1"].node) == ("p", "p")
    play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
    play.run()
    assert play.state.visits == {}
    play.check()


@pytest.mark.parametrize(("kind", "back"), list(itertools.product(("", " single"), (200, 400))))
def test_nobody_turns_round_on_the_road(kind: str, back: int) -> None:
    """To let the other pass at y one waits in its stop, though a third road begins there."""
    made = port(
        {
            "l": place(node="l", stations=3),
            "s": place(node="s", stations=3),
            "park": place("parking", node="x", stations=4),
        },
        {
            "haul": procedure(stage("a", "l"), stage("b", "s"), carrier="agv"),
            "two": procedure(stage("a", "s"), stage("b", "l"), carrier="agv"),
        },
        roads(f"y-l 600 100{kind}", f"y-s 200 100{kind}", f"x-y {back} 100{kind}"),
        fleets={"agv": fleet(1), "oth": fleet(1, procedure="two")},
    )
    play = Play(made)
    for vehicle, order in (("agv", "v"), ("oth", "w")):
        play.join(1, vehicle)
        play.order(order, vehicle, papers=False)
        play.drive_all(f"{vehicle}-1")
    play.serve("v")
    play.serve("w")
    for course in play.state.traffic.courses.values():
        nodes = [play.network.labels[play.network.ends[arc]] for arc in course.arcs]
        assert not any(
            one == third for one, _, third in zip(nodes, nodes[1:], nodes[2:], strict=False)
        )
    play.run()
    assert play.state.visits == {}
    play.check()


def test_who_only_a_headway_keeps_waiting_is_woken() -> None:
    made = port(
        {
            "s": place(node="s", stations=5),
            "end": place(node="y", stations=5),
            "park": place("parking", node="p", stations=2),
            "back": place("parking", node="q", stations=2),
        },
        {
            "haul": procedure(stage("a", "s"), carrier="agv"),
            "two": procedure(stage("a", "end"), carrier="agv"),
        },
        roads("p-z 200 100", "z-s 100 100 headway=600000", "q-s 400 100", "s-y 100 100"),
        fleets={"agv": fleet(2), "oth": fleet(1, procedure="two", parking="back")},
    )
    play = Play(made)
    play.join(2, "agv")
    play.join(1, "oth")
    play.order("w", "oth", papers=False)
    play.order("b", "agv", papers=False)
    play.order("a", "agv", papers=False)
    for _ in range(4):
        for vehicle in ("agv-1", "agv-2"):
            if play.cars[vehicle].ahead:
                play.wait(1_000)
                play.drive(vehicle)
    assert (play.cars["agv-2"].node, play.cars["agv-2"].ahead) == ("z", [])
    play.wait(HOUR)
    assert play.cars["agv-2"].ahead == ["s"]


def test_an_order_cancelled_while_its_last_stage_is_served_is_done() -> None:
    play = started(count=1)
    play.order("o1")
    while play.state.visits["o1"].stage != 3 or not play.asked(c.StartService, visit="o1"):
        if play.open:
            play.answer(next(iter(play.open.values())))
        else:
            play.drive("agv-1")
    play.tell(e.OrderCancelled, "o1", "operator", "not wanted any more")
    play.serve("o1")
    assert play.dispatcher.state.ended["o1"] == "left"
    play.run()
    play.check()
