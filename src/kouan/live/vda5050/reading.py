"""What a state says about the order: accepted, refused, lost, how far it is done, finished."""

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.compose import action_id
from kouan.live.vda5050.memory import MOST_ENDED, MOST_FAILURES, MasterMemory, Sent, Stretch, Turn
from kouan.live.vda5050.messages import State, Status, VehicleError
from kouan.live.vda5050.outbox import CANCEL, counts_not, drop_order
from kouan.live.vda5050.validate import is_idle

HALF = 1 << 31
"""Header numbers have 32 bits: a drop by more than half of them is no reboot, they ran over."""
REJECTIONS = (
    "ordererror",
    "orderupdateerror",
    "norouteerror",
    "validationerror",
    # Since 3.0.
    "validationfailure",
    "unsupportedparameter",
    "invalidorderaction",
    "mobilerobotnotavailable",
    "startnodeoutofrange",
    "noroutetotarget",
    "sameorderupdateid",
    "outdatedorderupdate",
    "invalidorderupdate",
    "orderupdatefollowingcancel",
    "otherorderactive",
)
"""Types of error by which orders are refused, without regard to capitals and underscores."""


def counts_anew(memory: MasterMemory, header_id: int) -> bool:
    """Whether a state's number dropped: the vehicle began to count again."""
    before = memory.header_ids.get("state", 0)
    memory.header_ids["state"] = header_id
    return header_id < before < header_id + HALF


def is_overtaken(memory: MasterMemory, state: State) -> bool:
    """Whether a state was sent before the newest one known, and only comes after it.

    Its number alone could be that of a vehicle that counts anew, but such a one's clock goes on. A
    vehicle whose clock began anew as well is believed once it is silent.
    """
    if memory.silent or memory.state is None:
        return False
    newest, header = memory.state.header, state.header
    behind = (newest.header_id - header.header_id) % (2 * HALF)
    return 0 < behind < HALF and header.at_ms < newest.at_ms


def remember_ended(memory: MasterMemory, state: State) -> None:
    """Keep how actions ended: their states may vanish."""
    for one in (*state.action_states, *state.instant_action_states):
        if one.status.ended:
            memory.ended[one.action_id] = one.status
    while len(memory.ended) > MOST_ENDED:
        del memory.ended[next(iter(memory.ended))]


def idle(memory: MasterMemory, state: State) -> bool:
    """Whether the vehicle has nothing left to do, by its state and what is remembered."""
    return is_idle(state, lambda one: counts_not(memory, one))


def read_errors(turn: Turn, state: State) -> None:
    """Tell each error once when it comes and once when it goes; see what they refuse."""
    memory = turn.memory
    before = memory.errors
    now: list[VehicleError] = []
    for error in state.errors:
        if error not in now:
            now.append(error)
    fresh = [error for error in now if error not in before]
    turn.facts += [i.ErrorAppeared(error) for error in fresh]
    turn.facts += [i.ErrorGone(error) for error in before if error not in now]
    memory.errors = tuple(now)
    sent = memory.sent
    if sent is None or sent.accepted or sent.rejected or not sent.sends:
        return
    for error in fresh:
        if refuses(error, sent):
            sent.rejected = True
            memory.failures += 1
            reason = f"{error.error_type}: {error.description or error.hint or 'no reason given'}"
            update = sent.message.update_id
            turn.facts.append(i.OrderRejected(sent.order_id, update, reason))
            return


def refuses(error: VehicleError, sent: Sent) -> bool:
    """Whether an error says no to the order message that waits for an answer."""
    said = {one.key: one.value for one in error.references}
    if "actionId" in said and "orderId" not in said:
        return False
    if said.get("topic", "order") != "order":
        return False
    if said.get("orderId", sent.order_id) != sent.order_id:
        return False
    update = str(sent.message.update_id)
    if "orderId" in said and said.get("orderUpdateId") == update:
        return True
    if said.get("orderUpdateId", update) != update:
        return False
    return error.error_type.replace("_", "").lower() in REJECTIONS


