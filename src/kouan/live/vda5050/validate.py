"""What the schemas do not say: whether an order makes sense, alone and after what was sent before.

Each rule looks at one thing and returns the problems it finds. The numbers are those of
docs/vda5050.md.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kouan.live.vda5050.factsheet import Factsheet
from kouan.live.vda5050.messages import (
    Action,
    EdgeState,
    NodeState,
    Order,
    OrderEdge,
    OrderNode,
    State,
)


class Problem(NamedTuple):
    """A rule that is broken, and how."""

    code: str
    text: str


Problems = Iterator[Problem]
Elements = list[OrderNode | OrderEdge]
NodeKey = tuple[str, int]


# --- one order -------------------------------------------------------------------------------


def has_nodes(order: Order) -> Problems:
    """An order has a node, and one edge less than nodes."""
    if not order.nodes:
        yield Problem("no_nodes", "an order needs at least one node")
    elif len(order.edges) != len(order.nodes) - 1:
        found = f"{len(order.nodes)} nodes and {len(order.edges)} edges"
        yield Problem("edge_count", f"{found}: expected one edge less than nodes")


def has_id(order: Order) -> Problems:
    """An order is named."""
    if not order.order_id:
        yield Problem("no_order_id", "orderId is empty")


def nodes_are_even(order: Order) -> Problems:
    """Nodes have even numbers (rule 2)."""
    for node in order.nodes:
        if node.sequence_id % 2:
            text = f"node {node.node_id} has sequenceId {node.sequence_id}: expected an even one"
            yield Problem("node_odd", text)


def edges_are_odd(order: Order) -> Problems:
    """Edges have odd numbers (rule 2)."""
    for edge in order.edges:
        if not edge.sequence_id % 2:
            text = f"edge {edge.edge_id} has sequenceId {edge.sequence_id}: expected an odd one"
            yield Problem("edge_even", text)


def numbers_run_on(order: Order) -> Problems:
    """Nodes and edges are numbered one after the other (rule 2)."""
    for before, after in itertools.pairwise(elements(order)):
        if after.sequence_id != before.sequence_id + 1:
            found = f"sequenceId {after.sequence_id} follows {before.sequence_id}"
            yield Problem("sequence_gap", f"{found}: expected {before.sequence_id + 1}")


def edges_join_nodes(order: Order) -> Problems:
    """An edge leads from the node before it to the node after it."""
    for edge, (start, end) in zip(order.edges, itertools.pairwise(order.nodes), strict=False):
        if (edge.start, edge.end) != (start.node_id, end.node_id):
            found = f"edge {edge.edge_id} leads from {edge.start} to {edge.end}"
            text = f"{found}: expected from {start.node_id} to {end.node_id}"
            yield Problem("edge_ends", text)


def begins_released(order: Order) -> Problems:
    """The first node is part of the base."""
    if order.nodes and not order.nodes[0].released:
        yield Problem("no_base", f"the first node, {order.nodes[0].node_id}, is not released")


def base_is_whole(order: Order) -> Problems:
    """Nothing is released after what is not (rule 4)."""
    for before, after in itertools.pairwise(elements(order)):
        if after.released and not before.released:
            text = f"sequenceId {after.sequence_id} is released, {before.sequence_id} is not"
            yield Problem("released_after_unreleased", text)


def edges_have_their_nodes(order: Order) -> Problems:
    """An edge is released only with both its nodes (rule 4)."""
    for edge, (start, end) in zip(order.edges, itertools.pairwise(order.nodes), strict=False):
        if edge.released and not (start.released and end.released):
            yield Problem("edge_without_node", f"edge {edge.edge_id} is released without its nodes")
        if end.released and not edge.released:
            yield Problem("node_without_edge", f"node {end.node_id} is released without its edge")


def actions_are_unique(order: Order) -> Problems:
    """No two actions of an order have the same id (rule 13)."""
    seen: dict[str, int] = {}
    for action in actions_of(order):
        seen[action.action_id] = seen.get(action.action_id, 0) + 1
    for action_id, count in seen.items():
        if count > 1:
            yield Problem("action_twice", f"actionId {action_id} is used {count} times")


ORDER_RULES: tuple[Callable[[Order], Problems], ...] = (
    has_id,
    has_nodes,
    nodes_are_even,
    edges_are_odd,
    numbers_run_on,
    edges_join_nodes,
    begins_released,
    base_is_whole,
    edges_have_their_nodes,
    actions_are_unique,
)


def check_order(order: Order) -> list[Problem]:
    """Every problem of an order by itself."""
    return [problem for rule in ORDER_RULES for problem in rule(order)]


# --- an order after others -------------------------------------------------------------------


@dataclass(slots=True)
class Stream:
    """What is known of the orders sent to one vehicle so far."""

    last: Order | None = None
    base_end: NodeKey = ("", -1)
    actions: dict[str, str] = field(default_factory=dict)
    """Action ids of all orders, with the order that they belong to."""
    idle: bool = True
    """Whether the vehicle has reported that it has nothing left to do (``is_idle``)."""
    cancelling: bool = False


def update_number_rises(stream: Stream, order: Order) -> Problems:
    """orderUpdateId grows with every update (rule 2)."""
    if is_update(stream, order) and stream.last and order.update_id <= stream.last.update_id:
        found = f"orderUpdateId {order.update_id} after {stream.last.update_id}"
        yield Problem("update_not_higher", f"{found}: expected a higher one")


def update_begins_at_base_end(stream: Stream, order: Order) -> Problems:
    """An update begins with the last node of the base, by nodeId and sequenceId (rule 1)."""
    if is_update(stream, order) and order.nodes:
        first = (order.nodes[0].node_id, order.nodes[0].sequence_id)
        if first != stream.base_end:
            text = f"the update begins at {first}: expected {stream.base_end}"
            yield Problem("not_stitched", text)


def new_order_begins_at_update_0(stream: Stream, order: Order) -> Problems:
    """A new order's first orderUpdateId is 0 (demanded since 3.0)."""
    if not is_update(stream, order) and order.update_id:
        yield Problem("new_order_update", f"a new order has orderUpdateId {order.update_id}")


