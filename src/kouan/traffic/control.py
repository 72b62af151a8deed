"""Traffic control: blocks are exclusive, single-lane sections are taken whole.

A vehicle's *way* runs from where it stands to its next stop. Blocks are granted in order, a few
ahead of the vehicle. The block that it passed last stays its own until it has passed the next, as
it may stand at that block's end; in its stop it stands beside the road and holds none. A
single-lane section is granted only together with the first block behind it, all at once, so nobody
ever stands in one waiting. The last block needs the stop as well, which the caller reserves.

Whoever waits stands on one block, or in a stop, and waits for one block or stop of others. Such
waits can close a ring only if every spot of the ring is taken, which ``traffic/rings`` rules out
for a fleet before it drives.
"""

from dataclasses import dataclass, field

from kouan.traffic.roadmap import Arc, ArcKey, RoadMap

LOOK_AHEAD = 3
"""Blocks granted ahead of the node a vehicle passed last."""


@dataclass(slots=True)
class Way:
    """Where a vehicle is going: ``nodes`` in order; indices of the last one passed and granted.

    Steps number the nodes over all ways of a vehicle: node i of this way is step ``first`` + i, so
    that a late message about an earlier way is never taken for this one.
    """

    nodes: list[str]
    first: int = 0
    passed: int = 0
    granted: int = 0

    def done(self) -> bool:
        """Whether the vehicle stands at the way's end."""
        return self.passed == len(self.nodes) - 1


@dataclass(slots=True)
class Traffic:
    """Who holds which block and section, who waits for which, and when blocks were entered.

    ``entered_ms`` is kept for blocks with a headway; on ``closed`` segments nothing is granted.
    """

    ways: dict[str, Way] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    entered_ms: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)


def name(arc: ArcKey) -> str:
    """The name under which a block is held."""
    return f"{arc[0]}>{arc[1]}"


def set_out(traffic: Traffic, vehicle: str, nodes: tuple[str, ...]) -> None:
    """Give a standing vehicle a new way that begins where it stands."""
    before = traffic.ways.get(vehicle)
    first = before.first + len(before.nodes) - 1 if before else 0
    traffic.ways[vehicle] = Way(list(nodes), first)


def unit_end(roadmap: RoadMap, nodes: list[str], granted: int) -> int:
    """Index of the node up to which is granted next, at once: past any single-lane section."""
    last = len(nodes) - 1
    index = granted
    while index < last and roadmap.arcs[nodes[index], nodes[index + 1]].section:
        index += 1
    return min(last, index + 1)


def lacks_stop_only(roadmap: RoadMap, way: Way) -> bool:
    """Whether the next grant of a way that is not done leads to its end."""
    last = len(way.nodes) - 1
    return way.granted < last and unit_end(roadmap, way.nodes, way.granted) == last


def grant(
    traffic: Traffic, roadmap: RoadMap, vehicle: str, stop_reserved: bool, now_ms: int
) -> tuple[int, int]:
    """Grant what can be granted; return (blocks granted, time to ask again or 0).

    Without ``stop_reserved`` the last block is kept back. A vehicle that waits for a block is
    remembered and named by ``pass_node`` once that block is free.
    """
    way = traffic.ways[vehicle]
    last = len(way.nodes) - 1
    before = way.granted
    while way.granted < min(last, way.passed + LOOK_AHEAD):
        end = unit_end(roadmap, way.nodes, way.granted)
        if end == last and not stop_reserved:
            break
        again_ms = _take(traffic, roadmap, vehicle, way, end, now_ms)
        if again_ms is not None:
            return way.granted - before, again_ms
    return way.granted - before, 0


