"""What a virtual vehicle does besides driving: actions of an order, and instant ones."""

from collections.abc import Callable

from kouan.live.vda5050.messages import Status
from kouan.live.virtual.memory import MOST_INSTANT, ActionRecord, VehicleMemory
from kouan.live.virtual.orders import drop_ahead
from kouan.live.virtual.spec import VehicleSpec

LARGEST_DURATION_S = 86_400.0


def start_actions(spec: VehicleSpec, memory: VehicleMemory, now_ms: int) -> bool:
    """Begin those whose turn it is, in order; True if anything changed."""
    changed = False
    while memory.here:
        action = memory.actions[memory.here[0]]
        running = [one for one in _own(memory) if one.status is Status.RUNNING]
        if any(one.alone for one in running) or (action.alone and running):
            break
        del memory.here[0]
        action.status = Status.RUNNING
        action.ends_ms = now_ms + _duration_ms(spec, action)
        changed = True
        if action.ends_ms <= now_ms:
            finish(spec, memory, action, now_ms)
    return changed


def may_drive(memory: VehicleMemory) -> bool:
    """Whether nothing that waits or runs here wants the vehicle to stand."""
    waiting = [memory.actions[action_id] for action_id in memory.here]
    running = [one for one in _own(memory) if one.status is Status.RUNNING]
    return not any(one.stops for one in (*waiting, *running))


def _own(memory: VehicleMemory) -> list[ActionRecord]:
    """The actions of the order."""
    return [one for one in memory.actions.values() if not one.instant]


def due_ms(memory: VehicleMemory) -> int | None:
    """When the next running action is over."""
    return min(
        (
            one.ends_ms
            for one in memory.actions.values()
            if one.status is Status.RUNNING and one.ends_ms
        ),
        default=None,
    )


def finish_due(spec: VehicleSpec, memory: VehicleMemory, now_ms: int) -> bool:
    """End the actions whose time is over; True if there were any."""
    over = [
        one
        for one in memory.actions.values()
        if one.status is Status.RUNNING and 0 < one.ends_ms <= now_ms
    ]
    for action in over:
        finish(spec, memory, action, now_ms)
    return bool(over)


def finish(spec: VehicleSpec, memory: VehicleMemory, action: ActionRecord, now_ms: int) -> None:
    """An action is over: what it was for becomes true, or it fails."""
    failure = EFFECTS[action.kind](spec, memory, action, now_ms) if action.kind in EFFECTS else ""
    action.ends_ms = 0
    action.status = Status.FAILED if failure else Status.FINISHED
    action.result = failure
    if failure:
        memory.error(
            "INVALID_INSTANT_ACTION" if action.instant else "ACTION_FAILED",
            failure,
            ("actionId", action.action_id),
            ("topic", "instantActions" if action.instant else "order"),
        )


def _duration_ms(spec: VehicleSpec, action: ActionRecord) -> int:
    """The usual time, or what a parameter "duration" says, in seconds."""
    said = action.parameters.get("duration", "")
    try:
        seconds = float(said) if said else -1.0
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= LARGEST_DURATION_S:
        return round(seconds * 1_000)
    return spec.action_ms.get(action.kind, 0)


# --- what actions are for --------------------------------------------------------------------

Effect = Callable[[VehicleSpec, VehicleMemory, ActionRecord, int], str]
"""Makes an action's effect true; returns why it failed, or ""."""


