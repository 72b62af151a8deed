"""A vehicle that drives its base and nothing else, with real speeding up and braking.

It keeps the line of nodes it was released since it was put on the map; *step* is the place of a
node in that line. What it does becomes pieces of constant acceleration on a ``Track``.
"""

from dataclasses import dataclass, field, replace
from math import inf, sqrt

from kouan.traffic.roadmap import RoadMap
from tests.property.traffic.maps import Shape
from tests.property.traffic.swept import Piece, Track

SHORTEST_MM = 1e-6


@dataclass(slots=True)
class Vehicle:
    """Where it is, what it may drive, and what is wrong with it."""

    name: str
    roadmap: RoadMap
    shape: Shape
    track: Track
    line: list[str]
    node_mm: list[float] = field(default_factory=lambda: [0.0])
    passed: int = 0
    """Step of the node it passed last."""
    loaded: bool = False
    broken: bool = False
    slowness: int = 1
    """Its speed is the permitted one divided by this."""
    plan: int = 0
    """Number of its present plan; what belongs to an earlier one is void."""

    def braking(self) -> int:
        return self.shape.braking_loaded if self.loaded else self.shape.braking_empty

    def motion(self, now_ms: float) -> tuple[float, float]:
        """Length along its line, and speed."""
        now = (each for each in reversed(self.track.pieces) if each.begin_ms <= now_ms)
        return next(now).motion(now_ms)

    def stands(self, now_ms: float) -> bool:
        return self.motion(now_ms)[1] <= SHORTEST_MM

    def release(self, nodes: tuple[str, ...]) -> None:
        """Lengthen its base by nodes; each must be joined to the one before."""
        for node in nodes:
            if (self.line[-1], node) not in self.roadmap.arcs:
                raise ValueError(f"{self.name}: no road from {self.line[-1]} to {node}")
            self.line.append(node)
            at = self.roadmap.nodes[node]
            self.node_mm.append(self.track.extend((at.x_mm, at.y_mm)))

    def drive(self, now_ms: float) -> list[tuple[float, int]]:
        """Plan anew from now; return when it passes which step if nothing changes."""
        self.plan += 1
        at, speed = self._cut(now_ms)
        first = len(self.track.pieces)
        self.follow(Piece(now_ms, now_ms, at, speed, 0.0, self.node_mm[-1], self.braking()))
        if self.broken:
            self._brake()
            self._stand()
            return self._passes(first)
        caps = self._speeds_at_nodes()
        for step in range(self.passed + 1, len(self.line)):
            self._leg(self.node_mm[step], self._limit(step), caps[step])
        self._stand()
        return self._passes(first)

    def follow(self, piece: Piece) -> None:
        """Append a piece of motion."""
        self.track.pieces.append(piece)

    def _cut(self, now_ms: float) -> tuple[float, float]:
        """Forget what is planned after now; return where it is and how fast."""
        pieces = self.track.pieces
        while len(pieces) > 1 and pieces[-1].begin_ms > now_ms:
            pieces.pop()
        at, speed = pieces[-1].motion(now_ms)
        pieces[-1] = replace(pieces[-1], end_ms=now_ms)
        return at, speed

    def _limit(self, step: int) -> float:
        arc = self.roadmap.arcs[self.line[step - 1], self.line[step]]
        return min(arc.speed_mm_s, self.shape.speed_mm_s) / self.slowness

    def _speeds_at_nodes(self) -> list[float]:
        """Highest speed at each step from which it can keep all limits ahead."""
        caps = [0.0] * len(self.line)
        for step in range(len(self.line) - 2, self.passed, -1):
            length = self.node_mm[step + 1] - self.node_mm[step]
            cap = sqrt(caps[step + 1] ** 2 + 2 * self.braking() * length)
            caps[step] = min(cap, self._limit(step), self._limit(step + 1))
            if self.node_mm[step] in self.track.turns:
                caps[step] = 0.0
        return caps

    def _leg(self, until_mm: float, limit: float, cap: float) -> None:
        """Drive to a length, at most at a limit, and leave at most at ``cap`` where possible."""
        at, speed = self._last()
        length, up, down = until_mm - at, self.shape.acceleration, self.braking()
        if length <= SHORTEST_MM:
            return
        limit = max(limit, speed)
        slowest = sqrt(max(0.0, speed * speed - 2 * down * length))
        out = max(slowest, min(cap, limit, sqrt(speed * speed + 2 * up * length)))
        square = (2 * up * down * length + down * speed * speed + up * out * out) / (up + down)
        peak = max(speed, out, min(limit, sqrt(square)))
        rising = (peak * peak - speed * speed) / (2 * up)
        falling = (peak * peak - out * out) / (2 * down)
        self._add((peak - speed) / up, up)
        self._add((length - rising - falling) / peak, 0)
        self._add((peak - out) / down, -down)

    def _brake(self) -> None:
        self._add(self._last()[1] / self.braking(), -self.braking())

    def _stand(self) -> None:
        at, _ = self._last()
        begin = self.track.pieces[-1].end_ms
        self.follow(Piece(begin, inf, at, 0.0, 0.0, self.node_mm[-1], self.braking()))

    def _last(self) -> tuple[float, float]:
        piece = self.track.pieces[-1]
        return piece.motion(piece.end_ms)

    def _add(self, seconds: float, acceleration: float) -> None:
        if seconds <= 1e-9:
            return
        at, speed = self._last()
        begin = self.track.pieces[-1].end_ms
        end = begin + seconds * 1_000
        self.follow(Piece(begin, end, at, speed, acceleration, self.node_mm[-1], self.braking()))

    def _passes(self, first: int) -> list[tuple[float, int]]:
        """When each step to come is passed, by the pieces from ``first`` on but the last."""
        found, step = [], self.passed + 1
        for piece in self.track.pieces[first:-1]:
            end_mm = piece.motion(piece.end_ms)[0]
            while step < len(self.line) and self.node_mm[step] <= end_mm + 1e-3:
                found.append((_when(piece, self.node_mm[step]), step))
                step += 1
        return found


def _when(piece: Piece, at_mm: float) -> float:
    """Time at which a piece reaches a length."""
    way = max(0.0, at_mm - piece.at_mm)
    if piece.acceleration:
        square = max(0.0, piece.speed**2 + 2 * piece.acceleration * way)
        seconds = (sqrt(square) - piece.speed) / piece.acceleration
    else:
        seconds = way / piece.speed if piece.speed else 0.0
    return min(piece.end_ms, piece.begin_ms + max(0.0, seconds) * 1_000)


def put(name: str, roadmap: RoadMap, shape: Shape, stop: str, now_ms: float) -> Vehicle:
    """Put a vehicle on a node, in the direction of the first road there."""
    node = roadmap.nodes[stop]
    there = roadmap.nodes[roadmap.following[stop][0]]
    x, y = there.x_mm - node.x_mm, there.y_mm - node.y_mm
    length = sqrt(x * x + y * y)
    track = Track(name, shape.length_mm, shape.width_mm, (x / length, y / length))
    track.extend((node.x_mm, node.y_mm))
    track.pieces.append(Piece(now_ms, inf, 0.0, 0.0, 0.0, 0.0, shape.braking_empty))
    return Vehicle(name, roadmap, shape, track, [stop])


def finish(vehicle: Vehicle, now_ms: float) -> Track:
    """End a vehicle's track now."""
    pieces = vehicle.track.pieces
    while len(pieces) > 1 and pieces[-1].begin_ms > now_ms:
        pieces.pop()
    pieces[-1] = replace(pieces[-1], end_ms=now_ms)
    return vehicle.track
