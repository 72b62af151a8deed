"""What is told of a port's roads before anybody drives on them."""

from dataclasses import replace

import pytest

from kouan.dispatch.advice import check_roads
from kouan.port.model import Port
from kouan.port.places import Node
from kouan.port.problems import Severity
from kouan.port.read import load_port
from tests.sim.scenarios import PORTS, ROOT
from tests.unit.dispatch.ports import agv_port, fleet, nodes_of, port


def moved(**nodes: Node) -> Port:
    """The port of AGVs with some nodes elsewhere."""
    made = agv_port(1, "p-l 600", "l-s 600", "p-c 100")
    return replace(made, roads=replace(made.roads, nodes={**nodes_of(made), **nodes}))


def sentences(made: Port) -> list[str]:
    return [str(finding) for finding in check_roads(made)]


def told(made: Port) -> list[str]:
    return [f"{finding.severity} {finding.key}: {finding.value}" for finding in check_roads(made)]


@pytest.mark.parametrize("name", PORTS)
def test_roads_of_the_shipped_ports_are_far_enough_apart(name: str) -> None:
    assert told(load_port(ROOT / "ports" / f"{name}.toml")[0]) == []


def test_roads_that_cross_or_leave_a_node_too_close_are_named() -> None:
    square = {"p": Node(0, 0), "l": Node(100_000, 0)}
    along = moved(**square, s=Node(200_000, 50_000), c=Node(90_000, 1_000))
    assert told(along) == [
        "warning roads: l and c cross or come too near one another for two vehicles",
        "warning roads: c and s1 cross or come too near one another for two vehicles",
        "warning roads: s1 and s3 cross or come too near one another for two vehicles",
        "warning roads: s2 and s3 cross or come too near one another for two vehicles",
    ]


def test_many_pairs_are_counted_not_told_one_by_one() -> None:
    here = moved(**dict.fromkeys("plsc", Node(0, 0)))
    assert told(here)[5:] == ["warning roads: 10 more pairs are as near"]


def test_a_map_or_a_vehicle_beyond_all_bounds_is_an_error() -> None:
    wide = replace(agv_port(1), fleets={"agv": fleet(1, width_mm=1 << 31)})
    (text,) = sentences(moved(c=Node(1 << 31, 0)))
    assert text.endswith("roads: node c: expected coordinates within 1073741824 mm")
    slow = replace(agv_port(1), fleets={"agv": fleet(1, speed_empty_mm_s=1)})
    far = {name: replace(road, length_mm=1 << 29) for name, road in slow.roads.segments.items()}
    (text,) = sentences(replace(slow, roads=replace(slow.roads, segments=far)))
    assert "takes" in text
    assert text.endswith("ms: expected at most 1073741824")
    (text,) = sentences(wide)
    assert text.endswith("roads: vehicle's width 2147483648: expected 1 to 1073741824 in mm and s")
    assert all(finding.severity is Severity.ERROR for finding in check_roads(wide))


def test_a_port_without_vehicles_needs_no_roads() -> None:
    assert told(port({}, {})) == []
