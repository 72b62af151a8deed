"""The gate sequencer: who enters a section that both directions share, and when.

Ask first, reserve later: a vehicle waits (``request``), ``decide`` gives at most one permission at
a time, and only then does its planner reserve the section. What happens is reported: ``entered``,
``left``, ``buffer_freed``. Safety rests on these reports alone, never on expected times.

While a direction's vehicles wait it is kept, up to the convoy that both queues allow, or until the
other side has a stronger claim (``gate_order``). Nobody enters without a place behind the section
reserved, a whole batch at a time. Functions change the state in place and raise GateError, leaving
it as it was, for messages that do not fit it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kouan.traffic.gate_model import Batch, GateError, GateRules, GateState, Waiting
from kouan.traffic.gate_order import Choice, choose


class Decision(NamedTuple):
    """The vehicle that may enter now, or ""; else when to ask again, or 0 for at a report."""

    vehicle: str
    again_ms: int


NOBODY = Decision("", 0)


def declare_batch(
    state: GateState, rules: GateRules, batch: str, direction: str, vehicles: Sequence[str]
) -> None:
    """Say that vehicles are to cross together; before the first of them asks.

    They enter one behind the other once all have come. GateError when they would never fit the room
    in front of the section or behind it, or one of them is known already.
    """
    passage = rules.passage(direction)
    if not batch or batch in state.batches or _is_begun(state, batch):
        raise GateError(f"batch {batch!r} has no name or is known already")
    if not vehicles or len(dict.fromkeys(vehicles)) != len(vehicles):
        raise GateError(f"batch {batch!r}: expected vehicles, each of them once")
    for vehicle in vehicles:
        if _is_known(state, vehicle) or _batch_of(state, vehicle):
            raise GateError(f"batch {batch!r}: vehicle {vehicle!r} is known already")
    for name, room in (("exit", passage.exit_room), ("approach", passage.approach_room)):
        if room is not None and len(vehicles) > room:
            raise GateError(
                f"batch {batch!r}: {len(vehicles)} vehicles, {name} has room for {room}"
            )
    state.batches[batch] = Batch(direction, list(vehicles))


def request(
    state: GateState,
    rules: GateRules,
    vehicle: str,
    direction: str,
    now_ms: int,
    *,
    deadline_ms: int = 0,
    priority: int = 0,
) -> bool:
    """Record that a vehicle came to wait; False, and nothing recorded, when there is no room.

    Room is kept for vehicles of a batch of which one has come. ``deadline_ms``: by when it should
    have left the section; 0 is none. The higher ``priority`` goes first within its side. A batch
    counts with its earliest deadline and highest priority, and waits since its last vehicle came.
    """
    room = rules.passage(direction).approach_room
    if not vehicle or _is_known(state, vehicle):
        raise GateError(f"vehicle {vehicle!r} has no name or is known already")
    batch = _batch_of(state, vehicle)
    if batch and state.batches[batch].direction != direction:
        raise GateError(f"vehicle {vehicle!r}: batch {batch!r} goes the other way")
    if room is not None and _taken(state, direction, batch) > room:
        return False
    state.requests += 1
    state.waiting[vehicle] = Waiting(
        vehicle, direction, now_ms, state.requests, deadline_ms, priority, batch
    )
    return True


def _taken(state: GateState, direction: str, batch: str) -> int:
    """Room in front of the section that is taken once a vehicle, of this batch, has come."""
    came = [one.batch for one in state.waiting.values() if one.direction == direction]
    followers = [*state.rest, *([state.permitted] if state.permitted else [])]
    taken = sum(one.direction == direction for one in followers)
    taken += sum(not name for name in came) + (not batch)
    kept = dict.fromkeys([name for name in (*came, batch) if name])
    return taken + sum(len(state.batches[name].vehicles) for name in kept)


def decide(state: GateState, rules: GateRules, now_ms: int) -> Decision:
    """Permit the next vehicle if it may enter now. Ask after every report, and at ``again_ms``.

    The next one is permitted once this one has entered, so call again after ``entered``.
    """
    if state.permitted or state.closed or state.broken:
        return NOBODY
    choice = None if state.rest else choose(state, rules, now_ms)
    if choice is None and not state.rest:
        return NOBODY
    direction = choice.direction if choice else state.direction
    if any(way != direction for way in state.inside.values()):
        return NOBODY
    last_ms = state.entered_ms.get(direction)
    if last_ms is not None and now_ms < last_ms + rules.passages[direction].headway_ms:
        return Decision("", last_ms + rules.passages[direction].headway_ms)
    if choice:
        _begin(state, choice, now_ms)
    state.permitted = state.rest.pop(0)
    return Decision(state.permitted.vehicle, 0)


def _begin(state: GateState, choice: Choice, now_ms: int) -> None:
    """Take a unit out of the queue and reserve its places behind the section."""
    direction, members = choice.direction, choice.unit.members
    if direction != state.direction or not choice.contested:
        state.turn_ms, state.turn_number, state.convoy = now_ms, state.requests, 0
    state.direction, state.turn_to = direction, ""
    if choice.contested:
        state.convoy += len(members)
    state.exits.setdefault(direction, []).extend(members)
    state.rest = [state.waiting.pop(vehicle) for vehicle in members]
    if state.rest[0].batch:
        del state.batches[state.rest[0].batch]


def entered(state: GateState, vehicle: str, now_ms: int) -> None:
    """Record that the vehicle with the permission is in the section."""
    one = state.permitted
    if one is None or one.vehicle != vehicle:
        raise GateError(f"vehicle {vehicle!r} entered without a permission")
    state.permitted = None
    state.inside[vehicle] = one.direction
    state.entered_ms[one.direction] = now_ms


def left(state: GateState, vehicle: str) -> None:
    """Record that a vehicle has fully left the section; its place behind it stays its own."""
    if vehicle not in state.inside:
        raise GateError(f"vehicle {vehicle!r} left and was not inside")
    if vehicle in state.broken:
        raise GateError(f"vehicle {vehicle!r} left and is broken down: expected cleared first")
    del state.inside[vehicle]


def buffer_freed(state: GateState, vehicle: str) -> None:
    """Record that a vehicle that has left the section went on from behind it."""
    if vehicle in state.inside or _is_coming(state, vehicle):
        raise GateError(f"vehicle {vehicle!r} went on and has not left the section")
    if not _free_exit(state, vehicle):
        raise GateError(f"vehicle {vehicle!r} went on and had no place behind the section")


def _free_exit(state: GateState, vehicle: str) -> bool:
    for vehicles in state.exits.values():
        if vehicle in vehicles:
            vehicles.remove(vehicle)
            return True
    return False


def withdraw(state: GateState, vehicle: str) -> None:
    """Forget a vehicle that is not inside: it waits, may enter, or is to come with its batch.

    The rest of its batch crosses without it.
    """
    batch = _batch_of(state, vehicle)
    if batch:
        state.batches[batch].vehicles.remove(vehicle)
        if not state.batches[batch].vehicles:
            del state.batches[batch]
    if _is_coming(state, vehicle):
        _free_exit(state, vehicle)
        state.rest = [one for one in state.rest if one.vehicle != vehicle]
        if state.permitted and state.permitted.vehicle == vehicle:
            state.permitted = None
    elif state.waiting.pop(vehicle, None) is None and not batch:
        raise GateError(f"vehicle {vehicle!r} is withdrawn and does not wait")


def give_back(state: GateState, vehicle: str) -> None:
    """Take back a permission that was not used, as after ``break_down``: the vehicle waits again.

    It has its old place; one of a batch is still the next to enter. Call it only if the vehicle
    certainly stands in front of the section.
    """
    one = state.permitted
    if one is None or one.vehicle != vehicle:
        raise GateError(f"vehicle {vehicle!r} gives back a permission that it has not")
    state.permitted = None
    if one.batch:
        state.rest.insert(0, one)
        return
    _free_exit(state, vehicle)
    state.convoy = max(0, state.convoy - 1)
    state.waiting[vehicle] = one


def break_down(state: GateState, vehicle: str) -> str:
    """Record that a vehicle stands in the section: nobody is permitted until it is cleared.

    Return the vehicle that has a permission and has not entered, or "": stop it if that can still
    be done, and ``give_back``.
    """
    if vehicle not in state.inside:
        raise GateError(f"vehicle {vehicle!r} broke down and is not inside")
    if vehicle not in state.broken:
        state.broken.append(vehicle)
    return state.permitted.vehicle if state.permitted else ""


def cleared(state: GateState, vehicle: str, *, towed: bool = False) -> None:
    """Record that a broken vehicle drives again, or, ``towed``, is gone with its place behind."""
    if vehicle not in state.broken:
        raise GateError(f"vehicle {vehicle!r} is cleared and has not broken down")
    state.broken.remove(vehicle)
    if towed:
        del state.inside[vehicle]
        _free_exit(state, vehicle)


def close(state: GateState) -> str:
    """Close the section; return who has a permission and has not entered, as ``break_down``.

    Those inside go on and leave. The rest of a batch that has begun enters first once it is open.
    """
    state.closed = True
    return state.permitted.vehicle if state.permitted else ""


def reopen(state: GateState) -> None:
    """Open the section again."""
    state.closed = False


def _is_coming(state: GateState, vehicle: str) -> bool:
    """Whether it has a permission, or follows in a batch that has begun."""
    if state.permitted and state.permitted.vehicle == vehicle:
        return True
    return any(one.vehicle == vehicle for one in state.rest)


def _is_known(state: GateState, vehicle: str) -> bool:
    """Whether it waits, is coming, inside, or behind the section."""
    if vehicle in state.waiting or vehicle in state.inside:
        return True
    return any(vehicle in vehicles for vehicles in state.exits.values())


def _is_begun(state: GateState, batch: str) -> bool:
    return any(one.batch == batch for one in (*state.rest, *filter(None, [state.permitted])))


def _batch_of(state: GateState, vehicle: str) -> str:
    """The batch not begun yet to which a vehicle belongs; "" when there is none."""
    for name, batch in state.batches.items():
        if vehicle in batch.vehicles:
            return name
    return ""
