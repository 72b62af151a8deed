"""Whether a virtual vehicle accepts an order or an update, and what it then has ahead of it."""

from math import hypot

from kouan.live.vda5050.messages import Status
from kouan.live.virtual.memory import (
    ActionRecord,
    EdgeAhead,
    NodeAhead,
    OrderReceived,
    VehicleMemory,
)
from kouan.live.virtual.spec import NODE_ACTIONS, VehicleSpec

Refusal = tuple[str, str]
"""Kind of error and what is wrong; ("", "") is none."""
ACCEPTED: Refusal = ("", "")


def receive(spec: VehicleSpec, memory: VehicleMemory, order: OrderReceived, digest: str) -> bool:
    """Take an order, or note an error with why not; True if something is to be done now.

    One that was sent before the newest, by number and time, was overtaken on its way or is a copy
    of what is long done: to begin it would be to drive where nothing is reserved any more.
    """
    if order.number < memory.order_number and order.at_ms < memory.order_ms:
        return False
    memory.order_number, memory.order_ms = order.number, order.at_ms
    update = order.order_id == memory.order_id
    if update and order.update_id == memory.update_id and digest == memory.digest:
        return False
    kind, why = _refusal(spec, memory, order, update=update)
    if kind:
        memory.error(
            kind,
            why,
            ("orderId", order.order_id),
            ("orderUpdateId", str(order.update_id)),
            ("topic", "order"),
        )
        return False
    memory.errors.clear()
    if update:
        _stitch(memory, order)
    else:
        _begin(memory, order)
    memory.order_id, memory.update_id, memory.digest = order.order_id, order.update_id, digest
    _announce(memory)
    return True


def _refusal(
    spec: VehicleSpec, memory: VehicleMemory, order: OrderReceived, *, update: bool
) -> Refusal:
    """Why the order can't be taken."""
    if memory.fault == "manual":
        return "MOBILE_ROBOT_NOT_AVAILABLE", "the vehicle is driven by hand"
    unknown = sorted(
        {
            action.kind
            for actions in _actions(order.nodes, order.edges)
            for action in actions
            if action.kind not in NODE_ACTIONS
        }
    )
    if unknown:
        return "INVALID_ORDER_ACTION", f"unknown actions: {', '.join(unknown)}"
    malformed = _malformed(order)
    if malformed:
        return "VALIDATION_FAILURE", malformed
    return _refuse_update(memory, order) if update else _refuse_new(spec, memory, order)


def _refuse_update(memory: VehicleMemory, order: OrderReceived) -> Refusal:
    if order.update_id == memory.update_id:
        return "SAME_ORDER_UPDATE_ID", f"update {order.update_id} has come with other content"
    if order.update_id < memory.update_id:
        return "OUTDATED_ORDER_UPDATE", f"update {order.update_id} after {memory.update_id}"
    if memory.cancelled:
        return "ORDER_UPDATE_FOLLOWING_CANCEL", "the order was cancelled"
    last = _base_end(memory)
    first = order.nodes[0]
    if (first.name, first.sequence) != last:
        return (
            "INVALID_ORDER_UPDATE",
            f"the update begins at {first.name}, {first.sequence}; the base ends at "
            f"{last[0]}, {last[1]}",
        )
    return ACCEPTED


def _base_end(memory: VehicleMemory) -> tuple[str, int]:
    """Node and sequence with which the released part ends."""
    released = [(one.name, one.sequence) for one in memory.nodes if one.released]
    return released[-1] if released else (memory.last_node, memory.last_sequence)


def _refuse_new(spec: VehicleSpec, memory: VehicleMemory, order: OrderReceived) -> Refusal:
    if memory.unfinished or memory.cancelling:
        return "OTHER_ORDER_ACTIVE", f"order {memory.order_id} is not finished"
    if not memory.localized:
        return "MOBILE_ROBOT_NOT_AVAILABLE", "the vehicle does not know where it is"
    first = order.nodes[0]
    if first.name == memory.last_node:
        # Also where a person or a reboot took its order away on the way from it.
        return ACCEPTED
    if first.map_id == memory.map_id:
        away_mm = hypot(first.x_mm - memory.x_mm, first.y_mm - memory.y_mm)
        if away_mm <= spec.deviation_mm:
            return ACCEPTED
        return "START_NODE_OUT_OF_RANGE", f"{first.name} is {away_mm:.0f} mm away"
    return "START_NODE_OUT_OF_RANGE", f"the vehicle is at {memory.last_node}, not at {first.name}"


