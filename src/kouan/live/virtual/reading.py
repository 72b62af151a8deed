"""Pieces of VDA 5050 messages read strictly, with what is wrong said in words."""

import json
from typing import Any

from kouan.live.virtual.memory import ActionRecord, Blocking, OrderReceived

Json = dict[str, Any]
MOST_ELEMENTS = 10_000
"""Nodes of an order; one with more is refused."""


class Unreadable(ValueError):
    """A message that can't be understood; says what, and names the order or action if it can."""

    def __init__(self, why: str, *references: tuple[str, str]) -> None:
        super().__init__(why)
        self.references = references


def read_document(payload: bytes, topic: str) -> Json:
    """A JSON object; raises Unreadable."""
    try:
        found = json.loads(payload)
    except ValueError as error:
        raise Unreadable(f"{topic}: no JSON: {error}", ("topic", topic)) from error
    if not isinstance(found, dict):
        raise Unreadable(f"{topic}: expected an object", ("topic", topic))
    stamp = found.get("timestamp")
    if not isinstance(stamp, str) or not stamp.endswith("Z"):
        raise Unreadable(f"{topic}: timestamp {stamp!r}: expected UTC with Z", ("topic", topic))
    return found


def read_references(document: Json) -> list[tuple[str, str]]:
    """What names an order in an error."""
    named = [(key, str(document[key])) for key in ("orderId", "orderUpdateId") if key in document]
    return [("topic", "order"), *named]


def read_action(found: Json, *, instant: bool = False) -> ActionRecord:
    """An action; raises KeyError, TypeError or ValueError."""
    parameters = found.get("actionParameters") or []
    return ActionRecord(
        text(found["actionId"]),
        text(found["actionType"]),
        Blocking(found.get("blockingType", "NONE") if instant else found["blockingType"]),
        {text(one["key"]): _plain(one["value"]) for one in parameters},
        instant,
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r}: expected a text")
    return value


def whole(value: object) -> int:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r}: expected a whole number from 0")
    return value


def truth(value: object) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r}: expected true or false")
    return value


def why_not(error: Exception) -> str:
    """What was wrong with a message, in words."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def check_order(order: OrderReceived) -> str:
    """What is wrong with an order that its schema does not see, or ""."""
    nodes, edges = order.nodes, order.edges
    if not 0 < len(nodes) <= MOST_ELEMENTS or len(edges) != len(nodes) - 1:
        return f"{len(nodes)} nodes and {len(edges)} edges: expected one edge fewer than nodes"
    if not nodes[0].released:
        return "the first node is not released"
    for node, edge, following in zip(nodes, edges, nodes[1:], strict=False):
        sequences = (node.sequence, edge.sequence, following.sequence)
        if sequences != (node.sequence, node.sequence + 1, node.sequence + 2):
            return f"sequenceIds {sequences} at edge {edge.name}: expected numbers that run on"
        if (edge.start, edge.end) != (node.name, following.name):
            return f"edge {edge.name} does not join {node.name} and {following.name}"
        if edge.released != following.released or (following.released and not node.released):
            return f"edge {edge.name}: something is released behind what is not"
    if nodes[0].sequence % 2:
        return f"sequenceId {nodes[0].sequence} of a node: expected an even number"
    lists = [one.actions for one in nodes] + [one.actions for one in edges]
    ids = [action.action_id for actions in lists for action in actions]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    return f"actionId {twice[0]} twice" if twice else ""
