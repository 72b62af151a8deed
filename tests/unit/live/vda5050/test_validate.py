"""Each rule of the validator lets sound orders pass and catches what it is for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.factsheet import ArrayLimits, StringLimits
from kouan.live.vda5050.validate import (
    ORDER_RULES,
    STREAM_RULES,
    Stream,
    check_limits,
    check_next,
    check_order,
    check_state,
    follow,
    is_idle,
)
from tests.unit.live.vda5050.support import Puppet, factsheet

HEADER = m.Header(0, 0, "Kouan", "7")


def order(
    count: int, released: int, *, order_id: str = "o", update: int = 0, first: int = 0
) -> m.Order:
    """A sound order over n<first>, n<first + 1> ..."""
    nodes = tuple(
        m.OrderNode(f"n{first + at}", 2 * (first + at), at < released) for at in range(count)
    )
    edges = tuple(
        m.OrderEdge(
            f"e{first + at}",
            2 * (first + at) + 1,
            at + 1 < released,
            f"n{first + at}",
            f"n{first + at + 1}",
        )
        for at in range(count - 1)
    )
    return m.Order(HEADER, order_id, update, nodes, edges)


def codes(sent: m.Order) -> list[str]:
    """The rules that an order breaks."""
    return [one.code for one in check_order(sent)]


def node(sent: m.Order, at: int, **changes: object) -> m.Order:
    """An order with one node changed."""
    nodes = list(sent.nodes)
    nodes[at] = replace(nodes[at], **changes)  # type: ignore[arg-type]
    return replace(sent, nodes=tuple(nodes))


def edge(sent: m.Order, at: int, **changes: object) -> m.Order:
    """An order with one edge changed."""
    edges = list(sent.edges)
    edges[at] = replace(edges[at], **changes)  # type: ignore[arg-type]
    return replace(sent, edges=tuple(edges))


@pytest.mark.parametrize(("count", "released"), [(1, 1), (4, 4), (4, 2), (4, 1)])
def test_sound_orders_pass(count: int, released: int) -> None:
    assert codes(order(count, released)) == []


TWICE = (m.Action("pick", "x"),)
BROKEN: list[tuple[str, Callable[[], m.Order]]] = [
    ("no_order_id", lambda: order(2, 2, order_id="")),
    ("no_nodes", lambda: replace(order(1, 1), nodes=())),
    ("edge_count", lambda: replace(order(3, 3), edges=())),
    ("node_odd", lambda: node(order(2, 2), 1, sequence_id=7)),
    ("edge_even", lambda: edge(order(2, 2), 0, sequence_id=2)),
    ("sequence_gap", lambda: node(order(2, 2), 1, sequence_id=4)),
    ("edge_ends", lambda: edge(order(2, 2), 0, end="n9")),
    ("no_base", lambda: order(2, 0)),
    ("released_after_unreleased", lambda: node(order(4, 2), 3, released=True)),
    ("edge_without_node", lambda: edge(order(3, 2), 1, released=True)),
    ("node_without_edge", lambda: edge(order(3, 3), 1, released=False)),
    ("action_twice", lambda: edge(node(order(2, 2), 0, actions=TWICE), 0, actions=TWICE)),
]


@pytest.mark.parametrize(("code", "made"), BROKEN, ids=[code for code, _ in BROKEN])
def test_broken_orders_are_caught(code: str, made: Callable[[], m.Order]) -> None:
    assert code in codes(made())


def test_every_rule_has_an_order_that_breaks_it() -> None:
    for rule in ORDER_RULES:
        assert any(list(rule(made())) for _, made in BROKEN), rule.__name__


def sent(*orders: m.Order) -> Stream:
    """What is known after some orders."""
    stream = Stream()
    for one in orders:
        assert check_next(stream, one) == []
        follow(stream, one)
    return stream


def test_a_sound_stream_passes_and_the_same_once_more_too() -> None:
    first, second = order(4, 2), order(4, 3, update=1, first=1)
    stream = sent(first, second)
    assert stream.base_end == ("n3", 6)
    again = replace(second, header=replace(HEADER, header_id=9))
    assert check_next(stream, again) == []
    follow(stream, again)
    stream.idle = True
    assert check_next(stream, order(2, 2, order_id="p", first=3)) == []


USED = node(order(2, 2), 1, actions=TWICE)
STREAMS: list[tuple[str, Stream, m.Order]] = [
    ("update_not_higher", sent(order(2, 2)), order(2, 2, update=0, first=1)),
    ("update_not_higher", sent(order(2, 2)), order(3, 3)),
    ("not_stitched", sent(order(2, 2)), order(2, 2, update=1)),
    ("not_stitched", sent(order(2, 2)), node(order(1, 1, update=1, first=1), 0, node_id="x")),
    ("new_order_update", Stream(), order(2, 2, update=4)),
    ("second_order", sent(order(2, 2)), order(2, 2, order_id="p")),
    ("while_cancelling", Stream(cancelling=True), order(2, 2)),
    ("action_again", sent(USED), node(order(2, 2, update=1, first=1), 1, actions=TWICE)),
]


@pytest.mark.parametrize(("code", "stream", "following"), STREAMS)
def test_broken_streams_are_caught(code: str, stream: Stream, following: m.Order) -> None:
    assert code in [one.code for one in check_next(stream, following)]


def test_every_rule_of_streams_has_one_that_breaks_it() -> None:
    for rule in STREAM_RULES:
        assert any(list(rule(stream, one)) for _, stream, one in STREAMS), rule.__name__


def test_the_stitching_node_may_name_its_actions_again() -> None:
    stream = sent(USED)
    assert check_next(stream, node(order(2, 2, update=1, first=1), 0, actions=TWICE)) == []


def test_a_left_over_horizon_is_not_idle() -> None:
    state = Puppet().state()
    assert is_idle(state)
    assert not is_idle(replace(state, node_states=(m.NodeState("n1", 2, False),)))
    assert not is_idle(replace(state, edge_states=(m.EdgeState("e", 1, False),)))
    running = replace(state, action_states=(m.ActionState("a", m.Status.RUNNING),))
    assert not is_idle(running)
    assert is_idle(running, lambda name: name == "a")
    failed = replace(state, action_states=(m.ActionState("a", m.Status.FAILED),))
    assert is_idle(failed)


def test_states_that_can_t_be_are_found() -> None:
    state = Puppet().state()
    states = (m.NodeState("a", 4, False), m.NodeState("b", 2, True))
    found = [one.code for one in check_state(replace(state, node_states=states))]
    assert found == ["state_order", "state_base"]


def test_limits_of_a_vehicle_are_checked() -> None:
    sheet = factsheet(nodes=2)
    assert check_limits(order(2, 2), sheet) == []
    assert check_limits(order(3, 3), None) == []
    (problem,) = check_limits(order(3, 3), sheet)
    assert problem.text == "order.nodes: 3, at most 2"
    assert sheet.limits is not None
    strict = replace(
        sheet,
        limits=replace(sheet.limits, arrays=ArrayLimits(), strings=StringLimits(None, 1, True)),
    )
    assert [one.code for one in check_limits(order(2, 2), strict)] == [
        "over_limit",
        "id_not_numerical",
    ]