def _take(
    traffic: Traffic, roadmap: RoadMap, vehicle: str, way: Way, end: int, now_ms: int
) -> int | None:
    """Take all blocks up to ``end`` or none; None when taken, else the time to ask again or 0."""
    arcs = [roadmap.arcs[way.nodes[i], way.nodes[i + 1]] for i in range(way.granted, end)]
    for arc in arcs:
        if arc.segment in traffic.closed:
            return 0
        taken = _taken_by_other(traffic, vehicle, arc)
        if taken:
            queue = traffic.waiting.setdefault(taken, [])
            if vehicle not in queue:
                queue.append(vehicle)
            return 0
    for arc in arcs:
        free_ms = traffic.entered_ms.get(name((arc.start, arc.end)), -arc.headway_ms)
        if free_ms + arc.headway_ms > now_ms:
            return free_ms + arc.headway_ms
    for arc in arcs:
        traffic.holders[name((arc.start, arc.end))] = vehicle
        if arc.section:
            traffic.sections[arc.section] = vehicle
    if way.passed == way.granted:
        _enter(traffic, arcs[0], now_ms)
    way.granted = end
    return None


def _taken_by_other(traffic: Traffic, vehicle: str, arc: Arc) -> str:
    """The block or section of an arc that another vehicle holds; "" when both are free."""
    if arc.section and traffic.sections.get(arc.section, vehicle) != vehicle:
        return arc.section
    block = name((arc.start, arc.end))
    return block if traffic.holders.get(block, vehicle) != vehicle else ""


def _enter(traffic: Traffic, arc: Arc, now_ms: int) -> None:
    if arc.headway_ms:
        traffic.entered_ms[name((arc.start, arc.end))] = now_ms


def pass_node(
    traffic: Traffic, roadmap: RoadMap, vehicle: str, step: int, now_ms: int
) -> list[str]:
    """Record that a vehicle passed node ``step`` of its way; return who may now ask again.

    It may stand at the node it passed last, so the block that ends there stays its own until it
    has passed the next one, or stands in its stop. Steps not granted, or passed before, change
    nothing.
    """
    way = traffic.ways[vehicle]
    index = step - way.first
    if index > way.granted:
        return []
    free: list[str] = []
    while way.passed < index:
        way.passed += 1
        if way.passed > 1:
            free += _give_back(traffic, roadmap, way, way.passed - 2)
        if way.done():
            free += _give_back(traffic, roadmap, way, way.passed - 1)
        elif way.passed < way.granted:
            arc = roadmap.arcs[way.nodes[way.passed], way.nodes[way.passed + 1]]
            _enter(traffic, arc, now_ms)
    return free


def put(traffic: Traffic, roadmap: RoadMap, vehicle: str, node: str) -> tuple[int, list[str]]:
    """Put a vehicle at a node by hand; return the number of its step there and who may ask again.

    Everything that it held on its way is given back. Steps go on beyond any it was ever granted,
    so that late words of the way before say nothing.
    """
    before = traffic.ways.get(vehicle)
    step = before.first + len(before.nodes) if before else 0
    free = remove(traffic, roadmap, vehicle)
    traffic.ways[vehicle] = Way([node], step)
    return step, free


def remove(traffic: Traffic, roadmap: RoadMap, vehicle: str) -> list[str]:
    """Take a vehicle off the roads: give back what it holds; return who may ask again."""
    for queue in traffic.waiting.values():
        if vehicle in queue:
            queue.remove(vehicle)
    way = traffic.ways.pop(vehicle, None)
    if way is None:
        return []
    free: list[str] = []
    if not way.done():
        for index in range(max(0, way.passed - 1), way.granted):
            free += _give_back(traffic, roadmap, way, index)
    return free


def _give_back(traffic: Traffic, roadmap: RoadMap, way: Way, index: int) -> list[str]:
    """Give back block ``index`` of a way, and its section if the way leaves it there."""
    arc = roadmap.arcs[way.nodes[index], way.nodes[index + 1]]
    block = name((arc.start, arc.end))
    del traffic.holders[block]
    free = traffic.waiting.pop(block, [])
    if arc.section and _leaves_section(roadmap, way, index, arc.section):
        del traffic.sections[arc.section]
        free += traffic.waiting.pop(arc.section, [])
    return free


def _leaves_section(roadmap: RoadMap, way: Way, index: int, section: str) -> bool:
    if index + 2 >= len(way.nodes):
        return True
    return roadmap.arcs[way.nodes[index + 1], way.nodes[index + 2]].section != section