def _pick(spec: VehicleSpec, memory: VehicleMemory, action: ActionRecord, _now_ms: int) -> str:
    if memory.load_id:
        return f"already carries {memory.load_id}"
    mass_kg = _whole(action.parameters.get("weight", ""), spec.payload_kg // 2)
    if mass_kg > spec.payload_kg:
        return f"{mass_kg} kg, at most {spec.payload_kg} can be carried"
    memory.load_id = action.parameters.get("loadId") or action.action_id
    memory.load_type = action.parameters.get("loadType", "")
    memory.load_kg = mass_kg
    return ""


def _drop(_spec: VehicleSpec, memory: VehicleMemory, _action: ActionRecord, _now_ms: int) -> str:
    if not memory.load_id:
        return "carries nothing"
    memory.load_id, memory.load_type, memory.load_kg = "", "", 0
    return ""


def _start_charging(
    _spec: VehicleSpec, memory: VehicleMemory, _action: ActionRecord, now_ms: int
) -> str:
    if memory.drive.moving or memory.left_node:
        return "charges at a node only, standing"
    if memory.charging_since_ms < 0:
        memory.charging_since_ms = now_ms
    return ""


def _stop_charging(
    spec: VehicleSpec, memory: VehicleMemory, _action: ActionRecord, now_ms: int
) -> str:
    end_charging(spec, memory, now_ms)
    return ""


def _start_pause(
    _spec: VehicleSpec, memory: VehicleMemory, _action: ActionRecord, _now_ms: int
) -> str:
    memory.paused = True
    return ""


def _stop_pause(
    _spec: VehicleSpec, memory: VehicleMemory, _action: ActionRecord, _now_ms: int
) -> str:
    memory.paused = False
    return ""


def _init_position(
    _spec: VehicleSpec, memory: VehicleMemory, action: ActionRecord, _now_ms: int
) -> str:
    said = action.parameters
    try:
        memory.x_mm, memory.y_mm = round(float(said["x"]) * 1e3), round(float(said["y"]) * 1e3)
        memory.theta_mrad = round(float(said["theta"]) * 1e3)
        memory.map_id = said["mapId"]
    except (KeyError, ValueError, OverflowError) as error:
        return f"x, y, theta and mapId are needed: {error}"
    memory.last_node = said.get("lastNodeId") or memory.last_node
    memory.localized, memory.left_node, memory.drive.driven_mm = True, False, 0
    if memory.fault == "lost":
        memory.fault, memory.fault_ends_ms = "", 0
    return ""


def _nothing(
    _spec: VehicleSpec, _memory: VehicleMemory, _action: ActionRecord, _now_ms: int
) -> str:
    return ""


EFFECTS: dict[str, Effect] = {
    "pick": _pick,
    "drop": _drop,
    "startCharging": _start_charging,
    "stopCharging": _stop_charging,
    "startPause": _start_pause,
    "stopPause": _stop_pause,
    "initPosition": _init_position,
    "stateRequest": _nothing,
    "factsheetRequest": _nothing,
}
INSTANT = tuple(kind for kind in EFFECTS if kind not in ("pick", "drop"))
"""Actions that may be asked for at once, besides cancelOrder."""


def end_charging(spec: VehicleSpec, memory: VehicleMemory, now_ms: int) -> None:
    """Take what was charged so far; nothing if it does not charge."""
    if memory.charging_since_ms >= 0:
        memory.charge_mwh = charge_mwh(spec, memory, now_ms)
        memory.charging_since_ms = -1
        if memory.fault == "empty" and memory.charge_mwh:
            memory.fault, memory.fault_ends_ms = "", 0


def charge_mwh(spec: VehicleSpec, memory: VehicleMemory, now_ms: int) -> int:
    """What the battery holds, charging included (driving counts at each node)."""
    if memory.charging_since_ms < 0:
        return memory.charge_mwh
    gained_mwh = (now_ms - memory.charging_since_ms) * spec.charging_w // 3_600
    return min(spec.battery_wh * 1_000, memory.charge_mwh + gained_mwh)


def full_ms(spec: VehicleSpec, memory: VehicleMemory) -> int | None:
    """When the battery will be full; None while it does not charge."""
    if memory.charging_since_ms < 0:
        return None
    missing_mwh = max(0, spec.battery_wh * 1_000 - memory.charge_mwh)
    return memory.charging_since_ms + -(-missing_mwh * 3_600 // spec.charging_w)


# --- instant actions -------------------------------------------------------------------------


def take_instant(
    spec: VehicleSpec, memory: VehicleMemory, action: ActionRecord, now_ms: int
) -> bool:
    """Begin or refuse an instant action; False for one that is known already."""
    if action.action_id in memory.actions:
        return False
    _forget_old(memory)
    memory.actions[action.action_id] = action
    action.status = Status.RUNNING
    if action.kind == "cancelOrder":
        _cancel(memory, action)
    elif action.kind not in INSTANT:
        _refuse(memory, action, "INVALID_INSTANT_ACTION", f"unknown instant action {action.kind}")
    elif action.kind == "startPause":
        # Ends once the vehicle stands.
        memory.paused = True
    else:
        finish(spec, memory, action, now_ms)
    return True


def _cancel(memory: VehicleMemory, action: ActionRecord) -> None:
    meant = action.parameters.get("orderId", memory.order_id)
    if not memory.unfinished or meant != memory.order_id:
        _refuse(memory, action, "NO_ORDER_TO_CANCEL", "there is no such order to cancel")
        return
    if memory.cancelling:
        _refuse(memory, action, "INVALID_INSTANT_ACTION", "the order is being cancelled already")
        return
    memory.cancelling, memory.cancelled = action.action_id, True
    drop_ahead(memory)


def end_instant(memory: VehicleMemory) -> bool:
    """End the pause and cancel actions that wait for the vehicle to stand; True if there were."""
    if memory.drive.moving:
        return False
    changed = False
    for action in memory.actions.values():
        if action.instant and action.kind == "startPause" and action.status is Status.RUNNING:
            action.status = Status.FINISHED
            changed = True
    if memory.cancelling and not memory.nodes and all(one.ended for one in _own(memory)):
        memory.actions[memory.cancelling].status = Status.FINISHED
        memory.cancelling = ""
        memory.edges.clear()
        changed = True
    return changed


def _refuse(memory: VehicleMemory, action: ActionRecord, kind: str, why: str) -> None:
    action.status, action.result = Status.FAILED, why
    memory.error(kind, why, ("actionId", action.action_id), ("topic", "instantActions"))


def _forget_old(memory: VehicleMemory) -> None:
    ended = [key for key, one in memory.actions.items() if one.instant and one.ended]
    for key in ended[: max(0, len(ended) - MOST_INSTANT + 1)]:
        del memory.actions[key]


def _whole(text: str, otherwise: int) -> int:
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return otherwise