def read_order(turn: Turn, state: State) -> None:
    """Follow the order through a state."""
    memory, sent = turn.memory, turn.memory.sent
    if sent is None:
        return
    if state.order_id != sent.order_id:
        if sent.begun and CANCEL not in memory.instants:
            said = state.order_id or "none"
            _lose(turn, sent, f"the vehicle's order is {said}")
        elif not sent.begun and idle(memory, state):
            _check_start(turn, state, sent)
        return
    sent.begun = True
    if state.update_id >= sent.message.update_id and not sent.accepted:
        sent.accepted, sent.rejected = True, False
        turn.facts.append(i.OrderAccepted(sent.order_id, sent.message.update_id))
    _pass_nodes(turn, state, sent)
    if idle(memory, state) and CANCEL not in memory.instants:
        _end_order(turn, state, sent)


def _check_start(turn: Turn, state: State, sent: Sent) -> None:
    """An order that begins where the vehicle no longer stands is not sent again.

    It may have been driven unseen, before a reboot.
    """
    start = sent.message.nodes[0].node_id
    if state.last_node_id not in (start, ""):
        _lose(turn, sent, f"the vehicle stands at {state.last_node_id}, not at {start}")


def _end_order(turn: Turn, state: State, sent: Sent) -> None:
    """An idle vehicle has finished its order, or has lost the rest of it."""
    memory = turn.memory
    released = [one for one in memory.route if 0 <= one.update <= state.update_id]
    open_nodes = [one for one in released if one.leg.step <= sent.base_step]
    if open_nodes:
        _lose(turn, sent, f"the rest of it is gone (mode {state.mode})")
    elif sent.accepted:
        if sent.last:
            turn.facts.append(i.OrderFinished(sent.order_id))
        drop_order(memory)
    elif sent.rejected:
        drop_order(memory)


def _lose(turn: Turn, sent: Sent, reason: str) -> None:
    memory = turn.memory
    drop_order(memory)
    turn.facts.append(i.OrderLost(sent.order_id, reason))
    memory.failures += 1
    if memory.failures >= MOST_FAILURES:
        memory.gave_up = f"order {sent.order_id} was lost: {reason}"


def _pass_nodes(turn: Turn, state: State, sent: Sent) -> None:
    """A node is passed once it is gone from nodeStates, though the order isn't cleared."""
    memory = turn.memory
    ahead = [(one.node_id, one.sequence_id) for one in state.node_states]
    latest = max((sequence for _, sequence in ahead), default=-1)
    while memory.route:
        stretch = memory.route[0]
        sequence = sent.sequence(stretch.leg.step)
        known = 0 <= stretch.update <= state.update_id
        if not known or (stretch.leg.node, sequence) in ahead:
            return
        if latest <= sequence and state.last_sequence_id < sequence:
            return
        if not _done(memory, state, sent, stretch):
            return
        pass_node(turn, state.battery.charge_ppm)


def _done(memory: MasterMemory, state: State, sent: Sent, stretch: Stretch) -> bool:
    """Whether the action at a node, if it has one, is over."""
    if not stretch.leg.action:
        return True
    name = action_id(sent, stretch.leg)
    status = memory.ended.get(name)
    if status is Status.FAILED:
        memory.gave_up = f"{stretch.leg.action} at {stretch.leg.node} failed"
        return False
    return status is not None or all(one.action_id != name for one in state.action_states)


def pass_node(turn: Turn, charge_ppm: int) -> None:
    """The first leg of the route is driven."""
    leg = turn.memory.route.pop(0).leg
    turn.memory.at, turn.memory.failures = leg, 0
    turn.facts.append(i.NodePassed(leg.node, leg.step, charge_ppm))


def reconcile(turn: Turn, state: State) -> bool:
    """Find where on its way an idle vehicle without an order stands; False if it is not there.

    Only nodes that it was once told to drive to can have been reached.
    """
    memory = turn.memory
    assert memory.at is not None
    memory.astray = ""
    if state.last_node_id == memory.at.node:
        return True
    told = [one for one in memory.route if one.update >= 0]
    for count, stretch in enumerate(told):
        if stretch.leg.node == state.last_node_id:
            for _ in range(count + 1):
                pass_node(turn, state.battery.charge_ppm)
            return True
    expected = ", ".join([memory.at.node, *(one.leg.node for one in told)])
    found = state.last_node_id or "an unknown node"
    memory.astray = f"stands at {found}: expected {expected}"
    return False
