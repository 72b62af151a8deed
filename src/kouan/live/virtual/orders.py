"""Whether a virtual vehicle accepts an order or an update, and what it then has ahead of it."""

from math import hypot

from kouan.live.virtual.memory import (
    ActionRecord,
    EdgeAhead,
    NodeAhead,
    OrderReceived,
    Status,
    VehicleMemory,
)
from kouan.live.virtual.spec import NODE_ACTIONS, VehicleSpec

Refusal = tuple[str, str]
"""Kind of error and what is wrong; ("", "") is none."""
ACCEPTED: Refusal = ("", "")


def receive(spec: VehicleSpec, memory: VehicleMemory, order: OrderReceived, digest: str) -> bool:
    """Take an order, or note an error with why not; True if something is to be done now."""
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
        return "orderError", "the vehicle is driven by hand"
    unknown = sorted(
        {
            action.kind
            for actions in _actions(order.nodes, order.edges)
            for action in actions
            if action.kind not in NODE_ACTIONS
        }
    )
    if unknown:
        return "orderError", f"unknown actions: {', '.join(unknown)}"
    refusal = _refuse_update(memory, order) if update else _refuse_new(spec, memory, order)
    return refusal if refusal[0] else _refuse_lengths(order)


def _refuse_update(memory: VehicleMemory, order: OrderReceived) -> Refusal:
    if order.update_id <= memory.update_id:
        return "orderUpdateError", f"update {order.update_id} after {memory.update_id}"
    if memory.cancelling:
        return "orderUpdateError", "the order is being cancelled"
    last = _base_end(memory)
    first = order.nodes[0]
    if (first.name, first.sequence) != last:
        return (
            "orderUpdateError",
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
        return "orderUpdateError", f"order {memory.order_id} is not finished"
    if not memory.localized:
        return "orderError", "the vehicle does not know where it is"
    first = order.nodes[0]
    if first.name == memory.last_node:
        # Also where a person or a reboot took its order away on the way from it.
        return ACCEPTED
    if first.map_id == memory.map_id:
        away_mm = hypot(first.x_mm - memory.x_mm, first.y_mm - memory.y_mm)
        if away_mm <= spec.deviation_mm:
            return ACCEPTED
        return "noRouteError", f"{first.name} is {away_mm:.0f} mm away from the vehicle"
    return "noRouteError", f"the vehicle is at {memory.last_node}, not at {first.name}"


def _refuse_lengths(order: OrderReceived) -> Refusal:
    """A leg needs a length, or a position at both ends."""
    for number, edge in enumerate(order.edges):
        placed = order.nodes[number + 1].map_id and (order.nodes[number].map_id or not number)
        if not edge.length_mm and not placed:
            return "orderError", f"edge {edge.name} has no length, and its nodes no position"
    return ACCEPTED


def _begin(memory: VehicleMemory, order: OrderReceived) -> None:
    """Forget the last order; the new one's first node is where the vehicle stands."""
    memory.actions = {key: one for key, one in memory.actions.items() if one.instant}
    first = order.nodes[0]
    memory.nodes, memory.edges = order.nodes[1:], list(order.edges)
    memory.last_node, memory.last_sequence = first.name, first.sequence
    memory.left_node = False
    memory.drive.driven_mm = 0
    memory.here = []
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
