"""Checks of how a port's parts fit together, beyond the ten spoiled files."""

from pathlib import Path

import pytest

from kouan.port.capacity import day_loads, expected_visits
from kouan.port.check import check_port
from tests.unit.port.files import load, problems_of, warnings_of

TRUCK = "procedures.truck.stages"
SHUTTLE = "procedures.shuttle.stages"


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ('at = "scale"', 'at = "scales"', f"{TRUCK}.weighing.at", 'perhaps "scale"'),
        ('node = "line"', 'node = "lime"', "places.agv_gate.node", 'perhaps "line"'),
        ('node = "line"', "", "places.agv_gate.node", "driverless vehicles come here"),
        ('at = "gate_in"\ndir', 'at = "gate"\ndir', "lanes.gate_in_1.at", "a place of places"),
        ("[lanes.gate_in_1]", "[lanes.scale]", "lanes.scale", "an id that no place has"),
        ('next = "weighing"', 'next = "wait"', f"{TRUCK}.gate.next", "a stage of this procedure"),
        ('review = "by_hand"', 'reviewed = "by_hand"', f"{TRUCK}.gate.on.reviewed", "a result"),
        ('stack = "shed"', 'stack = "shet"', f"{SHUTTLE}.unloading.stack", 'perhaps "shed"'),
        ('procedure = "shuttle"', 'procedure = "truck"', "procedures.truck.carrier", '"agv"'),
        ('parking = "agv_park"', 'parking = "shed"', "places.shed.kind", '"parking"'),
        ('fleet = "agv"', 'fleet = "agvs"', "demand.coal.fleet", 'perhaps "agv"'),
        ('fleet = "agv"', 'procedure = "shuttle"', "demand.coal.procedure", "name their fleet"),
        (
            'side = "border"',
            'side = "border"\npattern = { cole = 1 }',
            "places.agv_gate.pattern",
            'perhaps "coal"',
        ),
        ('end = "shed"', 'end = "line"', "roads.segments.south.end", "another node"),
        ('end = "shed"', 'end = "yard"', "roads.segments.south", "another way than north"),
        (
            'end = "shed"',
            'end = "shed"\none_way = true',
            "places.shed.node",
            "be left for agv_park",
        ),
        ('mass = "65 t"', 'mass = "75 t"', "demand.coal.payload.0.mass", "at most 70000 kg"),
        ('charger = "charger"', "", "fleets.agv.charger", "these vehicles use energy"),
        ('battery = "350 kWh"', 'battery = "9 kWh"', "fleets.agv.battery", "a trip of 4.8 km"),
        ('braking = "0.5 m/s2"', 'braking = "0 m/s2"', "fleets.agv.braking", "more than 0"),
        ('payload = "70 t"', 'payload = "0 t"', "fleets.agv.payload", "more than 0"),
        ('payload = "70 t"', 'payload = "70 t"\nwidth = "0 m"', "fleets.agv.width", "more than 0"),
        ('battery = "350 kWh"', 'battery = "0 kWh"', "fleets.agv.battery", "more than 0"),
        (
            "slots = 200",
            "slots = 1",
            "demand.coal.payload.0.containers",
            "the slots of places.shed",
        ),
        (
            'unread = "5 %"',
            'unread = "5 %", wrong = "96 %"',
            f"{TRUCK}.gate.checks.0.wrong",
            "at most 100 % with unread",
        ),
        (
            'tare = "18 t"',
            'tare = "18 t"\nchannels = { green = "80 %", red = "10 %" }',
            "demand.trucks.channels",
            "100 % in all",
        ),
        (
            'tare = "18 t"',
            'tare = "18 t"\nchannels = { gren = "100 %" }',
            "demand.trucks.channels.gren",
            'perhaps "green"',
        ),
        (
            'crew = "officers"',
            'crew = "officers"\nhours = "21:00-23:00"',
            "places.desk.hours",
            "hours that meet",
        ),
        ('"20 s"\nstamp', '"20 s"\nnext = "gate"\nstamp', f"{TRUCK}.out.next", "never end"),
    ],
)
def test_errors_of_the_check(old: str, new: str, key: str, expected: str, tmp_path: Path) -> None:
    problems = {problem.key: problem for problem in problems_of(tmp_path, (old, new))}
    assert key in problems, list(problems)
    assert expected in problems[key].expected


def test_a_crew_can_not_keep_two_times(tmp_path: Path) -> None:
    (problem,) = problems_of(
        tmp_path,
        (
            'side = "neighbour"\nnode = "yard"',
            'side = "neighbour"\ncrew = "officers"\nnode = "yard"',
        ),
    )
    assert problem.key == "places.coal_yard.crew"


