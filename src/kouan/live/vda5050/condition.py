"""What a state says about the vehicle itself: mode, pause, loads, battery, why it can't go on."""

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.memory import CHARGING_BEGINS_MS, FULL_PPM, MasterMemory, Turn
from kouan.live.vda5050.messages import EmergencyStop, State
from kouan.live.vda5050.outbox import (
    CHARGE,
    END_CHARGE,
    GO_ON,
    PAUSE,
    begin_instant,
)


def read_condition(turn: Turn, state: State) -> None:
    """Tell what has changed about the vehicle."""
    memory = turn.memory
    if state.mode != memory.mode:
        memory.mode, memory.failures = str(state.mode), 0
        turn.facts.append(i.ModeChanged(memory.mode))
    if state.new_base_request and not memory.base_wanted:
        turn.facts.append(i.BaseWanted())
    memory.base_wanted = bool(state.new_base_request)
    _read_pause(turn, state)
    _read_loads(turn, state)
    _read_charging(turn, state)


def _read_pause(turn: Turn, state: State) -> None:
    memory = turn.memory
    if state.paused is None or state.paused == memory.paused:
        return
    memory.paused = state.paused
    memory.instants.pop(PAUSE if memory.paused else GO_ON, None)
    turn.facts.append(i.Paused() if memory.paused else i.Resumed())


def _read_loads(turn: Turn, state: State) -> None:
    if state.loads is None:
        return
    names = tuple(load.load_id or load.load_type or "load" for load in state.loads)
    if names != turn.memory.loads:
        turn.memory.loads = names
        mass_kg = sum(load.mass_kg or 0 for load in state.loads)
        turn.facts.append(i.LoadChanged(names, mass_kg))


def _read_charging(turn: Turn, state: State) -> None:
    memory, battery = turn.memory, state.battery
    if memory.charging == "asked":
        if battery.charging:
            memory.charging = "on"
            memory.instants.pop(CHARGE, None)
            turn.facts.append(i.ChargingBegan())
        elif battery.charge_ppm >= FULL_PPM and CHARGE not in memory.instants:
            _end_charging(turn, state)
        elif turn.now_ms - memory.charging_ms > CHARGING_BEGINS_MS and not memory.instants:
            memory.gave_up = "charging does not begin"
    if memory.charging == "on" and battery.charge_ppm >= FULL_PPM and battery.charging:
        memory.charging = "ending"
        begin_instant(turn, END_CHARGE)
    elif memory.charging in ("on", "ending") and not battery.charging:
        memory.instants.pop(END_CHARGE, None)
        _end_charging(turn, state)


def _end_charging(turn: Turn, state: State) -> None:
    turn.memory.charging = ""
    turn.facts.append(i.ChargingOver(state.battery.charge_ppm))


def read_stop(turn: Turn) -> None:
    """Tell when the vehicle can't go on by itself, and when it can again: once each."""
    memory = turn.memory
    reason = why_stopped(memory)
    if reason and not memory.stopped:
        turn.facts.append(i.Stopped(reason))
    elif memory.stopped and not reason:
        turn.facts.append(i.Recovered())
    memory.stopped = reason


def why_stopped(memory: MasterMemory) -> str:
    """Why a vehicle can't go on; "" if it can."""
    return said_by_vehicle(memory.state) or memory.gave_up or memory.astray


def said_by_vehicle(state: State | None) -> str:
    """Why the vehicle says that it can't go on; "" if it can."""
    if state is None:
        return ""
    if state.safety.emergency_stop is not EmergencyStop.NONE:
        return f"emergency stop ({state.safety.emergency_stop})"
    for error in state.errors:
        if error.level.stops:
            return f"{error.error_type}: {error.description or error.level}"
    if not state.mode.takes_orders:
        return f"mode {state.mode}"
    if state.position is not None and not state.position.localized:
        return "position lost"
    return ""