def new_order_waits_for_idle(stream: Stream, order: Order) -> Problems:
    """No second order before the vehicle is idle (rule 3)."""
    if stream.last and not is_update(stream, order) and not stream.idle:
        text = f"order {order.order_id} before {stream.last.order_id} is over"
        yield Problem("second_order", text)


def nothing_while_cancelling(stream: Stream, order: Order) -> Problems:
    """Between cancelOrder and its end no order and no update is sent (rule 5)."""
    if stream.cancelling:
        yield Problem("while_cancelling", f"order {order.order_id} while one is being cancelled")


def actions_stay_unique(stream: Stream, order: Order) -> Problems:
    """An action id is used once; the stitching node may name its own again (rule 13)."""
    again = order.nodes[0].actions if is_update(stream, order) and order.nodes else ()
    allowed = [action.action_id for action in again]
    for action in actions_of(order):
        if action.action_id in stream.actions and action.action_id not in allowed:
            yield Problem("action_again", f"actionId {action.action_id} was used before")


STREAM_RULES: tuple[Callable[[Stream, Order], Problems], ...] = (
    update_number_rises,
    update_begins_at_base_end,
    new_order_begins_at_update_0,
    new_order_waits_for_idle,
    nothing_while_cancelling,
    actions_stay_unique,
)


def check_next(stream: Stream, order: Order) -> list[Problem]:
    """Every problem of an order after those before it; sending the same once more is none."""
    if is_same(stream.last, order):
        return []
    found = check_order(order)
    return found + [problem for rule in STREAM_RULES for problem in rule(stream, order)]


def follow(stream: Stream, order: Order) -> None:
    """Take an order as sent."""
    if is_same(stream.last, order):
        return
    stream.last = order
    stream.idle = False
    released = [node for node in order.nodes if node.released]
    if released:
        stream.base_end = (released[-1].node_id, released[-1].sequence_id)
    for action in actions_of(order):
        stream.actions[action.action_id] = order.order_id


def is_update(stream: Stream, order: Order) -> bool:
    """Whether an order continues the last one."""
    return stream.last is not None and order.order_id == stream.last.order_id


def is_same(last: Order | None, order: Order) -> bool:
    """Whether an order says what the last one said; headers don't count."""
    return last is not None and (
        (last.order_id, last.update_id, last.nodes, last.edges)
        == (order.order_id, order.update_id, order.nodes, order.edges)
    )


# --- an order for one vehicle ----------------------------------------------------------------


def check_limits(order: Order, factsheet: Factsheet | None) -> list[Problem]:
    """What a vehicle's factsheet says against an order (rule 14); a limit of 0 is none."""
    if factsheet is None or factsheet.limits is None:
        return []
    arrays, strings = factsheet.limits.arrays, factsheet.limits.strings
    ids = [order.order_id, *(node.node_id for node in order.nodes)]
    ids += [edge.edge_id for edge in order.edges]
    counts = [
        ("order.nodes", len(order.nodes), arrays.order_nodes),
        ("order.edges", len(order.edges), arrays.order_edges),
        (
            "node.actions",
            max((len(n.actions) for n in order.nodes), default=0),
            arrays.node_actions,
        ),
        (
            "edge.actions",
            max((len(e.actions) for e in order.edges), default=0),
            arrays.edge_actions,
        ),
        ("idLen", max(len(one) for one in ids), strings.id_length),
    ]
    found = [
        Problem("over_limit", f"{key}: {count}, at most {most}")
        for key, count, most in counts
        if most and count > most
    ]
    if strings.id_digits_only and not all(one.isdecimal() for one in ids):
        found.append(Problem("id_not_numerical", "the vehicle takes ids of digits only"))
    return found


# --- states ----------------------------------------------------------------------------------


def is_idle(state: State, ended: Callable[[str], bool] = lambda _action_id: False) -> bool:
    """Whether a vehicle has nothing left to do: a horizon is something left (rule 3).

    ``ended`` says of an action whether it is known to be over, or does not count.
    """
    open_actions = [
        one for one in state.action_states if not one.status.ended and not ended(one.action_id)
    ]
    return not (state.node_states or state.edge_states or open_actions)


def check_state(state: State) -> list[Problem]:
    """What can't be true of a state by itself: numbers that do not rise, a base with a hole."""
    problems = []
    both: tuple[tuple[NodeState | EdgeState, ...], ...] = (state.node_states, state.edge_states)
    for states in both:
        for before, after in itertools.pairwise(states):
            if after.sequence_id <= before.sequence_id:
                text = f"sequenceId {after.sequence_id} follows {before.sequence_id}"
                problems.append(Problem("state_order", text))
            if after.released and not before.released:
                text = f"sequenceId {after.sequence_id} is released, {before.sequence_id} is not"
                problems.append(Problem("state_base", text))
    return problems


# --- helpers ---------------------------------------------------------------------------------


def elements(order: Order) -> Elements:
    """Nodes and edges in the order in which they are driven."""
    mixed: Elements = []
    for node, edge in itertools.zip_longest(order.nodes, order.edges):
        mixed += [one for one in (node, edge) if one is not None]
    return mixed


def actions_of(order: Order) -> list[Action]:
    """All actions of nodes and edges."""
    return [action for element in elements(order) for action in element.actions]