def test_finite_rooms_in_a_round_block_each_other(tmp_path: Path) -> None:
    (problem,) = problems_of(
        tmp_path,
        ('crew = "officers"', 'crew = "officers"\nroom = 3'),
        ('"10 min"] }\nnext = "weighing"', '"10 min"] }\nnext = "gate"'),
        ('unread = "by_hand", review = "by_hand"', 'unread = "by_hand"'),
    )
    assert (problem.key, problem.value) == ("places.gate_in.room", "10")
    assert "gate_in -> desk -> gate_in" in problem.expected


def test_a_lane_each_way_does_not_block(tmp_path: Path) -> None:
    finite = [
        ('side = "border"', 'side = "border"\nroom = 0'),
        ("slots = 200\ndwell", "slots = 200\nroom = 0\ndwell"),
    ]
    assert load(tmp_path, *finite)[1] == ()


def test_warnings(tmp_path: Path) -> None:
    found = warnings_of(
        tmp_path,
        ("[places.scale]", '[places.spare]\nkind = "bay"\n\n[places.scale]'),
        (
            "[lanes.agv_back]",
            '[lanes.spare_way]\nat = "gate_out"\ndirection = "exit"\n\n[lanes.agv_back]',
        ),
        ("[authorities.customs]", "[authorities.police]"),
    )
    assert found == [
        f"{TRUCK}.release.until: waits for customs",
        f"{SHUTTLE}.crossing.until: waits for customs",
        "places.spare: serves nothing",
        "lanes.spare_way: serves nothing",
    ]


MANUAL = ("[authorities.customs]", "[modes.manual]\n{}\n[authorities.customs]")


def test_stages_that_turn_everybody_back_in_manual_mode_are_told(tmp_path: Path) -> None:
    """The scale and the AGVs' gate have devices and no stage for a review; the gate has one."""
    found = warnings_of(tmp_path, (MANUAL[0], MANUAL[1].format("")))
    assert [text.partition(":")[0] for text in found] == [
        f"{TRUCK}.weighing.on",
        f"{SHUTTLE}.crossing.on",
    ]
    trucks_only = MANUAL[1].format('classes = ["trucks"]')
    (left,) = warnings_of(tmp_path, (MANUAL[0], trucks_only))
    assert "every visit is turned back here (mass)" in left


def test_too_much_demand_names_the_bottleneck(tmp_path: Path) -> None:
    """1,100 trucks x 40 s at one scale are 12.2 h of 12: its check of 10 s runs beside."""
    found = warnings_of(tmp_path, ("per_day = 200", "per_day = 1100"))
    assert found == ["places.scale: the bottleneck, 102 % busy with truck.weighing"]
    calmer = warnings_of(tmp_path, ("per_day = 200", "per_day = 1000"))
    assert calmer == ["places.scale: 93 % busy with truck.weighing"]
    assert warnings_of(tmp_path, ("per_day = 200", "per_day = 900")) == []


def test_a_quota_below_the_demand_is_told(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, ('kind = "scale"', 'kind = "scale"\nquota_per_day = 150'))
    assert found == ["places.scale.quota_per_day: 150 for 200 visits a day"]


def test_lanes_count_in_the_direction_they_serve(tmp_path: Path) -> None:
    """Of 12 h the lane serves entry for 2 h only: 200 x 20 s = 67 min are 56 % of them."""
    conversion = '\nconversions = [{ hours = "10:00-20:00", direction = "exit" }]'
    piece = 'at = "gate_out"\ndirection = "entry"'
    assert warnings_of(tmp_path, (piece, piece + conversion)) == []
    busier = ("per_day = 200", "per_day = 320")
    assert warnings_of(tmp_path, (piece, piece + conversion), busier) == [
        "places.gate_out: 89 % busy (entry) with truck.out"
    ]


def test_expected_visits_follow_results_and_channels(tmp_path: Path) -> None:
    port, _ = load(
        tmp_path,
        ('at = "scale"', 'at = "scale"\nchannels = ["red", "yellow"]'),
        ('tare = "18 t"', 'tare = "18 t"\nchannels = { green = "70 %", red = "30 %" }'),
    )
    visits = expected_visits(port.procedures["truck"], port.demand["trucks"])
    assert visits == pytest.approx((1.0, 1.0, 0.05, 0.3, 1.0, 1.0))
    loads = day_loads(port)
    assert loads["desk", ""].busy_ms == pytest.approx(10 * 320_000)
    assert loads["gate_in", "entry"].visits == pytest.approx(200)


def test_without_opening_hours_only_capacity_is_left_out(tmp_path: Path) -> None:
    port, _ = load(tmp_path)
    assert check_port(port) == ()
