"""Sending: numbers, identical resends with back-off, and instant actions until they are over."""

from kouan.live.vda5050.intents import (
    ChargingOver,
    OrderCancelled,
)
from kouan.live.vda5050.memory import (
    BACK_OFF_MS,
    MOST_SENDS,
    Instant,
    MasterMemory,
    Sent,
    Turn,
)
from kouan.live.vda5050.messages import (
    Action,
    Header,
    InstantActions,
    Link,
    State,
    Status,
)
from kouan.live.vda5050.validate import is_idle

CANCEL, PAUSE, GO_ON = "cancelOrder", "startPause", "stopPause"
CHARGE, END_CHARGE = "startCharging", "stopCharging"
ASK_STATE, ASK_FACTSHEET = "stateRequest", "factsheetRequest"
ASKING = (ASK_STATE, ASK_FACTSHEET)
"""Vehicles may ignore these: nothing is given up if they do."""
MOST_ASKS = 2
MOST_HARMLESS = 64


def header(turn: Turn, topic: str) -> Header:
    """The next header of a topic."""
    counts = turn.memory.counts
    counts[topic] = counts.get(topic, 0) + 1
    return Header(counts[topic], turn.now_ms, turn.spec.manufacturer, turn.spec.serial)


def is_reachable(memory: MasterMemory) -> bool:
    """Whether it makes sense to send anything."""
    return not memory.silent and memory.link in (None, Link.ONLINE)


def begin_instant(turn: Turn, kind: str) -> None:
    """Ask for an instant action, unless the same is under way."""
    memory = turn.memory
    if kind in memory.instants:
        return
    memory.counts["action"] = memory.counts.get("action", 0) + 1
    action_id = f"{kind}-{turn.now_ms}-{memory.counts['action']}"
    message = InstantActions(header(turn, "instantActions"), (Action(kind, action_id),))
    memory.instants[kind] = Instant(action_id, message, due_ms=turn.now_ms)
    if kind != CANCEL:
        memory.harmless[action_id] = kind
        while len(memory.harmless) > MOST_HARMLESS:
            del memory.harmless[next(iter(memory.harmless))]


def send_instants(turn: Turn) -> None:
    """Send what is due, the same message as before; give up what is never answered."""
    memory = turn.memory
    if memory.link not in (None, Link.ONLINE):
        return
    for kind, instant in list(memory.instants.items()):
        if instant.status is not None or instant.due_ms > turn.now_ms:
            continue
        if instant.sends >= (MOST_ASKS if kind in ASKING else MOST_SENDS):
            del memory.instants[kind]
            if kind not in ASKING:
                memory.gave_up = f"{kind} is not answered"
            continue
        turn.messages.append(instant.message)
        instant.due_ms = turn.now_ms + BACK_OFF_MS[instant.sends]
        instant.sends += 1


def send_order(turn: Turn, sent: Sent) -> None:
    """Send an order that is not accepted yet, if it is due; give it up after the last time."""
    memory = turn.memory
    if sent.due_ms > turn.now_ms:
        return
    if sent.sends >= MOST_SENDS:
        memory.gave_up = f"order {sent.order_id} is not answered"
        return
    turn.messages.append(sent.message)
    memory.last_order_ms = turn.now_ms
    sent.due_ms = turn.now_ms + BACK_OFF_MS[sent.sends]
    sent.sends += 1


def try_again(memory: MasterMemory) -> None:
    """Forget what was given up and how often it was tried."""
    memory.gave_up, memory.failures = "", 0
    if memory.sent is not None:
        memory.sent.sends, memory.sent.due_ms = 0, 0
    for instant in memory.instants.values():
        instant.sends, instant.due_ms = 0, 0


# --- what becomes of instant actions ---------------------------------------------------------


def read_instants(turn: Turn, state: State, *, rebooted: bool) -> None:
    """Take note of what the state says of instant actions; end those that are over."""
    known = {
        one.action_id: one.status for one in (*state.action_states, *state.instant_action_states)
    }
    refused = [
        reference.value
        for error in state.errors
        for reference in error.references
        if reference.key == "actionId"
    ]
    for kind, instant in list(turn.memory.instants.items()):
        status = known.get(instant.action_id)
        vanished = status is None and instant.status is not None
        if status is None and instant.action_id in refused:
            status = Status.FAILED
        instant.status = status or instant.status
        over = vanished or (instant.status is not None and instant.status.ended)
        if kind == CANCEL:
            _end_cancel(turn, state, instant, over=over, rebooted=rebooted)
        elif over or rebooted:
            _end_other(turn, state, kind, instant)


def _end_cancel(turn: Turn, state: State, instant: Instant, *, over: bool, rebooted: bool) -> None:
    """A cancel is over at FINISHED, not before; or when there is nothing left to cancel."""
    memory = turn.memory
    idle = is_idle(state, lambda one: one == instant.action_id or counts_not(memory, one))
    finished = instant.status is Status.FINISHED
    other = not state.order_id or (
        memory.sent is not None and state.order_id != memory.sent.order_id
    )
    nothing_left = idle and (over or rebooted or other)
    if finished or nothing_left:
        del memory.instants[CANCEL]
        memory.harmless[instant.action_id] = CANCEL
        memory.cancelled, memory.cancelled_ms = state.order_id, turn.now_ms
        drop_order(memory)
        turn.facts.append(OrderCancelled(state.order_id))
    elif rebooted:
        instant.status, instant.sends, instant.due_ms = None, 0, turn.now_ms
    elif over:
        del memory.instants[CANCEL]
        memory.gave_up = "cancelOrder failed"


def _end_other(turn: Turn, state: State, kind: str, instant: Instant) -> None:
    memory = turn.memory
    del memory.instants[kind]
    if instant.status is not Status.FAILED:
        return
    if kind == CHARGE and not state.battery.charging:
        memory.gave_up = "startCharging failed"
    elif kind == END_CHARGE and not state.battery.charging and memory.charging == "ending":
        memory.charging = ""
        turn.facts.append(ChargingOver(state.battery.charge_ppm))
    elif kind in (PAUSE, GO_ON):
        memory.gave_up = f"{kind} failed"


def counts_not(memory: MasterMemory, action_id: str) -> bool:
    """Whether an action doesn't keep the vehicle from being idle: over, or none of an order."""
    return action_id in memory.ended or action_id in memory.harmless


def drop_order(memory: MasterMemory) -> None:
    """The vehicle has no order any more; what it was granted stays granted."""
    memory.sent = None
    for stretch in memory.route:
        stretch.update = min(stretch.update, 0)
