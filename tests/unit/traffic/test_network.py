"""Which parts of a map exclude one another, and which maps are refused."""

import pytest

from kouan.port.places import Node, Roads, Segment
from kouan.traffic.geometry import extended, length_mm, lines_near, point_near
from kouan.traffic.network import (
    Network,
    NetworkError,
    Road,
    Shape,
    compile_network,
    network_of_roads,
)
from kouan.traffic.wellformed import check_wellformed
from tests.unit.traffic.planning import grid

SHAPE = Shape(10_000, 3_000)


def exclude(network: Network, first: tuple[str, str], second: tuple[str, str]) -> bool:
    mine, others = network.cells[network.arc(*first)], network.cells[network.arc(*second)]
    return any(cell in others for cell in mine)


def cross(y_mm: int = 0) -> Network:
    nodes = {"a": (-50_000, 0), "b": (50_000, 0), "c": (0, -50_000), "d": (0, 50_000)}
    nodes |= {"e": (-50_000, y_mm), "f": (50_000, y_mm)}
    roads = [Road("a", "b", cut=False), Road("c", "d", cut=False)]
    return compile_network(nodes, [*roads, Road("e", "f", cut=False)], SHAPE, {"s": "a"})


def test_crossing_and_opposite_arcs_exclude_one_another() -> None:
    network = cross(20_000)
    assert exclude(network, ("a", "b"), ("c", "d"))
    assert exclude(network, ("a", "b"), ("b", "a"))


@pytest.mark.parametrize(("apart_mm", "excluded"), [(2_999, True), (3_000, False)])
def test_parallel_arcs_exclude_one_another_within_a_width(apart_mm: int, excluded: bool) -> None:
    nodes = {"a": (0, 0), "b": (50_000, 0), "e": (0, apart_mm), "f": (50_000, apart_mm)}
    network = compile_network(
        nodes, [Road("a", "b", cut=False), Road("e", "f", cut=False)], Shape(100, 3_000), {}
    )
    assert exclude(network, ("a", "b"), ("e", "f")) is excluded


def test_roads_of_a_zone_exclude_one_another() -> None:
    assert exclude(grid(3, "z"), ("n0.0", "n0.1"), ("n0.1", "n0.2"))
    assert not exclude(grid(3), ("n0.0", "n0.1"), ("n0.1", "n0.2"))


def test_long_roads_are_cut_into_blocks() -> None:
    network = compile_network({"a": (0, 0), "b": (100_000, 0)}, [Road("a", "b")], SHAPE, {})
    lengths = network.lengths_mm[::2]
    assert sum(lengths) == 100_000
    assert len(lengths) == 100_000 // SHAPE.block_mm()


def test_bay_behind_another_is_named() -> None:
    nodes = {"a": (0, 0), "b": (40_000, 0), "c": (80_000, 0)}
    network = compile_network(nodes, [Road("a", "b")], SHAPE, {"near": "a", "cut off": "c"})
    with pytest.raises(NetworkError, match="bay near: no way past other bays to cut off"):
        check_wellformed(network, 1)


def test_a_spare_stop_is_needed() -> None:
    check_wellformed(grid(2), 3)
    with pytest.raises(NetworkError, match="expected at least 5"):
        check_wellformed(grid(2), 4)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(NetworkError) as caught:
        compile_network({"a": (1 << 31, 0)}, [Road("a", "x")], SHAPE, {"s": "y"})
    for part in ("node a", "no node 'x'", "stop s: no node 'y'"):
        assert part in str(caught.value)


def test_distances_are_exact() -> None:
    assert length_mm(((0, 0), (3, 4))) == 5
    assert length_mm(((0, 0), (1, 1))) == 2
    assert extended(((0, 0), (10, 0)), 5) == ((-5, 0), (15, 0))
    assert point_near((5, 3), ((0, 0), (10, 0)), 4)
    assert not point_near((5, 3), ((0, 0), (10, 0)), 3)
    assert lines_near(((0, 0), (10, 10)), ((0, 10), (10, 0)), 1)


def test_roads_of_a_port_are_compiled() -> None:
    nodes = {"a": Node(0, 0), "b": Node(60_000, 0)}
    segments = {
        "two ways": Segment("a", "b", 60_000, 2_000, single_lane=True, block_mm=30_000),
    }
    network = network_of_roads(Roads(nodes, segments), SHAPE, {"s": "a", "t": "b"})
    assert network.lengths_mm[:4] == [30_000] * 4
    assert network.drive_ms[:4] == [15_000] * 4
    assert exclude(network, ("a", "two ways.1"), ("two ways.1", "a"))
    assert not exclude(network, ("a", "two ways.1"), ("two ways.1", "b"))
    check_wellformed(network, 1)
