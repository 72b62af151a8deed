"""What a grant of the dispatcher adds to the route that a vehicle may drive."""

from kouan.dispatch.commands import DriveTo
from kouan.live.missions.memory import MissionMemory, MissionSpec
from kouan.live.missions.messages import Stop
from kouan.port.quantity import WHOLE_PPM
from kouan.traffic.roadmap import Arc, RoadMap


def add_grant(spec: MissionSpec, roadmap: RoadMap, memory: MissionMemory, grant: DriveTo) -> str:
    """Add what is new of a grant; return what is wrong with it, and then nothing was added.

    What is known already must be the same, and what is new must join on to it. A grant that comes
    again adds nothing, and an older one says nothing of the horizon.
    """
    if memory.mission is None and not memory.route and grant.step > memory.step + 1:
        # The memory is older than the way (a lost file): the grant says where it begins.
        memory.node, memory.step = "", grant.step - 1
    end = memory.end_step
    if grant.step > end + 1:
        return f"step {grant.step} granted: expected {end + 1} at most"
    stops = _stops(spec, roadmap, memory, grant)
    known = {stop.step: stop.node for stop in memory.route}
    for stop in stops[: len(grant.base)]:
        if known.get(stop.step, stop.node) != stop.node:
            return f"step {stop.step}: {stop.node}: granted before as {known[stop.step]}"
    memory.route += [stop for stop in stops[: len(grant.base)] if stop.step > end]
    if memory.end_step == grant.step + len(grant.base) - 1 > memory.step:
        _follow(memory, grant, stops[len(grant.base) :])
    return ""


def _follow(memory: MissionMemory, grant: DriveTo, horizon: tuple[Stop, ...]) -> None:
    if grant.request >= memory.drive_request:
        memory.drive_request, memory.horizon = grant.request, horizon
        memory.action, memory.order = grant.action, grant.order


def _stops(
    spec: MissionSpec, roadmap: RoadMap, memory: MissionMemory, grant: DriveTo
) -> tuple[Stop, ...]:
    nodes = {memory.step: memory.node} | {stop.step: stop.node for stop in memory.route}
    before = nodes.get(grant.step - 1, "")
    loaded = memory.load_kg > 0
    own_mm_s = spec.speed_loaded_mm_s if loaded else spec.speed_empty_mm_s
    stops = []
    for step, node in enumerate(grant.base + grant.horizon, grant.step):
        arc, place = roadmap.arcs.get((before, node)), roadmap.nodes.get(node)
        stops.append(
            Stop(
                step,
                node,
                place.x_mm if place else 0,
                place.y_mm if place else 0,
                arc.length_mm if arc else 0,
                _speed_mm_s(memory, arc, own_mm_s) if arc else own_mm_s,
            )
        )
        before = node
    return tuple(stops)


def _speed_mm_s(memory: MissionMemory, arc: Arc, own_mm_s: int) -> int:
    share_ppm = memory.slow.get(arc.segment, WHOLE_PPM)
    return max(1, min(own_mm_s, arc.speed_mm_s) * share_ppm // WHOLE_PPM)
