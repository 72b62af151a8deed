"""Making orders: a new one where the vehicle stands, or an update stitched to the base's end."""

from dataclasses import replace

from kouan.live.vda5050.intents import Leg
from kouan.live.vda5050.loads import load_actions
from kouan.live.vda5050.memory import MasterMemory, Sent, Stretch, Turn
from kouan.live.vda5050.messages import Action, Blocking, Header, Order, OrderEdge, OrderNode
from kouan.live.vda5050.outbox import header
from kouan.port.quantity import WHOLE_PPM

LONGEST_ID = 60
NOTHING = Order(Header(0, 0, "", ""), "", 0, (), ())
"""What is sent before the first message."""


def compose_order(turn: Turn, at: Leg) -> Sent:
    """A new order from the node on which the vehicle stands."""
    memory = turn.memory
    for stretch in memory.route:
        stretch.update = -1
    base = _base(memory.route, _room(memory, 0))
    order_id = _order_id(turn)
    sent = Sent(order_id, at.step, NOTHING, at.step, (), False)
    _fill(turn, sent, at, base, 0)
    return sent


def compose_update(turn: Turn, sent: Sent) -> bool:
    """Put a new update into ``sent``; False when there is nothing new, or no room for it."""
    memory = turn.memory
    fresh = [one for one in memory.route if one.leg.step > sent.base_step]
    known = [one for one in memory.route if one.leg.step <= sent.base_step]
    if sent.last:
        return False
    base = _base(fresh, _room(memory, len(known)))
    horizon = tuple(leg.node for leg in memory.horizon)
    if not base and (fresh or horizon == sent.horizon):
        return False
    start = known[-1].leg if known else memory.at
    assert start is not None
    _fill(turn, sent, start, base, sent.message.update_id + 1)
    return True


def _base(stretches: list[Stretch], room: int) -> list[Stretch]:
    """What can be released at once: to the end of a way at most."""
    base: list[Stretch] = []
    for stretch in stretches[:room]:
        base.append(stretch)
        if stretch.leg.last:
            break
    return base


def _room(memory: MasterMemory, under_way: int) -> int:
    """Nodes that the vehicle still takes, besides the one at which it joins on."""
    limits = memory.factsheet.limits if memory.factsheet else None
    if limits is None:
        return 1_000
    rooms = [most - 1 for most in (limits.arrays.order_nodes,) if most]
    rooms += [most for most in (limits.arrays.order_edges,) if most]
    return max(1, min(rooms, default=1_000)) - under_way


def _fill(turn: Turn, sent: Sent, start: Leg, base: list[Stretch], update_id: int) -> None:
    memory = turn.memory
    last = bool(base) and base[-1].leg.last
    whole = not memory.route or not base or base[-1] is memory.route[-1]
    room = max(0, _room(memory, sum(one.leg.step <= sent.base_step for one in memory.route)))
    ahead = memory.horizon[: room - len(base)] if whole and not last and room > len(base) else ()
    legs = [one.leg for one in base]
    nodes, edges = [_node(turn, sent, start, released=True)], []
    if not update_id:
        nodes[0] = replace(nodes[0], actions=load_actions(turn, sent.order_id))
    before = start
    for leg in (*legs, *ahead):
        released = leg.step <= (legs[-1].step if legs else start.step)
        edges.append(_edge(turn, sent, before, leg, released=released))
        nodes.append(_node(turn, sent, leg, released=released))
        before = leg
    sent.message = Order(
        header(turn, "order"), sent.order_id, update_id, tuple(nodes), tuple(edges)
    )
    for stretch in base:
        stretch.update = update_id
    sent.base_step = legs[-1].step if legs else start.step
    sent.last = last
    sent.horizon = tuple(leg.node for leg in memory.horizon)
    sent.accepted = sent.rejected = False
    sent.sends, sent.due_ms = 0, turn.now_ms


def _node(turn: Turn, sent: Sent, leg: Leg, *, released: bool) -> OrderNode:
    actions: tuple[Action, ...] = ()
    sequence = sent.sequence(leg.step)
    if leg.action and sequence:
        actions = (Action(leg.action, action_id(sent, leg), Blocking.HARD),)
    position = leg.position if _takes(turn, "nodePosition") else None
    return OrderNode(leg.node, sequence, released, position, actions)


def _edge(turn: Turn, sent: Sent, before: Leg, leg: Leg, *, released: bool) -> OrderEdge:
    sequence = sent.sequence(leg.step) - 1
    names = turn.spec.version.names
    speed = leg.speed_mm_s
    if speed:
        speed = max(1, speed * turn.memory.slow.get(leg.segment, WHOLE_PPM) // WHOLE_PPM)
    physical = turn.memory.factsheet.physical if turn.memory.factsheet else None
    if speed and physical and physical.speed_most_mm_s:
        speed = min(speed, physical.speed_most_mm_s)
    edge_id = f"{before.node}-{leg.node}"
    if _digits_only(turn.memory) or len(edge_id) > _longest_id(turn.memory):
        edge_id = str(sequence)
    return OrderEdge(
        edge_id,
        sequence,
        released,
        before.node,
        leg.node,
        speed if speed and _takes(turn, names.get((OrderEdge, "speed_mm_s"), "maxSpeed")) else None,
        leg.length_mm if leg.length_mm and _takes(turn, "length") else None,
    )


def action_id(sent: Sent, leg: Leg) -> str:
    """The id of the action at a leg's node."""
    return f"{sent.order_id}-{leg.step}"


def _takes(turn: Turn, key: str) -> bool:
    """Whether the vehicle uses an optional parameter; one without a list of them uses all."""
    features = turn.memory.factsheet.features if turn.memory.factsheet else None
    if features is None or not features.optional_parameters:
        return True
    return any(key in one.parameter.split(".") for one in features.optional_parameters)


def _digits_only(memory: MasterMemory) -> bool:
    limits = memory.factsheet.limits if memory.factsheet else None
    return limits is not None and bool(limits.strings.id_digits_only)


def _longest_id(memory: MasterMemory) -> int:
    limits = memory.factsheet.limits if memory.factsheet else None
    return (limits.strings.id_length if limits else None) or LONGEST_ID


def _order_id(turn: Turn) -> str:
    """A name that was never used: it ends with the time, which never runs back."""
    memory = turn.memory
    most = _longest_id(memory)
    named = f"{memory.name or turn.spec.vehicle}-{turn.now_ms}"
    return str(turn.now_ms) if _digits_only(memory) or len(named) > most else named