def _malformed(order: OrderReceived) -> str:
    """What is wrong with an order that its schema does not see, or ""."""
    nodes, edges = order.nodes, order.edges
    if len(edges) != len(nodes) - 1:
        return f"{len(nodes)} nodes and {len(edges)} edges: expected one edge fewer than nodes"
    if not nodes[0].released or nodes[0].sequence % 2:
        return f"the first node, {nodes[0].sequence}, is not released or has an odd sequenceId"
    for before, edge, node in zip(nodes, edges, nodes[1:], strict=False):
        if wrong := _malformed_leg(before, edge, node):
            return f"edge {edge.name}: {wrong}"
    lists = _actions(nodes, edges)
    ids = [action.action_id for actions in lists for action in actions]
    return "" if len(ids) == len(set(ids)) else "an actionId comes twice"


def _malformed_leg(before: NodeAhead, edge: EdgeAhead, node: NodeAhead) -> str:
    first = before.sequence
    if (edge.sequence, node.sequence) != (first + 1, first + 2):
        return f"sequenceIds {first}, {edge.sequence}, {node.sequence} do not run on"
    if (edge.start, edge.end) != (before.name, node.name):
        return f"does not join {before.name} and {node.name}"
    if edge.released != node.released or (node.released and not before.released):
        return "something is released behind what is not"
    if not edge.length_mm and not (before.map_id and node.map_id):
        return "has no length, and its nodes no position"
    return ""


def _begin(memory: VehicleMemory, order: OrderReceived) -> None:
    """Forget the last order; the new one's first node is where the vehicle stands."""
    memory.actions = {key: one for key, one in memory.actions.items() if one.instant}
    first = order.nodes[0]
    memory.nodes, memory.edges = order.nodes[1:], list(order.edges)
    memory.last_node, memory.last_sequence = first.name, first.sequence
    memory.left_node, memory.cancelled = False, False
    memory.drive.driven_mm = 0
    _take_actions(memory, first.actions)
    memory.here = [action.action_id for action in first.actions]


def _stitch(memory: VehicleMemory, order: OrderReceived) -> None:
    """Put the update in the place of what was not released."""
    nodes = [one for one in memory.nodes if one.released]
    edges = [one for one in memory.edges if one.released]
    first = order.nodes[0]
    if nodes:
        known = [one.action_id for one in nodes[-1].actions]
        nodes[-1].actions.extend(one for one in first.actions if one.action_id not in known)
    else:
        fresh = [one for one in first.actions if one.action_id not in memory.actions]
        _take_actions(memory, fresh)
        memory.here.extend(one.action_id for one in fresh)
    memory.nodes, memory.edges = nodes + order.nodes[1:], edges + order.edges


def _announce(memory: VehicleMemory) -> None:
    """Actions of what is released are reported from now on."""
    nodes = [one for one in memory.nodes if one.released]
    edges = [one for one in memory.edges if one.released]
    for actions in _actions(nodes, edges):
        _take_actions(memory, actions)


def _actions(nodes: list[NodeAhead], edges: list[EdgeAhead]) -> list[list[ActionRecord]]:
    return [one.actions for one in nodes] + [one.actions for one in edges]


def _take_actions(memory: VehicleMemory, actions: list[ActionRecord]) -> None:
    for action in actions:
        memory.actions.setdefault(action.action_id, action)


def drop_ahead(memory: VehicleMemory) -> None:
    """Give up the order, but for the leg that the vehicle is on: it stops at the next node."""
    for action in memory.actions.values():
        if not action.instant and action.status is Status.WAITING:
            action.status, action.result = Status.FAILED, "cancelled"
    memory.here.clear()
    kept = 1 if memory.left_node else 0
    memory.nodes, memory.edges = memory.nodes[:kept], memory.edges[:kept]
    for actions in _actions(memory.nodes, memory.edges):
        actions.clear()


def chord_mm(memory: VehicleMemory, index: int) -> int:
    """Length of a leg ahead: as the order says, or the distance between its nodes."""
    length_mm = memory.edges[index].length_mm
    if length_mm:
        return length_mm
    node = memory.nodes[index]
    if index:
        x_mm, y_mm = memory.nodes[index - 1].x_mm, memory.nodes[index - 1].y_mm
    else:
        x_mm, y_mm = memory.x_mm, memory.y_mm
    return max(1, round(hypot(node.x_mm - x_mm, node.y_mm - y_mm)))
