"""The mission that a driver's memory asks for: begun, or revised when more or less is wanted."""

from typing import NamedTuple

from msgspec.structs import replace

from kouan.live.missions.memory import MissionMemory, MissionSpec, Open
from kouan.live.missions.messages import MOST_STOPS, VERSION, Mission, Stop, moment


class Way(NamedTuple):
    """The part of a mission that grows: what may be driven, what follows, and how it ends."""

    stops: tuple[Stop, ...]
    permitted: int
    final: bool
    action: str


def begin(spec: MissionSpec, memory: MissionMemory, kind: str, now_ms: int) -> Open:
    """A mission for what the memory wants; its id is one that no lost memory can have used."""
    memory.count += 1
    way = _way(memory) if kind == "drive" else Way((), memory.step, True, "")
    message = Mission(
        version=VERSION,
        sent=moment(now_ms),
        id=f"{spec.vehicle}-{now_ms}-{memory.count}",
        revision=1,
        fleet=spec.fleet,
        vehicle=spec.vehicle,
        kind="drive" if kind == "drive" else "charge",
        node=memory.node,
        passed=memory.step,
        stops=way.stops,
        gates=_gates(way),
        final=way.final,
        action=way.action,
        load_kg=memory.load_kg,
        order=memory.order,
        hold=memory.hold and kind == "drive",
    )
    return Open(message, way.permitted, due_ms=now_ms)


def revise(memory: MissionMemory, mission: Open, unwanted: bool, now_ms: int) -> bool:
    """Bring a mission up to what is wanted now; whether that changed anything.

    One that ends with its last stop is never made longer: what follows is a mission of its own.
    """
    old = mission.message
    if old.cancel:
        return False
    if unwanted:
        new = replace(old, cancel=True)
    elif old.kind == "charge":
        return False
    elif old.final:
        new = replace(old, hold=memory.hold, load_kg=memory.load_kg)
    else:
        new = _longer(memory, mission)
    if new == old:
        return False
    _issue(memory, mission, new, now_ms)
    return True


def renew(memory: MissionMemory, mission: Open, now_ms: int) -> None:
    """Give a mission that its manager has lost to it again, as a new revision."""
    mission.known = False
    _issue(memory, mission, mission.message, now_ms)


def _issue(memory: MissionMemory, mission: Open, new: Mission, now_ms: int) -> None:
    left = tuple(stop for stop in new.stops if stop.step > memory.step)
    mission.message = replace(
        new,
        revision=mission.message.revision + 1,
        sent=moment(now_ms),
        node=memory.node,
        passed=memory.step,
        stops=left,
    )
    mission.sends, mission.due_ms = 0, now_ms


def _longer(memory: MissionMemory, mission: Open) -> Mission:
    """The same mission with the memory's way; nodes passed since make no difference."""
    old, way = mission.message, _way(memory)
    left = tuple(stop for stop in old.stops if stop.step > memory.step)
    mission.permitted = max(mission.permitted, way.permitted)
    return replace(
        old,
        stops=old.stops if left == way.stops else way.stops,
        gates=_gates(way),
        final=way.final,
        action=way.action,
        load_kg=memory.load_kg,
        order=memory.order,
        hold=memory.hold,
    )


def _way(memory: MissionMemory) -> Way:
    base = tuple(memory.route[:MOST_STOPS])
    whole = len(base) == len(memory.route)
    horizon = memory.horizon[: MOST_STOPS - len(base)] if whole else ()
    permitted = base[-1].step if base else memory.step
    final = whole and bool(memory.action)
    return Way(base + horizon, permitted, final, memory.action if final else "")


def _gates(way: Way) -> tuple[int, ...]:
    return tuple(stop.step for stop in way.stops if stop.step > way.permitted)
