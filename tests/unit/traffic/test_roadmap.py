"""Roads cut into blocks, and the ways found on them."""

import itertools

import pytest

from kouan.port.places import Node, Roads, Segment
from kouan.traffic.roadmap import compile_roads
from tests.unit.traffic.maps import roadmap, roads


@pytest.mark.parametrize(("length", "block", "count"), [(1000, 300, 3), (1000, 1000, 1), (7, 9, 1)])
def test_blocks_are_never_shorter_than_declared_and_sum_up(
    length: int, block: int, count: int
) -> None:
    segment = Segment("a", "b", length, 10, block_mm=block)
    arcs = compile_roads(Roads({"a": Node(0, 0), "b": Node(0, 0)}, {"s": segment})).arcs
    assert len(arcs) == 2 * count
    assert sum(arc.length_mm for arc in arcs.values()) == 2 * length
    assert all(arc.length_mm >= min(block, length) for arc in arcs.values())


def test_inner_nodes_lie_on_the_line_between() -> None:
    nodes = {"a": Node(0, 100), "b": Node(3_000, 400)}
    compiled = compile_roads(Roads(nodes, {"s": Segment("a", "b", 3_000, 10, block_mm=1_000)}))
    assert compiled.nodes["s.1"] == Node(1_000, 200)
    assert compiled.nodes["s.2"] == Node(2_000, 300)
    assert compiled.path("a", "b") == ("a", "s.1", "s.2", "b")


def test_a_one_way_road_leads_one_way() -> None:
    compiled = roadmap("a-b 10 one_way", "b-c 10 one_way", "c-a 10 one_way")
    assert compiled.path("a", "b") == ("a", "b")
    assert compiled.path("b", "a") == ("b", "c", "a")


def test_there_may_be_no_way_and_one_may_be_there_already() -> None:
    compiled = roadmap("a-b 10 one_way")
    assert compiled.path("b", "a") == ()
    assert compiled.path("a", "a") == ("a",)
    assert compiled.drive_ms("b", "a", 1_000) == 0


def test_of_equal_ways_the_first_by_name_is_taken_whatever_the_order_of_the_file() -> None:
    lines = ("a-x 10", "a-m 10", "x-z 10", "m-z 10", "a-q 10", "q-z 10")
    for order in itertools.permutations(lines):
        assert roadmap(*order).path("a", "z") == ("a", "m", "z")


def test_the_fastest_way_wins_not_the_shortest() -> None:
    nodes = {name: Node(0, 0) for name in "abc"}
    slow = Segment("a", "b", 1_000, 100)
    fast = {"s2": Segment("a", "c", 2_000, 1_000), "s3": Segment("c", "b", 2_000, 1_000)}
    compiled = compile_roads(Roads(nodes, {"s1": slow, **fast}))
    assert compiled.path("a", "b") == ("a", "c", "b")
    assert compiled.length_mm(compiled.path("a", "b")) == 4_000
    assert compiled.drive_ms("a", "b", 500) == 8_000


def test_two_segments_between_the_same_nodes_stay_apart() -> None:
    compiled = roadmap("a-b 100", "a-b 60", "b-a 80 one_way")
    assert sum(arc.length_mm for arc in compiled.arcs.values()) == 2 * 160_000 + 80_000
    assert sorted({arc.segment for arc in compiled.arcs.values()}) == ["s1", "s2", "s3"]
    assert compiled.path("a", "b") == ("a", "s2.1", "b")


def test_single_lanes_are_sections_and_one_way_ones_need_none() -> None:
    compiled = roadmap("a-b 20 10 single", "b-c 10 single one_way")
    assert {arc.section for arc in compiled.arcs.values() if arc.segment == "s1"} == {"s1"}
    assert compiled.arcs["b", "c"].section == ""


def test_headway_counts_where_a_segment_is_entered() -> None:
    compiled = roadmap("a-b 30 10 headway=5000")
    path = compiled.path("a", "b")
    kept = [compiled.arcs[arc].headway_ms for arc in itertools.pairwise(path)]
    back = [compiled.arcs[arc].headway_ms for arc in itertools.pairwise(path[::-1])]
    assert kept == back == [5_000, 0, 0]


def test_compiling_leaves_the_declaration_as_it_is() -> None:
    declared = roads("a-b 30 10")
    compile_roads(declared)
    assert list(declared.nodes) == ["a", "b"]
