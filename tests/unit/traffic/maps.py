"""Small road maps for tests, written as lines such as "a-b 300 100 single"."""

from kouan.port.places import Node, Roads, Segment
from kouan.traffic.roadmap import RoadMap, compile_roads

SPEED = 1_000


def segment(line: str) -> Segment:
    """A segment from "a-b LENGTH [BLOCK] [single] [one_way] [headway=MS]"; lengths in metres."""
    ends, length, *rest = line.split()
    start, end = ends.split("-")
    numbers = [int(word) for word in rest if word.isdigit()]
    headways = [int(word[8:]) for word in rest if word.startswith("headway=")]
    return Segment(
        start,
        end,
        int(length) * 1_000,
        SPEED,
        one_way="one_way" in rest,
        single_lane="single" in rest,
        headway_ms=headways[0] if headways else 0,
        block_mm=numbers[0] * 1_000 if numbers else None,
    )


def roads(*lines: str) -> Roads:
    """Roads of segments named s1, s2, ...; nodes lie far apart, none between others."""
    segments = {f"s{number}": segment(line) for number, line in enumerate(lines, 1)}
    names = dict.fromkeys(end for each in segments.values() for end in (each.start, each.end))
    nodes = {name: Node(place * 400_000, place**2 * 100_000) for place, name in enumerate(names)}
    return Roads(nodes, segments)


def roadmap(*lines: str) -> RoadMap:
    """The compiled map of such roads."""
    return compile_roads(roads(*lines))
